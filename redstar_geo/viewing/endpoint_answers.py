"""A model behind an OpenAI-compatible server as one who answers; leaving the stream closes the connection to it."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import orjson

from redstar_geo.errors import InputError, RedStarError
from redstar_geo.records import Problem
from redstar_geo.teacher.chat import messages
from redstar_geo.viewing.attempt import Delta, Settings

_MIN_PIXELS, _MAX_PIXELS = 4 * 28 * 28, 1280 * 28 * 28
_CONNECT_S, _SILENCE_S, _LONGEST_LINE = 10.0, 120.0, 1 << 20


class EndpointAnswers:
    """Asks one server.

    Args:
        url: up to `/v1`.
        model: its name there.
        key_env: the environment variable that holds the key; None for a server without one.

    Raises:
        InputError: the variable is not set.
    """

    def __init__(self, url: str, model: str, key_env: str | None = None) -> None:
        self.url, self.model, self.name = url.rstrip("/"), model, model
        self._headers = _headers(self.url, key_env)

    async def stream(self, problem: Problem, settings: Settings, sample: int) -> AsyncIterator[Delta]:
        """Raises:
        RedStarError: the server refuses, breaks off or cannot be reached; the message is for people.
        """
        request = {
            "model": self.model,
            "messages": messages(problem, None, _MIN_PIXELS, _MAX_PIXELS),
            "temperature": settings.temperature,
            "max_tokens": settings.max_tokens,
            "seed": sample,
            "stream": True,
        }
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=_CONNECT_S, sock_read=_SILENCE_S)
        try:
            async with (
                aiohttp.ClientSession(timeout=timeout, read_bufsize=_LONGEST_LINE) as session,
                session.post(f"{self.url}/chat/completions", json=request, headers=self._headers) as response,
            ):
                if response.status != 200:
                    raise RedStarError(f"The server answers {response.status}. Its log says more.")
                async for line in response.content:
                    if line.startswith(b"data:") and (delta := _delta(line[5:].strip())) is not None:
                        yield delta
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            raise RedStarError(f"The connection to the server broke ({type(error).__name__}).") from None


async def first_model(url: str, key_env: str | None = None) -> str:
    """The name of the first model that a server has.

    Raises:
        InputError: it does not answer, or has none.
    """
    url = url.rstrip("/")
    try:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=_CONNECT_S)) as session,
            session.get(f"{url}/models", headers=_headers(url, key_env)) as response,
        ):
            body = await response.json(content_type=None)
            return str(body["data"][0]["id"])
    except (aiohttp.ClientError, TimeoutError, ValueError, TypeError, LookupError) as error:
        raise InputError(
            f"No model answers at {url} ({type(error).__name__}: {error}). Start the server, or correct --endpoint; "
            "the address ends in /v1."
        ) from None


def _headers(url: str, key_env: str | None) -> dict[str, str]:
    if key_env is None:
        return {}
    key = os.environ.get(key_env)
    if not key:
        raise InputError(f"The key of {url} is to come from the environment variable {key_env}, which is not set.")
    return {"Authorization": f"Bearer {key}"}


def _delta(data: bytes) -> Delta | None:
    """One event of the stream; what is no chat chunk (the closing `[DONE]`, usage alone) says nothing."""
    try:
        choice: dict[str, Any] = orjson.loads(data)["choices"][0]
        said = choice.get("delta") or {}
        content = said.get("content") or ""
        thought = said.get("reasoning_content") or said.get("reasoning") or ""
        reason = choice.get("finish_reason")
    except (orjson.JSONDecodeError, LookupError, TypeError, AttributeError):
        return None
    if not isinstance(content, str) or not isinstance(thought, str):
        return None
    return Delta(content, thought, int(bool(content or thought)), str(reason) if reason else None)
