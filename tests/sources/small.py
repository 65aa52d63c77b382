"""Small files in the form of public data sets."""

import io
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

from redstar_geo.records import Problem
from redstar_geo.sources import Rejected


def png(color: str = "red", size: tuple[int, int] = (80, 60)) -> bytes:
    """Two lines on a ground of that colour."""
    picture, out = Image.new("RGB", size, color), io.BytesIO()
    picture.paste("black", (0, size[1] // 2, size[0], size[1] // 2 + 1))
    picture.paste("black", (size[0] // 2, 0, size[0] // 2 + 1, size[1]))
    picture.save(out, "PNG")
    return out.getvalue()


def jsonl(path: Path, rows: Iterable[Mapping[str, Any] | str]) -> Path:
    """A row a line; a string is written as it is."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join((row if isinstance(row, str) else json.dumps(row)) + "\n" for row in rows))
    return path


def parquet(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pylist(rows), path)
    return path


def sorted_out(items: Iterable[Problem | Rejected]) -> tuple[list[Problem], Counter[str]]:
    """The problems, and how many rows were rejected under which reason."""
    found = list(items)
    assert len({item.id for item in found}) == len(found)
    problems = [item for item in found if isinstance(item, Problem)]
    return problems, Counter(item.reason for item in found if isinstance(item, Rejected))


def pixels(data: bytes) -> bytes:
    with Image.open(io.BytesIO(data)) as picture:
        return picture.convert("RGB").tobytes()
