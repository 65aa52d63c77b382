"""The planned memory of a training step beside the measured one: three models of one to a few GiB, each in a process.

Measured is the peak of resident memory over a small and a whole step (forward, backward, fused AdamW), less what the
imports take.
MALLOC_MMAP_THRESHOLD_ and MALLOC_ARENA_MAX make glibc give freed tensors back to the system at once, as planned;
otherwise its arenas keep some of them.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import psutil
import torch
from transformers import AutoConfig, AutoModelForCausalLM, AutoModelForImageTextToText, PretrainedConfig

from redstar_geo.models.adapters import Lora, add_adapters
from redstar_geo.models.attention import use_packed_attention
from redstar_geo.models.collate import collate
from redstar_geo.models.encode import Encoded
from redstar_geo.models.families import family_of, positions
from redstar_geo.models.loss import LossModel, labelled_tokens
from redstar_geo.models.memory import GIB, Training, plan
from redstar_geo.models.parts import Tuning, freeze
from redstar_geo.models.simulate import Row

_MALLOC = {"MALLOC_MMAP_THRESHOLD_": "65536", "MALLOC_ARENA_MAX": "1"}
_ROTARY = {"rope_type": "default", "rope_theta": 1e6}
_MARKS = {"image_token_id": 5, "vision_start_token_id": 6, "vision_end_token_id": 7, "video_token_id": 8}
_GRID = (1, 32, 32)  # of each image, in patches
CASES: dict[str, tuple[str, dict[str, Any], Training]] = {
    "full": (
        "qwen2_5_vl",
        {
            "text_config": {
                "hidden_size": 896,
                "intermediate_size": 2432,
                "num_hidden_layers": 10,
                "num_attention_heads": 14,
                "num_key_value_heads": 2,
                "vocab_size": 16384,
                "rope_parameters": _ROTARY | {"mrope_section": [8, 12, 12]},
            },
            "vision_config": {
                "depth": 8,
                "hidden_size": 512,
                "intermediate_size": 1024,
                "num_heads": 8,
                "out_hidden_size": 896,
                "fullatt_block_indexes": [3, 7],
            },
            "tie_word_embeddings": True,
            **_MARKS,
        },
        Training(
            Row(tokens=768, labelled=256, patches=2048, images=2),
            Tuning(vision=1e-5, aligner=1e-5, language=1e-5),
            weights="float32",
            compute="float32",
            checkpointing=False,
            chunks=4,
        ),
    ),
    "lora": (
        "qwen3",
        {
            "hidden_size": 1024,
            "intermediate_size": 3072,
            "num_hidden_layers": 12,
            "num_attention_heads": 16,
            "num_key_value_heads": 8,
            "head_dim": 64,
            "vocab_size": 32768,
            "tie_word_embeddings": True,
        },
        Training(
            Row(tokens=768, labelled=256),
            Tuning(language=1e-5),
            lora=Lora(rank=16),
            weights="float32",
            compute="float32",
            checkpointing=False,
            chunks=4,
        ),
    ),
    "frozen_vision": (
        "qwen3_vl",
        {
            "text_config": {
                "hidden_size": 768,
                "intermediate_size": 2048,
                "num_hidden_layers": 8,
                "num_attention_heads": 12,
                "num_key_value_heads": 4,
                "head_dim": 64,
                "vocab_size": 32768,
                "rope_parameters": _ROTARY | {"mrope_section": [12, 10, 10], "mrope_interleaved": True},
            },
            "vision_config": {
                "depth": 9,
                "hidden_size": 384,
                "intermediate_size": 1024,
                "num_heads": 6,
                "out_hidden_size": 768,
                "deepstack_visual_indexes": [2, 4, 6],
            },
            "tie_word_embeddings": False,
            **_MARKS,
        },
        Training(
            Row(tokens=1024, labelled=512, patches=2048, images=2),
            Tuning(aligner=1e-5, language=1e-5),
            weights="float32",
            compute="float32",
            chunks=1,
        ),
    ),
}


def bench() -> Iterator[dict[str, Any]]:
    for name in CASES:
        planned = planned_bytes(name)
        measured = measured_bytes(name)
        yield {
            "name": f"memory_plan.{name}",
            "value": round(planned / GIB, 3),
            "unit": "GiB",
            "against": "peak resident memory of the step, less the imports",
            "against_value": round(measured / GIB, 3),
            "ratio": round(planned / measured, 3),
            "n": 2,
        }


def planned_bytes(name: str) -> int:
    _, _, training = CASES[name]
    return plan(_config(name), training).needs


def measured_bytes(name: str) -> int:
    command = [sys.executable, "-m", "tests.bench.memory_plan", name]
    done = subprocess.run(command, env=os.environ | _MALLOC, capture_output=True, text=True, check=True)
    return int(json.loads(done.stdout.splitlines()[-1]))


def _config(name: str) -> PretrainedConfig:
    kind, sizes, _ = CASES[name]
    return AutoConfig.for_model(kind, **sizes)


def _train(name: str) -> int:
    """A small and a whole step of the real thing; the bytes they added at their peak."""
    training = CASES[name][2]
    before = psutil.Process().memory_info().rss
    config = _config(name)
    family = family_of(config)
    kind = AutoModelForImageTextToText if family.sees else AutoModelForCausalLM
    model = kind.from_config(config, dtype=torch.float32).train()
    use_packed_attention(model)
    if training.lora:
        add_adapters(model, family, training.lora, training.tuning)
    freeze(model, family, training.tuning)
    if training.checkpointing:
        model.gradient_checkpointing_enable({"use_reentrant": False})
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimizer = torch.optim.AdamW(trained, fused=True)
    small = Row(tokens=64, labelled=32, patches=0)
    for row in (small, training.row):  # the first step makes the optimizer's states
        batch = collate(_samples(config, row))
        with torch.autocast("cpu", torch.bfloat16, enabled=training.compute != training.weights):
            found = LossModel(model, training.chunks)(num_items=labelled_tokens(batch["labels"]), **batch)
        found.loss.backward()
        optimizer.step()
        optimizer.zero_grad()
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 - before


def _samples(config: PretrainedConfig, row: Row) -> list[Encoded]:
    """So many samples of equal length as there are images, two without."""
    count = row.images if row.patches else 2
    return [_sample(config, row.tokens // count, row.labelled // count, row.patches // count, i) for i in range(count)]


def _sample(config: PretrainedConfig, tokens: int, labelled: int, patches: int, number: int) -> Encoded:
    ids = torch.randint(20, config.get_text_config().vocab_size, (tokens,))
    labels = torch.where(torch.arange(tokens) >= tokens - labelled, ids, -100)
    images = {}
    if patches:
        vision = config.vision_config
        values = vision.in_channels * vision.temporal_patch_size * vision.patch_size**2
        images = {"pixel_values": torch.randn(patches, values), "image_grid_thw": torch.tensor([_GRID])}
        ids[2 : 2 + patches // 4] = config.image_token_id
    family = family_of(config)
    return Encoded(str(number), ids, labels, positions(family, config, ids, images), images, patches)


if __name__ == "__main__":
    print(json.dumps(_train(sys.argv[1])))
