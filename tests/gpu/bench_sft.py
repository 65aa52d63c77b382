"""Fine-tuning steps of the true 8B configurations on one GPU, weights random: packed rows beside padded batches.

`python -m tests.gpu.bench_sft [model …]` prints a JSON line for each model, LoRA and full tuning with the vision part
frozen, packed and padded: tokens of samples a second, model FLOPs utilisation (what checkpointing computes again does
not count), peak memory beside the planned one. Samples are one picture and a trace of the length mix of long chains of
thought; the values of tokens and weights decide nothing about speed. Both sides have activation checkpointing, the
chunked loss and fused AdamW; the padded side differs in its batches alone, which hold as many tokens on average.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence
from transformers import AutoModelForCausalLM, AutoModelForImageTextToText, PretrainedConfig

from redstar_geo.models.adapters import Lora, add_adapters
from redstar_geo.models.attention import use_packed_attention
from redstar_geo.models.collate import collate
from redstar_geo.models.encode import Encoded
from redstar_geo.models.families import family_of, positions, vision_patches
from redstar_geo.models.flops import StepFlops, mfu, sample_size
from redstar_geo.models.known_configs import KNOWN
from redstar_geo.models.loss import IGNORED, LossModel, labelled_tokens
from redstar_geo.models.memory import GIB, Training, plan
from redstar_geo.models.parts import Tuning, freeze
from redstar_geo.models.simulate import Row
from redstar_geo.trainer.pack import packs
from tests.models.samples import lognormal_lengths

MODELS = ("Qwen/Qwen2.5-VL-7B-Instruct", "Qwen/Qwen3-VL-8B-Instruct", "OpenGVLab/InternVL3-8B-hf")
BUDGET, SAMPLES, WARM_UP, STEPS, CHUNKS = 16384, 96, 2, 6, 8
PROMPT, GRID = 60, (1, 32, 32)  # tokens of a question, and patches of a picture of Qwen's
KINDS: dict[str, tuple[Tuning, Lora | None]] = {
    "lora": (Tuning(language=1e-4), Lora(rank=64, alpha=128)),
    "frozen_vision": (Tuning(aligner=1e-5, language=1e-5), None),
}
Batch = tuple[dict[str, Any], list[Encoded]]


@dataclass(frozen=True)
class Sizes:
    """How much is run: the token budget of a row, the samples to choose from, and steps."""

    budget: int = BUDGET
    samples: int = SAMPLES
    warm_up: int = WARM_UP
    steps: int = STEPS


def sample(config: PretrainedConfig, tokens: int, number: int) -> Encoded:
    """One picture, a question, and a trace of so many tokens, which is labelled."""
    family = family_of(config)
    vision = config.vision_config
    noise = torch.Generator().manual_seed(number)
    if family.tiled:
        images = {"pixel_values": torch.randn(1, 3, *vision.image_size, generator=noise)}
        cost = config.image_seq_length
    else:
        values = vision.in_channels * vision.temporal_patch_size * vision.patch_size**2
        patches = GRID[1] * GRID[2]
        pixels = torch.randn(patches, values, generator=noise)
        images = {"pixel_values": pixels, "image_grid_thw": torch.tensor([GRID])}
        cost = patches // vision.spatial_merge_size**2
    ids = torch.randint(20, 300, (2 + cost + PROMPT + tokens,), generator=noise)
    ids[2 : 2 + cost] = config.image_token_id
    labels = torch.where(torch.arange(len(ids)) >= len(ids) - tokens, ids, IGNORED)
    where = positions(family, config, ids, images)
    return Encoded(str(number), ids, labels, where, images, vision_patches(family, config, images))


def packed(samples: Sequence[Encoded], budget: int) -> list[Batch]:
    rows = packs([len(one.input_ids) for one in samples], [0] * len(samples), budget, 1, seed=0, epoch=0)
    return [(collate([samples[i] for i in row]), [samples[i] for i in row]) for row in rows]


def padded(samples: Sequence[Encoded], budget: int, config: PretrainedConfig) -> list[Batch]:
    """Batches in the order of the data, each padded to its longest; the models place the tokens themselves."""
    size = max(1, round(budget * len(samples) / sum(len(one.input_ids) for one in samples)))
    batches = []
    for start in range(0, len(samples) - size + 1, size):
        chosen = list(samples[start : start + size])
        ids = pad_sequence([one.input_ids for one in chosen], batch_first=True)
        inputs: dict[str, Any] = {
            "input_ids": ids,
            "labels": pad_sequence([one.labels for one in chosen], batch_first=True, padding_value=IGNORED),
            "attention_mask": pad_sequence([torch.ones_like(one.input_ids) for one in chosen], batch_first=True),
            "use_cache": False,
        }
        inputs |= {name: torch.cat([one.images[name] for one in chosen]) for name in chosen[0].images}
        if family_of(config).mrope:
            inputs["mm_token_type_ids"] = (ids == config.image_token_id).int()
        batches.append((inputs, chosen))
    return batches


def model_of(config: PretrainedConfig, kind: str, dtype: torch.dtype, device: str, attention: bool) -> LossModel:
    """Of random weights, as the recipe starts one; `attention`: ours, else transformers' SDPA."""
    tuning, lora = KINDS[kind]
    family = family_of(config)
    auto = AutoModelForImageTextToText if family.sees else AutoModelForCausalLM
    with torch.device(device):
        model = auto.from_config(config, dtype=dtype, attn_implementation="sdpa").train()
        if attention:
            use_packed_attention(model)
        model.gradient_checkpointing_enable({"use_reentrant": False})
        if lora is not None:
            return LossModel(add_adapters(model, family, lora, tuning), CHUNKS)
    freeze(model, family, tuning)
    return LossModel(model, CHUNKS)


def steps(
    model: LossModel, batches: Sequence[Batch], device: str, sizes: Sizes
) -> Iterator[tuple[float, list[Encoded]]]:
    """Seconds of each step after the warm-up, and what it was of."""
    trained = [one for one in model.parameters() if one.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=1e-6, weight_decay=0.0, fused=True)
    finished: Callable[[], None] = torch.cuda.synchronize if device == "cuda" else lambda: None
    for number in range(sizes.warm_up + sizes.steps):
        inputs, chosen = batches[number % len(batches)]
        inputs = {name: one.to(device) if isinstance(one, Tensor) else one for name, one in inputs.items()}
        finished()
        started = time.perf_counter()
        with torch.autocast(device, torch.bfloat16):
            loss = model(num_items=labelled_tokens(inputs["labels"]), **inputs).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(trained, 1.0)
        optimizer.step()
        optimizer.zero_grad()
        finished()
        if number >= sizes.warm_up:
            yield time.perf_counter() - started, chosen


def figures(name: str, config: PretrainedConfig, kind: str, device: str, sizes: Sizes) -> Iterator[dict[str, Any]]:
    """A line packed and one padded; one that does not fit the memory says so."""
    lengths = lognormal_lengths(sizes.samples, sizes.budget - PROMPT - 300)
    samples = [sample(config, tokens, number) for number, tokens in enumerate(lengths)]
    flops = StepFlops(config, *KINDS[kind])
    dtype = torch.bfloat16 if device == "cuda" else torch.float32
    on = torch.cuda.get_device_name() if device == "cuda" else "cpu"
    for form in ("packed", "padded"):
        line: dict[str, Any] = {
            "name": f"sft.{name.rpartition('/')[2]}.{kind}.{form}",
            "unit": "tokens/s",
            "device": on,
        }
        batches = packed(samples, sizes.budget) if form == "packed" else padded(samples, sizes.budget, config)
        try:
            model = model_of(config, kind, dtype, device, attention=form == "packed")
            done = list(steps(model, batches, device, sizes))
        except torch.OutOfMemoryError:
            yield line | {"value": None, "why": "out of memory"}
            continue
        finally:
            model = None  # the next one needs its memory
        seconds = sum(one for one, _ in done)
        seen = [one for _, chosen in done for one in chosen]
        used = mfu(flops([sample_size(one, config) for one in seen]), seconds, on)
        line |= {"value": round(sum(len(one.input_ids) for one in seen) / seconds, 1), "n": len(done)}
        line |= {"mfu": None if used is None else round(used, 4)}
        if device == "cuda":
            line |= {"peak_gib": round(torch.cuda.max_memory_allocated() / GIB, 1)}
            torch.cuda.empty_cache()
            torch.cuda.reset_peak_memory_stats()
        if form == "packed":
            line |= {"planned_gib": round(planned(config, kind, batches) / GIB, 1)}
        yield line


def planned(config: PretrainedConfig, kind: str, batches: Sequence[Batch]) -> int:
    """Bytes that `redstar-geo check` would say the fullest of these rows needs."""
    _, chosen = max(batches, key=lambda batch: sum(len(one.input_ids) for one in batch[1]))
    tokens = sum(len(one.input_ids) for one in chosen)
    labelled = sum(int(labelled_tokens(one.labels.unsqueeze(0))) for one in chosen)
    row = Row(tokens, labelled, sum(one.vision_patches for one in chosen), len(chosen))
    tuning, lora = KINDS[kind]
    return plan(config, Training(row, tuning, lora=lora, chunks=CHUNKS)).needs


def main(names: Sequence[str]) -> None:
    if not torch.cuda.is_available():
        print("No CUDA device here: nothing is measured. On a GPU of 80 GB or more this takes some minutes a model.")
        return
    for name in names or MODELS:
        for kind in KINDS:
            for line in figures(name, KNOWN[name](), kind, "cuda", Sizes()):
                print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
