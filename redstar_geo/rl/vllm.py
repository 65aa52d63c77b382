"""Responses by vLLM, where it is installed, through TRL: in this process, or on a server (`trl vllm-serve`).

vLLM computes other log-probabilities than the trainer. They come back with every token, the gap to log π_old is in the
log, and a token weighs min(π_old/π_sampler, cap) in the loss. Chance is vLLM's own, so that a resumed training goes on
from its checkpoint but not along the very same curve. This file has not been run on a GPU yet.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from typing import Any

from accelerate import Accelerator

from redstar_geo.errors import InputError
from redstar_geo.generation.encoded import Prompt, pictures_of
from redstar_geo.generation.request import GenerationSettings
from redstar_geo.generation.sampling import end_tokens
from redstar_geo.models.families import tokenizer_of
from redstar_geo.records import Problem
from redstar_geo.rl.models import Models
from redstar_geo.rl.recipe import Served
from redstar_geo.rl.rollout import Rollout

_NEVER = -100.0  # vLLM's least bias of a logit


class VllmSampler:
    """Samples as `generate` does: plainly, at the recipe's temperature, without the banned tokens.

    Raises:
        InputError: vLLM is not installed, or a server is to serve several ranks.
    """

    def __init__(
        self, served: Served, settings: GenerationSettings, samples: int, models: Models, accelerator: Accelerator
    ) -> None:
        if importlib.util.find_spec("vllm") is None:
            remedy = "pip install 'redstar-geo[train,vllm]', or leave vllm out of the recipe."
            raise InputError(f"vllm: the package is not installed. {remedy}")
        if served.url is not None and accelerator.num_processes > 1:
            raise InputError("vllm.url: a server serves one rank here. Leave url out: each rank has its own engine.")
        from trl.generation.vllm_generation import VLLMGeneration  # it imports vLLM

        self.settings, self.samples, self.models = settings, samples, models
        banned = {int(token): _NEVER for token in models.distribution.banned}
        self.engine: Any = VLLMGeneration(
            model=models.model,
            accelerator=accelerator,
            processing_class=models.processor,
            mode="colocate" if served.url is None else "server",
            server_base_url=served.url,
            gpu_memory_utilization=served.memory,
            temperature=settings.temperature,
            max_completion_length=settings.max_new_tokens,
            logprobs=0,  # of the drawn token alone
            generation_kwargs={"logit_bias": banned, "stop": list(settings.stop), "include_stop_str_in_output": True},
        )
        self._sample = self.engine.generate  # vLLM's own; transformers' is called in generation.local alone

    def follow(self, models: Models) -> None:
        """Hand the policy's weights over, adapters merged."""
        self.engine.sync_weights()

    def __call__(self, prompts: Sequence[Prompt], problems: Sequence[Problem], seed: int) -> list[Rollout]:
        """As `collect.Sampler`; the seed is not used."""
        samples = self.samples
        rows = [(prompt, problem, n) for prompt, problem in zip(prompts, problems, strict=True) for n in range(samples)]
        pictures = [pictures_of(problem) for _, problem, _ in rows]
        ids = [prompt.input_ids.tolist() for prompt, _, _ in rows]
        shown = [each or None for each in pictures] if any(pictures) else None
        _, completions, log_probs, _ = self._sample(ids, shown, samples)
        return [
            self._rollout(prompt, number, tokens, [of_token[0] for of_token in probs])
            for (prompt, _, number), tokens, probs in zip(rows, completions, log_probs, strict=True)
        ]

    def _rollout(self, prompt: Prompt, number: int, tokens: Sequence[int], log_probs: Sequence[float]) -> Rollout:
        tokenizer: Any = tokenizer_of(self.models.processor)
        text = tokenizer.decode(tokens, skip_special_tokens=True)
        inner: Any = self.models.model
        ended = tokens[-1] in end_tokens(inner, self.models.processor) or text.endswith(self.settings.stop)
        return Rollout(
            problem_id=prompt.id,
            sample=number,
            prompt_ids=tuple(prompt.input_ids.tolist()),
            completion_ids=tuple(tokens),
            log_probs=tuple(log_probs),
            finish_reason="stop" if ended else "length",
            text=prompt.opened + text,
        )
