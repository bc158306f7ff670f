"""Names of sharing strategies on the plane of two tasks: where there is room for them, and nowhere else."""

from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from dashboard.figures.tradeoff_strategies import strategy_marks, strategy_names


def named(wide: pd.DataFrame, seeds: pd.DataFrame, shared: list[str]) -> list[dict[str, Any]]:
    """The names on a plane from 0 to 1 both ways."""
    return strategy_names(wide, seeds, shared, {"x": (0.0, 1.0), "y": (0.0, 1.0)}, 560, alone=(0.55, 0.55), line=True)


def boxes(notes: list[dict[str, Any]], width: int) -> list[tuple[float, float, float, float]]:
    """About where names lie on a plane of so many pixels across: left, right, bottom and top."""
    found = []
    for note in notes:
        long, x, y = 7 * len(note["text"]) - 49, width * note["x"] + note["ax"], 364 * note["y"] - note["ay"]
        left = x if note["xanchor"] == "left" else x - long
        found.append((left, left + long, y - 8, y + 8))
    return found


def test_names_on_the_plane_keep_clear_of_each_other_and_of_marks() -> None:
    shared = [f"strategy_{place}" for place in range(6)]
    near = 0.5 + 0.01 * np.arange(6)
    wide = pd.DataFrame({"strategy": shared, "role": "method", "x": near, "y": near[::-1], "on_front": False})
    seeds = pd.DataFrame({"label": [], "x": [], "y": []})
    notes = named(wide, seeds, shared)
    assert {note["text"] for note in notes} <= {f"<b>{name}</b>" for name in shared}
    assert len(notes) >= 4
    marks = [*zip(wide["x"], wide["y"], strict=True), (0.55, 0.55)]
    for width in (320, 700, 900):
        placed = boxes(notes, width)
        for box, other in combinations(placed, 2):
            assert box[0] >= other[1] or other[0] >= box[1] or box[2] >= other[3] or other[2] >= box[3]
        for left, right, low, high in placed:
            assert not [x for x, y in marks if left < width * x < right and low < 364 * y < high]
            assert left >= 0
            assert right <= width


def test_a_name_without_room_is_left_to_the_legend() -> None:
    shared = ["alone", "amid"]
    across, up = (side.ravel() for side in np.meshgrid(np.linspace(0.4, 1, 60), np.linspace(0, 1, 25)))
    wide = pd.DataFrame({"strategy": "amid", "role": "fixed", "x": across, "y": up, "on_front": False})
    apart = pd.DataFrame({"strategy": ["alone"], "role": "method", "x": [0.1], "y": [0.5], "on_front": False})
    wide = pd.concat([apart, wide], ignore_index=True)
    seeds = pd.DataFrame({"label": ["alone"], "x": [0.18], "y": [0.5 + 20 / 364]})
    (free,) = named(wide, seeds.iloc[:0], shared)
    (note,) = named(wide, seeds, shared)
    assert (free["text"], free["ay"], note["ay"]) == ("<b>alone</b>", -20, 20), "rather where no seed is covered"
    drawn = in_legend(wide, shared)
    assert {"alone", "amid"} <= drawn, "both are in the legend"


def in_legend(wide: pd.DataFrame, shared: list[str]) -> set[str]:
    """The names in the legend."""
    whole = wide.assign(weight_x=0.5, weight_y=0.5, label=[str(place) for place in range(len(wide))])
    no_seeds = pd.DataFrame({"label": [], "x": [], "y": []})
    return {trace.name for trace in strategy_marks(whole, no_seeds, ("a", "b"), shared, line=False, bars=False, looks={})}
