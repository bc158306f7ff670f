"""A study's picture in its place on the page, from the one drawing that all visitors share; it moves by itself in training."""

from typing import Any

import plotly.graph_objects as go

from dashboard.components import live_plot
from dashboard.components.live_plot import Source
from dashboard.figures import frame
from dashboard.reading import drawings
from dashboard.reading.studies import Reading


def show(reading: Reading, key: str, draw: drawings.Draw, part: str | None = None, **choices: Any) -> go.Figure:
    """Draw a picture of a study, and let it follow the study while that trains; gives what was drawn.

    Args:
        reading: the study, with its tables.
        key: of the place, unique on the page.
        draw, part: see ``drawings.Recipe``.
        choices: what it is told besides the tables.
    """
    recipe, found = drawing(reading, draw, part, **choices)
    picture, source = found.picture, Source(reading.info.id, recipe.name) if reading.active else None
    live_plot(picture, f"plot-{key}", int(picture.layout.height), frame.alt(picture), source, written=found.json)
    return picture


def picture(reading: Reading, draw: drawings.Draw, **choices: Any) -> go.Figure:
    """The drawing itself, which is not to be changed."""
    return drawing(reading, draw, **choices)[1].picture


def drawing(
    reading: Reading, draw: drawings.Draw, part: str | None = None, **choices: Any
) -> tuple[drawings.Recipe, drawings.Drawing]:
    """The drawing, and what it is asked for by."""
    assert reading.result is not None  # noqa: S101 - there is nothing to draw before
    recipe = drawings.recipe(draw, part, **choices)
    return recipe, drawings.drawing(reading.info.id, reading.result, recipe)
