import itertools
import json
import shutil
from types import SimpleNamespace

import pytest
import torch
from safetensors.torch import load_file, save_file

from redstar_geo.errors import InputError
from redstar_geo.models.tiny import TinySize, build_tiny
from redstar_geo.recipe import check
from redstar_geo.run import open_run, read_manifest
from redstar_geo.train.sft import build_trainer, main, prepare
from redstar_geo.trainer.log import read_log
from redstar_geo.trainer.recipe import SftRecipe
from tests.train.small import SIZE, problem, trace, write_export, write_problems


def recipe(tmp_path, **changes):
    values = {"method": "sft", "run": str(tmp_path / "run"), "data": str(tmp_path / "*.parquet"), "tiny": SIZE}
    values |= {"epochs": 1, "pack": {"samples": 4}, "learning_rate": 1e-3} | changes
    return check(SftRecipe, values, "test")


def test_only_completions_are_trained_with_their_reasoning_and_their_end(tmp_path):
    problems = [problem(1), problem(2, with_picture=False), problem(30)]
    write_export(tmp_path / "train.parquet", problems)
    settings = recipe(tmp_path, pack={"samples": 3})
    with open_run(settings.run, settings.model_dump()) as run:
        prepare(settings, run)
        trainer = build_trainer(settings, run, None)
    (row,) = [trainer.rows[number] for number in range(len(trainer.rows))]
    ids, labels = row["input_ids"][0], row["labels"][0]
    trained = labels != -100
    assert torch.equal(labels[trained], ids[trained])
    tokenizer = trainer.rows.encoder.processor.tokenizer
    trained_on = tokenizer.decode(ids[trained])
    assert sorted(trained_on.split("<|im_end|>")) == sorted(["", *(trace(each) for each in problems)])
    assert not (trained & (ids == trainer.loss_model.model.config.image_token_id)).any()
    assert len(row["image_grid_thw"]) == 2
    assert row["position_ids"].shape == (4, 1, len(ids))
    assert (row["position_ids"][0, 0] == 0).sum() == 3  # each sample starts anew


def test_a_kill_resumes_and_a_finished_run_is_a_no_op(tmp_path):
    write_export(tmp_path / "train.parquet", [problem(number) for number in range(1, 41)])
    settings = recipe(tmp_path, epochs=3, checkpoint_steps=10)
    with pytest.raises(KeyboardInterrupt), pytest.MonkeyPatch.context() as patch:
        patch.setattr("redstar_geo.train.sft.finish", _killed)
        main(settings)
    run = tmp_path / "run"
    assert not (run / "model").exists()
    shutil.rmtree(run / "checkpoints" / "checkpoint-30")  # as if killed between steps 20 and 30
    (run / "checkpoints" / "checkpoint-30").mkdir()  # and in the middle of writing the next checkpoint
    before = [entry for entry in read_log(run / "log.jsonl") if entry["step"] <= 20]
    counts = main(settings)
    log = read_log(run / "log.jsonl")
    assert [entry["step"] for entry in log] == [10, 20, 30]
    assert log[:2] == before
    assert log[-1]["tokens"] > before[-1]["tokens"] > before[0]["tokens"] > 0
    assert log[-1]["seconds"] > before[-1]["seconds"]
    assert log[-1]["loss"] < log[0]["loss"]
    assert (counts["in"], counts["out"], counts["pending"], counts["samples"]) == (40, 40, 0, 120)
    written = (run / "model" / "model.safetensors").stat().st_mtime_ns
    assert main(settings) == counts
    assert (run / "model" / "model.safetensors").stat().st_mtime_ns == written


def _killed(*_):
    raise KeyboardInterrupt


def test_half_an_epoch_more_is_half_of_the_samples_more_and_the_rate_falls_to_zero(tmp_path):
    write_export(tmp_path / "train.parquet", [problem(number) for number in range(1, 41)])
    counts = main(recipe(tmp_path, epochs=1.5))
    assert (counts["in"], counts["out"], counts["samples"], counts["step"]) == (40, 40, 60, 15)
    assert counts["learning_rate"] < 0.1 * 1e-3


def test_minutes_end_the_training_and_the_rate_falls_to_zero(tmp_path, monkeypatch):
    seconds = itertools.count(0.0, 0.02)  # the schedule reads the clock once a step and parameter group
    monkeypatch.setattr("redstar_geo.trainer.schedule.time", SimpleNamespace(monotonic=lambda: next(seconds)))
    write_export(tmp_path / "train.parquet", [problem(number) for number in range(1, 41)])
    counts = main(recipe(tmp_path, epochs=None, minutes=0.05))
    assert 3 <= counts["seconds"] < 4
    assert counts["learning_rate"] < 0.1 * 1e-3
    assert counts["in"] == counts["out"] + counts["pending"] == 40


def test_two_trainings_can_share_a_tokenizer(tmp_path):
    write_export(tmp_path / "short.parquet", [problem(1)])
    write_export(tmp_path / "long.parquet", [problem(number) for number in range(2, 30)])
    shared = SIZE | {"text": str(tmp_path / "*.parquet")}
    for name in ("short", "long"):
        main(recipe(tmp_path, run=str(tmp_path / name), data=str(tmp_path / f"{name}.parquet"), tiny=shared))
    one, other = (json.loads((tmp_path / name / "base" / "tokenizer.json").read_text()) for name in ("short", "long"))
    assert one == other


@pytest.mark.parametrize(
    ("write", "cause"),
    [
        (lambda path: None, "No file matches"),
        (lambda path: path.write_text("id,prompt\n"), "not a Parquet file"),
        (lambda path: write_problems(path, [problem(1)]), "missing: prompt, completion"),
        (lambda path: write_export(path, []), "holds no rows"),
    ],
)
def test_bad_data_is_refused_before_anything_is_built(tmp_path, write, cause):
    write(tmp_path / "train.parquet")
    with pytest.raises(InputError, match=cause):
        main(recipe(tmp_path))
    assert not (tmp_path / "run").exists()


def test_a_recipe_needs_one_base_and_an_end(tmp_path):
    with pytest.raises(InputError, match="either model"):
        recipe(tmp_path, model="some/model")
    with pytest.raises(InputError, match="epochs, minutes or both"):
        recipe(tmp_path, epochs=None)


def test_the_trained_folder_names_what_made_it(tmp_path):
    write_export(tmp_path / "train.parquet", [problem(number) for number in range(1, 9)])
    main(recipe(tmp_path))
    manifest = read_manifest(tmp_path / "run")
    assert manifest["recipe"]["learning_rate"] == 1e-3
    assert list(manifest["inputs"]) == [str(tmp_path / "train.parquet")]
    assert not (tmp_path / "run" / "checkpoints").exists()
    assert (tmp_path / "run" / "model" / "preprocessor_config.json").is_file()  # for vLLM and transformers 4


def test_a_base_that_has_changed_is_refused_and_nothing_is_lost(tmp_path):
    write_export(tmp_path / "train.parquet", [problem(number) for number in range(1, 9)])
    base = tmp_path / "base"
    texts = [problem(number).question + trace(problem(number)) for number in range(9)]
    build_tiny(base, texts, TinySize(**SIZE), seed=1)
    settings = recipe(tmp_path, tiny=None, model=str(base), checkpoint_steps=1)
    with pytest.raises(KeyboardInterrupt), pytest.MonkeyPatch.context() as patch:
        patch.setattr("redstar_geo.train.sft.finish", _killed)
        main(settings)
    before = {path: path.read_bytes() for path in (tmp_path / "run").rglob("*") if path.is_file()}
    weights = load_file(base / "model.safetensors")
    name = next(iter(weights))
    weights[name][0] += 1
    save_file(weights, base / "model.safetensors", {"format": "pt"})
    with pytest.raises(InputError, match="made with other inputs"):
        main(settings)
    assert before == {path: path.read_bytes() for path in (tmp_path / "run").rglob("*") if path.is_file()}
    build_tiny(base, texts, TinySize(**SIZE), seed=1)  # as it was
    assert main(settings)["out"] == 8
