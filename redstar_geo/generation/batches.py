"""An evaluation answered by a model in this process: prompts of like length share a batch, to spend little on padding.

Which samples share a batch depends on the samples alone, not on what is done or on how many ranks there are, and each
batch has its own seed: an evaluation that was stopped, or spread over ranks, gives the answers of one that was not.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Container, Iterable, Sequence
from dataclasses import replace

from redstar_geo.errors import InputError
from redstar_geo.generation.encoded import pictures_of
from redstar_geo.generation.local import LocalModel
from redstar_geo.generation.reply import Reply
from redstar_geo.generation.request import GenerationSettings, Keep, Key, Sample, Shard
from redstar_geo.models.families import image_cost
from redstar_geo.pictures.read import picture_size
from redstar_geo.progress import progress


class BatchedModel:
    """Answers with the model at a hub id or folder, on the rank's GPU where there is one.

    Raises:
        InputError: the model cannot be loaded.
    """

    def __init__(self, model: str, settings: GenerationSettings, batch_size: int, dtype: str, shard: Shard) -> None:
        self.settings, self.batch_size = settings, batch_size
        self.local = LocalModel(model, dtype, shard.local_rank)

    def answer(self, samples: Sequence[Sample], done: Container[Key], keep: Keep, shard: Shard) -> Counter[str]:
        """See `Backend.answer`; a batch of which one is missing is answered again as a whole."""
        self._check_pictures(samples)
        batches = self.batches(samples)
        mine = [(number, batch) for number, batch in enumerate(batches) if number % shard.ranks == shard.rank]
        open_ = [(number, batch) for number, batch in mine if any(each.key not in done for each in batch)]
        for number, batch in progress(open_, "answering", len(open_)):
            keep([pair for pair in self._answers(batch, number) if pair[0].key not in done])
        return Counter()

    def batches(self, samples: Iterable[Sample]) -> list[list[Sample]]:
        """The samples by the length of their prompts, the longest first, so that what does not fit shows at once."""
        ordered = list(samples)
        lengths = {each.problem.id: 0 for each in ordered}
        for each in ordered:
            if not lengths[each.problem.id]:
                lengths[each.problem.id] = self._length(each)
        ordered.sort(key=lambda each: -lengths[each.problem.id])
        return [ordered[start : start + self.batch_size] for start in range(0, len(ordered), self.batch_size)]

    def _length(self, sample: Sample) -> int:
        """Tokens of the prompt, pictures included."""
        local = self.local
        sizes = [picture_size(image.data) for image in sample.problem.images]
        pictures = sum(image_cost(local.family, local.model.config, local.processor, size).tokens for size in sizes)
        return len(local.tokenizer(sample.messages()[0]["content"])["input_ids"]) + pictures

    def _answers(self, batch: Sequence[Sample], number: int) -> list[tuple[Sample, Reply]]:
        prompts = [self.local.encode(each.problem.id, each.messages(), pictures_of(each.problem)) for each in batch]
        settings = replace(self.settings, seed=_seed(self.settings.seed, number))
        return list(zip(batch, self.local.complete(prompts, settings), strict=True))

    def _check_pictures(self, samples: Iterable[Sample]) -> None:
        pictured = sum(bool(each.problem.images) for each in samples)
        if pictured and not self.local.family.sees:
            raise InputError(
                f"{pictured} of the questions come with pictures, and {self.local.model.config.model_type} sees none. "
                "Evaluate a model that does, or problems of text."
            )


def _seed(seed: int, batch: int) -> int:
    return int.from_bytes(hashlib.sha256(f"{seed}/{batch}".encode()).digest()[:7], "big")
