"""The sharing strategies of experts and gates: one line each."""

from collections.abc import Mapping, Sequence
from typing import Any

from mtl_core.errors import SpecError
from mtl_core.spec.option import Option
from mtl_core.spec.table import StrategyEntry

_COUNT = Option("experts", "integer", 4, "copies of the backbone's stages", 1, 16, unit="experts", symbol="E")
_GATES = (
    Option("temperature", "number", 1, "above one gates decide softly, below one sharply", 0.1, 10, logarithmic=True),
    Option("gate_hidden", "integer", 0, "neurons of a hidden layer in each gate; 0 for none", 0, 256, unit="neurons"),
    Option("gate_bias", "flag", True, "whether gates can prefer an expert whatever the example is; the paper's cannot"),
)
_LEVELS = Option("levels", "integer", 2, "groups of stages with gates above each", 1, 8, unit="levels")


def _extraction(options: Mapping[str, Any], backbone: Mapping[str, Any], tasks: Sequence[str]) -> None:
    if options["shared"] + options["per_task"] == 0:
        raise SpecError("shared and per_task are both 0, which leaves no expert; choose at least 1 for one of them.")
    _levels(options, backbone, tasks)


def _levels(options: Mapping[str, Any], backbone: Mapping[str, Any], _tasks: Sequence[str]) -> None:
    levels, stages = options.get("levels", 1), backbone["depth"]
    if levels > stages:
        raise SpecError(f"levels is {levels} and the backbone's depth {stages}; choose at most as many levels as stages.")


def _selectors(options: Mapping[str, Any], _backbone: Mapping[str, Any], _tasks: Sequence[str]) -> None:
    if options["selectors"] > options["experts"]:
        raise SpecError(
            f"selectors is {options['selectors']} and there are {options['experts']} experts; choose at most as many."
        )


EXPERTS: tuple[StrategyEntry, ...] = (
    StrategyEntry(
        "omoe",
        "One-gate mixture of experts",
        "Several networks, the experts, serve all tasks; for every example one gate decides for all tasks whom to listen to.",
        "mtl_core.models.mmoe:omoe",
        (_COUNT, *_GATES),
        source="Jacobs, Jordan, Nowlan & Hinton 1991; OMoE of Ma et al. 2018",
        copies=lambda options, _tasks: options["experts"],
    ),
    StrategyEntry(
        "mmoe",
        "Multi-gate mixture of experts",
        "Several networks, the experts, serve all tasks; for every example each task's own gate decides whom to listen to.",
        "mtl_core.models.mmoe:mmoe",
        (_COUNT, *_GATES),
        source="Ma et al. 2018",
        copies=lambda options, _tasks: options["experts"],
    ),
    StrategyEntry(
        "cgc",
        "Customised gate control",
        "Every task has experts of its own beside shared ones; its gate decides for every example whom to listen to.",
        "mtl_core.models.ple:cgc",
        (
            Option("shared", "integer", 1, "experts that serve all tasks", 0, 8, unit="experts", symbol="m_s"),
            Option("per_task", "integer", 1, "experts that each task has of its own", 0, 4, unit="experts", symbol="m_k"),
        ),
        source="Tang, Liu, Zhao & Gong 2020",
        copies=lambda options, tasks: options["shared"] + tasks * options["per_task"],
        fits=_extraction,
    ),
    StrategyEntry(
        "ple",
        "Progressive layered extraction",
        "Own and shared experts in levels; between levels the shared ones hear every task's, so tasks part step by step.",
        "mtl_core.models.ple:ple",
        (
            Option("shared", "integer", 1, "experts of each level that serve all tasks", 0, 8, unit="experts", symbol="m_s"),
            Option("per_task", "integer", 1, "experts of each level for each task", 0, 4, unit="experts", symbol="m_k"),
            _LEVELS,
        ),
        source="Tang, Liu, Zhao & Gong 2020",
        copies=lambda options, tasks: options["shared"] + tasks * options["per_task"],
        fits=_extraction,
    ),
    StrategyEntry(
        "adatt",
        "Adaptive task-to-task fusion",
        "Every task has experts of its own, which it always hears; a gate decides how much it hears of all others.",
        "mtl_core.models.adatt:adatt",
        (
            Option("per_task", "integer", 1, "experts of each level for each task", 1, 4, unit="experts", symbol="m"),
            _LEVELS,
            Option(
                "residual",
                "number",
                0.5,
                "how much of what a task reads comes from its own experts past the gate; with 1 tasks share nothing",
                0,
                1,
            ),
        ),
        source="Li et al. 2023",
        copies=lambda options, tasks: tasks * options["per_task"],
        fits=_levels,
    ),
    StrategyEntry(
        "dselect_k",
        "Selection of few experts",
        "Each task has a few selectors, and each settles on one of the shared experts and leaves the others out entirely.",
        "mtl_core.models.dselect_k:dselect_k",
        (
            Option("experts", "integer", 4, "copies of the backbone's stages; powers of two suit it", 2, 16, unit="experts"),
            Option("selectors", "integer", 2, "experts that a task is left with at most", 1, 16, unit="selectors", symbol="k"),
            Option(
                "gamma", "number", 1, "how far a selector moves before it is settled", 0.1, 10, symbol="γ", logarithmic=True
            ),
            Option(
                "entropy", "number", 1e-3, "how strongly selectors are driven to settle, after a slow rise", 0, 1, symbol="c"
            ),
            Option("per_example", "flag", False, "whether selectors read each example instead of being the task's alone"),
        ),
        source="Hazimeh et al. 2021",
        copies=lambda options, _tasks: options["experts"],
        fits=_selectors,
    ),
)
