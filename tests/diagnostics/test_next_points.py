"""Where to train next: where a front can still win most."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from mtl_core.diagnostics.next_points import next_points
from mtl_core.diagnostics.scores import scores, signs
from mtl_core.suites.suite import Task

NAMES = ("left", "right", "up")
POINTS = [(0.2, 0.8), (0.5, 0.5), (0.8, 0.2)]


def found(study: Any, places: dict[str, tuple[float, ...]], tasks: int = 2) -> Any:
    metrics = signs(study.layout).shape[1]
    values = np.full((study.count, tasks, metrics), np.nan)
    for label, place in places.items():
        values[study.runs(label)] = np.array(place)[:, None]
    told = scores(study.layout, [study.evaluation(9, validation=values, test=-values)])  # the test split says the opposite
    return replace(told, chance=np.zeros((tasks, metrics)))


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


def test_of_three_tasks_too_there_is_a_bound_and_an_end(invented: Callable[..., Any]) -> None:
    third = round(1 / 3, 4)
    points = [(third, third, round(1 - 2 * third, 4)), (0.6, 0.2, 0.2), (0.2, 0.6, 0.2), (0.2, 0.2, 0.6)]
    study = invented(tasks=tuple(Task(name, "regression") for name in NAMES), points=points)
    labels = list(dict.fromkeys(run.label for run in study.layout.runs if run.role == "fixed"))
    alone = {f"{name} alone": tuple(1.0 if other == name else np.nan for other in NAMES) for name in NAMES}
    places = dict(zip(labels, [(0.4, 0.4, 0.4), (0.8, 0.2, 0.2), (0.2, 0.8, 0.2), (0.2, 0.2, 0.8)], strict=True))
    told = found(study, alone | places, 3)
    table = next_points(study.layout, told, 12)
    # The centre and two others: at best (.8, .8, .4), of which the centre has .4 ** 3 and each other .4 x .2 x .2 more.
    assert ((table["bound"] > 0) & (table["bound"] <= table["left"])).all()
    assert (table["error"] == 0).all(), "seeds are alike here"
    by_hand = 0.8 * 0.8 * 0.4 - (0.4**3 + 2 * 0.4 * 0.2 * 0.2)
    inner = table[table["between"].str.contains("0.333")]
    assert inner["bound"].to_list() == pytest.approx([by_hand] * 3)
    noisy = found(study, alone | places, 3)
    noisy.validation[:] += np.random.default_rng(0).normal(0, 2, (study.count, 1, 1))
    later = next_points(study.layout, noisy, 1)
    assert later["error"][0] > 0
