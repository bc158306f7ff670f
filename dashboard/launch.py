"""What the ``seesaw`` command starts: the worker first, then, while that loads what it trains with, the web server."""

import contextlib
import os
import socket
import sys
import threading
import time
import webbrowser
from collections.abc import AsyncIterator, Sequence
from typing import Any
from urllib.parse import quote, urlencode

from dashboard.asking import landscape_form
from dashboard.reading import jobs, limits, presets, uploads, visitors
from dashboard.serving import hosts, memory, routes
from dashboard.serving.door import Door, choose_code, choose_key, some_letters
from mtl_core.errors import SeesawError, WorkerError
from mtl_core.execution.supervisor import Supervisor
from mtl_core.spec import Study
from mtl_core.store.classes import class_name

DEFAULT_PORT = 8501
PORTS_TRIED = 20
FIRST_STUDY = 12.0
"""Seconds that the browser waits, before it is opened, for the study that a newcomer sees first."""


def serve(
    store: str | None,
    host: str = "127.0.0.1",
    port: int | None = None,
    open_browser: bool = True,
    *,
    allow_hosts: Sequence[str] = (),
    ask: bool = True,
    train_links: bool = False,
    for_class: str | None = None,
) -> None:
    """Serve the dashboard until Ctrl-C, with a worker that trains what the pages ask for.

    Args:
        store: the store's URL; None for ``$SEESAW_STORE`` or the file in the user's data directory.
        host: the address to listen at; anything but a loopback address lets other machines in.
        port: the port; None for 8501 or the next free one.
        open_browser: whether to open the page in a browser, where there is a screen.
        allow_hosts: names besides the machine's own that the server may be asked by; others get in by them.
        ask: whether those who come from elsewhere are asked for an access code.
        train_links: whether a link that asks for a small study by its settings trains it for whoever opens it.
        for_class: the name of the class that this is for, empty for any; None for no class.

    Raises:
        SpecError: the host is no address of this machine, the access code that was set is too short, the class's name is none,
            or the store has as many classes as it may.
        WorkerError: the address is taken or cannot be listened at.
        StoreError: the store cannot be opened.
    """
    memory.give_back()
    hosts.check_address(host)
    exposed = bool(allow_hosts) or not hosts.is_loopback(host)
    code, teacher = choose_code() if exposed and ask else "", "" if for_class is None else choose_key()
    room = class_name(for_class or f"class-{some_letters()}") if teacher else ""
    door = Door(hosts.Names(host, allow_hosts), exposed, code, teacher=teacher)
    visitors.tell_apart(door.mark(door.key) if exposed else None, door.mark(teacher) if teacher else None)
    presets.train_on_arrival(train_links)
    port = free_port(host, port)
    if store is not None:
        os.environ[jobs.STORE] = store
    opened = jobs.get_store()
    # The worker and every page find the same store, wherever the default was found.
    os.environ[jobs.STORE] = opened.url
    anywhere = host in ("0.0.0.0", "::")  # noqa: S104 - compared, not bound
    named = "localhost" if anywhere or host == "127.0.0.1" else f"[{host}]" if ":" in host else host
    address = f"http://{named}:{port}"
    mine = f"{address}/?key={door.key}" if exposed else address
    opens = mine
    if room:
        opened.open_class(room)
        opens = _link(address, **{"key": door.key if exposed else "", "teacher": teacher, "class": room})
    public = f"http://{hosts.own_address()}:{port}" if anywhere else address
    queue_default()
    with contextlib.suppress(SeesawError):
        uploads.sweep(opened)
    with contextlib.ExitStack() as ending:
        supervisor = Supervisor(opened.url)
        ending.callback(supervisor.stop)
        supervisor.start()
        # Imported now, so that the worker, which needs longer, does not wait for it.
        from dashboard.serving import server

        @contextlib.asynccontextmanager
        async def lifespan(_app: Any) -> AsyncIterator[dict[str, Any]]:
            # Made before the first page asks for it.
            threading.Thread(target=routes.plotly_bytes, args=(True,), daemon=True).start()
            landscape_form.prepare()
            sys.stdout.write(f"\n  Seesaw is at {address}\n  Studies are kept in {opened.address}\n  Ctrl-C ends it.\n\n")
            if exposed:
                sys.stdout.write(_exposure(public, mine, door.code))
            if room:
                sys.stdout.write(_class(public, room, door))
            sys.stdout.flush()
            if open_browser and _has_screen():
                threading.Thread(target=_open_when_ready, args=(opens,), daemon=True).start()
            try:
                yield {"ready": True}
            finally:
                # Here and not later: after this the server hands on the signal that ended it, which may end the process.
                ending.close()

        server.make_app(lifespan, door).run(config=server.options(host, port))


def queue_default() -> None:
    """Have the study that a newcomer sees first trained, unless the store has it already."""
    # A store that cannot be written can still be looked at; the pages say what is wrong with it.
    with contextlib.suppress(SeesawError):
        jobs.submit(Study(), visitors.HOST)


def free_port(host: str, asked: int | None) -> int:
    """The port to listen at: the one asked for, or the first free one from 8501 on.

    Raises:
        WorkerError: the port asked for is taken, or the host is not one of this machine's.
    """
    candidates = [asked] if asked is not None else list(range(DEFAULT_PORT, DEFAULT_PORT + PORTS_TRIED))
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    problem: Exception | None = None
    for port in candidates:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except (OSError, OverflowError) as error:  # the latter for a number that no port has
                problem = error
                continue
            return int(probe.getsockname()[1])
    tried = f"port {asked}" if asked is not None else f"a free port between {candidates[0]} and {candidates[-1]}"
    raise WorkerError(f"expected {tried} at {host}, found: {problem}. Choose another with --port, or stop what uses it.")


def _exposure(address: str, mine: str, code: str) -> str:
    """What those who start a server for others must know."""
    who = "everyone who reaches it and knows the code" if code else "EVERYONE who reaches it (no code is asked: --open)"
    link = f"  For others:  {address}/?code={quote(code)}  (the code: {code})\n" if code else f"  For others:  {address}\n"
    return (
        f"{link}"
        f"  For you:     {mine}  (makes your browser the one that may change everything; keep it)\n"
        f"  At this address {who} may read all studies and train new ones,\n"
        f"  {limits.in_words()}\n"
        "  and change what they started themselves. What is sent, the code too, is not encrypted.\n\n"
    )


def _class(address: str, name: str, door: Door) -> str:
    """The links of a class."""
    students = _link(address, **{"code": door.code, "class": name})
    teacher = _link(address, **{"teacher": door.teacher, "class": name})
    alone = "" if door.exposed else "  Only this machine reaches it; to let the class in, add --host 0.0.0.0.\n"
    return (
        f"  The class:   {name}\n"
        f"  Students:    {students}\n"
        f"  Teacher:     {teacher}  (sees and uncovers answers, may change every study; keep it)\n"
        f"{alone}\n"
    )


def _link(address: str, **parameters: str) -> str:
    """The address of the lessons with those parameters that are not empty."""
    return f"{address}/learn?{urlencode({name: value for name, value in parameters.items() if value})}"


def _open_when_ready(address: str) -> None:
    # The first page shows a finished study; on a new machine that is worth the few seconds it takes to train.
    time.sleep(0.5)
    jobs.await_first_study(FIRST_STUDY)
    webbrowser.open(address)


def _has_screen() -> bool:
    return sys.platform in ("win32", "darwin") or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
