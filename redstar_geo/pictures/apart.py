"""Pictures decoded in a process of their own: what a decoder does there costs one picture and nothing else.

That process has a limit of memory, a limit of work a picture, and none of this one's environment, so none of its keys.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from typing import IO

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


class _Decoder:
    """The process, started when it is first needed, and again when it died or this process is a fork of its starter."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._idle: subprocess.Popen[bytes] | None = None
        self._starter = 0

    def answer(self, request: bytes) -> bytes:
        with self._lock:
            for _ in range(_TRIES):
                process, self._idle = self._running(), None  # none that was left within a picture is asked again
                answer = _asked(process, request)
                if answer is not None:
                    self._idle = process
                    break
            else:
                what = f"its decoder ended {_TRIES} times (exit code {process.returncode})"
                raise PictureError("picture_worker_died", what)
        good, content = answer
        if not good:
            raise PictureError(*json.loads(content))
        return content

    def _running(self) -> subprocess.Popen[bytes]:
        if self._idle is None or self._starter != os.getpid() or self._idle.poll() is not None:
            self._idle, self._starter = _started(), os.getpid()
        return self._idle


def _asked(process: subprocess.Popen[bytes], request: bytes) -> tuple[bool, bytes] | None:
    """Whether it is a picture, and the answer; None when the process died of it.

    Raises:
        PictureError: it died of too much work, which it would again.
    """
    hung = threading.Timer(_HUNG_S, process.kill)
    hung.start()
    try:
        taken, given = _pipes(process)
        taken.write(request)
        taken.flush()
        good, length = ANSWER.unpack(_exactly(given, ANSWER.size))
        return good, _exactly(given, length)
    except (BrokenPipeError, EOFError):
        process.kill()
        if process.wait() == -signal.SIGXCPU:
            raise PictureError("picture_too_slow", f"it takes more than {CPU_S} s of work") from None
        return None
    finally:
        hung.cancel()


def _started() -> subprocess.Popen[bytes]:
    paths = os.pathsep.join(filter(None, sys.path))
    kept = {name: os.environ[name] for name in ("LD_LIBRARY_PATH") if name in os.environ}
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "redstar_geo.pictures.worker"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={"PYTHONPATH": paths, **kept},
    )
    if _pipes(process)[1].read(len(READY)) != READY:
        raise RedStarError(f"The process that reads pictures does not start (exit code {process.wait()}).")
    return process


def _pipes(process: subprocess.Popen[bytes]) -> tuple[IO[bytes], IO[bytes]]:
    assert process.stdin is not None and process.stdout is not None
    return process.stdin, process.stdout


def _exactly(pipe: IO[bytes], length: int) -> bytes:
    """So many bytes.

    Raises:
        EOFError: there are fewer.
    """
    data = pipe.read(length)
    if len(data) < length:
        raise EOFError
    return data


_DECODER = _Decoder()
