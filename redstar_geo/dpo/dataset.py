"""Preference pairs as packed rows: both completions of a pair in one row, its pictures once."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import torch
from datasets import Dataset
from PIL import Image as Pillow
from torch import Tensor

from redstar_geo.errors import InputError
from redstar_geo.models.collate import collate
from redstar_geo.models.encode import Encoded, Encoder, Messages, SampleError, TooLong
from redstar_geo.models.families import positions
from redstar_geo.models.flops import sample_size
from redstar_geo.models.loss import IGNORED
from redstar_geo.progress import progress
from redstar_geo.run import Counts, write_rows
from redstar_geo.trainer.dataset import MEASURED, PackedRows

COLUMNS = ("id", "prompt", "chosen", "rejected", "images")


class NothingToPrefer(SampleError):
    """Chosen and rejected are the same text, so that no gradient would be left of the pair."""

    reason = "chosen is rejected"


class TraceMissing(SampleError):
    """There is no right trace, or no wrong one."""

    reason = "trace missing"


@dataclass(frozen=True)
class Pair:
    """Two completions of one prompt. Both have the prompt's image tokens; the images themselves go with `chosen`."""

    chosen: Encoded
    rejected: Encoded


class PairEncoder(Encoder):
    """Encodes pairs; `max_tokens` holds for prompt and one completion."""

    def pair(self, id: str, prompt: Messages, chosen: Messages, rejected: Messages, images: Sequence[Any]) -> Pair:
        """Both samples; a picture is processed once.

        Raises:
            SampleError: one of the encoder's, of either completion.
        """
        first = self(id, prompt, chosen, images)
        prompt_text, completion = self._texts(id, prompt, rejected, images)
        self._measured(id, prompt_text, completion, [image.size for image in images])
        begins = int((first.labels != IGNORED).nonzero()[0])
        input_ids = torch.cat([first.input_ids[:begins], torch.tensor(completion)])
        labels = torch.cat([first.labels[:begins], torch.tensor(completion)])
        where = positions(self.family, self.config, input_ids, first.images)
        return Pair(first, Encoded(id, input_ids, labels, where))

    def measure_pair(
        self, id: str, prompt: Messages, chosen: Messages, rejected: Messages, images: Sequence[Any], row: int | None
    ) -> tuple[int, int]:
        """Tokens of both samples together, and vision patches.

        Args:
            row: tokens that a row may have; None where rows hold a number of pairs.

        Raises:
            SampleError: what is not a pair, does not fit, or is one of the encoder's.
        """
        for name, completion in (("chosen", chosen), ("rejected", rejected)):
            if not completion or not any((turn["content"] or "").strip() for turn in completion):
                raise TraceMissing(id, f"the {name} trace is missing")
        if [turn["content"] for turn in chosen] == [turn["content"] for turn in rejected]:
            raise NothingToPrefer(id, "chosen and rejected are the same text")
        tokens, patches = self.measure(id, prompt, chosen, images)
        tokens += self.measure(id, prompt, rejected, images)[0]
        if row is not None and tokens > row:
            raise TooLong(id, tokens, row)
        return tokens, patches


def pair_files(pattern: str) -> list[Path]:
    """The files of pairs that a glob names, with their columns.

    Raises:
        InputError: none, no Parquet, other columns, or no pairs.
    """
    root = Path(Path(pattern).anchor)  # Path.glob takes relative patterns only
    files = sorted(root.glob(str(Path(pattern).relative_to(root))))
    if not files:
        raise InputError(f"No file matches data {pattern!r}. Give the pairs/*.parquet of a run of `redstar-geo data`.")
    for file in files:
        try:
            columns = pq.read_schema(file).names
        except (OSError, pa.ArrowInvalid):
            raise InputError(f"{file} is not a Parquet file. Give the pairs/*.parquet of a data run.") from None
        missing = [name for name in COLUMNS if name not in columns]
        if missing:
            raise InputError(
                f"{file} has columns {', '.join(columns)}; missing: {', '.join(missing)}. Give the pairs/*.parquet of "
                "a data run (sft/*.parquet has right traces only)."
            )
    if not sum(pq.read_metadata(file).num_rows for file in files):
        raise InputError(
            f"{pattern!r} holds no pairs: no problem had both a right and a wrong trace of like length. Ask a teacher "
            "that errs sometimes (the model itself, at temperature 1), raise teacher.sampling.fixed, or widen "
            "pairs.length_ratio in the data recipe."
        )
    return files


def write_lengths(path: Path, data: Dataset, encoder: PairEncoder, row: int | None, unfit: str) -> Counts:
    """Measure every pair into a file of `training_set.MEASURED`, and count those that cannot be trained on by reason.

    Args:
        row: tokens that a row may have; None where rows hold a number of pairs.
        unfit: `fail` or `drop`.

    Raises:
        InputError: there are some, and they are not to be dropped or are all there is.
    """
    write_rows(path, MEASURED, measure_pairs(data, encoder, row))
    found = pq.read_table(path, columns=["unfit", "why"]).to_pylist()
    against = [each for each in found if each["unfit"] is not None]
    if against and (unfit == "fail" or len(against) == len(found)):
        examples = "; ".join(each["why"] for each in against[:3])
        raise InputError(
            f"{len(against)} of {len(found)} pairs cannot be trained on: {examples}. Nothing is ever cut: raise "
            "max_tokens or pack.tokens or mend them, or set unfit=drop to leave them out, counted."
        )
    counts = Counts(in_=len(found), out=len(found) - len(against))
    for each in against:
        counts.reject(each["unfit"])
    return counts


def measure_pairs(data: Dataset, encoder: PairEncoder, row: int | None) -> Iterator[dict[str, Any]]:
    """Tokens and vision patches of every pair, or why it cannot be trained on: rows of `training_set.MEASURED`."""
    for each in progress(data, "measure", len(data)):
        found = {"id": each["id"], "tokens": 0, "patches": 0, "unfit": None, "why": None}
        try:
            tokens, patches = encoder.measure_pair(
                each["id"], each["prompt"], each["chosen"], each["rejected"], _pictures(each, whole=True), row
            )
            found |= {"tokens": tokens, "patches": patches}
        except SampleError as error:
            found |= {"unfit": error.reason, "why": str(error)}
        except (OSError, SyntaxError, ValueError, TypeError, Pillow.DecompressionBombError) as error:
            found |= {"unfit": "unreadable image", "why": f"pair {each['id']!r}: {error!r}"}
        yield found


class PairRows(PackedRows):
    """Row after row of all epochs, each of whole pairs; planned, dealt and resumed as the rows of single samples are.

    Args:
        encoder: a `PairEncoder`.
        reference: its log-probabilities [pairs, 2] of chosen and rejected, by number of the pair in the data.
    """

    encoder: PairEncoder

    def __init__(self, *args: Any, reference: Tensor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.reference = reference

    def __getitem__(self, number: int) -> dict[str, Any]:
        """What `collate_pairs` gives, the reference's log-probabilities [2B], and the `sizes` for counting FLOPs."""
        numbers = self.numbers(number)
        pairs = [self._pair(each) for each in numbers]
        sizes = [sample_size(one, self.encoder.config) for pair in pairs for one in (pair.chosen, pair.rejected)]
        reference = self.reference[torch.tensor(numbers, dtype=torch.long)].flatten()
        return collate_pairs(pairs, self.idle) | {"reference": reference, "sizes": sizes}

    def numbers(self, row: int) -> list[int]:
        """Numbers in the data of the pairs of a row, in its order."""
        self._reach(row)
        return [self.measured.rows[pair] for pair in self._rows[row]]

    def _pair(self, number: int) -> Pair:
        row = self.data[number]
        return self.encoder.pair(row["id"], row["prompt"], row["chosen"], row["rejected"], _pictures(row))


def collate_pairs(pairs: Sequence[Pair], idle: Encoded | None = None) -> dict[str, Any]:
    """The keyword arguments of `PairModel`'s forward for one row of B pairs: chosen, rejected, chosen, rejected, ….

    As `collate`, and besides: lengths [2B], the labelled tokens of each; shown, for each place for an image in the row
    (InternVL: for a tile) the number of the image tensor's entry that is shown there.
    """
    samples = [one for pair in pairs for one in (pair.chosen, pair.rejected)]
    row = collate(samples, idle)
    shown: list[int] = []
    entries = 0
    for pair in pairs:
        of_pair = list(range(entries, entries + _entries(pair.chosen)))
        shown += [*of_pair, *of_pair]
        entries += len(of_pair)
    shown += range(entries, _entries_of(row))  # of the idle sample
    lengths = torch.tensor([int((one.labels[1:] != IGNORED).sum()) for one in samples], dtype=torch.long)
    return row | {"lengths": lengths, "shown": torch.tensor(shown, dtype=torch.long)}


def _entries(sample: Encoded) -> int:
    return _entries_of(sample.images)


def _entries_of(images: dict[str, Any]) -> int:
    """Images (Qwen), or tiles of images (InternVL)."""
    name = "image_grid_thw" if "image_grid_thw" in images else "pixel_values"
    return len(images[name]) if name in images else 0


def _pictures(row: dict[str, Any], whole: bool = False) -> list[Pillow.Image]:
    """`whole` decodes them, so that a torn one is found."""
    pictures: list[Pillow.Image] = [Pillow.open(io.BytesIO(image["bytes"])) for image in row["images"] or ()]
    for picture in pictures if whole else ():
        picture.load()
    return pictures
