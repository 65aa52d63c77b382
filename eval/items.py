"""The items of an evaluation as they come: a line an attempt, appended, each rank to a file of its own.

When all are there they become one file in the order of the problems, whatever order they came in.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from redstar_geo.generation.request import Key
from redstar_geo.jsonl import Shape, cut_torn_line, written_row
from redstar_geo.progress import tell
from redstar_geo.run import write_text
from redstar_geo.scores.summary import ITEM

Item = dict[str, Any]
_NOT_TOLD_APART = ("bad_request", "prompt_too_long")  # by version 0.1, from what was no prompt's fault
_SHAPES: Mapping[str, Shape] = {
    "judgements": {"id": str, "sample": int, "score": int | float | None, "reason": str, "parts": list},
}
LEFT_TO_JUDGE = "left_to_judge"  # why an item is undecided whose benchmark has no gold answers


class Items:
    """What is kept in a folder, as one rank sees it; what a kill left of its own last line is cut off.

    Args:
        name: `items` and what begins so, of answers, or `judgements`, of a judge's about these.
    """

    def __init__(self, folder: Path, rank: int, name: str = "items") -> None:
        self.folder, self.name = folder, name
        self.path = folder / (f"{name}.{rank}.jsonl" if rank else f"{name}.jsonl")
        cut_torn_line(self.path)

    def append(self, items: Iterable[Item]) -> None:
        """Keep them before anything else happens."""
        lines = "".join(_line(item) for item in items)
        with self.path.open("a", encoding="utf-8") as file:
            file.write(lines)

    def read(self) -> dict[Key, Item]:
        """Those of all ranks, each once; a line that another rank is writing is not one yet."""
        items: dict[Key, Item] = {}
        for path in [self.folder / f"{self.name}.jsonl", *self._others()]:
            text = path.read_bytes() if path.is_file() else b""
            for line in text.split(b"\n")[:-1]:
                item = written_row(line, _SHAPES.get(self.name, ITEM))
                if isinstance(item, str):
                    _tell_once(f"{path} has a line that is not as it was written ({item}): it is asked for again.")
                elif item["reason"] not in _NOT_TOLD_APART or "said" in item:
                    items.setdefault((item["id"], item["sample"]), item)
        return items

    def settle(self, order: Sequence[Key]) -> list[Item]:
        """All of these, now in one file in this order; what was asked of no problem any more is left out.

        Raises:
            KeyError: one of them is not there.
        """
        kept = self.read()
        items = [kept[key] for key in order]
        write_text(self.folder / f"{self.name}.jsonl", "".join(map(_line, items)))
        for path in self._others():
            path.unlink()
        return items

    def _others(self) -> list[Path]:
        return sorted(self.folder.glob(f"{self.name}.*.jsonl"))


@cache
def _tell_once(text: str) -> None:
    tell(text)


def _line(item: Item) -> str:
    return json.dumps(item, ensure_ascii=False) + "\n"
