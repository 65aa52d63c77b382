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
