"""A run folder: one manifest, atomic files, and counts that add up.

    runs/NAME/  run.json  problems.parquet  ledger.sqlite  traces.parquet  sft/*.parquet  pairs/*.parquet  …

Whatever a stage finishes is in place under its final name only when it is whole, so `kill -9` at any moment leaves
either the old state or the new one. The same command again goes on where it stopped; a finished stage is a no-op.
"""

from __future__ import annotations

import json
import os
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from importlib import metadata
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from filelock import FileLock, Timeout

from redstar_geo.errors import InputError, RedStarError, disk_full_reported, says_disk_full

_ROWS_A_BATCH = 256
_PACKAGES = ("redstar-geo", "torch", "transformers", "trl", "datasets", "formalgeo", "pyarrow")


@dataclass
class Counts:
    """What became of the items of a stage. `rejected` goes by reason.

    Invariant, checked by `settle`: in = out + Σ rejected + pending.
    """

    in_: int = 0
    out: int = 0
    rejected: dict[str, int] = field(default_factory=dict)
    pending: int = 0

    @classmethod
    def of(cls, reasons: Iterable[str | None]) -> Counts:
        """The counts of items by the reason against each; None is for one that went on."""
        counts = cls()
        for reason, items in Counter(reasons).items():
            counts.add(reason, items)
        return counts

    def add(self, reason: str | None = None, items: int = 1) -> None:
        """Count items as out, or as rejected where there is a reason."""
        self.in_ += items
        if reason is None:
            self.out += items
        elif items:
            self.reject(reason, items)

    def reject(self, reason: str, items: int = 1) -> None:
        self.rejected[reason] = self.rejected.get(reason, 0) + items

    def settle(self) -> dict[str, Any]:
        """The counts as written to the manifest.

        Raises:
            RedStarError: the counts do not add up, so an item was lost: a defect, never to be passed over.
        """
        accounted = self.out + sum(self.rejected.values()) + self.pending
        if self.in_ != accounted:
            raise RedStarError(f"Counts do not add up: {self.in_} in, {accounted} accounted for ({self}).")
        rejected = dict(sorted(self.rejected.items(), key=lambda item: (-item[1], item[0])))
        return {"in": self.in_, "out": self.out, "rejected": rejected, "pending": self.pending}


class Run:
    """An open run folder; `open_run` makes one."""

    def __init__(self, folder: Path, manifest: dict[str, Any]) -> None:
        self.folder = folder
        self.manifest = manifest

    def finished(self, stage: str) -> bool:
        return stage in self.manifest["counts"]

    def finish(self, stage: str, counts: Counts, **facts: Any) -> None:
        """Record a stage as done, with its counts and whatever facts belong beside them."""
        self.manifest["counts"][stage] = counts.settle() | facts
        self.save()

    def forget(self, *stages: str) -> None:
        """Stages that have to be gone through again, since what they read has grown."""
        for stage in stages:
            self.manifest["counts"].pop(stage, None)
        self.save()

    def save(self) -> None:
        write_json(self.folder / "run.json", self.manifest)

    def path(self, *parts: str) -> Path:
        path = self.folder.joinpath(*parts)
        path.parent.mkdir(parents=True, exist_ok=True)
        return path


@contextmanager
def open_run(folder: str | Path, recipe: Mapping[str, Any], inputs: Mapping[str, str] | None = None) -> Iterator[Run]:
    """Open or resume the run in `folder`; one process at a time.

    Args:
        recipe: plain values as run; a folder made by another recipe is refused.
        inputs: fingerprints (SHA-256) of what the run reads; a change is refused likewise.

    Raises:
        InputError: the folder belongs to another recipe or other inputs, or another process is at work in it; it can
            be no folder of this user's; what a finished stage left in it is damaged.
        DiskFull: there is no room in it.
    """
    folder = Path(folder)
    with disk_full_reported(folder), _locked(folder):
        yield Run(folder, _manifest(folder, dict(recipe), dict(inputs or {})))


def read_manifest(folder: str | Path) -> dict[str, Any]:
    """The manifest of an existing run.

    Raises:
        InputError: there is none, or none that a command wrote.
    """
    path = Path(folder) / "run.json"
    if not path.is_file():
        raise InputError(f"{folder} is not a run folder: it has no run.json. Give the folder that a command wrote.")
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, RecursionError, ValueError) as error:
        raise _no_manifest(path, str(error)) from None
    if not isinstance(manifest, dict):
        raise _no_manifest(path, f"it holds {type(manifest).__name__}")
    for part in ("recipe", "counts"):
        if not isinstance(manifest.get(part), dict):
            raise _no_manifest(path, f"it has no {part}")
    return manifest


class Clock:
    """Seconds by stage in a JSON file; a stage that is gone through again, as a no-op, keeps its first time."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.seconds: dict[str, float] = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}

    @contextmanager
    def __call__(self, stage: str) -> Iterator[None]:
        started = time.monotonic()
        yield
        self.seconds.setdefault(stage, round(time.monotonic() - started, 1))
        write_json(self.path, self.seconds)


def write_text(path: Path, text: str) -> None:
    """Write a file so that it is there whole or not at all."""
    _write(path, text.encode("utf-8"))


def write_json(path: Path, value: Any) -> None:
    write_text(path, json.dumps(value, ensure_ascii=False, indent=2) + "\n")


@contextmanager
def atomic(path: Path) -> Iterator[Path]:
    """A temporary path beside `path`; it takes the final name when the block ends well, else it is removed.

    Each process has its own, so that two that write the same file leave the whole one of either.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        yield temporary
        with temporary.open("rb") as file:
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def write_rows(path: Path, schema: pa.Schema, rows: Iterable[Mapping[str, Any]]) -> int:
    """Stream rows into one Parquet file in bounded memory, atomically. Returns their number."""
    remaining, written = iter(rows), 0
    with atomic(path) as temporary, pq.ParquetWriter(temporary, schema, compression="zstd") as writer:
        while batch := list(islice(remaining, _ROWS_A_BATCH)):
            writer.write_table(pa.Table.from_pylist(batch, schema=schema))
            written += len(batch)
    return written


def _write(path: Path, data: bytes) -> None:
    with atomic(path) as temporary:
        temporary.write_bytes(data)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """One process at a time; the folder is made if it is not there."""
    lock = FileLock(folder / ".lock", timeout=0)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        held = lock.acquire()
    except Timeout:
        raise InputError(
            f"Run folder {folder} is in use by another process. Wait for it to end, or give this run its own folder "
            "with run=…"
        ) from None
    except OSError as error:
        if says_disk_full(error):
            raise
        raise InputError(
            f"Run folder {folder} cannot be made or written to ({error.strerror}). Give a folder of your own with run=…"
        ) from None
    with held:
        yield


def _no_manifest(path: Path, why: str) -> InputError:
    return InputError(
        f"{path} is no manifest of a run ({why}), and is left as it is. Give another folder with run=…, or bring the "
        "file back from a copy."
    )


def _manifest(folder: Path, recipe: dict[str, Any], inputs: dict[str, str]) -> dict[str, Any]:
    recipe = json.loads(json.dumps(recipe))  # tuples and paths as JSON has them, so that comparing is exact
    fresh = {"recipe": recipe, "versions": _versions(), "inputs": inputs, "counts": {}}
    if not (folder / "run.json").is_file():
        write_json(folder / "run.json", fresh)
        return fresh
    manifest = read_manifest(folder)
    for part, now in (("recipe", recipe), ("inputs", inputs)):
        if manifest.get(part) != now:
            changes = "; ".join(_changes(manifest.get(part), now))
            raise InputError(
                f"Run folder {folder} was made with other {part}: {changes}. Give this run its own folder with run=…, "
                f"or remove {folder} to start over."
            )
    _check_tables(folder)
    return manifest


def _check_tables(folder: Path) -> None:
    """That what earlier stages left is whole: a Parquet file that was cut has lost its end, which says where all is."""
    for path in sorted(folder.glob("*.parquet")):
        try:
            pq.read_metadata(path)
        except (OSError, ValueError) as error:
            raise InputError(
                f"{path} is damaged ({error}). Bring it back from a copy, or remove {folder} to start over."
            ) from None


def _changes(before: Any, now: Any, where: str = "") -> Iterator[str]:
    if isinstance(before, dict) and isinstance(now, dict):
        for key in sorted(before.keys() | now.keys()):
            yield from _changes(before.get(key), now.get(key), f"{where}.{key}" if where else key)
    elif before != now:
        yield f"{where} was {before!r}, is {now!r}"


def _versions() -> dict[str, str]:
    """Of the packages that are installed."""
    versions = {}
    for name in _PACKAGES:
        with suppress(metadata.PackageNotFoundError):
            versions[name] = metadata.version(name)
    return versions
