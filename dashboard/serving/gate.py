"""The gate in front of everything the server answers: pages, their connection, uploads and routes."""

import secrets
from html import escape
from urllib.parse import parse_qs, parse_qsl, quote, urlencode

from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection, Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dashboard.reading.visitors import HOST_COOKIE, TEACHER_COOKIE, VISITOR_COOKIE
from dashboard.serving.door import Door
from dashboard.words import ENGLISH, N_, say, spoken

CODE_COOKIE = "seesaw_code"

_LONGEST = 2000
_YEAR = 365 * 24 * 3600
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'self'"


class Gate:
    """Refuses what is asked by a foreign name, asks strangers for the code, and gives each browser a secret of its own.

    Cookies are ``SameSite=Lax``: nothing that another site's page starts carries them, but for following a link.
    ``Strict`` would make a stranger, with a new secret, of whoever follows a link in a mail.
    """

    def __init__(self, app: ASGIApp, door: Door) -> None:
        self.app = app
        self.door = door

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer it here."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        asked = HTTPConnection(scope)
        if not self.door.names.knows(asked.headers.get("host")):
            words = N_(
                "This server is not known by the name it was asked by. Whoever started it can allow it: --allow-host NAME."
            )
            await _refuse(scope, receive, send, PlainTextResponse(_said(words, asked) + "\n", 403))
        elif not self.door.tells_apart:
            await self.app(scope, receive, send)
        elif scope["type"] == "http" and (answer := await self._enter(Request(scope, receive))) is not None:
            await answer(scope, receive, send)
        elif not self._knows(asked):
            await _refuse(scope, receive, send, _closed(asked))
        else:
            await self.app(scope, receive, self._with_secret(asked, send) if scope["type"] == "http" else send)

    def _knows(self, asked: HTTPConnection) -> bool:
        """Whether the browser was let in before."""
        return self.door.lets_in(*(asked.cookies.get(name, "") for name in (CODE_COOKIE, HOST_COOKIE, TEACHER_COOKIE)))

    async def _enter(self, request: Request) -> Response | None:
        """The answer to a code or key that is given; None where none is."""
        query = dict(parse_qsl(request.url.query))
        door, address = self.door, request.client.host if request.client else ""
        given = {name: query.pop(name) for name in ("key", "code") if name in query}
        # A teacher's key that is none stays in the address: the page says so, and whoever sent it is one of the class.
        taught = door.is_teacher(query.get("teacher", "")) and bool(query.pop("teacher"))
        known = self._knows(request)
        if request.method == "POST" and not known:
            given = {"code": await _code_of(request)}
        if not (given or taught) or request.method not in ("GET", "POST"):
            return None
        # A path that begins with two slashes would lead to another server.
        onward = RedirectResponse("/" + quote(request.url.path.lstrip("/")) + (f"?{urlencode(query)}" if query else ""), 303)
        if door.tries.exhausted(address):
            return _form(request, N_("Too many wrong codes. Wait a minute and try again."), 429)
        if taught:
            _set(onward, request, TEACHER_COOKIE, door.mark(door.teacher))
        if door.is_key(given.get("key", "")):
            _set(onward, request, HOST_COOKIE, door.mark(door.key))
        elif door.is_code(given.get("code", "")):
            _set(onward, request, CODE_COOKIE, door.mark(door.code))
        elif not door.code or known or taught:
            return onward
        else:
            door.tries.note(address)
            return _form(request, N_("This is not the code. Look again at what you were given."), 401)
        return onward

    def _with_secret(self, asked: HTTPConnection, send: Send) -> Send:
        """Adds the visitor's secret to the first page that a browser gets."""
        if asked.cookies.get(VISITOR_COOKIE):
            return send

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if headers.get("content-type", "").startswith("text/html"):
                    cookie = Response()
                    _set(cookie, asked, VISITOR_COOKIE, secrets.token_urlsafe(24), _YEAR)
                    headers.append("Set-Cookie", cookie.headers["set-cookie"])
            await send(message)

        return answer


def _set(response: Response, asked: HTTPConnection, name: str, value: str, age: int | None = None) -> None:
    secure = asked.url.scheme in ("https", "wss")
    response.set_cookie(name, value, max_age=age, httponly=True, samesite="lax", secure=secure)


async def _code_of(request: Request) -> str:
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > _LONGEST:
            return ""
    return parse_qs(body.decode("utf-8", "replace")).get("code", [""])[0]


async def _refuse(scope: Scope, receive: Receive, send: Send, answer: Response) -> None:
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": 1008})
    else:
        await answer(scope, receive, send)


def _closed(asked: HTTPConnection) -> Response:
    if "text/html" in asked.headers.get("accept", ""):
        return _form(asked, "", 401)
    return PlainTextResponse(_said(N_("An access code is needed."), asked) + "\n", 401)


def _language(asked: HTTPConnection) -> str:
    """The language that the browser asks for; there is no session yet that would know the reader's."""
    return asked.headers.get("accept-language", ENGLISH).split(",")[0].split(";")[0].strip() or ENGLISH


def _said(message: str, asked: HTTPConnection) -> str:
    return say(message, _language(asked))


def _form(asked: HTTPConnection, problem: str, status: int) -> Response:
    said = f'<p id="problem" role="alert">{escape(_said(problem, asked))}</p>' if problem else ""
    described = ' aria-describedby="problem" aria-invalid="true"' if problem else ""
    label, button, hint = (
        escape(_said(words, asked))
        for words in (N_("Access code"), N_("Come in"), N_("Whoever started this server was told the code."))
    )
    page = f"""<!doctype html>
<html lang="{spoken(_language(asked))}"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width"><title>Seesaw</title>
<style>
:root {{ color-scheme: light dark; font: 1.1rem/1.5 system-ui, sans-serif }}
main {{ max-width: 24rem; margin: 15vh auto; padding: 0 1rem }}
input, button {{ display: block; box-sizing: border-box; width: 100%; padding: .6rem; margin: .4rem 0 1rem; font: inherit }}
</style></head>
<body><main><h1>Seesaw</h1>{said}
<form method="post"><label for="code">{label}</label>
<input id="code" name="code" autocomplete="off" autocapitalize="none" spellcheck="false" required autofocus{described}>
<button>{button}</button></form>
<p>{hint}</p></main></body></html>"""
    return HTMLResponse(page, status, headers={"Content-Security-Policy": _POLICY, "Cache-Control": "no-store"})
