"""Choose on the Trade-off page: validation of every candidate, the band, what is chosen, and what it is worth."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from dashboard.figures.choose import LARGEST, SMALLEST, choose
from dashboard.figures.frame import alt
from mtl_core.diagnostics.chosen_words import on_choice
from mtl_core.spec.plan import equal_weights, grid
from tests.dashboard.conftest import Trained

BAD = "<b>%{x}</b>"


def invented(tasks: list[str], points: list[tuple[float, ...]], more: dict[str, Any] | None = None) -> pd.DataFrame:
    """Candidates of which the last but one is best, the last within its standard error and the simplest."""
    count = len(points)
    table = pd.DataFrame({"label": [f"{BAD} {place}" for place in range(count)], "role": "fixed", "n": 4, "error": 0.2})
    validation = np.linspace(0, 0.5, count)
    validation[-2:] = [1.0, 0.9]
    places = np.arange(count)
    table = table.assign(validation=validation, within=validation >= 0.8, chosen=places == count - 2)
    table = table.assign(
        simplest=places == count - 1, share=np.where(places == count - 2, 1.0, 0.0), choices=5, strategy="hard"
    )
    table = table.assign(**{f"weight_{task}": [point[place] for point in points] for place, task in enumerate(tasks)})
    return table.assign(**(more or {}))


def test_two_tasks_are_a_line_with_the_band_and_the_chosen_marked() -> None:
    points = [(0.1, 0.9), (0.9, 0.1), (0.3, 0.7), (0.5, 0.5)]
    picture = choose(invented(["a", BAD], points), ["a", BAD], {})
    line, marks = picture.data
    assert list(line.x) == sorted(line.x)
    assert marks.y.tolist() == pytest.approx([-0.9, -0.9 + 1 / 6, 0.1, 0.0]), "beyond equal weights"
    assert [max(marks.marker.size), min(marks.marker.size)] == [LARGEST, SMALLEST]
    (band,) = picture.layout.shapes
    assert (band.y0, band.y1) == (pytest.approx(-0.1), pytest.approx(0.1))
    assert [note.text for note in picture.layout.annotations] == ["<b>best</b>", "<b>nearest to equal</b>"]
    assert [note.x for note in picture.layout.annotations] == [0.3, 0.5]
    assert BAD not in str(picture.to_dict()).replace(alt(picture), ""), "a person's words are no markup"
    assert "2 are within one standard error" in alt(picture)


def test_three_tasks_are_a_triangle_and_more_are_rows() -> None:
    inner = [point for point in grid(6, 3) if min(point) > 0]
    three = choose(invented(list("abc"), [*inner, equal_weights(3)]), list("abc"), {})
    assert {trace.type for trace in three.data} == {"scatterternary"}
    assert len(three.data[0].a) == len(inner) + 1
    four = [(0.4, 0.2, 0.2, 0.2), (0.1, 0.3, 0.3, 0.3), equal_weights(4)]
    rows = choose(invented(list("abcd"), four), list("abcd"), {})
    assert {trace.type for trace in rows.data} == {"scatter"}
    assert len(rows.layout.yaxis.ticktext) == 3
    assert rows.layout.shapes[0].x1 == pytest.approx(0.1)
    # A method stands where its weights lay; one without a place is left out of the line.
    points = [(0.2, 0.8), (np.nan, np.nan), (0.6, 0.4), (0.5, 0.5)]
    table = invented(["a", "b"], points, {"role": ["fixed", "method", "fixed", "fixed"]})
    assert len(choose(table, ["a", "b"], {}).data[-1].x) == 3
    placed = choose(table, ["a", "b"], {f"{BAD} 1": (0.7, 0.3)}).data[-1]
    assert placed.x[1] == 0.7
    assert placed.marker.symbol[1] == "diamond"
    assert choose(table.iloc[:0], ["a", "b"], {}).layout.annotations[0].text


def test_the_page_says_what_is_chosen_and_what_it_is_worth(
    pair: Trained, put: Callable[..., str], visit: Callable[..., AppTest]
) -> None:
    page = visit("tradeoff", study=put(pair))
    assert "Choose" in [heading.value for heading in page.subheader]
    told = [str(remark) for remark in on_choice(pair.result)]
    assert told[0].startswith("On validation ")
    assert any(told[0] in block.value for block in page.markdown)
    assert any("accuracy over tasks" in words for words in told)
    table = next(frame.value for frame in page.dataframe if "rule" in frame.value.columns)
    assert set(table["rule"]) == {"best", "nearest to equal"}
