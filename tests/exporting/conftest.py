"""Studies of many kinds, and one small trained one."""

from typing import Any

import pytest
from hypothesis import strategies as some

from mtl_core.diagnostics import Result
from mtl_core.errors import SpecError
from mtl_core.spec import BACKBONES, METHODS, OPTIMIZERS, OPTIONS, STRATEGIES, SUITES, Study
from mtl_core.spec.option import Option
from mtl_core.spec.table import Entry
from mtl_core.spec.together import goes_with

FILES = tuple(name for name, entry in SUITES.items() if entry.files)
"""The suites whose files may not be there."""


def _value(option: Option) -> some.SearchStrategy[Any]:
    low, high = option.low, option.high
    match option.kind:
        case "integer":
            found: some.SearchStrategy[Any] = some.integers(int(low or 0), min(int(high or 100), int(low or 0) + 50))
        case "number":
            found = some.floats(low or 0, high or 1, allow_nan=False, allow_subnormal=False)
        case "flag":
            found = some.booleans()
        case "choice":
            found = some.sampled_from(option.choices)
        case "task":
            found = some.integers(1, 2)
        case _:
            found = some.just(option.default)
    return found | some.none() if option.default is None else found


@some.composite
def _line(draw: some.DrawFn, entries: dict[str, Entry], refused: tuple[str, ...] = ()) -> dict[str, Any]:
    name = draw(some.sampled_from([name for name in entries if name not in refused]))
    options = {option.name: draw(_value(option)) for option in entries[name].options if draw(some.booleans())}
    return {"name": name} | options


@some.composite
def _studies(draw: some.DrawFn) -> Study:
    suite = draw(_line(SUITES, ("csv", *FILES)))
    unfit = tuple(name for name, entry in BACKBONES.items() if not goes_with(entry, SUITES[suite["name"]]))
    known = Study(suite=suite, kept=True).tasks  # whose usual batch may be larger than a small suite
    tasks = draw(some.none() | some.lists(some.sampled_from(known), min_size=2, unique=True))
    count = len(known if tasks is None else tasks)
    point = some.lists(some.integers(1, 9), min_size=count, max_size=count).map(lambda parts: [p / sum(parts) for p in parts])
    methods = draw(some.lists(_line(METHODS, ("fixed",)), max_size=3, unique_by=lambda method: method["name"]))
    strategies = draw(some.lists(_line(STRATEGIES), min_size=1, max_size=3, unique_by=lambda strategy: strategy["name"]))
    for method in methods:
        if draw(some.booleans()):
            method["learning_rate"] = draw(some.floats(1e-4, 1))
    own = ("seeds", "warmup", "folds", "nested", "headline", "start", "device")
    plain = {option.name: draw(_value(option)) for option in OPTIONS if option.name not in own}
    looks = draw(some.integers(0, 20_000 // plain["conflict_every"]))
    plain["affinity_every"] = looks * plain["conflict_every"] * any(method["name"] == "equal" for method in methods)
    metrics = some.sampled_from(["accuracy", "average_precision", "mae", "loss"])
    seeds = some.integers(1, 4) | some.lists(some.integers(0, 99), min_size=1, max_size=4, unique=True)
    parts = [{"steps": plain["steps"] - 1}, {"steps": 1, "train": "heads", "tasks": [(tasks or known)[0]]}]
    phases = draw(some.sampled_from([(), parts])) if plain["steps"] > 1 else ()
    try:
        return Study(
            suite=suite,
            tasks=tasks,
            strategies=strategies,
            backbone=draw(_line(BACKBONES, unfit)),
            phases=phases,
            optimizer=draw(_line(OPTIMIZERS)),
            methods=methods,
            weights=draw(
                some.none() | some.integers(0, 5) | some.sampled_from(["subsets", "pairs"]) | some.lists(point, max_size=3)
            ),
            seeds=draw(seeds),
            **draw(some.sampled_from([{}, {"folds": 2}, {"folds": 3, "nested": True}])),
            headline=draw(some.dictionaries(some.sampled_from(tasks or known), metrics, max_size=2)),
            device=draw(some.sampled_from(["auto", "cpu", "cuda:1"])),
            **plain,
        )
    except SpecError as error:
        # A map of many tasks may have more runs than a study can; not every strategy goes with every method or suite.
        assert any(word in str(error) for word in ("runs", "strategy", "batch_size"))  # noqa: PT017
        return Study(suite=suite, methods=methods, weights=[], batch_size=8)


@pytest.fixture(scope="session")
def any_study() -> some.SearchStrategy[Study]:
    """Every field and option of a study, drawn."""
    return _studies()


@pytest.fixture(scope="session")
def result() -> Result:
    """A small study, really trained."""
    import mtl_core as mtl

    return mtl.run(mtl.Study(strategies=["hard", "cross_stitch"], methods=["equal", "pcgrad"], weights=3, seeds=2, steps=6))


@pytest.fixture(scope="session")
def phased() -> Result:
    """One whose second task joins later."""
    import mtl_core as mtl

    phases = [{"steps": 3, "tasks": ["left"]}, {"steps": 3, "tasks": ["left", "right"]}]
    return mtl.run(mtl.Study(methods=["equal"], weights=0, seeds=2, steps=6, phases=phases))
