"""What is new of a study that trains, for the pages that show it: one answer for all who look at the same pictures.

A page that trains asks ``/api/live?study=ID&language=en&picture=NAME&picture=NAME`` again and again and draws what it gets; the
page itself runs anew only when ``looks`` changes. However many ask, a picture is drawn once, and an answer is made once and
kept for a moment; who has it already is told so.
"""

import asyncio
import gzip
import hashlib
import json
import time
from collections import OrderedDict
from dataclasses import dataclass
from functools import partial

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from dashboard import words
from dashboard.figures import frame
from dashboard.reading import drawings, jobs
from dashboard.reading.load import PAGES, PICTURES
from dashboard.reading.standing import looks, progress_words
from dashboard.reading.studies import read
from mtl_core.errors import SeesawError, UnknownStudyError

FRESH = 0.25
"""Seconds for which an answer is given again without another look at the store."""

MAXIMUM_PICTURES = 48
"""The most pictures in one question."""

_KEPT = 256


@dataclass(frozen=True)
class Answer:
    """What the pages that ask the same get."""

    body: bytes
    tag: str
    at: float


_answers: OrderedDict[str, "asyncio.Task[Answer]"] = OrderedDict()


async def live(request: Request) -> Response:
    """What is new of a study; status 304 for who has it, 404 with the words for a study that is gone, 503 without a store."""
    asked = request.query_params
    pictures = tuple(dict.fromkeys(asked.getlist("picture")))[:MAXIMUM_PICTURES]
    try:
        answer = await _shared(str(asked.get("study", "")), str(asked.get("language", words.ENGLISH)), pictures)
    except UnknownStudyError as problem:
        return JSONResponse({"problem": str(problem)}, 404)
    except SeesawError as problem:
        return JSONResponse({"problem": str(problem)}, 503)
    again = {"Seesaw-Again": f"{PICTURES.interval():.2f}", "Seesaw-Refresh": f"{PAGES.interval():.1f}"}
    headers = {"ETag": answer.tag, "Cache-Control": "no-store"} | again
    if request.headers.get("if-none-match") == answer.tag:
        return Response(status_code=304, headers=headers)
    headers |= {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
    return Response(answer.body, media_type="application/json", headers=headers)


async def _shared(study_id: str, language: str, pictures: tuple[str, ...]) -> Answer:
    """The answer that is being made or was made just now, else a new one."""
    key = "\n".join((study_id, language, *pictures))
    task = _answers.get(key)
    if task is None or (task.done() and not _is_fresh(task)):
        task = asyncio.create_task(run_in_threadpool(partial(_make, study_id, language, pictures)))
        _answers[key] = task
        while len(_answers) > _KEPT:
            _answers.popitem(last=False)
    _answers.move_to_end(key)
    # Who goes away while it is made leaves it to the others.
    return await asyncio.shield(task)


def _is_fresh(task: "asyncio.Task[Answer]") -> bool:
    failed = task.cancelled() or task.exception() is not None
    return not failed and time.monotonic() - task.result().at <= FRESH


def _make(study_id: str, language: str, pictures: tuple[str, ...]) -> Answer:
    began = time.thread_time()
    with words.speaking(language):
        reading = read(jobs.get_store(), study_id)
        told = {
            "looks": looks(reading),
            "progress": reading.info.progress,
            "words": progress_words(reading.info),
        }
    parts, forgotten = [], []
    for name in pictures:
        recipe = drawings.known(name)
        if recipe is None:
            forgotten.append(name)
        elif reading.result is not None:
            try:
                found = drawings.drawing(study_id, reading.result, recipe)
            except SeesawError:  # of another study, whose kinds of run this one does not have
                forgotten.append(name)
                continue
            parts.append(f'{json.dumps(name)}: {{"figure": {found.json}, "alt": {json.dumps(frame.alt(found.picture))}}}')
    head = json.dumps(told | {"forgotten": forgotten})
    plain = f'{head[:-1]}, "pictures": {{{", ".join(parts)}}}}}'.encode()
    tag = f'"{hashlib.blake2b(plain, digest_size=10).hexdigest()}"'
    body = gzip.compress(plain, compresslevel=1)
    if len(forgotten) < len(pictures):  # what nobody's page asks for slows no page down
        PICTURES.note("\n".join((study_id, language, *pictures)), time.thread_time() - began)
    return Answer(body, tag, time.monotonic())
