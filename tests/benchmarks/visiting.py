"""A server of its own for a benchmark, and visitors who use the page over its own connection, as a browser does."""

import asyncio
import gzip
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from dashboard.components.live_plot import LIVE_PATH
from mtl_core.spec import Study
from mtl_core.store import Store, open_store

PATIENCE = 600.0
"""Seconds after which whoever waits for a page gives up."""


@dataclass(frozen=True)
class Server:
    """A server that has trained the study which newcomers see first."""

    port: int
    pid: int
    store: Store

    def processor(self) -> float:
        """Seconds of processor that it has used."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def memory(self) -> float:
        """The most memory that it has had so far, in MB."""
        lines = Path(f"/proc/{self.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024


@contextmanager
def serving(*flags: str) -> Iterator[Server]:
    """The ``seesaw`` command with an empty store, once its first study is trained."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/store.db"
        command = [sys.executable, "-m", "mtl_core.cli", "serve", "--no-browser", "--port", str(port), "--store", url, *flags]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        try:
            with open_store(url) as store:
                while not store.find(Study()) or store.get(Study().id).state != "finished":
                    assert process.poll() is None, "the server has ended"
                    time.sleep(0.2)
                yield Server(port, process.pid, store)
        finally:
            process.terminate()
            process.wait(20)


@dataclass
class Tab:
    """One visitor's page.

    Args:
        address: the server's, from ``http:`` on.
        session: the page's connection.
        query: what follows the question mark in the page's address.
        widgets: the ids of the page's controls, by label for buttons and by the end of their key for numbers.
        pictures: what its charts ask the server by.
        looks: what its progress says of the study that it follows; empty where it follows none.
        part: the part of the page with the progress, to be run anew when that changes.
        problems: what its error boxes say.
        runs: how often the page has been drawn to its end.
        lost: whether its connection broke.
    """

    address: str
    session: ClientConnection
    query: str
    page: str = ""
    widgets: dict[str, str] = field(default_factory=dict)
    pictures: set[str] = field(default_factory=set)
    looks: str = ""
    part: str = ""
    problems: list[str] = field(default_factory=list)
    runs: int = 0
    lost: bool = False
    _in_part: bool = False
    _drawn: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def study(self) -> str:
        """The study on screen, as the page's address has it."""
        return parse_qs(self.query).get("study", [""])[0]

    async def run(self, *, part: str = "", **changes: float | bool) -> None:
        """Have the page, or a part of it, run, and wait until it is drawn.

        Args:
            part: the part's id; empty for the whole page.
            changes: what the visitor did to controls before: a number typed in, or True for a button pressed.
        """
        asked = BackMsg()
        asked.rerun_script.query_string, asked.rerun_script.page_name = self.query, self.page
        if part:
            asked.rerun_script.fragment_id = part
        for name, value in changes.items():
            kind = {"trigger_value": True} if value is True else {"double_value": float(value)}
            asked.rerun_script.widget_states.widgets.append(WidgetState(id=self.widgets[name], **kind))  # type: ignore[arg-type]
        self._in_part = bool(part)
        self._drawn.clear()
        await self.session.send(asked.SerializeToString())
        await asyncio.wait_for(self._drawn.wait(), PATIENCE)
        if self.lost:
            raise ConnectionError("the connection broke while the page was drawn")

    async def read(self) -> None:
        """Take in what the server sends, until the connection ends."""
        try:
            async for message in self.session:
                told = ForwardMsg()
                told.ParseFromString(message if isinstance(message, bytes) else message.encode())
                self._take(told)
        except ConnectionClosed:
            pass
        finally:
            self.lost = True
            self._drawn.set()

    def _take(self, told: ForwardMsg) -> None:
        match told.WhichOneof("type"):
            case "new_session":
                # What a part asked to run leaves as it is stays; where it then has all of the page run, nothing does.
                self.widgets = self.widgets if self._in_part else {}
                self.pictures, self.looks, self.part, self.problems, self._in_part = set(), "", "", [], False
            case "page_info_changed":
                self.query = told.page_info_changed.query_string
            case "delta":
                self._take_element(told)
            case "script_finished" if told.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN:
                self.runs += 1
                self._drawn.set()

    def _take_element(self, told: ForwardMsg) -> None:
        element = told.delta.new_element
        match element.WhichOneof("type"):
            case "button":
                self.widgets[element.button.label] = element.button.id
            case "number_input":
                self.widgets[element.number_input.id.rpartition(".")[2]] = element.number_input.id
            case "alert":
                self.problems.append(element.alert.body)
            case "bidi_component":
                part = element.bidi_component
                known = json.loads(part.json or part.mixed.json or "{}")
                live = known.get("live") if isinstance(known, dict) else None
                if live and live["picture"]:
                    self.pictures.add(live["picture"])
                elif live:
                    self.looks, self.part = known["looks"], told.delta.fragment_id

    async def news(self, tag: str) -> tuple[bytes | None, str, float]:
        """What is new of the study on screen, as the charts ask, or None; a mark for what was told; and the seconds after
        which to ask again."""
        pictures = "".join(f"&picture={name}" for name in sorted(self.pictures))
        return await asyncio.to_thread(_ask, f"{self.address}{LIVE_PATH}?study={self.study}&language=en{pictures}", tag)


@asynccontextmanager
async def visit(server: Server, query: str = "", visitor: str = "", page: str = "") -> AsyncIterator[Tab]:
    """Open a page and wait until it is drawn.

    Args:
        server: which one.
        query: what follows the question mark in the page's address.
        visitor: the secret of the browser, who is somebody else with another one.
        page: the name of the page; empty for the first one.
    """
    address = f"http://127.0.0.1:{server.port}"
    cookies = {"Cookie": f"seesaw_visitor={visitor}"} if visitor else {}
    common: dict[str, Any] = {"origin": address, "subprotocols": ["streamlit"], "additional_headers": cookies}
    stream = f"ws://127.0.0.1:{server.port}/_stcore/stream"
    async with connect(stream, max_size=None, open_timeout=PATIENCE, ping_interval=None, **common) as session:
        tab = Tab(address, session, query, page)
        reader = asyncio.create_task(tab.read())
        try:
            await tab.run()
            yield tab
        finally:
            reader.cancel()
            await asyncio.gather(reader, return_exceptions=True)


def opened(news: bytes) -> dict[str, Any]:
    """What an answer to the charts says."""
    told: dict[str, Any] = json.loads(gzip.decompress(news))
    return told


def _ask(question: str, tag: str) -> tuple[bytes | None, str, float]:
    request = urllib.request.Request(question, headers={"If-None-Match": tag} if tag else {})
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            return answer.read(), answer.headers["ETag"], float(answer.headers["Seesaw-Again"])
    except urllib.error.HTTPError as told:
        if told.code != 304:
            raise
        return None, tag, float(told.headers["Seesaw-Again"])
