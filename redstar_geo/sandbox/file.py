"""`redstar-geo judge`: a file of programs → a file of verdicts, line by line, resumable."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Iterator
from contextlib import nullcontext
from dataclasses import asdict, dataclass, field, replace
from itertools import chain, islice
from pathlib import Path
from typing import Any, get_args

from redstar_geo.cache import checked
from redstar_geo.errors import InputError
from redstar_geo.jsonl import read_object, read_rows, row_by_row, why_unreadable
from redstar_geo.pool import killed
from redstar_geo.progress import progress
from redstar_geo.sandbox.cache import Cache, cache_key
from redstar_geo.sandbox.isolation import CONFINED, UNCONFINED
from redstar_geo.sandbox.judge import Submission, judge_many
from redstar_geo.sandbox.limits import Limits
from redstar_geo.sandbox.runner import Language
from redstar_geo.sandbox.tests import TestsError, parse, read

_SQLITE = b"SQLite format 3\0"  # how such a file begins
_BLOCK = 4096  # lines after which all that is known is written, even if it all came from the cache
_NO_PROGRAM = (ValueError, KeyError, TypeError, AttributeError, RecursionError, TestsError, InputError)
_COLUMNS = ("verdict", "first_failure", "reason", "cpu_s", "isolation")  # of a judgement, in a row of `out`


@dataclass
class Tally:
    """What a file of verdicts says: how often each came (`BAD_LINE` among them), and which lines that is, and why."""

    counts: Counter[str] = field(default_factory=Counter)
    unreadable: list[tuple[int, str]] = field(default_factory=list)


@dataclass
class _Line:
    """A line as read: its id, if it has one, its judgement once there is one, its key in the cache."""

    id: dict[str, Any]
    judgement: dict[str, Any] | None = None
    key: str = ""

    @property
    def row(self) -> dict[str, Any]:
        return self.id | (self.judgement or {})


def judge_file(
    file: Path, out: Path, workers: int = 1, *, cache: Path | None = None, unconfined: bool = False
) -> Tally:
    """Write one verdict for each line of `file` to `out`, in order; lines that `out` already has are not done again.

    A line is `{"code", "tests"[, "language", "checker", "limits", "id"]}`; `tests` is the form of `sandbox.tests` as an
    object or as its text, `checker` and `limits` take the place of what the tests and `Limits` have. One that is not
    gets the verdict BAD_LINE with the error as its reason, and the rest goes on; a blank one gets none.

    Args:
        cache: a file of verdicts to look into and to add to.
        unconfined: run the programs with no walls, because you trust them.

    Raises:
        InputError: `file` cannot be read or has no such line; `out` holds anything but verdicts on these very lines,
            with or without walls as now; `cache` is no such file; this machine lacks what the sandbox is made of.
        RedStarError: a program was killed from outside at every try.
    """
    isolation = UNCONFINED if unconfined else CONFINED
    with (
        _opened(cache) as database,
        row_by_row(file, out, _is_program, "code and tests", settings=isolation) as (lines, write),
    ):
        for row in progress(_judged(lines, workers, database, isolation), "judge"):
            write(row)
    return _tally(out)


def _is_program(text: str) -> bool:
    try:
        _submission(read_object(text, constants=True))
    except _NO_PROGRAM:
        return False
    return True


def _opened(path: Path | None) -> Cache | nullcontext[None]:
    if path is None:
        return nullcontext()
    try:
        with path.open("a+b") as file:
            file.seek(0)
            start = file.read(len(_SQLITE))
    except OSError as error:
        raise InputError(
            f"--cache {path} cannot be used ({error.strerror}). Give a new file, or one of these verdicts."
        ) from None
    if start not in (b"", _SQLITE):
        raise InputError(f"--cache {path} is something else and left as it is. Give a new file, or one of verdicts.")
    return Cache(checked(path))


def _judged(lines: Iterator[str], workers: int, cache: Cache | None, isolation: str) -> Iterator[dict[str, Any]]:
    """The verdicts in the order of the lines; what is known without a run waits for what came before it."""
    for first in lines:
        waiting: deque[_Line] = deque()
        block = chain([first], islice(lines, _BLOCK - 1))
        submissions = _submissions(block, waiting, cache, isolation)
        for judgement in judge_many(submissions, workers, unconfined=isolation == UNCONFINED):
            while waiting[0].judgement is not None:
                yield waiting.popleft().row
            if judgement.accident:
                raise killed(1)
            line = waiting.popleft()
            columns = asdict(judgement)
            line.judgement = {name: columns[name] for name in _COLUMNS}
            if cache:
                cache.add(line.key, line.judgement)
            yield line.row
        yield from (line.row for line in waiting)


def _submissions(
    lines: Iterable[str], waiting: deque[_Line], cache: Cache | None, isolation: str
) -> Iterator[Submission]:
    """The programs that have to run; every line is put to those waiting."""
    for text in lines:
        line = _Line({})
        waiting.append(line)
        try:
            data = read_object(text, constants=True)
            line.id = {"id": data["id"]} if "id" in data else {}
            submission = _submission(data)
        except _NO_PROGRAM as error:
            line.judgement = dict.fromkeys(_COLUMNS) | {"verdict": "BAD_LINE", "reason": why_unreadable(error)[:300]}
            continue
        if cache:
            line.key = cache_key(submission, isolation)
            line.judgement = cache.get(line.key)
        if line.judgement is None:
            yield submission


def _submission(data: dict[str, Any]) -> Submission:
    tests = parse(data["tests"]) if isinstance(data["tests"], str) else read(data["tests"])
    if "checker" in data:
        tests = replace(tests, checker=data["checker"])
    language = data.get("language", "python")
    if not isinstance(data["code"], str) or language not in get_args(Language):
        raise TypeError("code is no text, or in none of the languages " + ", ".join(get_args(Language)))
    if language == "cpp" and tests.kind != "stdin":
        raise TypeError(f"tests of kind {tests.kind} call Python functions; the program is C++")
    limits = data.get("limits", {})
    if not isinstance(limits, dict):
        raise TypeError("limits are no object")
    return Submission(data["code"], tests, language, Limits(**limits))


def _tally(out: Path) -> Tally:
    tally = Tally()
    for row in read_rows(out, {"line": int, "verdict": str}):
        tally.counts[row["verdict"]] += 1
        if row["verdict"] == "BAD_LINE":
            tally.unreadable.append((row["line"], str(row.get("reason"))))
    return tally
