"""``seesaw list``, ``show``, ``delete`` and ``export``: what is in the store."""

import argparse
from typing import Any

from mtl_core import api
from mtl_core.cli import printing
from mtl_core.errors import SpecError
from mtl_core.exporting import save, snippet
from mtl_core.store import Store, StudyInfo, open_store


def listed(arguments: argparse.Namespace) -> None:
    """Print the studies of the store, the newest first."""
    with open_store(arguments.store) as store:
        found, address = store.list(), store.address
    if arguments.json:
        printing.json_out([_plain(info) for info in found])
        return
    if not found:
        printing.line(f"No study in {address} yet; make one with seesaw run, or with seesaw in the browser.")
        return
    columns = ["id", "name", "state", "done", "suite", "methods", "seconds", "begun"]
    printing.table(None, columns, [_row(info) for info in found], right=("done", "seconds"))


def show(arguments: argparse.Namespace) -> None:
    """Print what a study found."""
    with open_store(arguments.store) as store:
        info = find(store, arguments.id)
        result = api.load(info.id, store)
        address = store.address
    if arguments.json:
        printing.json_out(result.to_dict() | {"store": address})
        return
    printing.result(result, address, named=arguments.store is not None)
    if info.altered:
        printing.line(
            "Weights or learning rates were set by hand while it trained: training it again will not give these numbers."
        )
    printing.line(f"\n{snippet(result.study)}")


def delete(arguments: argparse.Namespace) -> None:
    """Forget studies."""
    with open_store(arguments.store) as store:
        # All are looked up first, so that a wrong id among them deletes nothing.
        for info in [find(store, text) for text in arguments.ids]:
            store.delete(info.id)
            printing.line(f"Deleted {info.id}{f' ({info.name})' if info.name else ''}.")


def export(arguments: argparse.Namespace) -> None:
    """Write a study's tables."""
    with open_store(arguments.store) as store:
        result = api.load(find(store, arguments.id).id, store)
    for path in save(result, arguments.to or result.study.id, arguments.format, raw=arguments.raw):
        printing.line(str(path))


def find(store: Store, text: str) -> StudyInfo:
    """The study with an id, or with an id that begins so.

    Raises:
        UnknownStudyError: there is none.
        SpecError: more than one id begins so.
    """
    matches = [info for info in store.list() if info.id.startswith(text)]
    exact = [info for info in matches if info.id == text]
    if len(matches) > 1 and not exact:
        raise SpecError(
            f"{text!r} is the beginning of {len(matches)} ids ({', '.join(info.id for info in matches)}); write more of it."
        )
    return (exact or matches or [store.get(text)])[0]


def _row(info: StudyInfo) -> list[str]:
    done = f"{info.progress:.0%}" if info.total else ""
    methods = ", ".join(str(method["name"]) for method in info.spec["methods"])
    begun = "" if info.started is None else f"{info.started.astimezone():%Y-%m-%d %H:%M}"
    state = f"{info.state} ({info.position})" if info.position else info.state
    return [info.id, info.name, state, done, str(info.spec["suite"]["name"]), methods, f"{info.seconds:.1f}", begun]


def _plain(info: StudyInfo) -> dict[str, Any]:
    times = {
        name: None if (at := getattr(info, name)) is None else at.isoformat() for name in ("created", "started", "finished")
    }
    names = ("id", "name", "state", "reason", "step", "total", "seconds", "position", "device", "altered")
    return {name: getattr(info, name) for name in names} | times | {"study": info.spec}
