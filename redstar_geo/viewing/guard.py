"""What stands before the app: a request that is foreign, too much, too large or too slow ends here, before any work.

Gradio answers any `Host`, lets any page of the web call it where it is served under a name, fetches addresses for
visitors, and takes uploads without end. So only what its own page needs is let through.
"""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from urllib.parse import unquote_to_bytes, urlsplit

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from redstar_geo.viewing.rate import RateLimit, visitor
from redstar_geo.viewing.upload_folder import UploadFolder
from redstar_geo.viewing.uploads import MOST_BYTES

LOCAL_NAMES = ("localhost", "127.0.0.1", "::1")
BODY_S = 60.0  # until the whole of what is sent is there
_LARGEST = MOST_BYTES + (1 << 20)  # a picture and what goes with it
_LARGE, _LARGE_AT_ONCE, _LARGE_OF_ONE = 1 << 18, 32, 4  # bodies in memory at a time: of all visitors, of one
_MOST_PARTS, _MOST_PLACES = 64, 20_000  # lines that may divide an upload; brackets and commas in JSON
_A_MINUTE, _AT_ONCE = 3_000.0, 3_000  # requests of one visitor; an ordinary page needs a hundred
_A_PAGE, _A_TENTH_OF_A_MB = 20.0, 1.0  # as so many requests count a page's HTML, and a body by its size
_A_SESSION = (
    50.0  # and what may begin a session around the queue: those that others use are forgotten when they are many
)

_HOST = re.compile(r"(\[[0-9a-fA-F:.]+\]|[^\s:@/?#\[\]]+)(?::\d{1,5})?")
FONT = "/fonts/NotoSansSC.woff2"
_PAGES = ("/", "/config", "/gradio_api/info", "/gradio_api/openapi.json", "/login", "/logout")
_READ = re.compile(
    r"/(?:config|theme\.css|robots\.txt|favicon\.ico|manifest\.json|logout|login_check|user)?/?"
    rf"|{re.escape(FONT)}|/(?:static|assets|svelte|pwa_icon)/.*"
    r"|/gradio_api/(?:info|openapi\.json|app_id|user|token|login_check|theme\.css|startup-events|upload_progress)/?"
    r"|/gradio_api/(?:queue/data|queue/status|heartbeat/\w+|call/[\w/]+|file=.*)"
)
_WRITE = re.compile(r"/login/?|/gradio_api/(?:queue/join|call/[\w/]+|run/\w+|api/\w+|cancel|reset|upload)/?")
_FILE = "/gradio_api/file="
_BEGINS_SESSION = re.compile(r"/gradio_api/(?:run|api|heartbeat)/.*")
_UNSEEN = (b"forwarded", b"x-real-ip", b"accept-encoding")  # the last so that answers to uploads can be read
_POLICY = (  # nothing from outside; Gradio's own page needs inline scripts and styles
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; media-src 'self' data: blob:; font-src 'self' data:; connect-src 'self' data: blob:; "
    "worker-src 'self' blob:; frame-src 'self'; object-src 'none'; base-uri 'self'; form-action 'self'; "
    "frame-ancestors "
)


class _Refusal(Exception):
    def __init__(self, status: int, said: str) -> None:
        super().__init__(status, said)
        self.status, self.said = status, said


class Guard:
    """In front of the app.

    Args:
        host: that it listens on.
        allowed_hosts: names that it is served under, besides `host`, those of this machine and the address that it is
            reached at.
        framed_by: origins whose pages may show it in a frame.
    """

    def __init__(
        self,
        app: ASGIApp,
        uploads: UploadFolder,
        host: str,
        allowed_hosts: Collection[str] = (),
        framed_by: Sequence[str] = (),
    ) -> None:
        self.app, self.uploads = app, uploads
        self._given = {name.lower() for name in allowed_hosts}
        self._names = self._given | {*LOCAL_NAMES, host.lower()}
        self._requests = RateLimit(_A_MINUTE, _AT_ONCE)
        self._large = Counter[str]()  # bodies in memory, by visitor
        self._headers = [
            (b"content-security-policy", f"{_POLICY}{' '.join(framed_by) or chr(39) + 'none' + chr(39)}".encode()),
            (b"x-content-type-options", b"nosniff"),
            (b"referrer-policy", b"no-referrer"),
            (b"cross-origin-opener-policy", b"same-origin"),
            (b"cross-origin-resource-policy", b"same-origin"),
            *([] if framed_by else [(b"x-frame-options", b"DENY")]),
        ]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *self._headers]
            await send(message)

        try:
            await self._pass(scope, receive, with_headers)
        except _Refusal as refusal:
            await _refuse(refusal, with_headers)

    async def _pass(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        who = visitor(scope["client"][0] if scope["client"] else None)
        size = self._check(scope, headers, who)
        unseen = _UNSEEN if _uploads(scope) else _UNSEEN[:-1]
        scope["headers"] = [  # uvicorn has read them, if a proxy is trusted; Gradio believes them from anybody
            (name, value)
            for name, value in scope["headers"]
            if not name.startswith(b"x-forwarded-") and name not in unseen
        ]
        scope["query_string"] = _without_page(scope["query_string"])
        if not size:
            await self.app(scope, receive, send)
            return
        large = who if size > _LARGE else ""
        if large and (self._large[who] >= _LARGE_OF_ONE or self._large.total() >= _LARGE_AT_ONCE):
            raise _Refusal(429, "Too many uploads at once. Wait for those that run.")
        self._large[large] += bool(large)
        try:
            body = await _whole(receive)
            _check_body(body, headers)
            again = _Again(body, receive)
            await self.app(scope, again, self.uploads.noting(who, send) if _uploads(scope) else send)
        finally:
            self._large[large] -= bool(large)

    def _check(self, scope: Scope, headers: Mapping[str, str], who: str) -> int:
        """The size of the body.

        Raises:
            _Refusal: the request ends here.
        """
        path, method = scope["path"], scope["method"]
        host = _HOST.fullmatch(headers.get("host", ""))
        reached = scope["server"][0] if scope["server"] else ""
        if host is None or host[1].lower().strip("[]") not in {*self._names, reached}:
            raise _Refusal(421, "This name is not served here. Start the app with --allowed-host and the name.")
        if not self._at_home(headers):  # nor counted: a foreign page would use up what its reader may ask
            raise _Refusal(403, "Pages of other origins may not use this app.")
        size = _size(headers)
        cost = _A_PAGE if path in _PAGES else _A_SESSION if _BEGINS_SESSION.fullmatch(path) else 1.0
        if not self._requests.allows(who, cost + size / 100_000 * _A_TENTH_OF_A_MB):
            raise _Refusal(429, "Too many requests in a short time. Wait a little.")
        known = _READ if method in ("GET", "HEAD") else _WRITE if method == "POST" else None
        if known is None or not known.fullmatch(path):
            raise _Refusal(404, "There is nothing here.")
        if path.startswith(_FILE) and not self.uploads.holds(path.removeprefix(_FILE)):
            raise _Refusal(403, "This file is not shown.")
        return size

    def _at_home(self, headers: Mapping[str, str]) -> bool:
        """Whether no page of another origin sends this; following a link to the app is no such thing."""
        origin = headers.get("origin")
        if origin is not None:
            try:
                place = urlsplit(origin)
            except ValueError:  # half of a bracket
                return False
            return place.netloc.lower() == headers["host"].lower() or place.hostname in self._given
        site = headers.get("sec-fetch-site", "none")
        return site in ("none", "same-origin") or headers.get("sec-fetch-mode") == "navigate"


def _size(headers: Mapping[str, str]) -> int:
    """What the request says of its body's size; uvicorn takes no more than it says."""
    said = headers.get("content-length", "0")
    if "transfer-encoding" in headers or not said.isdecimal() or int(said) > _LARGEST:
        raise _Refusal(413, f"At most {_LARGEST >> 20} MB are taken, of a size that is said before.")
    return int(said)


def _without_page(query: bytes) -> bytes:
    """Gradio's route for other pages reads `page` of any address as the name of one, and fails where there is none."""
    return b"&".join(part for part in query.split(b"&") if unquote_to_bytes(part.partition(b"=")[0]) != b"page")


async def _whole(receive: Receive) -> bytes:
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_S):
            while (message := await receive())["type"] == "http.request":
                body += message.get("body", b"")
                if not message.get("more_body"):
                    return bytes(body)
    except TimeoutError:
        pass
    raise _Refusal(408, "What was sent did not come in time.")


def _check_body(body: bytes, headers: Mapping[str, str]) -> None:
    """Refuse what is small to send and costly to read: files without number, lists without end."""
    if headers.get("content-type", "").lower().startswith("multipart/"):
        if body.count(b"\r\n--") > _MOST_PARTS:
            raise _Refusal(413, "Too many files at once.")
    elif sum(body.count(sign) for sign in (b"[", b"{", b",")) > _MOST_PLACES:
        raise _Refusal(413, "Too many values at once.")


class _Again:
    """A body that was read, to be read again; then whether the visitor has gone."""

    def __init__(self, body: bytes, receive: Receive) -> None:
        self._body: bytes | None = body
        self._receive = receive

    async def __call__(self) -> Message:
        if self._body is None:
            return await self._receive()
        body, self._body = self._body, None
        return {"type": "http.request", "body": body, "more_body": False}


def _uploads(scope: Scope) -> bool:
    return bool(scope["path"].rstrip("/") == "/gradio_api/upload")


async def _refuse(refusal: _Refusal, send: Send) -> None:
    """Say so and close: what the visitor is still sending is not waited for."""
    text = refusal.said.encode()
    headers = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-length", str(len(text)).encode()),
        (b"connection", b"close"),
        *([(b"retry-after", b"10")] if refusal.status == 429 else []),
    ]
    await send({"type": "http.response.start", "status": refusal.status, "headers": headers})
    await send({"type": "http.response.body", "body": text})
