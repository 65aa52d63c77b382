"""`redstar-geo verify`: a file of answers → a file of verdicts, line by line, resumable."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from redstar_geo.answer import as_text
from redstar_geo.answer.among import LETTERS
from redstar_geo.answer.worker import Question, Verifier
from redstar_geo.errors import InputError
from redstar_geo.jsonl import read_object, read_rows, row_by_row, why_unreadable
from redstar_geo.progress import progress


@dataclass
class Tally:
    """What a file of verdicts says: how often each (expected, verdict) came, and which lines were unreadable, and why.

    `expected` is `True`, `False`, `None` (must not be scored) or `–` where the line does not say.
    """

    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    unreadable: list[tuple[int, str]] = field(default_factory=list)


@dataclass(frozen=True)
class _Line:
    """A line as read: a question with what goes into its verdict unchanged, or the error that it is."""

    question: Question | None
    extra: dict[str, Any]


def verify_file(file: Path, out: Path, workers: int = 1) -> Tally:
    """Write one verdict for each line of `file` to `out`, in order; lines that `out` already has are not done again.

    A line is `{"gold", "prediction"[, "choices", "finish_reason", "expected"]}`; gold and prediction are texts or
    numbers, `choices` are such as well, or how many there are. One that is not gets the verdict `undecided: bad_line`
    with its number and the error, and the rest goes on; a blank one gets none. Every verdict is worked out behind the
    limits of `Verifier`.

    Raises:
        InputError: `file` cannot be read or has no such line; `out` holds anything but verdicts on these very lines.
    """
    with (
        row_by_row(file, out, _is_question, "gold and prediction") as (lines, write),
        Verifier(workers) as verifier,
    ):
        for verdict in progress(_judged(lines, verifier), "verify"):
            write(verdict)
    return _tally(out)


def _judged(lines: Iterator[str], verifier: Verifier) -> Iterator[dict[str, Any]]:
    """The verdicts in the order of the lines; the questions among them go through the verifier together."""
    waiting: deque[_Line] = deque()

    def questions() -> Iterator[Question]:
        for text in lines:
            line = _read(text)
            waiting.append(line)
            if line.question is not None:
                yield line.question

    for found in verifier.many(questions()):
        while waiting[0].question is None:
            yield waiting.popleft().extra
        verdict = {"verdict": found.status, "reason": found.reason, "extracted": found.extracted}
        yield verdict | waiting.popleft().extra
    while waiting:
        yield waiting.popleft().extra


def _is_question(text: str) -> bool:
    return _read(text).question is not None


def _read(text: str) -> _Line:
    extra: dict[str, Any] = {}
    try:
        row = read_object(text)
        extra = {"expected": row["expected"]} if "expected" in row else {}
        question = Question(
            as_text(row["gold"], "gold"), as_text(row["prediction"], "prediction"), _choices(row.get("choices"))
        )
        return _Line(question._replace(finish_reason=_finish_reason(row.get("finish_reason"))), extra)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, InputError) as error:
        bad = {"verdict": "undecided", "reason": "bad_line", "extracted": None, "error": why_unreadable(error)[:300]}
        return _Line(None, bad | extra)


def _choices(given: object) -> tuple[str, ...]:
    """The choices' texts; of a mere number of choices their letters."""
    if given is None:
        return ()
    if type(given) is int and 0 <= given <= len(LETTERS):
        return tuple(LETTERS[:given])
    if not isinstance(given, list):
        raise TypeError(f"choices are {given!r}, neither a list nor their number, 0 to {len(LETTERS)}")
    return tuple(as_text(choice, "a choice") for choice in given)


def _finish_reason(given: object) -> str:
    if not isinstance(given, str | None):
        raise TypeError(f"finish_reason is {given!r}, no text")
    return given or "stop"


def _tally(out: Path) -> Tally:
    tally = Tally()
    for verdict in read_rows(out, {"line": int, "verdict": str, "reason": str}):
        tally.counts[str(verdict.get("expected", "–")), verdict["verdict"]] += 1
        if verdict["reason"] == "bad_line":
            tally.unreadable.append((verdict["line"], str(verdict.get("error"))))
    return tally
