"""What a person gives, as one input of a suite: a sentence, a drawing, a row, a recording, a molecule, or an example by its
number; and how inputs are made, told as data that any program can follow. Reads without torch."""

from typing import Any

from mtl_core.spec.suites import SUITES
from mtl_core.suites.intake.intake import Given, Intake, Taken
from mtl_core.suites.intake.row import RowIntake
from mtl_core.suites.suite import Suite

__all__ = ["Given", "Intake", "Taken", "intake_of"]


def intake_of(suite: Suite, options: dict[str, Any] | None = None) -> Intake:
    """How a suite takes what a person gives.

    Args:
        suite: loaded, with all tasks or some.
        options: the suite's, as a study's ``suite.options`` has them.

    Example:
        >>> from mtl_core.suites import load_suite
        >>> intake = intake_of(load_suite("vitals"))
        >>> intake.tell()["kind"], intake.take({"example": 1}).inputs.shape
        ('row', (1, 8))
    """
    own: Intake | None = SUITES[suite.name].load().intake(suite, **(options or {}))
    if own is not None:
        return own
    return RowIntake(suite) if suite.train.inputs.ndim == 2 and not suite.words else Intake(suite)
