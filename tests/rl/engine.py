"""What `rl/vllm.py` asks of vLLM, answered by transformers: weights, sleep and responses, and what was asked when."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType, SimpleNamespace
from typing import Any, ClassVar

import pytest
import torch
from torch import Tensor

from redstar_geo.generation.encoded import Prompt
from redstar_geo.generation.request import GenerationSettings
from redstar_geo.generation.sampling import SamplingDistribution
from redstar_geo.models.load import load
from redstar_geo.rl.sampler import rollouts


class LLM:
    """An engine for prompts of text."""

    made: ClassVar[list[LLM]] = []
    deaf = False  # takes over no weights

    def __init__(self, **settings: Any) -> None:
        self.settings, self.calls = settings, list[tuple[str, Any]]()
        self.model, self.processor = load(settings["model"], torch.float32)
        self.made.append(self)

    def apply_model(self, function: Callable[[Any], Any]) -> list[Any]:
        return [function(SimpleNamespace(load_weights=self._load, named_parameters=self.model.named_parameters))]

    def _load(self, weights: Iterable[tuple[str, Tensor]]) -> None:
        own = dict(self.model.named_parameters())
        with torch.no_grad():
            for name, weight in weights:
                if not self.deaf:
                    own[name].copy_(weight)
        self.calls.append(("load", None))

    def generate(self, asked: Sequence[dict[str, Any]], params: Sequence[Any], use_tqdm: bool) -> list[Any]:
        self.calls.append(("generate", len(asked)))
        first = params[0]
        settings = GenerationSettings(first.max_tokens, first.temperature)
        distribution = SamplingDistribution(first.temperature, torch.tensor(sorted(first.logit_bias)))
        prompts = [Prompt(str(i), torch.tensor(one["prompt_token_ids"]), {}) for i, one in enumerate(asked)]
        seeds = [each.seed for each in params]
        drawn = rollouts(self.model, self.processor, prompts, settings, first.n, distribution, seeds)
        return [
            SimpleNamespace(
                prompt_token_ids=prompt.input_ids.tolist(),
                outputs=[_output(one) for one in drawn if one.problem_id == prompt.id],
            )
            for prompt in prompts
        ]

    def __getattr__(self, name: str) -> Callable[..., None]:
        """`sleep`, `wake_up` and `reset_prefix_cache`."""
        return lambda **given: self.calls.append((name, given))


def _output(one: Any) -> Any:
    probs = [{token: SimpleNamespace(logprob=p)} for token, p in zip(one.completion_ids, one.log_probs, strict=True)]
    return SimpleNamespace(token_ids=one.completion_ids, logprobs=probs)


def installed(monkeypatch: pytest.MonkeyPatch) -> type[LLM]:
    """As if vLLM were."""
    module: Any = ModuleType("vllm")
    module.__spec__ = ModuleSpec("vllm", None)
    module.LLM, module.SamplingParams = LLM, SimpleNamespace
    monkeypatch.setitem(sys.modules, "vllm", module)
    monkeypatch.setattr(LLM, "made", [])
    for name in ("RANK", "LOCAL_RANK", "WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT"):
        monkeypatch.delenv(name, raising=False)
    return LLM
