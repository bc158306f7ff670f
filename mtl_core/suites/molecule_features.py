"""Numbers that describe molecules: hashed pieces of how they are written, or RDKit's descriptors."""

import hashlib
import math
from collections.abc import Sequence
from functools import lru_cache
from importlib import import_module
from importlib.util import find_spec
from zlib import crc32

import numpy as np

from mtl_core.errors import DataError, SpecError, shown
from mtl_core.suites.arrays import Floats
from mtl_core.suites.cache import cached, in_turn

BUCKETS, LONGEST = 512, 4
CLIP = 5.0

DESCRIPTORS = {
    "MolWt": "weight (g/mol)",
    "MolLogP": "oil / water (log P)",
    "TPSA": "polar surface (Å²)",
    "NumHDonors": "hydrogen donors",
    "NumHAcceptors": "hydrogen acceptors",
    "NumRotatableBonds": "rotatable bonds",
    "RingCount": "rings",
    "FractionCSP3": "share of sp³ carbon",
    "NumAromaticRings": "aromatic rings",
    "HeavyAtomCount": "heavy atoms",
    "qed": "drug-likeness (QED)",
    "MolMR": "molar refractivity",
    "LabuteASA": "surface (Å²)",
    "BertzCT": "complexity (Bertz)",
    "NumHeteroatoms": "atoms other than C and H",
}
"""RDKit's names, and what a person calls them; those that are told first come first."""


def ngrams(smiles: Sequence[str]) -> Floats:
    """``log(1 + n)`` of how many pieces of one to four characters fall into each of 512 buckets, ``(N, 512)``.

    A piece falls into bucket ``crc32(piece) mod 512``, so that pieces share buckets, and no dictionary has to be fitted.
    """
    counts = np.zeros((len(smiles), BUCKETS))
    for row, text in zip(counts, smiles, strict=True):
        for length in range(1, LONGEST + 1):
            for start in range(len(text) - length + 1):
                row[_bucket(text[start : start + length])] += 1
    return np.asarray(np.log1p(counts, out=counts))


@lru_cache(maxsize=100_000)
def _bucket(piece: str) -> int:
    return crc32(piece.encode()) % BUCKETS


def need_chem() -> None:
    """Raises SpecError where RDKit is not installed; does not import it."""
    if find_spec("rdkit") is None:
        raise SpecError(
            "features='descriptors' needs RDKit, found none; install it with pip install 'seesaw-mtl[chem]', or choose "
            "'ngrams'."
        )


def descriptors(smiles: Sequence[str], name: str, lines: Sequence[int]) -> Floats:
    """RDKit's ``DESCRIPTORS`` of each molecule, ``(N, 15)``, kept for the next time.

    Args:
        smiles: the molecules.
        name: of their file, for messages.
        lines: where each stands in it, for messages.

    Raises:
        SpecError: RDKit is not installed.
        DataError: a text is no molecule.
    """
    need_chem()

    def make() -> dict[str, Floats]:
        chem, known, log = (import_module(f"rdkit.{part}") for part in ("Chem", "Chem.Descriptors", "rdBase"))
        functions = [getattr(known, each) for each in DESCRIPTORS]
        values = np.empty((len(smiles), len(functions)))
        with log.BlockLogs():  # what is wrong is said once, in our words
            for place, text in enumerate(in_turn(smiles)):
                molecule = chem.MolFromSmiles(text)
                told = [math.nan] if molecule is None else [float(function(molecule)) for function in functions]
                if not np.isfinite(told).all():
                    raise DataError(
                        f"{name} must have molecules as SMILES, found {shown(text)} in line {lines[place]}, which RDKit cannot "
                        "read; correct it, or choose features='ngrams'."
                    )
                values[place] = told
        return {"values": values}

    version = import_module("rdkit").__version__
    return cached(f"molecules 1, RDKit {version}", hashlib.sha256("\n".join(smiles).encode()).hexdigest(), make)["values"]
