"""The page of certificates: ten questions with reading, figure, answer and certificate, and what could not be read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from redstar_geo.formalise import read_question, solve
from redstar_geo.formalise.certificate import STATUSES
from redstar_geo.formalise.file import depicted
from redstar_geo.geometry.draw import layout, png
from redstar_geo.jsonl import read_object, read_rows
from redstar_geo.report.page import picture, write_page
from redstar_geo.report.shown import value

_QUESTIONS = 10
_SOURCES = {"text": "in the question", "picture": "in the picture", "person": "told by a person"}


def write_certificates(path: Path, file: Path, certificates: Path) -> None:
    """Write the page of a file of certificates as one self-contained HTML file.

    Args:
        file: what was certified, as for `certify_file`.
        certificates: what came of it; of every status the first ones are shown, ten in all.
    """
    lines = file.read_text(encoding="utf-8").splitlines()
    rows = [row for row in read_rows(certificates, {"line": int, "status": str}) if row["status"] != "bad_line"]
    statuses = Counter(row["status"] for row in rows)
    why = Counter(_kind(row) for row in rows if row["status"] == "not certified")
    answers = f"{len(rows):,} answer{'s' * (len(rows) != 1)}"
    write_page(
        path,
        "certificates.html",
        name=file.name,
        headline=f"{answers}: {', '.join(f'{statuses[status]:,} {status}' for status in STATUSES)}.",
        cards=[_card(row, read_object(lines[row["line"] - 1])) for row in _spread(rows)],
        why=why.most_common(),
        unread=sum(bool(row["unread"]) for row in rows),
    )


def _kind(row: Mapping[str, Any]) -> str:
    """Why there is no certificate: by outcome; of a question that is refused, what it asks for."""
    if row["outcome"] == "answered":
        return "the answer could not be read"
    return f"refused: {row['outcome_why']}" if row["outcome"] == "refused" else str(row["outcome"])


def _spread(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Ten rows in order, of each status as many as of the others where there are so many."""
    turns = Counter[str]()
    ranked = []
    for row in rows:
        turns[row["status"]] += 1
        ranked.append((turns[row["status"]], row["line"], row))
    chosen = sorted(ranked, key=lambda each: each[:2])[:_QUESTIONS]
    return [row for _, _, row in sorted(chosen, key=lambda each: each[1])]


def _card(row: Mapping[str, Any], line: Mapping[str, Any]) -> dict[str, Any]:
    solution = solve(read_question(line["question"]), depicted(line), explain=False)
    figure = next(iter(solution.figures), None)
    return {
        "question": line["question"],
        "figure": "" if figure is None else picture(png(layout(figure, impatient=True))),
        "value": "" if row["value"] is None else value(row["value"]["text"]),
        "answer": "" if row["answer"] is None else value(row["answer"]),
        "status": row["status"],
        "why": row["why"],
        "read": list(_read(row)),
        "unread": row["unread"],
    }


def _read(row: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for source, where in _SOURCES.items():
        words = dict.fromkeys(said["words"] for said in row["rests_on"] if said["source"] == source)
        if words:
            yield where, "; ".join(words)
