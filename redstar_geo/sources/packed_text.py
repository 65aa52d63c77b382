"""Text that was pickled, compressed and put in base64, read without unpickling: a pickle is a stranger's program."""

from __future__ import annotations

import base64
import pickletools
import zlib
from itertools import islice

from redstar_geo.errors import RedStarError

LARGEST = 1 << 29  # bytes; real ones are a fraction of it, a decompression bomb is not
_MOST_STEPS = 6  # protocol, frame, text, memo, stop, and one too many
_FRAMING = {"PROTO", "FRAME"}
_TEXT = {"UNICODE", "SHORT_BINUNICODE", "BINUNICODE", "BINUNICODE8"}
_MEMO = {"PUT", "BINPUT", "LONG_BINPUT", "MEMOIZE"}


class PackedTextError(RedStarError):
    """The bytes hold no single string, or too long a one."""


def unpacked(packed: str, largest: int = LARGEST) -> str:
    """The text in base64 of zlib of a pickled string.

    Raises:
        PackedTextError: one of the three layers is broken, the pickle holds anything else, or it unpacks to more than
            `largest` bytes.
    """
    unpacker = zlib.decompressobj()
    try:
        data = unpacker.decompress(base64.b64decode(packed, validate=True), largest)
    except (ValueError, zlib.error) as error:
        raise PackedTextError(str(error)) from None
    if not unpacker.eof:
        raise PackedTextError(f"torn, or more than {largest} bytes")
    return pickled_text(data)


def pickled_text(data: bytes) -> str:
    """What `pickle.dumps(text)` was given, whatever the protocol; nothing but one string is accepted.

    Raises:
        PackedTextError: any other instruction, a second string, or bytes behind the end.
    """
    try:
        operations = list(islice(pickletools.genops(data), _MOST_STEPS))
    except (ValueError, IndexError) as error:
        raise PackedTextError(f"no pickle: {error}") from None
    steps = [(opcode.name, argument) for opcode, argument, _ in operations if opcode.name not in _FRAMING]
    names = [name for name, _ in steps]
    whole = len(names) in (2, 3) and names[0] in _TEXT and names[-1] == "STOP" and operations[-1][2] == len(data) - 1
    if not whole or not set(names[1:-1]) <= _MEMO:
        raise PackedTextError("more than a single string")
    return str(steps[0][1])
