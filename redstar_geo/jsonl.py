"""Files of one JSON object a line that grow line by line, so that a kill costs at most the line being written."""

from __future__ import annotations

import codecs
import hashlib
import json
import os
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from types import UnionType
from typing import Any, BinaryIO

from redstar_geo.errors import InputError, disk_full_reported
from redstar_geo.lock import lock

Shape = Mapping[str, type | UnionType]  # key → the type of its value
Write = Callable[[dict[str, Any]], None]
_LONGEST_LINE = 64 << 20  # bytes
_Line = tuple[int, bytes]  # its number from 1, and its bytes without what ends it


def cut_torn_line(path: Path) -> int:
    """The number of whole lines; what a kill left of a last one is cut off. A missing file has none."""
    if not path.is_file():
        return 0
    with path.open("rb+") as file:
        lines = end = 0
        for line in file:
            if line.endswith(b"\n"):
                lines += 1
                end += len(line)
        file.truncate(end)
    return lines


@contextmanager
def row_by_row(
    file: Path, out: Path, readable: Callable[[str], bool], wanted: str, settings: str = ""
) -> Iterator[tuple[Iterator[str], Write]]:
    """The lines of `file` that have no row in `out` yet, and what appends the row of the next of them, in order.

    A row begins with `line`, the number of its line, and `input`, a fingerprint of that line and of `settings`. So the
    rows that are there already are known to be of this very input, down to the one that a kill has torn. Lines that are
    added to `file` get their rows at the next call; blank lines get none.

    Args:
        readable: whether a line is such as it should be; a file without one is refused.
        wanted: what a line should have, in words.
        settings: what decides a row besides its line.

    Raises:
        InputError: `file` cannot be read or has no readable line; `out` cannot be written, or holds anything but rows
            of the first lines of `file` with these settings. What `out` holds is then as it was.
        DiskFull: there is no room for `out`.
    """
    with disk_full_reported(out), _opened(file, "rb", f"Give a JSONL file with {wanted} on every line.") as source:
        if not any(readable(_text(line)) for _, line in _lines(source)):
            raise InputError(f"{file} has no line with {wanted}. Give a JSONL file that has both on every line.")
        with _opened(out, "a+b", "Give --out a file in a folder that is there and may be written to.") as rows:
            lock(rows, f"--out {out}", "give another --out.")
            done = _cut_to_own_rows(rows, source, settings)
            heads: deque[dict[str, Any]] = deque()  # of the lines handed out whose rows are not written yet

            def texts() -> Iterator[str]:
                for number, line in islice(_lines(source), done, None):
                    heads.append(_head(number, line, settings))
                    yield _text(line)

            def write(row: dict[str, Any]) -> None:
                rows.write(_encoded(heads.popleft() | row) + b"\n")
                rows.flush()

            yield texts(), write


def read_object(line: str, *, constants: bool = False) -> dict[str, Any]:
    """The JSON object that a line is.

    Args:
        constants: NaN and Infinity are numbers, as Python writes what a function returns.

    Raises:
        ValueError, RecursionError: it is not JSON, or an object has a key twice.
        TypeError: it is JSON of another kind.
    """
    constant = float if constants else _no_constant
    row = json.loads(line, parse_constant=constant, object_pairs_hook=_unambiguous)
    if not isinstance(row, dict):
        raise TypeError("not a JSON object")
    return row


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no number of JSON")


def _unambiguous(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    row = dict(pairs)
    if len(row) < len(pairs):
        twice = Counter(name for name, _ in pairs).most_common(1)[0][0]
        raise ValueError(f"{twice[:80]!r} twice")
    return row


def why_unreadable(error: Exception) -> str:
    """What is wrong with a line, in words, of the error that reading it raised."""
    if isinstance(error, json.JSONDecodeError):
        return f"not JSON ({error.msg} at character {error.pos + 1})"
    if isinstance(error, KeyError):
        return f"no {error.args[0]!r}"
    if isinstance(error, RecursionError):
        return "nested too deeply"
    return str(error)


def read_rows(path: Path, shape: Shape | None = None) -> Iterator[dict[str, Any]]:
    """The objects of a file that was written here, one a line; what a kill left of a last one is none.

    Args:
        shape: what each must have.

    Raises:
        InputError: a line is not so.
    """
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            if line.endswith(b"\n"):
                row = written_row(line, shape)
                if isinstance(row, str):
                    raise InputError(
                        f"{path} is not as it was written: line {number}: {row}. Bring it back from a copy, or have it "
                        "written anew in another place."
                    )
                yield row


def written_row(line: bytes, shape: Shape | None = None) -> dict[str, Any] | str:
    """The object of a line that was written here, or what is wrong with it."""
    try:
        row = read_object(line.decode())
    except (ValueError, TypeError, RecursionError) as error:
        return why_unreadable(error)
    for name, kind in (shape or {}).items():
        if name not in row:
            return f"no {name!r}"
        if not isinstance(row[name], kind):
            return f"{name} is {row[name]!r}"[:200]
    return row


@contextmanager
def _opened(path: Path, mode: str, remedy: str) -> Iterator[BinaryIO]:
    try:
        if path.exists() and not path.is_file():
            raise InputError(f"{path} is {'a folder' if path.is_dir() else 'a pipe or a device'}, no file. {remedy}")
        file = path.open(mode)
    except OSError as error:
        raise InputError(f"{path} cannot be opened ({error.strerror}). {remedy}") from None
    with file:
        yield file  # type: ignore[misc]  # the mode is binary


def _cut_to_own_rows(rows: BinaryIO, source: BinaryIO, settings: str) -> int:
    """The number of whole rows; a torn last one is cut off, if all that is there was made from this very input."""
    if os.path.sameopenfile(rows.fileno(), source.fileno()):
        raise InputError(f"--out {rows.name} is the input itself, which is left as it is. Give --out its own file.")
    whole = end = 0
    lines = _lines(source)
    rows.seek(0)
    for row in rows:
        line = next(lines, None)
        head = b"" if line is None else _encoded(_head(*line, settings))[:-1]
        torn = not row.endswith(b"\n")
        if line is None or not (row.startswith(head) or (torn and head.startswith(row))):
            raise InputError(
                f"{rows.name} is left as it is: its line {whole + 1} was not made from {source.name} as that is now, "
                "with these settings. Give another --out."
            )
        if not torn:
            whole, end = whole + 1, end + len(row)
    rows.truncate(end)
    return whole


def _lines(source: BinaryIO) -> Iterator[_Line]:
    """All lines from the first on, without blank ones; of one that is too long, what it is known by."""
    source.seek(0)
    for number, line in enumerate(iter(lambda: _line(source), b""), 1):
        bare = line.removeprefix(codecs.BOM_UTF8) if number == 1 else line
        if bare.strip():
            yield number, bare.rstrip(b"\r\n")


def _line(source: BinaryIO) -> bytes:
    line = source.readline(_LONGEST_LINE)
    if len(line) < _LONGEST_LINE or line.endswith(b"\n"):
        return line
    size, digest = 0, hashlib.sha256()
    while line:
        size += len(line)
        digest.update(line)
        line = b"" if line.endswith(b"\n") else source.readline(_LONGEST_LINE)
    return json.dumps(f"a line of {size:,} bytes, of which {_LONGEST_LINE:,} are read: {digest.hexdigest()}").encode()


def _text(line: bytes) -> str:
    return line.decode("utf-8", errors="replace")


def _head(number: int, line: bytes, settings: str) -> dict[str, Any]:
    fingerprint = hashlib.sha256(settings.encode() + b"\n" + line).hexdigest()[:16]
    return {"line": number, "input": fingerprint}


def _encoded(row: Mapping[str, Any]) -> bytes:
    return json.dumps(row, ensure_ascii=False).encode("utf-8", errors="replace")
