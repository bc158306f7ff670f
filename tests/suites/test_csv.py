"""A CSV file as a suite: what is read into it, and that its numbers are those of the file."""

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mtl_core.errors import DataError
from mtl_core.spec import Study
from mtl_core.suites import Suite, load_suite
from mtl_core.suites.csv_file import inspect

ROWS = 100


def write(path: Path, columns: dict[str, Sequence[object]], delimiter: str = ",") -> Path:
    """A CSV file of these columns."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, delimiter=delimiter)
        writer.writerow(columns)
        writer.writerows(zip(*columns.values(), strict=True))
    return path


def plain(rows: int = ROWS) -> dict[str, Sequence[Any]]:
    """Columns that anything can be learned from."""
    rng = np.random.default_rng(3)
    return {
        "length": [f"{value:.4f}" for value in rng.normal(5, 2, rows)],
        "colour": [("red", "green", "blue")[k % 3] for k in range(rows)],
        "price": [f"{value:.4f}" for value in rng.normal(100, 30, rows)],
        "grade": [1 + k % 3 for k in range(rows)],
    }


def load(path: Path, targets: Sequence[str] = ("price", "grade"), **options: Any) -> Suite:
    return load_suite({"name": "csv", "path": str(path), "targets": list(targets)} | options)


def kinds(suite: Suite) -> list[str]:
    return [task.kind for task in suite.tasks]


def whole(suite: Suite, task: int) -> tuple[Any, Any]:
    """A target and where it is known, over all splits."""
    parts = (suite.train, suite.validation, suite.test)
    return np.concatenate([p.targets[task] for p in parts]), np.concatenate([p.observed[:, task] for p in parts])


def test_kinds_are_detected(tmp_path: Path) -> None:
    columns = plain() | {
        "passed": ["true" if k % 4 else "false" for k in range(ROWS)],
        "year": [1900 + k % 50 for k in range(ROWS)],
        "half": [k % 2 / 2 for k in range(ROWS)],
    }
    suite = load(write(tmp_path / "a.csv", columns), ["price", "grade", "colour", "passed", "year", "half"])
    assert kinds(suite) == ["regression", "classification", "classification", "classification", "regression", "regression"]
    assert [task.labels for task in suite.tasks[1:4]] == [("1", "2", "3"), ("blue", "green", "red"), ("false", "true")]


def test_kinds_can_be_said(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", plain())
    suite = load(path, kinds={"grade": "regression"})
    assert kinds(suite) == ["regression", "regression"]
    assert suite.train.inputs.shape[1] == 4
    numbers = plain() | {"shelf": [k % 4 for k in range(ROWS)]}
    as_category = load(write(tmp_path / "b.csv", numbers), kinds={"shelf": "category"})
    assert as_category.train.inputs.shape[1] == 1 + 3 + 4


def test_numeric_classes_are_ordered_by_size_and_named_plainly(tmp_path: Path) -> None:
    columns = plain() | {"size": [("10", "2.0", "2", "-1")[k % 4] for k in range(ROWS)]}
    suite = load(write(tmp_path / "a.csv", columns), ["price", "size"])
    assert suite.tasks[1].labels == ("-1", "2", "10")


def test_missing_labels_become_masks(tmp_path: Path) -> None:
    columns = plain()
    columns["price"] = ["" if k % 3 == 0 else price for k, price in enumerate(columns["price"])]
    columns["grade"] = ["NA" if k % 10 == 0 else grade for k, grade in enumerate(columns["grade"])]
    suite = load(write(tmp_path / "a.csv", columns))
    assert [int((~whole(suite, task)[1]).sum()) for task in range(2)] == [34, 10]
    values, known = whole(suite, 0)
    assert (values[~known] == 0).all()


def test_inputs_are_fitted_on_train_alone(tmp_path: Path) -> None:
    columns = plain()
    held_out = round(0.15 * ROWS)
    train = ROWS - 2 * held_out
    # By order, so that the test knows the training rows: missing cells there and far larger values after them.
    length = [str(k) for k in range(train)] + [str(1000 * k) for k in range(2 * held_out)]
    length[5] = ""
    columns["length"] = length
    columns["colour"] = ["red" if k < train // 2 else "green" for k in range(train)] + ["violet"] * (2 * held_out)
    suite = load(write(tmp_path / "a.csv", columns), split="ordered")
    assert suite.train.inputs.shape == (train, 4)  # length, length missing, green, red
    known = np.array([float(cell) for cell in length[:train] if cell])
    filled = np.array([float(cell) if cell else np.median(known) for cell in length])
    expected = (filled - filled[:train].mean()) / filled[:train].std()
    np.testing.assert_allclose(suite.train.inputs[:, 0], expected[:train], rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(suite.test.inputs[:, 0], expected[-held_out:], rtol=1e-5)
    assert np.flatnonzero(suite.train.inputs[:, 1]).tolist() == [5]
    np.testing.assert_array_equal(suite.train.inputs[:, 2:].sum(axis=1), 1)
    np.testing.assert_array_equal(suite.test.inputs[:, 2:], 0)


def test_a_category_has_bounded_places(tmp_path: Path) -> None:
    columns = plain(1000) | {"town": [f"town {k % 60}" for k in range(1000)]}
    assert load(write(tmp_path / "a.csv", columns), inputs=["town"]).train.inputs.shape[1] == 32


def test_columns_that_say_nothing_are_left_out_unless_asked_for(tmp_path: Path) -> None:
    columns = {"": range(ROWS)} | plain() | {"name": [f"item {k}" for k in range(ROWS)], "remark": [""] * ROWS}
    path = write(tmp_path / "a.csv", columns)
    suite = load(path)
    assert suite.train.inputs.shape[1] == 4
    assert [note.split("'")[1] for note in suite.notes] == ["column 1", "name", "remark"]
    assert load(path, inputs=["column 1"]).train.inputs.shape[1] == 1


def test_grouped_rows_stay_together(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    person = rng.integers(12, size=ROWS)
    columns = {"code": 1.5 * person + 0.25, "person": [f"p{k}" for k in person]} | plain()
    suite = load(write(tmp_path / "a.csv", columns), split="grouped", group="person", inputs=["code"])
    groups = [set(np.unique(part.inputs)) for part in (suite.train, suite.validation, suite.test)]
    assert not groups[0] & groups[1]
    assert not groups[0] & groups[2]
    assert not groups[1] & groups[2]
    assert sum(map(len, groups)) == 12
    assert 55 <= len(suite.train) <= 80


def test_the_group_is_no_input_by_itself(tmp_path: Path) -> None:
    columns = plain() | {"person": [f"p{k % 9}" for k in range(ROWS)]}
    path = write(tmp_path / "a.csv", columns)
    assert load(path).train.inputs.shape[1] == 4 + 9
    assert load(path, split="grouped", group="person").train.inputs.shape[1] == 4


def test_ordered_rows_keep_their_order(tmp_path: Path) -> None:
    columns = plain()
    columns["price"] = [k**2 for k in range(ROWS)]
    suite = load(write(tmp_path / "a.csv", columns), split="ordered")
    assert [len(part) for part in (suite.train, suite.validation, suite.test)] == [70, 15, 15]
    assert (np.diff(whole(suite, 0)[0]) > 0).all()


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiters_are_found(tmp_path: Path, delimiter: str) -> None:
    columns = plain() | {"remark": [f'said "{k % 5}, {k % 5}; no"\nand went' for k in range(ROWS)]}
    path = write(tmp_path / "a.csv", columns, delimiter)
    assert [column.name for column in inspect(str(path)).columns] == list(columns)
    assert load(path).train.inputs.shape[1] == 4 + 5


def test_a_byte_order_mark_and_empty_lines_are_no_data(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", plain())
    text = path.read_text().replace("\n", "\n\n")
    path.write_text(text, encoding="utf-8-sig")
    columns = inspect(str(path)).columns
    assert columns[0].name == "length"
    assert columns[0].rows == ROWS


def test_a_long_file_is_read_whole(tmp_path: Path) -> None:
    rows = 45_000
    path = write(
        tmp_path / "a.csv",
        {"x": [k % 97 / 2 for k in range(rows)], "y": [k**2 for k in range(rows)], "z": [1, 2] * (rows // 2)},
    )
    suite = load(path, ["y", "z"], split="ordered")
    assert [len(part) for part in (suite.train, suite.validation, suite.test)] == [31_500, 6_750, 6_750]
    assert (np.diff(whole(suite, 0)[0]) >= 0).all()


def test_preview_says_what_is_there(tmp_path: Path) -> None:
    columns = plain() | {
        "name": [f"item {k}" for k in range(ROWS)],
        "code": ["x" if k == 30 else str(k) for k in range(ROWS)],
        "same": ["a"] * ROWS,
        "remark": [""] * ROWS,
        "many": [f"w{k % 40}" for k in range(ROWS)],
    }
    columns["price"] = ["" if k < 4 else price for k, price in enumerate(columns["price"])]
    found = {column.name: column for column in inspect(str(write(tmp_path / "a.csv", columns))).columns}
    assert list(found) == list(columns)
    assert (found["price"].kind, found["price"].missing, found["price"].distinct) == ("regression", 4, 96)
    assert (found["colour"].kind, found["colour"].distinct) == ("classification", 3)
    assert found["colour"].examples == ("red", "green", "blue")
    assert {name for name, column in found.items() if column.kind is None} == {"code", "same", "remark"}
    assert {name for name, column in found.items() if not column.input} == {"name", "code", "remark"}
    assert all(bool(column.note) == (column.kind is None or not column.input) for column in found.values())


def test_what_the_preview_offers_can_be_learned(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", plain() | {"name": [f"item {k}" for k in range(ROWS)]})
    offered = inspect(str(path)).columns
    targets = [column.name for column in offered if column.kind][1:4]
    suite = load(path, targets, inputs=[column.name for column in offered if column.input and column.name not in targets])
    assert kinds(suite) == [column.kind for column in offered if column.name in targets]


def test_a_changed_file_is_another_study_and_refused_by_the_old_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "a.csv", plain())
    monkeypatch.chdir(tmp_path)
    asked = {"name": "csv", "path": "a.csv", "targets": ["price", "grade"]}
    old = Study(suite=asked)
    assert old.suite.options["path"] == str(tmp_path / "a.csv")
    assert old.suite.options["kinds"] == (("grade", "classification"), ("price", "regression"))
    assert Study(suite=asked).id == old.id
    write(tmp_path / "a.csv", plain(ROWS + 1))
    assert Study(suite=asked).id != old.id
    with pytest.raises(DataError, match="must be the file that the study was made with"):
        load_suite(old.suite)


def test_an_old_study_can_be_shown_without_its_file(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", plain())
    old = Study(suite={"name": "csv", "path": str(path), "targets": ["price", "grade"]})
    path.unlink()
    again = Study.from_dict(old.to_dict())
    assert again == old
    assert again.id == old.id
    assert again.tasks == ("price", "grade")
    with pytest.raises(DataError, match="must exist"):
        load_suite(again.suite)


cells = st.one_of(st.none(), st.floats(-1e6, 1e6).map(lambda value: round(value, 3)))
letters = st.characters(exclude_categories=("Cs", "Cc"))
not_words = {"na", "n/a", "null", "nan", "inf", "infinity"}
words = (
    st.text(letters, min_size=1, max_size=8)
    .map(str.strip)
    .filter(lambda word: any(letter.isalpha() for letter in word) and word.lower() not in not_words)
)


@settings(max_examples=40)
@given(
    numbers=st.lists(cells, min_size=40, max_size=80),
    labels=st.lists(words, min_size=2, max_size=4, unique=True),
    delimiter=st.sampled_from(",;\t|"),
    split=st.sampled_from(["random", "ordered"]),
)
def test_what_was_written_is_read(
    tmp_path_factory: pytest.TempPathFactory, numbers: list[float | None], labels: list[str], delimiter: str, split: str
) -> None:
    rows = len(numbers)
    # The first rows of every block of ten have values, so that no split is without a label.
    numbers = [float(k) + 0.5 if k % 5 == 0 else number for k, number in enumerate(numbers)]
    chosen = [labels[k % len(labels)] for k in range(rows)]
    columns = {"x": [k % 7 + 0.5 for k in range(rows)], "number": ["" if n is None else n for n in numbers], "word": chosen}
    path = write(tmp_path_factory.mktemp("csv") / "a.csv", columns, delimiter)
    suite = load(path, ["number", "word"], split=split, kinds={"number": "regression", "word": "classification"})
    assert suite.tasks[1].labels == tuple(sorted(labels))
    assert len(suite.train) + len(suite.validation) + len(suite.test) == rows
    values, known = whole(suite, 0)
    present = np.array([n for n in numbers if n is not None])
    assert known.sum() == len(present)
    # Standardising is a rising straight line: sorted values correspond, up to one scale and one shift.
    ours, theirs = np.sort(values[known]).astype(float), np.sort(present)
    scale = (ours[-1] - ours[0]) / (theirs[-1] - theirs[0])
    np.testing.assert_allclose(ours, ours[0] + scale * (theirs - theirs[0]), rtol=1e-4, atol=1e-4)
    ids, _ = whole(suite, 1)
    assert sorted(suite.tasks[1].labels[k] for k in ids) == sorted(chosen)
