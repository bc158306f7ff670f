"""Real studies, trained once a session, in a real store that the pages read."""

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.reading import jobs, studies
from dashboard.showing import training
from mtl_core.diagnostics import Result
from mtl_core.execution.answering import answer_one
from mtl_core.records import Layout, Record
from mtl_core.spec import Study
from mtl_core.store import State, Store, open_store
from mtl_core.training.trainer import Trainer

APP = Path(__file__).parents[2] / "dashboard" / "app.py"

PAIR = Study(methods=["equal", "pcgrad"], weights=5, seeds=2, steps=40, evaluate_every=10)
LATER = Study(methods=["equal"], backbone={"name": "mlp", "width": 16}, weights=0, seeds=3, looks=[2], steps=40)
MIXED = Study(methods=["equal"], strategies=["hard", {"name": "mmoe", "experts": 2}], weights=0, seeds=2, steps=20)
TRIPLE = Study(suite="sprites", tasks=["shape", "x", "size"], methods=["equal", "mgda"], weights=3, seeds=2, steps=20)
ASKED = Study(strategies=["hard", "palora", "hypernet"], weights=3, seeds=2, steps=20)
MANY = Study(suite="subspace", methods=["equal"], seeds=2, steps=20)

PHASED = Study(
    strategies=["hard", "mmoe", "single_task"],
    methods=["equal"],
    weights=0,
    seeds=2,
    steps=20,
    evaluate_every=5,
    phases=[{"steps": 12, "train": "trunk"}, {"steps": 8, "train": "heads"}],
)

STRATEGIES = Study(
    strategies=["hard", "single_task", "cross_stitch", {"name": "mmoe", "experts": 3}],
    methods=["equal", "pcgrad"],
    weights=0,
    seeds=2,
    steps=30,
    evaluate_every=10,
)


@dataclass(frozen=True)
class Trained:
    """What training a study gave."""

    study: Study
    layout: Layout
    records: list[Record]
    total: int

    @property
    def result(self) -> Result:
        """A fresh result of all of it."""
        return Result(self.study, self.layout, self.records, "finished")


def _train(study: Study) -> Trained:
    trainer = Trainer(study)
    records: list[Record] = []
    while not trainer.finished:
        records += trainer.advance()
    return Trained(study, trainer.layout, records + trainer.flush(), trainer.total)


@pytest.fixture(scope="session")
def pair() -> Trained:
    """Two tasks, two methods, a line of weightings."""
    return _train(PAIR)


@pytest.fixture(scope="session")
def later() -> Trained:
    """The tasks of ``pair`` on a narrower network, looked at before."""
    return _train(LATER)


@pytest.fixture(scope="session")
def mixed() -> Trained:
    """The tasks of ``pair``, shared in two ways."""
    return _train(MIXED)


@pytest.fixture(scope="session")
def triple() -> Trained:
    """Three tasks, so a triangle of weightings."""
    return _train(TRIPLE)


@pytest.fixture(scope="session")
def many() -> Trained:
    """Eight tasks."""
    return _train(MANY)


@pytest.fixture(scope="session")
def asked() -> Trained:
    """Two tasks, and two strategies that serve all weightings with one model."""
    return _train(ASKED)


@pytest.fixture(scope="session")
def strategies() -> Trained:
    """Four sharing strategies with two methods."""
    return _train(STRATEGIES)


@pytest.fixture(scope="session")
def phased() -> Trained:
    """Three sharing strategies in two phases; one of them shares nothing."""
    return _train(PHASED)


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """An empty store that is the server's."""
    url = f"sqlite:///{tmp_path / 'shelf.db'}"
    monkeypatch.setenv(jobs.STORE, url)
    # Nobody trains here: a newcomer would wait in vain.
    monkeypatch.setattr(training, "FIRST_SIGHT", 0.2)
    with open_store(url) as store:
        yield store
    studies.forget_all()


@pytest.fixture
def answering(shelf: Store) -> Iterator[None]:
    """Requests are answered, by a thread of the test: a process for each test takes seconds, and has tests of its own."""
    over = threading.Event()

    def work() -> None:
        while not over.is_set():
            if not answer_one(shelf, "tests"):
                over.wait(0.01)

    worker = threading.Thread(target=work, name="answering", daemon=True)
    worker.start()
    yield
    over.set()
    worker.join(60)


@pytest.fixture
def put(shelf: Store) -> Callable[..., str]:
    """Put a trained study on the shelf, whole or at some part of its records; gives its id."""

    def onto(trained: Trained, *, part: float = 1.0, state: State = "finished", reason: str = "") -> str:
        study_id = shelf.add(trained.study)
        assert shelf.claim("tests", "cpu", study_id) is not None
        shelf.set_layout(study_id, trained.layout)
        count = round(part * len(trained.records))
        shelf.append(study_id, trained.records[:count], step=round(part * trained.total), total=trained.total)
        if state != "running":
            shelf.set_state(study_id, state, reason)
        return study_id

    return onto


@pytest.fixture
def visit() -> Callable[..., AppTest]:
    """Open a page as a visitor with a link does."""

    def go(page: str, study_id: str | None = None, **parameters: str) -> AppTest:
        app = AppTest.from_file(str(APP), default_timeout=120)
        if study_id is not None:
            app.query_params["study"] = study_id
        for name, value in parameters.items():
            app.query_params[name] = value
        # The pages are known to the app once its entry script has run; that first run shows a page of its own.
        app.switch_page(f"views/{page}.py")
        return app.run()

    return go


def components(app: AppTest) -> list[dict[str, Any]]:
    """What the components on the page, charts and progress, were given."""
    return [json.loads(part.proto.json or part.proto.mixed.json) for part in app.get("bidi_component")]
