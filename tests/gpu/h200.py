"""What one GPU makes of 7B and 8B models, in nine minutes: `python -m tests.gpu.h200 [--model NAME]`.

It needs torch and transformers and nothing else. A JSON line for each figure, printed at once; each section is a
process of its own with a deadline, so that a failure or a full memory costs nobody else anything. Nothing is
downloaded: configurations are the published ones, weights and samples random. `--plan FILE` adds the planned memory to
the lines of a file, on any machine that has the whole toolkit. `--tiny` runs everything small, on a CPU.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import random
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, NamedTuple

import torch
import transformers
from torch import Tensor, nn
from torch.nn.functional import scaled_dot_product_attention
from torch.nn.utils.rnn import pad_sequence
from transformers import (
    AutoConfig,
    AutoModelForCausalLM,
    AutoModelForImageTextToText,
    GenerationConfig,
    PretrainedConfig,
    PreTrainedModel,
)

from redstar_geo.models.attention import packed_attention, use_packed_attention, vision_attention
from redstar_geo.models.collate import collate
from redstar_geo.models.families import family_of, positions
from redstar_geo.models.known_configs import KNOWN
from redstar_geo.models.loss import IGNORED, LossModel, labelled_tokens
from redstar_geo.models.sequence_parallel import SampleBounds
from redstar_geo.trainer.half import HalfAdamW

GIB = 2**30
PEAK = {"H200": 989.5e12, "H100": 989.5e12, "A100": 312e12}  # dense bfloat16, of the data sheets
KINDS = ("lora", "frozen_vision")
PROMPT = 60  # tokens of a question


class Sample(NamedTuple):
    """As `redstar_geo.models.encode.Encoded`, which needs more packages."""

    id: str
    input_ids: Tensor
    labels: Tensor
    position_ids: Tensor
    images: dict[str, Tensor]
    vision_patches: int


@dataclass(frozen=True)
class Bench:
    """A model and how much of everything is run."""

    model: str
    config: PretrainedConfig
    device: str
    budget: int = 16384  # tokens of a row
    samples: int = 48
    warm_up: int = 1
    steps: int = 4
    rank: int = 64
    chunks: int = 8
    grid: int = 32  # patches along a side of a picture
    moves: int = 10  # steps after which weights are looked at
    responses: int = 64
    new_tokens: int = 256
    long_rows: tuple[int, ...] = (32768, 65536)


def tiny(bench: Bench) -> Bench:
    """The same with a model of the family that a CPU goes through in seconds."""
    kind, sizes = bench.config.model_type, {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2}
    sizes |= {"num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 8, "vocab_size": 97}
    vision = {"depth": 2, "hidden_size": 32, "intermediate_size": 48, "num_heads": 2, "out_hidden_size": 32}
    rotary = {"rope_type": "default", "rope_theta": 1e6, "mrope_section": [2, 1, 1]}
    marks = {"image_token_id": 90, "vision_start_token_id": 91, "vision_end_token_id": 92, "video_token_id": 93}
    if kind == "internvl":
        vision = {"hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2, "num_attention_heads": 2}
        vision |= {"image_size": [56, 56], "patch_size": [14, 14]}
        of_kind = {"text_config": sizes | {"model_type": "qwen2"}, "vision_config": vision, "image_seq_length": 4}
        marks = {"image_token_id": 90}
    elif kind == "qwen3_vl":
        seen = vision | {"deepstack_visual_indexes": [0, 1], "num_position_embeddings": 64, "patch_size": 14}
        text = sizes | {"rope_parameters": rotary | {"mrope_interleaved": True}}
        of_kind = {"text_config": text, "vision_config": seen}
    else:
        seen = vision | {"fullatt_block_indexes": [1], "window_size": 56, "patch_size": 14}
        of_kind = {"text_config": sizes | {"rope_parameters": rotary}, "vision_config": seen}
    config = AutoConfig.for_model(kind, **of_kind, **marks)
    small = {"budget": 300, "samples": 6, "steps": 1, "rank": 2, "grid": 8, "moves": 2, "responses": 2, "new_tokens": 4}
    return replace(bench, config=config, long_rows=(400, 800), **small)  # type: ignore[arg-type]


# Samples and rows


def lengths(count: int, budget: int, longest: int) -> list[int]:
    """As those of long traces in rows of 16k tokens: most of middling length, a long tail."""
    chance = random.Random(0)
    return [min(longest, 20 + int(chance.lognormvariate(6.8, 0.7) * budget / 16384)) for _ in range(count)]


def sample(config: PretrainedConfig, tokens: int, number: int, grid: int = 32) -> Sample:
    """One picture, a question, and a trace of so many tokens, which is labelled."""
    family, vision, noise = family_of(config), config.vision_config, torch.Generator().manual_seed(number)
    if family.tiled:
        images = {"pixel_values": torch.randn(1, 3, *vision.image_size, generator=noise)}
        cost, patches = config.image_seq_length, (vision.image_size[0] // vision.patch_size[0]) ** 2
    else:
        patches = grid * grid
        values = vision.in_channels * vision.temporal_patch_size * vision.patch_size**2
        pixels = torch.randn(patches, values, generator=noise)
        images = {"pixel_values": pixels, "image_grid_thw": torch.tensor([(1, grid, grid)])}
        cost = patches // vision.spatial_merge_size**2
    ids = torch.randint(20, 90, (2 + cost + PROMPT + tokens,), generator=noise)
    ids[2 : 2 + cost] = config.image_token_id
    labels = torch.where(torch.arange(len(ids)) >= len(ids) - tokens, ids, IGNORED)
    return Sample(str(number), ids, labels, positions(family, config, ids, images), images, patches)


def samples_of(bench: Bench) -> list[Sample]:
    longest = bench.budget - PROMPT - bench.grid**2 // 4 - 300 * (bench.budget > 1000)
    return [
        sample(bench.config, size, n, bench.grid)
        for n, size in enumerate(lengths(bench.samples, bench.budget, longest))
    ]


def rows_of(samples: Sequence[Sample], budget: int) -> list[list[Sample]]:
    """First fit, the longest first."""
    rows: list[list[Sample]] = []
    for one in sorted(samples, key=lambda each: -len(each.input_ids)):
        fitting = (row for row in rows if sum(len(each.input_ids) for each in [*row, one]) <= budget)
        row = next(fitting, None)
        if row is None:
            rows.append([one])
        else:
            row.append(one)
    return rows


def padded(bench: Bench, chosen: Sequence[Sample]) -> dict[str, Any]:
    """A batch padded to its longest; the model places the tokens itself."""
    ids = pad_sequence([one.input_ids for one in chosen], batch_first=True)
    inputs: dict[str, Any] = {
        "input_ids": ids,
        "labels": pad_sequence([one.labels for one in chosen], batch_first=True, padding_value=IGNORED),
        "attention_mask": pad_sequence([torch.ones_like(one.input_ids) for one in chosen], batch_first=True),
        "use_cache": False,
    }
    inputs |= {name: torch.cat([one.images[name] for one in chosen]) for name in chosen[0].images}
    if family_of(bench.config).mrope:
        inputs["mm_token_type_ids"] = (ids == bench.config.image_token_id).int()
    return inputs


# Models


class LoraLinear(nn.Module):
    """A frozen linear layer with an adapter in float32, as peft has it."""

    def __init__(self, base: nn.Linear, rank: int) -> None:
        super().__init__()
        self.base = base
        self.down = nn.Linear(base.in_features, rank, bias=False, device=base.weight.device, dtype=torch.float32)
        self.up = nn.Linear(rank, base.out_features, bias=False, device=base.weight.device, dtype=torch.float32)
        nn.init.zeros_(self.up.weight)

    def forward(self, hidden: Tensor) -> Tensor:
        found: Tensor = self.base(hidden)
        return found + 2.0 * self.up(self.down(hidden.to(self.down.weight.dtype))).to(found.dtype)


def model_of(bench: Bench, kind: str, attention: bool = True) -> PreTrainedModel:
    """Of random weights in bfloat16, with checkpointing; `attention`: ours, else transformers' SDPA."""
    family = family_of(bench.config)
    auto = AutoModelForImageTextToText if family.sees else AutoModelForCausalLM
    with torch.device(bench.device):
        model: PreTrainedModel = auto.from_config(bench.config, dtype=torch.bfloat16, attn_implementation="sdpa")
    if attention:
        use_packed_attention(model)
    model.gradient_checkpointing_enable({"use_reentrant": False})
    frozen = ("vision", "aligner", "language", "head") if kind == "lora" else ("vision",)
    for name, parameter in model.named_parameters():
        parameter.requires_grad_(family.part(name) not in frozen)
    if kind == "lora":
        adapt(model, bench.rank)
    return model.train()


def adapt(model: PreTrainedModel, rank: int) -> None:
    """Adapters in every linear layer of the language model."""
    family = family_of(model.config)
    for name, module in list(model.named_modules()):
        if isinstance(module, nn.Linear) and family.part(f"{name}.weight") == "language":
            parent, _, last = name.rpartition(".")
            setattr(model.get_submodule(parent), last, LoraLinear(module, rank))


def merge(model: PreTrainedModel) -> None:
    for name, module in list(model.named_modules()):
        if isinstance(module, LoraLinear):
            module.base.weight.data += (2.0 * module.up.weight @ module.down.weight).to(module.base.weight.dtype)
            parent, _, last = name.rpartition(".")
            setattr(model.get_submodule(parent), last, module.base)


def language_model(bench: Bench) -> PreTrainedModel:
    """The language model of a model that sees, as one of text."""
    text = bench.config.get_text_config()
    kind = "qwen3" if bench.config.model_type.startswith("qwen3") else "qwen2"
    names = ("vocab_size", "hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads")
    known = text.to_dict()
    sizes = {name: known[name] for name in (*names, "num_key_value_heads", "head_dim") if name in known}
    with torch.device(bench.device):
        config = AutoConfig.for_model(kind, **sizes)
        return AutoModelForCausalLM.from_config(config, dtype=torch.bfloat16, attn_implementation="sdpa").eval()


def flops(model: PreTrainedModel, samples: Sequence[Sample]) -> float:
    """Of forward and backward, as redstar_geo/models/flops.py counts: twice a multiply-add, nothing computed again."""
    family, config = family_of(model.config), model.config
    trained = {family.part(name) for name, one in model.named_parameters() if one.requires_grad}
    backward = {"language": True, "head": True, "aligner": "aligner" in trained, "vision": "vision" in trained}
    tokens = sum(len(one.input_ids) for one in samples)
    patches, labelled = sum(one.vision_patches for one in samples), sum(int(one.labels.ge(0).sum()) for one in samples)
    merged = patches * (config.downsample_ratio**2 if family.tiled else 1 / config.vision_config.spatial_merge_size**2)
    rows = patches + len(samples) * family.tiled  # and a class token for each tile
    seen = {"language": tokens, "head": labelled, "vision": rows, "aligner": merged}
    total = 0.0
    for name, module in model.named_modules():
        if isinstance(module, nn.Linear):
            part = family.part(f"{name}.weight")
            total += 2 * module.weight.numel() * seen[part] * (1 + backward[part] + module.weight.requires_grad)
        elif isinstance(module, nn.Conv2d | nn.Conv3d):
            total += 2 * module.weight.numel() * patches
    text = config.get_text_config()
    width = text.head_dim * text.num_attention_heads if "head_dim" in text.to_dict() else text.hidden_size
    total += sum(6 * len(one.input_ids) ** 2 * width * text.num_hidden_layers for one in samples)
    return total + sum(4 * squares(config, one.vision_patches) * config.vision_config.hidden_size for one in samples)


def squares(config: PretrainedConfig, patches: int) -> float:
    """Σ over the layers of a frozen vision part, and over what attends to itself in them, of (patches)²."""
    vision = config.vision_config.to_dict()
    if "num_hidden_layers" in vision:
        return vision["num_hidden_layers"] * (patches + 1) ** 2
    full = len(vision.get("fullatt_block_indexes", range(vision["depth"])))
    window = (vision["window_size"] // vision["patch_size"]) ** 2 if full < vision["depth"] else 0
    return full * patches**2 + (vision["depth"] - full) * patches * min(window, patches)


# What is measured


def finish(device: str) -> float:
    if device == "cuda":
        torch.cuda.synchronize()
    return time.perf_counter()


def memory(device: str) -> dict[str, float]:
    """The peak since the last call."""
    if device != "cuda":
        return {}
    peak = torch.cuda.max_memory_allocated() / GIB
    torch.cuda.reset_peak_memory_stats()
    return {"peak_gib": round(peak, 2)}


def stepped(
    bench: Bench, learner: LossModel, batches: Sequence[dict[str, Any]], optimizer: torch.optim.Optimizer, number: int
) -> list[float]:
    """Seconds of each of so many steps, the batches in turn."""
    seconds = []
    trained = [one for one in learner.parameters() if one.requires_grad]
    for step in range(number):
        batch = batches[step % len(batches)]
        inputs = {name: one.to(bench.device) if isinstance(one, Tensor) else one for name, one in batch.items()}
        started = finish(bench.device)
        with torch.autocast(bench.device, torch.bfloat16):
            loss = learner(num_items=labelled_tokens(inputs["labels"]), **inputs).loss
        loss.backward()
        nn.utils.clip_grad_norm_(trained, 1.0)
        optimizer.step()
        optimizer.zero_grad()
        seconds.append(finish(bench.device) - started)
    return seconds


def adamw(learner: nn.Module) -> torch.optim.Optimizer:
    return torch.optim.AdamW([one for one in learner.parameters() if one.requires_grad], lr=1e-6, fused=True)


def trained_on(bench: Bench, kind: str, rows: Sequence[Sequence[Sample]], packed: bool) -> dict[str, Any]:
    """Tokens of samples a second, MFU and peak memory of steps over these rows."""
    memory(bench.device)
    model = model_of(bench, kind, attention=packed)
    learner = LossModel(model, bench.chunks)
    batches = [collate(row) if packed else padded(bench, row) for row in rows]  # type: ignore[arg-type]
    seconds = stepped(bench, learner, batches, adamw(learner), bench.warm_up + bench.steps)[bench.warm_up :]
    seen = [rows[(bench.warm_up + number) % len(rows)] for number in range(len(seconds))]
    tokens = sum(len(one.input_ids) for row in seen for one in row)
    operations = sum(flops(model, row) for row in seen)
    line = {"kind": kind, "form": "packed" if packed else "padded", "n": len(seconds)}
    line |= {"tokens_per_s": round(tokens / sum(seconds), 1), "tflop": operations / 1e12} | memory(bench.device)
    name = torch.cuda.get_device_name() if bench.device == "cuda" else ""
    peak = next((value for known, value in PEAK.items() if known in name), None)
    fullest = max(rows[: bench.warm_up + bench.steps], key=lambda row: sum(len(one.input_ids) for one in row))
    labelled = sum(int(one.labels.ge(0).sum()) for one in fullest)
    sizes = sum(len(one.input_ids) for one in fullest), labelled, sum(one.vision_patches for one in fullest)
    return line | {"mfu": peak and round(operations / sum(seconds) / peak, 4), "row": [*sizes, len(fullest)]}


def attention(bench: Bench) -> Iterator[dict[str, Any]]:
    """Ours over a row against SDPA sample by sample: errors against float32, and time forward and backward."""
    text, vision = bench.config.get_text_config(), bench.config.vision_config
    width = text.head_dim if "head_dim" in text.to_dict() else text.hidden_size // text.num_attention_heads
    heads = vision.num_attention_heads if "num_attention_heads" in vision.to_dict() else vision.num_heads
    rows = rows_of(samples_of(bench), bench.budget)
    windows = [64] * (bench.budget // 64 - 1) + [32, 32] if bench.budget > 1000 else [16, 16, 8]
    cases = {
        "text": (text.num_attention_heads, text.num_key_value_heads, width, [len(one.input_ids) for one in rows[0]]),
        "windows": (heads, heads, vision.hidden_size // heads, windows),
        "pictures": (heads, heads, vision.hidden_size // heads, [bench.grid**2] * (bench.budget // bench.grid**2)),
    }
    for name, (queries, keys, size, parts) in cases.items():
        causal = name == "text"
        starts = torch.tensor([0, *parts], device=bench.device).cumsum(0).to(torch.int32)
        torch.manual_seed(0)
        qkv = [torch.randn(1, n, sum(parts), size, device=bench.device) for n in (queries, keys, keys)]
        ours = partial(_ours, starts=starts, longest=max(parts), causal=causal)
        one_by_one = partial(_one_by_one, parts=parts, causal=causal)
        exact, _ = _attended(one_by_one, qkv, torch.float32, bench)
        line: dict[str, Any] = {"case": name, "parts": len(parts), "tokens": sum(parts)}
        for form, attend in (("ours", ours), ("sdpa", one_by_one)):
            found, seconds = _attended(attend, qkv, torch.bfloat16, bench)
            errors = [float((a - b).abs().mean() / b.abs().mean()) for a, b in zip(found, exact, strict=True)]
            line |= {f"{form}_ms": round(1000 * seconds, 3)}
            line |= {f"{form}_error": round(errors[0], 5), f"{form}_gradient_error": round(max(errors[1:]), 5)}
        yield line


def _ours(q: Tensor, k: Tensor, v: Tensor, starts: Tensor, longest: int, causal: bool) -> Tensor:
    if causal:
        bounds = SampleBounds(starts, longest)
        return packed_attention(nn.Identity(), q, k, v, bounds)[0]
    return vision_attention(nn.Identity(), q, k, v, None, cu_seq_lens_q=starts, max_length_q=longest)[0]


def _one_by_one(q: Tensor, k: Tensor, v: Tensor, parts: list[int], causal: bool) -> Tensor:
    split = zip(*(each.split(parts, dim=2) for each in (q, k, v)), strict=True)
    grouped = q.shape[1] != k.shape[1]
    done = [scaled_dot_product_attention(*each, is_causal=causal, enable_gqa=grouped) for each in split]
    return torch.cat(done, dim=2).transpose(1, 2)


def _attended(
    attend: Callable[..., Tensor], qkv: Sequence[Tensor], dtype: torch.dtype, bench: Bench
) -> tuple[list[Tensor], float]:
    """The result and the gradients of q, k and v in float32, and the median of seconds."""
    seconds = []
    for _ in range(3):
        given = [each.detach().to(dtype).requires_grad_() for each in qkv]
        started = finish(bench.device)
        found = attend(*given)
        found.backward(torch.ones_like(found))
        seconds.append(finish(bench.device) - started)
    return [found.detach().float(), *(each.grad.float() for each in given if each.grad is not None)], statistics.median(
        seconds
    )


def steps(bench: Bench) -> Iterator[dict[str, Any]]:
    """Packed rows, and the same samples in padded batches of as many tokens on average."""
    samples = samples_of(bench)
    packed = rows_of(samples, bench.budget)
    size = max(1, round(len(samples) / len(packed)))
    batches = [samples[start : start + size] for start in range(0, len(samples) - size + 1, size)]
    for form, rows in (("packed", packed), ("padded", batches)):
        for kind in KINDS:
            yield trained_on(bench, kind, rows, packed=form == "packed")


def precision(bench: Bench) -> Iterator[dict[str, Any]]:
    """Full tuning in bfloat16 at 1e-5: which share of the weights above 0.01 moves at all."""
    row = [sample(bench.config, bench.budget // 4, 0, bench.grid)]
    for form in ("stochastic_rounding", "to_the_nearest", "master_weights"):
        memory(bench.device)
        model = model_of(bench, "frozen_vision")
        learner = LossModel(model, bench.chunks)
        watched = [
            one for name, one in model.named_parameters() if name.endswith("q_proj.weight") and one.requires_grad
        ]
        before = [one.detach().clone() for one in watched]
        learning = [one for one in learner.parameters() if one.requires_grad]
        optimizer: torch.optim.Optimizer
        if form == "to_the_nearest":
            optimizer = torch.optim.AdamW(learning, lr=1e-5, betas=(0.9, 0.98), weight_decay=0.0, fused=True)
        else:
            groups = [{"params": learning, "lr": 1e-5}]
            optimizer = HalfAdamW(groups, form, seed=0, betas=(0.9, 0.98))  # type: ignore[arg-type]
        seconds = stepped(bench, learner, [collate(row)], optimizer, bench.moves)  # type: ignore[arg-type]
        moved = [((a != b)[b.abs() > 0.01]).float().mean() for a, b in zip(watched, before, strict=True)]
        share = round(float(torch.stack(moved).nanmean()), 4)
        line = {"form": form, "moved": share, "n": bench.moves, "s": round(statistics.median(seconds), 3)}
        del model, learner, optimizer, watched, learning
        yield line | memory(bench.device)


def rollouts(bench: Bench) -> Iterator[dict[str, Any]]:
    """Tokens a second of the language model by transformers: adapters beside the weights, and merged into them."""
    model = language_model(bench)
    adapt(model, bench.rank)
    prompts = torch.randint(20, 90, (bench.responses, PROMPT), device=bench.device)
    settings = {"max_new_tokens": bench.new_tokens, "min_new_tokens": bench.new_tokens, "do_sample": True}
    for form in ("unmerged", "merged"):
        if form == "merged":
            merge(model)
        with torch.inference_mode():
            model.generate(prompts, attention_mask=torch.ones_like(prompts), **settings | _SHORT)
            started = finish(bench.device)
            found = model.generate(prompts, attention_mask=torch.ones_like(prompts), **settings)
        new = found.shape[0] * (found.shape[1] - PROMPT)
        yield {"form": form, "tokens_per_s": round(new / (finish(bench.device) - started), 1)} | memory(bench.device)


_SHORT = {"max_new_tokens": 2, "min_new_tokens": 2}


def continuous(bench: Bench) -> Iterator[dict[str, Any]]:
    """The same by transformers' continuous batching, where responses end at different lengths."""
    model = language_model(bench)
    chance = torch.Generator().manual_seed(0)
    prompts = [torch.randint(20, 90, (PROMPT,), generator=chance).tolist() for _ in range(bench.responses)]
    settings = GenerationConfig(max_new_tokens=bench.new_tokens, do_sample=True, eos_token_id=1, pad_token_id=0)
    started = finish(bench.device)
    found = model.generate_batch(inputs=prompts, generation_config=settings, progress_bar=False)  # type: ignore[operator]
    seconds = finish(bench.device) - started
    new = sum(len(one.generated_tokens) for one in found.values())
    yield {"responses": len(found), "tokens_per_s": round(new / seconds, 1)} | memory(bench.device)


def long_rows(bench: Bench) -> Iterator[dict[str, Any]]:
    """One trace that fills the row."""
    for tokens in bench.long_rows:
        row = [sample(bench.config, tokens - PROMPT - bench.grid**2 // 4 - 2, 0, bench.grid)]
        few = replace(bench, steps=min(bench.steps, 2), chunks=bench.chunks * 4)
        yield {"tokens": tokens} | trained_on(few, "lora", [row], packed=True)


def profile(bench: Bench) -> Iterator[dict[str, Any]]:
    """Where the time of a packed step goes."""
    learner = LossModel(model_of(bench, "lora"), bench.chunks)
    batches, optimizer = [collate(rows_of(samples_of(bench), bench.budget)[0])], adamw(learner)  # type: ignore[arg-type]
    stepped(bench, learner, batches, optimizer, 1)
    with torch.profiler.profile() as seen:
        stepped(bench, learner, batches, optimizer, 1)
    on_device = bench.device == "cuda"
    spent = {
        one.key: one.self_device_time_total if on_device else one.self_cpu_time_total for one in seen.key_averages()
    }
    most = sorted(spent, key=lambda name: -spent[name])[:20]
    whole = sum(spent.values())
    yield {"ms": round(whole / 1000, 1), "share": {name[:80]: round(spent[name] / whole, 4) for name in most}}


SECTIONS: dict[str, tuple[int, Callable[[Bench], Iterator[dict[str, Any]]]]] = {  # seconds, and what is measured
    "attention": (40, attention),
    "steps": (150, steps),
    "precision": (110, precision),
    "rollouts": (70, rollouts),
    "continuous": (45, continuous),
    "long_rows": (85, long_rows),
    "profile": (40, profile),
}


def say(line: dict[str, Any]) -> None:
    print(json.dumps(line), flush=True)


def _section(name: str, bench: Bench) -> None:
    for line in SECTIONS[name][1](bench):
        say({"section": name, "model": bench.model} | line)


def run(names: Sequence[str], bench: Bench, patience: float) -> None:
    """Each section in a process of its own; torch is imported once, and no CUDA before the fork."""
    apart = multiprocessing.get_context("fork")
    for name in names:
        process = apart.Process(target=_section, args=(name, bench))
        started = time.monotonic()
        process.start()
        process.join(SECTIONS[name][0] * patience)
        late = process.is_alive()
        if late:
            process.kill()
            process.join()
        ended = "deadline" if late else "done" if process.exitcode == 0 else f"exit code {process.exitcode}, see above"
        say({"section": name, "model": bench.model, "ended": ended, "s": round(time.monotonic() - started, 1)})


def planned(file: str) -> None:
    """The lines of `file`, those of steps with what `redstar-geo check` plans for their fullest row."""
    from redstar_geo.models.adapters import Lora
    from redstar_geo.models.memory import Training, plan
    from redstar_geo.models.parts import Tuning
    from redstar_geo.models.simulate import Row

    with open(file, encoding="utf-8") as lines:  # noqa: PTH123
        for line in map(json.loads, lines):
            if line.get("form") == "packed" and "row" in line:
                lora = Lora(rank=64, alpha=128) if line["kind"] == "lora" else None
                tuning = Tuning(language=1.0) if lora else Tuning(language=1.0, aligner=1.0)
                training = Training(Row(*line["row"]), tuning, lora=lora, chunks=8, device="cuda")
                line["planned_gib"] = round(plan(KNOWN[line["model"]](), training, 141.0).needs / GIB, 2)
            say(line)


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="Qwen/Qwen2.5-VL-7B-Instruct", choices=[n for n in KNOWN if "VL" in n])
    parser.add_argument("--sections", nargs="+", default=list(SECTIONS), choices=list(SECTIONS))
    parser.add_argument("--patience", type=float, default=1.0, help="times the deadlines")
    parser.add_argument("--tiny", action="store_true", help="small, on a CPU")
    parser.add_argument("--plan", metavar="FILE", help="add the planned memory to the lines of a file")
    given = parser.parse_args(arguments)
    if given.plan:
        planned(given.plan)
        return
    bench = Bench(given.model, KNOWN[given.model](), "cpu" if given.tiny else "cuda")
    say({"torch": torch.__version__, "transformers": transformers.__version__, "cuda": torch.version.cuda})
    run(given.sections, tiny(bench) if given.tiny else bench, given.patience)


if __name__ == "__main__":
    main(sys.argv[1:])
