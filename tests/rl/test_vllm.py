"""What rl/vllm.py does itself, without vLLM: what vLLM makes of it is in tests/real."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from redstar_geo.errors import InputError
from redstar_geo.generation.encoded import encode_prompt, prompt_tokens
from redstar_geo.models.adapters import Lora, add_adapters, merged_weights
from redstar_geo.models.families import FAMILIES, family_of
from redstar_geo.models.parts import Tuning
from redstar_geo.models.placeholders import image_spans, marks_around
from redstar_geo.recipe import check
from redstar_geo.rl.agreement import OtherPrompt, OtherWeights, compare_tokens, compare_weights, fingerprint, placed
from redstar_geo.rl.models import build
from redstar_geo.rl.optimise import open_accelerator
from redstar_geo.rl.recipe import ReinforceRecipe, Served
from redstar_geo.rl.vllm import VllmSampler
from redstar_geo.train.reinforce_pp import main
from tests.rl.engine import installed
from tests.rl.small import small
from tests.rl.start import curve, rl_problems, rollouts, start, values

WHOLE = {"truncated": "wrong", "format_weight": 0.5}  # of which some of the small model's responses have a share


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
    compare_tokens(prompt, ids)
    compare_tokens(prompt, tuple(ids))
    for seen, place in [(ids[:-1], len(ids) - 1), ([*ids, 5], len(ids)), ([ids[0] + 1, *ids[1:]], 0), ([], 0)]:
        with pytest.raises(OtherPrompt, match=rf"{len(seen)} instead of {len(ids)}, .* number {place}\."):
            compare_tokens(prompt, seen)
    with pytest.raises(OtherPrompt):
        compare_tokens(replace(prompt, input_ids=torch.cat([prompt.input_ids, prompt.input_ids[-1:]])), ids)


@pytest.mark.parametrize("family", ["qwen2_5_vl", "internvl", "qwen2"])
def test_the_weights_handed_over_are_the_merged_ones_under_the_hubs_names(family: str) -> None:
    one = small(family)
    bare = {name: value.clone() for name, value in merged_weights(one.model)}
    assert bare.keys() == dict(one.model.named_parameters()).keys()
    model = add_adapters(one.model, family_of(one.model.config), Lora(rank=2), Tuning(language=1e-3))
    try:
        with torch.no_grad():
            for name, parameter in model.named_parameters():
                if "lora_B" in name:
                    parameter.fill_(0.1)
        merged = {name: value.clone() for name, value in merged_weights(model)}
        assert merged.keys() == bare.keys()
        changed = {name for name in bare if not torch.equal(merged[name], bare[name])}
        assert changed and all("proj" in name for name in changed)
        again = {name: value for name, value in model.get_base_model().named_parameters() if "lora" not in name}
        for name, value in again.items():
            assert torch.equal(value, bare[name.replace(".base_layer", "")]), "unmerged again, bit by bit"
    finally:
        model.unload()


@pytest.mark.parametrize("family", [*FAMILIES])
def test_the_longest_prompt_is_known_without_a_look_at_its_pictures(family: str) -> None:
    one = small(family)
    for problem, prompt in zip(one.problems, one.prompts(), strict=True):
        assert prompt_tokens(problem, one.model.config, one.processor) == len(prompt.input_ids)


@pytest.mark.parametrize("family", ["qwen2_5_vl", "qwen3_vl", "internvl", "glm4v", "qwen2", "qwen3"])
def test_one_number_of_a_layer_that_differs_is_seen(family: str) -> None:
    named = {name: value.clone() for name, value in small(family).model.named_parameters()}
    theirs = {f"language_model.{name.removeprefix('model.language_model.')}": value for name, value in named.items()}
    whole = fingerprint(named.items())
    assert len(whole) == 2 * 2, "two weights of each of the two layers, none of the pictures'"
    compare_weights(whole, fingerprint(theirs.items()))  # vLLM has other names in front
    (name,) = [each for each in theirs if each.endswith("layers.1.mlp.down_proj.weight")]
    theirs[name][0, 0] += 1e-6
    with pytest.raises(OtherWeights, match=r"1 of 4 that were compared, layers\.1\.mlp\.down_proj\.weight"):
        compare_weights(whole, fingerprint(theirs.items()))
    with pytest.raises(OtherWeights, match="none was found"):
        compare_weights({}, {})


@pytest.mark.parametrize("changes", [{}, {"lora": {"rank": 4}, "dynamic_sampling": 2}])
def test_an_engine_follows_the_policy_and_draws_all_of_a_rank_at_once(
    changes: dict[str, Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    engines, folder = installed(monkeypatch), start("qwen3")
    given = values(folder, tmp_path / "run", steps=3, vllm={}, reward=WHOLE, **changes)
    main(ReinforceRecipe.model_validate(given))
    (engine,) = engines.made
    longest = max(len(prompt.input_ids) for prompt in small("qwen3").prompts())
    assert engine.settings["max_model_len"] >= longest + 12 and engine.settings["enable_sleep_mode"] is False
    rounds = [entry for name, entry in engine.calls if name == "generate"]
    assert set(rounds) == {4} and 3 <= len(rounds) <= 3 * changes.get("dynamic_sampling", 1)
    log = curve(tmp_path / "run")
    assert all(entry["gap_largest"] < 1e-3 for entry in log) and log[-1]["kl"] > 0
    assert all(entry["effective_sample_size"] == pytest.approx(1.0, abs=1e-4) for entry in log)
    without = {key: value for key, value in given.items() if key != "vllm"}
    main(ReinforceRecipe.model_validate(without | {"run": str(tmp_path / "without")}))
    assert [one["text"] for one in rollouts(tmp_path / "run")] == [
        one["text"] for one in rollouts(tmp_path / "without")
    ]


def test_an_engine_with_other_weights_stops_the_training(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    engines, folder = installed(monkeypatch), start("qwen3")
    monkeypatch.setattr(engines, "deaf", True)
    with pytest.raises(OtherWeights, match="4 of 4 that were compared"):
        main(ReinforceRecipe.model_validate(values(folder, tmp_path / "run", steps=3, vllm={}, reward=WHOLE)))
    assert len(curve(tmp_path / "run")) == 1


def test_an_engine_on_a_gpu_sleeps_while_the_policy_learns(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    installed(monkeypatch)
    recipe = ReinforceRecipe.model_validate(values(start("qwen3"), tmp_path, vllm={}))
    models = build(recipe, torch.device("cpu"))
    sampler = VllmSampler(Served(), recipe.generation(12), 4, models, open_accelerator(recipe), 100)
    engine: Any = sampler.engine
    engine.sleeps = True
    engine.llm.calls.clear()
    problems = rl_problems("qwen3")
    prompts = [encode_prompt(one, models.config, models.processor) for one in problems]
    sampler.follow(models)
    sampler(prompts, problems, range(len(prompts)))
    sampler.rest()
    names = ["wake_up", "load", "wake_up", "reset_prefix_cache", "generate", "sleep"]
    assert [name for name, _ in engine.llm.calls] == names
    assert [entry["tags"] for name, entry in engine.llm.calls if name == "wake_up"] == [["weights"], ["kv_cache"]]
    assert engine.llm.calls[-1] == ("sleep", {"level": 2})


def test_a_base_in_four_bits_is_refused_with_vllm() -> None:
    """Merging rounds it anew: vLLM would sample from other weights than the policy's."""
    given = {"method": "reinforce_pp", "run": "x", "model": "y", "problems": "z", "prompts": 1, "steps": 1}
    given |= {"learning_rate": 1e-5, "lora": {"quantise": True}}
    check(ReinforceRecipe, given, "test")
    with pytest.raises(InputError, match=r"set lora\.quantise to false"):
        check(ReinforceRecipe, given | {"vllm": {}}, "test")
