"""Questions whose level is known, from runs and from files as MATH and Omni-MATH publish them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from redstar_geo.difficulty.scale import HIGHEST, LOWEST
from redstar_geo.difficulty.text import plain
from redstar_geo.errors import InputError
from redstar_geo.fingerprint import sha256
from redstar_geo.records import Problem, read
from redstar_geo.run import Counts

_LEVEL = re.compile(r"(?:Level )?(\d+(?:\.\d+)?)")


@dataclass(frozen=True)
class Labelled:
    """A question, its level from 1 to 10, and where it was set (`HMMT_2`), which is never shown to a scorer."""

    question: str
    level: float
    origin: str


def examples(paths: Iterable[Path]) -> tuple[list[Labelled], Counts]:
    """Every usable question of the files, each wording once, so that none can be trained on and tested too.

    Rejected: `bad_line`, `no_question`, `no_level` (MATH has a few `Level ?`), `off_scale`, `duplicate`.

    Args:
        paths: as `files` gives them.
    """
    by_wording: dict[str, Labelled] = {}
    counts = Counts()
    for path in paths:
        for item in _parquet(path) if path.suffix == ".parquet" else _json_lines(path):
            if isinstance(item, str):
                counts.add(item)
            elif by_wording.setdefault(plain(item.question).lower(), item) is not item:
                counts.add("duplicate")
            else:
                counts.add()
    return list(by_wording.values()), counts


def files(named: Iterable[str]) -> dict[Path, str]:
    """The file behind each name, a run folder's `problems.parquet` or the file itself, with its SHA-256.

    Raises:
        InputError: it is neither a run folder nor a `.parquet` or `.jsonl` file.
    """
    digests = {}
    for name in named:
        path = Path(name)
        path = path / "problems.parquet" if path.is_dir() else path
        if not path.is_file() or path.suffix not in (".parquet", ".jsonl"):
            raise InputError(
                f"{name} holds no labelled problems. Give the folder of a run with problems.parquet, or a JSON Lines "
                "file (.jsonl) with `problem` and `difficulty` (Omni-MATH) or `level` (MATH)."
            )
        digests[path] = sha256(path)
    return digests


def _parquet(path: Path) -> Iterator[Labelled | str]:
    for problem in read(Problem, path, images=False):
        yield _labelled(problem.question, problem.difficulty, problem.meta.get("source", problem.source))


def _json_lines(path: Path) -> Iterator[Labelled | str]:
    with path.open("rb") as file:
        for line in file:
            try:
                row = json.loads(line)
            except ValueError:
                yield "bad_line"
                continue
            yield _row(row) if isinstance(row, dict) else "bad_line"


def _row(row: Mapping[str, Any]) -> Labelled | str:
    level = row.get("difficulty", row.get("level"))
    if isinstance(level, str):
        match = _LEVEL.fullmatch(level.strip())
        level = float(match[1]) if match else None
    return _labelled(row.get("problem"), level, row.get("source", row.get("type")))


def _labelled(question: object, level: object, origin: object) -> Labelled | str:
    if not isinstance(question, str) or not question.strip():
        return "no_question"
    if not isinstance(level, int | float):
        return "no_level"
    if not LOWEST <= level <= HIGHEST:
        return "off_scale"
    return Labelled(question, float(level), str(origin))
