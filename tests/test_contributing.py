"""The commands that contributors are told are those that are checked, and the worked example works."""

import re
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import torch

from mtl_core.balancing.method import Signals
from mtl_core.random import Streams
from mtl_core.spec.option import Option
from mtl_core.spec.table import MethodEntry

ROOT = Path(__file__).parents[1]
GUIDE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", GUIDE, re.DOTALL)


def test_the_commands_are_those_of_the_checks() -> None:
    checks = (ROOT / ".ci/run").read_text(encoding="utf-8").splitlines()
    told = blocks("sh")[0].splitlines()
    assert [line for line in checks if ".venv/bin/" in line] == told


@pytest.mark.parametrize("path", sorted(set(re.findall(r"`((?:mtl_core|dashboard|tests|\.ci)/[\w/.]+)`", GUIDE))))
def test_what_is_pointed_at_is_there(path: str) -> None:
    made_by_the_example = "mtl_core/balancing/q_fair.py"
    assert path == made_by_the_example or (ROOT / path).exists()


def test_the_worked_example_is_a_method() -> None:
    code, line, check = blocks("python")
    module = ModuleType("q_fair")
    exec(compile(code, "q_fair.py", "exec"), vars(module))
    entry: MethodEntry = eval(line, {"MethodEntry": MethodEntry, "Option": Option})
    losses = torch.tensor([[0.5, 2.0], [3.0, 1.0]])
    seen = torch.ones_like(losses, dtype=torch.bool)
    method: Any = getattr(module, entry.target.partition(":")[2])(**entry.check({"q": 2}))
    signals = Signals(losses, seen, 0, 1, Streams.of((0, 1)))
    update, _ = method(signals, method.init(losses))
    assert torch.equal(update.weights, losses.square())
    checks: dict[str, Any] = {}
    exec(check, {"CHECKS": checks, "against_objective": lambda name, objective: (name, objective)})
    name, objective = checks[entry.name][3]
    parameters = losses.clone().requires_grad_()
    objective(parameters).sum().backward()
    assert name == entry.name
    assert parameters.grad is not None
    assert torch.equal(parameters.grad, losses), "the objective at the default q"
