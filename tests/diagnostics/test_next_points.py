"""Where to train next: where a front can still win most."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from mtl_core.diagnostics.next_points import next_points
from mtl_core.diagnostics.scores import scores

POINTS = [(0.2, 0.8), (0.5, 0.5), (0.8, 0.2)]


def found(study: Any, places: dict[str, tuple[float, ...]], tasks: int = 2) -> Any:
    values = np.full((study.count, tasks, 3), np.nan)
    for label, place in places.items():
        values[study.runs(label)] = np.array(place)[:, None]
    told = scores(study.layout, [study.evaluation(9, validation=values, test=-values)])  # the test split says the opposite
    return replace(told, chance=np.zeros((tasks, 3)))


def test_the_largest_rectangle_is_divided_along_the_normal(invented: Callable[..., Any]) -> None:
    study = invented(points=POINTS)
    alone = {"left alone": (1.0, np.nan), "right alone": (np.nan, 1.0)}
    table = next_points(
        study.layout, found(study, alone | {"0.2 / 0.8": (0.0, 0.9), "0.5 / 0.5": (0.3, 0.8), "0.8 / 0.2": (0.9, 0.1)}), 2
    )
    # Between the last two: 0.6 to the right and 0.7 down, so that the normal has w1 / w2 = 0.7 / 0.6.
    assert table["between"][0] == "0.5 / 0.5, 0.8 / 0.2"
    assert table["bound"].tolist() == pytest.approx([0.42, 0.06])
    assert table["weights"][0] == pytest.approx((0.5385, 0.4615))
    assert (table["error"] == 0).all(), "seeds are alike here"


def test_where_the_normal_lies_elsewhere_the_middle_is_taken(invented: Callable[..., Any]) -> None:
    study = invented(points=POINTS)
    alone = {"left alone": (1.0, np.nan), "right alone": (np.nan, 1.0)}
    places = {"0.2 / 0.8": (0.3, 0.95), "0.5 / 0.5": (0.7, 0.2), "0.8 / 0.2": (0.9, 0.1)}
    table = next_points(study.layout, found(study, alone | places))
    # 0.4 to the right and 0.75 down: the normal has w1 = 0.65, beyond both.
    assert table["between"][0] == "0.2 / 0.8, 0.5 / 0.5"
    assert table["weights"][0] == pytest.approx((0.35, 0.65))


def test_too_little_to_go_on_is_no_proposal(invented: Callable[..., Any]) -> None:
    study = invented(points=POINTS)
    assert next_points(study.layout, scores(study.layout, [])).empty
    same = dict.fromkeys(("left alone", "right alone", "0.2 / 0.8", "0.5 / 0.5", "0.8 / 0.2"), (0.5, 0.5))
    assert next_points(study.layout, found(study, same)).empty, "nothing to win"


def test_what_was_left_out_on_the_way_is_no_part_of_the_map(invented: Callable[..., Any]) -> None:
    study = invented(points=POINTS)
    alone = {"left alone": (1.0, np.nan), "right alone": (np.nan, 1.0)}
    told = found(study, alone | {"0.2 / 0.8": (0.2, 0.9), "0.5 / 0.5": (0.6, 0.6), "0.8 / 0.2": (0.9, 0.2)})
    told.last[study.runs("0.5 / 0.5")] -= 1
    assert "0.5 / 0.5" not in " ".join(next_points(study.layout, told, 5)["between"])
