"""The parts of training, and what was changed meanwhile, on pictures over its steps. No Streamlit."""

import plotly.graph_objects as go

from dashboard.figures import frame
from dashboard.showing.changes import changes_of
from mtl_core.diagnostics import Result
from mtl_core.spec.phases import phase_ends


def marked(picture: go.Figure, result: Result, label: str) -> go.Figure:
    """A picture with thin lines where a phase of the study ends, where what a label's strategy found trains anew, and where
    something was set by hand."""
    layout = result.layout
    turns = next(layout.model(run.strategy).turns for run in layout.runs if run.label == label)
    picture = frame.phased(frame.parted(picture, turns), phase_ends(result.study.phases))
    return frame.changed(picture, changes_of(result, label))
