"""Steps of PPO and REINFORCE++ on the true 7–8B configurations on one GPU, weights random: where the time goes.

`python -m tests.gpu.bench_rl [model …]` prints a JSON line for each model and method: seconds of rollout (by
transformers), log-probabilities and update, response tokens a second over the whole step, peak memory. Policy and
critic learn by adapters on one frozen base, as in `train/ppo_geo_8b.yaml`. Random weights hardly ever end a response,
so that all have the full length; the reward, which needs no GPU, is drawn by chance.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForCausalLM, AutoModelForImageTextToText, PretrainedConfig

from redstar_geo.generation.encoded import Prompt
from redstar_geo.generation.sampling import SamplingDistribution, banned_tokens
from redstar_geo.models.adapters import Lora, add_adapters
from redstar_geo.models.attention import use_packed_attention
from redstar_geo.models.encode import Encoded
from redstar_geo.models.families import Processor, family_of
from redstar_geo.models.known_configs import KNOWN
from redstar_geo.models.load import load_config, load_processor
from redstar_geo.models.parts import Tuning, param_groups
from redstar_geo.models.tiny import TinySize, build_tiny
from redstar_geo.records import Verdict
from redstar_geo.rl.critic import ActorCritic, Critic
from redstar_geo.rl.experience import Experience, encoded, experience, rows_within
from redstar_geo.rl.models import Models, with_values
from redstar_geo.rl.optimise import Optimiser, open_accelerator
from redstar_geo.rl.policy import PolicyModel
from redstar_geo.rl.recipe import PpoRecipe, ReinforceRecipe, RlRecipe
from redstar_geo.rl.reward import Reward
from redstar_geo.rl.rollout import Rollout
from redstar_geo.rl.sampler import rollouts as sample_rollouts
from redstar_geo.train import ppo, reinforce_pp
from tests.gpu.h200 import sample

MODELS = ("Qwen/Qwen2.5-VL-7B-Instruct", "Qwen/Qwen3-VL-8B-Instruct")
GIB = 2**30


@dataclass(frozen=True)
class Sizes:
    """Of a step."""

    prompts: int = 16
    samples: int = 4
    tokens: int = 1024
    row_tokens: int = 16384
    steps: int = 2
    rank: int = 64


def recipe_of(method: str, sizes: Sizes) -> RlRecipe:
    lora = Lora(rank=sizes.rank, alpha=2 * sizes.rank)
    common: dict[str, Any] = {"run": "", "model": "", "problems": "", "prompts": sizes.prompts, "steps": sizes.steps}
    common |= {"samples": sizes.samples, "max_new_tokens": sizes.tokens, "row_tokens": sizes.row_tokens}
    common |= {"sampled_together": sizes.prompts * sizes.samples, "learning_rate": 1e-5, "lora": lora}
    common |= {"dtype": "bfloat16", "gradient_checkpointing": True, "loss_chunks": 8}
    if method == "ppo":
        return PpoRecipe(method="ppo", critic_learning_rate=5e-5, critic_lora=lora, **common)
    return ReinforceRecipe(method="reinforce_pp", **common)


def models_of(config: PretrainedConfig, processor: Processor, recipe: RlRecipe, device: str) -> Models:
    """As `models.build` makes them, of random weights."""
    family, rates = family_of(config), Tuning(language=recipe.learning_rate)
    auto = AutoModelForImageTextToText if family.sees else AutoModelForCausalLM
    with torch.device(device):
        base = auto.from_config(config, dtype=torch.bfloat16)
        base.generation_config.eos_token_id = processor.tokenizer.eos_token_id
        use_packed_attention(base)
        critic = Critic(base, recipe.critic_lora, shares=True) if isinstance(recipe, PpoRecipe) else None
        assert recipe.lora is not None
        model = add_adapters(base, family, recipe.lora, rates)
        base.gradient_checkpointing_enable({"use_reentrant": False})
    distribution = SamplingDistribution(1.0, banned_tokens(base, processor))
    policy = PolicyModel(model, distribution, recipe.loss_chunks)
    learner = policy if critic is None else ActorCritic(policy, critic)
    groups = param_groups(model, family, rates, 0.0)
    if critic is not None:
        learns = [one for one in critic.parameters() if one.requires_grad]
        groups.append({"name": "critic", "params": learns, "lr": 5e-5, "weight_decay": 0.0})
    return Models(model, learner.eval(), None, processor, config, distribution, groups)


def scored(models: Models, prompts: Sequence[Prompt], rollouts: Sequence[Rollout], recipe: RlRecipe) -> Experience:
    """The rollouts with the log-probabilities of policy and reference and the critic's values."""
    answered = [prompt for prompt in prompts for _ in range(recipe.samples)]
    samples = [encoded(one, prompt, models.config) for one, prompt in zip(rollouts, answered, strict=True)]
    drawn = torch.rand(len(rollouts), generator=torch.Generator().manual_seed(0)).tolist()
    rewards = [Reward(score, None, 0.0, 0.0, score, Verdict("correct", "drawn")) for score in drawn]
    places = [number // recipe.samples for number in range(len(rollouts))]
    batch = experience(samples, places, rollouts, rewards, recipe.reward, models.device)
    old, reference, values = (torch.zeros_like(batch.old) for _ in range(3))
    with torch.no_grad():
        for rows in packed_rows(batch, recipe):
            inputs = batch.rows(rows).inputs(models.device, None)
            found = with_values(models.learner(**inputs))
            with models.as_reference() as policy:
                of_reference = policy(**inputs).log_probs
            width = found.values.shape[1]
            old[rows, :width], values[rows, :width] = found.tokens.log_probs, found.values
            reference[rows, :width] = of_reference
    batch = replace(batch, old=old, reference=reference, values=values)
    if isinstance(recipe, PpoRecipe):
        return ppo.with_advantages(recipe, batch)
    assert isinstance(recipe, ReinforceRecipe)
    return replace(batch, advantages=reinforce_pp.advantages(recipe, batch))


def packed_rows(batch: Experience, recipe: RlRecipe) -> list[list[int]]:
    return rows_within([len(one.input_ids) for one in batch.samples], recipe.row_tokens)


def measured(config: PretrainedConfig, processor: Processor, method: str, device: str, sizes: Sizes) -> dict[str, Any]:
    """Mean seconds by phase of the steps after the first."""
    recipe = recipe_of(method, sizes)
    models = models_of(config, processor, recipe, device)
    optimiser = Optimiser(models, recipe, open_accelerator(recipe))
    made = [sample(config, 1, number) for number in range(sizes.prompts)]
    prompts = [Prompt(one.id, one.input_ids[:-1], one.images) for one in made]
    idle = Encoded(**made[0]._asdict())
    loss = partial(ppo.loss if method == "ppo" else reinforce_pp.loss, recipe)
    finished: Callable[[], None] = torch.cuda.synchronize if device == "cuda" else lambda: None
    seconds = {"rollout_s": 0.0, "logprob_s": 0.0, "update_s": 0.0}
    tokens = 0
    for step in range(sizes.steps + 1):
        torch.manual_seed(step)
        marks = [time.perf_counter()]
        rollouts = sample_rollouts(
            models.model,
            processor,
            prompts,
            recipe.generation(sizes.tokens),
            recipe.samples,
            models.distribution,
        )
        finished()
        marks.append(time.perf_counter())
        batch = scored(models, prompts, rollouts, recipe)
        finished()
        marks.append(time.perf_counter())
        optimiser.step(1, batch, packed_rows(batch, recipe), idle, loss)  # type: ignore[arg-type]
        finished()
        marks.append(time.perf_counter())
        if step:
            tokens += sum(len(one.completion_ids) for one in rollouts)
            for name, start, end in zip(seconds, marks, marks[1:], strict=False):
                seconds[name] += end - start
    whole = sum(seconds.values())
    return {name: round(spent / sizes.steps, 2) for name, spent in seconds.items()} | {"tokens_per_s": tokens / whole}


def figures(names: Sequence[str], device: str, sizes: Sizes = Sizes()) -> Iterator[dict[str, Any]]:
    """A line a model and method."""
    with tempfile.TemporaryDirectory() as folder:
        for name in names:
            config = KNOWN[name]()
            build_tiny(Path(folder), ["Find the angle."], TinySize(family=config.model_type), 0)
            processor = load_processor(folder, load_config(folder))  # its words are few, which speed does not ask for
            for method in ("reinforce_pp", "ppo"):
                if device == "cuda":
                    torch.cuda.empty_cache()
                    torch.cuda.reset_peak_memory_stats()
                found = measured(config, processor, method, device, sizes)
                peak = torch.cuda.max_memory_allocated() / GIB if device == "cuda" else None
                yield {"figure": f"{method} step", "model": name, **found, "peak_gib": peak}


def main() -> None:
    if not torch.cuda.is_available():
        print("There is no CUDA device: nothing was measured.")
        return
    for figure in figures(sys.argv[1:] or MODELS, "cuda"):
        print(json.dumps(figure), flush=True)


if __name__ == "__main__":
    main()
