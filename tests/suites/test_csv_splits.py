"""Which row is in which split, and that it can be chosen, seen and exported."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import mtl_core as mtl
from mtl_core.errors import DataError, SpecError
from mtl_core.suites import Suite, load_suite
from mtl_core.suites.csv_file import split_table

ROWS = 200


def put(path: Path, rows: int = ROWS, **more: Any) -> str:
    """A table of columns a, b, y, c and more, each a function of the row."""
    dice = np.random.default_rng(rows).normal(0, 1, (rows, 3)).round(3).tolist()
    columns: dict[str, Any] = {
        "a": lambda k: dice[k][0],
        "b": lambda k: dice[k][1],
        "y": lambda k: dice[k][2],
        "c": lambda k: "rare" if k % 40 == 0 else ("no", "yes")[k % 2],
    } | more
    lines = [",".join(columns), *(",".join(str(value(k)) for value in columns.values()) for k in range(rows))]
    path.write_text("\n".join(lines) + "\n")
    return str(path)


def load(path: str, **options: Any) -> Suite:
    return load_suite({"name": "csv", "path": path, "targets": ["y", "c"]} | options)


def sizes(suite: Suite) -> list[int]:
    return [len(rows) for rows in suite.rows]


def test_a_stratified_split_has_every_class_everywhere(tmp_path: Path) -> None:
    suite = load(put(tmp_path / "t.csv"), split="stratified")
    assert sizes(suite) == pytest.approx([140, 30, 30], abs=2)
    labels = [np.bincount(part.targets[1], minlength=3) / len(part) for part in (suite.train, suite.validation, suite.test)]
    np.testing.assert_allclose(labels[1], labels[0], atol=0.06)
    np.testing.assert_allclose(labels[2], labels[0], atol=0.06)
    assert sorted(np.concatenate(suite.rows).tolist()) == list(range(ROWS))


def test_a_stratified_split_has_a_lone_class_in_training(tmp_path: Path) -> None:
    path = put(tmp_path / "t.csv", c=lambda k: "once" if k == 77 else "ab"[k % 2])
    suite = load(path, split="stratified")
    assert "once" in suite.tasks[1].labels
    assert 77 in suite.rows[0]


def test_a_stratified_split_of_numbers_alone_goes_by_the_first(tmp_path: Path) -> None:
    suite = load(put(tmp_path / "t.csv"), targets=["y", "b"], split="stratified")
    means = [float(part.targets[0].mean()) for part in (suite.train, suite.validation, suite.test)]
    assert np.ptp(means) < 0.25


@pytest.mark.parametrize("split", ["random", "stratified", "grouped"])
def test_another_seed_divides_otherwise(split: str, tmp_path: Path) -> None:
    path = put(tmp_path / "t.csv", g=lambda k: f"g{k % 31}", c=lambda k: "ab"[k % 2])
    options = {"split": split} | ({"group": "g"} if split == "grouped" else {})
    same, again, other = (load(path, split_seed=seed, **options).rows for seed in (0, 0, 5))
    np.testing.assert_array_equal(same[2], again[2])
    assert set(same[2].tolist()) != set(other[2].tolist())


def test_a_column_says_the_split(tmp_path: Path) -> None:
    words = ("train", "Training", "TRAIN", "val", "test")
    path = put(tmp_path / "t.csv", part=lambda k: words[k % 5])
    suite = load(path, split="column", split_column="part", targets=["y", "b"])
    assert [sorted({int(row % 5) for row in rows}) for rows in suite.rows] == [[0, 1, 2], [3], [4]]


def test_without_validation_some_of_the_training_rows_are_drawn(tmp_path: Path) -> None:
    path = put(tmp_path / "t.csv", part=lambda k: "test" if k % 5 == 0 else "train")
    suite = load(path, split="column", split_column="part", targets=["y", "b"])
    assert sizes(suite) == [132, 28, 40]


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (lambda k: "trian" if k == 9 else "train", "must say train, validation or test in every row, found 'trian'"),
        (lambda k: "" if k == 9 else "train", "found an empty cell"),
        (lambda k: "train", "found none for validation, test"),
    ],
)
def test_a_split_column_with_other_words_is_refused(values: Any, words: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=words):
        load(put(tmp_path / "t.csv", part=values), split="column", split_column="part", targets=["y", "b"])


def test_a_test_file_has_the_test_rows(tmp_path: Path) -> None:
    path, test = put(tmp_path / "t.csv", extra=lambda k: k % 7), put(tmp_path / "test.csv", 60)
    options: dict[str, Any] = {"test_path": test, "targets": ["y", "b"]}
    suite = load(path, **options)
    assert sizes(suite) == [165, 35, 60]
    assert suite.rows[2].tolist() == list(range(200, 260))
    assert "Column 'extra' is left out: test.csv does not have it." in suite.notes
    alone = pd.read_csv(test)["y"]
    np.testing.assert_allclose(np.corrcoef(suite.test.targets[0], alone)[0, 1], 1, atol=1e-5)
    settled = mtl.Study(suite={"name": "csv", "path": path, "split_seed": 1} | options).suite
    assert settled.options["train_rows"] == 165
    put(tmp_path / "test.csv", 61)
    with pytest.raises(DataError, match=r"test\.csv must be the file that the study was made with"):
        load_suite(settled)


@pytest.mark.parametrize("split", ["ordered", "stratified", "grouped"])
def test_a_test_file_goes_with_every_other_way_to_split(split: str, tmp_path: Path) -> None:
    path = put(tmp_path / "t.csv", g=lambda k: f"g{k % 31}", c=lambda k: "ab"[k % 2])
    test = put(tmp_path / "test.csv", 40, g=lambda k: f"h{k % 5}", c=lambda k: "ab"[k % 2])
    options = {"split": split} | ({"group": "g"} if split == "grouped" else {})
    suite = load(path, test_path=test, **options)
    assert len(suite.test) == 40
    assert sizes(suite)[0] == pytest.approx(165, abs=6)


def test_what_contradicts_itself_is_refused(tmp_path: Path) -> None:
    path = put(tmp_path / "t.csv", g=lambda k: k % 9)
    for options, words in (
        ({"split": "column"}, "needs csv.split_column"),
        ({"split_column": "g"}, "belongs to split='column'"),
        ({"split": "column", "split_column": "y"}, "split column cannot be a target too"),
        ({"split": "column", "split_column": "g", "test_path": path}, "a test file and split='column'"),
    ):
        with pytest.raises(SpecError, match=words):
            load(path, **options)
    (tmp_path / "test.csv").write_text("a,b,y\n1,2,3\n2,3,4\n")
    with pytest.raises(DataError, match=r"test\.csv must have the columns that are used, found no 'c'"):
        load(path, test_path=str(tmp_path / "test.csv"))
    with pytest.raises(DataError, match="a group must be in one file, found '0'"):
        load(path, test_path=path, split="grouped", group="g")


def test_rows_and_their_splits_can_be_seen_and_are_exported(tmp_path: Path) -> None:
    path = put(tmp_path / "t.csv", c=lambda k: "ab"[k % 2])
    study = mtl.Study(
        suite={"name": "csv", "path": path, "targets": ["y", "c"]}, methods=["equal"], weights=[], seeds=1, steps=2
    )
    table = split_table(load_suite(study.suite))
    assert table["row"].tolist() == list(range(1, ROWS + 1))
    assert table["split"].value_counts().to_dict() == {"train": 140, "validation": 30, "test": 30}
    result = mtl.run(study)
    saved = {file.name: file for file in mtl.save(result, tmp_path / "out")}
    pd.testing.assert_frame_equal(pd.read_csv(saved["splits.csv"]), table, check_dtype=False)
    Path(path).unlink()
    assert "splits.csv" not in {file.name for file in mtl.save(result, tmp_path / "later")}
    with pytest.raises(SpecError, match="rows are known of tables alone"):
        split_table(load_suite("subspace"))
