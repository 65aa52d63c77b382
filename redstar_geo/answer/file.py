"""`redstar-geo verify`: a file of answers → a file of verdicts, line by line, resumable."""

from __future__ import annotations

import json
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from redstar_geo.answer.worker import Question, Verifier
from redstar_geo.errors import InputError
from redstar_geo.jsonl import cut_torn_line
from redstar_geo.progress import progress


@dataclass
class Tally:
    """What a file of verdicts says: how often each (expected, verdict) came, and the lines that were no question.

    `expected` is `True`, `False`, `None` (must not be scored) or `–` where the line does not say.
    """

    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    bad_lines: list[int] = field(default_factory=list)


@dataclass(frozen=True)
class _Line:
    """A line as read: a question with what goes into its verdict unchanged, or the error that it is."""

    question: Question | None
    extra: dict[str, Any]


def verify_file(file: Path, out: Path, workers: int = 1) -> Tally:
    """Write one verdict for each line of `file` to `out`, in order; lines that `out` already has are not done again.

    A line is `{"gold", "prediction"[, "choices", "finish_reason", "expected"]}`; `choices` are texts, or their number.
    One that is not gets the verdict `undecided: bad_line` with its number and the error, and the rest goes on. Every
    verdict is worked out behind the limits of `Verifier`.

    Raises:
        InputError: `file` does not exist.
    """
    if not file.is_file():
        raise InputError(f"{file} does not exist. Give a JSONL file with gold and prediction on every line.")
    done = cut_torn_line(out)
    with (
        file.open(encoding="utf-8", errors="replace") as lines,
        out.open("a", encoding="utf-8", errors="replace") as verdicts,
        Verifier(workers) as verifier,
    ):
        for number, verdict in enumerate(progress(_judged(islice(lines, done, None), verifier), "verify"), done + 1):
            verdicts.write(json.dumps({"line": number} | verdict, ensure_ascii=False) + "\n")
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


def _read(text: str) -> _Line:
    extra: dict[str, Any] = {}
    try:
        row = json.loads(text)
        extra = {"expected": row["expected"]} if "expected" in row else {}
        question = Question(str(row["gold"]), str(row["prediction"]), _choices(row.get("choices", ())))
        return _Line(question._replace(finish_reason=str(row.get("finish_reason", "stop"))), extra)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        bad = {"verdict": "undecided", "reason": "bad_line", "extracted": None, "error": repr(error)[:300]}
        return _Line(None, bad | extra)


def _choices(given: list[Any] | int) -> tuple[str, ...]:
    """The choices' texts; of a mere number of choices their letters."""
    return tuple("ABCDEFGH"[:given]) if isinstance(given, int) else tuple(map(str, given))


def _tally(out: Path) -> Tally:
    tally = Tally()
    with out.open(encoding="utf-8") as file:
        for line in file:
            verdict = json.loads(line)
            tally.counts[str(verdict.get("expected", "–")), verdict["verdict"]] += 1
            if verdict["reason"] == "bad_line":
                tally.bad_lines.append(verdict["line"])
    return tally
