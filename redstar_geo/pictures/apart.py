"""Pictures decoded in a process of their own: what a decoder does there costs one picture and nothing else.

That process has a limit of memory, a limit of work a picture, and none of this one's environment, so none of its keys.
"""

from __future__ import annotations

import atexit
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from typing import NamedTuple

from redstar_geo.errors import RedStarError
from redstar_geo.pictures.bounds import check_bytes
from redstar_geo.pictures.read import PictureError
from redstar_geo.pictures.worker import ANSWER, CPU_S, READY, REQUEST

_HUNG_S = 120.0  # a safety net: work is bounded by CPU_S
_TRIES = 2  # what dies once may have been killed from outside


def normalised(data: bytes, longest: int = 0, still: bool = False) -> bytes:
    """The picture as PNG: RGB, upright, on white, not blank, the shorter side at least `MIN_SIDE` pixels.

    Args:
        longest: the most pixels of a side; larger pictures are made smaller. 0: as it is.
        still: refuse an animation, of which otherwise the first frame is taken.

    Raises:
        PictureError: see there.
        RedStarError: the process cannot be started.
    """
    check_bytes(len(data))
    return _DECODER.answer(REQUEST.pack(len(data), longest, still) + data)


class _Worker(NamedTuple):
    process: subprocess.Popen[bytes]
    channel: socket.socket


class _Decoder:
    """The process, started when it is first needed, and again when it died."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Know of none, as in a fork: the process belongs to the one that started it."""
        self._lock = threading.Lock()
        self._idle: _Worker | None = None

    def close(self) -> None:
        if self._idle is not None:
            _ended(self._idle)

    def answer(self, request: bytes) -> bytes:
        with self._lock:
            for _ in range(_TRIES):
                worker, self._idle = self._running(), None  # none that was left within a picture is asked again
                answer = _asked(worker, request)
                if answer is not None:
                    self._idle = worker
                    break
            else:
                what = f"its decoder died or hung {_TRIES} times (exit code {worker.process.returncode})"
                raise PictureError("picture_worker_died", what)
        good, content = answer
        if not good:
            raise PictureError(*json.loads(content))
        return content

    def _running(self) -> _Worker:
        if self._idle is not None and self._idle.process.poll() is None:
            return self._idle
        self.close()
        return _started()


def _asked(worker: _Worker, request: bytes) -> tuple[bool, bytes] | None:
    """Whether it is a picture, and the answer; None when the process died of it or hung.

    Raises:
        PictureError: it died of too much work, which it would again.
    """
    try:
        worker.channel.sendall(request)
        good, length = ANSWER.unpack(_received(worker.channel, ANSWER.size))
        return good, _received(worker.channel, length)
    except (ConnectionError, EOFError, TimeoutError):
        if _ended(worker) == -signal.SIGXCPU:
            raise PictureError("picture_too_slow", f"it takes more than {CPU_S} s of work") from None
        return None


def _started() -> _Worker:
    paths = os.pathsep.join(filter(None, sys.path))
    kept = {name: os.environ[name] for name in ("LD_LIBRARY_PATH",) if name in os.environ}
    channel, theirs = socket.socketpair()
    channel.settimeout(_HUNG_S)
    with theirs:
        command = [sys.executable, "-P", "-m", "redstar_geo.pictures.worker"]
        process = subprocess.Popen(
            command, stdin=theirs.fileno(), stdout=theirs.fileno(), env={"PYTHONPATH": paths, **kept}
        )
    worker = _Worker(process, channel)
    try:
        _received(channel, len(READY))
    except (ConnectionError, EOFError, TimeoutError):
        raise RedStarError(f"The process that reads pictures does not start (exit code {_ended(worker)}).") from None
    return worker


def _ended(worker: _Worker) -> int:
    worker.channel.close()
    worker.process.kill()
    return worker.process.wait()


def _received(channel: socket.socket, length: int) -> bytes:
    """So many bytes.

    Raises:
        EOFError: there are fewer.
        ConnectionError, TimeoutError: the other side is gone, or silent.
    """
    data = bytearray(length)
    place = 0
    while place < length:
        received = channel.recv_into(memoryview(data)[place:])
        if not received:
            raise EOFError
        place += received
    return bytes(data)


_DECODER = _Decoder()
atexit.register(_DECODER.close)
os.register_at_fork(after_in_child=_DECODER.forget)
