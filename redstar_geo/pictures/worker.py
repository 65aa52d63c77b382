"""The process in which pictures of strangers are decoded: a picture in, a PNG or the reason against it out.

A request is its length, the longest side that is wanted (0 for any), whether an animation is refused, and the file; an
answer whether it is a picture, its length, and the PNG or the reason and its clause as JSON.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import struct
import sys
import time
import warnings

from PIL import Image as Pillow

from redstar_geo.limits import limit_memory
from redstar_geo.pictures.read import PictureError, encoded, is_animated, is_blank, read_picture, rejecting

REQUEST, ANSWER = struct.Struct(">QI?"), struct.Struct(">?Q")
READY = b"+"
CPU_S = 10  # for one picture, of which the largest takes 3
_MEMORY_MB = 512


def serve() -> None:
    """Answer requests on standard input until it is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, with which this ends
    warnings.simplefilter("ignore")
    limit_memory(_MEMORY_MB)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # where decoders in C complain about what is told as a reason
    taken, given = sys.stdin.buffer, sys.stdout.buffer
    given.write(READY)
    given.flush()
    while request := taken.read(REQUEST.size):
        length, longest, still = REQUEST.unpack(request)
        allow(CPU_S)
        try:
            with rejecting():
                good, answer = True, _normalised(taken.read(length), longest, still)
        except PictureError as error:
            good, answer = False, json.dumps([error.reason, error.what]).encode()
        given.write(ANSWER.pack(good, len(answer)) + answer)
        given.flush()


def _normalised(data: bytes, longest: int, still: bool) -> bytes:
    if still and is_animated(data):
        raise PictureError("animated_picture", "it is animated")
    flat = read_picture(data)
    if is_blank(flat):
        raise PictureError("blank_picture", "it is blank")
    if longest:
        flat.thumbnail((longest, longest), Pillow.Resampling.LANCZOS)
    return encoded(flat)


def allow(seconds: int) -> None:
    """From now on so much time on the processor; who needs more is ended by the system, however busy the machine is."""
    _, most = resource.getrlimit(resource.RLIMIT_CPU)
    wanted = int(time.process_time()) + 1 + seconds
    resource.setrlimit(resource.RLIMIT_CPU, (wanted if most == resource.RLIM_INFINITY else min(wanted, most), most))


if __name__ == "__main__":
    serve()
