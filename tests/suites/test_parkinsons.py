"""The voices of people with Parkinson's disease, from the real file and from files that a test writes."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import mtl_core as mtl
from mtl_core.diagnostics.scores import headline_rows
from mtl_core.errors import DataError
from mtl_core.spec import Study
from mtl_core.suites import load_suite
from mtl_core.suites.parkinsons import FILE, PERSON, SOURCE, TIME, VALUES, VOICE

NAMES = (PERSON, "age", "sex", TIME, "motor_UPDRS", "total_UPDRS", *VOICE)

Put = Callable[..., Path]


@pytest.fixture
def put(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Put:
    """Write a data folder with ten people, two recordings at each of ten moments; lines can be changed before."""
    monkeypatch.setenv("SEESAW_DATA", str(tmp_path))

    def write(
        change: Callable[[list[str]], list[str]] = lambda lines: lines, ends: str = "\n", encoding: str = "utf-8"
    ) -> Path:
        rng = np.random.default_rng(1)
        lines = ["\t".join(NAMES)]
        for row in range(200):
            person, moment = row // 20, row % 20 // 2
            cells = [person + 1, 50 + person, person % 2, 7 * moment - 3, *rng.uniform(5, 40, 2), *rng.uniform(0.01, 1, 16)]
            lines.append("\t".join(f"{cell:.6g}" for cell in cells))
        file = tmp_path / FILE
        file.parent.mkdir(exist_ok=True)
        file.write_bytes((ends.join(change(lines)) + ends).encode(encoding))
        return file

    return write


def table(folder: Path) -> pd.DataFrame:
    """The file as another reader has it."""
    return pd.read_csv(folder / FILE, sep="\t")


def test_the_real_file_has_the_rows_of_its_paper(real_data: Path) -> None:
    suite, cells = load_suite("parkinsons"), table(real_data)
    assert [len(rows) for rows in suite.rows] == [4002, 608, 1265]
    assert len(np.unique(np.concatenate(suite.rows))) == len(cells) == 5875
    assert cells[PERSON].nunique() == 42
    for name, unit, target in zip(VALUES, suite.units, suite.test.targets, strict=False):
        np.testing.assert_allclose(target * unit[1] + unit[0], cells[name][suite.rows[2]], rtol=1e-5)
    np.testing.assert_array_equal(suite.test.targets[3], cells["sex"][suite.rows[2]])


def test_a_row_reads_as_in_the_file(real_data: Path) -> None:
    suite, cells = load_suite("parkinsons"), table(real_data)
    for example, row in zip(suite.validation.inputs[:50], suite.rows[1], strict=False):
        for field, column in zip(suite.fields, VOICE, strict=True):
            value = cells[column][row]
            assert float(field.read(example).replace("−", "-")) == pytest.approx(value, rel=0.05, abs=1e-6), column
    assert [name for name, _ in SOURCE.view(suite, suite.validation.inputs[0]).row] == list(VOICE.values())[:8]


def test_later_recordings_of_everybody_are_for_test(real_data: Path) -> None:
    suite, cells = load_suite("parkinsons"), table(real_data)
    for person in range(1, 43):
        days = [cells[TIME][rows[cells[PERSON][rows] == person]] for rows in suite.rows]
        assert days[0].max() < days[1].min() <= days[1].max() < days[2].min(), "a moment is in one split"
    assert "nothing of new people" in suite.notes[0]


def test_nobody_is_in_two_splits_by_person(real_data: Path) -> None:
    suite, cells = load_suite({"name": "parkinsons", "split": "person"}), table(real_data)
    people = [set(cells[PERSON][rows]) for rows in suite.rows]
    assert sum(map(len, people)) == len(set.union(*people)) == 42
    assert [len(each) for each in people] == [28, 5, 9]
    assert all(len(np.unique(split.targets[3])) == 2 for split in (suite.train, suite.validation, suite.test))
    assert "never heard" in suite.notes[0]


@pytest.mark.parametrize("ends", ["\r\n", "\r"])
def test_lines_may_end_in_any_way(put: Put, ends: str) -> None:
    put()
    plain = load_suite("parkinsons")
    put(ends=ends)
    np.testing.assert_array_equal(load_suite("parkinsons").test.inputs, plain.test.inputs)


def test_another_file_is_another_study_and_refused_by_the_old(put: Put) -> None:
    put()
    study = Study(suite="parkinsons")
    file = put(lambda lines: [*lines, lines[-1]])
    assert Study(suite="parkinsons").id != study.id
    with pytest.raises(DataError, match="must be what the study was made with"):
        load_suite(study.suite)
    file.unlink()
    assert study.tasks == ("motor", "total", "age", "sex")
    with pytest.raises(DataError, match=r"parkinsons_updrs.data must be in the data folder.*set 189"):
        Study(suite="parkinsons")


def cell(line: int, column: str, value: str) -> Callable[[list[str]], list[str]]:
    """A change of one cell; lines count from 1."""

    def change(lines: list[str]) -> list[str]:
        cells = lines[line - 1].split("\t")
        cells[NAMES.index(column)] = value
        return [*lines[: line - 1], "\t".join(cells), *lines[line:]]

    return change


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (cell(1, "NHR", "NSR"), "must have the columns of the data set, found no NHR; it is another file"),
        (cell(1, "NHR", "HNR"), "must have each heading once, found 'HNR' twice"),
        (lambda lines: [line.rpartition("\t")[0] for line in lines], "found no Shimmer:DDA"),
        (lambda lines: [*lines[:6], lines[6].rpartition("\t")[0], *lines[7:]], "22 cells in every line.*found 21 in line 7"),
        (lambda lines: [*lines[:-1], lines[-1][:9]], "in line 201; correct the line, or copy"),
        (cell(9, "DFA", "much"), "numbers or empty cells in column 'DFA', found 'much' in line 9"),
        (cell(9, "DFA", "1_0"), "found '1_0' in line 9"),
        (cell(9, "DFA", "nan"), "found 'nan' in line 9"),
        (cell(9, "DFA", "1e999"), "numbers up to 1e\\+15 in column 'DFA', found '1e999' in line 9"),
        (cell(9, "PPE", ""), "a number in every cell, found none for PPE in line 9"),
        (cell(5, "Shimmer", "0"), "must have Shimmer above 0.*found 0 in line 5"),
        (cell(5, "sex", "2"), "must say 0 and 1 in column 'sex', found \\[0.0, 1.0, 2.0\\]"),
        (lambda lines: lines[:1], "rows below its headings, found none"),
        (lambda lines: lines[:2], "must say 0 and 1 in column 'sex', found \\[0.0\\]"),
        (lambda lines: [], "the columns of the data set|rows below its headings, found none"),
        (lambda lines: [lines[0], *lines[1:200:20]], "people enough for three splits.*10 people and 0 recordings for training"),
        (lambda lines: [*lines[:3], '"' + "x" * 200_000, *lines[3:]], "must be a table of text, found line .* is none"),
    ],
)
def test_bad_files_are_refused_in_words(put: Put, change: Callable[[list[str]], list[str]], message: str) -> None:
    put(change)
    with pytest.raises(DataError, match=message) as refused:
        load_suite("parkinsons")
    assert len(str(refused.value)) < 1000


def test_letters_of_another_encoding_are_refused_in_words(put: Put) -> None:
    put(cell(3, "sex", "männlich"), encoding="latin-1")
    with pytest.raises(DataError, match="must be UTF-8 text, found other bytes in line 3"):
        load_suite("parkinsons")


@pytest.mark.slow
def test_what_is_known_of_people_says_nothing_of_new_ones(real_data: Path) -> None:
    """By time nearly equal tasks neither gain nor lose much; by person the same models are worse than the mean."""
    told = {}
    for split in ("time", "person"):
        study = mtl.Study(suite={"name": "parkinsons", "split": split}, weights=[], seeds=3, steps=1500)
        result = mtl.run(study)
        told[split] = headline_rows(result.layout, result.compared(at="end").transfer).set_index("task")
    assert told["time"]["difference"].abs().max() < 0.06
    assert (told["time"].loc[["motor", "total", "age"], "value"] > 0.15).all()
    assert (told["person"].loc[["motor", "total", "age"], "value"] < 0.05).all()
    assert (told["person"].loc[["motor", "total", "age"], "baseline"] < 0.05).all()
