"""`redstar-geo errata`: a formalised set → `errata.jsonl`, a line a fault with its certificate; resumable.

A set is a folder in the form of FormalGeo7k: `problems/*.json`, `diagrams/`, `gdl/`, and `info.json` for its splits.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import pyarrow as pa

from redstar_geo.engine import Engine
from redstar_geo.errors import InputError
from redstar_geo.geometry.formal import FormalSolver
from redstar_geo.geometry.replay import ReplayError
from redstar_geo.pictures.bounds import PictureError
from redstar_geo.pictures.read import read_picture
from redstar_geo.pool import Outcome
from redstar_geo.run import Counts, Run, open_run, write_text
from redstar_geo.shards import Shards, Tallies
from redstar_geo.sources import foreign_json, formalgeo7k, inputs
from redstar_geo.sources.errata import KINDS, Erratum, faults

_PROBLEMS_A_SHARD = 64
_TIMEOUT_S = 3600.0  # a safety net: replays and fits are bounded by work
_TEXTS = ("problem_text_en", "problem_img")  # the rest is looked at where it is read
_SCHEMA = pa.schema([(name, pa.string()) for name in ("problem", "failure", "picture", "errata")])
_Examined = tuple[list[dict[str, Any]], str, str]  # faults, the picture's digest, why it cannot be looked into


def main(source: Path, run: str, workers: int = 1) -> dict[str, Any]:
    """Examine every problem of a set and return the counts of the manifest; a finished run is a no-op.

    `out` are the problems without a fault; the others are counted under their first fault in the order of
    `errata.KINDS`, or under why they cannot be looked into. `found` counts every fault, `mended` those that the source
    mends.

    Raises:
        InputError: the folder is no such set, or the run folder is another one's.
    """
    files = sorted((source / "problems").glob("*.json"), key=lambda path: (len(path.stem), path.stem))
    if not files:
        raise InputError(f"{source} has no problems/*.json. Give a folder in the form of FormalGeo7k.")
    FormalSolver(source / "gdl")  # a stranger's theorems are refused before anything is made
    splits = formalgeo7k.splits(source)
    read = inputs.of_files((path for path in source.rglob("*") if path.suffix in (".json", ".png")), source)
    with open_run(run, {"errata": str(source)}, {"errata": str(read)}, named=["errata"], remake=True) as folder:
        if not folder.finished("errata"):
            _examine(folder, files, splits, workers)
        counts: dict[str, Any] = folder.manifest["counts"]
        return counts


def _examine(run: Run, files: list[Path], splits: Mapping[str, str], workers: int) -> None:
    shards = Shards(run.path("parts", "errata"), _SCHEMA, _PROBLEMS_A_SHARD)
    shards.fill(Engine(workers=workers), _examined, files, _TIMEOUT_S, _row, len(files))
    rows = [row for table in shards.tables() for row in table.to_pylist()]
    shared = _shared({row["problem"]: row["picture"] for row in rows if row["picture"]}, splits)
    counts, found, mended, lines = Counts(), Counter[str](), Counter[str](), []
    for row in rows:
        each = [*json.loads(row["errata"]), *(one.row() for one in shared.get(row["problem"], []))]
        kinds = {erratum["kind"] for erratum in each}
        found.update(erratum["kind"] for erratum in each)
        mended.update(erratum["kind"] for erratum in each if erratum["mended"])
        counts.add(row["failure"] or next((kind for kind in KINDS if kind in kinds), None))
        lines += [{"id": f"formalgeo7k/{row['problem']}", **erratum} for erratum in each]
    write_text(run.path("errata.jsonl"), "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines))
    run.finish("errata", counts, ["errata.jsonl"], found=dict(found), mended=dict(mended))


def _examined(file: Path) -> _Examined:
    """In a worker process."""
    try:
        problem = foreign_json.loads(file.read_bytes())
    except (ValueError, RecursionError):
        return [], "", "bad_json"
    if not isinstance(problem, dict) or not all(isinstance(problem.get(name), str) for name in _TEXTS):
        return [], "", "missing_field"
    picture = _picture(file.parent.parent / "diagrams" / Path(problem["problem_img"]).name)
    try:
        return [each.row() for each in faults(problem, _solver(file.parent.parent / "gdl"))], picture, ""
    except ReplayError as error:
        return [], picture, error.reason


def _picture(file: Path) -> str:
    """A digest of what is to be seen; empty for a picture that cannot be read."""
    try:
        seen = read_picture(file.read_bytes())
    except (OSError, PictureError):
        return ""
    return hashlib.sha256(f"{seen.size}".encode() + seen.tobytes()).hexdigest()


@lru_cache(maxsize=1)
def _solver(gdl: Path) -> FormalSolver:
    return FormalSolver(gdl)


def _row(outcome: Outcome[Path, _Examined]) -> tuple[list[dict[str, Any]], Tallies]:
    file, examined, failure = outcome
    found, picture, reason = examined or ([], "", str(failure))
    row = {"problem": file.stem, "failure": reason, "picture": picture, "errata": json.dumps(found, ensure_ascii=False)}
    return [row], {}


def _shared(pictures: Mapping[str, str], splits: Mapping[str, str]) -> dict[str, list[Erratum]]:
    """The problems of one split whose picture is also in another."""
    by_picture: dict[str, list[str]] = defaultdict(list)
    for problem, digest in pictures.items():
        if problem in splits:
            by_picture[digest].append(problem)
    groups = [group for group in by_picture.values() if len({splits[each] for each in group}) > 1]
    return {each: [_sharing(each, group, splits)] for group in groups for each in group}


def _sharing(problem: str, group: Iterable[str], splits: Mapping[str, str]) -> Erratum:
    others = {f"formalgeo7k/{each}": splits[each] for each in group if splits[each] != splits[problem]}
    return Erratum("shared_picture", {"split": splits[problem], "also_in": others})
