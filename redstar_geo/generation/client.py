"""OpenAI-compatible servers: one or several, each at its own pace, none able to stall the others; whole or streamed.

The one client of teacher, evaluation, judging and app.
"""

from __future__ import annotations

import asyncio
import math
import random
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, TypeVar

import aiohttp
import orjson

from redstar_geo.errors import InputError, RedStarError
from redstar_geo.generation import bounded
from redstar_geo.generation.address import Endpoint, ServerAddress
from redstar_geo.generation.body import read_body, retry_after_s
from redstar_geo.generation.bounded import TooLarge
from redstar_geo.generation.chat import letters_only
from redstar_geo.generation.pacing import Pace
from redstar_geo.generation.refusal import NO_ROOM, Refusal, error_in, read_refusal, stop_of
from redstar_geo.generation.reply import BadReply, read_reply

T = TypeVar("T")
_PROBE_S = 10.0
_LONGEST_NAME = 200  # characters of a model's name
_REFUSED_AT_FIRST = 3  # refusals of a server that has answered nothing, before the recipe is taken to be at fault
_IDLE_S = 0.05
GRACE_S = 30.0  # what is in flight when a run stops has so long to come


@dataclass
class Server:
    """One server at work."""

    address: ServerAddress
    pace: Pace
    seconds: float = field(default=0.0)  # spent on successful requests, for the table
    answered: bool = False
    refused: int = 0  # requests, before the first answer

    @property
    def url(self) -> str:
        return self.address.base


@dataclass(frozen=True)
class Outcome:
    """A stored answer in the making: the body of a reply, or the reason why there is none, with the server's words.

    `lasting` tells a failure that is the prompt's own (too long, refused by moderation) from one of the moment, or of
    the recipe, which a later run need not meet.
    """

    body: Mapping[str, Any]
    failure: str | None
    lasting: bool
    seconds: float
    attempts: int

    @property
    def final(self) -> bool:
        """Whether this very request will not be answered otherwise, so that an evaluation can count it."""
        return self.failure is None or self.lasting or self.failure == NO_ROOM


class _Failed(Exception):
    """A try without a reply."""

    def __init__(self, refusal: Refusal, status: int | None = None, retry_after_s: float | None = None) -> None:
        super().__init__(refusal)
        self.refusal, self.status, self.retry_after_s = refusal, status, retry_after_s


class Client:
    """Asks the servers of an endpoint; use it as an async context manager.

    Args:
        recipe_keys: where the recipe has `servers`, `model`, `extra_body` and what else goes into a request.
        answered: such requests have been answered before, by an earlier run.
    """

    def __init__(
        self, endpoint: Endpoint, recipe_keys: Mapping[str, str] | None = None, answered: bool = False
    ) -> None:
        self.endpoint = endpoint
        self.recipe_keys = {name: name for name in ("servers", "model", "extra_body")} | dict(recipe_keys or {})
        self.servers = [Server(each, Pace(each.start, each.most)) for each in endpoint.servers]
        self.answered_at = time.monotonic()
        self.retries: dict[str, int] = {}
        self._answered_before = answered
        self._stopped: RedStarError | None = None
        self._last_words = ""
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
                f"No model answers at {', '.join(server.url for server in self.servers)} ({found[0]}). Start the "
                f"server, or correct {self.recipe_keys['servers']} in the recipe; the address ends in /v1."
            )
        for server, names in zip(self.servers, found, strict=True):
            if isinstance(names, list) and names and model not in names:
                raise InputError(
                    f"{server.url} has no model {model!r}; it has {', '.join(sorted(names)[:8])}. "
                    f"Correct {self.recipe_keys['model']}."
                )

    async def _models(self, place: int) -> list[str] | str:
        server = self.servers[place]
        try:
            async with self._session.get(
                f"{server.url}/models",
                headers=self._headers[place],
                timeout=aiohttp.ClientTimeout(total=_PROBE_S),
                allow_redirects=False,
            ) as response:
                if response.status in (401, 403):
                    text = (await bounded.read(response)).decode(errors="replace")
                    said = read_refusal(response.status, text, sent=self._headers[place]).sentence
                    refusal = Refusal("key", "key", said)
                    raise stop_of(server.url, server.address.key_env, refusal, self.recipe_keys)
                body = read_body(await bounded.read(response)) if response.status == 200 else {}
                return [str(row["id"])[:_LONGEST_NAME] for row in body.get("data", [])]
        except (aiohttp.ClientError, TimeoutError, TooLarge, ValueError, TypeError, KeyError, AttributeError) as error:
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
            InputError: the key, the model or a parameter is refused.
            RedStarError: there is no credit left, or no server has answered for `give_up_s`.
        """
        payload = orjson.dumps({**request, "messages": letters_only(request["messages"])})
        parameters = request.keys() - {"model", "messages"}
        started, last, attempt = time.monotonic(), -1, 0
        while True:
            attempt += 1
            last = await self._choose(avoid=last)
            try:
                body = await self._post(last, payload, parameters)
            except _Failed as failed:
                refusal = failed.refusal
                lasting = self._is_lasting(self.servers[last], refusal, attempt)
                if lasting is not None or attempt == self.endpoint.attempts:
                    said = {"detail": refusal.sentence or refusal.reason, "status": failed.status}
                    return Outcome(said, refusal.reason, bool(lasting), time.monotonic() - started, attempt)
                self.retries[refusal.reason] = self.retries.get(refusal.reason, 0) + 1
                await asyncio.sleep(random.uniform(0, min(8.0, 0.25 * 2**attempt)))
                continue
            return Outcome(body, None, False, time.monotonic() - started, attempt)

    def _is_lasting(self, server: Server, refusal: Refusal, attempt: int) -> bool | None:
        """Whether a refusal is the prompt's own, now and later; None: it is worth another try.

        A server that has answered others takes the recipe's parameters; one that never has is asked a few times.

        Raises:
            RedStarError: the refusal concerns every request.
        """
        fault = refusal.fault
        if fault == "prompt":
            return True
        if fault == "moment" or (fault == "address" and server.answered):
            return None
        if fault == "setting" and server.answered:
            return False
        if fault in ("room", "unknown") and (server.answered or self._answered_before):
            return fault == "unknown" if fault == "room" or attempt >= _REFUSED_AT_FIRST else None
        server.refused += 1
        if fault in ("key", "money", "model") or server.refused >= _REFUSED_AT_FIRST:
            self._stopped = self._stopped or stop_of(server.url, server.address.key_env, refusal, self.recipe_keys)
            raise self._stopped
        return None

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
        error: BaseException | None = None
        end = math.inf
        try:
            while tasks or (waiting and error is None):
                starting = min(self.room(), len(waiting)) if error is None else 0
                tasks |= {asyncio.create_task(one(waiting.popleft())) for _ in range(starting)}
                if not tasks:
                    await asyncio.sleep(_IDLE_S)  # all are resting
                    continue
                ended, tasks = await asyncio.wait(tasks, timeout=_IDLE_S, return_when=asyncio.FIRST_COMPLETED)
                for task in ended:
                    if (failed := task.exception()) is None:
                        yield task.result()
                    elif error is None:  # what is at work elsewhere is paid for: it has a while to come
                        error, end = failed, time.monotonic() + GRACE_S
                if time.monotonic() > end:
                    break
            if error is not None:
                raise error
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _choose(self, avoid: int) -> int:
        """A server with room, those with more room and weight first, another one than the last time where possible."""
        self._waiting += 1
        try:
            while True:
                if self._stopped is not None:
                    raise self._stopped
                now = time.monotonic()
                rooms = [server.pace.room(now) * server.address.weight for server in self.servers]
                others = [room if place != avoid else room * 1e-6 for place, room in enumerate(rooms)]
                best = max(range(len(rooms)), key=lambda place: others[place])
                if rooms[best] > 0:
                    self.servers[best].pace.started()
                    return best
                self._check_patience(now)
                await asyncio.sleep(_IDLE_S)
        finally:
            self._waiting -= 1

    def _check_patience(self, now: float) -> None:
        """Give up after `give_up_s` without an answer; at once where every server asks to be left alone for longer."""
        closed_s = min(server.pace.closed_until for server in self.servers) - now
        if closed_s > self.endpoint.give_up_s:
            why = f"Every server asks to wait, the shortest for {closed_s:,.0f} s, longer than give_up_s"
        elif now - self.answered_at > self.endpoint.give_up_s:
            why = f"No server has answered for {self.endpoint.give_up_s:g} s"
        else:
            return
        said = f" ({self._last_words})" if self._last_words else ""
        raise RedStarError(
            f"{why}{said}. What was received is stored; run the same command again when a server is back."
        )

    async def _post(self, place: int, payload: bytes, parameters: Iterable[str]) -> dict[str, Any]:
        server, started = self.servers[place], time.monotonic()
        headers = self._headers[place] | {"Content-Type": "application/json"}
        try:
            url = f"{server.url}/chat/completions"
            async with self._session.post(url, data=payload, headers=headers, allow_redirects=False) as response:
                raw = await bounded.read(response)
                body = _accepted(response.status, response.headers, raw, parameters, headers)
        except _Failed as failed:
            refusal = failed.refusal
            self._last_words = refusal.sentence or refusal.reason
            if refusal.fault == "moment":
                server.pace.failed(time.monotonic(), failed.retry_after_s)
            else:
                server.pace.refused()
            raise _Failed(refusal, failed.status) from None
        except TooLarge as error:
            server.pace.failed(time.monotonic())
            raise _Failed(Refusal("moment", "reply_too_large", str(error))) from None
        except TimeoutError:
            server.pace.failed(time.monotonic())
            raise _Failed(Refusal("moment", "deadline", "")) from None
        except (aiohttp.ClientError, OSError) as error:
            server.pace.failed(time.monotonic())
            said = read_refusal(0, str(error), sent=headers).sentence  # among it what came as a status line
            raise _Failed(Refusal("moment", "connection", said)) from None
        except asyncio.CancelledError:
            server.pace.refused()
            raise
        now = time.monotonic()
        server.pace.succeeded(now - started, now)
        server.seconds += now - started
        server.answered, self.answered_at = True, now
        return body


def _accepted(
    status: int, headers: Mapping[str, str], raw: bytes, parameters: Iterable[str], sent: Mapping[str, str]
) -> dict[str, Any]:
    """The body of a good reply; everything else is raised as what it means.

    Args:
        sent: the headers of the request, whose key is not repeated.
    """

    def refused(status: int, text: str) -> Refusal:
        return read_refusal(status, text, parameters, sent)

    if 300 <= status < 400:  # what is asked, and its key, is for the address that was given
        where = refused(status, headers.get("Location", "")).sentence
        raise _Failed(Refusal("address", "redirect", f"redirect to {where}, which is not followed"), status)
    if status != 200:
        raise _Failed(refused(status, raw.decode(errors="replace")), status, retry_after_s(headers))
    body = read_body(raw)
    try:
        reply = read_reply(body)
    except BadReply:
        reply = None
    found = error_in(body)
    if found is not None and (reply is None or not (reply.text or reply.completion_tokens)):
        raise _Failed(refused(*found), found[0], retry_after_s(headers))
    if reply is None:
        said = refused(status, raw.decode(errors="replace")).sentence
        raise _Failed(Refusal("address" if said.startswith("<") else "moment", "invalid_reply", said), status)
    return body
