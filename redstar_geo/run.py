"""A run folder: one manifest, atomic files, and counts that add up.

    runs/NAME/  run.json  problems.parquet  ledger.sqlite  traces.parquet  sft/*.parquet  pairs/*.parquet  …

Whatever a stage finishes is in place under its final name only when it is whole, so `kill -9` at any moment leaves
either the old state or the new one. The same command again goes on where it stopped; a finished stage is a no-op.
"""

from __future__ import annotations

import json
import os
import sqlite3
import time
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from importlib import metadata
from itertools import count, islice
from pathlib import Path, PurePosixPath
from typing import Annotated, Any, TypeVar

import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from redstar_geo.errors import InputError, RedStarError, disk_full_reported, says_disk_full
from redstar_geo.fingerprint import of_output
from redstar_geo.identity import Settings, as_known, differences
from redstar_geo.lock import locked
from redstar_geo.progress import tell

T = TypeVar("T")
_ROWS_A_BATCH = 256
_PAID = ".sqlite"  # a ledger of replies
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

    def finish(self, stage: str, counts: Counts, outputs: Iterable[str] = (), **facts: Any) -> None:
        """Record a stage as done, with its counts and whatever facts belong beside them.

        Args:
            outputs: the files that it has left in the folder, which are known by their fingerprints from now on.
        """
        settled = counts.settle() | facts
        self.manifest.setdefault("outputs", {})[stage] = {name: of_output(self.folder / name) for name in outputs}
        self.manifest["counts"][stage] = settled
        self.save()

    def forget(self, *stages: str) -> None:
        """Stages that have to be gone through again, since what they read has grown."""
        for stage in stages:
            self.manifest["counts"].pop(stage, None)
            self.manifest.get("outputs", {}).pop(stage, None)
        self.save()

    def files(self, *folder: str) -> list[str]:
        """The names of the files below a folder of the run, as `outputs` has them."""
        below = self.folder.joinpath(*folder).rglob("*")
        inside = sorted(path for path in below if path.is_file() and path.suffix != ".md")  # a card may be rewritten
        return [path.relative_to(self.folder).as_posix() for path in inside]

    def damaged(self) -> Iterator[tuple[str, str, str]]:
        """Stage, file, and what is wrong with it, of all that finished stages left, in their order."""
        outputs = self.manifest.get("outputs", {})
        for stage in self.manifest["counts"]:
            for name, fingerprint in outputs.get(stage, {}).items():
                if why := _no_longer_so(self.folder / name, fingerprint):
                    yield stage, name, why

    def save(self) -> None:
        write_json(self.folder / "run.json", self.manifest)

    def path(self, *parts: str) -> Path:
        path = self.folder.joinpath(*parts)
        path.parent.mkdir(parents=True, exist_ok=True)
        return path


@contextmanager
def open_run(
    folder: str | Path,
    recipe: Mapping[str, Any] | Settings,
    inputs: Mapping[str, str] | None = None,
    named: Collection[str] = (),
    remake: bool = False,
) -> Iterator[Run]:
    """Open or resume the run in `folder`; one process at a time.

    Args:
        recipe: plain values as run; a folder made by another recipe is refused. Of `Settings`, a key with its default
            may be missing in the folder's recipe: the version that made it had no such key.
        inputs: fingerprints (SHA-256) of what the run reads; a change is refused likewise.
        named: keys of the recipe (`source.path`) that name what `inputs` has: known by that, not by their value.
        remake: forget a finished stage, and those after it, whose files are not as it left them; else they are refused.

    Raises:
        InputError: the folder belongs to another recipe or other inputs, or another process is at work in it; it can
            be no folder of this user's; what a finished stage left in it is damaged.
        DiskFull: there is no room in it.
    """
    folder = Path(folder)
    with disk_full_reported(folder), run_lock(folder / ".lock"):
        settings = recipe if isinstance(recipe, Settings) else Settings(recipe, recipe)
        run = Run(folder, _manifest(folder, settings, dict(inputs or {}), named))
        _check_outputs(run, remake)
        _check_tables(folder)
        yield run


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
    try:
        _Manifest.model_validate(manifest)
    except ValidationError as error:
        first = error.errors()[0]
        raise _no_manifest(path, f"{'.'.join(map(str, first['loc']))}: {first['msg'].lower()}") from None
    return manifest


class _Count(BaseModel):
    """Of a stage; whatever facts stand beside are its own."""

    model_config = ConfigDict(strict=True)

    in_: Annotated[int, Field(alias="in")]
    out: int
    rejected: dict[str, int]
    pending: int


def _inside(name: str) -> str:
    parts = PurePosixPath(name).parts  # what is damaged is put aside: nothing outside of the run ever is
    if not parts or not {"/", ".."}.isdisjoint(parts) or "\0" in name:
        raise ValueError(f"{name!r:.80} is no file of the run")
    return name


class _Manifest(BaseModel):
    """What every reader of a `run.json` may rely on."""

    model_config = ConfigDict(strict=True)

    recipe: dict[str, Any]
    counts: dict[str, _Count]
    versions: dict[str, str] = {}
    inputs: dict[str, str] = {}
    outputs: dict[str, dict[Annotated[str, AfterValidator(_inside)], str]] = {}


class Clock:
    """Seconds by stage in a JSON file; a stage that is gone through again, as a no-op, keeps its first time."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.seconds: dict[str, float] = read_json(path, dict) if path.is_file() else {}

    @contextmanager
    def __call__(self, stage: str) -> Iterator[None]:
        started = time.monotonic()
        yield
        self.seconds.setdefault(stage, round(time.monotonic() - started, 1))
        write_json(self.path, self.seconds)


def read_json(path: Path, kind: type[T]) -> T:
    """What a JSON file of a run holds.

    Raises:
        InputError: it cannot be read, or holds something of another kind.
    """
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise _not_as_written(path, str(error)) from None
    if not isinstance(value, kind):
        raise _not_as_written(path, f"it holds {type(value).__name__}")
    return value


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
def run_lock(path: Path) -> Iterator[None]:
    """The lock of a run, or of a part of it, in its folder, which is made if it is not there.

    Raises:
        InputError: another process has it, or nothing can be written there.
    """
    with ExitStack() as held:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            held.enter_context(locked(path, f"Run folder {path.parent}", "give this run its own folder with run=…"))
        except OSError as error:
            raise _no_folder(path.parent, error) from None
        yield


def _no_folder(folder: Path, error: OSError) -> Exception:
    if says_disk_full(error):
        return error
    return InputError(
        f"Run folder {folder} cannot be made or written to ({error.strerror}). Give a folder of your own with run=…"
    )


def _not_as_written(path: Path, why: str) -> InputError:
    return InputError(f"{path} is not as it was written ({why}). Bring it back from a copy.")


def _no_manifest(path: Path, why: str) -> InputError:
    return InputError(
        f"{path} is no manifest of a run ({why}), and is left as it is. Give another folder with run=…, or bring the "
        "file back from a copy."
    )


def _manifest(folder: Path, settings: Settings, inputs: dict[str, str], named: Collection[str]) -> dict[str, Any]:
    # tuples and paths as JSON has them, so that comparing is exact
    settings = Settings(*(json.loads(json.dumps(dict(each))) for each in (settings.values, settings.said)))
    recipe = settings.values
    fresh = {"recipe": recipe, "versions": _versions(), "inputs": inputs, "outputs": {}, "counts": {}}
    if not (folder / "run.json").is_file():
        write_json(folder / "run.json", fresh)
        return fresh
    manifest = read_manifest(folder)
    if differing := list(differences(manifest, settings, inputs, named)):
        part = differing[0][0]
        told = "; ".join(sentence for where, sentence in differing if where == part)
        raise InputError(
            f"Run folder {folder} was made with other {part}: {told}. It is left as it is, with all that was paid for. "
            f"Give this run its own folder, such as run={_free(folder)}, or give the command as it was."
        )
    recipe = as_known(recipe, manifest["recipe"], settings.said)  # nothing is added that the run was not told
    if (manifest["recipe"], manifest.get("inputs")) != (recipe, inputs):  # the same in other places
        manifest |= {"recipe": recipe, "inputs": inputs}
        write_json(folder / "run.json", manifest)
    return manifest


def _free(folder: Path) -> Path:
    """The first folder beside this one, with its name and a number, that is not there."""
    numbered = (folder.with_name(f"{folder.resolve().name}_{number}") for number in count(2))
    return next(path for path in numbered if not path.exists())


def _check_outputs(run: Run, remake: bool) -> None:
    damaged = list(run.damaged())
    if not damaged:
        return
    told, root = "; ".join(why for *_, why in damaged), run.folder.resolve()
    own = all((root / name).parent.resolve().is_relative_to(root) for _, name, _ in damaged)
    if not remake or not own or any(name.endswith(_PAID) for _, name, _ in damaged):
        raise InputError(
            f"Run folder {run.folder} is not as it was finished: {told}. Bring it back from a copy; all else there is "
            f"left as it is. To make it anew, give a folder such as run={_free(run.folder)}."
        )
    order = list(run.manifest["counts"])
    tell(f"{told}: made again from what it came from.")
    for _, name, _ in damaged:
        with suppress(FileNotFoundError):
            (run.folder / name).replace(run.folder / f"{name}.damaged")
    run.forget(*order[order.index(damaged[0][0]) :])


def _no_longer_so(path: Path, fingerprint: str) -> str | None:
    try:
        if path.exists() and not path.is_file():  # a pipe would never end
            return f"{path} is no longer a file"
        return None if of_output(path) == fingerprint else f"{path} has changed since it was finished"
    except FileNotFoundError:
        return f"{path} is no longer there"
    except (OSError, sqlite3.Error) as error:
        return f"{path} cannot be read ({' '.join(str(error).split())})"


def _check_tables(folder: Path) -> None:
    """That what earlier stages left is whole: a Parquet file that was cut has lost its end, which says where all is."""
    for path in sorted(folder.glob("*.parquet")):
        try:
            pq.read_metadata(path)
        except (OSError, ValueError) as error:
            raise InputError(
                f"{path} is damaged ({error}). Bring it back from a copy, or give this run its own folder, such as "
                f"run={_free(folder)}."
            ) from None


def _versions() -> dict[str, str]:
    """Of the packages that are installed."""
    versions = {}
    for name in _PACKAGES:
        with suppress(metadata.PackageNotFoundError):
            versions[name] = metadata.version(name)
    return versions
