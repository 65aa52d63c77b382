"""Screen: which problems become prompts → `prompts.parquet`, a row a problem in order, with the reason against it.

In this order: in a benchmark, by its text or its picture; failed its audit; a near duplicate of an earlier problem; of
another level than wanted; over the limit. The same wording with other numbers or another diagram is another problem.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import lru_cache, partial
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from redstar_geo.aligned import aligned
from redstar_geo.data_prep.audit import reason_against
from redstar_geo.data_prep.prompts import SCREENED
from redstar_geo.overlap.contamination import BenchmarkIndex, recognisable
from redstar_geo.overlap.near import NEAR_QUESTION, near_duplicates
from redstar_geo.overlap.picture import PictureIndex, fingerprint
from redstar_geo.overlap.text import PERMUTATIONS, QUESTION, particulars, particulars_key, signature
from redstar_geo.recipes.data import DataRecipe, Prompts
from redstar_geo.records import SCHEMAS, Problem, from_table, read, to_row
from redstar_geo.run import Counts, Run, atomic, write_rows
from redstar_geo.shards import Shards, whole_table
from redstar_geo.sources import accepted, catalogue

_GROUPS_A_SHARD = 32
_GROUP_TIMEOUT_S = 600.0
IN_BENCHMARK_BY_TEXT = "in a benchmark, by text"
IN_BENCHMARK_BY_PICTURE = "in a benchmark, by picture"
_FEATURES = pa.schema(
    [
        ("problem_id", pa.string()),
        ("reason", pa.string()),
        ("detail", pa.string()),
        ("numbers", pa.uint64()),
        ("signature", pa.binary()),
        ("pictures", pa.bool_()),
    ]
)


def screen(run: Run, recipe: DataRecipe, prompts: Prompts) -> None:
    """Decide on every problem, and count it as a prompt or under its reason.

    Raises:
        InputError: a benchmark is not where the recipe says.
    """
    benchmarks = run.path("parts", "benchmarks.parquet")
    unusable = _collect(benchmarks, recipe, prompts)
    path = run.path("problems.parquet")
    groups = pq.read_metadata(path).num_row_groups
    shards = Shards(run.path("parts", "screen"), _FEATURES, _GROUPS_A_SHARD)
    work = partial(_features, path=path, benchmarks=benchmarks)
    shards.fill(recipe.where, work, range(groups), _GROUP_TIMEOUT_S, whole_table, groups)
    problems = _with_features(run, shards)
    reasons, details = problems["reason"].to_pylist(), problems["detail"].to_pylist()
    for row, status in enumerate(problems["status"].to_pylist()):
        if status is not None:
            reasons[row] = reasons[row] or reason_against(status)
    if prompts.duplicates == "drop":
        _mark_repeated(path, problems, reasons, details)
    _mark_levels(problems["difficulty"].to_pylist(), prompts.difficulty, reasons)
    _mark_beyond(problems["id"].to_pylist(), prompts.limit, recipe.seed, reasons)
    columns = [
        *problems.select(["id", "difficulty", "difficulty_by"]).columns,
        pa.array(reasons, pa.string()),
        pa.array(details, pa.string()),
    ]
    with atomic(run.path("prompts.parquet")) as temporary:
        pq.write_table(pa.table(columns, schema=SCREENED), temporary)
    unusable_items = {"unusable_benchmark_items": unusable} if prompts.benchmarks else {}
    run.finish("screen", Counts.of(reasons), ["prompts.parquet"], **unusable_items)


def _with_features(run: Run, shards: Shards) -> pa.Table:
    """A row a problem: what the workers saw, its level (of the score stage, else the data set's own), its audit."""
    features = run.path("parts", "screen.parquet")
    shards.merge(features)
    levels = ["difficulty", "difficulty_by"]
    beside = {
        features: _FEATURES.names[1:],
        run.path("difficulty.parquet"): levels,
        run.path("audit.parquet"): ["status"],
    }
    return pa.concat_tables(aligned(run.path("problems.parquet"), beside, levels, optional=True))


def _collect(path: Path, recipe: DataRecipe, prompts: Prompts) -> int:
    """The benchmarks' items in one file, their ids led by the benchmark's name; how many could not be used."""
    counts = Counts()
    rows = (
        to_row(item) | {"source": name}
        for name, source in prompts.benchmarks.items()
        for item in accepted(catalogue.read(source, recipe.seed), counts)
    )
    write_rows(path, SCHEMAS[Problem], rows)
    return counts.in_ - counts.out


@lru_cache(maxsize=1)
def _index(path: Path) -> tuple[BenchmarkIndex, PictureIndex]:
    """In a worker process, once: what the benchmarks ask and show."""
    questions: list[tuple[str, str, str]] = []
    pictures = PictureIndex()
    for item in read(Problem, path):
        questions.append((item.id, item.source, item.question))
        for image in item.images:
            pictures.add(f"{item.source}: {item.id}", fingerprint(image.data))
    return BenchmarkIndex(questions), pictures


def _features(group: int, path: Path, benchmarks: Path) -> pa.Table:
    """In a worker process: what screening needs to know of each problem of a row group."""
    texts, pictures = _index(benchmarks)
    with pq.ParquetFile(path) as file:
        table = file.read_row_group(group)
    rows = []
    for problem in from_table(Problem, table):
        reason, detail = _in_benchmark(problem, texts, pictures)
        signed = signature(problem.question, QUESTION).tobytes()
        key = particulars_key(particulars(problem.question))
        rows.append((problem.id, reason, detail, key, signed, bool(problem.images)))
    return pa.Table.from_pylist([dict(zip(_FEATURES.names, row, strict=True)) for row in rows], _FEATURES)


def _in_benchmark(problem: Problem, texts: BenchmarkIndex, pictures: PictureIndex) -> tuple[str | None, str | None]:
    """The reason and where it stands. The same template with other numbers is another problem."""
    by_text = texts.contamination(problem.question)
    if by_text is not None and by_text.how != "template" and recognisable(problem):
        return IN_BENCHMARK_BY_TEXT, f"{by_text.benchmark}: {by_text.item}, {by_text.how} {by_text.similarity:.2f}"
    for image in problem.images:
        by_picture = pictures.match(fingerprint(image.data))
        if by_picture is not None:
            return IN_BENCHMARK_BY_PICTURE, f"{by_picture.id}, {by_picture.how} {by_picture.similarity:.2f}"
    return None, None


def _mark_repeated(path: Path, problems: pa.Table, reasons: list[str | None], details: list[str | None]) -> None:
    """Near duplicates among what no benchmark has: of like words, equal numbers and names, and the same diagram."""
    rows = np.array([row for row, reason in enumerate(reasons) if reason is None], np.int64)
    if not len(rows):
        return
    chosen = problems.take(pa.array(rows))
    held = b"".join(chosen.column("signature").to_pylist())
    signatures = np.frombuffer(held, np.uint32).reshape(-1, PERMUTATIONS)
    keys = chosen.column("numbers").to_numpy().astype(np.uint64)
    pairs = near_duplicates(signatures, NEAR_QUESTION, keys)
    concerned = np.unique(np.concatenate([pairs["later"], pairs["earlier"]]))
    pictured = np.asarray(chosen.column("pictures").to_numpy(zero_copy_only=False), bool)
    if pictured[concerned].any():
        keys ^= _diagrams(path, rows, concerned[pictured[concerned]])
        pairs = near_duplicates(signatures, NEAR_QUESTION, keys)
    ids = chosen.column("id").to_pylist()
    for later, earlier, near in pairs.tolist():
        reasons[rows[later]], details[rows[later]] = "near duplicate", f"{near:.2f} like {ids[earlier]}"


def _diagrams(path: Path, rows: NDArray[np.int64], concerned: NDArray[np.intp]) -> NDArray[np.uint64]:
    """A key for the diagrams of the concerned ones among `rows`, the same for the same drawing; 0 for all others."""
    keys = np.zeros(len(rows), np.uint64)
    place = {int(rows[i]): int(i) for i in concerned}
    known = PictureIndex()
    for row, problem in enumerate(read(Problem, path)):
        if row in place:
            names = []
            for number, image in enumerate(problem.images):
                print_ = fingerprint(image.data)
                same = known.match(print_)
                names.append(f"{row}/{number}" if same is None else same.id)
                known.add(f"{row}/{number}", print_)
            digest = hashlib.sha256("|".join(names).encode()).digest()
            keys[place[row]] = int.from_bytes(digest[:8], "little")
    return keys


def _mark_levels(levels: Sequence[float | None], bounds: Sequence[float], reasons: list[str | None]) -> None:
    low, high = bounds
    for row, level in enumerate(levels):
        if reasons[row] is None and level is not None and not low <= level <= high:
            reasons[row] = "outside the difficulty range"
        elif reasons[row] is None and level is None and (low, high) != (1, 10):
            reasons[row] = "no level"


def _mark_beyond(ids: Sequence[str], limit: int | None, seed: int, reasons: list[str | None]) -> None:
    """Of more than `limit` problems those whose lot comes first stay."""
    if limit is None:
        return
    lots = {
        row: hashlib.sha256(f"{seed}/{ids[row]}".encode()).digest()
        for row, reason in enumerate(reasons)
        if reason is None
    }
    for row in sorted(lots, key=lots.__getitem__)[limit:]:
        reasons[row] = "over the limit of prompts"
