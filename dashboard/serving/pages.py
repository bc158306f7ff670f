"""The document of every page, with the little that must run before Streamlit does."""

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# Streamlit adds an entry to the browser's history with each parameter that a page sets; Back would step through them all. And a
# page that is left while it is still being drawn puts itself in front once more; until the person does something after Back,
# nothing that pages say of themselves is a step of the person's.
_SCRIPT = b"""<script>
(() => {
  const push = history.pushState.bind(history)
  let left = false
  addEventListener("popstate", () => { left = true }, true)
  for (const act of ["pointerdown", "keydown"]) addEventListener(act, () => { left = false }, true)
  history.pushState = (state, title, url) => {
    const here = left || url == null || new URL(url, location.href).pathname === location.pathname
    return here ? history.replaceState(state, title, url) : push(state, title, url)
  }
})()
</script>"""

_ASKED_PLAIN = (b"accept-encoding", b"if-none-match", b"if-modified-since", b"range")


class Pages:
    """Lets Back take one press a page: what a page says of itself in its address replaces what it said before."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and put the script into the answer where that is a page."""
        headers = scope.get("headers", [])
        if scope["type"] != "http" or not any(name == b"accept" and b"text/html" in value for name, value in headers):
            await self.app(scope, receive, send)
            return
        # Whole and plain, so that there is something to add to; a document has a few thousand bytes.
        scope = {**scope, "headers": [(name, value) for name, value in headers if name not in _ASKED_PLAIN]}
        start: Message | None = None
        body = b""

        async def answer(message: Message) -> None:
            nonlocal start, body
            if message["type"] == "http.response.start":
                kind = MutableHeaders(scope=message).get("content-type", "")
                if message["status"] == 200 and kind.startswith("text/html"):
                    start = message
                    return
            elif start is not None:
                body += message.get("body", b"")
                if message.get("more_body"):
                    return
                body = body.replace(b"<head>", b"<head>" + _SCRIPT, 1)
                changed = MutableHeaders(scope=start)
                changed["content-length"] = str(len(body))
                del changed["etag"], changed["last-modified"]
                await send(start)
                message = {"type": "http.response.body", "body": body}
            await send(message)

        await self.app(scope, receive, answer)
