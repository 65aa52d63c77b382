import shutil
from pathlib import Path

import pytest
import torch
from PIL import Image as Picture
from safetensors.torch import load_file, save_file
from transformers import AutoProcessor, GPT2Config, PreTrainedTokenizerFast

from redstar_geo.errors import InputError
from redstar_geo.models.families import FAMILIES, image_cost, positions, vision_patches
from redstar_geo.models.load import load, load_config
from redstar_geo.models.pixels import PixelLimits, limit_pixels
from tests.families_page import PAGE, written

SEEING = [family for family in FAMILIES.values() if family.sees]
SIZES = [(224, 168), (60, 300), (640, 480), (40, 40)]


def named(family):
    return family.name


def loaded(tiny, family):
    return load(str(tiny(family.name)), torch.float32)


def asking(processor, images):
    return "".join(f"Look at {processor.image_token} and" for _ in range(images))


def processed(processor, sizes):
    pictures = [Picture.new("RGB", size, "white") for size in sizes]
    given = processor(text=[asking(processor, len(sizes))], images=pictures, return_tensors="pt")
    return given, {name: given[name] for name in ("pixel_values", "image_grid_thw") if name in given}


@pytest.mark.parametrize("family", FAMILIES.values(), ids=named)
def test_every_parameter_has_its_part(tiny, family):
    model, _ = loaded(tiny, family)
    parts = {}
    for name, _ in model.named_parameters():
        parts.setdefault(family.part(name), set()).add(name)
    assert set(parts) == ({"vision", "aligner", "language"} if family.sees else {"language"})  # the head is tied
    assert all("language_model" in name for name in parts["language"]) or not family.sees
    assert any("embed_tokens" in name for name in parts["language"])
    if family.sees:
        width = model.config.get_text_config().hidden_size
        shapes = {tuple(parameter.shape) for name, parameter in model.named_parameters() if name in parts["aligner"]}
        assert any(shape[0] == width for shape in shapes)  # the aligner ends in the language model's space
        assert not any(word in name for name in parts["vision"] for word in ("merger", "projector"))


@pytest.mark.parametrize("family", [family for family in SEEING if family.mrope], ids=named)
@pytest.mark.parametrize("count", [0, 1, 4])
def test_positions_are_the_models_own(tiny, family, count):
    model, processor = loaded(tiny, family)
    if not count:
        ids = torch.arange(10, 30)
        assert torch.equal(positions(family, model.config, ids, {}), torch.arange(20).expand(3, -1))
        return
    given, tensors = processed(processor, SIZES[:count])
    expected, _ = model.model.get_rope_index(given["input_ids"], given["mm_token_type_ids"], given["image_grid_thw"])
    assert torch.equal(positions(family, model.config, given["input_ids"][0], tensors), expected[:, 0])


@pytest.mark.parametrize("family", SEEING, ids=named)
@pytest.mark.parametrize("max_pixels", [112 * 112, 4 * 112 * 112])
def test_an_image_costs_what_the_processor_makes_of_it(tiny, family, max_pixels):
    model, processor = loaded(tiny, family)
    limit_pixels(family, processor, PixelLimits(max_pixels=max_pixels))
    without = len(processor.tokenizer(asking(processor, 1))["input_ids"]) - 1
    costs = [image_cost(family, model.config, processor, size) for size in SIZES]
    for size, cost in zip(SIZES, costs, strict=True):
        given, tensors = processed(processor, [size])
        assert given["input_ids"].shape[1] == without + cost.tokens
        assert vision_patches(family, model.config, tensors) == cost.vision_patches
    assert len({cost.tokens for cost in costs}) > 1 or max_pixels == 112 * 112


@pytest.mark.parametrize("family", SEEING, ids=named)
def test_pixel_limits_are_saved_and_read_back(tiny, tmp_path, family):
    model, processor = loaded(tiny, family)
    before = image_cost(family, model.config, processor, (640, 480))
    limit_pixels(family, processor, PixelLimits(max_pixels=6 * 112 * 112))
    processor.save_pretrained(tmp_path)
    again = AutoProcessor.from_pretrained(tmp_path)
    cost = image_cost(family, model.config, again, (640, 480))
    assert cost == image_cost(family, model.config, processor, (640, 480))
    assert cost.tokens > before.tokens
    ours, theirs = (processed(each, [(640, 480)])[0] for each in (processor, again))
    assert torch.equal(ours["input_ids"], theirs["input_ids"])
    assert torch.equal(ours["pixel_values"], theirs["pixel_values"])


def test_pixel_limits_that_cannot_be_kept_are_refused(tiny):
    for family in SEEING:
        _, processor = loaded(tiny, family)
        with pytest.raises(InputError, match="max_pixels"):
            limit_pixels(family, processor, PixelLimits(max_pixels=100))
    _, tokenizer = loaded(tiny, FAMILIES["qwen3"])
    limit_pixels(FAMILIES["qwen3"], tokenizer, PixelLimits())
    with pytest.raises(InputError, match="sees no images"):
        limit_pixels(FAMILIES["qwen3"], tokenizer, PixelLimits(max_pixels=10**6))


def test_the_page_of_families_is_what_they_are():
    page = PAGE.read_text(encoding="utf-8")
    assert written(page) == page, "run `python -m tests.families_page`"


def copy(folder: Path, to: Path) -> Path:
    return Path(shutil.copytree(folder, to / "model"))


def test_a_model_of_another_family_is_refused_by_name(tmp_path):
    GPT2Config().save_pretrained(tmp_path)
    with pytest.raises(InputError, match=f"'gpt2'.*{', '.join(FAMILIES)}"):
        load_config(str(tmp_path))
    with pytest.raises(InputError, match="nowhere"):
        load_config(str(tmp_path / "nowhere"))


def test_missing_weights_are_not_made_up(tiny, tmp_path):
    folder = copy(tiny("qwen3"), tmp_path)
    weights = load_file(folder / "model.safetensors")
    del weights["model.norm.weight"]
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(InputError, match="lacks 1 of its weights"):
        load(str(folder), torch.float32)


def test_only_safetensors_are_read(tiny, tmp_path):
    folder = copy(tiny("qwen3"), tmp_path)
    torch.save(load_file(folder / "model.safetensors"), folder / "pytorch_model.bin")
    (folder / "model.safetensors").unlink()
    with pytest.raises(InputError, match="safetensors"):
        load(str(folder), torch.float32)


def test_a_tokenizer_larger_than_the_model_is_refused(tiny, tmp_path):
    folder = copy(tiny("qwen2_5_vl"), tmp_path)
    processor = AutoProcessor.from_pretrained(folder)
    assert isinstance(processor.tokenizer, PreTrainedTokenizerFast)
    processor.tokenizer.add_tokens(["<hypotenuse>"])
    processor.save_pretrained(folder)
    with pytest.raises(InputError, match="not of the same model"):
        load(str(folder), torch.float32)


@pytest.mark.parametrize("family", ["internvl", "qwen2"])
def test_a_model_without_chat_template_is_refused(tiny, tmp_path, family):
    folder = copy(tiny(family), tmp_path)
    (folder / "chat_template.jinja").unlink()
    with pytest.raises(InputError, match="no chat template"):
        load(str(folder), torch.float32)
