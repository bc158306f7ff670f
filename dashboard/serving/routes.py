"""What the server answers besides the pages: the chart library, its health, and where the first page lives."""

import gzip
import importlib.metadata
from functools import lru_cache
from pathlib import Path

import plotly
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dashboard.components.live_plot import LIVE_PATH
from dashboard.components.plotly import PLOTLY_PATH, PLOTLY_URL
from dashboard.reading import jobs
from dashboard.serving.door import Door
from dashboard.serving.gate import Gate
from dashboard.serving.live import live
from dashboard.serving.pages import Pages
from mtl_core.errors import SeesawError

_YEAR = "public, max-age=31536000, immutable"


@lru_cache(maxsize=2)
def plotly_bytes(compressed: bool) -> bytes:
    """The chart library, plain or as gzip."""
    content = (Path(plotly.__file__).parent / "package_data" / "plotly.min.js").read_bytes()
    return gzip.compress(content, compresslevel=6) if compressed else content


async def plotly_js(request: Request) -> Response:
    """plotly.js from the installed package; browsers keep it for a year under the address that carries its version."""
    # Compressed once and by us: the server's own compression would do it again at every request.
    compressed = "gzip" in request.headers.get("accept-encoding", "")
    content = await run_in_threadpool(plotly_bytes, compressed)
    headers = {"Cache-Control": _YEAR, "Content-Encoding": "gzip" if compressed else "identity", "Vary": "Accept-Encoding"}
    return Response(content, media_type="text/javascript", headers=headers)


async def health(_request: Request) -> Response:
    """Whether studies can be read, kept and trained: the store answers, can be written, and a worker gives signs of life.

    Status 503 with the problem in words where not.
    """

    def look() -> dict[str, object]:
        store = jobs.get_store()
        workers = [{"name": worker.name, "device": worker.device} for worker in store.workers(jobs.ALIVE)]
        if (fault := store.fault()) is not None:
            return {"status": "store cannot be written", "problem": fault, "workers": workers}
        if not workers:
            return {"status": "no worker", "problem": store.trouble() or "no worker reports; studies wait.", "workers": []}
        return {"status": "ok", "workers": workers, "damaged": list(store.survey()[1])}

    body: dict[str, object] = {"version": importlib.metadata.version("seesaw-mtl")}
    try:
        body |= await run_in_threadpool(look)
    except SeesawError as problem:
        body |= {"status": "store unavailable", "problem": str(problem)}
    return JSONResponse(body, status_code=200 if body["status"] == "ok" else 503)


async def play(request: Request) -> Response:
    """The Play page lives at the root; its own name leads there."""
    query = request.url.query
    return RedirectResponse("/" + (f"?{query}" if query else ""))


class Headers:
    """Headers of every page: the browser fetches the chart library while it still starts the page.

    It guesses no types, and no other site may frame the page.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and add to the answer's headers."""

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["X-Content-Type-Options"] = "nosniff"
                headers["Referrer-Policy"] = "same-origin"
                headers["X-Frame-Options"] = "SAMEORIGIN"
                headers.setdefault("Content-Security-Policy", "frame-ancestors 'self'")
                if headers.get("content-type", "").startswith("text/html"):
                    headers["Link"] = f"<{PLOTLY_URL}>; rel=preload; as=script"
            await send(message)

        await self.app(scope, receive, answer if scope["type"] == "http" else send)


def middleware(door: Door) -> list[Middleware]:
    """What every request passes before anything answers it."""
    return [Middleware(Headers), Middleware(Gate, door=door), Middleware(Pages)]


ROUTES = [Route(PLOTLY_PATH, plotly_js), Route("/api/health", health), Route(LIVE_PATH, live), Route("/play", play)]
