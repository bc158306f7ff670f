"""Trained parameters, kept when a study is finished: what export, pictures of structure and fine-tuning read."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError
from safetensors.numpy import load
from sqlalchemy import Connection, delete, func, insert, select

from mtl_core.errors import SpecError, StoreError, some_of, unknown_name
from mtl_core.records import ModelPart, Moment
from mtl_core.store.studies import Studies, require
from mtl_core.store.tables import models


class Models(Studies):
    """Operations on trained parameters."""

    def keep_model(self, study_id: str, model: ModelPart, worker: str | None = None) -> None:
        """Keep a part, in place of the one before.

        Args:
            worker: the one who writes; refused when the study is no longer its.

        Raises:
            UnknownStudyError: the study was deleted or is no longer the worker's.
            StoreUnavailableError: nothing was written; the same call may be tried again.
        """
        mine = (models.c.study_id == study_id) & (models.c.moment == model.moment) & (models.c.part == model.part)
        row = {"moment": model.moment, "part": model.part, "size": len(model.payload), "payload": model.payload}
        with self._writing() as connection:
            require(connection, study_id, worker)
            connection.execute(delete(models).where(mine))
            connection.execute(insert(models).values(study_id=study_id, **row))

    def model_sizes(self) -> dict[str, int]:
        """Bytes of trained parameters by study; studies without any are left out."""
        query = select(models.c.study_id, func.sum(models.c.size)).group_by(models.c.study_id)
        with self._reading() as connection:
            return {study_id: int(size) for study_id, size in connection.execute(query)}

    def model_parts(self, study_id: str, moment: Moment = "end") -> Sequence[ModelPart]:
        """What was kept of a moment, part by part; empty where nothing was. Raises UnknownStudyError."""
        mine = (models.c.study_id == study_id) & (models.c.moment == moment)
        with self._reading() as connection:
            require(connection, study_id)
            rows = connection.execute(select(models.c.part, models.c.payload).where(mine).order_by(models.c.part)).all()
        return [ModelPart(moment, row.part, bytes(row.payload)) for row in rows]

    def parameters(self, study_id: str, moment: Moment = "end", strategy: str | None = None) -> dict[str, npt.NDArray[Any]]:
        """The trained parameters of runs: ``run`` ``(R,)``, ``step`` ``(R,)`` and ``parameters`` ``(R, P)``, runs rising.

        Args:
            study_id: the study's.
            moment: when.
            strategy: the sharing strategy, as runs say it, whose runs are wanted; None for all, where all have one model.

        Raises:
            UnknownStudyError: no such study.
            SpecError: a strategy must be chosen, or there is none such.
            StoreError: nothing was kept of that moment, or it is damaged.
        """
        parts = self.model_parts(study_id, moment)
        if not parts:
            raise StoreError(
                f"trained parameters of study {study_id} at its {moment} were expected, found none: they are kept when a study "
                "is finished and may have been deleted; train it again."
            )
        try:
            loaded = [load(part.payload) for part in parts]
        except SafetensorError as error:
            raise StoreError(
                f"trained parameters of study {study_id} are damaged ({error}); delete them and train it again."
            ) from error
        layout = self.layout(study_id)
        known = [] if layout is None else [model.strategy for model in layout.models]
        if strategy is not None and strategy not in known:
            raise unknown_name("strategy of the study", strategy, known)
        if strategy is not None and layout is not None:  # a part is of one strategy
            loaded = [part for part in loaded if layout.runs[int(part["run"][0])].strategy == strategy]
        elif len({part["parameters"].shape[1] for part in loaded}) > 1:
            raise SpecError(f"the study has models of several sizes; say whose parameters, one of: {some_of(known)}.")
        joined = {name: np.concatenate([part[name] for part in loaded]) for name in ("run", "step", "parameters")}
        order = np.argsort(joined["run"], kind="stable")
        return {name: values[order] for name, values in joined.items()}

    def delete_models(self, study_id: str) -> int:
        """Forget the trained parameters of a study and keep everything else; returns the bytes. Raises UnknownStudyError."""

        def forget(connection: Connection) -> int:
            require(connection, study_id)
            mine = models.c.study_id == study_id
            size = int(connection.scalar(select(func.sum(models.c.size)).where(mine)) or 0)
            connection.execute(delete(models).where(mine))
            return size

        return self._making_room(forget)
