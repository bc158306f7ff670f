"""Many people who each train a question of their own, and a class that opens one and the same link.

Starts the ``seesaw`` command with an empty store. Each visitor opens the page as a browser does, over the page's own connection
and with a secret of its own, types a learning rate that nobody else has, presses Train when all are there, and follows the
study to its end as the page does. Visitors run on the server's own processors, so what is told is no better than what people
elsewhere would see. Fails where a study is lost or trained twice, a connection breaks, or somebody's second question is begun
while another's first waits.

    .venv/bin/python tests/benchmarks/askers.py --visitors 30 50 --questions 1 2 --class-of 30
"""

import argparse
import asyncio
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from visiting import PATIENCE, Server, Tab, opened, serving, visit

from mtl_core.spec import Study
from mtl_core.store import StudyInfo

FLAGS = ("--allow-host", "seesaw.test", "--open", "--train-links")
"""Visitors are told apart where others than those at this machine may come."""


@dataclass
class Asked:
    """What one visitor saw.

    Args:
        studies: what was asked for, in this order.
        clicked: when Train was pressed for each, in seconds since 1970.
        steps: at how many moments the last one was seen between its beginning and its end.
        ended: when the page showed its end.
        lost: whether the connection broke.
    """

    studies: list[str] = field(default_factory=list)
    clicked: list[float] = field(default_factory=list)
    steps: int = 0
    ended: float = 0.0
    lost: bool = False


async def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--visitors", type=int, nargs="*", default=[1, 30], help="how many ask at the same time")
    parser.add_argument("--questions", type=int, nargs="*", default=[1, 2], help="how many each asks for, one after the other")
    parser.add_argument("--class-of", type=int, nargs="*", default=[30], help="how many open one link")
    arguments = parser.parse_args()
    counts = [*arguments.visitors, *arguments.class_of]
    # Every visitor may wait for an answer at the same time.
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(max(counts) + 1))
    if arguments.visitors:
        head = ("visitors", "questions each", "all done", "click to queued, median / p95", "in the queue, median / max")
        head = (*head, "click to end shown, median / max", "never saw a live step", "server processor", "memory")
        _rule(head)
        for count in arguments.visitors:
            for questions in arguments.questions:
                with serving(*FLAGS) as server:
                    _line(await asking(server, count, questions))
    if arguments.class_of:
        print()
        _rule(("opened the same link", "first page, median / max", "end shown, median / max", "studies trained", "memory"))
        for count in arguments.class_of:
            with serving(*FLAGS) as server:
                _line(await opening(server, count))


async def asking(server: Server, count: int, questions: int) -> Sequence[str]:
    """A line: what so many visitors see who ask so many questions each; raises AssertionError where it is not as wanted."""
    there, began, before = asyncio.Barrier(count), time.time(), server.processor()

    async def ask(number: int) -> Asked:
        found = Asked()
        try:
            async with visit(server, visitor=f"visitor-{number}") as tab:
                await there.wait()
                for question in range(questions):
                    await tab.run(learning_rate=0.001 + 1e-5 * (number + count * question))
                    if question == 0:
                        await there.wait()  # all press Train at the same moment
                    found.clicked.append(time.time())
                    await tab.run(Train=True)
                    assert not tab.problems, tab.problems
                    found.studies.append(tab.study)
                found.steps = await follow(tab)
                found.ended = time.time()
        except ConnectionError:
            found.lost = True
        return found

    seen = await asyncio.gather(*(ask(number) for number in range(count)))
    until = time.monotonic() + PATIENCE
    while server.store.going() and time.monotonic() < until:
        await asyncio.sleep(0.2)
    first = min(asked.clicked[0] for asked in seen if asked.clicked)
    kept = {info.id: info for info in server.store.list() if info.owner}
    check(seen, kept, questions)
    at = [(click, kept[study]) for asked in seen for click, study in zip(asked.clicked, asked.studies, strict=True)]
    last = max(moment(info, "finished") for _, info in at)
    return (
        *(f"{count}", f"{questions}", f"{last - first:.0f} s"),
        _two([moment(info, "created") - click for click, info in at], lambda found: np.quantile(found, 0.95)),
        _two([moment(info, "started") - moment(info, "created") for _, info in at]),
        _two([asked.ended - asked.clicked[-1] for asked in seen]),
        f"{sum(asked.steps == 0 for asked in seen)}",
        f"{100 * (server.processor() - before) / (time.time() - began):.0f} %",
        f"{server.memory():.0f} MB",
    )


def check(seen: Sequence[Asked], kept: dict[str, StudyInfo], questions: int) -> None:
    """Raises AssertionError unless all was trained once, in a fair order, and no connection broke."""
    assert not any(asked.lost for asked in seen), f"{sum(asked.lost for asked in seen)} connections broke"
    asked_for = [study for asked in seen for study in asked.studies]
    assert len(set(asked_for)) == len(asked_for) == questions * len(seen), "two visitors were shown one study"
    assert set(asked_for) == set(kept), f"asked for {len(asked_for)} studies, the store has {len(kept)}"
    assert {info.state for info in kept.values()} == {"finished"}
    for mine in seen:
        for turn, later in enumerate(mine.studies[1:], start=1):
            begun = moment(kept[later], "started")
            for other in seen:
                for study in other.studies[:turn]:  # their question of an earlier turn, if it was there by then
                    info = kept[study]
                    waited = moment(info, "created") < begun < moment(info, "started")
                    assert not waited or other is mine, f"question {turn + 1} of one was begun before another's earlier one"
        assert all(moment(kept[one], "started") < moment(kept[next_], "started") for one, next_ in pairwise(mine.studies))


async def opening(server: Server, count: int) -> Sequence[str]:
    """A line: what a class sees that opens one link at the same moment; raises AssertionError unless one study is trained."""
    rate, before = 0.00123, {info.id for info in server.store.list()}

    async def come(number: int) -> tuple[float, float]:
        began = time.perf_counter()
        async with visit(server, f"learning_rate={rate}", f"student-{number}") as tab:
            first = time.perf_counter() - began
            await follow(tab)
            assert tab.study == Study(learning_rate=rate).id, tab.problems
            return first, time.perf_counter() - began

    times = await asyncio.gather(*(come(number) for number in range(count)))
    trained = [info for info in server.store.list() if info.id not in before]
    assert [(info.id, info.state) for info in trained] == [(Study(learning_rate=rate).id, "finished")]
    firsts, ends = zip(*times, strict=True)
    return f"{count}", _two(firsts), _two(ends), f"{len(trained)}", f"{server.memory():.0f} MB"


async def follow(tab: Tab) -> int:
    """Follow the study on screen until the page shows its end; at how many moments it was seen between beginning and end."""
    steps, tag, until = 0, "", time.monotonic() + PATIENCE
    while tab.looks:
        assert time.monotonic() < until, f"no end of {tab.study} was seen"
        news, tag, again = await tab.news(tag)
        if news is not None:
            told = opened(news)
            steps += 0 < told["progress"] < 1
            if told["looks"] != tab.looks:
                await tab.run(part=tab.part)
                continue
        await asyncio.sleep(max(0.4, again))
    return steps


def moment(info: StudyInfo, name: str) -> float:
    """One of a study's times, in seconds since 1970."""
    at = getattr(info, name)
    assert at is not None, f"{info.id} was never {name}"
    return float(at.timestamp())


def _two(found: Sequence[float], high: Callable[[Sequence[float]], float] = max) -> str:
    return f"{np.median(found):.1f} / {high(found):.1f} s"


def _rule(head: Sequence[str]) -> None:
    _line(head)
    _line(["---:"] * len(head))


def _line(cells: Sequence[str]) -> None:
    print(f"| {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    asyncio.run(main())
