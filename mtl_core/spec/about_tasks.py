"""What speaks of the study's tasks: points on their simplex, one of them, the metrics that stand for them."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from mtl_core.errors import SpecError, shown, unknown_name
from mtl_core.spec.kinds import METRICS
from mtl_core.spec.methods import METHODS
from mtl_core.spec.option import Option
from mtl_core.spec.paths import check_rows

if TYPE_CHECKING:
    from mtl_core.spec.choice import Choice


def about_tasks(methods: Sequence["Choice"], tasks: Sequence[str]) -> tuple["Choice", ...]:
    """The methods with every task that an option names as its place, from 1.

    Args:
        methods: with checked options.
        tasks: the names, in order.

    Raises:
        SpecError: a point on the simplex has more or fewer numbers than there are tasks, there is no such task, or a path
            never comes to one.
    """
    return tuple(_settled(method, tasks) for method in methods)


def check_headline(headline: Sequence[tuple[str, str]], tasks: Sequence[str]) -> None:
    """Whether the metrics that stand for tasks are some; whether a task has its metric is known once its data is.

    Args:
        headline: pairs of a task and a metric.
        tasks: the names, in order.

    Raises:
        SpecError: no such task or metric.
    """
    known = [name for name, metric in METRICS.items() if not metric.aside]
    for task, metric in headline:
        if task not in tasks:
            raise unknown_name("headline's task", task, tasks)
        if metric not in known:
            raise unknown_name(f"headline of {shown(task)}", metric, known)


def _settled(method: "Choice", tasks: Sequence[str]) -> "Choice":
    kinds = {option.name: option for option in METHODS[method.name].options}

    def value(name: str, given: Any) -> Any:
        return _value(kinds[name], given, method.name, tasks) if name in kinds else given

    return replace(method, items=tuple((name, value(name, given)) for name, given in method.items))


def _value(option: Option, value: Any, owner: str, tasks: Sequence[str]) -> Any:
    where = f"{owner}.{option.name}"
    if option.kind == "simplex" and value is not None and len(value) != len(tasks):
        raise SpecError(f"{where} must have {len(tasks)} numbers, one for each task, found {len(value)}: {shown(value)}.")
    if option.kind == "path":
        check_rows(value, tasks, where)
    if option.kind != "task":
        return value
    if isinstance(value, str):
        if value not in tasks:
            raise unknown_name(where, value, tasks)
        return tasks.index(value) + 1
    if value > len(tasks):
        raise SpecError(f"{where} must be the place of one of {len(tasks)} tasks, from 1, or its name, found {shown(value)}.")
    return value
