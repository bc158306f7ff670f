"""The command and the Python lines that make a study again."""

import json
import shlex
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from mtl_core.spec import OPTIONS, TABLES, Choice, Study
from mtl_core.spec.notation import write_choice, write_value, write_weights
from mtl_core.spec.plan import plan
from mtl_core.spec.table import Entry
from mtl_core.spec.tables import LISTED

_LINE = 100

_ONE_EACH = {"tasks": "task"} | LISTED
"""The flags that are given again for more."""


def arguments(study: Study) -> list[str]:
    """The arguments of ``seesaw run`` that mean this study: those that differ from the defaults.

    Args:
        study: any study.

    Returns:
        Words that are not yet quoted for a shell.
    """
    words: list[str] = []
    for name, value in _changed(study).items():
        flag = "--" + _ONE_EACH.get(name, name).replace("_", "-")
        match name:
            case "tasks":
                texts = list(value)
            case "methods" if not value:
                texts = ["none"]
            case _ if name in LISTED:
                texts = [write_choice(each, TABLES[name]) for each in value]
            case "weights":
                texts = [write_weights(value)]
            case "refined":
                texts = [write_weights(added) for added in value]
            case "seeds":
                texts = [str(value) if isinstance(value, int) else ",".join(map(str, value)) + ("," if len(value) == 1 else "")]
            case "learning_rates" | "looks" | "rungs":
                texts = [",".join(f"{number:g}" if number == float(f"{number:g}") else repr(number) for number in value)]
            case _ if name in TABLES:
                texts = [write_choice(value, TABLES[name])]
            case _:
                texts = [value if isinstance(value, str) else write_value(value)]
        # An argument that begins like a flag would be taken for one.
        words += [word for text in texts for word in ([f"{flag}={text}"] if text.startswith("-") else [flag, text])]
    return words


def command(study: Study) -> str:
    """The one line for a shell that makes this study again.

    Args:
        study: any study.

    Returns:
        A line that is quoted for a POSIX shell.

    >>> command(Study(methods=["equal"], seeds=2))
    'seesaw run --seeds 2'
    """
    return shlex.join(["seesaw", "run", *arguments(study)])


def network_command(study: Study, study_id: str) -> str:
    """The one line for a shell that writes a trained network of a study as a file: of the first run that learned all tasks, or
    of a task alone where there is none.

    Args:
        study: any study.
        study_id: under which it is kept.

    >>> network_command(Study(methods=["equal"]), "4f1c")
    'seesaw export 4f1c --run equal --format onnx'
    """
    labels = [run.label for run in sorted(plan(study), key=lambda run: run.role == "baseline")]
    run = [f"--run={labels[0]}"] if labels[0].startswith("-") else ["--run", labels[0]]
    return shlex.join(["seesaw", "export", study_id, *run, "--format", "onnx"])


def snippet(study: Study) -> str:
    """The lines of Python that make this study again.

    Args:
        study: any study.

    Returns:
        A program that leaves the study in ``study`` and what it found in ``result``.

    >>> print(snippet(Study(seeds=2)))
    import mtl_core as mtl
    <BLANKLINE>
    study = mtl.Study(seeds=2)
    result = mtl.run(study)
    """
    settings = [f"{name}={_python(name, value)}" for name, value in _changed(study).items()]
    line = f"study = mtl.Study({', '.join(settings)})"
    if len(line) > _LINE:
        line = "study = mtl.Study(\n" + "".join(f"    {setting},\n" for setting in settings) + ")"
    return f"import mtl_core as mtl\n\n{line}\nresult = mtl.run(study)"


def _changed(study: Study) -> dict[str, Any]:
    """The fields that a person would have to write, in the order of a study's fields."""
    plain = {option.name: option.default for option in OPTIONS}
    # What "all tasks", "the usual map" and the first backbone are depends on the suite: these come from a study of the same.
    everything = Study(suite=study.suite, kept=True)  # whose usual batch may be larger than a small suite
    usual = Study(suite=study.suite, tasks=study.tasks, kept=True).weights
    defaults = plain | {
        "tasks": everything.tasks,
        "backbone": everything.backbone,
        "weights": usual,
        "methods": (Choice("equal"),),
        "strategies": (Choice("hard"),),
        "phases": (),
        "refined": (),
    }
    defaults |= {name: _default_choice(name) for name in ("suite", "optimizer", "sampling")}
    found = {field.name: getattr(study, field.name) for field in fields(study)}
    found["suite"] = _with_own_file(study.suite)
    return {name: value for name, value in found.items() if value != defaults[name]}


def _with_own_file(suite: Choice) -> Choice:
    """The suite with the file that the person has in place of the copy that a server keeps of it."""
    own = suite.options.get("file_name")
    return Choice(suite.name, tuple((suite.options | {"path": own}).items())) if own else suite


def _default_choice(name: str) -> Choice:
    (default,) = (field.default for field in fields(Study) if field.name == name)
    return Choice(str(default), tuple(TABLES[name][str(default)].check({}).items()))


def _python(name: str, value: Any) -> str:
    if name in LISTED:
        return "[" + ", ".join(_python_choice(choice, TABLES[name]) for choice in value) + "]"
    return _python_choice(value, TABLES[name]) if name in TABLES else _literal(value)


def _python_choice(choice: Choice, entries: Mapping[str, Entry]) -> str:
    changed = entries[choice.name].changed(choice.options)
    return _literal(Choice(choice.name, tuple(changed.items())).to_dict() if changed else choice.name)


def _literal(value: Any) -> str:
    match value:
        case str():
            return json.dumps(value, ensure_ascii=False)
        case dict():
            return "{" + ", ".join(f"{_literal(key)}: {_literal(item)}" for key, item in value.items()) + "}"
        case list() | tuple():
            return "[" + ", ".join(map(_literal, value)) + "]"
    return repr(value)
