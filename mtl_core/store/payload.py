"""Records as bytes and back: safetensors, which holds numbers and nothing that can run."""

from collections.abc import Iterable
from typing import Any, cast

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load, save

from mtl_core.errors import StoreError
from mtl_core.records import Record, RecordKind


def encode(record: Record) -> bytes:
    """The arrays of a record."""
    return save({name: np.ascontiguousarray(array) for name, array in record.arrays.items()})


def decode(kind: str, step: int, payload: bytes) -> Record:
    """A record from its columns.

    Raises:
        StoreError: the bytes are damaged.
    """
    try:
        arrays: dict[str, Any] = load(bytes(payload))
    except SafetensorError as error:
        raise StoreError(f"a record of step {step} is damaged ({error}); delete the study and train it again.") from error
    return Record(cast(RecordKind, kind), step, arrays)


def rows(study_id: str, records: Iterable[Record]) -> list[dict[str, Any]]:
    """Records as rows of their table."""
    return [
        {"study_id": study_id, "kind": record.kind, "step": int(record.step), "payload": encode(record)} for record in records
    ]
