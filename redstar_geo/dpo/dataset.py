"""Preference pairs as packed rows: both completions of a pair in one row, its pictures once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from transformers import PreTrainedConfig

from redstar_geo.models.collate import collate
from redstar_geo.models.encode import Encoded, Encoder, Messages, SampleError, turns
from redstar_geo.models.families import Processor, check_packs, positions
from redstar_geo.models.flops import sample_size
from redstar_geo.models.loss import IGNORED
from redstar_geo.trainer.dataset import PackedRows, pictures


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
    """Encodes pairs; `max_tokens` holds for prompt and one completion.

    Raises:
        InputError: also where both completions cannot share a row.
    """

    def __init__(self, config: PreTrainedConfig, processor: Processor, max_tokens: int | None = None) -> None:
        super().__init__(config, processor, max_tokens)
        check_packs(self.family, "method: dpo needs")

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

    def measure_row(self, row: Mapping[str, Any], images: Sequence[Any]) -> tuple[int, int]:
        """Tokens of both samples together, and vision patches.

        Raises:
            SampleError: what is not a pair, or one of the encoder's.
        """
        id, prompt = row["id"], turns(row, "prompt")
        for name in ("chosen", "rejected"):
            if not any(turn and (turn["content"] or "").strip() for turn in row[name] or ()):
                raise TraceMissing(id, f"the {name} trace is missing")
        chosen, rejected = turns(row, "chosen"), turns(row, "rejected")
        if [turn["content"] for turn in chosen] == [turn["content"] for turn in rejected]:
            raise NothingToPrefer(id, "chosen and rejected are the same text")
        tokens, patches = self.measure(id, prompt, chosen, images)
        return tokens + self.measure(id, prompt, rejected, images)[0], patches


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
        return self.encoder.pair(row["id"], row["prompt"], row["chosen"], row["rejected"], pictures(row))


def collate_pairs(pairs: Sequence[Pair], idle: Encoded | None = None) -> dict[str, Any]:
    """The keyword arguments of `PairModel`'s forward for one row of B pairs: chosen, rejected, chosen, rejected, ….

    As `collate`, and besides: lengths [2B], the labelled tokens of each; image_order, for each place for an image in
    the row (InternVL: for a tile) the number of the image tensor's entry that belongs there.
    """
    samples = [one for pair in pairs for one in (pair.chosen, pair.rejected)]
    row = collate(samples, idle)
    image_order: list[int] = []
    entries = 0
    for pair in pairs:
        of_pair = list(range(entries, entries + _entries(pair.chosen)))
        image_order += [*of_pair, *of_pair]
        entries += len(of_pair)
    image_order += range(entries, _entries_of(row))  # of the idle sample
    lengths = torch.tensor([int((one.labels[1:] != IGNORED).sum()) for one in samples], dtype=torch.long)
    return row | {"lengths": lengths, "image_order": torch.tensor(image_order, dtype=torch.long)}


def _entries(sample: Encoded) -> int:
    return _entries_of(sample.images)


def _entries_of(images: dict[str, Any]) -> int:
    """Images (Qwen), or tiles of images (InternVL)."""
    name = "image_grid_thw" if "image_grid_thw" in images else "pixel_values"
    return len(images[name]) if name in images else 0
