"""A small OpenAI-compatible server on loopback that streams slowly and knows when its reader has gone."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
import time

from aiohttp import web

WORDS = ("Let", "me", "see.", "The", "angles", "add", "up.", "<script>document.title='taken'</script>")
CLAIMS = "So AB + BC = 2*AC, and AC^2 = AB^2 + BC^2. " * 250  # to be judged for seconds


def free_port() -> int:
    """A port of loopback that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class StreamingServer:
    """`words` were sent so far, the last of them at `last_word`; a reader that left was noticed at `left`.

    So many are `reading` now.
    """

    def __init__(self, pause_s: float = 0.05, length: int = 4_000) -> None:
        self.pause_s, self.length = pause_s, length
        self.words = self.reading = 0
        self.first_word = self.last_word = 0.0
        self.left: float | None = None
        self.asked: list[dict[str, object]] = []
        self.keys: list[str] = []
        self._ready = threading.Event()
        threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True).start()
        assert self._ready.wait(10)

    async def _serve(self) -> None:
        app = web.Application(client_max_size=1 << 26)
        app.router.add_get("/v1/models", self._models)
        app.router.add_post("/v1/chat/completions", self._complete)
        runner = web.AppRunner(app, handler_cancellation=True)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        self.port = runner.addresses[0][1]
        self._ready.set()
        await asyncio.Event().wait()

    async def _models(self, request: web.Request) -> web.Response:
        return web.json_response({"data": [{"id": "slow-thinker"}]})

    async def _complete(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(await request.json())
        self.keys.append(request.headers.get("Authorization", ""))
        self.words, self.left = 0, None
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        self.reading += 1
        try:
            await self._say(response, {"reasoning_content": "Hm. "})
            self.first_word = time.monotonic()
            for word in range(self.length if self.asked[-1]["model"] == "slow-thinker" else 0):
                await asyncio.sleep(self.pause_s)
                await self._say(response, {"content": WORDS[word % len(WORDS)] + " "})
                self.words, self.last_word = word + 1, time.monotonic()
            if self.asked[-1]["model"] == "claims-much":
                await self._say(response, {"content": CLAIMS})
            await self._say(response, {"content": r"\boxed{58}"}, "stop")
            await response.write(b"data: [DONE]\n\n")
        except (asyncio.CancelledError, ConnectionError):
            self.left = time.monotonic()
            raise
        finally:
            self.reading -= 1
        return response

    async def _say(self, response: web.StreamResponse, delta: dict[str, str], reason: str | None = None) -> None:
        chunk = {"choices": [{"index": 0, "delta": delta, "finish_reason": reason}]}
        await response.write(f"data: {json.dumps(chunk)}\n\n".encode())
