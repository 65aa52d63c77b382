"""A folder that came with a model is a stranger's: its code is never run, and its template is applied at a distance."""

from __future__ import annotations

import asyncio
import builtins
import json
import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from transformers import ProcessorMixin

from redstar_geo.errors import InputError, RedStarError
from redstar_geo.generation.encoded import pictures_of
from redstar_geo.generation.prompt import prompt_messages
from redstar_geo.generation.request import GenerationSettings
from redstar_geo.generation.streamed import LocalStream
from redstar_geo.models.chat_template import applied, trial_of
from redstar_geo.models.encode import render_prompt
from redstar_geo.models.load import load, load_config, load_processor
from redstar_geo.models.tiny import TinySize, build_tiny
from redstar_geo.records import Problem
from redstar_geo.workers import Workers
from tests.train.small import SIZE, problem, trace

KINDS = ("Config", "Model", "ModelForCausalLM", "ModelForImageTextToText", "Processor", "ImageProcessor")
AUTO_MAP: dict[str, Any] = {f"Auto{kind}": "evil.X" for kind in (*KINDS, "VideoProcessor", "FeatureExtractor")}
AUTO_MAP["AutoTokenizer"] = ["evil.X", "evil.X"]
OWN = {"auto_map": AUTO_MAP}


@pytest.fixture(scope="module", params=["qwen2_5_vl", "qwen2"])
def honest(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models") / str(request.param)
    problems = [problem(number) for number in (1, 2)]
    size = TinySize(**(SIZE | {"family": request.param}))
    build_tiny(folder, [each.question + trace(each) for each in problems], size, seed=0)
    return folder


def edited(folder: Path, file: str, **values: Any) -> None:
    path = folder / file
    kept = json.loads(path.read_text()) if path.is_file() else {}
    path.write_text(json.dumps(kept | values))


def of_no_class(folder: Path) -> None:
    """No file says which processor the folder holds, as in many older ones."""
    for path in (folder / "tokenizer_config.json", folder / "processor_config.json"):
        if path.is_file():
            kept = {name: value for name, value in json.loads(path.read_text()).items() if name != "processor_class"}
            path.write_text(json.dumps(kept))


def in_parts(folder: Path) -> None:
    of_no_class(folder)
    own = OWN | {"image_processor_type": "Evil", "video_processor_type": "Evil"}
    edited(folder, "processor_config.json", image_processor=own, video_processor=own)


def in_a_file_apart(folder: Path) -> None:
    of_no_class(folder)
    (folder / "processor_config.json").unlink(missing_ok=True)
    edited(folder, "preprocessor_config.json", **OWN, image_processor_type="Evil")


def in_the_tokenizer(folder: Path) -> None:
    of_no_class(folder)
    edited(folder, "tokenizer_config.json", **OWN, tokenizer_class="Evil")


def in_generation(folder: Path) -> None:
    (folder / "custom_generate").mkdir()
    shutil.copy(folder / "evil.py", folder / "custom_generate" / "generate.py")


PLACES: list[Callable[[Path], None]] = [
    lambda folder: edited(folder, "config.json", **OWN),
    lambda folder: edited(folder, "config.json", **OWN, model_type="evil"),
    lambda folder: edited(folder, "processor_config.json", **OWN, processor_class="Evil"),
    in_parts,
    in_a_file_apart,
    in_the_tokenizer,
    in_generation,
]


@pytest.mark.parametrize("place", PLACES)
def test_no_code_of_a_folder_is_run_whatever_is_answered(
    honest: Path, place: Callable[[Path], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, canary = tmp_path / "model", tmp_path / "canary"
    shutil.copytree(honest, folder)
    (folder / "evil.py").write_text(f"open({str(canary)!r}, 'w')\nclass X: pass\ndef generate(*a, **k): pass\n")
    place(folder)
    asked: list[object] = []

    def yes(*said: object) -> str:
        asked.append(said)
        return "y"

    monkeypatch.setattr(builtins, "input", yes)
    with suppress(InputError):
        load(str(folder), "auto")
    assert not canary.exists() and not asked


WRONG = {
    "range": "{% for i in range(10**9) %}x{% endfor %}",
    "syntax": "{% if %}",
    "undefined": "{{ messages[9].foo.bar() }}",
    "raises": "{{ raise_exception('no') }}",
    "recursion": "{% macro a() %}{{ a() }}{% endmacro %}{{ a() }}",
    "types": "{{ 1 + 'a' }}",
    "division": "{{ 1 / 0 }}",
    "attribute": "{{ messages.__class__.__mro__ }}",
    "digits": "{{ 10 ** 5000 }}",
    "nothing": "{{ '' }}",
    "key": "{{ messages[0]['none']['x'] }}",
}


@pytest.mark.parametrize("template", WRONG.values(), ids=WRONG)
def test_a_template_that_fails_is_told_in_a_sentence(honest: Path, template: str) -> None:
    processor = load_processor(str(honest), load_config(str(honest)))
    processor.chat_template = template
    with pytest.raises(InputError, match="chat template"):
        render_prompt(processor, [{"role": "user", "content": "Which number?"}])


ENDLESS = {
    "loops": "{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}",
    "text": "{{ 'x' * 10**10 }}",
    "long": "{{ 'x' * 10**7 }}",
    "power": "{{ 10 ** (10 ** 10) }}",
    "doubling": "{% set n = namespace(x='x') %}{% for i in range(40) %}{% set n.x = n.x ~ n.x %}{% endfor %}{{ n.x }}",
}


@pytest.mark.parametrize("endless", [pytest.param(each, marks=pytest.mark.long) for each in ENDLESS.values()])
def test_a_template_without_end_is_ended(honest: Path, endless: str) -> None:
    processor = load_processor(str(honest), load_config(str(honest)))
    processor.chat_template = endless
    trial = trial_of(processor, [{"role": "user", "content": "Which number?"}], 0)
    with pytest.raises(RedStarError):
        asyncio.run(Workers(1, timeout_s=5.0).run(applied, *trial))


def test_an_endless_template_costs_its_question_alone(honest: Path) -> None:
    model = LocalStream(str(honest))
    template = model.local.processor.chat_template
    model.local.processor.chat_template = ENDLESS["doubling"]
    with pytest.raises(RedStarError, match="chat template"):
        asyncio.run(said(model))
    model.local.processor.chat_template = template
    assert asyncio.run(said(model))


def test_the_prompt_is_what_the_template_wrote_where_it_can_be_ended(honest: Path) -> None:
    model = LocalStream(str(honest))
    processor, conversation = model.local.processor, prompt_messages(problem(1))
    pictures = pictures_of(problem(1)) if isinstance(processor, ProcessorMixin) else []
    conversation[0]["content"] += " <|im_end|><|image_pad|>"
    told = applied(*trial_of(processor, conversation, len(pictures)))
    assert told == render_prompt(processor, conversation, pictures)

    processor.chat_template += "{% if messages[0].content[0].image %}{{ raise_exception('not there') }}{% endif %}"
    seen = problem(1) if pictures else replace(problem(1), images=())
    assert asyncio.run(said(model, seen))


async def said(model: LocalStream, asked: Problem | None = None) -> list[Any]:
    asked = asked or replace(problem(1), images=())
    return [delta async for delta in model.stream(asked, GenerationSettings(4))]


def configured(honest: Path, folder: Path, said: dict[str, Any]) -> Path:
    """A copy of the model whose config.json says this too; skips what speaks of parts that it does not have."""
    shutil.copytree(honest, folder)
    kept = json.loads((folder / "config.json").read_text())
    if "text_config" in str(said) and "text_config" not in kept:
        pytest.skip("a model of one part")
    inner = {name: kept[name] | value for name, value in said.items() if name.endswith("_config") and name in kept}
    edited(folder, "config.json", **(said | inner))
    return folder


OF_THE_HUB: dict[str, dict[str, Any]] = {
    "attention": {"attn_implementation": "evil/kernel"},
    "attention as it is kept": {"_attn_implementation": "evil/kernel"},
    "a function of a revision": {"attn_implementation": "evil/kernel@main:attend"},
    "paged": {"attn_implementation": "paged|evil/kernel"},
    "of a part": {"attn_implementation": {"": "sdpa", "text_config": "evil/kernel"}},
    "no name": {"attn_implementation": ["evil/kernel"]},
    "eight bits": {"quantization_config": {"quant_method": "fp8"}},
    "eight bits of a part": {"text_config": {"quantization_config": {"quant_method": "fp8"}}},
}


@pytest.mark.parametrize("said", OF_THE_HUB.values(), ids=OF_THE_HUB)
def test_a_kernel_of_the_hub_is_refused_by_name(honest: Path, said: dict[str, Any], tmp_path: Path) -> None:
    folder = configured(honest, tmp_path / "model", said)
    with pytest.raises(InputError, match=r"evil/kernel|fp8"):
        load(str(folder), "auto")


WRONG_VALUES: list[dict[str, Any]] = [
    {"num_hidden_layers": 10**9},
    {"layer_types": ["evil"]},
    {"hidden_size": None},
    {"hidden_act": "evil"},
    {"rope_parameters": {"rope_type": "evil"}},
    {"dtype": -1},
    {"dtype": 1e308},
    {"use_cache": 0},
    {"quantization_config": ["evil"]},
    {"quantization_config": {"quant_method": "gptq", "bits": 4}},
]


@pytest.mark.parametrize("said", WRONG_VALUES, ids=str)
def test_a_config_that_is_wrong_is_told_in_a_sentence(honest: Path, said: dict[str, Any], tmp_path: Path) -> None:
    folder = configured(honest, tmp_path / "model", said)
    text = json.loads((folder / "config.json").read_text()).get("text_config", {})
    edited(folder, "config.json", **({"text_config": text | said} if text else {}))
    with pytest.raises(InputError, match=r"Model .* (has no configuration|cannot be loaded)"):
        load(str(folder), "auto")


HOW_OTHERS_RAN_IT: list[dict[str, Any]] = [
    {"attn_implementation": "flash_attention_2"},
    {"_attn_implementation": "flash_attention_3"},
    {"attn_implementation": "packed_sdpa"},
    {"experts_implementation": "sonicmoe"},
    {"_attn_implementation_internal": "evil/kernel", "use_kernels": True},
    {"text_config": {"attn_implementation": "flash_attention_2"}, "vision_config": {"attn_implementation": "eager"}},
]


@pytest.mark.parametrize("said", HOW_OTHERS_RAN_IT, ids=str)
def test_how_others_ran_a_model_is_chosen_anew(honest: Path, said: dict[str, Any], tmp_path: Path) -> None:
    model, _ = load(str(configured(honest, tmp_path / "model", said)), "auto")
    assert {module.config._attn_implementation for module in model.modules() if hasattr(module, "config")} == {"sdpa"}


def test_an_adapter_in_a_models_folder_is_not_loaded_in_silence(honest: Path, tmp_path: Path) -> None:
    folder = tmp_path / "model"
    shutil.copytree(honest, folder)
    edited(folder, "adapter_config.json", base_model_name_or_path="evil/model", peft_type="LORA")
    with pytest.raises(InputError, match=r"adapter_config\.json"):
        load(str(folder), "auto")
