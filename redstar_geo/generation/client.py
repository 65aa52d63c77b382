"""OpenAI-compatible servers: one or several, each at its own pace, none able to stall the others; whole or streamed.

The one client of teacher, evaluation, judging and app.
"""

from __future__ import annotations

import asyncio
import os
import random
import time
from base64 import b64encode
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, TypeVar
from urllib.parse import unquote

import aiohttp
import orjson
from pydantic import Field, PrivateAttr

from redstar_geo.errors import InputError, RedStarError
from redstar_geo.generation.pacing import Pace
from redstar_geo.generation.reply import BadReply, read_delta, read_reply
from redstar_geo.generation.request import Delta
from redstar_geo.recipe import Section

T = TypeVar("T")
_PROBE_S = 10.0
_SILENCE_S = 120.0  # between two events of a stream
_LONGEST_LINE = 1 << 20
_LARGEST_REPLY = 32 << 20
_TOO_LONG = ("context", "too long", "maximum length", "max_model_len", "too large", "tokens")
_IDLE_S = 0.05


class ServerAddress(Section):
    """An OpenAI-compatible server: base URL up to `/v1`, and the environment variable that holds its key.

    `weight` is its share of the work; it gets `start` requests at once in the beginning and `most` at the most. A login
    in the URL (`https://user:password@host`) goes with each request and stands nowhere else: it is no part of `url`.
    """

    url: str
    weight: float = Field(default=1.0, gt=0)
    key_env: str | None = None
    start: int = Field(default=32, gt=0)
    most: int = Field(default=512, gt=0)

    _login: str | None = PrivateAttr(None)

    def model_post_init(self, _: Any) -> None:
        scheme, separator, rest = self.url.partition("://")
        authority, slash, path = rest.partition("/")
        login, at, host = authority.rpartition("@")
        if at:
            self.__dict__["url"] = f"{scheme}{separator}{host}{slash}{path}"
            self._login = b64encode(unquote(login).encode()).decode()

    @property
    def base(self) -> str:
        return self.url.rstrip("/")

    def headers(self) -> dict[str, str]:
        """Authorisation from the environment.

        Raises:
            InputError: the variable is not set.
        """
        if self.key_env is None:
            return {} if self._login is None else {"Authorization": f"Basic {self._login}"}
        key = os.environ.get(self.key_env)
        if not key:
            raise InputError(
                f"The key of {self.base} is to come from the environment variable {self.key_env}, which is not set. "
                f"Set it (export {self.key_env}=…); keys never go into a recipe."
            )
        return {"Authorization": f"Bearer {key}"}


class Endpoint(Section):
    """Where a model is served, and how long requests are tried.

    Attributes:
        extra_body: goes into each request as it is.
        deadline_s: of one request, in seconds.
        attempts: how often a request is tried before it ends in a named failure.
        give_up_s: the run stops when no server has answered for so long; what is stored stays.
    """

    servers: list[ServerAddress] = Field(min_length=1)
    extra_body: dict[str, Any] = Field(default_factory=dict)
    deadline_s: float = Field(default=900.0, gt=0)
    attempts: int = Field(default=8, gt=0)
    give_up_s: float = Field(default=600.0, gt=0)


@dataclass
class Server:
    """One server at work."""

    address: ServerAddress
    pace: Pace
    seconds: float = field(default=0.0)  # spent on successful requests, for the table

    @property
    def url(self) -> str:
        return self.address.base


@dataclass(frozen=True)
class Outcome:
    """A stored answer in the making: the body of a reply, or the reason why there is none.

    `lasting` tells a failure that the same request would meet again (a prompt that is too long) from one of the moment.
    """

    body: Mapping[str, Any]
    failure: str | None
    lasting: bool
    seconds: float
    attempts: int


class _Refused(Exception):
    """This request is at fault, on any server."""


class _Trouble(Exception):
    """The server or the way to it is at fault; `args[0]` names how."""

    def __init__(self, reason: str, retry_after_s: float | None = None) -> None:
        super().__init__(reason)
        self.retry_after_s = retry_after_s


class Client:
    """Asks the servers of an endpoint; use it as an async context manager."""

    def __init__(self, endpoint: Endpoint) -> None:
        self.endpoint = endpoint
        self.servers = [Server(each, Pace(each.start, each.most)) for each in endpoint.servers]
        self.answered_at = time.monotonic()
        self.retries: dict[str, int] = {}
        self._waiting = 0

    async def __aenter__(self) -> Client:
        self._headers = [server.address.headers() for server in self.servers]
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, ttl_dns_cache=300, keepalive_timeout=60),
            timeout=aiohttp.ClientTimeout(total=self.endpoint.deadline_s, sock_connect=_PROBE_S),
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        await self._session.close()

    async def check(self, model: str) -> None:
        """Ask every server for its models, so that a wrong address, key or model is known before the first request.

        Raises:
            InputError: no server answers, a key is refused, or a server does not have the model.
        """
        found = await asyncio.gather(*(self._models(place) for place in range(len(self.servers))))
        if all(isinstance(one, str) for one in found):
            raise InputError(
                f"No teacher answers at {', '.join(server.url for server in self.servers)} ({found[0]}). Start the "
                "server, or correct teacher.servers in the recipe; the address ends in /v1."
            )
        for server, names in zip(self.servers, found, strict=True):
            if isinstance(names, list) and names and model not in names:
                raise InputError(
                    f"{server.url} has no model {model!r}; it has {', '.join(sorted(names)[:8])}. "
                    "Correct teacher.model."
                )

    async def _models(self, place: int) -> list[str] | str:
        server = self.servers[place]
        try:
            async with self._session.get(
                f"{server.url}/models", headers=self._headers[place], timeout=aiohttp.ClientTimeout(total=_PROBE_S)
            ) as response:
                if response.status in (401, 403):
                    raise _wrong_key(server)
                body = await response.json(content_type=None) if response.status == 200 else {}
                return [str(row["id"]) for row in body.get("data", [])]
        except (aiohttp.ClientError, TimeoutError, ValueError, TypeError, KeyError, AttributeError) as error:
            return f"{type(error).__name__}: {error}"

    def room(self) -> int:
        """How many more requests can start now."""
        now = time.monotonic()
        return max(0, sum(server.pace.room(now) for server in self.servers) - self._waiting)

    @property
    def in_flight(self) -> int:
        return sum(server.pace.in_flight for server in self.servers)

    async def ask(self, request: Mapping[str, Any]) -> Outcome:
        """The reply to one request; total: any trouble ends in a named failure after `attempts` tries.

        Raises:
            InputError: the key or the model is refused.
            RedStarError: no server has answered for `give_up_s`.
        """
        payload = orjson.dumps(request)
        started, last, reason = time.monotonic(), -1, ""
        for attempt in range(1, self.endpoint.attempts + 1):
            last = await self._choose(avoid=last)
            try:
                body = await self._post(last, payload)
            except _Refused as refusal:
                return Outcome({"detail": refusal.args[1]}, refusal.args[0], True, time.monotonic() - started, attempt)
            except _Trouble as trouble:
                reason = str(trouble)
                self.retries[reason] = self.retries.get(reason, 0) + 1
                await asyncio.sleep(random.uniform(0, min(8.0, 0.25 * 2**attempt)))
                continue
            return Outcome(body, None, False, time.monotonic() - started, attempt)
        return Outcome({"detail": reason}, reason, False, time.monotonic() - started, self.endpoint.attempts)

    async def ask_all(
        self, waiting: deque[T], request: Callable[[T], Mapping[str, Any]]
    ) -> AsyncIterator[tuple[T, Outcome]]:
        """Each of `waiting` with its outcome, as they come; as many at work at once as the servers have room for.

        Args:
            waiting: emptied; more may be appended meanwhile.
            request: one of them → the body of its request.

        Raises:
            InputError, RedStarError: as `ask`, once all that had come is given out.
        """

        async def one(item: T) -> tuple[T, Outcome]:
            return item, await self.ask(request(item))

        tasks: set[asyncio.Task[tuple[T, Outcome]]] = set()
        try:
            while waiting or tasks:
                tasks |= {asyncio.create_task(one(waiting.popleft())) for _ in range(min(self.room(), len(waiting)))}
                if not tasks:
                    await asyncio.sleep(_IDLE_S)  # all are resting
                    continue
                ended, tasks = await asyncio.wait(tasks, timeout=_IDLE_S, return_when=asyncio.FIRST_COMPLETED)
                for task in sorted(ended, key=lambda task: task.exception() is not None):
                    yield task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _choose(self, avoid: int) -> int:
        """A server with room, those with more room and weight first, another one than the last time where possible."""
        self._waiting += 1
        try:
            while True:
                now = time.monotonic()
                rooms = [server.pace.room(now) * server.address.weight for server in self.servers]
                others = [room if place != avoid else room * 1e-6 for place, room in enumerate(rooms)]
                best = max(range(len(rooms)), key=lambda place: others[place])
                if rooms[best] > 0:
                    self.servers[best].pace.started()
                    return best
                if now - self.answered_at > self.endpoint.give_up_s:
                    raise RedStarError(
                        f"No server has answered for {self.endpoint.give_up_s:g} s. What was received is stored; run "
                        "the same command again when a server is back."
                    )
                await asyncio.sleep(_IDLE_S)
        finally:
            self._waiting -= 1

    async def _post(self, place: int, payload: bytes) -> dict[str, Any]:
        server, started = self.servers[place], time.monotonic()
        headers = self._headers[place] | {"Content-Type": "application/json"}
        try:
            async with self._session.post(f"{server.url}/chat/completions", data=payload, headers=headers) as response:
                if (response.content_length or 0) > _LARGEST_REPLY:
                    raise _Trouble("reply_too_large")
                raw = await response.read()
                body = _accepted(server, response.status, response.headers.get("Retry-After"), raw)
        except (_Refused, InputError):
            server.pace.refused()
            raise
        except _Trouble as trouble:
            server.pace.failed(time.monotonic(), trouble.retry_after_s)
            raise
        except TimeoutError:
            server.pace.failed(time.monotonic())
            raise _Trouble("deadline") from None
        except (aiohttp.ClientError, OSError):
            server.pace.failed(time.monotonic())
            raise _Trouble("connection") from None
        except asyncio.CancelledError:
            server.pace.refused()
            raise
        now = time.monotonic()
        server.pace.succeeded(now - started, now)
        server.seconds += now - started
        self.answered_at = now
        return body


async def stream(server: ServerAddress, request: Mapping[str, Any]) -> AsyncIterator[Delta]:
    """One completion as it is written; leaving the iterator closes the connection.

    Raises:
        RedStarError: the server refuses, breaks off or cannot be reached; the message is for people.
    """
    timeout = aiohttp.ClientTimeout(total=None, sock_connect=_PROBE_S, sock_read=_SILENCE_S)
    url, headers = f"{server.base}/chat/completions", server.headers()
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout, read_bufsize=_LONGEST_LINE) as session,
            session.post(url, json={**request, "stream": True}, headers=headers) as response,
        ):
            if response.status != 200:
                raise RedStarError(f"The server answers {response.status}. Its log says more.")
            async for line in response.content:
                if line.startswith(b"data:") and (delta := _delta(line[5:].strip())) is not None:
                    yield delta
    except (aiohttp.ClientError, TimeoutError, ValueError) as error:
        raise RedStarError(f"The connection to the server broke ({type(error).__name__}).") from None


def _delta(data: bytes) -> Delta | None:
    """One event of a stream; what is no chat chunk (the closing `[DONE]`, usage alone) says nothing."""
    try:
        piece = read_delta(orjson.loads(data))
    except orjson.JSONDecodeError:
        return None
    if piece is None:
        return None
    content, reasoning, finish_reason = piece
    return Delta(content, reasoning, int(bool(content or reasoning)), finish_reason)


async def first_model(server: ServerAddress) -> str:
    """The name of the first model that a server has.

    Raises:
        InputError: it does not answer, or has none.
    """
    try:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=_PROBE_S)) as session,
            session.get(f"{server.base}/models", headers=server.headers()) as response,
        ):
            body = await response.json(content_type=None)
            return str(body["data"][0]["id"])
    except (aiohttp.ClientError, TimeoutError, ValueError, TypeError, LookupError) as error:
        raise InputError(
            f"No model answers at {server.base} ({type(error).__name__}: {error}). Start the server, or correct "
            "--endpoint; the address ends in /v1."
        ) from None


def _accepted(server: Server, status: int, retry_after: str | None, raw: bytes) -> dict[str, Any]:
    """The body of a good reply; everything else is raised under its name."""
    if status == 200:
        try:
            body: dict[str, Any] = orjson.loads(raw)
            read_reply(body)
        except (orjson.JSONDecodeError, BadReply):
            raise _Trouble("invalid_reply") from None
        return body
    text = raw[:2000].decode(errors="replace")
    if status in (401, 403):
        raise _wrong_key(server)
    if status == 404:
        raise InputError(f"{server.url} answers 404 ({text[:200]}). Correct teacher.model, or the address up to /v1.")
    if status == 429:
        raise _Trouble("rate_limit", _seconds(retry_after))
    if status >= 500:
        raise _Trouble("server_error", _seconds(retry_after))
    too_long = status == 413 or any(word in text.lower() for word in _TOO_LONG)
    raise _Refused("prompt_too_long" if too_long else "bad_request", text[:500])


def _seconds(retry_after: str | None) -> float | None:
    """Retry-After in seconds; a date is left to the pace."""
    try:
        return None if retry_after is None else min(300.0, max(0.0, float(retry_after)))
    except ValueError:
        return None


def _wrong_key(server: Server) -> InputError:
    name = server.address.key_env
    source = f"the environment variable {name}" if name else "no key (servers[].key_env is not set)"
    return InputError(f"{server.url} refuses the key from {source}. Set the right one; it is never written anywhere.")
