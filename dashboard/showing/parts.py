"""The parts of training, and what was changed meanwhile, on pictures over its steps. No Streamlit."""

from collections.abc import Sequence

import plotly.graph_objects as go

from dashboard.figures import frame
from dashboard.showing.changes import changes_of
from mtl_core.diagnostics import Result
from mtl_core.spec.phases import phase_ends


def marked(picture: go.Figure, result: Result, labels: Sequence[str]) -> go.Figure:
    """A picture with thin lines where a phase of the study ends, where what the labels' strategies found trains anew, and where
    something was set by hand in any of their runs."""
    layout = result.layout
    turns = sorted({turn for run in layout.runs if run.label in labels for turn in layout.model(run.strategy).turns})
    picture = frame.phased(frame.parted(picture, turns), phase_ends(result.study.phases))
    marks = dict.fromkeys(mark for label in labels for mark in changes_of(result, label))  # a rate is set for all at once
    return frame.changed(picture, sorted(marks))
