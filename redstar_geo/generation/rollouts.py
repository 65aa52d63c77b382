"""Responses sampled by transformers, with the log-probability of every token under the distribution it was drawn from.

The distribution is made by one logits processor of our own, and the settings that a model ships with (Qwen2.5-VL's are
top-k 1 and a repetition penalty) are set aside: they would sample from another policy than the one that is trained.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
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

from redstar_geo.errors import TrainingDiverged
from redstar_geo.generation.distribution import Sampling, SamplingDistribution, end_tokens
from redstar_geo.generation.encoded_prompt import Prompt, left_padded
from redstar_geo.models.families import Processor, tokenizer_of
from redstar_geo.rl.rollout import Rollout


def generate(
    model: PreTrainedModel | PeftModel,
    processor: Processor,
    prompts: Sequence[Prompt],
    sampling: Sampling,
    distribution: SamplingDistribution,
) -> list[Rollout]:
    """`sampling.samples` responses to each prompt, all as one batch, in the order of the prompts and of the samples.

    Chance is torch's: `torch.manual_seed` makes a batch reproducible. The model is left in the mode it was in.
    """
    inner: Any = model.get_base_model() if isinstance(model, PeftModel) else model
    tokenizer = tokenizer_of(processor)
    rows = [(prompt, sample) for prompt in prompts for sample in range(sampling.samples)]
    inputs = left_padded([prompt for prompt, _ in rows], inner.config, tokenizer.pad_token_id)
    inputs = {name: tensor.to(inner.device) for name, tensor in inputs.items()}
    start = inputs["input_ids"].shape[1]
    drawn, ends = _Drawn(distribution, start), _Ends(inner, processor, sampling, start)
    with _own_settings(inner, tokenizer.pad_token_id, sampling.max_new_tokens), torch.no_grad():
        output: Any = inner.generate(
            **inputs,
            logits_processor=LogitsProcessorList([drawn]),
            stopping_criteria=StoppingCriteriaList([ends]),
        )
    tokens = output[:, start:]
    log_probs = drawn.log_probs(output).tolist()
    lengths = ends.lengths(tokens.shape[1]).tolist()
    return [
        _rollout(prompt, sample, row[:length], probs[:length], cut, tokenizer)
        for (prompt, sample), row, probs, length, cut in zip(
            rows, tokens.tolist(), log_probs, lengths, (~ends.ended).tolist(), strict=True
        )
    ]


def _rollout(
    prompt: Prompt, sample: int, tokens: list[int], log_probs: list[float], cut: bool, tokenizer: Any
) -> Rollout:
    return Rollout(
        problem_id=prompt.id,
        sample=sample,
        prompt_ids=tuple(prompt.input_ids.tolist()),
        completion_ids=tuple(tokens),
        log_probs=tuple(log_probs),
        finish_reason="length" if cut else "stop",
        text=prompt.opened + tokenizer.decode(tokens, skip_special_tokens=True),
    )


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


class _Ends(StoppingCriteria):
    """Ends a row at a token or string that ends responses, and remembers where.

    Found here once, since afterwards it cannot be: rows that have ended go on as padding, which may be an end token.
    """

    def __init__(self, model: PreTrainedModel, processor: Processor, sampling: Sampling, start: int) -> None:
        self.tokens = torch.tensor(end_tokens(model), device=model.device)
        self.strings = StopStringCriteria(tokenizer_of(processor), sampling.stop) if sampling.stop else None
        self.start = start
        self.places: Tensor | None = None  # [B] tokens of the response, 0 while it goes on

    def __call__(self, input_ids: Tensor, scores: Any, **kwargs: Any) -> Tensor:
        now = torch.isin(input_ids[:, -1], self.tokens)
        if self.strings is not None:
            now = now | self.strings(input_ids[:, self.start :], scores)
        if self.places is None:
            self.places = torch.zeros_like(input_ids[:, 0])
        length = input_ids.shape[1] - self.start
        self.places = torch.where(now & (self.places == 0), length, self.places)
        return self.places > 0

    @property
    def ended(self) -> Tensor:
        """Whether each row came to an end by itself [B]."""
        assert self.places is not None, "nothing was generated"
        return self.places > 0

    def lengths(self, longest: int) -> Tensor:
        """Tokens of each response, its end included [B]."""
        assert self.places is not None, "nothing was generated"
        return torch.where(self.ended, self.places, longest)


def cache_for(model: PreTrainedModel) -> str | None:
    """On a CPU a growing cache is copied at every token, which took two thirds of the time; elsewhere the usual one."""
    return "static" if model.device.type == "cpu" else None


@contextmanager
def _own_settings(model: PreTrainedModel, padding: int, max_new_tokens: int) -> Iterator[None]:
    """Plain sampling for a while, whatever the model's own generation settings are; and no dropout.

    Settings given to `generate` do not do: those left out are filled from the model's.
    """
    own, training = model.generation_config, model.training
    model.generation_config = GenerationConfig(
        do_sample=True,
        top_k=0,
        pad_token_id=padding,
        max_new_tokens=max_new_tokens,
        use_cache=True,
        cache_implementation=cache_for(model),
        disable_compile=True,
    )
    model.eval()
    try:
        yield
    finally:
        model.generation_config = own
        model.train(training)
