"""A transformers model in this process: prompts of like length share a batch, so that little is spent on padding.

Which samples share a batch depends on the samples alone, not on what is done or on how many ranks there are, and each
batch has its own seed: an evaluation that was stopped, or spread over ranks, gives the answers of one that was not.
"""

from __future__ import annotations

import hashlib
import time
from collections import Counter
from collections.abc import Container, Iterable, Sequence
from io import BytesIO
from typing import Any

import torch
from PIL import Image
from transformers import GenerationConfig

from redstar_geo.errors import InputError, RedStarError
from redstar_geo.generation.kv_cache import cache
from redstar_geo.generation.request import Answer, Generation, Keep, Key, Sample, Shard
from redstar_geo.models.encode import render_prompt
from redstar_geo.models.families import family_of, image_cost, tokenizer_of
from redstar_geo.models.load import load
from redstar_geo.progress import progress
from redstar_geo.records import Problem


class LocalModel:
    """Answers with the model at a hub id or folder, on the rank's GPU where there is one.

    Raises:
        InputError: the model cannot be loaded.
    """

    def __init__(self, model: str, generation: Generation, batch_size: int, dtype: str, shard: Shard) -> None:
        self.generation, self.batch_size = generation, batch_size
        loaded, self.processor = load(model, {"float32": torch.float32, "bfloat16": torch.bfloat16}[dtype])
        self.model = loaded.to(f"cuda:{shard.local_rank}" if torch.cuda.is_available() else "cpu").eval()  # type: ignore[arg-type]
        self.tokenizer = tokenizer_of(self.processor)
        self.family = family_of(self.model.config)
        ends = self.model.generation_config.eos_token_id or self.tokenizer.eos_token_id
        self.ends = ends if isinstance(ends, list) else [ends]

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
        sizes = [Image.open(BytesIO(image.data)).size for image in sample.problem.images]
        pictures = sum(image_cost(self.family, self.model.config, self.processor, size).tokens for size in sizes)
        text = sample.messages()[0]["content"]
        return len(self.tokenizer(text)["input_ids"]) + pictures

    def _answers(self, batch: Sequence[Sample], number: int) -> list[tuple[Sample, Answer]]:
        started = time.monotonic()
        pictures = [_pictures(each.problem) for each in batch]
        prompts = [
            render_prompt(self.processor, each.messages(), shown) for each, shown in zip(batch, pictures, strict=True)
        ]
        options: dict[str, Any] = {"padding": True, "padding_side": "left", "add_special_tokens": False}
        if flat := [picture for shown in pictures for picture in shown]:
            options["images"] = flat
        inputs = self.processor(text=prompts, return_tensors="pt", **options).to(self.model.device)
        torch.manual_seed(_seed(self.generation.seed, number))
        try:
            with torch.inference_mode():
                held = cache(self.model.config)
                output = self.model.generate(**inputs, past_key_values=held, generation_config=self._settings())
        except torch.OutOfMemoryError as error:
            raise RedStarError(
                f"A batch of {len(batch)} prompts does not fit into the GPU's memory ({error}). Start again in another "
                "run folder with a smaller batch_size or max_new_tokens."
            ) from None
        completions = output[:, inputs["input_ids"].shape[1] :].tolist()
        seconds = (time.monotonic() - started) / len(batch)
        return [(each, self._answer(tokens, seconds)) for each, tokens in zip(batch, completions, strict=True)]

    def _settings(self) -> GenerationConfig:
        wanted = self.generation
        sampled: dict[str, Any] = {"do_sample": False}
        if wanted.temperature:
            sampled = {"do_sample": True, "temperature": wanted.temperature, "top_p": wanted.top_p, "top_k": 0}
        pad = self.tokenizer.pad_token_id
        pad = self.ends[0] if pad is None else pad
        return GenerationConfig(
            max_new_tokens=wanted.max_new_tokens, eos_token_id=self.ends, pad_token_id=pad, **sampled
        )

    def _answer(self, tokens: list[int], seconds: float) -> Answer:
        """The completion up to its end; padding follows where others of the batch went on."""
        end = next((place for place, token in enumerate(tokens) if token in self.ends), None)
        text = self.tokenizer.decode(tokens[:end], skip_special_tokens=True)
        if end is None:
            return Answer(str(text), "length", len(tokens), seconds)
        return Answer(str(text), "stop", end + 1, seconds)

    def _check_pictures(self, samples: Iterable[Sample]) -> None:
        shown = sum(bool(each.problem.images) for each in samples)
        if shown and not self.family.sees:
            raise InputError(
                f"{shown} of the questions come with pictures, and {self.model.config.model_type} sees none. Evaluate "
                "a model that does, or problems of text."
            )


def _pictures(problem: Problem) -> list[Image.Image]:
    return [Image.open(BytesIO(image.data)).convert("RGB") for image in problem.images]


def _seed(seed: int, batch: int) -> int:
    return int.from_bytes(hashlib.sha256(f"{seed}/{batch}".encode()).digest()[:7], "big")
