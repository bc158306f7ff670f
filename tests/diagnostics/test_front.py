import numpy as np
from hypothesis import given
from hypothesis import strategies as some
from hypothesis.extra.numpy import arrays

from mtl_core.diagnostics.front import front

# Few different values, so that ties and equal points are common.
_points = arrays(
    np.float64,
    some.tuples(some.integers(0, 12), some.integers(1, 4)),
    elements=some.sampled_from([-1.0, 0.0, 0.5, 1.0, np.inf, -np.inf, np.nan]),
)


def _dominates(a: list[float], b: list[float]) -> bool:
    pairs = list(zip(a, b, strict=True))
    return all(x >= y for x, y in pairs) and any(x > y for x, y in pairs)


@given(_points)
def test_front_is_what_comparing_every_pair_finds(points: np.ndarray) -> None:
    rows = points.tolist()
    whole = [not np.isnan(row).any() for row in points]
    expected = [
        whole[i] and not any(whole[j] and _dominates(rows[j], rows[i]) for j in range(len(rows))) for i in range(len(rows))
    ]
    assert front(points).tolist() == expected


@given(_points, some.randoms())
def test_front_does_not_depend_on_the_order(points: np.ndarray, random: object) -> None:
    order = list(range(len(points)))
    random.shuffle(order)  # type: ignore[attr-defined]
    assert front(points[order]).tolist() == front(points)[order].tolist()
