"""A `generation_config.json` that came with a model changes no answer, whoever asks: every place that generates.

Every Qwen model ships one. A repetition penalty in it changes greedy answers, `top_k: 1` makes all samples one text.
"""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
import torch

from redstar_geo.generation.batches import BatchedModel
from redstar_geo.generation.chat import teacher_question, user_message
from redstar_geo.generation.encoded import encode_prompt
from redstar_geo.generation.request import GenerationSettings, Sample, Shard
from redstar_geo.generation.sampling import SamplingDistribution, banned_tokens
from redstar_geo.generation.streamed import LocalStream
from redstar_geo.models.load import load
from redstar_geo.models.tiny import TinySize, build_tiny
from redstar_geo.rl.sampler import rollouts
from redstar_geo.teacher.local import LocalTeacher
from redstar_geo.trainer.evaluation import answer as held_out_answers
from tests.train.small import SIZE, problem, trace

PROBLEMS = [problem(number, with_picture=number % 2 == 0) for number in range(1, 5)]
PICTURED = [each for each in PROBLEMS if each.images]
TOKENS = 24
SHIPPED: dict[str, dict[str, object]] = {
    "penalties": {"repetition_penalty": 1.8, "no_repeat_ngram_size": 1, "suppress_tokens": list(range(40, 300))},
    "sampling": {"do_sample": True, "top_k": 1, "top_p": 0.01, "min_p": 0.9, "temperature": 1e-3},
    "search": {"num_beams": 3, "max_new_tokens": 3},
}


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An untrained model whose weights are large enough that its greedy answers repeat and its samples differ."""
    folder = tmp_path_factory.mktemp("models") / "plain"
    build_tiny(folder, [each.question + trace(each) for each in PROBLEMS], TinySize(**SIZE), seed=0)
    model, _ = load(str(folder), torch.float32)
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.ndim > 1:
                parameter.mul_(6.0)
    model.save_pretrained(folder)
    return folder


def with_settings(plain: Path, settings: dict[str, object], tmp_path: Path) -> Path:
    folder = tmp_path / "shipped"
    shutil.copytree(plain, folder)
    path = folder / "generation_config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | settings))
    return folder


def evaluation(folder: Path, temperature: float) -> list[str]:
    asked = GenerationSettings(max_new_tokens=TOKENS, temperature=temperature, top_p=1.0, seed=1)
    kept: list[str] = []
    model = BatchedModel(str(folder), asked, 4, "float32", Shard())
    samples = [Sample(each, number) for each in PROBLEMS for number in range(2)]
    model.answer(samples, (), lambda pairs: kept.extend(reply.text for _, reply in pairs), Shard())
    return kept


def teacher(folder: Path, temperature: float) -> list[str]:
    async def ask() -> list[str]:
        async with LocalTeacher(str(folder), 4, "float32") as model:
            request = {"temperature": temperature, "top_p": 1.0, "max_tokens": TOKENS, "seed": 1}
            asked = [user_message(teacher_question(each), each.images) for each in PICTURED for _ in range(2)]
            found = await asyncio.gather(*(model.ask(request | {"messages": [each]}) for each in asked))
            return [str(outcome.body["choices"][0]["message"]["content"]) for outcome in found]

    return asyncio.run(ask())


def held_out(folder: Path, temperature: float) -> list[str]:
    assert not temperature, "an evaluation during training is greedy"
    model, processor = load(str(folder), torch.float32)
    return [each.text for each in held_out_answers(model, processor, PROBLEMS, TOKENS)]


def reinforcement(folder: Path, temperature: float) -> list[str]:
    model, processor = load(str(folder), torch.float32)
    torch.manual_seed(1)
    prompts = [encode_prompt(each, model.config, processor) for each in PROBLEMS]
    settings = GenerationSettings(TOKENS, temperature)
    distribution = SamplingDistribution(temperature, banned_tokens(model, processor))
    return [one.text for one in rollouts(model, processor, prompts, settings, 2, distribution)]


def app(folder: Path, temperature: float) -> list[str]:
    answers = LocalStream(str(folder), "float32")

    async def ask(number: int) -> str:
        settings = GenerationSettings(TOKENS, temperature, seed=number)
        return "".join([delta.content async for delta in answers.stream(PROBLEMS[number], settings)])

    return [asyncio.run(ask(number)) for number in range(len(PROBLEMS))]


Asked = Callable[[Path, float], Sequence[str]]
GREEDY: list[Asked] = [evaluation, teacher, held_out, app]
SAMPLED: list[Asked] = [evaluation, teacher, reinforcement, app]


@pytest.mark.parametrize("shipped", SHIPPED)
@pytest.mark.parametrize("ask", GREEDY, ids=lambda ask: ask.__name__)
def test_greedy_answers_are_those_of_the_model_without(ask: Asked, shipped: str, plain: Path, tmp_path: Path) -> None:
    without = ask(plain, 0.0)
    assert len(set(without)) > 1 and any(len(text) > TOKENS for text in without)
    assert ask(with_settings(plain, SHIPPED[shipped], tmp_path), 0.0) == without


@pytest.mark.parametrize("shipped", SHIPPED)
@pytest.mark.parametrize("ask", SAMPLED, ids=lambda ask: ask.__name__)
def test_samples_are_those_of_the_model_without(ask: Asked, shipped: str, plain: Path, tmp_path: Path) -> None:
    without = ask(plain, 1.0)
    assert len(set(without)) == len(without), "the samples differ"
    assert ask(with_settings(plain, SHIPPED[shipped], tmp_path), 1.0) == without
