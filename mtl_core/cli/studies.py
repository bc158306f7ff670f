"""``seesaw list``, ``show`` and ``delete``: what is in the store."""

import argparse
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from mtl_core import api
from mtl_core.cli import printing
from mtl_core.diagnostics.waiting import Wait, waits
from mtl_core.errors import SpecError, shown, some_of
from mtl_core.exporting import network_command, snippet
from mtl_core.store import SILENT, Store, StudyInfo, open_store


def listed(arguments: argparse.Namespace) -> None:
    """Print the studies of the store, the newest first."""
    with open_store(arguments.store) as store:
        (found, damaged), address = store.survey(), store.address
        queue = waits(found, len(store.workers()))
        for note in (*damaged.values(), *_notes(store, found)):
            printing.note(note)
    if arguments.json:
        printing.json_out([_as_json(info) | {"wait": _wait(queue.get(info.id))} for info in found])
        return
    if not found:
        printing.line(f"No study in {address} yet; make one with seesaw run, or with seesaw in the browser.")
        return
    columns = ["id", "name", "state", "done", "suite", "methods", "seconds", "begun"]
    printing.table(None, columns, [_row(info, _wait(queue.get(info.id))) for info in found], right=("done", "seconds"))


def show(arguments: argparse.Namespace) -> None:
    """Print what a study found."""
    with open_store(arguments.store) as store:
        info = find(store, arguments.id)
        result = api.load(info.id, store)
        address, size = store.address, store.model_sizes().get(info.id, 0)
    compared = result.compared(arguments.against, arguments.at, arguments.rates)
    if arguments.json:
        printing.json_out(result.to_dict(compared) | {"store": address})
        return
    printing.result(result, compared, address, named=arguments.store is not None)
    if info.altered:
        printing.line("It was changed by hand while it trained: training it again will not give these numbers.")
    if size:
        printing.line(f"Its trained parameters are kept ({size / 1e6:.1f} MB); seesaw delete --models {info.id} frees them.")
        printing.line(f"A network of it as a file, for use without Seesaw: {network_command(result.study, info.id)}")
    printing.line(f"\n{snippet(result.study)}")


def delete(arguments: argparse.Namespace) -> None:
    """Forget studies."""
    with open_store(arguments.store) as store:
        found, damaged = store.survey()
        names = {info.id: info.name for info in found} | dict.fromkeys(damaged, "")
        # All are looked up first, so that a wrong id among them deletes nothing.
        for study_id in [_match(names, text) or store.get(text).id for text in arguments.ids]:
            if arguments.models:
                size = store.delete_models(study_id)
                printing.line(f"Deleted the trained parameters of {study_id} ({size / 1e6:.1f} MB).")
                continue
            store.delete(study_id)
            printing.line(f"Deleted {study_id}{f' ({names[study_id]})' if names[study_id] else ''}.")


def find(store: Store, text: str) -> StudyInfo:
    """The study with an id, or with an id that begins so.

    Raises:
        UnknownStudyError: there is none.
        SpecError: more than one id begins so.
    """
    return store.get(_match([info.id for info in store.list()], text) or text)


def _match(ids: Iterable[str], text: str) -> str | None:
    matches = [study_id for study_id in ids if study_id.startswith(text)]
    if text in matches:
        return text
    if len(matches) > 1:
        raise SpecError(f"{shown(text)} is the beginning of {len(matches)} ids ({some_of(matches)}); write more of it.")
    return matches[0] if matches else None


def _notes(store: Store, found: Sequence[StudyInfo]) -> Iterator[str]:
    """What keeps studies from being kept or trained, in words."""
    if (fault := store.fault()) is not None:
        yield fault
    silent = [info for info in found if info.silence is not None and info.silence > SILENT]
    for info in silent:
        yield f"study {info.id} trains in a process that gave no sign of life for {info.silence:.0f} s; run it again to go on."
    if any(info.state == "queued" for info in found) and not store.workers():
        yield f"studies wait and no worker reports; {store.trouble() or 'start one with seesaw, or train with seesaw run.'}"


def _wait(wait: Wait | None) -> float | None:
    """Seconds until a queued study is begun, where that can be told."""
    return None if wait is None or wait.seconds is None else round(wait.seconds, 1)


def _row(info: StudyInfo, wait: float | None) -> list[str]:
    done = f"{info.progress:.0%}" if info.total else ""
    methods = ", ".join(str(method["name"]) for method in info.spec["methods"])
    begun = "" if info.started is None else f"{info.started.astimezone():%Y-%m-%d %H:%M}"
    state = f"{info.state} ({info.position})" if info.position else info.state
    if wait is not None:
        state += f", about {wait:.0f} s"
    return [info.id, info.name, state, done, str(info.spec["suite"]["name"]), methods, f"{info.seconds:.1f}", begun]


def _as_json(info: StudyInfo) -> dict[str, Any]:
    times = {
        name: None if (at := getattr(info, name)) is None else at.isoformat() for name in ("created", "started", "finished")
    }
    names = ("id", "name", "state", "reason", "step", "total", "seconds", "position", "device", "altered")
    return {name: getattr(info, name) for name in names} | times | {"study": info.spec}
