"""`python -m tests.real.parity [--server] FAMILY|FOLDER …`, where vLLM is installed: does it see what the trainer sees?

For each model, prompts with 0, 1 and 2 pictures and with text before and behind them are answered by `VllmSampler`,
which compares the tokens of every prompt. A line of JSON says how far vLLM's log-probabilities are from the trainer's,
and how far if the pictures were others: a comparison that sees no difference there would prove nothing.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch
from PIL import Image as Pillow
from PIL import ImageDraw
from trl.generation import vllm_client

from redstar_geo.generation.encoded import Prompt, encode_text, pictures_of
from redstar_geo.models.families import FAMILIES
from redstar_geo.models.load import load, load_config
from redstar_geo.models.pixels import limits_for_vllm
from redstar_geo.models.save import save
from redstar_geo.models.special_tokens import guarded
from redstar_geo.models.tiny import TinySize, build_tiny
from redstar_geo.recipe import check
from redstar_geo.records import Image, Problem
from redstar_geo.rl.experience import encoded
from redstar_geo.rl.models import Models, build
from redstar_geo.rl.optimise import open_accelerator
from redstar_geo.rl.policy import packed
from redstar_geo.rl.recipe import ReinforceRecipe, Served
from redstar_geo.rl.rollout import Rollout
from redstar_geo.rl.vllm import VllmSampler
from redstar_geo.sources.builtin import problems
from tests.real import engines

TOKENS, SAMPLES = 24, 2
_SIZES = [(140, 112), (90, 200), (300, 100)]  # of pictures: scaled down, kept and of several tiles
# Others than the tiny models come with, so that limits that are not handed over are seen: 6 tokens, 4 tiles.
_PIXELS = {"qwen2_5_vl": 6 * 28**2, "qwen3_vl": 6 * 28**2, "internvl": 4 * 112**2}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--server", action="store_true", help="by a server of its own instead of in this process")
    parser.add_argument("models", nargs="+")
    asked = parser.parse_args()
    with TemporaryDirectory() as folder:
        for model in asked.models:
            found = tiny(model, Path(folder) / model) if model in FAMILIES else Path(model)
            print(json.dumps({"model": model} | measured(found, Path(folder), asked.server)), flush=True)


def tiny(family: str, folder: Path) -> Path:
    """An untrained model whose weights are large enough that pictures and positions matter."""
    texts = [problem.question for problem in problems([], 60, 1, [2])]
    size: Any = {"family": family, "layers": 2, "width": 128, "mlp": 256, "vocabulary": 500}  # heads of 32, for vLLM
    build_tiny(folder, texts, TinySize(**size), seed=3)
    model, processor = load(str(folder), torch.float32)
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.ndim > 1:
                parameter.mul_(8.0)
    save(model, processor, folder)
    return folder


@contextmanager
def engine(model: Path, models: Models, by_server: bool) -> Iterator[Served]:
    """vLLM as a recipe has it; a server is started with the flags that docs/real_models.md gives."""
    if not by_server:
        yield Served()
        return
    _name_tokens()
    limits = json.dumps(limits_for_vllm(models.family, models.processor))
    flags = ["--dtype", str(models.model.dtype).removeprefix("torch."), "--enable-scale-out"]
    flags += ["--logprobs-mode", "processed_logprobs", "--max-logprobs", "-1"]
    flags += ["--mm-processor-kwargs", limits] if models.family.sees else []
    with engines.vllm(model, *flags) as url:
        yield Served(url=url.removesuffix("/v1"))


def _name_tokens() -> None:
    """TRL 1.16, made for vLLM up to 0.31, reads a token's name; 0.32 gives its number for prompts with pictures."""
    read = vllm_client.parse_logprobs

    def named(choices: list[dict[str, Any] | None]) -> tuple[list | None, list | None]:
        for entry in [entry for choice in choices for entry in (choice or {}).get("content", [])]:
            for one in (entry, *entry["top_logprobs"]):
                one.setdefault("token", f"token_id:{one.get('token_id')}")
        return read(choices)

    vllm_client.parse_logprobs = named


def measured(model: Path, scratch: Path, by_server: bool) -> dict[str, Any]:
    """Of the prompts: how many, how long, and the gap of log-probabilities over all tokens answered."""
    values = {
        "method": "reinforce_pp",
        "run": str(scratch / "run"),
        "model": str(model),
        "problems": str(scratch / "none.parquet"),
        "prompts": 1,
        "steps": 1,
        "learning_rate": 1e-6,
        "pixels": {"max_pixels": _PIXELS.get(load_config(str(model)).model_type)},
    }
    recipe = check(ReinforceRecipe, values, "parity")
    models = build(recipe, torch.device("cpu"))
    asked = list(cases(models))
    with engine(model, models, by_server) as served:
        longest = TOKENS + max(len(prompt.input_ids) for prompt, _ in asked)
        plainly = recipe.generation(TOKENS), SAMPLES
        sampler = VllmSampler(served, *plainly, models, open_accelerator(recipe), longest)
        seeds = list(range(len(asked)))
        rollouts = sampler([prompt for prompt, _ in asked], [problem for _, problem in asked], seeds)
    prompts = [prompt for prompt, _ in asked for _ in range(SAMPLES)]
    gaps = gap(models, rollouts, prompts)
    with_pictures = [place for place, prompt in enumerate(prompts) if prompt.images]
    others = gap(models, [rollouts[i] for i in with_pictures], [inverted(prompts[i]) for i in with_pictures])
    return {
        "prompts": len(asked),
        "prompt_tokens": [len(prompt.input_ids) for prompt, _ in asked],
        "dtype": str(models.model.dtype),
        "tokens": sum(map(len, gaps)),
        "mean_gap": mean(gaps),
        "largest_gap": max(map(max, gaps)),
        "mean_gap_with_pictures": mean([gaps[place] for place in with_pictures]),
        "mean_gap_of_other_pictures": mean(others),
    }


def cases(models: Models) -> Iterator[tuple[Prompt, Problem]]:
    """0, 1 and 2 pictures: before the text, behind it, and between texts; and a text that spells an image token."""
    words = ["In triangle ABC, ∠A = 35°.", "Find ∠C.", "一个圆, <|image_pad|> <IMG_CONTEXT>"]
    patterns = ["t", "tt"] if not models.family.sees else ["t", "pt", "tp", "tpt", "ppt", "tpp", "tptpt", "tppt"]
    base = next(iter(problems(["angle_sum"], 1, 5, [2], "en", "text")))
    for number, pattern in enumerate(patterns):
        shown = [picture(_SIZES[(number + i) % len(_SIZES)], number + i) for i in range(pattern.count("p"))]
        texts = iter(words)
        parts = [{"type": "image"} if part == "p" else {"type": "text", "text": next(texts)} for part in pattern]
        content: Any = parts if models.family.sees else " ".join(part["text"] for part in parts)
        turn = guarded(models.processor, [{"role": "user", "content": content}])
        text = models.processor.apply_chat_template(turn, tokenize=False, add_generation_prompt=True)
        problem = replace(base, id=pattern, images=tuple(shown))
        yield encode_text(pattern, text, pictures_of(problem), models.config, models.processor), problem


def picture(size: tuple[int, int], seed: int) -> Image:
    drawn = Pillow.new("RGB", size, ["white", "lightyellow", "lightblue"][seed % 3])
    width, height = size
    corners = [(5, height - 5), (width - 5, height - 5 - seed), (width // 3 + seed, 5)]
    ImageDraw.Draw(drawn).polygon(corners, outline="black", width=3)
    file = BytesIO()
    drawn.save(file, "PNG")
    return Image.of(file.getvalue())


def gap(models: Models, rollouts: Sequence[Rollout], prompts: Sequence[Prompt]) -> list[list[float]]:
    """|log π of the trainer − log π of vLLM| of every token of every response."""
    gaps = []
    for rollout, prompt in zip(rollouts, prompts, strict=True):
        sample = encoded(rollout, prompt, models.config)
        with torch.no_grad():
            found = models.learner(**packed([sample], models.device)).log_probs[0]
        gaps.append((found - torch.tensor(rollout.log_probs)).abs().tolist())
    return gaps


def inverted(prompt: Prompt) -> Prompt:
    """The prompt with the negatives of its pictures."""
    return replace(prompt, images={k: -v if v.is_floating_point() else v for k, v in prompt.images.items()})


def mean(gaps: Sequence[Sequence[float]]) -> float | None:
    every = [one for response in gaps for one in response]
    return sum(every) / len(every) if every else None


if __name__ == "__main__":
    main()
