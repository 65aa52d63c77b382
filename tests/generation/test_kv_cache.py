"""Keys and values that grow in place hold what transformers' own cache holds, in every family."""

import pytest
import torch
from transformers.cache_utils import DynamicLayer

from redstar_geo.generation.batches import BatchedModel
from redstar_geo.generation.kv_cache import GrowingLayer
from redstar_geo.generation.request import GenerationSettings, Sample, Shard
from redstar_geo.models.tiny import TinySize, build_tiny
from tests.train.small import SIZE, problem


def test_a_layer_grows_as_transformers_own_does():
    ours, theirs, chance = GrowingLayer(), DynamicLayer(), torch.Generator().manual_seed(0)
    for tokens in (5, *[1] * 200, 300, 1):
        keys, values = (torch.randn(2, 3, tokens, 4, generator=chance) for _ in range(2))
        for a, b in zip(ours.update(keys, values), theirs.update(keys, values), strict=True):
            assert torch.equal(a, b)
        assert ours.get_seq_length() == theirs.get_seq_length()


@pytest.mark.parametrize("family", ["qwen2_5_vl", "qwen3_vl", "internvl", "qwen2", "qwen3"])
def test_greedy_answers_are_those_of_generate_by_itself(tmp_path, family, monkeypatch):
    sees = family not in ("qwen2", "qwen3")
    size = SIZE if sees else {name: value for name, value in SIZE.items() if not name.startswith("vision")}
    problems = [problem(number, with_picture=sees and number % 2 == 0) for number in range(1, 5)]
    build_tiny(tmp_path, [each.question for each in problems], TinySize(**size, family=family), seed=0)
    model = BatchedModel(str(tmp_path), GenerationSettings(12, 0.0, 1.0, 0), 4, "float32", Shard())
    said = []
    for own in (True, False):
        if not own:
            monkeypatch.setattr("redstar_geo.generation.local.cache", lambda config: None)
        kept = []
        model.answer([Sample(each, 0) for each in problems], (), kept.extend, Shard())
        said.append({sample.key: answer.text for sample, answer in kept})
    assert said[0] == said[1] and len(said[0]) == 4
