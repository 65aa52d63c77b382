"""Damaged files of every format: nothing but the typed rejection leaves, and none costs more than its bounds."""

from __future__ import annotations

import os
import random
import struct
import zlib
from collections import Counter
from pathlib import Path

import pytest

from redstar_geo.pictures import apart
from redstar_geo.pictures.read import PictureError
from tests.pictures.files import drawn, seeds, stored

_EDGES = [struct.pack(form, value) for form in ("<H", ">H", "<I", ">I") for value in (0, 1, 0x7FFF, 0xFFFF)]
_EDGES += [b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\0", b"\xff", b"\x80"]
_TICK = 1 / os.sysconf("SC_CLK_TCK")
_MOST_S, _MOST_MB = 2.0, 300


def damaged(files: list[bytes], chance: random.Random) -> bytes:
    """One of the files with one to eight wounds; chunks of PNG mostly keep right sums, else nothing behind is read."""
    data = bytearray(chance.choice(files))
    for _ in range(chance.randint(1, 8)):
        place = chance.randrange(len(data) + 1) if chance.random() < 0.5 else min(len(data), chance.randrange(64))
        match chance.randrange(6):
            case 0:
                data[place : place + 1] = bytes([chance.randrange(256)])
            case 1:
                edge = chance.choice(_EDGES)
                data[place : place + len(edge)] = edge
            case 2:
                del data[place : place + chance.choice((1, 4, 100))]
            case 3:
                start = chance.randrange(len(data) + 1)
                data[place:place] = data[start : start + chance.choice((1, 12, 200))] * chance.choice((1, 3, 40))
            case 4:
                other = chance.choice(files)
                data[place:] = other[chance.randrange(len(other)) :]
            case _:
                data[place : place + 1] = bytes([data[place] ^ 1 << chance.randrange(8)] if place < len(data) else b"")
    return summed(bytes(data)) if chance.random() < 0.8 else bytes(data)


def summed(data: bytes) -> bytes:
    """A PNG with the sums that its chunks should have; any other file as it is."""
    if not data.startswith(b"\x89PNG\r\n\x1a\n"):
        return data
    parts, place = [data[:8]], 8
    while place + 12 <= len(data):
        end = min(place + 8 + int.from_bytes(data[place : place + 4], "big"), len(data) - 4)
        parts += [data[place:end], zlib.crc32(data[place + 4 : end]).to_bytes(4, "big")]
        place = end + 4
    return b"".join(parts)


def spent(process: int) -> float:
    """Seconds of the processor that a process has taken, which a busy machine does not change."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * _TICK


def peak_mb(process: int) -> int:
    (line,) = [line for line in Path(f"/proc/{process}/status").read_text().splitlines() if line.startswith("VmHWM")]
    return int(line.split()[1]) >> 10


@pytest.mark.parametrize("count", [500, pytest.param(100_000, marks=[pytest.mark.long, pytest.mark.timeout(1_200)])])
def test_damage_is_read_or_rejected_within_bounds(count: int) -> None:
    files, chance = list(seeds().values()), random.Random(20_260)
    apart.normalised(stored(drawn()))
    assert apart._DECODER._idle is not None
    process = apart._DECODER._idle.process.pid
    idle, before, ends = peak_mb(process), spent(process), Counter[str]()
    for number in range(count):
        data = damaged(files, chance)
        try:
            apart.normalised(data)
            ends["read"] += 1
        except PictureError as error:
            ends[error.reason] += 1
        now = spent(process) if apart._DECODER._idle.process.pid == process else None
        assert now is not None, f"damage {number} ended the decoder"
        assert now - before < _MOST_S, f"damage {number} took {now - before:.2f} s"
        before = now
    assert peak_mb(process) - idle < _MOST_MB
    assert set(ends) <= {"read", "bad_picture", "picture_too_large", "blank_picture"}
    assert ends["read"] > count // 50 and ends["bad_picture"] > count // 10
