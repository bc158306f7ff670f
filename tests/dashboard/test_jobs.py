"""What the pages know of training, and that they know it without Streamlit and torch."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from dashboard.reading import jobs, waiting
from dashboard.reading.cost import cost_words, duration
from dashboard.reading.standing import progress_words
from dashboard.reading.visitors import HOST, Visitor
from mtl_core.diagnostics.cost import estimate
from mtl_core.errors import UnknownStudyError
from mtl_core.spec import Study
from mtl_core.store import Store

ANN, BEN = Visitor("a" * 64), Visitor("b" * 64)
SMALL = Study(seeds=1, weights=0, steps=10)


def test_a_study_is_submitted_watched_and_controlled(shelf: Store) -> None:
    study = jobs.submit(SMALL, HOST)
    assert study == SMALL.id == jobs.submit(SMALL, HOST)
    assert jobs.watch(study).state == "queued"
    jobs.control(study, "stop", HOST)
    assert jobs.watch(study).state == "stopped"
    with pytest.raises(UnknownStudyError):
        jobs.watch("nothing")


def test_a_study_is_followed_to_its_end_or_for_so_long(shelf: Store) -> None:
    study = jobs.submit(SMALL, HOST)
    seen = [info.state for info in jobs.follow(study, 0.25)]
    assert set(seen) == {"queued"}
    assert 2 <= len(seen) <= 4
    steps = jobs.follow(study, 60)
    assert next(steps).state == "queued"
    jobs.control(study, "stop", HOST)
    assert [info.state for info in steps] == ["stopped"]


def test_the_store_is_opened_once_and_follows_the_servers_url(
    shelf: Store, monkeypatch: pytest.MonkeyPatch, tmp_path: str
) -> None:
    assert jobs.get_store() is jobs.get_store()
    assert jobs.get_store().url == shelf.url
    monkeypatch.setenv(jobs.STORE, f"sqlite:///{tmp_path}/other.db")
    assert jobs.get_store().url != shelf.url


def test_neither_streamlit_nor_torch_is_needed() -> None:
    check = "import sys, dashboard.reading.jobs, dashboard.draft, dashboard.words, dashboard.reading.cost; "
    check += "found = {'streamlit', 'torch'} & set(sys.modules); assert not found, found"
    subprocess.run([sys.executable, "-c", check], check=True)


def test_the_cost_is_told_before_training(shelf: Store) -> None:
    assert "not known yet" in cost_words(SMALL, None)
    jobs.submit(SMALL, HOST)
    shelf.claim("worker", "cpu")
    shelf.append(SMALL.id, [], step=10, total=10, seconds=2.0)
    shelf.set_state(SMALL.id, "finished")
    told = cost_words(Study(seeds=1, weights=0, steps=100), None)
    assert "3 runs" in told
    seconds = estimate(Study(seeds=1, weights=0, steps=100), shelf.list()).seconds
    assert seconds is not None
    assert 4 < seconds < 20, "ten times the steps, twice the evaluations"
    assert f"about {duration(seconds)}." in told
    assert "judged by other studies" in cost_words(Study(suite="chain"), None)
    assert "on screen" in cost_words(SMALL, jobs.watch(SMALL.id))


def test_who_waits_is_told_the_place_and_the_time(shelf: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "FRESH", 0.0)

    def words(study: str) -> str:
        return progress_words(jobs.watch(study))

    first, second, third = (jobs.submit(Study(seeds=1, weights=0, steps=steps), ANN) for steps in (10, 20, 40))
    assert words(second).startswith("Waiting: 1 before yours · how long they take is not known yet"), "no worker reports"
    shelf.register("worker", "cpu")
    assert words(first) == "Getting ready to train…"
    shelf.claim("worker", "cpu")
    shelf.append(first, [], step=5, total=10, seconds=4.0)
    assert words(second) == "Waiting: 1 before yours · begins in about 4 s · a first question of somebody else goes first"
    shelf.append(first, [], step=10, total=10, seconds=8.0)
    shelf.set_state(first, "finished")
    other = jobs.submit(Study(seeds=1, weights=0, steps=30), BEN)
    claimed = shelf.claim("worker", "cpu")
    assert claimed is not None
    assert claimed.id == other, "asked last, and nobody's second question is before it"
    needed = [estimate(jobs.watch(study).study, shelf.list()).seconds or 0.0 for study in (other, second)]
    told = f"Waiting: 2 before yours · begins in about {duration(sum(needed))}"
    assert words(third) == f"{told} · a first question of somebody else goes first"


def test_what_many_ask_at_the_same_moment_is_trained_once(shelf: Store) -> None:
    visitors = [Visitor(f"{number:064}") for number in range(30)]
    with ThreadPoolExecutor(10) as pool:
        ids = set(pool.map(lambda visitor: jobs.submit(SMALL, visitor), visitors))
    assert ids == {SMALL.id}
    assert [info.id for info in shelf.list()] == [SMALL.id]


@pytest.mark.parametrize(("seconds", "said"), [(0.2, "1 s"), (4.2, "5 s"), (125, "3 min"), (8000, "2.2 h")])
def test_times_are_no_finer_than_they_are_worth(seconds: float, said: str) -> None:
    assert duration(seconds) == said
