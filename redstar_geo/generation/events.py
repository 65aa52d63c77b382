"""One completion of a server as it is written, for a person who watches."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any

import aiohttp

from redstar_geo.errors import InputError, RedStarError
from redstar_geo.finish_reason import is_truncated
from redstar_geo.generation import bounded
from redstar_geo.generation.address import ServerAddress
from redstar_geo.generation.body import read_body, read_events
from redstar_geo.generation.chat import letters_only
from redstar_geo.generation.refusal import error_in, read_refusal
from redstar_geo.generation.reply import read_delta
from redstar_geo.generation.request import Delta

_CONNECT_S = 10.0
_SILENCE_S = 120.0  # between two events of a stream


async def stream(server: ServerAddress, request: Mapping[str, Any]) -> AsyncIterator[Delta]:
    """One completion as it is written; leaving the iterator closes the connection.

    Raises:
        RedStarError: the server refuses, breaks off or cannot be reached; the message is for people and has its words.
    """
    timeout = aiohttp.ClientTimeout(total=None, sock_connect=_CONNECT_S, sock_read=_SILENCE_S)
    url, headers = f"{server.base}/chat/completions", server.headers()
    said, ended = False, ""
    asked = {**request, "messages": letters_only(request["messages"]), "stream": True}
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout) as session,
            session.post(url, json=asked, headers=headers, allow_redirects=False) as response,
        ):
            if response.status != 200:
                text = (await bounded.read(response)).decode(errors="replace")
                words = read_refusal(response.status, text, sent=headers).sentence
                raise RedStarError(f"The server answers {response.status}: {words}")
            async for line in _lines(response):
                if line[5:].strip() == b"[DONE]":
                    ended = ended or "stop"
                for event in read_events([line]):
                    delta = _delta(event, headers)
                    said, ended = said or bool(delta.tokens), delta.finish_reason or ended
                    yield delta
    except (aiohttp.ClientError, TimeoutError, ValueError) as error:
        raise RedStarError(f"The connection to the server broke ({type(error).__name__}).") from None
    if not ended:
        raise RedStarError("The server ended its stream without saying that the answer is complete.")
    if not said and is_truncated(ended):
        raise RedStarError(f"The server ended the answer before its first word (finish_reason: {ended}).")


def _delta(event: Mapping[str, Any], headers: Mapping[str, str]) -> Delta:
    """What an event says; nothing, where it is no piece of the completion (usage alone).

    Raises:
        RedStarError: it says that something went wrong.
    """
    if (error := error_in(event)) is not None:
        raise RedStarError(f"The server breaks off: {read_refusal(*error, sent=headers).sentence}")
    content, reasoning, finish_reason = read_delta(event) or ("", "", None)
    return Delta(content, reasoning, int(bool(content or reasoning)), finish_reason)


async def _lines(response: aiohttp.ClientResponse) -> AsyncIterator[bytes]:
    """The lines of a response, the last one too where nothing ends it.

    Raises:
        TooLarge: the server sends more than any answer has.
    """
    held = bytearray()
    async for chunk in bounded.pieces(response):
        held += chunk
        if b"\n" in chunk:
            *lines, rest = bytes(held).split(b"\n")
            held = bytearray(rest)
            for line in lines:
                yield line
    yield bytes(held)


async def first_model(server: ServerAddress) -> str:
    """The name of the first model that a server has.

    Raises:
        InputError: it does not answer, or has none.
    """
    try:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=_CONNECT_S)) as session,
            session.get(f"{server.base}/models", headers=server.headers(), allow_redirects=False) as response,
        ):
            if response.status != 200:
                said = (await bounded.read(response)).decode(errors="replace")
                words = read_refusal(response.status, said, sent=server.headers()).sentence
                raise InputError(f"The server at {server.base} answers {response.status}: {words}")
            return str(read_body(await bounded.read(response))["data"][0]["id"])
    except (aiohttp.ClientError, bounded.TooLarge, TimeoutError, ValueError, TypeError, LookupError) as error:
        raise InputError(
            f"No model answers at {server.base} ({type(error).__name__}: {error}). Start the server, or correct "
            "its address, which ends in /v1."
        ) from None
