"""What rl/vllm.py does itself, without vLLM: what vLLM makes of it is in tests/real."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch

from redstar_geo.errors import InputError
from redstar_geo.models.adapters import Lora, add_adapters
from redstar_geo.models.families import family_of
from redstar_geo.models.parts import Tuning
from redstar_geo.models.placeholders import image_spans, marks_around
from redstar_geo.recipe import check
from redstar_geo.rl.recipe import ReinforceRecipe
from redstar_geo.rl.vllm import OtherPrompt, compare, placed, weights
from tests.rl.small import small


class Known:
    """What `placed` asks of `Models`."""

    def __init__(self, family: str) -> None:
        one = small(family)
        self.processor, self.family = one.processor, family_of(one.model.config)


def features(models: Any, ids: list[int], more: int = 0) -> dict[str, Any]:
    """As vLLM's server renders a throwaway conversation: other offsets, its marks counted."""
    marks = sum(map(len, marks_around(models.family, models.processor)))
    lengths = [end - start + marks + more for start, end in image_spans(models.family, models.processor, ids)]
    return {"kwargs_data": {}, "mm_placeholders": {"image": [{"offset": 3, "length": each} for each in lengths]}}


@pytest.mark.parametrize("family", ["qwen2_5_vl", "qwen3_vl", "internvl"])
def test_a_servers_features_are_placed_at_the_image_tokens(family: str) -> None:
    models: Any = Known(family)
    prompt = small(family).prompts()[0]
    ids = prompt.input_ids.tolist()
    found = placed(models, prompt, features(models, ids))
    assert found is not None
    (place,) = found["mm_placeholders"]["image"]
    inside = ids[place["offset"] : place["offset"] + place["length"]]
    assert set(inside) == {models.processor.image_token_id} and ids.count(inside[0]) == len(inside)
    assert placed(models, prompt, None) is None


@pytest.mark.parametrize(("family", "limit"), [("qwen2_5_vl", "max_pixels"), ("internvl", "max_patches")])
def test_a_server_that_scales_otherwise_is_told_the_limits(family: str, limit: str) -> None:
    models: Any = Known(family)
    prompt = small(family).prompts()[0]
    with pytest.raises(InputError, match=rf"--mm-processor-kwargs .*{limit}"):
        placed(models, prompt, features(models, prompt.input_ids.tolist(), more=4))


def test_other_tokens_than_the_trainers_stop_the_training() -> None:
    prompt = small().prompts()[0]
    ids = prompt.input_ids.tolist()
    compare(prompt, ids)
    compare(prompt, tuple(ids))
    for seen, place in [(ids[:-1], len(ids) - 1), ([*ids, 5], len(ids)), ([ids[0] + 1, *ids[1:]], 0), ([], 0)]:
        with pytest.raises(OtherPrompt, match=rf"{len(seen)} instead of {len(ids)}, .* number {place}\."):
            compare(prompt, seen)
    with pytest.raises(OtherPrompt):
        compare(replace(prompt, input_ids=torch.cat([prompt.input_ids, prompt.input_ids[-1:]])), ids)


@pytest.mark.parametrize("family", ["qwen2_5_vl", "internvl", "qwen2"])
def test_the_weights_handed_over_are_the_merged_ones_under_the_hubs_names(family: str) -> None:
    one = small(family)
    bare = {name: value.clone() for name, value in weights(one.model)}
    assert bare.keys() == dict(one.model.named_parameters()).keys()
    model = add_adapters(one.model, family_of(one.model.config), Lora(rank=2), Tuning(language=1e-3))
    try:
        with torch.no_grad():
            for name, parameter in model.named_parameters():
                if "lora_B" in name:
                    parameter.fill_(0.1)
        merged = {name: value.clone() for name, value in weights(model)}
        assert merged.keys() == bare.keys()
        changed = {name for name in bare if not torch.equal(merged[name], bare[name])}
        assert changed and all("proj" in name for name in changed)
        again = {name: value for name, value in model.get_base_model().named_parameters() if "lora" not in name}
        for name, value in again.items():
            assert torch.allclose(value, bare[name.replace(".base_layer", "")], atol=1e-5)  # unmerged again
    finally:
        model.unload()


def test_a_base_in_four_bits_is_refused_with_vllm() -> None:
    """Merging rounds it anew: vLLM would sample from other weights than the policy's."""
    given = {"method": "reinforce_pp", "run": "x", "model": "y", "problems": "z", "prompts": 1, "steps": 1}
    given |= {"learning_rate": 1e-5, "lora": {"quantise": True}}
    check(ReinforceRecipe, given, "test")
    with pytest.raises(InputError, match=r"set lora\.quantise to false"):
        check(ReinforceRecipe, given | {"vllm": {}}, "test")
