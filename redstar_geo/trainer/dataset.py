"""Exported traces as packed rows: which rows there are is known beforehand, each is encoded when it is needed.

Samples are measured once; from the lengths follow the packs of every epoch, so that a resumed
training goes on with the very row at which it stopped.
"""

from __future__ import annotations

import io
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import torch
from datasets import Dataset, load_dataset
from datasets import Image as ImageFeature
from datasets import List as ListFeature
from PIL import Image as Pillow
from pydantic import Field, model_validator

from redstar_geo.models.collate import collate
from redstar_geo.models.encode import Encoded, Encoder, SampleError
from redstar_geo.models.flops import sample_size
from redstar_geo.models.loss import IGNORED
from redstar_geo.progress import progress
from redstar_geo.recipe import Section
from redstar_geo.trainer.pack import deal, packs, padding_share

MEASURED = pa.schema(
    [("id", pa.string()), ("tokens", pa.int64()), ("patches", pa.int64()), ("unfit", pa.string()), ("why", pa.string())]
)
_ENDLESS = 2**40  # rows, where the clock ends the training


class Packing(Section):
    """What shares a row: as many samples as fit `tokens` and `patches`, or a fixed number of `samples`."""

    tokens: int | None = Field(default=None, gt=0)
    patches: int = Field(default=1 << 16, gt=0)
    samples: int | None = Field(default=None, gt=0)

    @model_validator(mode="after")
    def _one_measure(self) -> Packing:
        if (self.tokens is None) == (self.samples is None):
            raise ValueError("give either tokens (and patches) or samples")
        return self


def open_export(files: Sequence[Path]) -> Dataset:
    """The rows of export files, pictures as the bytes they are."""
    data = load_dataset("parquet", data_files=[str(file) for file in files], split="train")
    return data.cast_column("images", ListFeature(ImageFeature(decode=False)))


def export_texts(files: Sequence[Path]) -> Iterator[str]:
    """The text of every sample, for training a tokenizer."""
    for file in files:
        for batch in pq.ParquetFile(file).iter_batches(columns=["prompt", "completion"]):
            for row in batch.to_pylist():
                yield "".join(message["content"] for message in row["prompt"] + row["completion"])


def measure(data: Dataset, encoder: Encoder) -> Iterator[dict[str, Any]]:
    """Length and vision patches of every row in order, or why it cannot be trained on: rows of `MEASURED`.

    Every picture is decoded once, so that a torn one is found here and not hours later.
    """
    for row in progress(data, "measure", len(data)):
        found = {"id": row["id"], "tokens": 0, "patches": 0, "unfit": None, "why": None}
        try:
            pictures = _pictures(row)
            for picture in pictures:
                picture.load()
            tokens, patches = encoder.measure(row["id"], row["prompt"], row["completion"], pictures)
            found |= {"tokens": tokens, "patches": patches}
        except SampleError as error:
            found |= {"unfit": error.reason, "why": str(error)}
        except (OSError, SyntaxError, ValueError, Pillow.DecompressionBombError) as error:
            found |= {"unfit": "unreadable image", "why": f"sample {row['id']!r}: {error!r}"}
        yield found


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
    """Row after row of all epochs; row i is for rank i % ranks.

    What makes a step depends on `rows_a_step` alone, so the same training runs on one GPU or on many.

    Args:
        rows_a_step: of all ranks and micro-batches together; they have about equal work.
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
    ) -> None:
        self.data, self.measured, self.packing, self.encoder, self.idle = data, measured, packing, encoder, idle
        self.rows_a_step, self.seed, self.epochs = rows_a_step, seed, epochs
        self._rows: list[list[int]] = []
        self._samples, self._tokens = [0], [0]  # in the rows before each
        self._epochs_planned = 0
        while self._epochs_planned < (1 if epochs is None else epochs):
            self._plan()

    def __len__(self) -> int:
        if self.epochs is None:
            return _ENDLESS
        rows = bisect_left(self._samples, round(self.epochs * len(self.measured.rows)))
        return rows + -rows % self.rows_a_step

    def __getitem__(self, number: int) -> dict[str, Any]:
        """What `collate` gives, and the `sizes` of its samples."""
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
        if self.packing.tokens is not None:
            packed = packs(tokens, self.measured.patches, self.packing.tokens, self.packing.patches, self.seed, epoch)
        else:
            order = list(range(len(tokens)))
            Random(f"rows/{self.seed}/{epoch}").shuffle(order)
            size = self.packing.samples or 1
            packed = [order[start : start + size] for start in range(0, len(order), size)]
        for row in deal(packed, tokens, self.rows_a_step, self.seed, epoch):
            self._rows.append(row)
            self._samples.append(self._samples[-1] + len(row))
            self._tokens.append(self._tokens[-1] + sum(tokens[sample] for sample in row))
        self._epochs_planned += 1

    def _encoded(self, number: int) -> Encoded:
        row = self.data[number]
        return self.encoder(row["id"], row["prompt"], row["completion"], _pictures(row))


def idle_sample(encoder: Encoder, with_image: bool) -> Encoded:
    """A sample without labels, with a white picture where the data has pictures."""
    pictures = [Pillow.new("RGB", (112, 112), "white")] if with_image else []
    prompt, completion = [{"role": "user", "content": "."}], [{"role": "assistant", "content": "."}]
    sample = encoder("idle", prompt, completion, pictures)
    return replace(sample, labels=torch.full_like(sample.labels, IGNORED))


def _pictures(row: dict[str, Any]) -> list[Pillow.Image]:
    return [Pillow.open(io.BytesIO(image["bytes"])) for image in row["images"]]
