"""Families of models and what each can: `python -m tests.families_page` writes the table into `docs/training.md`.

A test holds the page to it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from redstar_geo.errors import InputError
from redstar_geo.models.families import FAMILIES
from redstar_geo.models.sequence_parallel import check_shared
from tests.models.samples import tiny_model

PAGE = Path(__file__).parents[1] / "docs" / "training.md"
_HEAD = "| family (`model_type`) | models, for example | pictures | rows | `sequence_parallel_size` | DPO, RL |"
_MODELS = {
    "qwen2_5_vl": "Qwen/Qwen2.5-VL-7B-Instruct",
    "qwen3_vl": "Qwen/Qwen3-VL-8B-Instruct",
    "qwen3_5": "Qwen/Qwen3.5-9B",
    "internvl": "OpenGVLab/InternVL3-8B-hf, InternVL3_5-8B-HF",
    "glm4v": "zai-org/GLM-4.1V-9B-Thinking, GLM-4.6V-Flash",
    "qwen2": "Qwen/Qwen2.5-7B-Instruct",
    "qwen3": "Qwen/Qwen3-8B",
}


def table() -> Iterator[str]:
    """Its lines, from the families themselves."""
    yield _HEAD
    yield "| --- " * _HEAD.count(" | ") + "| --- |"
    for name, family in FAMILIES.items():
        pictures = ("tiles" if family.tiled else "a grid of patches") if family.sees else "none"
        rows = "packed" if family.packs else "a sample each"
        pairs = "yes" if family.packs else "no"
        yield f"| `{name}` | {_MODELS[name]} | {pictures} | {rows} | {_shared(name)} | {pairs} |"


def _shared(name: str) -> str:
    try:
        check_shared(tiny_model(name).config, 2, 2)
    except InputError:
        return "no"
    return "yes"


def written(page: str) -> str:
    """The page with the table as it is now."""
    lines = page.split("\n")
    start = lines.index(_HEAD)
    end = next(number for number in range(start, len(lines)) if not lines[number].startswith("|"))
    return "\n".join([*lines[:start], *table(), *lines[end:]])


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
