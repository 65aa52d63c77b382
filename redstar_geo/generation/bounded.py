"""What a server sends, piece by piece, with a bound on what it unpacks to: a few hundred kilobytes can be gigabytes."""

from __future__ import annotations

from collections.abc import AsyncIterator

import aiohttp

from redstar_geo.errors import RedStarError

LARGEST = 32 << 20
"""Bytes of one response, unpacked; a completion of 100,000 tokens with its log probabilities has some 10 MB."""


class TooLarge(RedStarError):
    """A response of more than `LARGEST` bytes."""


async def pieces(response: aiohttp.ClientResponse) -> AsyncIterator[bytes]:
    """The body, unpacked, as it comes.

    Raises:
        TooLarge: it goes on after `LARGEST` bytes, or says that it will; the connection is then closed.
    """
    size = response.content_length or 0
    if size <= LARGEST:
        size = 0
        async for piece in response.content.iter_any():
            size += len(piece)
            if size > LARGEST:
                break
            yield piece
    if size > LARGEST:
        response.close()
        raise TooLarge(
            f"{response.url.origin()}{response.url.path} sends more than {LARGEST >> 20} MiB in one response "
            f"({response.headers.get('Content-Encoding', 'not compressed')}); it is not read any further."
        )


async def read(response: aiohttp.ClientResponse) -> bytes:
    """The whole body.

    Raises:
        TooLarge: as `pieces`.
    """
    return b"".join([piece async for piece in pieces(response)])
