"""Exported files as packed rows: which rows there are is known beforehand, each is encoded when it is needed.

Samples are measured once; from the lengths follow the packs of every epoch, so that a resumed
training goes on with the very row at which it stopped.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import Any, Literal

import pyarrow as pa
import pyarrow.parquet as pq
import torch
from datasets import Dataset, load_dataset
from datasets import Image as ImageFeature
from datasets import List as ListFeature
from jinja2 import TemplateError
from PIL import Image as Pillow

from redstar_geo.errors import InputError
from redstar_geo.models.collate import collate
from redstar_geo.models.encode import Encoded, Encoder, MalformedRow, SampleError, TooLong, TooManyPatches
from redstar_geo.models.flops import sample_size
from redstar_geo.models.loss import IGNORED
from redstar_geo.parquet import batches, check_row_groups
from redstar_geo.pictures.read import PictureError, read_picture
from redstar_geo.progress import progress
from redstar_geo.run import Counts, write_rows
from redstar_geo.trainer.pack import Packing, deal, packs, padding_share
from redstar_geo.trainer.recipe import TuningRecipe

Kind = Literal["sft", "pairs"]  # of exported files
MEASURED = pa.schema(
    [("id", pa.string()), ("tokens", pa.int64()), ("patches", pa.int64()), ("unfit", pa.string()), ("why", pa.string())]
)
COLUMNS: dict[Kind, tuple[str, ...]] = {
    "sft": ("id", "prompt", "completion", "images"),
    "pairs": ("id", "prompt", "chosen", "rejected", "images"),
}
_EMPTY: dict[Kind, str] = {
    "sft": "holds no rows. See run.json of the data run for why every trace was rejected.",
    "pairs": "holds no pairs: no problem had both a right and a wrong trace of like length. Ask a teacher that errs "
    "sometimes (the model itself, at temperature 1), raise teacher.sampling.fixed, or widen pairs.length_ratio in the "
    "data recipe.",
}
_ENDLESS = 2**40  # rows, where the clock ends the training


def export_files(pattern: str, kind: Kind = "sft") -> list[Path]:
    """The export files of a kind that a glob names.

    Raises:
        InputError: none, no Parquet, other columns, or no rows.
    """
    remedy = f"Give the {kind}/*.parquet of a finished run of `redstar-geo data`."
    root = Path(Path(pattern).anchor)  # Path.glob takes relative patterns only
    files = sorted(root.glob(str(Path(pattern).relative_to(root))))
    if not files:
        raise InputError(f"No file matches data {pattern!r}. {remedy}")
    for file in files:
        try:
            schema = pq.read_schema(file)
        except (OSError, ValueError):
            raise InputError(f"{file} is not a Parquet file. {remedy}") from None
        if missing := [name for name in COLUMNS[kind] if name not in schema.names]:
            raise InputError(
                f"{file} has columns {', '.join(schema.names)}; missing: {', '.join(missing)}. {remedy} "
                "(problems.parquet and traces.parquet are not what is trained on.)"
            )
        fields = [schema.field(name) for name in COLUMNS[kind]]
        if wrong := [f"{field.name} ({field.type})" for field in fields if not _as_exported(field)]:
            raise InputError(
                f"{file} holds {', '.join(wrong)} in another form than exported: id is text, images a list of {{bytes, "
                "path} or null, the others are lists of {role, content} with content as one text (pictures stand in "
                "images, not in parts of it). Export it anew with `redstar-geo data`, or rewrite that column."
            )
    if not sum(pq.read_metadata(file).num_rows for file in files):
        raise InputError(f"{pattern!r} {_EMPTY[kind]}")
    return files


def _as_exported(column: pa.Field) -> bool:
    if column.name == "id":
        return _is_text(column.type)
    pictures = column.name == "images"
    if pictures and pa.types.is_null(column.type):
        return True
    if not (pa.types.is_list(column.type) or pa.types.is_large_list(column.type)):
        return False
    inner = column.type.value_type
    if pictures and pa.types.is_null(inner):  # no row has one, so no type is known
        return True
    fields = {field.name: field.type for field in inner} if pa.types.is_struct(inner) else {}
    if pictures:
        return {"bytes", "path"} <= fields.keys()
    return all(name in fields and _is_text(fields[name]) for name in ("role", "content"))


def _is_text(column: pa.DataType) -> bool:
    """Of text, in Arrow's several forms; nulls among it are seen row by row."""
    return any(of(column) for of in (pa.types.is_string, pa.types.is_large_string, pa.types.is_null))


def open_export(files: Sequence[Path]) -> Dataset:
    """The rows of export files, pictures as the bytes they are.

    Raises:
        InputError: a file that unpacks to more than there is room for, or is damaged.
    """
    for file in files:
        try:
            check_row_groups(file)
        except (OSError, ValueError) as error:
            raise InputError(f"{file} cannot be read ({error}). Export it anew with `redstar-geo data`.") from None
    data = load_dataset("parquet", data_files=[str(file) for file in files], split="train")
    return data.cast_column("images", ListFeature(ImageFeature(decode=False)))


def export_texts(files: Sequence[Path]) -> Iterator[str]:
    """The text of every sample, for training a tokenizer."""
    for file in files:
        for batch in batches(pq.ParquetFile(file), ["prompt", "completion"]):
            for row in batch.to_pylist():
                yield said(row["prompt"]) + said(row["completion"])


def said(conversation: Sequence[Mapping[str, Any] | None] | None) -> str:
    """The text of all turns; a null, which a file of others may have anywhere, is none."""
    return "".join(turn["content"] or "" for turn in conversation or () if turn)


def measure(data: Dataset | list[dict[str, Any]], encoder: Encoder, pack: Packing) -> Iterator[dict[str, Any]]:
    """Length and vision patches of every row in order, or why it cannot be trained on: rows of `MEASURED`.

    Every picture is decoded once, so that a torn one is measured here and not hours later.

    Args:
        pack: what a row may hold; a sample that is more than a row is unfit.
    """
    for number, row in enumerate(progress(data, "measure", len(data))):
        measured = {"id": row["id"], "tokens": 0, "patches": 0, "unfit": None, "why": None}
        try:
            if not row["id"] or not row["prompt"]:
                raise MalformedRow(row["id"], f"row {number} has no id or no prompt")
            tokens, patches = encoder.measure_row(row, pictures(row))
            if pack.tokens is not None and tokens > pack.tokens:
                raise TooLong(row["id"], tokens, pack.tokens)
            if pack.tokens is not None and patches > pack.patches:
                raise TooManyPatches(row["id"], patches, pack.patches)
            measured |= {"tokens": tokens, "patches": patches}
        except SampleError as error:
            measured |= {"unfit": error.reason, "why": str(error)}
        except TemplateError as error:
            measured |= {"unfit": MalformedRow.reason, "why": f"sample {row['id']!r}: the chat template says: {error}"}
        except PictureError as error:
            measured |= {"unfit": "unreadable image", "why": f"sample {row['id']!r}: its picture, {error}"}
        except (ValueError, TypeError) as error:
            measured |= {"unfit": "unreadable image", "why": f"sample {row['id']!r}: {error!r}"}
        yield measured


def write_lengths(path: Path, data: Dataset, encoder: Encoder, recipe: TuningRecipe) -> Counts:
    """Measure every row into a file of `MEASURED`, and count those that cannot be trained on by reason.

    Raises:
        InputError: there are some, and they are not to be dropped or are all there is.
    """
    write_rows(path, MEASURED, measure(data, encoder, recipe.pack))
    rows = pq.read_table(path, columns=["unfit", "why"]).to_pylist()
    unfit = [row for row in rows if row["unfit"] is not None]
    if unfit and (recipe.unfit == "fail" or len(unfit) == len(rows)):
        examples = "; ".join(row["why"] for row in unfit[:3])
        raise InputError(
            f"{len(unfit)} of {len(rows)} samples cannot be trained on: {examples}. Nothing is ever truncated: raise "
            "max_tokens, pack.tokens or pack.patches, or mend them, or set unfit=drop to leave them out, counted."
        )
    counts = Counts(in_=len(rows), out=len(rows) - len(unfit))
    for row in unfit:
        counts.reject(row["unfit"])
    return counts


@dataclass(frozen=True)
class Measured:
    """The fit samples: row in the data, tokens and patches of each."""

    rows: list[int]
    tokens: list[int]
    patches: list[int]

    @classmethod
    def read(cls, path: Path) -> Measured:
        table = pq.read_table(path, columns=["tokens", "patches", "unfit"]).to_pylist()
        fit = [number for number, row in enumerate(table) if row["unfit"] is None]
        return cls(fit, [table[row]["tokens"] for row in fit], [table[row]["patches"] for row in fit])


class PackedRows(torch.utils.data.Dataset[dict[str, Any]]):
    """Row after row of all epochs; item i is for rank i % ranks.

    What makes a step depends on `rows_a_step` alone, so the same training runs on one GPU or on many.

    Where samples of the model's family cannot share a row, a row is one sample.

    Args:
        rows_a_step: of all ranks and micro-batches together; they have about equal work.
        ranks_a_row: neighbouring ranks that share a row, which is then so many items.
        epochs: the last one may be a part of one, rounded up to whole steps; None where the clock ends the training.
        idle: what fills a row that would be empty or without images (see `collate`).
    """

    def __init__(
        self,
        data: Dataset,
        measured: Measured,
        packing: Packing,
        encoder: Encoder,
        idle: Encoded,
        *,
        rows_a_step: int,
        seed: int,
        epochs: float | None,
        ranks_a_row: int = 1,
    ) -> None:
        self.data, self.measured, self.packing, self.encoder, self.idle = data, measured, packing, encoder, idle
        self.rows_a_step, self.ranks_a_row, self.seed, self.epochs = rows_a_step, ranks_a_row, seed, epochs
        self._rows: list[list[int]] = []
        self._samples, self._tokens = [0], [0]  # in the rows before each
        self._epochs_planned = 0
        while self._epochs_planned < (1 if epochs is None else epochs):
            self._plan()

    def __len__(self) -> int:
        if self.epochs is None:
            return _ENDLESS
        rows = bisect_left(self._samples, round(self.epochs * len(self.measured.rows)))
        return (rows + -rows % self.rows_a_step) * self.ranks_a_row

    def __getitem__(self, item: int) -> dict[str, Any]:
        """What `collate` gives, and the `sizes` of its samples."""
        number = item // self.ranks_a_row
        self._reach(number)
        samples = [self._encoded(self.measured.rows[sample]) for sample in self._rows[number]]
        return collate(samples, self.idle) | {"sizes": [sample_size(sample, self.encoder.config) for sample in samples]}

    def seen(self, rows: int) -> tuple[int, int]:
        """Samples and tokens in the first `rows` rows."""
        self._reach(rows - 1)
        return self._samples[rows], self._tokens[rows]

    def epoch_of(self, rows: int) -> float:
        """How often the data has been gone through after so many rows."""
        return self.seen(rows)[0] / len(self.measured.rows)

    @property
    def padding(self) -> float:
        """The share of the first epoch's rows that is left empty, against the token budget."""
        budget = self.packing.tokens
        first = self._rows[: bisect_right(self._samples, len(self.measured.rows) - 1)]
        return padding_share(first, self.measured.tokens, budget) if budget else 0.0

    def _reach(self, number: int) -> None:
        while number >= len(self._rows):
            self._plan()

    def _plan(self) -> None:
        epoch, tokens = self._epochs_planned, self.measured.tokens
        packs_samples = self.encoder.family.packs
        if self.packing.tokens is not None and packs_samples:
            packed = packs(tokens, self.measured.patches, self.packing.tokens, self.packing.patches, self.seed, epoch)
        else:
            order = list(range(len(tokens)))
            Random(f"rows/{self.seed}/{epoch}").shuffle(order)
            size = (self.packing.samples or 1) if packs_samples else 1
            packed = [order[start : start + size] for start in range(0, len(order), size)]
        for row in deal(packed, tokens, self.rows_a_step, self.seed, epoch):
            self._rows.append(row)
            self._samples.append(self._samples[-1] + len(row))
            self._tokens.append(self._tokens[-1] + sum(tokens[sample] for sample in row))
        self._epochs_planned += 1

    def _encoded(self, number: int) -> Encoded:
        row = self.data[number]
        return self.encoder(row["id"], row["prompt"], row["completion"], pictures(row))


def idle_sample(encoder: Encoder, with_image: bool) -> Encoded:
    """A sample without labels, with a white picture where the data has pictures."""
    blank = [Pillow.new("RGB", (112, 112), "white")] if with_image else []
    prompt, completion = [{"role": "user", "content": "."}], [{"role": "assistant", "content": "."}]
    sample = encoder("idle", prompt, completion, blank)
    return replace(sample, labels=torch.full_like(sample.labels, IGNORED))


def pictures(row: Mapping[str, Any]) -> list[Pillow.Image]:
    """Of a row of an export.

    Raises:
        PictureError: one of them cannot be read.
    """
    return [read_picture((image and image["bytes"]) or b"") for image in row["images"] or ()]
