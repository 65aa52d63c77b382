"""A tiny vision-language model with problems from construction, for the tests of rollouts."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import torch
from transformers import PreTrainedModel, set_seed

from redstar_geo.generation.encoded import Prompt, encode_prompt
from redstar_geo.generation.sampling import SamplingDistribution, banned_tokens
from redstar_geo.models.families import Processor
from redstar_geo.models.load import load
from redstar_geo.models.tiny import TinySize, build_tiny
from redstar_geo.records import Problem
from redstar_geo.sources.builtin import problems


@dataclass(frozen=True)
class Small:
    """An untrained policy; its weights are large enough that pictures and positions matter."""

    model: PreTrainedModel
    processor: Processor
    problems: tuple[Problem, ...]

    def prompts(self) -> list[Prompt]:
        return [encode_prompt(problem, self.model.config, self.processor) for problem in self.problems]

    def distribution(self, temperature: float = 1.0) -> SamplingDistribution:
        return SamplingDistribution(temperature, banned_tokens(self.model, self.processor))


@cache
def small(family: str = "qwen2_5_vl") -> Small:
    """Built once a test run; nobody changes it for good."""
    chosen = list(problems(["angle_sum", "pythagoras", "tangent_length"], 3, 5, [2], "en", "both"))
    if family in ("qwen2", "qwen3"):
        chosen = [replace(problem, images=()) for problem in chosen]
    texts = [problem.question for problem in problems([], 60, 1, [2])]
    with TemporaryDirectory() as folder:
        size = TinySize(family=family, layers=2, width=64, mlp=128, vocabulary=500)  # type: ignore[arg-type]
        build_tiny(Path(folder), texts, size, seed=3)
        model, processor = load(folder, torch.float32)
    set_seed(4)
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.ndim > 1:
                parameter.mul_(8.0)
    return Small(model.eval(), processor, tuple(chosen))


def slowly_turned(family: str) -> PreTrainedModel:
    """The small model of a family with the rotary base of the large ones."""
    one = small(family)
    config = deepcopy(one.model.config)
    config.get_text_config().rope_parameters["rope_theta"] = 1e6
    model: PreTrainedModel = type(one.model)(config)
    model.load_state_dict(one.model.state_dict())
    return model
