"""The records that travel through every stage: problem, trace, verdict.

Frozen dataclasses with one Arrow schema each; `to_table` and `from_table` are exact inverses, which the
tests check. A verdict that is `undecided` is never counted as right, wrong or zero: it is counted as itself.
"""

from __future__ import annotations

import hashlib
import json
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, fields, is_dataclass
from pathlib import Path
from types import UnionType
from typing import Any, Literal, TypeVar, get_args, get_origin, get_type_hints

import pyarrow as pa
import pyarrow.parquet as pq

from redstar_geo.errors import InputError
from redstar_geo.parquet import batches
from redstar_geo.verdict import StepVerdict, Verdict

AnswerKind = Literal["choice", "number", "expression", "tests", "judged", "statements"]
Domain = Literal["geometry", "math", "code", "general"]


@dataclass(frozen=True)
class Image:
    """One encoded picture (PNG or JPEG bytes as read) and the SHA-256 of those bytes."""

    data: bytes = field(repr=False)
    sha256: str

    @classmethod
    def of(cls, data: bytes) -> Image:
        return cls(data, hashlib.sha256(data).hexdigest())

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        """The picture itself, where a notebook shows it."""
        kind = "image/png" if self.data.startswith(b"\x89PNG") else "image/jpeg"
        return {kind: b64encode(self.data).decode("ascii")}


@dataclass(frozen=True)
class Problem:
    """A question with its gold answer.

    `id` is stable across runs (`formalgeo7k/5763`); `answer` is the gold exactly as the source gives it.
    """

    id: str
    domain: Domain
    source: str
    split: str
    licence: str
    question: str
    answer: str
    answer_kind: AnswerKind
    language: str
    images: tuple[Image, ...] = ()
    choices: tuple[str, ...] = ()
    tests: str | None = None
    difficulty: float | None = None
    difficulty_by: str | None = None
    meta: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Trace:
    """One response to one problem: `<think>` + `reasoning` + `</think>` + `response` is the text that is taught."""

    problem_id: str
    sample: int
    teacher: str
    request: str
    reasoning: str
    response: str
    finish_reason: str
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    seconds: float | None = None
    verdict: Verdict | None = None

    @property
    def text(self) -> str:
        return f"<think>\n{self.reasoning.strip()}\n</think>\n{self.response.strip()}"


R = TypeVar("R", Problem, Trace)


def _arrow(hint: Any) -> pa.DataType:
    """The Arrow type of a field: a record is a struct, a tuple a list, and `meta` JSON."""
    if is_dataclass(hint):
        return pa.struct([(name, _arrow(inner)) for name, inner in get_type_hints(hint).items()])
    if get_origin(hint) is tuple:
        return pa.list_(_arrow(get_args(hint)[0]))
    if get_origin(hint) is UnionType:  # or None
        return _arrow(get_args(hint)[0])
    return {int: pa.int64(), float: pa.float64(), bytes: pa.binary()}.get(hint, pa.string())


SCHEMAS: dict[type, pa.Schema] = {kind: pa.schema(list(_arrow(kind))) for kind in (Problem, Trace)}


def to_row(record: Problem | Trace) -> dict[str, Any]:
    """The record as plain values, ready for Arrow (`meta` becomes JSON with sorted keys)."""
    row = asdict(record)
    if isinstance(record, Problem):
        row["meta"] = json.dumps(record.meta, ensure_ascii=False, sort_keys=True)
    return row


def from_row(kind: type[R], row: Mapping[str, Any]) -> R:
    """The inverse of `to_row`."""
    values = {f.name: row[f.name] for f in fields(kind)}
    if "images" in values:
        values["images"] = tuple(Image(image.get("data", b""), image["sha256"]) for image in values["images"])
    if kind is Problem:
        values["choices"] = tuple(values["choices"])
        values["meta"] = json.loads(values["meta"])
    if kind is Trace and values["verdict"] is not None:
        verdict = dict(values["verdict"])
        verdict["steps"] = tuple(StepVerdict(**step) for step in verdict["steps"])
        values["verdict"] = Verdict(**verdict)
    return kind(**values)


def to_table(kind: type[R], records: Iterable[R]) -> pa.Table:
    """An Arrow table with the schema of `kind`, one row a record, in order."""
    return pa.Table.from_pylist([to_row(record) for record in records], schema=SCHEMAS[kind])


def from_table(kind: type[R], table: pa.Table | pa.RecordBatch) -> Iterator[R]:
    """The records of a table or batch, in order."""
    for row in table.to_pylist():
        yield from_row(kind, row)


def read(kind: type[R], path: Path, images: bool = True) -> Iterator[R]:
    """The records of a Parquet file, in order and in bounded memory; `images=False` reads only their hashes.

    Raises:
        FileNotFoundError: there is no such file.
        InputError: it is no Parquet file, not a whole one, or one of something else.
    """
    try:
        yield from _rows(kind, path, images)
    except FileNotFoundError:
        raise
    except (OSError, ValueError, KeyError, TypeError, pa.ArrowException) as error:
        wanted = f"{kind.__name__.lower()}s"
        raise InputError(
            f"{path} cannot be read as {wanted} ({error}). Give the {wanted}.parquet of a run of `redstar-geo data`, "
            "whole as it was."
        ) from None


def columns(kind: type[R], images: bool = True) -> list[str]:
    """The columns that `from_table` needs; without `images` only their hashes are read."""
    names = SCHEMAS[kind].names
    return names if images else [f"{name}.list.element.sha256" if name == "images" else name for name in names]


def read_problems(path: str, key: str = "problems", sees: bool = True) -> list[Problem]:
    """All problems of a file that a recipe names by its `key`; `sees`: whether the model that gets them takes images.

    Raises:
        InputError: no such file, not of problems, none in it, or pictures that the model would not see.
    """
    try:
        problems = list(read(Problem, Path(path)))
    except FileNotFoundError:
        raise InputError(
            f"{key}={path} is not there. Give the problems.parquet of a run of `redstar-geo data`."
        ) from None
    if not problems:
        raise InputError(f"{key}={path} holds no problems. Give a run that has some.")
    pictured = [problem.id for problem in problems if problem.images]
    if pictured and not sees:
        raise InputError(
            f"{len(pictured)} of {len(problems)} problems of {key}={path} have pictures (as {pictured[0]}), and the "
            "model sees none. Give a model that does, or problems without pictures."
        )
    return problems


def _rows(kind: type[R], path: Path, images: bool) -> Iterator[R]:
    with pq.ParquetFile(path) as file:
        if missing := [name for name in SCHEMAS[kind].names if name not in file.schema_arrow.names]:
            raise KeyError(f"it has no {', '.join(missing)}")
        for batch in batches(file, columns(kind, images)):
            yield from from_table(kind, batch)
