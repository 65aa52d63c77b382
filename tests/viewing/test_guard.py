"""What stands before the app, by itself: nothing foreign is passed on, and none of it is at a visitor's expense."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from redstar_geo.viewing.guard import Guard
from redstar_geo.viewing.upload_folder import UploadFolder


async def _app(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b""})


def status(guard: Guard, path: str = "/", method: str = "GET", query: bytes = b"", **headers: str) -> int:
    said: list[int] = []

    async def send(message: Any) -> None:
        said.append(message.get("status", 0))

    async def receive() -> Any:
        return {"type": "http.request", "body": b"{}", "more_body": False}

    sent = {"host": "localhost:7860", **{name.replace("_", "-"): value for name, value in headers.items()}}
    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "query_string": query,
        "headers": [(name.encode(), value.encode("latin-1")) for name, value in sent.items()],
        "client": ("127.0.0.1", 5),
        "server": ("127.0.0.1", 7860),
    }
    asyncio.run(guard(scope, receive, send))
    return said[0]


@pytest.fixture
def guard(tmp_path: Path) -> Guard:
    return Guard(_app, UploadFolder(tmp_path), "127.0.0.1")


@pytest.mark.parametrize("origin", ["http://[", "http://[::1", "null", "", "//", "http://x]", "http://\xe9", "a:b:c"])
def test_an_origin_that_is_none_is_refused(guard: Guard, origin: str) -> None:
    assert status(guard, origin=origin) == 403


def test_a_foreign_page_does_not_use_up_what_its_reader_may_ask(guard: Guard) -> None:
    large = {"content_length": "9000000", "method": "POST", "path": "/gradio_api/queue/join"}
    for _ in range(300):
        assert status(guard, origin="http://evil.example", **large) == 403
        assert status(guard, sec_fetch_site="cross-site", **large) == 403
        assert status(guard, host="evil.example", **large) == 421
    assert status(guard) == 200


@pytest.mark.parametrize(
    ("path", "method"), [("/gradio_api/run/predict", "POST"), ("/gradio_api/heartbeat/abc", "GET")]
)
def test_one_visitor_cannot_begin_sessions_until_those_of_others_are_forgotten(
    guard: Guard, path: str, method: str
) -> None:
    let_in = [status(guard, path, method) for _ in range(1_000)].count(200)
    assert 30 <= let_in < 100


@pytest.mark.parametrize(
    "query", [b"page=77", b"view=a&page=x&page=", b"%70age=2&view=ask", b"page", b"a=%zz&page=%00"]
)
def test_what_gradio_would_take_for_a_page_of_its_own_is_not_passed_on(tmp_path: Path, query: bytes) -> None:
    seen: list[bytes] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        seen.append(scope["query_string"])
        await _app(scope, receive, send)

    assert status(Guard(app, UploadFolder(tmp_path), "127.0.0.1"), query=query) == 200
    assert seen == [b"&".join(part for part in query.split(b"&") if not part.startswith((b"page", b"%70age")))]
