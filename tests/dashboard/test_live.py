"""What is new of a study is drawn once for all who look, and told to those alone who have not heard it."""

import asyncio
import gc
import gzip
import json
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar
from urllib.parse import urlencode
from weakref import ref

import plotly.graph_objects as go
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response

from dashboard.components.live_plot import LIVE_PATH
from dashboard.reading import drawings
from dashboard.reading.load import Turns
from dashboard.reading.standing import looks
from dashboard.reading.studies import read
from dashboard.serving.live import live
from dashboard.showing.pictures import draw_weights
from dashboard.showing.play_tradeoff import draw_training
from mtl_core.diagnostics import Result
from mtl_core.diagnostics.latest import moves
from mtl_core.store import Store

T = TypeVar("T")
DRAWN: list[str] = []


def draw(result: Result, *, label: str) -> go.Figure:
    """A picture that says how often it was drawn."""
    DRAWN.append(label)
    return go.Figure(layout={"title": {"text": f"{label} {len(result.records)}"}, "meta": {"alt": label}})


async def asked(study: str, *pictures: str, tag: str = "", language: str = "en") -> Response:
    """The route's answer to one question."""
    query = urlencode([("study", study), ("language", language), *(("picture", name) for name in pictures)])
    headers = [(b"if-none-match", tag.encode())] if tag else []
    scope = {"type": "http", "method": "GET", "path": LIVE_PATH, "query_string": query.encode(), "headers": headers}
    return await live(Request(scope | {"app": Starlette()}))


def run(question: Coroutine[Any, Any, T]) -> T:
    """What comes of it in a loop of its own: this thread may have one already, for a browser."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, question).result()


def told(answer: Response) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(gzip.decompress(bytes(answer.body)))
    return found


def test_fifty_who_look_at_once_cost_one_drawing(shelf: Store, put: Any, pair: Any) -> None:
    study = put(pair, part=0.5, state="running")
    name = drawings.recipe(draw, label="equal").name
    DRAWN.clear()

    async def everybody() -> list[Response]:
        return list(await asyncio.gather(*(asked(study, name) for _ in range(50))))

    answers = run(everybody())
    assert DRAWN == ["equal"]
    assert {answer.status_code for answer in answers} == {200}
    assert len({bytes(answer.body) for answer in answers}) == 1
    picture = told(answers[0])["pictures"][name]
    assert picture["alt"] == "equal"
    assert picture["figure"]["layout"]["title"]["text"].startswith("equal ")
    assert told(answers[0])["looks"] == looks(read(shelf, study))


def test_who_has_the_answer_is_told_so_and_what_is_new_is_drawn(shelf: Store, put: Any, pair: Any) -> None:
    study = put(pair, part=0.5, state="running")
    name = drawings.recipe(draw, label="equal").name

    async def twice() -> tuple[Response, Response, Response]:
        first = await asked(study, name)
        again = await asked(study, name, tag=first.headers["etag"])
        shelf.append(study, pair.records[-1:], step=1, total=2)
        await asyncio.sleep(0.3)
        return first, again, await asked(study, name, tag=first.headers["etag"])

    first, again, later = run(twice())
    assert again.status_code == 304
    assert not again.body
    assert float(again.headers["seesaw-again"]) >= 0.4
    assert later.status_code == 200
    assert told(later)["pictures"][name] != told(first)["pictures"][name]
    assert told(later)["progress"] == 0.5


def test_what_the_server_does_not_know_is_said(shelf: Store, put: Any, pair: Any) -> None:
    study = put(pair, part=0.5, state="running")
    answer = run(asked(study, "0" * 20))
    assert told(answer)["forgotten"] == ["0" * 20]
    gone = run(asked("0123456789ab"))
    assert gone.status_code == 404
    assert "0123456789ab" in json.loads(bytes(gone.body))["problem"]


def test_a_picture_of_another_study_takes_no_other_with_it(shelf: Store, put: Any, pair: Any) -> None:
    study = put(pair, part=0.5, state="running")
    good = drawings.recipe(draw, label="equal").name
    foreign = drawings.recipe(draw_weights, labels=["a label of another study"]).name
    answer = told(run(asked(study, good, foreign)))
    assert list(answer["pictures"]) == [good]
    assert answer["forgotten"] == [foreign]


def test_what_is_kept_of_a_drawing_does_not_keep_the_tables(shelf: Store, put: Any, pair: Any) -> None:
    study = put(pair)
    result = Result(pair.study, pair.layout, pair.records, "finished", study)
    kept = drawings.drawing(study, result, drawings.recipe(draw, label="equal"))
    there = ref(result)
    del result
    gc.collect()
    assert there() is None
    assert kept.source() is None


def test_a_picture_of_a_part_is_drawn_anew_when_that_part_moves(put: Any, pair: Any) -> None:
    study, half = put(pair), len(pair.records) // 2
    before = Result(pair.study, pair.layout, pair.records[:half], "running", study)
    quiet = next(record for record in pair.records[half:] if not moves([record]))
    recipe = drawings.recipe(draw_training, "latest", pair=["left", "right"], height=300)
    first, whole = drawings.drawing(study, before, recipe), drawings.recipe(draw, label="equal")
    other = drawings.drawing(study, before, whole)
    later = before.extended([quiet], "running")
    assert drawings.drawing(study, later, recipe) is first
    assert drawings.drawing(study, later, whole) is not other
    assert drawings.drawing(study, later.extended(pair.records[half:], "running"), recipe) is not first


def test_a_page_is_drawn_anew_when_it_would_say_something_else(shelf: Store, put: Any, pair: Any) -> None:
    study = put(pair, part=0.5, state="running")
    before = looks(read(shelf, study))
    shelf.append(study, pair.records[-1:], step=pair.total, total=pair.total)
    assert looks(read(shelf, study)) == before, "pictures and progress move by themselves"
    shelf.set_state(study, "finished")
    assert looks(read(shelf, study)) != before


def test_a_drawing_is_kept_while_the_tables_are_the_same(shelf: Store, put: Any, pair: Any) -> None:
    study = put(pair)
    recipe = drawings.recipe(draw_weights, labels=["equal"])
    result = read(shelf, study).result
    assert result is not None
    kept = drawings.drawing(study, result, recipe)
    assert drawings.drawing(study, result, recipe) is kept
    assert drawings.drawing(study, result, drawings.recipe(draw_weights, labels=["left alone"])) is not kept


def test_a_choice_that_cannot_be_written_down_is_no_choice() -> None:
    with pytest.raises(TypeError):
        drawings.recipe(draw, label=object())


def test_turns_grow_with_what_they_cost() -> None:
    turns = Turns(0.4, 0.5, 10)
    assert turns.interval() == 0.5
    for who in range(5):
        turns.note(str(who), 0.4)
        turns.note(str(who), 0.4)
    assert turns.interval() == pytest.approx(3.0), "two seconds of work in five"
    turns.note("a slow one", 100)
    assert turns.interval() == 10


def test_who_asks_no_more_costs_nothing_after_three_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0
    monkeypatch.setattr("dashboard.reading.load.time.monotonic", lambda: now)
    turns = Turns(0.4, 0.5, 10)
    turns.note("goes away", 2.0)  # three seconds from turn to turn
    now = 8.0
    turns.note("stays", 0.4)
    assert turns.interval() == pytest.approx(3.6)
    now = 9.1
    assert turns.interval() == pytest.approx(0.6)
