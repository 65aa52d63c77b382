"""Sampling for reinforcement, side by side on this machine: `make bench ONLY=rollouts`, or with a number of prompts.

Adapters merged while sampling beside adapters that run by themselves, and rows that are replaced as they end beside
transformers' `generate` in batches that wait for their longest row. Both sides take turns. The model is a small one
that sees pictures, untrained; its responses are made to end as a mix of real ones do: long traces of FormalGeo7k's
problems (without it, of built-in ones), in the model's own tokens.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from random import Random
from statistics import fmean, median
from typing import Any

import torch
from peft import PeftModel
from torch import Tensor
from transformers import GenerationConfig, LogitsProcessor, LogitsProcessorList, PreTrainedModel

from redstar_geo.generation.decode import Ends, decode
from redstar_geo.generation.encoded import Prompt, encode_prompt, left_padded
from redstar_geo.generation.sampling import SamplingDistribution, banned_tokens, drawn, end_tokens
from redstar_geo.geometry.narrate import narrate
from redstar_geo.models.adapters import Lora, add_adapters, merged
from redstar_geo.models.families import Processor, family_of, tokenizer_of
from redstar_geo.models.load import load
from redstar_geo.models.parts import Tuning
from redstar_geo.models.tiny import TinySize, build_tiny
from redstar_geo.sources.builtin import problems
from tests.bench.narration import builtin, real
from tests.paths import FORMALGEO7K

SAMPLES, TOGETHER, CAP, ROUNDS = 4, 32, 512, 3
MERGED = 96  # tokens of a response where adapters are compared


@dataclass(frozen=True)
class Policy:
    """A small model that sees, prompts with pictures, and how long the response to each row is."""

    model: PreTrainedModel
    processor: Processor
    prompts: list[Prompt]
    lengths: Tensor

    @property
    def rows(self) -> list[Prompt]:
        return [prompt for prompt in self.prompts for _ in range(SAMPLES)]

    @property
    def end(self) -> int:
        return end_tokens(self.model, self.processor)[0]


def policy(folder: Path, asked: int) -> Policy:
    chosen = list(problems([], asked, 3, [1, 2, 3], "en", "picture"))
    told = [narrate(each, form="long", seed=0) for each in (real if FORMALGEO7K.is_dir() else builtin)(asked * SAMPLES)]
    texts = [f"<think>{one.reasoning}</think>{one.response}" for one in told]
    build_tiny(folder, [each.question for each in chosen] + texts, TinySize(), 0)
    model, processor = load(str(folder), torch.float32)
    lengths = [len(ids) + 1 for ids in tokenizer_of(processor)(texts)["input_ids"]]
    Random(0).shuffle(lengths)
    prompts = [encode_prompt(each, model.config, processor) for each in chosen]
    return Policy(model.eval(), processor, prompts, torch.tensor(lengths).clamp(max=CAP))


def ours(policy: Policy, model: PreTrainedModel, lengths: Tensor, together: int) -> int:
    """Rows are replaced as they end; how many tokens were sampled."""
    distribution = SamplingDistribution(1.0, banned_tokens(policy.model, policy.processor))
    chance = torch.rand(len(lengths), int(lengths.max()), dtype=torch.float64)
    plain, end = drawn(distribution.log_probs, chance), policy.end

    def pick(logits: Tensor, prompts: Tensor, counts: Tensor) -> tuple[Tensor, Tensor]:
        tokens, log_probs = plain(logits, prompts, counts)
        tokens = torch.where(tokens == end, 5, tokens)
        return torch.where(counts + 1 >= lengths[prompts], end, tokens), log_probs

    ends = Ends(torch.tensor([end]), None, end)
    with torch.no_grad():
        found = decode(model, policy.rows[: len(lengths)], pick, ends, int(lengths.max()), together)
    return sum(len(each.tokens) for each in found)


class _Ending(LogitsProcessor):
    """Rows end where they are to, and not before."""

    def __init__(self, lengths: Tensor, start: int, end: int, distribution: SamplingDistribution) -> None:
        self.lengths, self.start, self.end, self.distribution = lengths, start, end, distribution

    def __call__(self, input_ids: Tensor, scores: Tensor) -> Tensor:
        scores = self.distribution.log_probs(scores)
        scores[:, self.end] = -torch.inf
        over = input_ids.shape[1] - self.start + 1 >= self.lengths
        scores[over] = -torch.inf
        scores[over, self.end] = 0.0
        return scores


def static(policy: Policy) -> int:
    """Transformers' `generate`, batch after batch; how many tokens were sampled."""
    rows, model, end = policy.rows, policy.model, policy.end
    distribution = SamplingDistribution(1.0, banned_tokens(model, policy.processor))
    for start in range(0, len(rows), TOGETHER):
        inputs = left_padded(rows[start : start + TOGETHER], model.config, end)
        width = inputs.pop("position_ids").shape[-1]
        inputs["mm_token_type_ids"] = (inputs["input_ids"] == model.config.image_token_id).int()
        lengths = policy.lengths[start : start + TOGETHER]
        config = GenerationConfig(
            max_new_tokens=int(lengths.max()), do_sample=True, top_k=0, eos_token_id=end, pad_token_id=end
        )
        forced = LogitsProcessorList([_Ending(lengths, width, end, distribution)])
        model.generate(**inputs, generation_config=config, logits_processor=forced)
    return int(policy.lengths.sum())


def paces(sides: dict[str, Callable[[], int]]) -> dict[str, float]:
    """Tokens a second of each, the median of some rounds in turn after one that warms up."""
    seen: dict[str, list[float]] = {name: [] for name in sides}
    for round_ in range(ROUNDS + 1):
        for name, side in sides.items():
            started = time.perf_counter()
            tokens = side()
            if round_:
                seen[name].append(tokens / (time.perf_counter() - started))
    return {name: round(median(each), 1) for name, each in seen.items()}


def bench(asked: int = 32) -> Iterator[dict[str, Any]]:
    with tempfile.TemporaryDirectory() as folder:
        made = policy(Path(folder), asked)
    machine: dict[str, Any] = {"threads": torch.get_num_threads(), "together": TOGETHER}
    sides = {"ours": lambda: ours(made, made.model, made.lengths, TOGETHER), "transformers": lambda: static(made)}
    found = paces(sides)
    mix = made.lengths.float()
    yield {
        "figure": "rollout tokens a second, rows replaced as they end",
        "ours": found["ours"],
        "transformers generate": found["transformers"],
        "ratio": round(found["ours"] / found["transformers"], 2),
        "responses": len(mix),
        "tokens": [int(mix.min()), round(fmean(mix.tolist())), int(mix.max())],
        **machine,
    }
    lora = add_adapters(made.model, family_of(made.model.config), Lora(rank=16), Tuning(language=1e-4)).eval()
    lengths = torch.full((TOGETHER,), MERGED)
    yield merging(made, lora, lengths) | machine


def merging(made: Policy, lora: PeftModel, lengths: Tensor) -> dict[str, Any]:
    inner: Any = lora.get_base_model()

    def side(around: Callable[[Any], Any]) -> Callable[[], int]:
        def run() -> int:
            with around(lora):
                return ours(made, inner, lengths, TOGETHER)

        return run

    found = paces({"merged": side(merged), "unmerged": side(lambda _: nullcontext())})
    return {
        "figure": "rollout tokens a second, adapters merged while sampling",
        "merged": found["merged"],
        "unmerged": found["unmerged"],
        "ratio": round(found["merged"] / found["unmerged"], 2),
        "rank": 16,
    }


if __name__ == "__main__":
    for each in bench(*map(int, sys.argv[1:])):
        print(each)
