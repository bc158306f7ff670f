"""Tables of molecules, the real one and those that a test writes."""

import gzip
from collections import Counter
from collections.abc import Callable
from hashlib import sha1
from pathlib import Path
from zlib import crc32

import numpy as np
import pandas as pd
import pytest

import mtl_core as mtl
from mtl_core.diagnostics.scores import headline_rows
from mtl_core.errors import DataError, SpecError
from mtl_core.spec import SUITES, Study
from mtl_core.suites import Suite, load_suite, molecule_features
from mtl_core.suites.molecules import FILE, KNOWN, SOURCE

Put = Callable[..., Path]


def molecules(count: int) -> list[str]:
    """As many different ones, all of which there can be."""
    ends = ("O", "N", "C(=O)O", "Cl", "c1ccccc1", "C#N")
    return [f"{'C' * (1 + place // len(ends))}{ends[place % len(ends)]}" for place in range(count)]


def panel(rows: int = 120) -> list[str]:
    """The lines of a toxicity panel: numbers of rows, two assays with gaps, a number, and words."""
    lines = ["id,smiles,NR-AR,SR p53,logP,remark"]
    for place, text in enumerate(molecules(rows)):
        first = "" if place % 4 == 0 else str(int(len(text) % 3 == 0))
        lines.append(f"{place + 10},{text},{first},{int('#' in text)},{len(text) / 3:.3f},none")
    return lines


@pytest.fixture
def put(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Put:
    """Write lines as a table into a data folder."""
    monkeypatch.setenv("SEESAW_DATA", str(tmp_path))

    def write(lines: list[str], name: str = "tox.csv", ends: str = "\n", encoding: str = "utf-8") -> Path:
        content = (ends.join(lines) + ends).encode(encoding)
        file = tmp_path / name
        file.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
        return file

    return write


def tox(**options: object) -> dict[str, object]:
    return {"name": "molecules", "file": "tox.csv", **options}


def test_the_real_file_is_split_by_molecule(real_data: Path) -> None:
    suite, cells = load_suite("molecules"), pd.read_csv(real_data / FILE)
    for rows, remainders in zip(suite.rows, ({*range(7)}, {7}, {8, 9}), strict=True):
        assert {int(sha1(text.encode()).hexdigest(), 16) % 10 for text in cells["SMILES"][rows]} == remainders
    assert sum(map(len, suite.rows)) == len(cells) == 3521
    assert suite.train.observed.sum(0).tolist() == [2123, 1828, 1497, 138, 119, 2105]
    for split, rows in zip((suite.train, suite.validation, suite.test), suite.rows, strict=True):
        for place, (column, (centre, scale)) in enumerate(zip(KNOWN, suite.units, strict=True)):
            known = split.observed[:, place]
            np.testing.assert_array_equal(known, cells[column][rows].notna())
            np.testing.assert_allclose(
                split.targets[place][known] * scale + centre, cells[column][rows][known], rtol=1e-4, atol=1e-5
            )
    assert "unbound in rat plasma 119" in suite.notes[0]


def pieces(text: str) -> np.ndarray:
    """Counts of hashed pieces, written another way."""
    found = Counter(text[start : start + length] for length in (1, 2, 3, 4) for start in range(len(text) + 1 - length))
    counts = np.zeros(512)
    for piece, count in found.items():
        counts[crc32(piece.encode()) % 512] += count
    return counts


def test_inputs_are_hashed_pieces(real_data: Path) -> None:
    suite, written = load_suite("molecules"), pd.read_csv(real_data / FILE)["SMILES"]
    table = np.log1p(np.stack([pieces(text) for text in written[suite.rows[0]]]))
    centre, scale = table.mean(0), table.std(0)
    np.testing.assert_allclose(suite.train.inputs, np.clip((table - centre) / scale, -5, 5), atol=1e-5)
    own = np.log1p(pieces(written[suite.rows[2][5]]))
    np.testing.assert_allclose(suite.test.inputs[5], np.clip((own - centre) / scale, -5, 5), atol=1e-5)


def seen(suite: Suite) -> list[dict[str, str]]:
    return [dict(SOURCE.view(suite, example).row) for example in suite.validation.inputs]


def test_a_molecule_is_seen_as_it_is_written(put: Put) -> None:
    put(panel())
    suite = load_suite(tox(), ["NR-AR", "logP"])
    assert [row["SMILES"] for row in seen(suite)] == [molecules(120)[row] for row in suite.rows[1]]
    assert dict(SOURCE.view(suite, np.zeros(512, np.float32)).row)["SMILES"] == "…"


def test_columns_of_two_numbers_are_classes_and_numbers_of_rows_are_nothing(put: Put) -> None:
    put(panel())
    suite = load_suite(tox())
    assert [(task.name, task.kind, task.labels) for task in suite.tasks] == [
        ("NR-AR", "classification", ("0", "1")),
        ("SR p53", "classification", ("0", "1")),
        ("logP", "regression", ()),
    ]
    assert suite.units[:2] == ((0.0, 1.0),) * 2
    for part, rows in zip((suite.train, suite.validation, suite.test), suite.rows, strict=True):
        np.testing.assert_array_equal(part.observed[:, 0], rows % 4 > 0)
        np.testing.assert_array_equal(part.targets[1], ["#" in molecules(120)[row] for row in rows])
    assert any("'id' is not predicted: it must be measured" in note for note in suite.notes)
    assert [task.name for task in load_suite(tox(targets=["id", "logP"])).tasks] == ["id", "logP"], "one's own word counts"


def test_a_rare_class_is_judged_by_average_precision(put: Put) -> None:
    put(panel())
    assert {task.name: task.headline for task in load_suite(tox()).tasks}["SR p53"] == "average_precision"


@pytest.mark.parametrize(
    ("between", "ends", "name"), [(";", "\n", "tox.csv"), ("\t", "\r\n", "tox.tsv"), (",", "\r", "tox.csv.gz")]
)
def test_tables_are_read_as_they_come(put: Put, between: str, ends: str, name: str) -> None:
    put(panel())
    plain = load_suite(tox())
    put([line.replace(",", between) for line in panel()], name, ends)
    again = load_suite(tox(file=name.removesuffix(".gz")) if name.endswith(".gz") else tox(file=name))
    np.testing.assert_array_equal(again.test.inputs, plain.test.inputs)
    np.testing.assert_array_equal(again.test.targets[2], plain.test.targets[2])


def test_a_study_is_shown_when_its_file_is_gone(put: Put) -> None:
    file = put(panel())
    study = Study(suite=tox(), batch_size=16)
    options = study.suite.options
    assert options["endpoints"] == ("NR-AR", "SR p53", "logP")
    assert options["train_rows"] == len(load_suite(tox()).train)
    with pytest.raises(SpecError, match=f"at most the {options['train_rows']} examples"):
        Study(suite=tox(), batch_size=options["train_rows"] + 1)
    asked = {name: value for name, value in options.items() if name not in SUITES["molecules"].following}
    assert Study(suite={"name": "molecules"} | asked, batch_size=16) == study, "what follows is found again"
    assert Study(suite={"name": "molecules"} | asked, batch_size=16).id == study.id
    file.unlink()
    again = Study.from_dict(study.to_dict())
    assert again == study
    assert [task.kind for task in SOURCE.tasks(**again.suite.options)] == ["classification", "classification", "regression"]
    with pytest.raises(DataError, match=r"tox.csv must be in the data folder"):
        load_suite(study.suite)


ELSEWHERE = ("../tox.csv", "/etc/passwd", "a/../../tox.csv", "a//tox.csv", "~/../x", "C:tox.csv", "a\\tox.csv")
NO_NAMES = ("", " ", ".", "..", "a/ /b", "a\0b", "a\nb", "x" * 300, "ä" * 150, "\ud800")


@pytest.mark.parametrize("file", [*ELSEWHERE, *NO_NAMES])
def test_names_that_lead_elsewhere_are_refused(put: Put, file: str) -> None:
    put(panel())
    with pytest.raises((DataError, SpecError), match=r"the name of a file in the data folder|must be text") as refused:
        Study(suite=tox(file=file))
    assert len(str(refused.value)) < 1000
    assert not SOURCE.ready(**SUITES["molecules"].check({}) | {"file": "../tox.csv"})


def test_a_link_out_of_the_folder_is_refused(put: Put, tmp_path_factory: pytest.TempPathFactory) -> None:
    own = put(panel())
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "tox.csv"
    own.rename(elsewhere)
    own.symlink_to(elsewhere)
    with pytest.raises(DataError, match="must lie in the data folder itself"):
        Study(suite=tox())


def without(place: int) -> list[str]:
    return [",".join(cell for k, cell in enumerate(line.split(",")) if k != place) for line in panel()]


@pytest.mark.parametrize(
    ("lines", "options", "message"),
    [
        (without(1), {}, "unknown column of tox.csv 'SMILES'"),
        (panel(), {"smiles": "structure"}, "unknown column of tox.csv 'structure'"),
        (panel(), {"targets": ["NR-AX", "logP"]}, "unknown column of tox.csv 'NR-AX'; did you mean 'NR-AR'"),
        (panel(), {"targets": ["remark", "logP"]}, "numbers or empty cells in column 'remark', found 'none' in line 2"),
        ([*panel(), "1,,0,0,1,none"], {}, "a molecule in every row, found none in column 'smiles' in line 122"),
        ([*panel(), "1,C,0"], {}, "6 cells in every line, as many as headings, found 3 in line 122"),
        (panel()[:1], {}, "rows below its headings, found none"),
        (panel(8), {}, "two to 40 columns of numbers to predict, found 0 among id, NR-AR"),
        (panel(), {"targets": ["logP"]}, "two to 40 columns of numbers to predict, found 1"),
        (["id,id,smiles", *["1,1,C"] * 30], {}, "each heading once, found 'id' twice"),
        (["smiles", *(f"C{k}" for k in range(50_001))], {}, "at most 50,000 rows, found more"),
    ],
)
def test_bad_tables_are_refused_in_words(put: Put, lines: list[str], options: dict[str, object], message: str) -> None:
    put(lines)
    with pytest.raises((DataError, SpecError), match=message):
        Study(suite=tox(**options), batch_size=1)


def test_targets_that_cannot_be_learned_are_left_out_or_refused(put: Put) -> None:
    lines = [f"{line},{('one', *[2] * 120)[place]},{('few', 1.5, *[''] * 119)[place]}" for place, line in enumerate(panel())]
    put(lines)
    notes = " ".join(load_suite(tox()).notes)
    assert "Column 'one' is not predicted: it must vary in training, found only 2." in notes
    assert "Column 'few' is not predicted: it must have a label for" in notes
    for name, message in (("one", "must vary in training"), ("few", "found none among 1 in all")):
        with pytest.raises(DataError, match=f"target '{name}' of tox.csv {message}|target '{name}'.*{message}"):
            load_suite(tox(targets=["logP", name]))


def test_letters_of_another_encoding_are_refused_in_words(put: Put) -> None:
    put([line.replace("none", "größer") for line in panel()], encoding="latin-1")
    with pytest.raises(DataError, match="must be UTF-8 text, found other bytes in line 2"):
        load_suite(tox())


def test_descriptors_without_rdkit_say_what_to_install(put: Put, monkeypatch: pytest.MonkeyPatch) -> None:
    put(panel())
    monkeypatch.setattr(molecule_features, "find_spec", lambda name: None)
    with pytest.raises(SpecError, match=r"needs RDKit, found none; install it with pip install 'seesaw-mtl\[chem\]'"):
        Study(suite=tox(features="descriptors"))


def test_descriptors_are_those_of_rdkit(put: Put, monkeypatch: pytest.MonkeyPatch) -> None:
    chem = pytest.importorskip("rdkit.Chem.Descriptors")
    put(panel())
    suite = load_suite(tox(features="descriptors"))
    assert suite.train.inputs.shape[1] == 15
    weights = {row["SMILES"]: row["weight (g/mol)"] for row in seen(suite)}
    assert len(weights) == len(suite.rows[1])
    from rdkit.Chem import MolFromSmiles  # an optional extra

    for text, weight in weights.items():
        assert float(weight) == pytest.approx(chem.MolWt(MolFromSmiles(text)), abs=0.51)
    assert all(len(row) == 8 for row in seen(suite))
    from rdkit import Chem

    monkeypatch.setattr(Chem, "MolFromSmiles", lambda text: pytest.fail("they are kept"))
    lines = [line.replace(",none", ",other") for line in panel()]
    put(lines)
    np.testing.assert_array_equal(load_suite(tox(features="descriptors")).test.inputs, suite.test.inputs)


def test_what_is_no_molecule_is_refused(put: Put, capfd: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("rdkit")
    put([*panel(), "1,C1CC(,1,0,2,none"])
    with pytest.raises(DataError, match=r"molecules as SMILES, found 'C1CC\(' in line 122, which RDKit cannot read"):
        load_suite(tox(features="descriptors"))
    assert not capfd.readouterr().err
    assert len(load_suite(tox()).train) > 60, "pieces can be counted of anything"


@pytest.mark.slow
def test_sharing_pieces_of_letters_costs_the_endpoints_with_many_labels(real_data: Path) -> None:
    study = mtl.Study(suite="molecules", weights=[], steps=500, backbone={"name": "mlp", "width": 64})
    result = mtl.run(study)
    told = headline_rows(result.layout, result.compared(at="end").transfer).set_index("task")
    assert told.loc["efflux", "verdict"] == "negative"
    assert (told.loc[["human clearance", "efflux", "solubility", "rat clearance"], "difference"] < 0).all()
