"""What becomes of a molecule: any table in the data folder with SMILES in a column and numbers, or a yes and no, in others."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from mtl_core.errors import DataError, cut
from mtl_core.suites.arrays import centre_and_scale, make_split, make_suite, standardise
from mtl_core.suites.folder import FileSource, Wanted, check_name
from mtl_core.suites.intake.molecule import MoleculeIntake
from mtl_core.suites.molecule_features import CLIP, DESCRIPTORS, descriptors, need_chem, ngrams
from mtl_core.suites.molecule_table import Endpoint, MoleculeTable, read_molecules
from mtl_core.suites.suite import Suite, Task
from mtl_core.suites.view import SHOWN, Field, View

FILE = "adme/ADME_public_set_3521.csv"

KNOWN = {
    "LOG HLM_CLint (mL/min/kg)": ("human clearance", "How fast do human liver microsomes clear it (log mL/min/kg)?"),
    "LOG MDR1-MDCK ER (B-A/A-B)": ("efflux", "How strongly do cells pump it back out (log ratio, MDR1-MDCK)?"),
    "LOG SOLUBILITY PH 6.8 (ug/mL)": ("solubility", "How much of it dissolves in water at pH 6.8 (log µg/mL)?"),
    "LOG PLASMA PROTEIN BINDING (HUMAN) (% unbound)": (
        "unbound in human plasma",
        "What share of it stays free of proteins in human plasma (log %)?",
    ),
    "LOG PLASMA PROTEIN BINDING (RAT) (% unbound)": (
        "unbound in rat plasma",
        "What share of it stays free of proteins in rat plasma (log %)?",
    ),
    "LOG RLM_CLint (mL/min/kg)": ("rat clearance", "How fast do rat liver microsomes clear it (log mL/min/kg)?"),
}
"""The columns of the usual file, in its order, as a person calls and asks for them."""

MOST_BYTES = 10_000_000

_WRITTEN = 60  # characters of a molecule that are shown


@dataclass(frozen=True)
class MoleculeSuite(Suite):
    """The suite, and how the molecules are written.

    Args:
        smiles: by the hash of its inputs each molecule's SMILES.
    """

    smiles: Mapping[bytes, str] = field(default_factory=dict)


class Molecules(FileSource):
    """Many properties of a molecule, of which most molecules have only a few measured; an empty cell is a missing label.

    Rows are split by molecule, ``sha1(SMILES) mod 10``: 0 to 6 for training, 7 for validation, 8 and 9 for test, so that no
    molecule that is written alike is in two splits, whatever its labels. A column of two numbers is a classification.

    How molecules are described decides what sharing does: with ``ngrams`` (512 numbers, see ``molecule_features``, standardised
    on train, at most 5 from the mean) those with many labels lose, with RDKit's 15 descriptors none does clearly.
    """

    origin = (
        "The usual file is of github.com/molecularinformatics/Computational-ADME (Fang et al. 2023), MIT licence; "
        "option 'file' names another."
    )

    def files(self, file: str = FILE, **_options: Any) -> tuple[Wanted, ...]:
        """See ``FileSource.files``; raises DataError where ``file`` is no plain name, and so might lead out of the folder."""
        check_name(file, "molecules.file", "a file", FILE)
        places = (FILE, file.rpartition("/")[2]) if file == FILE else (file,)
        return (Wanted(places, MOST_BYTES),)

    def settle(self, **options: Any) -> dict[str, Any]:
        """The options with the columns that are predicted and the content's hash. Of settled ones no file is read.

        Raises:
            SpecError: there is no such column, or no RDKit for descriptors.
            DataError: there is no such file, or it is none to learn from.
        """
        if options["sha256"] and options["endpoints"]:
            return options
        if options["features"] == "descriptors":
            need_chem()
        settled = super().settle(**options)
        read = self._read(**settled)
        return settled | {
            "endpoints": tuple(each.column for each in read.endpoints),
            "classes": {each.column: each.written for each in read.endpoints if each.classes},
            "train_rows": len(read.parts[0]),
        }

    def tasks(self, **options: Any) -> tuple[Task, ...]:
        """See ``SuiteSource.tasks``; where they are not settled the file is read, and where there is none, the usual one is
        as it is known."""
        if options.get("endpoints"):
            return _tasks(options["endpoints"], dict(options["classes"]))
        try:
            read = self._read(**options)
        except DataError:
            if options.get("targets") or options.get("file", FILE) != FILE:
                raise
            return _tasks(tuple(KNOWN), {})
        return _tasks_of(read)

    def train_rows(self, **options: Any) -> int | None:
        """See ``SuiteSource.train_rows``."""
        found: int | None = options["train_rows"]
        return found

    def load(self, features: str = "ngrams", **options: Any) -> Suite:
        """See ``SuiteSource.load``.

        Raises:
            SpecError, DataError: as ``settle`` does; also where the file is no longer the one that was settled.
        """
        return _load(*self._asked(**options), features)

    def intake(self, suite: Suite, features: str = "ngrams", **_options: Any) -> MoleculeIntake:
        """See ``SuiteSource.intake``."""
        assert suite.scaling is not None  # noqa: S101 - it is given where the suite is made
        written = suite.smiles if isinstance(suite, MoleculeSuite) else {}
        return MoleculeIntake(suite, features, *suite.scaling, lambda example: written.get(_hash(example), ""))

    def view(self, suite: Suite, example: npt.NDArray[np.float32]) -> View:
        """The molecule as it is written, and what of its descriptors there is room for."""
        text = suite.smiles.get(_hash(example), "…") if isinstance(suite, MoleculeSuite) else "…"
        told = tuple((each.name, each.read(example)) for each in suite.fields[: SHOWN - 1])
        return View(row=(("SMILES", cut(text, _WRITTEN)), *(told or (("characters", str(len(text))),))))

    def _read(self, **options: Any) -> MoleculeTable:
        return read_molecules(*self._asked(**options))

    def _asked(
        self, file: str = FILE, smiles: str = "SMILES", targets: Sequence[str] = (), sha256: str | None = None, **_options: Any
    ) -> tuple[bytes, str, str, tuple[str, ...]]:
        (content,) = self.contents(sha256, file=file)
        return content, file.rpartition("/")[2], smiles, tuple(dict.fromkeys(targets))


def _tasks_of(read: MoleculeTable) -> tuple[Task, ...]:
    classes = {each.column: each.written for each in read.endpoints if each.classes}
    return _tasks([each.column for each in read.endpoints], classes)


def _tasks(columns: Sequence[str], classes: Mapping[str, str]) -> tuple[Task, ...]:
    tasks = []
    for column in columns:
        name, words = KNOWN.get(column, (column, f"What is '{column}'?"))
        name = column if name in columns else name
        if column in classes:
            tasks.append(Task(name, "classification", 2, words, tuple(classes[column].split("/"))))
        else:
            tasks.append(Task(name, "regression", help=words))
    return tuple(tasks)


@lru_cache(maxsize=2)
def _load(content: bytes, name: str, smiles: str, targets: tuple[str, ...], features: str) -> Suite:
    read = read_molecules(content, name, smiles, targets)
    chemistry = features == "descriptors"
    numbers = descriptors(read.smiles, name, read.lines) if chemistry else ngrams(read.smiles)
    inputs = standardise(*(numbers[part] for part in read.parts))
    if not chemistry:
        inputs = tuple(np.clip(part, -CLIP, CLIP) for part in inputs)
    answers, units = zip(*(_target(each, read.parts[0]) for each in read.endpoints), strict=True)
    known = np.stack([~np.isnan(each.values) for each in read.endpoints], axis=1)
    splits = [
        make_split(x, [target[part] for target in answers], known[part]) for x, part in zip(inputs, read.parts, strict=True)
    ]
    scales = centre_and_scale(numbers[read.parts[0]])
    fields = tuple(
        Field(words, place, centre=float(scales[0][place]), scale=float(scales[1][place]))
        for place, words in enumerate(DESCRIPTORS.values())
    )
    more = {"rows": read.parts, "fields": fields if chemistry else (), "units": units, "scaling": scales}
    suite = make_suite("molecules", _tasks_of(read), splits, _notes(read), **more)
    written = {
        _hash(example): read.smiles[row]
        for split, part in zip(splits, read.parts, strict=True)
        for example, row in zip(split.inputs, part.tolist(), strict=True)
    }
    return MoleculeSuite(**vars(suite), smiles=written)


def _target(endpoint: Endpoint, train: npt.NDArray[np.int64]) -> tuple[npt.NDArray[Any], tuple[float, float]]:
    """A column as class ids, or as values standardised on train, with what they were standardised by."""
    if endpoint.classes:
        return (endpoint.values == endpoint.classes[1]).astype(np.int64), (0.0, 1.0)
    centre, scale = centre_and_scale(endpoint.values[train])
    return (endpoint.values - centre) / scale, (float(centre), float(scale))


def _notes(read: MoleculeTable) -> tuple[str, ...]:
    counts = ", ".join(
        f"{task.name} {int((~np.isnan(each.values[read.parts[0]])).sum()):,}"
        for task, each in zip(_tasks_of(read)[:8], read.endpoints, strict=False)
    )
    return (f"Training labels: {counts}{'' if len(read.endpoints) <= 8 else ' and so on'}.", *read.notes)


def _hash(example: npt.NDArray[np.float32]) -> bytes:
    return hashlib.blake2b(np.ascontiguousarray(example).tobytes(), digest_size=8).digest()


SOURCE = Molecules()
