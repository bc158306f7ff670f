"""The Play page's pictures of one label: curves, effective weights and gradient cosine, live or at the end."""

import plotly.graph_objects as go
import streamlit as st

from dashboard import state
from dashboard.components import explain, live_plot
from dashboard.figures import frame
from dashboard.figures.conflict import agreement
from dashboard.figures.curves import curves, metric_name
from dashboard.figures.weights import powers_note, weights
from dashboard.reading.studies import Reading
from dashboard.showing.comparison import shares
from dashboard.words import _
from mtl_core.diagnostics import Result
from mtl_core.records import Layout
from mtl_core.spec import KINDS
from mtl_core.spec.phases import phase_ends

LOSS, SCORE = "loss", "score"


def draw(look: Reading) -> None:
    """Draw the three pictures, or their places while nothing has arrived."""
    result = look.result
    if result is None:
        st.skeleton(height=340)
        return
    layout, runs = result.layout, result.runs
    label, metric = _choices(layout)
    tasks = [task.name for task in layout.tasks]
    series = result.of(label)
    end = [0, result.study.steps]
    # The loss of each step's own batch moves with every step; the whole train split is read only now and then.
    trained_with = "batch" if metric == LOSS else "train"
    table = series.curves[series.curves["split"].isin([trained_with, "validation"])]
    table = table.assign(split=table["split"].astype(str).replace("batch", "train"))
    measured = LOSS if metric == LOSS else {task.name: task.headline for task in layout.tasks}
    picture = marked(curves(table, runs, tasks, label, metric=measured, height=320).update_xaxes(range=end), result, label)
    live_plot(picture, "plot-curves", 320, frame.alt(picture))
    explain(
        _("Bold lines are measured on examples kept aside, faint ones on those trained with; thin lines are single seeds."),
        r"\text{loss}_t = \frac{1}{|B_t|} \sum_{i \in B_t} \ell_t\big(f_t(x_i),\, y_{it}\big)",
        _("$B_t$: the examples with a label for task $t$. $\\ell_t$: {losses}.").format(
            losses=", ".join(dict.fromkeys(_(KINDS[task.kind].loss) for task in layout.tasks))
        ),
        "curves",
    )
    left, right = st.columns(2, gap="medium")
    with left:
        picture = marked(weights(series.weights, runs, tasks, label, height=250).update_xaxes(range=end), result, label)
        live_plot(picture, "plot-weights", 250, frame.alt(picture))
        words = _("What each task's gradient was really multiplied by; the dotted line is an equal share.")
        if (picture.layout.meta or {}).get("powers"):
            words = f"{words} {powers_note()}"
        explain(
            words,
            r"g = \sum_t w_t \, \nabla_\theta L_t",
            _("$w_t$: the effective weight of task $t$. $g$: the combined gradient on the shared parameters $\\theta$."),
            "weights",
        )
    with right:
        picture = marked(
            agreement(series.conflict, runs, tasks, label, shared=shares(result, label), height=250).update_xaxes(range=end),
            result,
            label,
        )
        live_plot(picture, "plot-cosine", 250, frame.alt(picture))
        explain(
            _("Below zero the two tasks pull the shared parameters apart at that step."),
            r"\cos(g_a, g_b) = \frac{\langle g_a, g_b \rangle}{\|g_a\| \, \|g_b\|}",
            _(
                "$g_a, g_b$: the gradients of two tasks' losses on the shared parameters. Conflict at many steps does not mean "
                "that a task loses: look at its transfer."
            ),
            "cosine",
        )


def marked(picture: go.Figure, result: Result, label: str) -> go.Figure:
    """A picture with thin lines where a phase of the study ends, and where what a label's strategy found trains anew."""
    layout = result.layout
    turns = next(layout.model(run.strategy).turns for run in layout.runs if run.label == label)
    return frame.phased(frame.parted(picture, turns), phase_ends(result.study.phases))


def _choices(layout: Layout) -> tuple[str, str]:
    # The tasks alone come last: of many tasks they would hide the rest.
    labels = list(dict.fromkeys(run.label for run in sorted(layout.runs, key=lambda run: run.role == "baseline")))
    first = next((run.label for run in layout.runs if run.role == "method"), labels[0])
    state.keep_valid(state.LABEL, labels, first)
    names = list(dict.fromkeys(metric_name(task.headline) for task in layout.tasks))
    words = {LOSS: _("Loss"), SCORE: " / ".join(name[:1].upper() + name[1:] for name in names)}
    view_only = _("Changes the view only, never the training.")
    with st.container(horizontal=True, vertical_alignment="top", key="view"):
        label = st.selectbox(
            _("Curves of"),
            labels,
            index=labels.index(first),
            key=state.LABEL,
            bind="query-params",
            width=260,
            help=view_only,
            format_func=str,
        )
        metric = st.segmented_control(
            _("Measure"),
            [LOSS, SCORE],
            default=LOSS,
            required=True,
            key=state.METRIC,
            bind="query-params",
            help=view_only,
            format_func=words.__getitem__,
        )
    return str(label), str(metric)
