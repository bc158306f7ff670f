"""What each built-in suite is said to be."""

import doctest
from itertools import combinations_with_replacement

import numpy as np
import numpy.typing as npt
import pytest
from sklearn.datasets import load_digits

import mtl_core.suites
import mtl_core.suites.digits as digit_suites
from mtl_core.errors import SpecError
from mtl_core.suites import Suite, load_suite
from mtl_core.suites.digits import CANVAS, PAIR, SOURCE_SIZES, sources
from mtl_core.suites.sprites import SHAPES, draw
from mtl_core.suites.subspace import ROWS


def names(suite: str) -> list[str]:
    return [task.name for task in load_suite(suite).tasks]


def test_the_digits_are_what_scikit_learn_reads_with_and_without_it(monkeypatch: pytest.MonkeyPatch) -> None:
    data = load_digits()
    expected = np.column_stack((data.data, data.target))
    np.testing.assert_array_equal(digit_suites._table(), expected)
    monkeypatch.setattr(digit_suites, "find_spec", lambda name: None)
    np.testing.assert_array_equal(digit_suites._table(), expected)


def test_every_source_digit_is_in_one_split() -> None:
    places = [part for _, _, part in sources()]
    assert [len(part) for part in places] == list(SOURCE_SIZES)
    assert len(np.unique(np.concatenate(places))) == sum(SOURCE_SIZES) == 1797


def test_digits_pair_overlays_two_digits_of_the_same_split() -> None:
    suite = load_suite("digits_pair")
    assert names("digits_pair") == ["left", "right"]
    assert [task.classes for task in suite.tasks] == [10, 10]
    for place, split in enumerate((suite.train, suite.validation, suite.test)):
        images, digits, _ = sources()[place]
        left, right = PAIR.pairs(place)
        np.testing.assert_array_equal(split.targets[0], digits[left])
        np.testing.assert_array_equal(split.targets[1], digits[right])
        assert split.inputs.shape[1:] == (1, CANVAS, CANVAS)
        for row in (0, 1, len(split) - 1):
            picture = split.inputs[row, 0]
            a, b = images[left[row]], images[right[row]]
            np.testing.assert_array_equal(picture[:2, :8], a[:2])
            np.testing.assert_array_equal(picture[8:, 2:], b[6:])
            np.testing.assert_array_equal(picture[2:8, 2:8], np.maximum(a[2:, 2:], b[:6, :6]))
            assert (picture[:2, 8:] == 0).all()
            assert (picture[8:, :2] == 0).all()


def test_digits_rotated_turns_each_digit_once() -> None:
    suite = load_suite("digits_rotated")
    assert names("digits_rotated") == ["digit", "rotation"]
    for (images, digits, _), split in zip(sources(), (suite.train, suite.validation, suite.test), strict=True):
        np.testing.assert_array_equal(split.targets[0], digits)
        for row in range(20):
            np.testing.assert_array_equal(split.inputs[row, 0], np.rot90(images[row], split.targets[1][row]))


def test_digits_scarce_labels_sixty_digits() -> None:
    suite = load_suite("digits_scarce")
    assert names("digits_scarce") == ["digit", "parity", "at_least_five", "closed_loop"]
    assert suite.train.observed.sum(axis=0).tolist() == [60, 997, 997, 997]
    assert suite.validation.observed.all()
    assert suite.test.observed.all()
    digits, parity, large, loop = suite.test.targets
    np.testing.assert_array_equal(parity, digits % 2)
    np.testing.assert_array_equal(large, digits >= 5)
    assert set(digits[loop == 1]) == {0, 6, 8, 9}
    assert set(digits[loop == 0]) == {1, 2, 3, 4, 5, 7}
    assert np.bincount(suite.train.targets[0][suite.train.observed[:, 0]]).tolist() == [6] * 10


def test_subspace_shares_what_the_knob_says() -> None:
    alone, all_shared = load_suite({"name": "subspace", "shared_tasks": 0}), load_suite("subspace")
    assert alone.train.inputs.shape == (200, 30)
    assert len(all_shared.tasks) == 8
    np.testing.assert_array_equal(alone.test.inputs, all_shared.test.inputs)
    # Targets that read the same three directions are a function of three numbers: the best linear reading of the inputs
    # spans three dimensions when all share, and far more when none do.
    spectra = [dimensions(suite) for suite in (all_shared, alone)]
    assert spectra[0] == 3
    assert spectra[1] > 6
    half = load_suite({"name": "subspace", "shared_tasks": 4})
    for task in range(8):
        same = all_shared if task < 4 else alone
        np.testing.assert_array_equal(half.test.targets[task], same.test.targets[task])


def slopes(suite: Suite) -> npt.NDArray[np.float64]:
    inputs = np.concatenate([suite.validation.inputs, suite.test.inputs])
    targets = np.stack(
        [np.concatenate(pair) for pair in zip(suite.validation.targets, suite.test.targets, strict=True)], axis=1
    )
    return np.asarray(np.linalg.lstsq(inputs, targets, rcond=None)[0])


def dimensions(suite: Suite) -> int:
    values = np.linalg.svd(slopes(suite), compute_uv=False)
    return int((values > 0.15 * values[0]).sum())


def test_subspace_has_noise_in_training_only() -> None:
    suite = load_suite("subspace")
    assert [len(split) for split in (suite.train, suite.validation, suite.test)] == list(ROWS)
    directions = np.linalg.svd(slopes(suite), full_matrices=False)[0][:, :3]

    def powers(inputs: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
        z = inputs @ directions
        chosen = [c for degree in range(6) for c in combinations_with_replacement(range(3), degree)]
        return np.stack([np.prod(z[:, list(c)], axis=1) for c in chosen], axis=1)

    targets = [np.stack(split.targets, axis=1) for split in (suite.train, suite.validation, suite.test)]
    fitted, *_ = np.linalg.lstsq(powers(suite.test.inputs), targets[2], rcond=None)
    left = [
        np.median(np.abs(target - powers(split.inputs) @ fitted))
        for split, target in zip((suite.train, suite.validation), targets, strict=False)
    ]
    assert left[1] < 0.1
    assert left[0] == pytest.approx(0.3 / np.sqrt(1.09) * 0.6745, rel=0.15)  # the median of |noise|


@pytest.mark.parametrize("knob", [-1, 9, 2.5, "many"])
def test_subspace_knob_has_bounds(knob: object) -> None:
    with pytest.raises(SpecError, match="shared_tasks"):
        load_suite({"name": "subspace", "shared_tasks": knob})


def test_vitals_is_the_diabetes_table() -> None:
    suite = load_suite("vitals")
    assert names("vitals") == ["progression", "bmi", "bp"]
    assert [len(split) for split in (suite.train, suite.validation, suite.test)] == [266, 88, 88]
    assert suite.train.inputs.shape[1] == 8
    np.testing.assert_allclose(suite.train.inputs.mean(axis=0), 0, atol=1e-5)
    np.testing.assert_allclose(suite.train.inputs.std(axis=0), 1, atol=1e-5)
    assert len(np.unique(suite.train.inputs[:, 1])) == 2  # sex


def test_sprites_has_mixed_kinds() -> None:
    suite = load_suite("sprites")
    assert names("sprites") == ["shape", "x", "y", "size", "angle"]
    assert [task.kind for task in suite.tasks] == ["classification"] + ["regression"] * 4
    assert suite.tasks[0].labels == SHAPES
    assert suite.train.inputs.shape[1:] == (1, 16, 16)


def test_sprites_measure_the_picture() -> None:
    suite = load_suite("sprites")
    _, x, y, size, _ = suite.train.targets
    pictures = np.where(suite.train.inputs[:, 0] > 0.3, suite.train.inputs[:, 0], 0)
    ink = pictures.sum(axis=(1, 2))
    across = (pictures.sum(axis=1) * np.arange(16)).sum(axis=1) / ink
    down = (pictures.sum(axis=2) * np.arange(16)).sum(axis=1) / ink
    assert np.corrcoef(x, across)[0, 1] > 0.98
    assert np.corrcoef(y, down)[0, 1] > 0.98
    for shape in range(3):
        of_shape = suite.train.targets[0] == shape
        assert np.corrcoef(size[of_shape], ink[of_shape])[0, 1] > 0.95


def test_a_drawn_square_covers_its_area_however_it_is_turned() -> None:
    count = 9
    turns = np.linspace(-40, 40, count)
    pictures = draw(np.zeros(count, dtype=np.int64), np.zeros(count), np.zeros(count), np.full(count, 0.5), turns)
    np.testing.assert_allclose(pictures.sum(axis=(1, 2)), 64, rtol=0.03)
    np.testing.assert_array_equal(pictures[count // 2], np.pad(np.ones((8, 8)), 4))


def test_a_turned_triangle_is_the_picture_turned_by_the_same_angle() -> None:
    flat = np.zeros(2)
    upright, turned = draw(np.array([2, 2]), flat, flat, np.full(2, 0.5), np.array([0.0, 90.0]))
    np.testing.assert_allclose(turned, np.rot90(upright, -1), atol=0.35)
    assert np.abs(turned - np.rot90(upright, 1)).max() > 0.9


@pytest.mark.parametrize(
    ("suite", "tasks", "message"),
    [
        ("digits_piar", None, "did you mean 'digits_pair'"),
        ("digits_pair", ["lefft"], "did you mean 'left'"),
        ("digits_pair", [], "at least one task"),
        ({"name": "vitals", "rows": 3}, None, "takes no options"),
        (17, None, "must be a name or a mapping"),
    ],
)
def test_bad_questions(suite: object, tasks: list[str] | None, message: str) -> None:
    with pytest.raises(SpecError, match=message):
        load_suite(suite, tasks)


def test_one_task_may_be_named_by_itself() -> None:
    assert [task.name for task in load_suite("digits_pair", "right").tasks] == ["right"]


def test_the_example_in_the_docstring_holds() -> None:
    assert doctest.testmod(mtl_core.suites).failed == 0
