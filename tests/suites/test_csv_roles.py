"""What each column is for, what is missing, and that a preview says what a study does."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mtl_core.errors import DataError, SpecError
from mtl_core.spec import Study
from mtl_core.spec.suites import SUITES
from mtl_core.suites import Suite, load_suite
from mtl_core.suites.csv_file import ColumnPreview, TableFacts, inspect, look, reading_of

ROWS = 120


def put(tmp_path: Path, **more: Any) -> str:
    """A table of columns a, b, y, c and more, each a function of the row."""
    dice = np.random.default_rng(0).normal(0, 1, (ROWS, 3)).round(3).tolist()
    columns: dict[str, Any] = {
        "a": lambda k: dice[k][0],
        "b": lambda k: dice[k][1],
        "y": lambda k: dice[k][2],
        "c": lambda k: ("no", "yes")[k % 2],
    } | {name.replace("_", " "): value for name, value in more.items()}
    path = tmp_path / "t.csv"
    lines = [",".join(columns), *(",".join(str(value(k)) for value in columns.values()) for k in range(ROWS))]
    path.write_text("\n".join(lines) + "\n")
    return str(path)


def load(path: str, **options: Any) -> Suite:
    return load_suite({"name": "csv", "path": path, "targets": ["y", "c"]} | options)


def seen(path: str, name: str, **options: Any) -> ColumnPreview:
    (found,) = (column for column in inspect(path, **options).columns if column.name == name)
    return found


SHUFFLED = np.random.default_rng(2).permutation(ROWS).tolist()

IDS: dict[str, tuple[str, Any]] = {
    "rows counted": ("n", lambda k: k + 1),
    "steps of ten": ("customer", lambda k: 1000 + 10 * k),
    "falling": ("n", lambda k: 500 - k),
    "shuffled": ("n", lambda k: SHUFFLED[k]),
    "shuffled steps": ("n", lambda k: 7 * SHUFFLED[k] + 3),
    "gaps, by name": ("patient_id", lambda k: k * k + 3),
    "shuffled with gaps, by name": ("ID", lambda k: SHUFFLED[k] ** 2 + 3),
    "in camels": ("PassengerId", lambda k: SHUFFLED[k] ** 2 + 3),
    "codes": ("sample", lambda k: f"S-{k:04d}"),
    "mixed codes, by name": ("Vendor ID", lambda k: f"EN-{k}" if k % 9 == 0 else 90_000 + k * k),
    "an index without a heading": ("", lambda k: k * k),
}


@pytest.mark.parametrize("case", IDS)
def test_ids_are_left_out_and_said(case: str, tmp_path: Path) -> None:
    name, values = IDS[case]
    columns = put(tmp_path, **{name or "x": values})
    if not name:  # such an index stands first
        lines = Path(columns).read_text().splitlines()
        moved = [f"{line.rpartition(',')[2]},{line.rpartition(',')[0]}" for line in lines]
        Path(columns).write_text("\n".join(["," + moved[0].partition(",")[2], *moved[1:]]))
    heading = name.replace("_", " ") or "column 1"
    found = seen(columns, heading)
    assert found.role == "left out"
    assert found.treatment.startswith(("left out: an id", "left out: it only numbers the rows"))
    suite = load(columns)
    assert suite.train.inputs.shape[1] == 2
    assert f"Column '{heading}' is {found.treatment}." in suite.notes


@pytest.mark.parametrize(
    ("name", "values"),
    [("year", lambda k: 1900 + k % 50), ("score", lambda k: SHUFFLED[k] ** 2 + 3), ("paid", lambda k: SHUFFLED[k] ** 2)],
)
def test_what_is_no_id_stays(name: str, values: Any, tmp_path: Path) -> None:
    assert seen(put(tmp_path, **{name: values}), name).role == "input"


def test_an_id_is_an_input_where_it_is_named(tmp_path: Path) -> None:
    path = put(tmp_path, id=lambda k: k * k)
    assert load(path, inputs=["a", "id"]).train.inputs.shape[1] == 2
    assert load(path, kinds={"id": "number"}).train.inputs.shape[1] == 3


def test_columns_can_be_excluded(tmp_path: Path) -> None:
    path = put(tmp_path)
    assert load(path, exclude=["b"]).train.inputs.shape[1] == 1
    assert seen(path, "b", exclude=["b"]).treatment == "left out, as asked for"
    for options, words in (({"exclude": ["y"]}, "'y'; remove it"), ({"exclude": ["bb"]}, "unknown column .* did you mean 'b'")):
        with pytest.raises(SpecError, match=words):
            load(path, **options)


DIRTY: dict[str, tuple[Any, str]] = {
    "words among numbers": (lambda k: "broken" if k == 7 else k * 1.5 % 7, "1 word among its numbers, the first 'broken'"),
    "infinity": (lambda k: "inf" if k == 7 else k * 1.5 % 7, "numbers without end, the first 'inf'"),
    "huge": (lambda k: "1e300" if k == 7 else k * 1.5 % 7, "numbers beyond 1e+30"),
    "nothing": (lambda k: "", "it has no values"),
    "free text": (lambda k: f"a remark on {k}", "nearly every row has another word"),
}


@pytest.mark.parametrize("case", DIRTY)
def test_a_dirty_column_that_nobody_chose_blocks_no_table(case: str, tmp_path: Path) -> None:
    values, words = DIRTY[case]
    path = put(tmp_path, dirt=values)
    suite = load(path)
    assert suite.train.inputs.shape[1] == 2
    assert any("'dirt' is left out" in note and words in note for note in suite.notes)
    assert words in seen(path, "dirt").treatment


def test_values_after_the_training_rows_alone_block_no_table(tmp_path: Path) -> None:
    suite = load(put(tmp_path, late=lambda k: "" if k < 110 else k * 1.37 % 3), split="ordered")
    assert suite.train.inputs.shape[1] == 2
    assert "Column 'late' is left out: no training row has a value." in suite.notes


@pytest.mark.parametrize("word", ["NaN", "None", "#N/A", "na", "-", ".", "?", "", "NULL", "n/a", "#DIV/0!", "<NA>"])
def test_the_usual_words_are_missing_among_numbers(word: str, tmp_path: Path) -> None:
    path = put(tmp_path, gap=lambda k: word if k % 6 == 1 else k * 1.37 % 3)
    found = seen(path, "gap")
    assert (found.role, found.read_as, found.missing) == ("input", "number", 20)
    assert load(path).train.inputs.shape[1] == 4  # one more says where it was missing
    suite = load(path, targets=["gap", "c"])
    assert sum(int((~part.observed[:, 0]).sum()) for part in (suite.train, suite.validation, suite.test)) == 20
    assert any("'gap'" in note and "no label in 20 rows" in note for note in suite.notes)


def test_a_word_that_is_a_class_stays_one(tmp_path: Path) -> None:
    path = put(
        tmp_path,
        country=lambda k: ("NA", "DE", "FR", "BW")[k % 4],
        sign=lambda k: "+-"[k % 2],
        garage=lambda k: ("None", "Attached", "none at all")[k % 3],
        answer=lambda k: ("nan", "yes", "no")[k % 3],
        maybe=lambda k: ("NA", "good", "bad")[k % 3],
    )
    suite = load(path, targets=["country", "sign", "garage", "answer", "maybe"])
    assert [task.labels for task in suite.tasks] == [
        ("BW", "DE", "FR", "NA"),
        ("+", "-"),
        ("Attached", "None", "none at all"),
        ("no", "yes"),
        ("bad", "good"),
    ]
    for name, missing in (("country", 0), ("sign", 0), ("garage", 0), ("answer", 40), ("maybe", 40)):
        assert seen(path, name).missing == missing


def test_own_markers_are_missing_everywhere_or_in_one_column(tmp_path: Path) -> None:
    path = put(tmp_path, m=lambda k: -200 if k % 6 == 1 else k % 7, n=lambda k: -1 if k % 6 == 2 else k % 3)
    assert seen(path, "m", missing=["-1", "-200"]).missing == 20
    assert seen(path, "n", missing=["-1", "-200"]).missing == 20
    assert seen(path, "n", missing=["m=-1"]).missing == 0
    assert seen(path, "n", missing=["n=-1.0"]).missing == 20
    assert load(path, targets=["n", "y"], missing=["n=-1"]).tasks[0].labels == ("0", "1", "2")
    assert load(path, targets=["n", "y"]).tasks[0].labels == ("-1", "0", "1", "2")
    answers = put(tmp_path, answer=lambda k: ("unknown", "yes", "no")[k % 3])
    assert load(answers, targets=["answer", "y"], missing=["unknown"]).tasks[0].labels == ("no", "yes")
    assert load(put(tmp_path, d=lambda k: "broken" if k == 7 else k % 7 / 2), missing=["broken"]).train.inputs.shape[1] == 4


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (lambda k: -1 if k % 6 == 2 else k % 3, "-1 stands in 20 rows and is the only negative number"),
        (lambda k: 999 if k % 6 == 2 else 20 + k % 40, "999 stands in 20 rows, far from all other numbers"),
        (lambda k: 0 if k % 6 == 2 else 120 + k % 40, "0 stands in 20 rows, far from all other numbers"),
    ],
)
def test_a_repeated_extreme_is_pointed_out_and_kept(values: Any, words: str, tmp_path: Path) -> None:
    path = put(tmp_path, m=values)
    found = seen(path, "m")
    assert words in found.treatment
    assert f"missing=['m={words.split()[0]}'] says so" in found.treatment
    assert found.missing == 0
    assert any(words in note for note in load(path).notes)


def test_no_extreme_is_pointed_out_in_ordinary_numbers(tmp_path: Path) -> None:
    path = put(tmp_path, m=lambda k: k % 7, n=lambda k: (-1) ** k)
    assert not any("unknown" in column.treatment for column in inspect(path).columns)


def test_dates_become_numbers(tmp_path: Path) -> None:
    path = put(tmp_path, day=lambda k: f"{1 + k % 28:02d}/{1 + k % 12:02d}/{2010 + k % 7}" if k % 9 else "-")
    found = seen(path, "day")
    assert found.treatment.startswith("78 dates: becomes year, month, weekday")
    assert found.missing == 14
    suite = load(path, inputs=["day"])
    assert suite.train.inputs.shape[1] == 4
    for form in ("{y}-{m:02d}-{d:02d}", "{y}-{m:02d}-{d:02d} 10:30", "{d}.{m}.{y}", "{m}/{d}/{y} 8:05"):
        again = put(tmp_path, day=lambda k, form=form: form.format(d=1 + k % 28, m=1 + k % 12, y=2010 + k % 7) if k % 9 else "")
        np.testing.assert_allclose(load(again, inputs=["day"]).train.inputs, suite.train.inputs, atol=1e-5)
    assert load(path, inputs=["day"], kinds={"day": "category"}).train.inputs.shape[1] == 33


def test_what_is_no_date_is_not_read_as_one(tmp_path: Path) -> None:
    path = put(
        tmp_path, day=lambda k: "soon" if k == 3 else f"2020-01-{1 + k % 28:02d}", when=lambda k: f"2020-02-{1 + k % 31:02d}"
    )
    assert (seen(path, "day").read_as, seen(path, "when").read_as) == ("category", "category")
    with pytest.raises(DataError, match="'day' is read as dates, found other cells"):
        load(path, kinds={"day": "date"})


def test_a_date_that_could_be_read_in_two_ways_says_which(tmp_path: Path) -> None:
    found = seen(put(tmp_path, day=lambda k: f"{1 + k % 9}/{1 + k % 7}/2020"), "day")
    assert "day before month" in found.treatment


def test_many_words_share_a_place(tmp_path: Path) -> None:
    path = put(tmp_path, product=lambda k: f"p{k % 50}")
    assert seen(path, "product").treatment == "50 different words: the 32 most frequent and 'other'"
    assert load(path).train.inputs.shape[1] == 2 + 32


def test_groups_ids_and_categories_are_text(tmp_path: Path) -> None:
    big = 2**53
    path = put(tmp_path, code=lambda k: ("01", "1", "1.0")[k % 3], person=lambda k: big + k % 4)
    assert load(path, kinds={"code": "category"}).train.inputs.shape[1] == 2 + 3 + 1
    # As floats the persons 2**53 and 2**53 + 1 would be one.
    suite = load(path, split="grouped", group="person", inputs=["a"])
    persons = [set((rows % 4).tolist()) for rows in suite.rows]
    assert sum(map(len, persons)) == 4


def test_a_name_that_repeats_is_pointed_out_as_a_group(tmp_path: Path) -> None:
    found = seen(put(tmp_path, subject_id=lambda k: k % 9), "subject id")
    assert "split='grouped' keeps them so" in found.treatment


def test_a_target_of_few_numbers_says_what_was_chosen(tmp_path: Path) -> None:
    path = put(tmp_path, few=lambda k: k % 4, more=lambda k: k % 20)
    asked = {"targets": ["few", "more"]}
    assert seen(path, "few", **asked).treatment == (
        "4 classes; for it has 4 different whole numbers; kinds={'few': 'regression'} reads it otherwise"
    )
    assert "kinds={'more': 'classification'} reads it otherwise" in seen(path, "more", **asked).treatment
    kinds = {"few": "regression", "more": "classification"}
    assert [task.kind for task in load(path, **asked, kinds=kinds).tasks] == list(kinds.values())


def test_names_are_stripped_everywhere_alike(tmp_path: Path) -> None:
    path = put(tmp_path, g=lambda k: f"g{k % 7}")
    text = Path(path).read_text()
    Path(path).write_text(text.replace("a,b,y,c,g", "a, b ,\ty , c,g "))
    options = {"targets": [" y", "c "], "kinds": {" y ": " regression"}, "inputs": [" b "], "split": "grouped", "group": " g "}
    suite = load(path, **options)
    assert [task.name for task in suite.tasks] == ["y", "c"]
    study = Study(suite={"name": "csv", "path": path} | options, batch_size=8)
    assert study.suite.options["kinds"] == (("c", "classification"), ("y", "regression"))
    assert study.suite.options["group"] == "g"
    assert load(path, exclude=[" a "]).train.inputs.shape[1] == 1 + 7


def test_the_preview_decides_as_the_study_does(tmp_path: Path) -> None:
    path = put(
        tmp_path,
        id=lambda k: k * k,
        day=lambda k: f"2020-01-{1 + k % 28:02d}",
        town=lambda k: f"t{k % 5}",
        dirt=lambda k: "x" if k == 3 else k / 7,
        word=lambda k: f"word {k}",
        gap=lambda k: "NaN" if k % 5 == 0 else k % 13,
        answer=lambda k: ("nan", "yes", "no")[k % 3],
    )
    found = inspect(path, targets=["y", "answer"])
    suite = load(path, targets=["y", "answer"])
    widths = {"number": 1, "date": 3}
    expected = sum(
        widths.get(column.read_as, min(column.distinct, 32)) + bool(column.missing)
        for column in found.columns
        if column.role == "input"
    )
    assert suite.train.inputs.shape[1] == expected
    for task, place in (("y", 0), ("answer", 1)):
        observed = sum(int(part.observed[:, place].sum()) for part in (suite.train, suite.validation, suite.test))
        (column,) = (each for each in found.columns if each.name == task)
        assert ROWS - column.missing == observed
        assert suite.tasks[place].kind == column.read_as
    left_out = {column.name: column.treatment for column in found.columns if column.role == "left out"}
    assert {note for note in suite.notes if "is left out" in note} == {
        f"Column '{name}' is {treatment}." for name, treatment in left_out.items()
    }


def test_what_is_known_of_a_table_is_plain_json(tmp_path: Path) -> None:
    path = put(tmp_path, day=lambda k: f"2020-01-{1 + k % 28:02d}", word=lambda k: f"word {k}", inf=lambda k: "inf" if k else 1)
    facts = look(path, reading_of(SUITES["csv"].check({})))
    assert TableFacts.from_dict(json.loads(json.dumps(facts.to_dict(), allow_nan=False))) == facts
    json.dumps(asdict(inspect(path)), allow_nan=False)


def test_sizes_are_checked_when_the_study_is_made(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("a,b,y,c\n" + "".join(f"{k % 7},{k % 5},{k * 0.37 % 1},{k % 2}\n" for k in range(40)))
    suite = {"name": "csv", "path": str(path), "targets": ["y", "c"]}
    with pytest.raises(SpecError, match="batch_size must be at most the 28 examples of the train split, found 64"):
        Study(suite=suite)
    settled = Study(suite=suite, batch_size=28).suite
    path.unlink()
    with pytest.raises(SpecError, match="at most the 28 examples"):
        Study(suite=settled, batch_size=29)
    with pytest.raises(DataError, match="must exist"):
        load_suite(settled)


@pytest.mark.parametrize("name", [name for name in SUITES if name != "csv"])
def test_built_in_suites_know_their_sizes(name: str, request: pytest.FixtureRequest) -> None:
    if SUITES[name].files:
        request.getfixturevalue("files_of")(name)
    rows = SUITES[name].load().train_rows(**Study(suite=name).suite.options)
    assert rows == len(load_suite(name).train) or (rows is None and SUITES[name].files)
    if rows is not None and rows < 2048:
        with pytest.raises(SpecError, match=f"at most the {rows} examples"):
            Study(suite=name, batch_size=rows + 1)
