"""The way in that every suite has: an example of the test split, by its number."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from mtl_core.errors import DataError, shown
from mtl_core.spec.suites import SUITES
from mtl_core.suites.suite import Suite
from mtl_core.suites.view import View

Given = Mapping[str, Any]
"""What a person gives, as JSON has it: ``example``, a number from 1 on, or what the kind of intake says."""

Inputs = npt.NDArray[Any]

MARK = "|"
"""What stands before a question and before its text."""

ASKED = "span"
"""The kind of task that a question is for; others are asked of a text alone."""


@dataclass(frozen=True)
class Taken:
    """What a person gave, as inputs.

    Args:
        inputs: ``(n, ...)`` as a split has them, most often one; two where a text is read with a question and without.
        rows: for each task of the suite which of the inputs it is asked of; None where it is not asked.
        view: what a person sees of it.
        given: the same as a person would give it, to be changed and given again; empty where only its number can be given.
        example: its number among the test split's, from 1 on; 0 for what is no example.
        text: what was read, of a text; else empty.
        words: of a text where each word lies in ``text``: first sign, and the one after its last.
        before: for each of the inputs how many positions stand before the text's first word.
        unknown: the places of words that training never saw.
        sound: of a recording that is no example what is heard of it, the content of a WAVE file.
    """

    inputs: Inputs
    rows: tuple[int | None, ...]
    view: View
    given: dict[str, Any] = field(default_factory=dict)
    example: int = 0
    text: str = ""
    words: tuple[tuple[int, int], ...] = ()
    before: tuple[int, ...] = ()
    unknown: tuple[int, ...] = ()
    sound: bytes = b""


class Intake:
    """Turns what a person gives into inputs.

    Args:
        suite: loaded.
    """

    kind = "example"
    """What can be given besides an example's number: ``text``, ``drawing``, ``picture``, ``row``, ``sound``, ``molecule``, or
    nothing but that (``example``)."""

    def __init__(self, suite: Suite) -> None:
        self.suite = suite
        self._source = SUITES[suite.name].load()

    def take(self, given: Given) -> Taken:
        """The inputs.

        Raises:
            DataError: it is not what this intake takes; the message says what was expected.
            SpecError: it names a column or a category that there is not.
        """
        if "example" in given:
            return self.example(given["example"])
        return self.read(given)

    def example(self, number: int) -> Taken:
        """An example of the test split, by its number from 1 on; raises DataError where there is none."""
        count = len(self.suite.test)
        if type(number) is not int or not 1 <= number <= count:
            raise DataError(f"an example must be a number from 1 to {count:,}, found {shown(number)}; choose another.")
        taken = self._of_example(self.suite.test.inputs[number - 1])
        return replace(taken, example=number)

    def read(self, given: Given) -> Taken:
        """What a person gave that is no example; raises as ``take``."""
        raise DataError(f"an example's number was expected, found {shown(sorted(given))}; give 'example'.")

    def tell(self) -> dict[str, Any]:
        """How inputs are made and answers are read, as JSON has it: ``kind``; ``suite``; ``shape`` of one input and its
        ``type``; ``examples``, how many there are; ``per_task``; and ``tasks``, each with ``name``, ``kind``, ``question``,
        ``labels``, ``outputs``, and ``centre`` and ``scale`` that its values were standardised by. Kinds of intake tell
        more."""
        suite, kept = self.suite, self.suite.train.inputs.dtype
        units = suite.units or ((0.0, 1.0),) * len(suite.tasks)
        tasks = [
            {
                "name": task.name,
                "kind": task.kind,
                "question": task.help,
                "labels": list(task.labels),
                "outputs": task.outputs,
                "centre": centre,
                "scale": scale,
            }
            for task, (centre, scale) in zip(suite.tasks, units, strict=True)
        ]
        return {
            "kind": self.kind,
            "suite": suite.name,
            "shape": list(suite.train.inputs.shape[1:]),
            "type": str(np.result_type(suite.train.inputs, np.float32) if kept.kind == "f" else kept),
            "examples": len(suite.test),
            "per_task": suite.per_task,
            "tasks": tasks,
        }

    def _of_example(self, example: Inputs) -> Taken:
        return self.one(example)

    def one(self, example: Inputs, **more: Any) -> Taken:
        """One input ``(...)``, of which every task is asked."""
        view = View() if self.suite.per_task else self._source.view(self.suite, example)
        typed = np.ascontiguousarray(example, dtype=self.suite.train.inputs.dtype)[None]
        return Taken(typed, (0,) * len(self.suite.tasks), view, **more)
