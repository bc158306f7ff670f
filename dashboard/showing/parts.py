"""The parts of training, and what was changed meanwhile, on pictures over its steps. No Streamlit."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from dashboard.figures import frame
from dashboard.showing.changes import changes_of
from mtl_core.diagnostics import Result
from mtl_core.diagnostics.forgetting import has_parts, parts_of


def marked(picture: go.Figure, result: Result, labels: Sequence[str]) -> go.Figure:
    """A picture with thin lines where a phase of the study or a row of the labels' paths ends, there with the tasks that come
    with the next, where what the labels' strategies found trains anew, and where something was set by hand in their runs."""
    layout = result.layout
    runs = [run for run in layout.runs if run.label in labels]
    turns = sorted({turn for run in runs for turn in layout.model(run.strategy).turns})
    parts = [parts_of(result.study, run) for run in {run.label: run for run in runs}.values() if has_parts(result.study, run)]
    come: dict[int, set[str]] = {}
    for each in parts:
        for end, before, after in zip(each.ends, each.learned, each.learned[1:], strict=False):
            come.setdefault(end, set()).update(np.array(result.study.tasks)[after & ~before])
    told = {end: [task for task in result.study.tasks if task in tasks] for end, tasks in sorted(come.items())}
    picture = frame.phased(frame.parted(picture, turns), told)
    marks = dict.fromkeys(mark for label in labels for mark in changes_of(result, label))  # a rate is set for all at once
    return frame.changed(picture, sorted(marks))
