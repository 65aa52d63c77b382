"""`redstar-geo verify`: a file of answers → a file of verdicts, line by line, resumable."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from redstar_geo.answer import verify
from redstar_geo.errors import InputError
from redstar_geo.progress import progress

Counts = Counter[tuple[str, str]]  # (expected, verdict); expected is "–" where the line does not say


def verify_file(file: Path, out: Path) -> Counts:
    """Write one verdict for each line of `file` to `out`, in order; lines that `out` already has are not done again.

    A line is `{"gold", "prediction"[, "choices", "finish_reason", "expected"]}`. One that is not gets the verdict
    `undecided: bad_line`, and the rest goes on.

    Returns:
        How often each verdict came, by what was expected.

    Raises:
        InputError: `file` does not exist.
    """
    if not file.is_file():
        raise InputError(f"{file} does not exist. Give a JSONL file with gold and prediction on every line.")
    done = _cut_torn_line(out)
    with file.open(encoding="utf-8", errors="replace") as lines, out.open("a", encoding="utf-8") as verdicts:
        for number, line in progress(islice(enumerate(lines, 1), done, None), "verify"):
            verdicts.write(json.dumps(_judge(number, line), ensure_ascii=False) + "\n")
    return Counter(_outcomes(out))


def _judge(number: int, line: str) -> dict[str, Any]:
    try:
        row = json.loads(line)
        gold, prediction, choices = str(row["gold"]), str(row["prediction"]), tuple(map(str, row.get("choices", ())))
        expected, finish_reason = row.get("expected"), str(row.get("finish_reason", "stop"))
    except (json.JSONDecodeError, KeyError, TypeError, AttributeError) as error:
        return {"line": number, "verdict": "undecided", "reason": "bad_line", "extracted": None, "error": repr(error)}
    found = verify(gold, prediction, choices=choices, finish_reason=finish_reason)
    verdict = {"line": number, "verdict": found.status, "reason": found.reason, "extracted": found.extracted}
    return verdict if expected is None else verdict | {"expected": expected}


def _cut_torn_line(out: Path) -> int:
    """The number of whole lines; what a kill left of a last one is cut off."""
    if not out.is_file():
        return 0
    with out.open("rb+") as file:
        lines = 0
        end = 0
        for line in file:
            if line.endswith(b"\n"):
                lines += 1
                end += len(line)
        file.truncate(end)
    return lines


def _outcomes(out: Path) -> Iterator[tuple[str, str]]:
    with out.open(encoding="utf-8") as file:
        for line in file:
            verdict = json.loads(line)
            yield str(verdict.get("expected", "–")), verdict["verdict"]
