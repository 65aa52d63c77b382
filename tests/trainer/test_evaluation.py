"""Real tiny models: one taught a few answers by heart, and untrained ones of every family."""

import json
import shutil
from dataclasses import replace
from io import BytesIO

import pytest
import torch
from PIL import Image
from torch.utils.data import Dataset
from transformers import AutoModelForImageTextToText, Trainer, TrainingArguments

from redstar_geo.errors import InputError, RedStarError
from redstar_geo.generation.prompt import completion_messages, prompt_messages
from redstar_geo.models.collate import collate
from redstar_geo.models.encode import Encoder
from redstar_geo.models.load import load
from redstar_geo.models.tiny import TinySize, build_tiny
from redstar_geo.trainer.evaluation import (
    Examination,
    Examiner,
    answer,
    examine,
    keep_best,
    read_problems,
    rounds,
    summary,
)
from redstar_geo.trainer.schedule import read_log
from tests.train.small import SIZE, problem, trace, write_problems

ANSWER = "42"
FAMILIES = ("qwen2_5_vl", "qwen3_vl", "internvl", "qwen2", "qwen3")


@pytest.fixture(autouse=True)
def one_thread():
    """Fastest for models of this size, whatever else the machine does."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def problems(count: int, with_picture: bool = True):
    """All with the same answer, so that a few steps teach it."""
    return [replace(problem(number, with_picture), answer=ANSWER) for number in range(1, count + 1)]


def build(tmp_path, family: str = "qwen2_5_vl"):
    texts = [each.question + trace(each) for each in problems(8)]
    build_tiny(tmp_path / family, texts, TinySize(**SIZE, family=family), seed=0)
    return load(str(tmp_path / family), torch.float32)


def talkative(model):
    """Untrained models repeat the last token, whatever they see; with larger weights they do not."""
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            parameter.mul_(10.0 if parameter.ndim > 1 and "embed_tokens" not in name else 1.0)
    return model


def settings(path="", **changes) -> Examination:
    return Examination(**{"problems": str(path), "max_new_tokens": 64, "batch_size": 3} | changes)


class Packs(Dataset):
    def __init__(self, encoder: Encoder, count: int) -> None:
        self.samples = [
            encoder(
                each.id,
                prompt_messages(each),
                completion_messages(f"<think>\nEasy.\n</think>\n\\boxed{{{ANSWER}}}"),
                [Image.open(BytesIO(image.data)) for image in each.images],
            )
            for each in problems(4)
        ]
        self.count = count

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, index: int):
        return self.samples[index % len(self.samples)]


def trainer(tmp_path, model, processor, examiner: Examiner, steps: int, **changes) -> Trainer:
    arguments = TrainingArguments(
        output_dir=str(tmp_path / "checkpoints"),
        per_device_train_batch_size=2,
        learning_rate=3e-3,
        max_steps=steps,
        save_steps=20,
        save_total_limit=1,
        report_to="none",
        disable_tqdm=True,
        use_cpu=True,
        remove_unused_columns=False,
        **changes,
    )
    data = Packs(Encoder(model.config, processor), 2 * steps)
    return Trainer(model=model, args=arguments, train_dataset=data, data_collator=collate, callbacks=[examiner])


def test_a_model_that_learns_is_seen_to_learn_and_its_best_is_kept(tmp_path):
    model, processor = build(tmp_path)
    run = tmp_path / "run"
    examiner = Examiner(settings(), problems(6), model, processor, run)
    trainer(tmp_path, model, processor, examiner, 60).train()
    entries = read_log(run / "examinations.jsonl")
    assert [entry["step"] for entry in entries] == [0, 20, 40, 60]
    assert entries[0]["correct"] == 0 and entries[-1]["correct"] == entries[-1]["n"] == 6
    assert entries[-1]["accuracy"] == 1.0 and entries[-1]["low"] < 0.7
    assert entries[-1]["mean_tokens"] < entries[0]["mean_tokens"] <= 64
    assert entries[0]["truncated_share"] > 0 == entries[-1]["truncated_share"]
    assert examiner.latest == {key: value for key, value in entries[-1].items() if key != "items"}
    assert [item["id"] for item in entries[-1]["items"]] == [each.id for each in problems(6)]
    assert all(item["extracted"] == ANSWER for item in entries[-1]["items"])
    best = json.loads((run / "best.json").read_text())
    assert best["step"] == 60 and best["accuracy"] == 1.0
    assert not list((run / best["model"]).glob("optimizer*"))
    shutil.rmtree(tmp_path / "checkpoints")  # the copy stands alone
    kept = AutoModelForImageTextToText.from_pretrained(run / best["model"])
    again = examine(kept, processor, problems(6), settings())
    assert again == entries[-1]["items"]


def test_a_resumed_training_examines_what_a_kill_left_out_and_nothing_twice(tmp_path):
    model, processor = build(tmp_path)
    run = tmp_path / "run"
    trainer(tmp_path, model, processor, Examiner(settings(), problems(2), model, processor, run), 20).train()
    log = run / "examinations.jsonl"
    first, second = log.read_text().splitlines()
    torn = json.dumps(json.loads(second) | {"step": 40}) + "\n" + second[:50]
    for before, expected in ((f"{first}\n{torn}", 20), (f"{first}\n{second}\n{torn}", 20)):
        log.write_text(before)
        model = AutoModelForImageTextToText.from_pretrained(tmp_path / "checkpoints" / "checkpoint-20")
        examiner = Examiner(settings(), problems(2), model, processor, run)
        again = trainer(tmp_path, model, processor, examiner, 20, ignore_data_skip=True)
        again.train(resume_from_checkpoint=str(tmp_path / "checkpoints" / "checkpoint-20"))
        entries = read_log(log)
        assert [entry["step"] for entry in entries] == [0, expected]
        assert entries[1]["items"] == json.loads(second)["items"]
        assert examiner.latest is not None and examiner.latest["step"] == expected


@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_answers_a_batch_as_it_answers_one_at_a_time(tmp_path, family):
    model, processor = build(tmp_path, family)
    talkative(model)
    sees = family not in ("qwen2", "qwen3")
    asked = [problem(number, with_picture=sees and number % 2 == 0) for number in range(1, 6)]
    model.train()
    together = examine(model, processor, asked, settings(max_new_tokens=12))
    assert model.training
    assert [item["id"] for item in together] == [each.id for each in asked]
    assert len({item["response"] for item in together}) > 2
    for each, item in zip(asked, together, strict=True):
        (alone,) = answer(model, processor, [each], 12)
        assert (alone.text, alone.tokens, alone.truncated) == (item["response"], item["tokens"], item["truncated"])


def test_pictures_are_looked_at(tmp_path):
    model, processor = build(tmp_path)
    talkative(model)
    one = problem(1)
    other = replace(one, images=problem(40).images)
    assert answer(model, processor, [one], 24) == answer(model, processor, [one], 24)
    assert answer(model, processor, [one], 24) != answer(model, processor, [other], 24)


def test_a_round_has_pictures_or_none_so_that_no_rank_waits_for_another():
    mixed = [problem(number, with_picture=number % 3 == 0) for number in range(1, 20)]
    found = list(rounds(mixed, 4))
    assert sorted(each.id for together in found for each in together) == sorted(each.id for each in mixed)
    assert all(len(together) <= 4 and len({bool(each.images) for each in together}) == 1 for together in found)


def test_undecided_is_counted_as_itself():
    item = {"truncated": False, "tokens": 10}
    verdicts = ("correct", "wrong", "undecided", "undecided")
    found = summary(
        [item | {"verdict": verdict} for verdict in verdicts[:-1]]
        + [item | {"verdict": verdicts[-1], "truncated": True, "tokens": 30}]
    )
    assert (found["correct"], found["n"], found["accuracy"]) == (1, 4, 0.25)
    assert (found["undecided_share"], found["truncated_share"], found["mean_tokens"]) == (0.5, 0.25, 15)
    assert found["low"] < 0.25 < found["high"]


def checkpoint(tmp_path, step: int, *files: str):
    folder = tmp_path / "checkpoints" / f"checkpoint-{step}"
    folder.mkdir(parents=True)
    for name in files:
        (folder / name).write_text(f"{name} of step {step}")
    return folder


def examined(step: int, right: int) -> dict:
    return {"step": step, "correct": right, "n": 4, "accuracy": right / 4, "low": 0.0, "high": 1.0, "items": []}


def test_the_best_is_the_last_of_those_with_most_right(tmp_path):
    for step, right in ((10, 1), (20, 3), (30, 2), (40, 3), (50, 0)):
        at = checkpoint(tmp_path, step, "model.safetensors", "optimizer.pt", "config.json")
        assert keep_best(tmp_path, at, examined(step, right)) == (step in (10, 20, 40))
        shutil.rmtree(at)
    assert json.loads((tmp_path / "best.json").read_text())["model"] == "best/checkpoint-40"
    assert [path.name for path in (tmp_path / "best").iterdir()] == ["checkpoint-40"]
    kept = tmp_path / "best" / "checkpoint-40"
    assert sorted(path.name for path in kept.iterdir()) == ["config.json", "model.safetensors"]
    assert (kept / "model.safetensors").read_text() == "model.safetensors of step 40"


def test_a_kill_while_copying_leaves_the_old_best(tmp_path, monkeypatch):
    keep_best(tmp_path, checkpoint(tmp_path, 10, "model.safetensors"), examined(10, 1))
    monkeypatch.setattr("redstar_geo.trainer.evaluation.write_json", _killed)
    with pytest.raises(KeyboardInterrupt):
        keep_best(tmp_path, checkpoint(tmp_path, 20, "model.safetensors"), examined(20, 2))
    best = json.loads((tmp_path / "best.json").read_text())
    assert (tmp_path / best["model"] / "model.safetensors").read_text() == "model.safetensors of step 10"
    monkeypatch.undo()
    assert keep_best(tmp_path, tmp_path / "checkpoints" / "checkpoint-20", examined(20, 2))
    assert [path.name for path in (tmp_path / "best").iterdir()] == ["checkpoint-20"]


def _killed(*_):
    raise KeyboardInterrupt


def test_shards_of_zero3_are_not_taken_for_a_model(tmp_path):
    with pytest.raises(RedStarError, match="stage3_gather_16bit_weights_on_model_save"):
        keep_best(tmp_path, checkpoint(tmp_path, 10, "optimizer.pt"), examined(10, 1))
    assert not (tmp_path / "best.json").exists()


def test_the_same_problems_are_taken_for_the_same_seed(tmp_path):
    file = write_problems(tmp_path / "problems.parquet", [problem(number) for number in range(1, 30)])
    chosen = [each.id for each in read_problems(settings(file, count=5), 1, sees=True)]
    assert chosen == [each.id for each in read_problems(settings(file, count=5), 1, sees=True)]
    assert len(chosen) == 5 and chosen != [each.id for each in read_problems(settings(file, count=5), 2, sees=True)]


def test_problems_that_cannot_be_asked_are_refused(tmp_path):
    with pytest.raises(InputError, match="cannot be read as problems"):
        read_problems(settings(tmp_path / "no.parquet"), 0, sees=True)
    with pytest.raises(InputError, match="holds no problems"):
        read_problems(settings(write_problems(tmp_path / "empty.parquet", [])), 0, sees=True)
    with pytest.raises(InputError, match="the model sees none"):
        read_problems(settings(write_problems(tmp_path / "one.parquet", [problem(1)])), 0, sees=False)
