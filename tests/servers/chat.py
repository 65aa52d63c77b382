"""A small OpenAI-compatible server on loopback that can be slow, full, wrong or gone, as a test wants it.

`python -m tests.servers.chat '{"latency_s": 2, "room": 512}'` prints its port and serves until it is killed.
"""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import json
import random
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import web

from tests.servers.replies import drawn, message


@dataclass
class Behaviour:
    """What the server does.

    Attributes:
        latency_s: of a good reply; `jitter` of it more or less.
        room: requests at once; more get 429.
        faults: fault → share of requests: `429`, `500`, `drop`, `half`, `invalid`, `stall`, `bomb`.
        pass_rate: share of right answers; None: each prompt its own, from its text, between 0.02 and 0.98.
        dead: (from, to) seconds after the first request in which it answers nothing.
        key: what must come as bearer token.
        golds: a JSON file, question → gold answer, for replies as `tests.servers.replies` writes them, or question →
            list of replies, of which each request draws one.
    """

    latency_s: float = 0.0
    jitter: float = 0.0
    room: int = 100_000
    faults: dict[str, float] = field(default_factory=dict)
    pass_rate: float | None = 1.0
    dead: tuple[float, float] = (0.0, 0.0)
    key: str | None = None
    model: str = "teacher"
    longest_prompt: int = 10_000_000
    stall_s: float = 60.0
    golds: str | None = None


class Server:
    """State and handlers; `seen` counts the good replies by request, `log` has their times."""

    def __init__(self, behaviour: Behaviour) -> None:
        self.behaviour = behaviour
        self.seen: Counter[str] = Counter()
        self.asked: Counter[str] = Counter()
        self.log: list[float] = []
        self.at_once = 0
        self.most_at_once = 0
        self.first: float | None = None
        self.chance = random.Random(0)
        self.golds = json.loads(Path(behaviour.golds).read_text()) if behaviour.golds else {}

    def app(self) -> web.Application:
        app = web.Application(client_max_size=1 << 26)
        app.router.add_post("/v1/chat/completions", self.complete)
        app.router.add_get("/v1/models", self.models)
        app.router.add_get("/seen", self.report)
        return app

    async def models(self, request: web.Request) -> web.Response:
        if not self._allowed(request):
            return web.json_response({"error": "bad key"}, status=401)
        if "bomb" in self.behaviour.faults:
            return self._bomb()
        return web.json_response({"data": [{"id": self.behaviour.model}]})

    async def report(self, request: web.Request) -> web.Response:
        return web.json_response({"seen": self.seen, "log": self.log, "most_at_once": self.most_at_once})

    async def complete(self, request: web.Request) -> web.StreamResponse:
        now = time.monotonic()
        self.first = now if self.first is None else self.first
        behaviour = self.behaviour
        if not self._allowed(request):
            return web.json_response({"error": "bad key"}, status=401)
        if behaviour.dead[0] <= now - self.first < behaviour.dead[1]:
            return self._gone(request)
        raw = await request.read()
        if len(raw) > behaviour.longest_prompt:
            return web.json_response({"error": "maximum context length exceeded"}, status=400)
        if self.at_once >= behaviour.room:
            return web.json_response({"error": "busy"}, status=429, headers={"Retry-After": "0.5"})
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            return await self._reply(request, raw)
        finally:
            self.at_once -= 1

    async def _reply(self, request: web.Request, raw: bytes) -> web.StreamResponse:
        behaviour = self.behaviour
        name = hashlib.sha256(raw).hexdigest()
        self.asked[name] += 1
        fault = self._fault()
        if fault in ("429", "500"):
            return web.json_response({"error": fault}, status=int(fault))
        if fault == "drop":
            return self._gone(request)
        if fault == "stall":
            await asyncio.sleep(behaviour.stall_s)
        if behaviour.latency_s:
            await asyncio.sleep(behaviour.latency_s * (1 + behaviour.jitter * self.chance.uniform(-1, 1)))
        body = json.dumps(self._completion(raw, name)).encode()
        if fault == "half":
            response = web.StreamResponse(
                headers={"Content-Length": str(len(body)), "Content-Type": "application/json"}
            )
            await response.prepare(request)
            await response.write(body[: len(body) // 2])
            return self._gone(request, response)
        if fault == "bomb":
            return self._bomb()
        if fault == "invalid":
            return web.Response(body=body[: len(body) // 2], content_type="application/json")
        self.seen[name] += 1
        self.log.append(time.monotonic())
        return web.Response(body=body, content_type="application/json")

    def _fault(self) -> str | None:
        draw = self.chance.random()
        for fault, share in self.behaviour.faults.items():
            draw -= share
            if draw < 0:
                return fault
        return None

    def _completion(self, raw: bytes, name: str) -> dict[str, Any]:
        """A reply that is right with the prompt's pass rate; the gold answer stands in the question as `gold=…`."""
        if self.golds:
            asked = json.loads(raw)["messages"][-1]["content"]
            gold = next(gold for question, gold in self.golds.items() if asked.startswith(question))
            choice = message(gold, name) if isinstance(gold, str) else drawn(gold, name)
            return {"id": name[:12], "choices": [choice], "usage": {"prompt_tokens": 100}}
        text = json.dumps(json.loads(raw)["messages"])
        rate = self.behaviour.pass_rate
        gold = text.partition("gold=")[2].partition(";")[0]
        if rate is None:
            prompt = text.partition("prompt=")[2].partition(";")[0]
            rate = 0.02 + 0.96 * random.Random(prompt).random()
        right = random.Random(name).random() < rate
        return {
            "id": name[:12],
            "choices": [
                {
                    "finish_reason": "stop",
                    "message": {
                        "role": "assistant",
                        "content": f"\\boxed{{{gold if right else '-7'}}}",
                        "reasoning_content": f"I think about {name}.",
                    },
                }
            ],
            "usage": {"prompt_tokens": 100, "completion_tokens": 50},
        }

    def _allowed(self, request: web.Request) -> bool:
        return self.behaviour.key is None or request.headers.get("Authorization") == f"Bearer {self.behaviour.key}"

    @staticmethod
    def _bomb() -> web.Response:
        """A hundred kilobytes that unpack to as many megabytes."""
        headers = {"Content-Encoding": "gzip", "Content-Type": "application/json"}
        return web.Response(body=gzip.compress(bytes(100 << 20), 1), headers=headers)

    @staticmethod
    def _gone(request: web.Request, response: web.StreamResponse | None = None) -> web.StreamResponse:
        if request.transport is not None:
            request.transport.close()
        return response or web.Response()


async def _serve(behaviour: Behaviour) -> None:
    runner = web.AppRunner(Server(behaviour).app(), access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, backlog=4096)
    await site.start()
    print(site._server.sockets[0].getsockname()[1], flush=True)  # type: ignore[union-attr]
    await asyncio.Event().wait()


if __name__ == "__main__":
    settings = json.loads(sys.argv[1]) if len(sys.argv) > 1 else {}
    settings["dead"] = tuple(settings.get("dead", (0.0, 0.0)))
    asyncio.run(_serve(Behaviour(**settings)))
