"""Completions by a transformers model in this process: the one place that calls transformers' `generate`.

The settings that a model ships with are set aside (Qwen2.5-VL's are top-k 1 and a repetition penalty): what is written
follows from the settings that are given, for teacher, evaluation, training, RL and app alike.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

import torch
import transformers
from packaging.version import Version
from peft import PeftModel
from torch import Tensor
from transformers import (
    GenerationConfig,
    LogitsProcessor,
    LogitsProcessorList,
    PreTrainedModel,
    StoppingCriteria,
    StoppingCriteriaList,
    StopStringCriteria,
)

from redstar_geo.errors import RedStarError, TrainingDiverged
from redstar_geo.generation.encoded import Prompt, encode_messages, left_padded
from redstar_geo.generation.kv_cache import cache
from redstar_geo.generation.reply import Reply
from redstar_geo.generation.request import GenerationSettings
from redstar_geo.generation.sampling import SamplingDistribution, end_tokens
from redstar_geo.models.encode import Messages
from redstar_geo.models.families import Processor, family_of, tokenizer_of
from redstar_geo.models.load import load

_CACHE = "cache" if Version(transformers.__version__) >= Version("5.23") else "past_key_values"
_DTYPES: dict[str, torch.dtype | Literal["auto"]] = {
    "auto": "auto",
    "float32": torch.float32,
    "bfloat16": torch.bfloat16,
}
EachToken = Callable[[int], bool]  # the token of a batch of one → whether to stop


@dataclass(frozen=True)
class Completion:
    """What follows one prompt.

    Attributes:
        tokens: with the one that ended it; never empty.
        text: with the `<think>` that the prompt may have opened, without special tokens.
        finish_reason: `stop`, or `length` where it was truncated.
        log_probs: of each token under the distribution that it was drawn from; empty without one.
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
    each_token: EachToken | None = None,
) -> list[Completion]:
    """One completion for each prompt, all as one batch, in the order of the prompts.

    Chance is torch's: `torch.manual_seed` makes a batch reproducible. The model is left in the mode it was in. Under
    ZeRO-3 all ranks must call it equally often.

    Args:
        distribution: what is drawn from instead of the settings' temperature and top-p; it gives log-probabilities.
        each_token: called with every token of a batch of one as it comes.

    Raises:
        TrainingDiverged: with a distribution, when the model gives log-probabilities that are no numbers.
    """
    inner: Any = model.get_base_model() if isinstance(model, PeftModel) else model
    tokenizer: Any = tokenizer_of(processor)
    ends = end_tokens(inner, processor)
    padding = ends[0] if tokenizer.pad_token_id is None else tokenizer.pad_token_id
    inputs = {name: each.to(inner.device) for name, each in left_padded(prompts, inner.config, padding).items()}
    start = inputs["input_ids"].shape[1]
    drawn = None if distribution is None else _Drawn(distribution, start)
    ended = _Ended(ends, tokenizer, settings.stop, start, each_token)
    with _set_aside(inner, settings, padding, drawn is not None), torch.no_grad():  # ZeRO-3 takes no inference tensors
        output: Tensor = inner.generate(
            **inputs,
            **{_CACHE: cache(inner.config)},
            logits_processor=LogitsProcessorList([] if drawn is None else [drawn]),
            stopping_criteria=StoppingCriteriaList([ended]),
        )
    tokens = output[:, start:].tolist()
    lengths = ended.lengths(len(tokens[0]))
    log_probs: list[list[float]] = [[] for _ in prompts] if drawn is None else drawn.log_probs(output).tolist()
    return [
        Completion(
            tuple(row[:length]),
            prompt.opened + tokenizer.decode(row[: length - (row[length - 1] in ends)], skip_special_tokens=True),
            "stop" if stopped else "length",
            tuple(probs[:length]),
        )
        for prompt, row, length, stopped, probs in zip(
            prompts, tokens, lengths, ended.by_row.tolist(), log_probs, strict=True
        )
    ]


class LocalModel:
    """A model at a hub id or folder, on a GPU where there is one.

    Args:
        dtype: of the weights; `auto` is the one they are stored in.
        local_rank: which GPU.

    Raises:
        InputError: the model cannot be loaded.
    """

    def __init__(self, name: str, dtype: str = "auto", local_rank: int = 0) -> None:
        loaded, self.processor = load(name, _DTYPES[dtype])
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


class _Drawn(LogitsProcessor):
    """Turns logits into the sampling distribution, and remembers what each drawn token had in it."""

    def __init__(self, distribution: SamplingDistribution, start: int) -> None:
        self.distribution = distribution
        self.start = start
        self.last: Tensor | None = None
        self.kept: list[Tensor] = []  # [B] a token

    def __call__(self, input_ids: Tensor, scores: Tensor) -> Tensor:
        self._keep(input_ids)
        self.last = self.distribution.log_probs(scores)
        if self.last.isnan().any():  # sampling would end in a traceback, on a GPU beyond repair
            raise TrainingDiverged(
                "The policy gives log-probabilities that are not finite, so nothing can be sampled from it. The last "
                "checkpoint is kept. Give a model whose weights are finite, or lower learning_rate."
            )
        return self.last

    def log_probs(self, output: Tensor) -> Tensor:
        """[B, T] of the generated sequences [B, P + T]."""
        self._keep(output)
        return torch.stack(self.kept, dim=1)

    def _keep(self, input_ids: Tensor) -> None:
        """The token after the last distribution is only known in the next call."""
        place = self.start + len(self.kept)
        if self.last is not None and input_ids.shape[1] > place:
            self.kept.append(self.last.gather(1, input_ids[:, place, None]).squeeze(1))


class _Ended(StoppingCriteria):
    """Ends a row at a token or string that ends completions, and remembers where.

    Found here once, since afterwards it cannot be: rows that have ended go on as padding, which may be an end token.
    """

    def __init__(
        self, ends: Sequence[int], tokenizer: Any, stop: Sequence[str], start: int, each_token: EachToken | None
    ) -> None:
        self.tokens = torch.tensor(ends)
        self.strings = StopStringCriteria(tokenizer, list(stop)) if stop else None
        self.start, self.each_token = start, each_token
        self.places = torch.zeros(0)  # [B] tokens of the completion, 0 while it goes on

    def __call__(self, input_ids: Tensor, scores: Any, **kwargs: Any) -> Tensor:
        now = torch.isin(input_ids[:, -1], self.tokens.to(input_ids.device))
        if self.strings is not None:
            now = now | self.strings(input_ids[:, self.start :], scores)
        if not len(self.places):
            self.places = torch.zeros_like(input_ids[:, 0])
        length = input_ids.shape[1] - self.start
        self.places = torch.where(now & (self.places == 0), length, self.places)
        if self.each_token is not None and self.each_token(int(input_ids[0, -1])):
            return torch.ones_like(now)
        return self.places > 0

    @property
    def by_row(self) -> Tensor:
        """Whether each row came to an end by itself [B]."""
        return self.places > 0

    def lengths(self, longest: int) -> list[int]:
        """Tokens of each completion, its end included [B]."""
        return torch.where(self.by_row, self.places, longest).tolist()


@contextmanager
def _set_aside(model: PreTrainedModel, settings: GenerationSettings, padding: int, plainly: bool) -> Iterator[None]:
    """The given settings alone, for a while, instead of those that the model shipped with; and no dropout.

    Settings given to `generate` do not do: those left out are filled from the model's.

    Args:
        plainly: draw from what the logits processor says, whatever temperature and top-p are.
    """
    shipped, training = model.generation_config, model.training
    sampled: dict[str, Any] = {"do_sample": plainly or settings.temperature > 0}
    if sampled["do_sample"]:
        sampled["top_k"] = 0
        if not plainly:
            sampled |= {"temperature": settings.temperature, "top_p": settings.top_p}
    model.generation_config = GenerationConfig(
        max_new_tokens=settings.max_new_tokens, pad_token_id=padding, use_cache=True, **sampled
    )
    model.eval()
    try:
        yield
    finally:
        model.generation_config = shipped
        model.train(training)
