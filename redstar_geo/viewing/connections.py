"""Connections to the app: how many there may be, and how long one may take to say what it wants.

uvicorn limits neither the connections of one address nor the time until a request's head is whole, so that a thousand
connections that say nothing would keep everybody else out.
"""

from __future__ import annotations

import asyncio
import socket
from collections import Counter
from typing import Any, ClassVar

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from redstar_geo.viewing.rate import visitor

HEAD_S = 10.0  # until the head of a request is there
MOST_OF_ONE, MOST = 128, 768  # below the 1,024 files that a process may usually have open
_UNREAD_S = 30.0  # a peer that reads nothing of what it is sent for so long is gone


class BoundedProtocol(H11Protocol):
    """A connection that is closed when its address has too many, or when the head of a request does not come."""

    _open: ClassVar[Counter[str]] = Counter()  # of the whole process, by address

    def __init__(self, *args: Any, **settings: Any) -> None:
        super().__init__(*args, **settings)
        self._head_due: asyncio.TimerHandle | None = None
        self._visitor = ""  # while it counts

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        peer = transport.get_extra_info("peername")
        name = visitor(peer[0] if peer else None)
        super().connection_made(transport)
        crowded = self._open[name] >= MOST_OF_ONE and not self.config.proxy_headers
        if crowded or self._open.total() >= MOST:  # it is not counted: a burst of these would keep others out
            transport.abort()
            return
        self._visitor = name
        self._open[name] += 1
        _notice_silence(transport.get_extra_info("socket"))
        self._await_head()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.conn.their_state is not h11.IDLE:
            self._head_came()
        elif self._head_due is None:
            self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._head_came()
        if self._visitor:
            self._open[self._visitor] -= 1
            if self._open[self._visitor] <= 0:
                del self._open[self._visitor]
        super().connection_lost(exc)

    def _await_head(self) -> None:
        self._head_due = self.loop.call_later(HEAD_S, self.transport.abort)

    def _head_came(self) -> None:
        if self._head_due is not None:
            self._head_due.cancel()
            self._head_due = None


def _notice_silence(connection: socket.socket) -> None:
    """Have the kernel end a connection whose other end is gone or takes nothing any more."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    if hasattr(socket, "TCP_USER_TIMEOUT"):  # Linux
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, int(_UNREAD_S * 1_000))
