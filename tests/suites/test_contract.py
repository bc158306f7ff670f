"""Every suite through the same demands."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from mtl_core.errors import DataError
from mtl_core.spec import SUITES, Study
from mtl_core.suites import SPLITS, Suite, load_suite
from mtl_core.suites.intake import intake_of
from mtl_core.suites.suite import Task
from mtl_core.suites.view import Field


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small CSV file with both kinds of task, missing labels and a category."""
    rng = np.random.default_rng(5)
    path = tmp_path_factory.mktemp("csv") / "plants.csv"
    lines = ["height,soil,yield,healthy"]
    for row in range(300):
        height = rng.normal(20, 4)
        crop = "" if row % 5 == 0 else f"{3 * height + rng.normal():.3f}"
        lines.append(f"{height:.9f},{('clay', 'sand', 'loam')[row % 3]},{crop},{'yes' if rng.random() < 0.6 else 'no'}")
    path.write_text("\n".join(lines))
    return path


@pytest.fixture(params=[*SUITES, "subspace/0"])
def asked(request: pytest.FixtureRequest, table: Path) -> dict[str, Any]:
    """What to ask of ``load_suite`` for each suite."""
    name, _, knob = str(request.param).partition("/")
    if SUITES[name].files:
        request.getfixturevalue("files_of")(name)
    options: dict[str, Any] = {"csv": {"path": str(table), "targets": ["yield", "healthy"]}}.get(name, {})
    return {"name": name} | options | ({"shared_tasks": int(knob)} if knob else {})


def splits(suite: Suite) -> list[Any]:
    return [getattr(suite, name) for name in SPLITS]


_SIZES: dict[str, Callable[[Task, tuple[int, ...]], tuple[int, ...]]] = {
    "classification": lambda _task, _shape: (),
    "regression": lambda task, _shape: () if task.outputs == 1 else (task.outputs,),
    "multilabel": lambda task, _shape: (task.classes,),
    "tagging": lambda _task, shape: shape,
    "span": lambda _task, shape: (3 + shape[0],),
    "segmentation": lambda _task, shape: shape[1:],
    "depth": lambda _task, shape: shape[1:],
    "normals": lambda _task, shape: (3, *shape[1:]),
    "box": lambda _task, _shape: (4,),
    "policy": lambda task, shape: (task.classes, *shape[1:]),
}
"""What an example's target looks like."""


def _is_text(inputs: npt.NDArray[np.int64], words: int) -> bool:
    """Whether numbers are those of words, and padding comes after the last of them alone."""
    gone = np.maximum.accumulate(inputs == 0, axis=1)
    return bool((inputs >= 0).all() and (inputs < words).all() and (inputs[gone] == 0).all() and (inputs[:, 0] > 0).all())


def within(suite: Suite) -> bool:
    """Whether its inputs are shades from 0 to 1; others were standardised on train."""
    return all(split.inputs.min() >= 0 and split.inputs.max() <= 1 for split in splits(suite))


def forget() -> None:
    """Empty the caches of all suites."""
    for name, module in list(sys.modules.items()):
        if name.startswith("mtl_core.suites."):
            for value in list(vars(module).values()):
                if hasattr(value, "cache_clear"):
                    value.cache_clear()


def test_shapes_and_types(asked: dict[str, Any]) -> None:
    suite = load_suite(asked)
    assert suite.name == asked["name"]
    assert len({task.name for task in suite.tasks}) == len(suite.tasks) >= 2
    assert suite.per_task == SUITES[suite.name].per_task
    shape = SUITES[suite.name].shape
    dimensions = {"vector": 2, "image": 4, "tokens": 2, "parts": 2}[shape] + suite.per_task
    for split in splits(suite):
        rows = len(split)
        assert rows >= 30
        assert split.inputs.dtype == (np.int64 if shape == "tokens" else np.float32)
        assert (shape == "tokens") == bool(suite.words)
        assert shape != "tokens" or _is_text(split.inputs, len(suite.words))
        assert split.inputs.ndim == dimensions
        assert (shape == "parts") == bool(suite.parts)
        assert shape != "parts" or split.inputs.shape[1] == sum(part.size for part in suite.parts)
        assert split.inputs.shape[1:] == suite.train.inputs.shape[1:]
        assert not suite.per_task or split.inputs.shape[1] == len(suite.tasks)
        assert np.isfinite(split.inputs).all()
        assert split.observed.dtype == np.bool_
        assert split.observed.shape == (rows, len(suite.tasks))
        assert split.observed.any(axis=0).all()
        assert len(split.targets) == len(suite.tasks)
        for place, (task, target) in enumerate(zip(suite.tasks, split.targets, strict=True)):
            assert target.shape == (rows, *_SIZES[task.kind](task, split.inputs.shape[1:]))
            whole = task.kind in ("classification", "tagging", "span", "segmentation")
            assert target.dtype == (np.int64 if whole else np.float32)
            assert np.isfinite(target).all()
            assert (target[~split.observed[:, place]] == 0).all()


def test_classes_are_named_and_all_occur_in_training(asked: dict[str, Any]) -> None:
    suite = load_suite(asked)
    for place, task in enumerate(suite.tasks):
        assert task.help
        if task.kind in ("regression", "span", "depth", "normals", "box"):
            assert task.classes == 1
            continue
        assert len(task.labels) == task.classes >= 2
        if task.kind != "classification":
            continue
        for split in splits(suite):
            found = np.unique(split.targets[place][split.observed[:, place]])
            assert set(found) <= set(range(task.classes))
        assert set(np.unique(suite.train.targets[place][suite.train.observed[:, place]])) == set(range(task.classes))


def test_scaled_by_the_training_rows_alone(asked: dict[str, Any]) -> None:
    suite = load_suite(asked)
    if SUITES[suite.name].shape == "image" and not within(suite):
        pixels = suite.train.inputs.astype(np.float64)
        assert pixels.mean(axis=(0, 2, 3)) == pytest.approx(0, abs=0.1)
        assert pixels.std(axis=(0, 2, 3)) == pytest.approx(1, abs=0.1)
    for place, task in enumerate(suite.tasks):
        if task.kind == "regression" and task.at_chance is not None:
            assert suite.train.targets[place].var() == pytest.approx(task.at_chance, rel=1e-3)
        elif task.kind == "regression":
            known = [split.targets[place][split.observed[:, place]] for split in splits(suite)]
            assert known[0].mean(0) == pytest.approx(0, abs=1e-5)
            assert known[0].std(0) == pytest.approx(1, abs=1e-5)
            # What was fitted on train does not fit the other splits exactly.
            assert all(abs(values.mean()) > 1e-5 and abs(values.std() - 1) > 1e-5 for values in known[1:])


def test_same_numbers_again(asked: dict[str, Any]) -> None:
    suite = load_suite(asked)
    assert load_suite(asked) is suite
    forget()
    again = load_suite(asked)
    assert again is not suite
    for old, new in zip(splits(suite), splits(again), strict=True):
        np.testing.assert_array_equal(old.inputs, new.inputs)
        np.testing.assert_array_equal(old.observed, new.observed)
        for before, after in zip(old.targets, new.targets, strict=True):
            np.testing.assert_array_equal(before, after)


def test_arrays_are_read_only(asked: dict[str, Any]) -> None:
    for split in splits(load_suite(asked)):
        for array in (split.inputs, split.observed, *split.targets):
            with pytest.raises(ValueError, match="read-only"):
                array[0] = 1


def test_no_example_is_in_two_splits(asked: dict[str, Any]) -> None:
    seen = [{row.tobytes() for row in split.inputs} for split in splits(load_suite(asked))]
    assert not seen[0] & seen[1]
    assert not seen[0] & seen[2]
    assert not seen[1] & seen[2]


def test_examples_are_seen_as_a_person_sees_them(asked: dict[str, Any]) -> None:
    suite, entry = load_suite(asked), SUITES[asked["name"]]
    for row in suite.validation.inputs[:20]:
        for example in row if suite.per_task else [row]:
            view = entry.load().view(suite, example)
            if entry.shape == "image":
                picture = np.array(view.picture)
                assert picture.shape[1:] == example.shape[1:]
                assert 0 <= picture.min() < picture.max() <= 255
                if within(suite) and picture.shape == example.shape:  # what is no picture is painted in colours
                    np.testing.assert_allclose(picture / 255, example, atol=1 / 500)
                continue
            if entry.shape == "parts":
                picture = np.array(view.picture)
                assert picture.ndim == 3
                assert 0 <= picture.min() < picture.max() <= 255
                continue
            assert not view.picture
            assert (1 if suite.words else 2) <= len(view.row) <= 8
            assert len({name for name, _ in view.row}) == len(view.row)
            assert all(name and words for name, words in view.row)


def test_takes_its_own_examples_and_tells_how_in_json(asked: dict[str, Any]) -> None:
    suite = load_suite(asked)
    intake = intake_of(suite, Study(suite=asked, weights=2).suite.options)
    told = json.loads(json.dumps(intake.tell(), allow_nan=False))
    assert told["shape"] == list(suite.train.inputs.shape[1:])
    assert [each["name"] for each in told["tasks"]] == [task.name for task in suite.tasks]
    for number in (1, len(suite.test)):
        taken = intake.take({"example": number})
        np.testing.assert_array_equal(taken.inputs, suite.test.inputs[number - 1 : number])
        assert {row for row in taken.rows if row is not None} == {0}
        if taken.given and intake.kind != "text":  # a text's rare words are not in its numbers
            np.testing.assert_allclose(intake.take(taken.given).inputs, taken.inputs, atol=1e-4)
    for wrong in (
        {"example": 0},
        {"example": len(suite.test) + 1},
        {"example": "1"},
        {},
        {"text": 1},
        {"row": []},
        {"drawings": 3},
    ):
        with pytest.raises(DataError):
            intake.take(wrong)


def test_names_and_units_are_those_of_the_data(asked: dict[str, Any]) -> None:
    suite = load_suite(asked)
    assert len(suite.units) in (0, len(suite.tasks))
    for task, unit in zip(suite.tasks, suite.units, strict=False):
        assert unit[1] > 0
        assert task.kind in ("regression", "depth") or unit == (0.0, 1.0)
    if suite.fields:
        places = sorted(place for field in suite.fields for place in _places(field))
        starts = [sum(part.size for part in suite.parts[:place]) for place in range(len(suite.parts))]
        assert places == (starts or list(range(suite.train.inputs.shape[1]))), "every input is said by one name"


def _places(field: Field) -> list[int]:
    places = list(range(field.place, field.place + max(1, len(field.labels))))
    return places if field.missing is None else [*places, field.missing]


def test_tasks_are_asked_as_questions_or_requests(asked: dict[str, Any]) -> None:
    for task in load_suite(asked).tasks:
        words = task.help
        assert "?" in words or words.startswith("Predict "), f"{task.name}: {words}"
        assert words.endswith((".", "?"))
        assert len(words) <= 110


def test_a_study_knows_the_tasks(asked: dict[str, Any]) -> None:
    study = Study(suite=asked, weights=2)
    source, options = SUITES[study.suite.name].load(), study.suite.options
    suite = source.load(**options)
    assert source.tasks(**options) == suite.tasks
    assert source.names(**options) == tuple(task.name for task in suite.tasks) == study.tasks
    assert Study.from_dict(study.to_dict()) == study


def test_a_subset_keeps_the_order_and_the_rows(asked: dict[str, Any]) -> None:
    suite = load_suite(asked)
    names = [task.name for task in suite.tasks]
    part = load_suite(asked, [names[-1], names[0]])
    assert part.tasks == (suite.tasks[0], suite.tasks[-1])
    if suite.per_task:
        np.testing.assert_array_equal(part.train.inputs, suite.train.inputs[:, [0, -1]])
        assert not part.train.inputs.flags.writeable
    else:
        assert part.train.inputs is suite.train.inputs
    np.testing.assert_array_equal(part.validation.targets[1], suite.validation.targets[-1])
    np.testing.assert_array_equal(part.test.observed, suite.test.observed[:, [0, -1]])


def test_entry_tells_what_it_is(asked: dict[str, Any]) -> None:
    entry = SUITES[asked["name"]]
    assert entry.title
    assert entry.summary.endswith((".", "?"))
    assert entry.source
    assert entry.license
    assert all(option.help for option in entry.options)


def test_telling_the_tasks_imports_neither_torch_nor_sklearn() -> None:
    code = (
        "import sys\n"
        "from mtl_core.spec import SUITES\n"
        "import mtl_core.suites\n"
        "for name, entry in SUITES.items():\n"
        "    source = entry.load()\n"
        "    if name != 'csv': assert len(source.tasks(**entry.check({}))) > 1\n"
        "print(sorted({'torch', 'sklearn'} & set(sys.modules)))\n"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"
