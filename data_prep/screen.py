"""Screen: which problems are asked → `prompts.parquet`, a row a problem in order, with the reason against it or none.

In this order: in a benchmark, by its text or its picture; failed its audit; a near duplicate of an earlier problem; of
another level than wanted; over the limit. The same wording with other numbers or another diagram is another problem.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache, partial
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from redstar_geo.data_prep.audit import reason_against
from redstar_geo.data_prep.prompts import SCREENED
from redstar_geo.errors import RedStarError
from redstar_geo.overlap.contamination import BenchmarkIndex
from redstar_geo.overlap.near import NEAR_QUESTION, near_duplicates
from redstar_geo.overlap.picture import PictureIndex, fingerprint
from redstar_geo.overlap.text import PERMUTATIONS, QUESTION, particulars, particulars_key, signature, tokens
from redstar_geo.pool import Outcome
from redstar_geo.progress import progress
from redstar_geo.recipes.data import DataRecipe, Prompts
from redstar_geo.records import SCHEMAS, Problem, from_table, read, to_row
from redstar_geo.run import Counts, Run, atomic, write_rows
from redstar_geo.shards import Parts
from redstar_geo.sources import Rejected, catalogue

_GROUPS_A_PART = 32
_GROUP_TIMEOUT_S = 600.0
_TELLING = 12  # words: a shorter question beside a diagram ("Find x.") says nothing without it
IN_BENCHMARK_BY_TEXT = "in a benchmark, by text"
IN_BENCHMARK_BY_PICTURE = "in a benchmark, by picture"
_LOOKED_AT = pa.schema(
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
    """Decide on every problem, and count it as asked or under its reason.

    Raises:
        InputError: a benchmark is not where the recipe says.
    """
    benchmarks = run.path("parts", "benchmarks.parquet")
    unusable = _collect(benchmarks, recipe, prompts)
    path = run.path("problems.parquet")
    groups = pq.read_metadata(path).num_row_groups
    parts = Parts(run.path("parts", "screen"), _LOOKED_AT, _GROUPS_A_PART)
    work = partial(_looked_at, path=path, benchmarks=benchmarks)
    ended = recipe.where.mapped(work, islice(range(groups), parts.done, None), _GROUP_TIMEOUT_S)
    parts.write(_tables(progress(ended, "screen", groups - parts.done)))
    looked_at = pa.concat_tables(parts.tables())
    reasons = looked_at.column("reason").to_pylist()
    details = looked_at.column("detail").to_pylist()
    if prompts.audit:
        _mark_audited(run, reasons)
    if prompts.duplicates == "drop":
        _mark_repeated(path, looked_at, reasons, details)
    levels = _levels(run)
    _mark_levels(levels, prompts.difficulty, reasons)
    _mark_beyond(looked_at.column("problem_id").to_pylist(), prompts.limit, recipe.seed, reasons)
    columns = [looked_at.column("problem_id"), *zip(*levels, strict=True), reasons, details]
    with atomic(run.path("prompts.parquet")) as temporary:
        pq.write_table(
            pa.table([pa.array(c) if isinstance(c, list) else c for c in columns], schema=SCREENED), temporary
        )
    tally = Counter(reasons)
    counts = Counts(in_=len(reasons), out=tally.pop(None, 0), rejected={str(k): v for k, v in tally.items()})
    run.finish("screen", counts, **({"unusable_benchmark_items": unusable} if prompts.benchmarks else {}))


def _collect(path: Path, recipe: DataRecipe, prompts: Prompts) -> int:
    """The benchmarks' items in one file, their ids led by the benchmark's name; how many could not be used."""
    unusable = 0

    def rows() -> Iterator[dict[str, Any]]:
        nonlocal unusable
        for name, source in prompts.benchmarks.items():
            for item in catalogue.read(source, recipe.seed):
                if isinstance(item, Rejected):
                    unusable += 1
                else:
                    yield to_row(item) | {"source": name}

    write_rows(path, SCHEMAS[Problem], rows())
    return unusable


@lru_cache(maxsize=1)
def _index(path: Path) -> tuple[BenchmarkIndex, PictureIndex]:
    """In a worker process, once: what the benchmarks ask and show."""
    asked: list[tuple[str, str, str]] = []
    pictures = PictureIndex()
    for item in read(Problem, path):
        asked.append((item.id, item.source, item.question))
        for image in item.images:
            pictures.add(f"{item.source}: {item.id}", fingerprint(image.data))
    return BenchmarkIndex(asked), pictures


def _looked_at(group: int, path: Path, benchmarks: Path) -> pa.Table:
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
    columns = [pa.array([row[place] for row in rows], field.type) for place, field in enumerate(_LOOKED_AT)]
    return pa.table(columns, schema=_LOOKED_AT)


def _in_benchmark(problem: Problem, texts: BenchmarkIndex, pictures: PictureIndex) -> tuple[str | None, str | None]:
    """The reason and where it stands. The same template with other numbers is another problem."""
    found = texts.contamination(problem.question)
    telling = not problem.images or len(tokens(problem.question)) >= _TELLING
    if found is not None and found.how != "template" and telling:
        return IN_BENCHMARK_BY_TEXT, f"{found.benchmark}: {found.item}, {found.how} {found.similarity:.2f}"
    for image in problem.images:
        shown = pictures.match(fingerprint(image.data))
        if shown is not None:
            return IN_BENCHMARK_BY_PICTURE, f"{shown.id}, {shown.how} {shown.similarity:.2f}"
    return None, None


def _tables(ended: Iterable[Outcome[int, pa.Table]]) -> Iterator[tuple[pa.Table, Counter[str]]]:
    for group, table, failure in ended:
        if table is None:
            raise RedStarError(
                f"Screening row group {group} failed: {failure}. Nothing before it is lost; run it again."
            )
        yield table, Counter()


def _mark_audited(run: Run, reasons: list[str | None]) -> None:
    for row, status in enumerate(pq.read_table(run.path("audit.parquet")).column("status").to_pylist()):
        reasons[row] = reasons[row] or reason_against(status)


def _mark_repeated(path: Path, looked_at: pa.Table, reasons: list[str | None], details: list[str | None]) -> None:
    """Near duplicates among what no benchmark has: of like words, equal numbers and names, and the same diagram."""
    rows = np.array([row for row, reason in enumerate(reasons) if reason is None], np.int64)
    if not len(rows):
        return
    chosen = looked_at.take(pa.array(rows))
    held = b"".join(chosen.column("signature").to_pylist())
    signatures = np.frombuffer(held, np.uint32).reshape(-1, PERMUTATIONS)
    keys = chosen.column("numbers").to_numpy().astype(np.uint64)
    found = near_duplicates(signatures, NEAR_QUESTION, keys)
    concerned = np.unique(np.concatenate([found["later"], found["earlier"]]))
    shown = np.asarray(chosen.column("pictures").to_numpy(zero_copy_only=False), bool)
    if shown[concerned].any():
        keys ^= _diagrams(path, rows, concerned[shown[concerned]])
        found = near_duplicates(signatures, NEAR_QUESTION, keys)
    ids = chosen.column("problem_id").to_pylist()
    for later, earlier, near in found.tolist():
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


def _levels(run: Run) -> list[tuple[float | None, str | None]]:
    """Level and who gave it, a pair a problem: the score stage's, else the data set's own."""
    path = run.path("difficulty.parquet")
    names = ["difficulty", "difficulty_by"]
    table = pq.read_table(path if path.is_file() else run.path("problems.parquet"), columns=names)
    return list(zip(*(table.column(name).to_pylist() for name in names), strict=True))


def _mark_levels(
    levels: Sequence[tuple[float | None, str | None]], bounds: Sequence[float], reasons: list[Any]
) -> None:
    low, high = bounds
    for row, (level, _) in enumerate(levels):
        if reasons[row] is None and level is not None and not low <= level <= high:
            reasons[row] = "outside the difficulty range"
        elif reasons[row] is None and level is None and (low, high) != (1, 10):
            reasons[row] = "no level"


def _mark_beyond(ids: Sequence[str], limit: int | None, seed: int, reasons: list[Any]) -> None:
    """Of more than `limit` problems those whose lot comes first are asked."""
    if limit is None:
        return
    lots = {
        row: hashlib.sha256(f"{seed}/{ids[row]}".encode()).digest()
        for row, reason in enumerate(reasons)
        if reason is None
    }
    for row in sorted(lots, key=lots.__getitem__)[limit:]:
        reasons[row] = "over the limit of prompts"
