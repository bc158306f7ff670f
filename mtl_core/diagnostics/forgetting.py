"""What tasks that join later cost those that were there, and what was learned before them gives them."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from mtl_core.diagnostics.intervals import interval
from mtl_core.records import Layout
from mtl_core.spec.choice import Choice
from mtl_core.spec.kinds import METRICS
from mtl_core.spec.phases import phase_ends

COLUMNS = (
    *("label", "task", "metric", "first_phase", "last_phase", "n", "before", "at_start", "learned", "end"),
    *("forward", "forward_low", "forward_high", "forgotten", "forgotten_low", "forgotten_high"),
)


def forgetting(layout: Layout, curves: pd.DataFrame, phases: Sequence[Choice], steps: int) -> pd.DataFrame:
    """Forgetting and forward transfer of every task that does not learn in all phases, from validation results at phases' ends.

    With ``R_j(s)`` the headline metric of task j after s steps, positive is better: *forward* ``R_j(start of its first phase) -
    R_j(0)``, what the phases before gave it; *forgotten* ``max R_j(ends from its first phase on) - R_j(end)``, what the phases
    after its last took.

    Args:
        layout: the study's.
        curves: its curves.
        phases: its phases.
        steps: of a run.

    Returns:
        ``label, task, metric, first_phase, last_phase, n, before, at_start, learned, end, forward, forward_low, forward_high,
        forgotten, forgotten_low, forgotten_high``: phases from 1, means over seeds that are paired with themselves, 95 %
        intervals; ``forward`` is NaN for a task that is there from the beginning, ``forgotten`` for one that learns to the end.

    Source: Lopez-Paz & Ranzato 2017 (forward transfer); Chaudhry et al. 2018 (forgetting).
    """
    marks = [0, *phase_ends(phases), steps] if phases else []
    told = curves[(curves["split"] == "validation") & curves["step"].isin(marks)]
    runs = {run.index: run.label for run in layout.runs if run.role != "baseline"}
    told = told[told["run"].isin(runs)]
    rows = []
    for task in layout.tasks:
        learned = [k for k, phase in enumerate(phases) if _learns(phase, task.name)]
        if not learned or len(learned) == len(phases):
            continue
        first, last = learned[0], learned[-1]
        own = told[(told["task"] == task.name) & (told["metric"] == task.headline)]
        wide = own.pivot_table(index="run", columns="step", values="value", observed=True).reindex(columns=marks)
        sign = -1.0 if METRICS[task.headline].lower_is_better else 1.0
        for label in dict.fromkeys(runs.values()):
            values = wide.loc[[run for run in wide.index if runs[run] == label]].to_numpy()
            values = values[np.isfinite(values).all(axis=1)]  # runs that diverged, or are not at their end, tell nothing
            if not len(values):
                continue
            ahead = sign * (values[:, first] - values[:, 0]) if first else np.full(len(values), np.nan)
            best = (sign * values[:, first + 1 :]).max(axis=1)
            lost = best - sign * values[:, -1] if last + 1 < len(phases) else np.full(len(values), np.nan)
            found = interval(np.stack([ahead, lost], axis=1), shared=layout.shared)
            means = values.mean(axis=0)
            shown = (label, task.name, task.headline, first + 1, last + 1, len(values), means[0], means[first], means[last + 1])
            ends = [each for k in range(2) for each in (found.mean[k], found.low[k], found.high[k])]
            rows.append((*shown, means[-1], *ends))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _learns(phase: Choice, task: str) -> bool:
    named = phase.options.get("tasks", ())
    return phase.name == "tasks" and (not named or task in named)
