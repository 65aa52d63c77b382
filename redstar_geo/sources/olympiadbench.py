"""OlympiadBench (arXiv 2402.14008): contest and entrance problems in English and Chinese, some with pictures."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from redstar_geo.records import Problem
from redstar_geo.sources import Rejected, table
from redstar_geo.sources.attached import folder_of, picture
from redstar_geo.sources.maths import Maths, joined
from redstar_geo.sources.row import Row, UnusableRowError, as_text, kept, language, text
from redstar_geo.sources.table import Table

_NAMED = re.compile(r"<img_(\w+)>")
_KEPT = ("id", "difficulty", "is_multiple_answer", "unit", "answer_type", "error", "subfield", "subject")
TABLE = Table(
    "Hothan/OlympiadBench",
    ("question", "final_answer"),
    configs=("OE_MM_maths_en_COMP", "OE_TO_maths_en_COMP"),
    one_split=True,
)


def problems(
    path: str | None = None, split: str = "train", configs: Sequence[str] = TABLE.configs
) -> Iterator[Problem | Rejected]:
    """Every row of these configs, of 18, in the table's order; see `table.problems` for `path` and errors.

    Open-ended maths alone makes problems: theorems are rejected as `asks_for_a_proof`, physics as `not_maths`, and what
    its owners leave to a person as `needs_human_judge`. Several answers are written as one list; `unit` and `error`
    (the tolerance) stay in `meta`.
    """
    maths = Maths("olympiadbench", "Apache-2.0", split)
    folder = folder_of(path)

    def problem(row: Row, id: str) -> Problem:
        if "theorem" in as_text(row.get("question_type")).lower() or not row["final_answer"]:
            raise UnusableRowError("asks_for_a_proof")
        if "physics" in as_text(row.get("subject")).lower():
            raise UnusableRowError("not_maths")
        if "human" in as_text(row.get("answer_type")).lower():
            raise UnusableRowError("needs_human_judge")
        question, named = _pictures("\n".join(filter(None, (as_text(row.get("context")), text(row, "question")))))
        images = [row[f"image_{place}"] for place in range(1, 6) if row.get(f"image_{place}")] or named
        return maths.problem(
            id,
            question,
            joined(row["final_answer"]),
            joined(row.get("solution"), "\n\n"),
            language=language(question),
            images=tuple(picture(image, folder) for image in images),
            meta=kept(row, _KEPT),
        )

    return table.problems(replace(TABLE, configs=tuple(configs)), path, split, maths.source, problem)


def _pictures(question: str) -> tuple[str, list[str]]:
    """The question with its pictures by number, as the hub has it, and their files where the text names them."""
    named = list(dict.fromkeys(_NAMED.findall(question)))
    numbered = _NAMED.sub(lambda match: f"<image_{named.index(match[1]) + 1}>", question)
    return numbered, [f"{name}.jpg" for name in named]
