"""The parts of training on pictures over its steps. No Streamlit."""

import plotly.graph_objects as go

from dashboard.figures import frame
from mtl_core.diagnostics import Result
from mtl_core.spec.phases import phase_ends


def marked(picture: go.Figure, result: Result, label: str) -> go.Figure:
    """A picture with thin lines where a phase of the study ends, and where what a label's strategy found trains anew."""
    layout = result.layout
    turns = next(layout.model(run.strategy).turns for run in layout.runs if run.label == label)
    return frame.phased(frame.parted(picture, turns), phase_ends(result.study.phases))
