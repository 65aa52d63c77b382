"""Tiny models of every family with random adapters."""

import json
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from transformers import AutoImageProcessor, AutoModelForCausalLM, AutoModelForImageTextToText

from redstar_geo.errors import InputError, RedStarError
from redstar_geo.models.adapters import Lora, add_adapters
from redstar_geo.models.families import family_of
from redstar_geo.models.load import load, load_processor
from redstar_geo.models.parts import Tuning
from redstar_geo.models.pixels import PixelLimits, limit_pixels
from redstar_geo.models.tiny import TinySize, build_tiny
from redstar_geo.recipe import check
from redstar_geo.train.merge import main
from redstar_geo.trainer.evaluation import answer
from redstar_geo.trainer.recipe import MergeRecipe
from tests.train.small import SIZE, problem, trace

FAMILIES = ("qwen2_5_vl", "qwen3_vl", "qwen3_5", "internvl", "glm4v", "qwen2", "qwen3")
PIXELS = 4 * 28 * 28


@pytest.fixture(autouse=True)
def one_thread():
    """Fastest for models of this size, whatever else the machine does."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def build(folder: Path, family: str = "qwen2_5_vl", **size) -> Path:
    texts = [each.question + trace(each) for each in map(problem, range(1, 9))]
    build_tiny(folder, texts, TinySize(**SIZE | size, family=family), seed=0)
    return folder


def adapt(base: Path, folder: Path, scale: float = 0.05) -> Path:
    """A random adapter in all parts, saved as a training saves it: with the processor and its pixel limits."""
    model, processor = load(str(base), torch.float32)
    family = family_of(model.config)
    parts = {"vision": 1e-3, "aligner": 1e-3} if family.sees else {}
    adapted = add_adapters(model, family, Lora(rank=4), Tuning(language=1e-3, **parts))
    torch.manual_seed(1)
    for name, parameter in adapted.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(parameter, std=scale)
    if family.mrope:
        limit_pixels(family, processor, PixelLimits(min_pixels=PIXELS, max_pixels=PIXELS))
    adapted.save_pretrained(folder)
    processor.save_pretrained(folder)
    return folder


def recipe(tmp_path: Path, **changes) -> MergeRecipe:
    values = {"method": "merge", "run": str(tmp_path / "run"), "dtype": "float32"}
    values |= {"adapter": str(tmp_path / "adapter"), "model": str(tmp_path / "base")} | changes
    return check(MergeRecipe, values, "test")


def keys(folder: Path) -> set[str]:
    with safe_open(folder / "model.safetensors", framework="pt") as file:
        return set(file.keys())


@pytest.mark.parametrize("family", FAMILIES)
def test_the_merged_model_is_one_of_the_hub_and_answers_as_the_adapted_one(tmp_path, family):
    base = build(tmp_path / "base", family)
    adapt(base, tmp_path / "adapter")
    counts = main(recipe(tmp_path))
    assert counts["difference"] < 1e-5 < 1e-2 < counts["effect"]
    assert counts["in"] == counts["out"] > 0
    model = tmp_path / "run" / "model"
    assert keys(model) == keys(base)
    config = json.loads((model / "config.json").read_text())
    assert config["architectures"] == json.loads((base / "config.json").read_text())["architectures"]
    written = {path.name for path in model.iterdir()}
    assert {"generation_config.json", "tokenizer.json", "tokenizer_config.json", "chat_template.jinja"} <= written
    sees = family not in ("qwen2", "qwen3")
    assert ("preprocessor_config.json" in written) == sees
    assert not any("adapter" in name for name in written)
    auto = AutoModelForImageTextToText if sees else AutoModelForCausalLM
    reloaded, loading = auto.from_pretrained(model, output_loading_info=True)
    assert not loading["missing_keys"] and not loading["unexpected_keys"]
    processor = load_processor(str(model), reloaded.config)
    asked = [problem(1, with_picture=sees)]
    before, of_base = load(str(base), torch.float32)
    assert len(answer(reloaded, processor, asked, 8)) == 1
    assert any(
        not torch.equal(one, other) for one, other in zip(before.parameters(), reloaded.parameters(), strict=True)
    )
    assert processor.chat_template == of_base.chat_template


def test_pixel_limits_of_the_training_are_kept(tmp_path):
    adapt(build(tmp_path / "base"), tmp_path / "adapter")
    main(recipe(tmp_path))
    model = tmp_path / "run" / "model"
    expected = {"shortest_edge": PIXELS, "longest_edge": PIXELS}
    assert dict(load(str(model), torch.float32)[1].image_processor.size) == expected
    alone = tmp_path / "alone"  # as read by what knows preprocessor_config.json only
    alone.mkdir()
    (alone / "preprocessor_config.json").write_text((model / "preprocessor_config.json").read_text())
    assert dict(AutoImageProcessor.from_pretrained(alone).size) == expected


def test_the_base_gives_the_processor_where_none_was_saved(tmp_path):
    adapter = adapt(build(tmp_path / "base"), tmp_path / "adapter")
    for path in adapter.iterdir():
        if not path.name.startswith("adapter"):
            path.unlink()
    main(recipe(tmp_path))
    _, processor = load(str(tmp_path / "run" / "model"), torch.float32)
    assert processor.image_processor.size["longest_edge"] == 16 * 28 * 28


def test_a_model_of_other_logits_does_not_count_and_is_not_left(tmp_path):
    adapt(build(tmp_path / "base"), tmp_path / "adapter")
    rounded = {"dtype": "bfloat16"}
    with pytest.raises(RedStarError, match=r"differ by up to 0\.0\d+ of the largest, 1e-09 is accepted"):
        main(recipe(tmp_path, **rounded, tolerance=1e-9, run=str(tmp_path / "strict")))
    assert {path.name for path in (tmp_path / "strict").iterdir()} <= {"run.json", ".lock"}
    counts = main(recipe(tmp_path, **rounded))
    assert 1e-9 < counts["difference"] < 0.05
    written = tmp_path / "run" / "model" / "model.safetensors"
    assert {tensor.dtype for tensor in load_file(written).values()} == {torch.bfloat16}
    stamp = written.stat().st_mtime_ns
    assert main(recipe(tmp_path, **rounded)) == counts
    assert written.stat().st_mtime_ns == stamp


def test_an_adapter_that_is_none_or_of_another_base_is_refused(tmp_path):
    base = build(tmp_path / "base")
    with pytest.raises(InputError, match="is not a LoRA adapter: it has no adapter_config"):
        main(recipe(tmp_path, adapter=str(base)))
    build(tmp_path / "wider", width=128)
    build(tmp_path / "deeper", layers=3)
    for other in ("wider", "deeper"):
        adapt(tmp_path / other, tmp_path / f"adapter_{other}")
        with pytest.raises(InputError, match="does not fit the model"):
            main(recipe(tmp_path, adapter=str(tmp_path / f"adapter_{other}"), run=str(tmp_path / f"run_{other}")))


def test_an_adapter_with_numbers_that_are_not_finite_is_refused(tmp_path):
    adapter = adapt(build(tmp_path / "base"), tmp_path / "adapter")
    weights = load_file(adapter / "adapter_model.safetensors")
    next(iter(weights.values()))[0, 0] = torch.nan
    save_file(weights, adapter / "adapter_model.safetensors")
    with pytest.raises(RedStarError, match="cannot be merged"):
        main(recipe(tmp_path))
    assert not (tmp_path / "run" / "model").exists()
