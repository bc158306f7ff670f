"""What all tests share: quiet threads, a fixed Hypothesis profile, and a store on each kind of database."""

# ruff: noqa: E402 - the number of threads is read when a numerics library is first imported

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

# Before anything imports a numerics library: tests are small, and many threads on few cores only wait for each other.
for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

import numpy as np
import platformdirs
import pytest
import sqlalchemy
from hypothesis import HealthCheck, settings
from xdist.scheduler import LoadScopeScheduling

from mtl_core.store import Store, open_store
from mtl_core.suites.rooms import draw_rooms

settings.register_profile("seesaw", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("seesaw")

SERVER = "SEESAW_TEST_POSTGRES"

_CACHE = Path(tempfile.gettempdir()) / "seesaw-tests"
"""Features that take long to compute are made once for all tests."""

MAP_ROWS = {"label": 0, "depth": 1, "normal": 2}
"""In which row of its map the unknown pixels of ``map_folder`` lie."""


_WHOLE = ("tests/e2e", "tests/dashboard", "tests/exporting", "tests/diagnostics")
"""Folders whose tests share a server or trained studies: one process has each, the longest first."""


class _Pieces(LoadScopeScheduling):
    """What processes share: a folder of ``_WHOLE``, a file whose tests share something, and else every test by itself."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        folder = next((folder for folder in _WHOLE if file.startswith(f"{folder}/")), None)
        return folder or (file if _shares(file) else nodeid)


@cache
def _shares(file: str) -> bool:
    return 'scope="module"' in (Path(__file__).parents[1] / file).read_text()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling:
    """How processes share the tests: in the order in which they stand."""
    config.option.loadscopereorder = False
    return _Pieces(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What one process does by itself for long begins first, browser tests above all, which mostly wait."""
    places = {folder: place for place, folder in enumerate(_WHOLE)}

    def place(item: pytest.Item) -> int:
        return places.get("/".join(item.nodeid.split("/")[:2]), len(places))

    items.sort(key=place)


@pytest.fixture(autouse=True)
def _own_user_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reads or writes the files of the person who runs it."""
    monkeypatch.setenv("SEESAW_STORE", str(tmp_path / "seesaw.db"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "person"))
    monkeypatch.delenv("SEESAW_DATA", raising=False)
    monkeypatch.setattr(platformdirs, "user_data_dir", lambda name, **_: str(tmp_path / "person" / name))
    monkeypatch.setattr(platformdirs, "user_cache_dir", lambda name, **_: str(_CACHE / name))


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """The folder with real data: the one that is named, or the one beside the project."""
    folder = Path(os.environ.get("SEESAW_DATA") or Path(__file__).parents[2] / "shared" / "data")
    if not folder.is_dir():
        pytest.skip(f"no real data in {folder}: name their folder in $SEESAW_DATA")
    return folder


@pytest.fixture
def real_data(data_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The same, and suites read from it."""
    monkeypatch.setenv("SEESAW_DATA", str(data_folder))
    return data_folder


@pytest.fixture(scope="session")
def map_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with rooms laid out as NYUv2 is for MTAN, of which the first pixels of a row are unknown in each map."""
    folder = tmp_path_factory.mktemp("maps")
    rng = np.random.default_rng(9)
    for part, count in (("train", 150), ("val", 30)):
        room = draw_rooms(rng, count)
        maps = {
            "image": np.moveaxis(room.pictures, 1, 3),
            "label": room.classes.astype(np.float64),
            "depth": room.depth[..., None],
            "normal": np.moveaxis(room.normals, 1, 3),
        }
        for (name, values), unknown in zip(maps.items(), (None, -1, 0, 0), strict=True):
            (folder / "nyuv2" / part / name).mkdir(parents=True)
            for number, each in enumerate(values):
                if unknown is not None:
                    each[MAP_ROWS[name], : 1 + number % 4] = unknown
                np.save(folder / "nyuv2" / part / name / f"{number}.npy", each)
    return folder


@pytest.fixture
def files_of(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Names the data folder for a suite of files: real ones, or those of ``map_folder``, for what people have themselves."""

    def name_it(suite: str) -> None:
        folder = request.getfixturevalue("map_folder" if suite == "pixel_maps" else "data_folder")
        monkeypatch.setenv("SEESAW_DATA", str(folder))

    return name_it


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The URL of a PostgreSQL server that may make databases: the one that is named, or a private one for these tests."""
    if os.environ.get(SERVER):
        yield os.environ[SERVER]
        return
    binaries = _binaries()
    if binaries is None:
        missing = f"no PostgreSQL: set {SERVER} to a server's URL, or install the server's programs"
        if os.environ.get("CI") == "true":
            pytest.fail(missing)
        pytest.skip(missing)
    yield from _private_server(binaries)


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """The URL of a new, empty database."""
    name = f"seesaw_{uuid.uuid4().hex[:12]}"
    server = sqlalchemy.make_url(postgres_server).set(drivername="postgresql+psycopg")
    admin = sqlalchemy.create_engine(server, isolation_level="AUTOCOMMIT", poolclass=sqlalchemy.NullPool)
    with admin.connect() as connection:
        connection.exec_driver_sql(f'CREATE DATABASE "{name}" TEMPLATE template0')
    yield server.set(drivername="postgresql", database=name).render_as_string(hide_password=False)
    with admin.connect() as connection:
        connection.exec_driver_sql(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A URL where a new store can be made; the test runs once for each kind of database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'store.db'}"
    url: str = request.getfixturevalue("postgres_url")
    return url


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    """A new store on each kind of database."""
    with open_store(store_url) as opened:
        yield opened


@pytest.fixture
def file_store(tmp_path: Path) -> Iterator[Store]:
    """A new store in a file, for tests of what is above the store."""
    with open_store(tmp_path / "store.db") as opened:
        yield opened


def _binaries() -> Path | None:
    found = shutil.which("initdb")
    places = [Path(found).parent] if found else sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((place for place in places if (place / "initdb").exists() and (place / "pg_ctl").exists()), None)


def _private_server(binaries: Path) -> Iterator[str]:
    folder = Path(tempfile.mkdtemp(prefix="seesaw-postgres-"))
    run = _runner(folder)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off -c synchronous_commit=off"
    control = [str(binaries / "pg_ctl"), "-D", str(folder / "data"), "-w"]
    try:
        run([str(binaries / "initdb"), "-D", str(folder / "data"), "-U", "seesaw", "-A", "trust", "-E", "UTF8", "--no-sync"])
        run([*control, "-l", str(folder / "log"), "-o", options, "start"])
        try:
            yield f"postgresql://seesaw@127.0.0.1:{port}/postgres"
        finally:
            run([*control, "-m", "immediate", "stop"])
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _runner(folder: Path) -> Callable[[list[str]], None]:
    # The server refuses to run as root, and so it runs as the user that its package made.
    prefix: list[str] = []
    if sys.platform != "win32" and os.geteuid() == 0:
        shutil.chown(folder, "postgres")
        prefix = ["runuser", "-u", "postgres", "--"]

    def run(command: list[str]) -> None:
        done = subprocess.run([*prefix, *command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=folder)
        log = folder / "log"
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{log.read_text() if log.exists() else ''}"

    return run
