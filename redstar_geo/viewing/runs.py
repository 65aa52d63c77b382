"""What there is to browse in a folder: runs of data, evaluations and comparisons, each opened when it is looked at."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

from redstar_geo.errors import InputError
from redstar_geo.viewing.evaluation_store import ComparisonStore, EvaluationStore
from redstar_geo.viewing.trace_store import TraceStore

_DEEPEST = 2  # folders below the one that is given
_KINDS: dict[str, Callable[[Path], TraceStore]] = {
    "compare.json": ComparisonStore,
    "items.jsonl": EvaluationStore,
    "traces.parquet": TraceStore,
    "problems.parquet": TraceStore,
}


class Runs:
    """The folder itself and those below it, by their places in it; the folder's own place is its name.

    Args:
        folder: an output folder of `redstar-geo data`, `eval` or `compare`, or a folder of such folders.

    Raises:
        InputError: there is nothing to browse, or the first of them cannot be read.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        paths = [path for depth in range(_DEEPEST + 1) for path in _below(folder, depth)]
        self._paths = {path.name if path == folder else str(path.relative_to(folder)): path for path in paths}
        if not paths:
            raise InputError(
                f"{folder} holds nothing to browse: no run.json of redstar-geo data or eval and no compare.json. Give "
                "a folder that one of them wrote, or one with such folders in it."
            )
        self._stores: dict[str, TraceStore] = {}
        self._one_at_a_time = threading.Lock()
        self.first = self.open(self.names[0])

    @property
    def names(self) -> list[str]:
        return list(self._paths)

    def open(self, name: str) -> TraceStore:
        """The store of this name; once opened it stays open.

        Raises:
            InputError: there is none of this name, or it cannot be read.
        """
        if name not in self._paths:
            raise InputError(f"There is nothing called {name[:100]!r} here.")
        with self._one_at_a_time:
            if name not in self._stores:
                path = self._paths[name]
                kind = next(kind for file, kind in _KINDS.items() if (path / file).is_file())
                self._stores[name] = kind(path)
            return self._stores[name]


def _below(folder: Path, depth: int) -> list[Path]:
    """Problems alone are shown of the folder itself; below it they belong to what was made of them."""
    kinds = list(_KINDS)[: -1 if depth else None]
    paths = sorted(folder.glob("*/" * depth)) if depth else [folder]
    return [path for path in paths if any((path / name).is_file() for name in kinds)]
