"""An OpenAI-compatible server in this process that answers as a test says, request by request."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from aiohttp import web

Answer = tuple[int, Mapping[str, str], Any]  # status, headers, body: bytes as they are, else JSON
GOOD = "<think>\n36 + 64 = 100.\n</think>\nThe length is \\boxed{10}."


def completion(message: Any, finish_reason: str | None = "stop", usage: Any = None, **extra: Any) -> Answer:
    """A reply with status 200; what is no message is its content."""
    message = message if isinstance(message, Mapping) else {"role": "assistant", "content": message}
    usage = {"prompt_tokens": 50, "completion_tokens": 60} if usage is None else usage
    choice = {"index": 0, "message": message, "finish_reason": finish_reason}
    return 200, {}, {"id": "x", "choices": [choice], "usage": usage, **extra}


def refusal(status: int, message: str, **headers: str) -> Answer:
    return status, headers, {"error": {"message": message, "type": "invalid_request_error", "code": None}}


class Scripted:
    """`answer(request, how many have come)` says what comes back; `asked` keeps the requests."""

    def __init__(self, answer: Callable[[Mapping[str, Any], int], Answer]) -> None:
        self.answer, self.asked = answer, list[Mapping[str, Any]]()
        self.url = ""

    async def complete(self, request: web.Request) -> web.Response:
        self.asked.append(await request.json())
        status, headers, body = self.answer(self.asked[-1], len(self.asked))
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        return web.Response(status=status, headers={"Content-Type": "application/json", **headers}, body=raw)

    async def models(self, request: web.Request) -> web.Response:
        return web.json_response({"data": [{"id": "teacher"}]})


@contextmanager
def scripted(answer: Callable[[Mapping[str, Any], int], Answer]) -> Iterator[Scripted]:
    """The server at work in a thread of its own."""
    server, loop, ready = Scripted(answer), asyncio.new_event_loop(), threading.Event()
    over = asyncio.Event()

    async def serve() -> None:
        app = web.Application(client_max_size=1 << 26)
        app.router.add_get("/v1/models", server.models)
        app.router.add_post("/v1/chat/completions", server.complete)
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        server.url = f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
        ready.set()
        await over.wait()
        await runner.cleanup()

    thread = threading.Thread(target=loop.run_until_complete, args=[serve()], daemon=True)
    thread.start()
    assert ready.wait(30)
    yield server
    loop.call_soon_threadsafe(over.set)
    thread.join(30)
