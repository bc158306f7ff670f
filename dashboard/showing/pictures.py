"""The Play page's pictures of one label: curves, effective weights and gradient cosine, live or at the end."""

from collections.abc import Sequence

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from dashboard import state
from dashboard.asking.links import choose
from dashboard.figures.conflict import agreement
from dashboard.figures.curves import curves, metric_name
from dashboard.figures.notes import pinned
from dashboard.figures.weights import powers_note, weights
from dashboard.reading.studies import Reading
from dashboard.showing import pins, steering
from dashboard.showing.changes import changes_of
from dashboard.showing.comparison import shares, task_names
from dashboard.showing.conflict_pictures import LINES, draw_share_of
from dashboard.showing.drawn import show
from dashboard.showing.explain import explain
from dashboard.showing.meanings import meaning
from dashboard.showing.parts import marked
from dashboard.teaching import Note
from dashboard.words import _, escape_markdown
from mtl_core.diagnostics import Result
from mtl_core.spec import KINDS

LOSS, SCORE = "loss", "score"

HIGHEST = 360
"""The most pixels of the matrix of many tasks' conflicts."""

OVERLAID = 6
"""The most labels whose curves lie over each other."""


def draw(look: Reading) -> None:
    """Draw the three pictures, or their places while nothing has arrived."""
    result = look.result
    if result is None:
        st.skeleton(height=340)
        return
    layout = result.layout
    labels, metric, notes = _choices(result, look.info.id)
    steered = look.active and state.visitor().may_change(look.info)
    place, beside = st.columns([3, 1], gap="medium", vertical_alignment="center") if steered else (st.container(), None)
    with place:
        show(look, "curves", draw_curves, labels=labels, score=metric == SCORE, notes=notes)
    if beside is not None:
        with beside:
            steering.beside(look, labels[0])
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
        picture = show(look, "weights", draw_weights, labels=labels)
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
        if len(layout.tasks) > LINES and shares(result, labels[0]):
            show(look, "cosine", draw_share_of, label=labels[0], layer="all", shown=task_names(result), most=HIGHEST)
            explain(*meaning("share"), key="cosine")
            return
        show(look, "cosine", draw_agreement, labels=labels)
        explain(
            _("Below zero the two tasks pull the shared parameters apart at that step."),
            r"\cos(g_a, g_b) = \frac{\langle g_a, g_b \rangle}{\|g_a\| \, \|g_b\|}",
            _(
                "$g_a, g_b$: the gradients of two tasks' losses on the shared parameters. Conflict at many steps does not mean "
                "that a task loses: look at its transfer."
            ),
            "cosine",
        )


def draw_curves(result: Result, *, labels: list[str], score: bool, notes: Sequence[tuple[int, str]] = ()) -> go.Figure:
    """How each task learns under a label, or under several laid over each other: its loss or its score; with notes at steps."""
    tasks = result.layout.tasks
    table = pd.concat([result.of(label).curves for label in labels])
    # The loss of each step's own batch moves with every step; the whole train split is read only now and then.
    table = table[table["split"].isin(["train" if score else "batch", "validation"])]
    table = table.assign(split=table["split"].astype(str).replace("batch", "train"))
    measured = {task.name: task.headline for task in tasks} if score else LOSS
    names = [task.name for task in tasks]
    picture = _marked(curves(table, result.runs, names, labels, metric=measured, height=320), result, labels)
    return pinned(picture, notes, result.study.steps)


def draw_weights(result: Result, *, labels: list[str]) -> go.Figure:
    """The effective weights of labels."""
    table = pd.concat([result.of(label).weights for label in labels])
    return _marked(weights(table, result.runs, task_names(result), labels, height=250), result, labels)


def draw_agreement(result: Result, *, labels: list[str]) -> go.Figure:
    """The gradient cosine of labels."""
    meeting = [label for label in labels if shares(result, label)]
    table = pd.concat([result.of(label).conflict for label in labels])
    picture = agreement(table, result.runs, task_names(result), meeting or labels, shared=bool(meeting), height=250)
    return _marked(picture, result, labels)


def _marked(picture: go.Figure, result: Result, labels: list[str]) -> go.Figure:
    """A picture over all steps, with the parts of training and what was changed by hand."""
    return marked(picture.update_xaxes(range=[0, result.study.steps]), result, labels)


def _choices(result: Result, study_id: str) -> tuple[list[str], str, list[Note]]:
    layout = result.layout
    # The tasks alone come last: of many tasks they would hide the rest.
    labels = list(dict.fromkeys(run.label for run in sorted(layout.runs, key=lambda run: run.role == "baseline")))
    first = next((run.label for run in layout.runs if run.role == "method"), labels[0])
    state.keep_valid(state.LABEL, labels)
    names = list(dict.fromkeys(metric_name(task.headline) for task in layout.tasks))
    words = {LOSS: _("Loss"), SCORE: " / ".join(name[:1].upper() + name[1:] for name in names)}
    view_only = _("Changes the view only, never the training.")
    with st.container(horizontal=True, vertical_alignment="top", key="view"):
        chosen = st.multiselect(
            _("Curves of"),
            labels,
            default=[first],
            key=state.LABEL,
            bind="query-params",
            max_selections=OVERLAID,
            placeholder=first,
            width=360,
            help=view_only,
            format_func=str,
        )
        metric = choose(
            st.segmented_control,
            _("Measure"),
            [LOSS, SCORE],
            LOSS,
            required=True,
            key=state.METRIC,
            help=view_only,
            format_func=words.__getitem__,
        )
        notes = pins.controls(study_id, result.study.steps)
        chosen = [str(label) for label in chosen] or [first]
        for label in chosen:
            if changes_of(result, label):
                said = _("{label}: changed by hand").format(label=escape_markdown(label))
                st.badge(said, icon=":material/back_hand:", color="orange")
    return chosen, str(metric), notes
