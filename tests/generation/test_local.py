"""A model in this process: answers do not depend on what is done, on ranks, or on what else is asked of the model."""

import pytest

from redstar_geo.errors import InputError
from redstar_geo.generation.batches import BatchedModel
from redstar_geo.generation.request import GenerationSettings, Sample, Shard
from redstar_geo.models.tiny import TinySize, build_tiny
from tests.train.small import SIZE, problem, trace

PROBLEMS = [problem(number, with_picture=number % 4 != 0) for number in range(1, 9)]
SAMPLES = [Sample(each, attempt) for each in PROBLEMS for attempt in range(2)]
SAMPLED = GenerationSettings(max_new_tokens=8, temperature=1.0, top_p=0.95, seed=1)
HERE = Shard()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("model")
    build_tiny(folder, [each.question + trace(each) for each in PROBLEMS], TinySize(**SIZE), seed=0)
    return str(folder)


@pytest.fixture(scope="module")
def model(folder):
    return BatchedModel(folder, SAMPLED, batch_size=5, dtype="float32", shard=HERE)


def answers(model, done=(), shard=HERE):
    kept = {}

    def keep(pairs):
        kept.update(
            {sample.key: (answer.text, answer.completion_tokens, answer.finish_reason) for sample, answer in pairs}
        )

    assert not model.answer(SAMPLES, done, keep, shard)
    return kept


def test_stopped_or_spread_over_ranks_the_sampled_answers_are_the_same(model):
    whole = answers(model)
    assert whole.keys() == {each.key for each in SAMPLES}
    parts = [answers(model, shard=Shard(rank, 3)) for rank in range(3)]
    assert sum(map(len, parts)) == len(SAMPLES) and parts[0] | parts[1] | parts[2] == whole
    done = [each.key for each in SAMPLES[3:9]]
    assert answers(model, done) == {key: answer for key, answer in whole.items() if key not in done}


def test_attempts_differ_and_another_seed_gives_others(folder, model):
    whole = answers(model)
    assert any(whole[each.id, 0] != whole[each.id, 1] for each in PROBLEMS)
    other = GenerationSettings(max_new_tokens=8, temperature=1.0, top_p=0.95, seed=2)
    assert answers(BatchedModel(folder, other, 5, "float32", HERE)) != whole


def test_batches_are_of_like_length_the_longest_first(model):
    batches = model.batches(SAMPLES)
    assert [len(batch) for batch in batches] == [5, 5, 5, 1]
    shown = [bool(each.problem.images) for batch in batches for each in batch]
    assert shown == sorted(shown, reverse=True)  # a picture costs more tokens than these texts differ by


def test_a_model_of_text_refuses_pictures(tmp_path):
    build_tiny(tmp_path, [each.question for each in PROBLEMS], TinySize(**SIZE, family="qwen2"), seed=0)
    model = BatchedModel(str(tmp_path), SAMPLED, 5, "float32", HERE)
    with pytest.raises(InputError, match="12 of the questions come with pictures"):
        model.answer(SAMPLES, (), lambda pairs: None, HERE)
    kept = []
    model.answer([each for each in SAMPLES if not each.problem.images], (), kept.extend, HERE)
    assert len(kept) == 4


def test_torchrun_tells_the_shard(monkeypatch):
    for name in ("RANK", "WORLD_SIZE", "LOCAL_RANK"):
        monkeypatch.delenv(name, raising=False)
    assert Shard.here() == Shard(0, 1, 0)
    monkeypatch.setenv("RANK", "5")
    with pytest.raises(InputError, match="RANK=5"):
        Shard.here()
    monkeypatch.setenv("WORLD_SIZE", "8")
    monkeypatch.setenv("LOCAL_RANK", "1")
    assert Shard.here() == Shard(5, 8, 1)
