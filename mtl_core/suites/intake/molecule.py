"""A molecule, as it is written."""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from mtl_core.errors import DataError, shown
from mtl_core.suites.arrays import Floats
from mtl_core.suites.intake.intake import Given, Inputs, Intake, Taken
from mtl_core.suites.molecule_features import BUCKETS, CLIP, DESCRIPTORS, LONGEST, descriptors, ngrams
from mtl_core.suites.suite import Suite
from mtl_core.suites.view import View

MOST = 1000
"""Characters of a molecule."""

_SMILES = re.compile(r"[A-Za-z0-9@+\-\[\]()\\/%=#$:.*~]+", re.ASCII)


class MoleculeIntake(Intake):
    """Takes ``smiles``: a molecule in that notation.

    Args:
        suite: of molecules.
        features: ``ngrams`` or ``descriptors``.
        centre, scale: ``(D,)`` what they were standardised by.
        written: how the molecule of an example is written, empty where that is not known.
    """

    kind = "molecule"

    def __init__(self, suite: Suite, features: str, centre: Floats, scale: Floats, written: Callable[[Inputs], str]) -> None:
        super().__init__(suite)
        self.features, self.centre, self.scale, self._written = features, centre, scale, written

    def read(self, given: Given) -> Taken:
        """See ``Intake.read``; raises SpecError where descriptors are asked for and RDKit is not installed."""
        smiles = given.get("smiles")
        text = smiles.strip() if isinstance(smiles, str) else ""
        if len(text) > MOST or not _SMILES.fullmatch(text):
            raise DataError(
                f"a molecule must be SMILES of at most {MOST} characters, such as CCO, found {shown(smiles)}; correct it."
            )
        chemistry = self.features == "descriptors"
        numbers = descriptors([text], "what is given", [1]) if chemistry else ngrams([text])
        example = (numbers[0] - self.centre) / self.scale
        taken = self.one(example if chemistry else np.clip(example, -CLIP, CLIP), given={"smiles": text})
        return replace(taken, view=View(row=(("SMILES", text),)))

    def tell(self) -> dict[str, Any]:
        """And ``features``: of ``descriptors`` RDKit's names, in order; of ``ngrams`` how many ``buckets`` pieces of up to
        ``longest`` characters fall into (see ``molecule_features.ngrams``), and the ``clip`` they end at; and the ``centre``
        and ``scale`` of each number."""
        own: dict[str, Any] = {"features": self.features}
        if self.features == "descriptors":
            own["descriptors"] = list(DESCRIPTORS)
        else:
            own |= {"buckets": BUCKETS, "longest": LONGEST, "clip": CLIP}
        return super().tell() | own | {"centre": self.centre.tolist(), "scale": self.scale.tolist()}

    def _of_example(self, example: Inputs) -> Taken:
        text = self._written(example)
        return self.one(example, given={"smiles": text} if text else {})
