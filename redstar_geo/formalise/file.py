"""`redstar-geo certify`: a file of questions and responses → a file of certificates, line by line, resumable."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from redstar_geo.answer import as_text
from redstar_geo.errors import InputError
from redstar_geo.formalise.certificate import certify
from redstar_geo.formalise.picture import NOTHING, Depiction, annotated, in_words
from redstar_geo.formalise.question import read_question
from redstar_geo.geometry.cdl import CDLError
from redstar_geo.jsonl import read_object, read_rows, row_by_row, why_unreadable
from redstar_geo.progress import progress

_BAD = "bad_line"


@dataclass
class Tally:
    """How often each status came, and which lines were unreadable, and why."""

    counts: Counter[str] = field(default_factory=Counter)
    unreadable: list[tuple[int, str]] = field(default_factory=list)


def certify_file(file: Path, out: Path) -> Tally:
    """Write the certificate of each line of `file` to `out`, in order; lines that `out` already has are left alone.

    A line is `{"question", "response"[, "id", "choices", "finish_reason", "statements"]}`: `statements` are what the
    picture shows in the language of `geometry.reading`, or FormalGeo's `construction_cdl` and `image_cdl` stand
    instead. One that is not gets the status `bad_line` with the error, and the rest goes on; a blank line gets none.

    Raises:
        InputError: `file` cannot be read or has no such line; `out` holds anything but certificates of these lines.
    """
    with row_by_row(file, out, _is_line, "question and response") as (lines, write):
        for line in progress(lines, "certify"):
            write(_row(line))
    tally = Tally()
    for row in read_rows(out, {"line": int, "status": str}):
        tally.counts[row["status"]] += 1
        if row["status"] == _BAD:
            tally.unreadable.append((row["line"], str(row.get("error"))))
    return tally


def _is_line(text: str) -> bool:
    try:
        _texts(read_object(text))
    except (ValueError, KeyError, TypeError, RecursionError, InputError):
        return False
    return True


def _row(text: str) -> dict[str, Any]:
    try:
        line = read_object(text)
        question, response, choices = _texts(line)
        reason = line.get("finish_reason") or "stop"
        certificate = certify(
            read_question(question), response, depicted(line), choices=choices, finish_reason=as_text(reason, "reason")
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, InputError, CDLError) as error:
        return {"status": _BAD, "error": why_unreadable(error)[:300]}
    return ({"id": line["id"]} if "id" in line else {}) | certificate.row()


def _texts(line: Mapping[str, Any]) -> tuple[str, str, tuple[str, ...]]:
    if not isinstance(line["question"], str):
        raise TypeError(f"question is {line['question']!r}, no text")
    choices = line.get("choices") or []
    if not isinstance(choices, list):
        raise TypeError(f"choices are {choices!r}, no list")
    response = as_text(line["response"], "response")
    return line["question"], response, tuple(as_text(choice, "a choice") for choice in choices)


def depicted(line: Mapping[str, Any]) -> Depiction:
    """What a line says of its picture.

    Raises:
        CDLError, TypeError: it is not as it should be.
    """
    if "construction_cdl" in line:
        lists = {key: line.get(key) or [] for key in ("construction_cdl", "image_cdl")}
        for key, texts in lists.items():
            if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
                raise TypeError(f"{key} is no list of texts")
        return annotated(lists)
    said = line.get("statements")
    if said is None:
        return NOTHING
    if not isinstance(said, str):
        raise TypeError(f"statements are {type(said).__name__}, no text")
    return in_words(said)
