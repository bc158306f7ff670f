"""The Conflict page's pictures, from a study's tables and what the visitor chose. No Streamlit."""

from typing import Literal

import plotly.graph_objects as go

from dashboard.figures import conflict as figures
from dashboard.figures.conflict_share import share_by_label, share_by_layer, share_matrix
from dashboard.showing.comparison import shares, task_names
from dashboard.showing.parts import marked
from mtl_core.diagnostics import Result

LINES = 5
"""The most tasks whose pairs are shown row by row, and as lines; more become a matrix, and lines of chosen pairs."""

FIRST = 4
"""So many pairs of many tasks are lines where none was chosen."""


def layers_of(result: Result, labels: list[str]) -> list[str]:
    """The whole trunk and the stages of the models behind the labels, each name once."""
    shared = dict.fromkeys(run.strategy for run in result.layout.runs if run.label in labels)
    found = [layer for strategy in shared for layer in result.layout.model(strategy).layers]
    return list(dict.fromkeys(("all", *found)))


def draw_over_time(
    result: Result,
    *,
    label: str,
    measure: Literal["cosine", "magnitude_similarity"],
    layer: str,
    shown: list[str],
    pairs: list[list[str]] | None,
    seed: int | None,
) -> go.Figure:
    """How alike the tasks' gradients are in direction or in length, over training steps."""
    picture = figures.agreement(
        result.of(label).conflict,
        result.runs,
        task_names(result),
        label,
        measure=measure,
        layer=layer,
        shown=shown,
        chosen_pairs=None if pairs is None else [(first, second) for first, second in pairs],
        seed=seed,
        shared=shares(result, label, layer),
        height=300 if measure == "cosine" else 240,
    )
    return marked(picture, result, [label])


def draw_share(result: Result, *, labels: list[str], shown: list[str]) -> go.Figure:
    """At how many steps one pair of tasks is opposed, under each label."""
    return share_by_label(result.conflict_share, labels, layers=layers_of(result, labels), shown=shown)


def apart_most(result: Result, labels: list[str], layer: str, shown: list[str]) -> list[tuple[str, str]]:
    """The pairs of some tasks that are opposed most often, mean over labels; the first ones while nothing is known."""
    share = result.conflict_share
    own = share[share["label"].isin(labels) & (share["layer"] == layer)]
    means = own.groupby(["task_a", "task_b"], observed=True)["share"].mean().to_dict()
    pairs = figures.shown_pairs(task_names(result), shown)
    kept = sorted(pairs, key=lambda pair: -means.get(pair, 0.0))[:FIRST]
    return [pair for pair in pairs if pair in kept]


def draw_share_of(result: Result, *, label: str, layer: str, shown: list[str], most: int = 900) -> go.Figure:
    """At how many steps each pair of tasks is opposed, under one label; ``most`` pixels high."""
    if len(shown) > LINES:
        return share_matrix(result.conflict_share, shown, label, layer=layer, most=most)
    layers = layers_of(result, [label])
    return share_by_layer(result.conflict_share, task_names(result), label, layers=layers, shown=shown)
