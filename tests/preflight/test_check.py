"""A check finds every error of a recipe, its data and its model before anything is loaded, and fetches nothing."""

from __future__ import annotations

import json
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Literal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from redstar_geo.models.tiny import TinySize, build_tiny
from redstar_geo.preflight.check import check
from redstar_geo.preflight.report import Report
from redstar_geo.preflight.training import look_into_training
from redstar_geo.records import Image as Picture
from redstar_geo.trainer.recipe import SftRecipe
from tests.train.small import SCHEMA, SIZE, problem, trace, write_export, write_problems

PROBLEMS = [problem(number) for number in range(12)]
HALF = {"dtype": "bfloat16", "bfloat16_updates": "stochastic_rounding"}


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("model")
    texts = [each.question + trace(each) for each in PROBLEMS]
    build_tiny(folder, texts, TinySize.model_validate(SIZE), seed=0)
    return folder


def sft(folder: Path, model: str | Path, **changes: Any) -> Report:
    recipe = folder / "recipe.yaml"
    recipe.write_text("method: sft\nepochs: 1\npack: {tokens: 2048}\nlearning_rate: 0.001\n")
    if not (folder / "train.parquet").exists():
        write_export(folder / "train.parquet", PROBLEMS)
    values = {"data": folder / "train.parquet", "model": model, "run": folder / "run", **changes}
    return check(str(recipe), [f"{key}={value}" for key, value in values.items()])


def rewritten(folder: Path, **columns: list[Any]) -> Path:
    """The export with some columns replaced."""
    path = write_export(folder / "train.parquet", PROBLEMS)
    rows = pq.read_table(path).to_pylist()
    for name, values in columns.items():
        for row, value in zip(rows, values, strict=False):
            row[name] = value
    pq.write_table(pa.Table.from_pylist(rows, schema=SCHEMA), path)
    return path


def test_a_good_training_has_no_error_and_a_plan(tmp_path: Path, model: Path) -> None:
    report = sft(tmp_path, model)
    assert report.errors == report.unchecked == []
    assert report.exit_code == 0
    assert report.plan is not None and report.plan.fits
    assert report.plan.parameters[0].part == "vision"


def test_all_errors_of_a_recipe_at_once(tmp_path: Path, model: Path) -> None:
    report = sft(tmp_path, model, epoch=3, learning_rate="fast")
    assert report.exit_code == 2
    assert len(report.errors) == 2
    assert "Did you mean 'epochs'?" in report.errors[0] and report.errors[1].startswith("learning_rate: 'fast'")
    assert list(report.lines())[-1].endswith("2 errors")


def test_a_slip_below_the_learning_rate_is_one_error(tmp_path: Path, model: Path) -> None:
    report = sft(tmp_path, model, learning_rate="{visoin: 1.0e-5, language: 1.0e-5}")
    assert report.errors == ["learning_rate.visoin: unknown key. Did you mean 'vision'?"]


@pytest.mark.long
def test_broken_pictures_and_empty_completions_are_both_reported(tmp_path: Path, model: Path) -> None:
    broken = [[{"bytes": b"no picture", "path": None}], [{"bytes": None, "path": None}]]
    empty = [None, None, [{"role": "assistant", "content": ""}]]
    rows = pq.read_table(write_export(tmp_path / "train.parquet", PROBLEMS)).column("completion").to_pylist()
    rewritten(tmp_path, images=broken, completion=[*rows[:2], empty[2]])
    report = sft(tmp_path, model)
    assert "3 of 12 samples cannot be trained on: sample 'small/0#0'" in report.errors[0]
    assert "sample 'small/2#0': the completion is empty" in report.errors[0]
    elsewhere = sft(tmp_path, "Qwen/Qwen2.5-VL-7B-Instruct")  # no model here to encode with
    assert any("2 of 12 pictures cannot be read: small/0#0" in error for error in elsewhere.errors)
    assert any("1 of 12 samples lack a completion" in error for error in elsewhere.errors)


def test_a_half_written_picture_is_found(tmp_path: Path, model: Path) -> None:
    whole = BytesIO()
    Image.effect_noise((64, 64), 50).save(whole, "PNG")
    half = whole.getvalue()[: len(whole.getvalue()) // 2]
    rewritten(tmp_path, images=[[{"bytes": half, "path": None}]])
    assert any("1 of 12 samples cannot be trained on" in error for error in sft(tmp_path, model).errors)


@pytest.mark.parametrize("unfit", ["fail", "drop"])
def test_too_long_samples_are_counted_and_an_error_if_there_are_no_others(
    tmp_path: Path, model: Path, unfit: Literal["fail", "drop"]
) -> None:
    assert "12 of 12 samples cannot be trained on" in sft(tmp_path, model, max_tokens=20, unfit=unfit).errors[0]
    rewritten(tmp_path, completion=[[{"role": "assistant", "content": trace(PROBLEMS[0]) * 200}]])
    report = sft(tmp_path, model, max_tokens=1000, unfit=unfit)
    said = report.errors if unfit == "fail" else report.notes
    assert any("1 of 12 samples" in each or "of 12 samples looked at: {'too long': 1}" in each for each in said)
    assert (report.exit_code == 2) == (unfit == "fail")


@pytest.mark.parametrize("unfit", ["fail", "drop"])
def test_pictures_of_more_patches_than_a_row_are_counted_or_an_error(
    tmp_path: Path, model: Path, unfit: Literal["fail", "drop"]
) -> None:
    rewritten(tmp_path, images=[[] for _ in PROBLEMS[1:]])
    texts = [{"role": "user", "content": "How long is AB?"}]
    path = tmp_path / "train.parquet"
    rows = pq.read_table(path).to_pylist()
    rows = [row | ({} if row["images"] else {"prompt": texts}) for row in rows]
    pq.write_table(pa.Table.from_pylist(rows, schema=SCHEMA), path)
    report = sft(tmp_path, model, unfit=unfit, **{"pack.patches": 4})
    said = "\n".join([*report.errors, *report.notes])
    assert ("pack.patches=4" in said) == (unfit == "fail") and ("'too many patches': 1" in said) == (unfit == "drop")
    assert report.exit_code == (2 if unfit == "fail" else 0)


def test_no_file_wrong_columns_and_no_parquet(tmp_path: Path, model: Path) -> None:
    assert "No file matches" in sft(tmp_path, model, data=tmp_path / "*.nothing").errors[0]
    problems = write_problems(tmp_path / "problems.parquet", PROBLEMS)
    assert "missing: prompt, completion" in sft(tmp_path, model, data=problems).errors[0]
    text = tmp_path / "text.parquet"
    text.write_text("no")
    assert "not a Parquet file" in sft(tmp_path, model, data=text).errors[0]
    pq.write_table(pa.table({"id": ["a"], "prompt": ["b"], "completion": ["c"], "images": ["d"]}), text)
    assert "another form" in sft(tmp_path, model, data=text).errors[0]


@pytest.mark.long
def test_a_model_that_is_not_here_is_not_fetched_and_a_known_one_is_planned(tmp_path: Path) -> None:
    report = sft(tmp_path, "Qwen/Qwen2.5-VL-7B-Instruct", gradient_checkpointing=True, loss_chunks=8, **HALF)
    assert any("not on this machine" in each for each in report.unchecked)
    assert report.plan is not None
    assert sum(each.number for each in report.plan.parameters) > 8e9
    assert "memory of the vision part" in "".join(report.unchecked)
    unknown = sft(tmp_path, "somebody/some-model")
    assert unknown.plan is None
    assert any("sizes of somebody/some-model" in each for each in unknown.unchecked)


def test_bfloat16_weights_that_would_not_learn_are_an_error(tmp_path: Path, model: Path) -> None:
    (error,) = sft(tmp_path, model, dtype="bfloat16").errors
    assert "weights above 0.01 would not move" in error
    assert sft(tmp_path, model, **HALF).errors == []


def test_offloading_is_compared_with_what_all_ranks_of_this_machine_need(
    tmp_path: Path, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    export = str(write_export(tmp_path / "train.parquet", PROBLEMS))
    values: dict[str, Any] = {"method": "sft", "run": "run", "data": export, "model": str(model), "epochs": 1}
    recipe = SftRecipe(**values, learning_rate=1e-3, pack={"tokens": 2048}, deepspeed="zero3_offload")

    def looked(memory: float, gpus_here: int) -> list[str]:
        monkeypatch.setattr("psutil.virtual_memory", lambda: SimpleNamespace(total=int(memory)))
        monkeypatch.setattr("torch.cuda.device_count", lambda: gpus_here)
        report = Report("recipe", gpus=8, gpu_gib=80)
        look_into_training(recipe, report)
        assert report.plan is not None
        return report.errors

    report = Report("recipe", gpus=8, gpu_gib=80)
    look_into_training(recipe, report)
    assert report.plan is not None
    of_all = report.plan.host_needs
    assert of_all == 8 * sum(report.plan.host.values())
    assert "for all ranks of this machine" in looked(of_all / 2, gpus_here=8)[0]  # a rank alone would fit
    assert looked(of_all * 2, gpus_here=8) == looked(of_all / 2, gpus_here=0) == [], "planned for another machine"


def test_what_does_not_fit_is_an_error_with_advice(tmp_path: Path, model: Path) -> None:
    recipe = SftRecipe(
        method="sft",
        run=str(tmp_path),
        data=str(write_export(tmp_path / "train.parquet", PROBLEMS)),
        model=str(model),
        epochs=1,
        learning_rate=1e-3,
        pack={"tokens": 2048},
    )
    report = Report("recipe", gpu_gib=0.01)
    look_into_training(recipe, report)
    assert "does not fit" in report.errors[0]
    assert report.plan is not None and report.plan.advice


def on_a_small_laptop(monkeypatch: pytest.MonkeyPatch) -> None:
    """10 MiB and no GPU."""
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    for module in ("models.memory", "preflight.report"):
        monkeypatch.setattr(f"redstar_geo.{module}.device_bytes", lambda: 10 * 2**20)


def test_without_a_gpu_the_host_is_the_device(tmp_path: Path, model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    on_a_small_laptop(monkeypatch)
    report = sft(tmp_path, model, deepspeed="zero3_offload")
    assert report.plan is not None and not report.plan.fits
    assert report.plan.host == {} and report.plan.device["optimizer states"] > 0
    lines = list(report.lines())
    first = next(line for line in lines if line.startswith("memory"))
    assert "no GPU, 0.00977 GiB" in first and "--gpus 8 --gpu-gib 80 plans for others" in first
    assert "GiB" in lines[lines.index(first) + 1]  # the lines of the plan come right after
    assert [each.change for each in report.plan.advice if "LoRA" in each.change]
    assert not any(word in line for line in lines for word in ("offload", "ZeRO-3 over", "QLoRA", "8-bit"))


def test_a_machine_that_is_named_is_planned_whatever_this_one_is(tmp_path: Path, model: Path) -> None:
    values: dict[str, Any] = {
        "method": "sft",
        "run": "run",
        "data": str(write_export(tmp_path / "train.parquet", PROBLEMS)),
    }
    values |= {"model": str(model), "epochs": 1, "learning_rate": 1e-3, "pack": {"tokens": 2048}}
    report = Report("recipe", gpus=2, gpu_gib=80)
    look_into_training(SftRecipe(**values, deepspeed="zero3_offload"), report)
    assert report.plan is not None and report.plan.host["optimizer states"] > 0
    assert report.notes[-1] == "memory a GPU, planned for 2 GPUs of 80 GiB:"


def test_weights_of_4_bits_under_zero3_are_an_error(tmp_path: Path, model: Path) -> None:
    changes = {"deepspeed": "zero3", "lora": "{quantise: true}", "dtype": "bfloat16"}
    assert [error for error in sft(tmp_path, model, **changes).errors if "ZeRO-3, which cannot share" in error]
    assert not [error for error in sft(tmp_path, model, **changes | {"deepspeed": "zero2"}).errors if "share" in error]


def test_ranks_that_cannot_share_rows_are_an_error_before_they_start(tmp_path: Path, model: Path) -> None:
    (refused,) = sft(tmp_path, model, sequence_parallel_size=2).errors
    assert refused.startswith("sequence_parallel_size is 2, but 1 processes cannot be divided")
    values = {"method": "sft", "run": "run", "data": str(tmp_path / "train.parquet"), "model": str(model), "epochs": 1}
    recipe = SftRecipe(**values, learning_rate=1e-3, pack={"tokens": 2048}, sequence_parallel_size=2)
    report = Report("recipe", gpus=4, gpu_gib=80)
    look_into_training(recipe, report)
    assert report.errors == []
    assert report.plan is not None and "messages between the ranks of a row" in report.plan.device


def test_a_model_of_text_has_no_vision_part_to_speak_of(tmp_path: Path) -> None:
    texts = [each.question + trace(each) for each in PROBLEMS]
    build_tiny(tmp_path / "text", texts, TinySize.model_validate(SIZE | {"family": "qwen2"}), seed=0)
    write_export(tmp_path / "train.parquet", [problem(number, with_picture=False) for number in range(12)])
    report = sft(tmp_path, tmp_path / "text")
    assert report.errors == report.unchecked == [] and report.plan is not None
    assert not any("vision" in line for line in report.lines())
    named = sft(tmp_path, tmp_path / "text", learning_rate="{vision: 1.0e-5, language: 1.0e-5}")
    assert any("vision is frozen" in note for note in named.notes)


def test_an_adapter_or_a_base_that_is_not_there(tmp_path: Path, model: Path) -> None:
    report = check("train/merge.yaml", [f"adapter={tmp_path}", "model=runs/first/model"])
    assert f"{tmp_path} is not a LoRA adapter" in report.errors[0] and "is no folder here" in report.errors[1]
    for name in ("adapter_config.json", "adapter_model.safetensors"):
        (tmp_path / name).touch()
    assert check("train/merge.yaml", [f"adapter={tmp_path}", f"model={model}"]).errors == []


def copied(model: Path, folder: Path) -> Path:
    """The model once more, to be changed."""
    folder.mkdir()
    for file in model.iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    return folder


def test_a_template_that_leaves_no_room_for_reasoning(tmp_path: Path, model: Path) -> None:
    foreign = copied(model, tmp_path / "foreign")
    template = foreign / "chat_template.jinja"
    opening = "<|im_start|>assistant\\n"
    text = template.read_text()
    assert opening in text
    template.write_text(text.replace(opening, opening + "<think></think>"))
    assert any("no reasoning" in error for error in sft(tmp_path, foreign).errors)


def test_a_tokenizer_of_another_model(tmp_path: Path, model: Path) -> None:
    foreign = copied(model, tmp_path / "foreign")
    values = json.loads((foreign / "config.json").read_text())
    values["text_config"]["vocab_size"] = 100
    (foreign / "config.json").write_text(json.dumps(values))
    assert any("embeddings for 100" in error for error in sft(tmp_path, foreign).errors)


def test_sources_of_a_data_recipe(tmp_path: Path) -> None:
    problems = write_problems(tmp_path / "problems.parquet", PROBLEMS)
    recipe = tmp_path / "data.yaml"
    recipe.write_text("source: {kind: problems, path: nowhere.parquet}\n")
    assert "nowhere.parquet" in check(str(recipe), []).errors[0]
    assert check(str(recipe), [f"source.path={problems}"]).errors == []
    hub = check(str(recipe), ["source={kind: geoqa}"])
    assert hub.errors == [] and "hub" in hub.unchecked[0]


def test_a_folder_of_a_model_that_is_not_there_is_an_error_and_no_name_of_the_hub(tmp_path: Path) -> None:
    for name in ("runs/sft/model", "./model", "/nowhere/model", "my model"):
        report = sft(tmp_path, name)
        assert any(f"Model {name!r} is no folder here" in error for error in report.errors)
        assert not any("hub is not asked" in each for each in report.unchecked)


def test_the_teacher_of_a_data_recipe(tmp_path: Path, model: Path) -> None:
    problems = write_problems(tmp_path / "problems.parquet", PROBLEMS)
    recipe = tmp_path / "data.yaml"
    recipe.write_text(f"source: {{kind: problems, path: {problems}}}\nteacher: {{kind: local, model: {model}}}\n")
    report = check(str(recipe), [])
    assert report.errors == report.unchecked == []
    missing = check(str(recipe), ["teacher.model=runs/first/model"])
    assert len(missing.errors) == 1 and "'runs/first/model' is no folder here" in missing.errors[0]
    asked = "teacher={kind: endpoint, model: some, servers: [{url: 'http://localhost:1/v1'}]}"
    assert check(str(recipe), [asked]).unchecked == ["teacher some: its servers are not asked"]


def test_what_a_data_recipe_reads_beside_its_sources(tmp_path: Path) -> None:
    problems = write_problems(tmp_path / "problems.parquet", PROBLEMS)
    recipe = tmp_path / "data.yaml"
    recipe.write_text(f"source: {{kind: problems, path: {problems}}}\n")
    changes = [
        "prompts.benchmarks.one={kind: problems, path: nowhere.parquet}",
        "prompts.benchmarks.two={kind: gsm8k}",
        "difficulty={by: pass_rate, run: runs/none}",
    ]
    report = check(str(recipe), changes)
    said = "\n".join(report.errors)
    assert len(report.errors) == 2 and "nowhere.parquet" in said and "runs/none has no pass_rates.parquet" in said
    assert len(report.unchecked) == 1 and "prompts.benchmarks.two" in report.unchecked[0]


def test_benchmarks_that_cannot_be_read(tmp_path: Path, model: Path) -> None:
    recipe = tmp_path / "eval.yaml"
    server = "servers: [{url: 'http://localhost:1/v1'}]"
    recipe.write_text(f"model: {model}\nbenchmarks: [judged, league, gsm8k]\n")
    report = check(str(recipe), ["paths.gsm=here"])
    said = "\n".join(report.errors)
    for missing in ("paths.hellobench is missing", "paths.sedareval is missing", "judge is missing", "['gsm']"):
        assert missing in said
    later = (
        "the problems of league (not on the hub: give paths.league), gsm8k: they are read when the evaluation starts"
    )
    assert report.unchecked == [later]
    changes = ["benchmarks=[hellobench]", f"paths.hellobench={tmp_path}", f"judge={{model: j, endpoint: {{{server}}}}}"]
    report = check(str(recipe), changes)
    assert report.errors == [] and report.unchecked[0] == "the judge of hellobench: its servers are not asked"


def test_an_evaluation_with_a_broken_picture(tmp_path: Path, model: Path) -> None:
    recipe = tmp_path / "eval.yaml"
    problems = write_problems(tmp_path / "problems.parquet", PROBLEMS)
    recipe.write_text(f"model: {model}\nproblems: {problems}\n")
    assert check(str(recipe), []).errors == []
    assert "cannot be read" in check(str(recipe), [f"problems={recipe}"]).errors[0]
    assert "is not there" in check(str(recipe), ["problems=nowhere.parquet"]).errors[0]
    bad = replace(PROBLEMS[0], images=(Picture.of(b"no picture"),))
    broken = write_problems(tmp_path / "broken.parquet", [bad, *PROBLEMS[1:]])
    assert "1 of 12 pictures of" in check(str(recipe), [f"problems={broken}"]).errors[0]


def test_the_report_says_everything(tmp_path: Path, model: Path) -> None:
    lines = "\n".join(sft(tmp_path, model).lines())
    assert "GiB" in lines and "fits" in lines and "no errors" in lines
