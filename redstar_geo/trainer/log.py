"""The logs of a training: one JSON line an entry, each with the `step` that it is of."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from redstar_geo.jsonl import read_rows
from redstar_geo.run import write_text


def read_log(path: Path) -> list[dict[str, Any]]:
    """The entries; a last line torn by a kill is left out, and no file is no entries.

    Raises:
        InputError: another line is none.
    """
    if not path.is_file():
        return []
    return list(read_rows(path, {"step": int}))


def append(path: Path, entry: Mapping[str, Any]) -> None:
    """Write one more entry."""
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(entry, ensure_ascii=False) + "\n")


def drop_after(path: Path, step: int) -> list[dict[str, Any]]:
    """Leave out what is after a checkpoint's step, which is done again when a training resumes; what is left."""
    kept = [entry for entry in read_log(path) if entry["step"] <= step]
    write_text(path, "".join(json.dumps(entry, ensure_ascii=False) + "\n" for entry in kept))
    return kept
