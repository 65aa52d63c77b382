"""Completions by a transformers model in this process: the one place where a model answers.

The settings that a model ships with are set aside (Qwen2.5-VL's are top-k 1 and a repetition penalty): what is written
follows from the settings that are given, for teacher, evaluation, training, RL and app alike.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

import torch
from peft import PeftModel
from torch import Tensor
from transformers import GenerationConfig, PreTrainedModel, StopStringCriteria

from redstar_geo.errors import RedStarError
from redstar_geo.generation.decode import EachToken, Ends, Pick, decode
from redstar_geo.generation.encoded import Prompt, encode_messages
from redstar_geo.generation.reply import Reply
from redstar_geo.generation.request import GenerationSettings
from redstar_geo.generation.sampling import SamplingDistribution, drawn, end_tokens, likeliest, tempered
from redstar_geo.models.adapters import merged
from redstar_geo.models.encode import Messages
from redstar_geo.models.families import Processor, family_of, tokenizer_of
from redstar_geo.models.load import load
from redstar_geo.models.precision import DTYPES, multiplies_bfloat16


@dataclass(frozen=True)
class Completion:
    """What follows one prompt.

    Attributes:
        tokens: with the one that ended it; never empty.
        text: with the `<think>` that the prompt may have opened, without special tokens.
        finish_reason: `stop`, or `length` where it was truncated.
        log_probs: of each token under the distribution that it was drawn from; 0 of the likeliest ones.
    """

    tokens: tuple[int, ...]
    text: str
    finish_reason: Literal["stop", "length"]
    log_probs: tuple[float, ...] = ()


def generate(
    model: PreTrainedModel | PeftModel,
    processor: Processor,
    prompts: Sequence[Prompt],
    settings: GenerationSettings,
    distribution: SamplingDistribution | None = None,
    chance: Tensor | None = None,
    together: int | None = None,
    each_token: EachToken | None = None,
) -> list[Completion]:
    """One completion for each prompt, in the order of the prompts.

    The model is left in the mode it was in, and its weights as they were: adapters are merged for as long as it takes.
    Under ZeRO-3 all ranks must call it equally often.

    Args:
        distribution: what is drawn from instead of the settings' temperature and top-p.
        chance: a number in [0, 1) for each token [prompts, max_new_tokens], float64: a row's tokens follow from its
            own, whatever is decoded beside it. None: torch's, which `torch.manual_seed` makes reproducible.
        together: how many are decoded at a time, see `decode`; None: all.
        each_token: called with every token of a batch of one as it comes.

    Raises:
        TrainingDiverged: the model gives log-probabilities that are no numbers.
    """
    inner: Any = model.get_base_model() if isinstance(model, PeftModel) else model
    tokenizer: Any = tokenizer_of(processor)
    ends = end_tokens(inner, processor)
    padding = ends[0] if tokenizer.pad_token_id is None else tokenizer.pad_token_id
    strings = StopStringCriteria(tokenizer, list(settings.stop)) if settings.stop else None
    ending = Ends(torch.tensor(ends, device=inner.device), strings, padding)
    pick = _pick(settings, distribution, len(prompts), chance, inner.device)
    with _answering(model, inner):
        found = decode(inner, prompts, pick, ending, settings.max_new_tokens, together, each_token)
    return [
        Completion(
            tuple(each.tokens),
            prompt.opened + tokenizer.decode(_without_end(each.tokens, ends), skip_special_tokens=True),
            "stop" if each.ended else "length",
            tuple(each.log_probs),
        )
        for prompt, each in zip(prompts, found, strict=True)
    ]


def _pick(
    settings: GenerationSettings,
    distribution: SamplingDistribution | None,
    prompts: int,
    chance: Tensor | None,
    device: torch.device,
) -> Pick:
    """How a token is chosen."""
    if distribution is None and settings.temperature == 0:
        return likeliest
    if chance is None:
        chance = torch.rand(prompts, settings.max_new_tokens, dtype=torch.float64)
    log_probs = tempered(settings.temperature, settings.top_p) if distribution is None else distribution.log_probs
    return drawn(log_probs, chance.to(device))


def _without_end(tokens: list[int], ends: Sequence[int]) -> list[int]:
    return tokens[:-1] if tokens[-1] in ends else tokens


@contextmanager
def _answering(model: PreTrainedModel | PeftModel, inner: PreTrainedModel) -> Iterator[None]:
    """No dropout, no gradient, adapters merged."""
    training = inner.training
    inner.eval()
    try:
        with merged(model), torch.no_grad():  # ZeRO-3 takes no inference tensors
            yield
    finally:
        inner.train(training)


class LocalModel:
    """A model at a hub id or folder, on a GPU where there is one.

    Args:
        dtype: of the weights; `auto` is the one they are stored in; float32 on a CPU without bfloat16.
        local_rank: which GPU.

    Raises:
        InputError: the model cannot be loaded.
    """

    def __init__(self, name: str, dtype: str = "auto", local_rank: int = 0) -> None:
        stored: torch.dtype | Literal["auto"] = "auto" if multiplies_bfloat16() else torch.float32
        loaded, self.processor = load(name, stored if dtype == "auto" else DTYPES[dtype])
        device = f"cuda:{local_rank}" if torch.cuda.is_available() else "cpu"
        self.model = loaded.to(device).eval()  # type: ignore[arg-type]
        self.tokenizer = tokenizer_of(self.processor)
        self.family = family_of(self.model.config)
        ends = end_tokens(self.model, self.processor)  # for lm-evaluation-harness, which generates with it
        self.model.generation_config = GenerationConfig(eos_token_id=ends, pad_token_id=self.tokenizer.pad_token_id)

    def encode(self, id: str, messages: Messages, pictures: Sequence[Any]) -> Prompt:
        """See `encode_messages`."""
        return encode_messages(id, messages, pictures, self.model.config, self.processor)

    def complete(
        self, prompts: Sequence[Prompt], settings: GenerationSettings, each_token: EachToken | None = None
    ) -> list[Reply]:
        """One reply for each prompt, as `generate` gives them; `settings.seed` is that of the batch.

        Raises:
            RedStarError: the batch does not fit into the GPU's memory.
        """
        started = time.monotonic()
        torch.manual_seed(settings.seed)
        try:
            completions = generate(self.model, self.processor, prompts, settings, each_token=each_token)
        except torch.OutOfMemoryError as error:
            raise RedStarError(
                f"A batch of {len(prompts)} prompts does not fit into the GPU's memory ({error}). Start again in "
                "another run folder with a smaller batch_size or max_new_tokens."
            ) from None
        seconds = (time.monotonic() - started) / len(prompts)
        return [
            Reply.of_text(each.text, each.finish_reason, len(prompt.input_ids), len(each.tokens), seconds)
            for prompt, each in zip(prompts, completions, strict=True)
        ]
