import shutil
import threading
from pathlib import Path

import huggingface_hub.constants
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
from datasets import Features, List, Value, load_dataset
from datasets import Image as ImageFeature
from safetensors.torch import load_file
from trl import DPOConfig, DPOTrainer

from redstar_geo.dpo.model import PairModel
from redstar_geo.dpo.recipe import DpoRecipe
from redstar_geo.errors import InputError, RedStarError, TrainingDiverged
from redstar_geo.generation.prompt import completion_messages, prompt_messages
from redstar_geo.models.load import load
from redstar_geo.models.tiny import TinySize, build_tiny
from redstar_geo.preflight.report import Report
from redstar_geo.preflight.training import look_into_preferences
from redstar_geo.recipe import check
from redstar_geo.run import Run, open_run, read_manifest
from redstar_geo.train.dpo import build_trainer, main, prepare, reference
from redstar_geo.trainer.log import read_log
from tests.forks import exit_codes, fork, fork_ranks
from tests.killing import die_with
from tests.train.small import SIZE, problem, trace, write_problems

_MESSAGES = List({"role": Value("string"), "content": Value("string")})
_SCHEMA = Features(
    {
        "id": Value("string"),
        "prompt": _MESSAGES,
        "chosen": _MESSAGES,
        "rejected": _MESSAGES,
        "images": List(ImageFeature()),
    }
).arrow_schema


def pair(number: int, with_picture: bool = True, **changes: object) -> dict[str, object]:
    of = problem(number, with_picture)
    wrong = trace(of).replace(of.answer, str(int(of.answer) + 7)).replace("add up to", "sum up to just")
    return {
        "id": f"{of.id}#0-1",
        "prompt": prompt_messages(of),
        "chosen": completion_messages(trace(of)),
        "rejected": completion_messages(wrong),
        "images": [{"bytes": image.data, "path": None} for image in of.images],
    } | changes


def write_pairs(path: Path, rows: list[dict[str, object]]) -> Path:
    pq.write_table(pa.Table.from_pylist(rows, schema=_SCHEMA), path)
    return path


@pytest.fixture(scope="module")
def start(tmp_path_factory):
    folder = tmp_path_factory.mktemp("start")
    texts = [problem(number).question + trace(problem(number)) for number in range(20)]
    build_tiny(folder, texts, TinySize(**SIZE), seed=1)
    return folder


def recipe(tmp_path, start, **changes):
    values = {"method": "dpo", "run": str(tmp_path / "run"), "data": str(tmp_path / "*.parquet"), "model": str(start)}
    values |= {"pack": {"samples": 2}, "learning_rate": 1e-3, "compute": "float32"} | changes
    return check(DpoRecipe, values, "test")


def weights(run: Path) -> dict[str, torch.Tensor]:
    return load_file(run / "model" / "model.safetensors")


def test_right_answers_come_to_be_preferred(tmp_path, start):
    write_pairs(tmp_path / "pairs.parquet", [pair(number, number % 2 == 0) for number in range(1, 13)])
    counts = main(recipe(tmp_path, start, epochs=4))
    log = read_log(tmp_path / "run" / "log.jsonl")
    assert [entry["step"] for entry in log] == list(range(1, 25))
    assert log[0]["loss"] == pytest.approx(0.6931, abs=1e-3)  # log 2: the policy is the reference
    assert log[0]["reward_margin"] == pytest.approx(0, abs=1e-4)
    assert log[-1]["reward_accuracy"] == 1.0 and log[-1]["reward_margin"] > 0.5
    assert log[-1]["grad_norm"] > 0 and log[-1]["chosen_tokens"] > 10 and log[-1]["rejected_tokens"] > 10
    assert (counts["in"], counts["out"], counts["samples"]) == (12, 12, 48)
    assert (tmp_path / "run" / "model" / "preprocessor_config.json").is_file()  # for vLLM and transformers 4
    before = (tmp_path / "run" / "model" / "model.safetensors").stat().st_mtime_ns
    assert main(recipe(tmp_path, start, epochs=4)) == counts
    assert (tmp_path / "run" / "model" / "model.safetensors").stat().st_mtime_ns == before


def trainer_of(tmp_path, start, rows, **changes):
    """The trainer as `main` runs it, its run prepared."""
    write_pairs(tmp_path / "pairs.parquet", rows)
    settings = recipe(tmp_path, start, pack={"samples": len(rows)}, **changes)
    inputs = {str(start): "start", str(tmp_path / "pairs.parquet"): "pairs"}
    with open_run(settings.run, settings.model_dump(), inputs) as run:
        prepare(settings, run)
        return build_trainer(settings, run, None, reference(settings, run))


def perturbed(model):
    torch.manual_seed(5)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.01 * torch.randn_like(parameter))


@pytest.mark.parametrize("kind", ["sigmoid", "ipo", "hinge"])
def test_the_loss_is_that_of_trl(tmp_path, start, kind):
    rows = [pair(number, number != 2) for number in range(1, 4)]
    ours = trainer_of(tmp_path, start, rows, preference={"loss": kind, "beta": 0.4})
    perturbed(ours.loss_model.model)
    given = {name: value for name, value in ours.rows[0].items() if name != "sizes"}
    loss = ours.compute_loss(ours.model, given, num_items_in_batch=torch.tensor(3))
    loss.backward()
    model, processor = load(str(start), torch.float32)
    perturbed(model)
    arguments = DPOConfig(
        str(tmp_path / "trl"), loss_type=[kind], beta=0.4, use_cpu=True, bf16=False, max_length=None, report_to="none",
        per_device_train_batch_size=3, gradient_checkpointing=False,
    )  # fmt: skip
    data = load_dataset("parquet", data_files=str(tmp_path / "pairs.parquet"), split="train").remove_columns("id")
    theirs = DPOTrainer(
        model, load(str(start), torch.float32)[0], args=arguments, train_dataset=data, processing_class=processor
    )
    expected = theirs.compute_loss(theirs.model, next(iter(theirs.get_train_dataloader())))
    expected.backward()
    torch.testing.assert_close(loss, expected, rtol=1e-5, atol=1e-5)
    found = dict(ours.loss_model.model.named_parameters())
    for name, parameter in theirs.model.named_parameters():
        torch.testing.assert_close(found[name].grad, parameter.grad, rtol=1e-4, atol=1e-5, msg=name)


def test_the_reference_is_computed_once_and_kept_with_images(tmp_path, start, monkeypatch):
    rows = [pair(number, number != 2) for number in range(1, 6)]
    trainer = trainer_of(tmp_path, start, rows)
    given = trainer.rows[0]
    kept, sizes = given.pop("reference"), given.pop("sizes")
    assert sum(bool(size.images) for size in sizes) == 4
    with torch.no_grad():
        fresh = PairModel(load(str(start), torch.float32)[0], 1)(**given)
    torch.testing.assert_close(kept[::2], fresh.chosen, rtol=1e-6, atol=1e-5)
    torch.testing.assert_close(kept[1::2], fresh.rejected, rtol=1e-6, atol=1e-5)
    settings = recipe(tmp_path, start, pack={"samples": 5})
    run = Run(tmp_path / "run", read_manifest(tmp_path / "run"))
    monkeypatch.setattr("redstar_geo.train.dpo.load", None)  # nothing is loaded again
    again = reference(settings, run)
    assert torch.equal(again[trainer.rows.numbers(0)].flatten(), kept)


def test_lora_takes_the_base_without_adapters_as_reference(tmp_path, start):
    write_pairs(tmp_path / "pairs.parquet", [pair(number) for number in range(1, 7)])
    shared = {"reference": str(tmp_path / "kept"), "preference": {"nll_weight": 0.5}}
    lora = {"lora": {"rank": 4, "alpha": 8}, "learning_rate": {"language": 5e-3}}
    main(recipe(tmp_path, start, **lora, **shared))
    assert (tmp_path / "run" / "model" / "adapter_model.safetensors").is_file()
    kept = {path: path.stat().st_mtime_ns for path in (tmp_path / "kept").rglob("*.parquet")}
    main(recipe(tmp_path, start, run=str(tmp_path / "full"), seed=1, **shared))
    assert kept and kept == {path: path.stat().st_mtime_ns for path in (tmp_path / "kept").rglob("*.parquet")}
    first = [read_log(tmp_path / name / "log.jsonl")[0] for name in ("run", "full")]
    for entry in first:
        assert entry["preference_loss"] == pytest.approx(0.6931, abs=1e-3)
        assert entry["loss"] == pytest.approx(entry["preference_loss"] + 0.5 * entry["chosen_nll"], rel=0.1)


def _killed_at(path, settings):
    """From within: an observer beside it may be late, and twelve steps are few."""
    threading.Thread(target=die_with, args=(path,), daemon=True).start()
    main(settings)


@pytest.mark.long
def test_a_kill_resumes_the_same_curve(tmp_path, start):
    write_pairs(tmp_path / "pairs.parquet", [pair(number) for number in range(1, 9)])
    undisturbed = recipe(tmp_path, start, run=str(tmp_path / "undisturbed"), epochs=3, checkpoint_steps=5)
    main(undisturbed)
    settings = undisturbed.model_copy(update={"run": str(tmp_path / "run")})
    run = tmp_path / "run"
    assert exit_codes([fork(_killed_at, run / "checkpoints" / "checkpoint-5" / "whole", settings)]) == [-9]
    assert not (run / "model").exists()
    main(settings)
    once, resumed = (read_log(tmp_path / name / "log.jsonl") for name in ("undisturbed", "run"))
    assert [entry["step"] for entry in resumed] == list(range(1, 13))
    for name in ("loss", "reward_margin", "chosen_log_ratio", "grad_norm", "learning_rate"):
        assert [entry[name] for entry in resumed] == pytest.approx([entry[name] for entry in once], rel=1e-6)
    for name, weight in weights(tmp_path / "undisturbed").items():
        torch.testing.assert_close(weights(run)[name], weight, rtol=0, atol=1e-6)


@pytest.mark.long
def test_two_processes_are_one(tmp_path, start):
    write_pairs(tmp_path / "pairs.parquet", [pair(number, number != 3) for number in range(1, 8)])
    main(recipe(tmp_path, start, accumulate=2, epochs=2))
    two = recipe(tmp_path, start, run=str(tmp_path / "two"), epochs=2)
    assert exit_codes(fork_ranks(main, 2, two)) == [0, 0]
    one, two = (read_log(tmp_path / name / "log.jsonl") for name in ("run", "two"))
    assert len(one) == len(two) == 4
    for name in ("loss", "preference_loss", "reward_margin", "reward_accuracy", "chosen_tokens", "grad_norm"):
        assert [entry[name] for entry in two] == pytest.approx([entry[name] for entry in one], rel=1e-4, abs=1e-5)


@pytest.mark.long
@pytest.mark.timeout(900)  # two processes that wait for each other on busy cores
def test_adapters_under_zero3_with_a_loss_in_chunks_are_one_process(tmp_path, start):
    """As train/dpo_math_32b.yaml: a frozen head, computed again in the backward pass while ZeRO-3 has it in pieces."""
    write_pairs(tmp_path / "pairs.parquet", [pair(number, number != 3) for number in range(1, 9)])
    lean = {"lora": {"rank": 4}, "gradient_checkpointing": True, "loss_chunks": 3, "learning_rate": 5e-3}
    main(recipe(tmp_path, start, accumulate=2, **lean))
    two = recipe(tmp_path, start, run=str(tmp_path / "two"), deepspeed="zero3", **lean)
    assert exit_codes(fork_ranks(main, 2, two)) == [0, 0]
    one, two = (read_log(tmp_path / name / "log.jsonl") for name in ("run", "two"))
    assert len(one) == len(two) == 2
    for name in ("loss", "reward_margin", "chosen_log_ratio"):
        assert [entry[name] for entry in two] == pytest.approx([entry[name] for entry in one], rel=1e-4, abs=1e-5)


def test_curves_and_hub_as_in_supervised_training(tmp_path, start, monkeypatch):
    pytest.importorskip("tensorboard", reason="tensorboard is not installed: pip install tensorboard")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    write_pairs(tmp_path / "pairs.parquet", [pair(1), pair(2)])
    settings = recipe(tmp_path, start, report_to=["tensorboard"], push_to_hub="somebody/geo")
    for _ in range(2):
        with pytest.raises(RedStarError, match=r"could not be pushed to somebody/geo.*it only pushes"):
            main(settings)
    main(settings.model_copy(update={"push_to_hub": None, "report_to": []}))
    written = EventAccumulator(str(tmp_path / "run" / "tensorboard"))
    written.Reload()
    (entry,) = read_log(tmp_path / "run" / "log.jsonl")
    (point,) = written.Scalars("train/reward_margin")
    assert (point.step, point.value) == (1, pytest.approx(entry["reward_margin"]))


def test_divergence_stops_with_its_reason(tmp_path, start):
    write_pairs(tmp_path / "pairs.parquet", [pair(number) for number in range(1, 9)])
    stops = {"patience": 2, "fall": 1e-4}
    with pytest.raises(TrainingDiverged, match=r"nats a token .* Raise beta, lower learning_rate, or give"):
        main(recipe(tmp_path, start, epochs=8, learning_rate=3e-2, stops=stops))


def test_a_second_start_remembers_how_long_right_answers_have_fallen(tmp_path, start):
    write_pairs(tmp_path / "pairs.parquet", [pair(number) for number in range(1, 9)])
    settings = recipe(
        tmp_path, start, epochs=8, learning_rate=3e-2, stops={"patience": 4, "fall": 1e-4}, checkpoint_steps=1
    )
    reasons = []
    for _ in range(2):
        with pytest.raises(TrainingDiverged) as stopped:
            main(settings)
        reasons.append(str(stopped.value).split(" (last")[0])
    assert reasons[0] == reasons[1]


@pytest.mark.parametrize(
    ("changes", "cause", "reason"),
    [
        ({"rejected": []}, "the rejected trace is missing", "trace missing"),
        ({"rejected": completion_messages("")}, "the rejected trace is missing", "trace missing"),
        ({"chosen": None}, "the chosen trace is missing", "trace missing"),
        ({"rejected": pair(1)["chosen"]}, "chosen and rejected are the same text", "chosen is rejected"),
        ({"images": [{"bytes": b"torn", "path": None}]}, "it is none of PNG", "unreadable image"),
        ({"images": [{"bytes": None, "path": None}]}, "it has no bytes", "unreadable image"),
    ],
)
def test_a_bad_pair_is_refused_or_dropped_and_counted(tmp_path, start, changes, cause, reason):
    file = write_pairs(tmp_path / "pairs.parquet", [pair(2), pair(1, **changes)])
    settings = recipe(tmp_path, start)
    with open_run(settings.run, settings.model_dump()) as run, pytest.raises(InputError, match=cause):
        prepare(settings, run)
    dropping = recipe(tmp_path, start, run=str(tmp_path / "dropping"), unfit="drop")
    with open_run(dropping.run, dropping.model_dump(), {str(start): "1", str(file): "2"}) as run:
        prepare(dropping, run)
        counts = run.manifest["counts"]["prepare"]
    assert (counts["in"], counts["out"], counts["rejected"]) == (2, 1, {reason: 1})


def test_a_pair_too_long_is_never_cut(tmp_path, start):
    write_pairs(tmp_path / "pairs.parquet", [pair(1), pair(2)])
    for changes in ({"max_tokens": 40}, {"pack": {"tokens": 150}}):
        settings = recipe(tmp_path, start, run=str(tmp_path / str(len(changes))), unfit="drop", **changes)
        with open_run(settings.run, settings.model_dump()) as run, pytest.raises(InputError, match="2 of 2 samples"):
            prepare(settings, run)
        shutil.rmtree(settings.run)


def test_a_check_tells_lengths_memory_and_bad_pairs_beforehand(tmp_path, start):
    write_pairs(tmp_path / "pairs.parquet", [pair(number) for number in range(1, 9)])
    report = Report("dpo", gpu_gib=8)
    look_into_preferences(recipe(tmp_path, start), report)
    assert not report.errors and report.plan is not None and report.plan.fits
    assert report.notes[0] == "data: 8 pairs, 8 of them looked at"
    write_pairs(tmp_path / "pairs.parquet", [pair(1), pair(2, rejected=pair(2)["chosen"])])
    for unfit in ("fail", "drop"):
        report = Report("dpo", gpu_gib=8)
        look_into_preferences(recipe(tmp_path, start, unfit=unfit), report)
        said = report.errors if unfit == "fail" else report.notes
        assert any("same text" in line or "chosen is rejected" in line for line in said)
        assert report.exit_code == (2 if unfit == "fail" else 0)


@pytest.mark.parametrize(
    ("write", "cause"),
    [
        (lambda path: None, "No file matches"),
        (lambda path: path.write_text("id,prompt\n"), "not a Parquet file"),
        (lambda path: write_problems(path, [problem(1)]), "missing: prompt, chosen, rejected"),
        (lambda path: write_pairs(path, []), "holds no pairs: no problem had both a right and a wrong trace"),
    ],
)
def test_data_without_pairs_is_refused_before_anything_is_made(tmp_path, start, write, cause):
    write(tmp_path / "pairs.parquet")
    with pytest.raises(InputError, match=cause):
        main(recipe(tmp_path, start))
    assert not (tmp_path / "run").exists()


def test_a_model_that_is_none_and_dropout_are_refused(tmp_path, start):
    write_pairs(tmp_path / "pairs.parquet", [pair(1)])
    with pytest.raises(InputError, match="no such folder"):
        main(recipe(tmp_path, tmp_path / "nowhere"))
    with pytest.raises(InputError, match="dropout must be 0"):
        recipe(tmp_path, start, lora={"dropout": 0.1})


def test_another_model_in_the_same_folder_is_not_gone_on_with(tmp_path, start):
    write_pairs(tmp_path / "pairs.parquet", [pair(1), pair(2)])
    own = tmp_path / "model"
    shutil.copytree(start, own)
    main(recipe(tmp_path, own))
    (own / "generation_config.json").write_text("{}")
    with pytest.raises(InputError, match="made with other inputs"):
        main(recipe(tmp_path, own))


def test_only_parts_with_a_rate_learn(tmp_path, start):
    write_pairs(tmp_path / "pairs.parquet", [pair(number) for number in range(1, 7)])
    main(recipe(tmp_path, start, learning_rate={"language": 1e-3}))
    before, after = load_file(start / "model.safetensors"), weights(tmp_path / "run")
    changed = {name for name in before if not torch.equal(before[name], after[name])}
    assert changed and not any("visual" in name for name in changed)


def test_a_text_model_learns_from_pairs_without_pictures_only(tmp_path):
    texts = [problem(number).question + trace(problem(number)) for number in range(20)]
    build_tiny(tmp_path / "text", texts, TinySize(**SIZE, family="qwen3"), seed=1)
    write_pairs(tmp_path / "pairs.parquet", [pair(number, with_picture=False) for number in range(1, 9)])
    main(recipe(tmp_path, tmp_path / "text", epochs=3, pack={"tokens": 400}))
    log = read_log(tmp_path / "run" / "log.jsonl")
    assert log[-1]["reward_margin"] > log[0]["reward_margin"]
    write_pairs(tmp_path / "pairs.parquet", [pair(1), pair(2)])
    with pytest.raises(InputError, match="1 images, 0 places for images in the prompt"):
        main(recipe(tmp_path, tmp_path / "text", run=str(tmp_path / "pictured")))
