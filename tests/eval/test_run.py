import hashlib
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from redstar_geo.cli import app
from redstar_geo.errors import DiskFull, InputError, RedStarError
from redstar_geo.eval.questions import of_file
from redstar_geo.eval.run import main
from redstar_geo.models.tiny import TinySize, build_tiny
from redstar_geo.recipe import check
from redstar_geo.recipes.evaluation import EvalRecipe
from redstar_geo.records import Image
from redstar_geo.report.page import percent
from redstar_geo.run import Counts, open_run
from redstar_geo.sources import builtin
from tests.teacher.conftest import serve  # noqa: F401
from tests.train.small import SIZE, problem, trace, write_export, write_problems

ROOT = Path(__file__).resolve().parents[2]
PROBLEMS = [problem(number, with_picture=number % 4 != 0) for number in range(1, 13)]


@pytest.fixture(scope="module")
def untrained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("untrained")
    build_tiny(folder, [each.question + trace(each) for each in PROBLEMS], TinySize(**SIZE), seed=0)
    return folder


def recipe_in(folder, model):
    path = write_problems(folder / "problems.parquet", PROBLEMS)

    def make(**changes):
        values = {"run": str(folder / "run"), "model": str(model), "problems": str(path), "dtype": "float32"}
        return check(EvalRecipe, values | {"max_new_tokens": 8, "batch_size": 5} | changes, "test")

    return make


@pytest.fixture
def recipe(tmp_path, untrained):
    return recipe_in(tmp_path, untrained)


@pytest.fixture(scope="module")
def whole(tmp_path_factory, untrained):
    """The folder and the recipe of a finished evaluation, and its scores."""
    folder = tmp_path_factory.mktemp("whole")
    of_all = recipe_in(folder, untrained)()
    return folder, of_all, main(of_all)


def items_of(tmp_path):
    return [json.loads(line) for line in (tmp_path / "run" / "items.jsonl").read_text().split("\n")[:-1]]


def test_an_untrained_model_is_scored_and_every_item_is_accounted_for(whole):
    folder, _, scores = whole
    items = items_of(folder)
    assert {item["id"] for item in items} == {each.id for each in PROBLEMS}
    assert scores["n"] == sum(scores["verdicts"].values()) == sum(scores["reasons"].values()) == len(PROBLEMS)
    assert scores["of_all"]["n"] == len(PROBLEMS) and scores["of_all"]["correct"] == 0
    assert scores["of_all"]["accuracy"] == 0.0 < scores["of_all"]["high"]
    assert scores["of_decided"]["n"] == len(PROBLEMS) - scores["verdicts"].get("undecided", 0)
    assert scores["truncated_share"] == sum(item["truncated"] for item in items) / len(PROBLEMS)
    assert sum(group["n"] for group in scores["by_family"].values()) == len(PROBLEMS)
    assert sum(group["n"] for group in scores["by_difficulty"].values()) == len(PROBLEMS)
    assert set(scores["by_family"]) == {"angle sum", "other"}
    assert all(item["tokens"] == 8 for item in items if item["truncated"])


def test_a_batch_answers_as_one_at_a_time_does(tmp_path, recipe, whole):
    batched = {item["id"]: item["response"] for item in items_of(whole[0])}
    main(recipe(batch_size=1))
    assert {item["id"]: item["response"] for item in items_of(tmp_path)} == batched


def test_a_kill_resumes_after_the_last_whole_line(whole):
    folder, recipe, scores = whole
    path, manifest = folder / "run" / "items.jsonl", folder / "run" / "run.json"
    items = items_of(folder)
    manifest.write_text(_unfinished(manifest))
    lines = path.read_text().split("\n")
    path.write_text("\n".join([*lines[:7], lines[7][: len(lines[7]) // 2]]))
    again = main(recipe)
    resumed = items_of(folder)
    assert resumed[:7] == items[:7]
    assert {item["id"] for item in resumed} == {item["id"] for item in items} and len(resumed) == len(items)
    assert again["verdicts"] == scores["verdicts"]
    stamp = path.stat().st_mtime_ns
    assert main(recipe) == again
    assert path.stat().st_mtime_ns == stamp


def _unfinished(path):
    manifest = json.loads(path.read_text())
    del manifest["counts"]["evaluate"]
    return json.dumps(manifest)


def test_limit_takes_the_same_problems_for_the_same_seed(recipe):
    first, again, other = (of_file(recipe(limit=4, seed=seed), Path(recipe().problems)) for seed in (1, 1, 2))
    assert len(first.problems) == 4 and first.rejected == {"over_the_limit": len(PROBLEMS) - 4}
    assert first.problems == again.problems != other.problems


def test_another_model_at_the_same_path_is_refused(tmp_path, recipe, untrained):
    folder = tmp_path / "model"
    build_tiny(folder, ["abc"], TinySize(**SIZE), seed=1)
    main(recipe(model=str(folder), limit=1))
    build_tiny(folder, ["abc"], TinySize(**SIZE), seed=2)
    with pytest.raises(InputError, match="other inputs"):
        main(recipe(model=str(folder), limit=1))


def test_what_cannot_be_read_is_named(tmp_path, recipe):
    with pytest.raises(InputError, match="nowhere"):
        main(recipe(problems=str(tmp_path / "nowhere.parquet")))
    with pytest.raises(InputError, match="cannot be read as problems"):
        main(recipe(problems=str(write_export(tmp_path / "export.parquet", PROBLEMS))))
    with pytest.raises(InputError, match="no problems"):
        main(recipe(problems=str(write_problems(tmp_path / "empty.parquet", []))))
    with pytest.raises(InputError, match="missing'"):
        main(recipe(model=str(tmp_path / "missing")))


def test_what_does_not_fit_together_is_refused(recipe):
    for changes, message in (
        ({"samples": 2}, "2 times the same answer"),
        ({"samples": 2, "temperature": 1.0, "k": [1, 4]}, r"k=\[4\] needs as many samples"),
        ({"benchmarks": ["gsm8k"]}, "either problems"),
        ({"paths": {"gsm8k": "x"}}, "paths are local copies"),
    ):
        with pytest.raises(InputError, match=message):
            recipe(**changes)


def test_a_picture_that_cannot_be_opened_is_counted_and_not_asked(tmp_path, recipe):
    broken = replace(PROBLEMS[0], id="small/broken", images=(Image.of(b"no picture"),))
    path = write_problems(tmp_path / "some.parquet", [*PROBLEMS[:3], broken])
    scores = main(recipe(problems=str(path)))
    assert scores["n"] == 3 and scores["rejected"] == {"picture_unreadable": 1}
    assert "picture unreadable 1" in (tmp_path / "run" / "report.html").read_text()


def test_ranks_share_the_work_and_the_last_one_scores(tmp_path, recipe, monkeypatch, whole):
    monkeypatch.setenv("WORLD_SIZE", "2")
    monkeypatch.setenv("RANK", "1")
    left = main(recipe())["missing"]["problems"]
    assert 0 < left < len(PROBLEMS) and not (tmp_path / "run" / "scores.json").exists()
    monkeypatch.setenv("RANK", "0")
    assert main(recipe())["n"] == len(PROBLEMS)
    timeless = [[{**item, "seconds": 0} for item in items_of(folder)] for folder in (tmp_path, whole[0])]
    assert timeless[0] == timeless[1]
    assert not list((tmp_path / "run").glob("items.*.jsonl"))


@pytest.mark.long
def test_killed_again_and_again_the_report_is_the_same(tmp_path, recipe):
    values = recipe(run="run", samples=2, temperature=1.0, k=[1, 2], batch_size=1).model_dump()
    (tmp_path / "recipe.json").write_text(json.dumps(values))
    command = [sys.executable, "-m", "tests.eval.killed", str(tmp_path / "recipe.json"), "6"]
    environment = {"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", "HOME": str(tmp_path)}
    ended = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr
    calm, killed = tmp_path / "calm" / "run", tmp_path / "killed" / "run"
    for name in ("report.html", "report.md", "recipe.yaml"):
        assert (calm / name).read_bytes() == (killed / name).read_bytes()
    scores = [json.loads((folder / "scores.json").read_text()) | {"seconds": 0} for folder in (calm, killed)]
    assert scores[0] == scores[1]
    assert scores[0]["attempts"] == 2 * len(PROBLEMS) == len((killed / "items.jsonl").read_text().splitlines())


@pytest.mark.parametrize("size", ["4k", "24k", "64k"])
def test_on_a_full_disk_it_stops_in_a_paragraph_and_goes_on_when_there_is_room(size, small_disk, recipe, whole):
    of_all = recipe(run=str(small_disk(size) / "run"))
    with pytest.raises(DiskFull, match=r"The disk of .*/run is full .*make room"):
        main(of_all)
    small_disk("64m")
    assert main(of_all) | {"seconds": 0} == whole[2] | {"seconds": 0}


def test_a_folder_that_may_not_be_written_to_is_named(small_disk, recipe):
    disk = small_disk("64m")
    fresh, finished = recipe(run=str(disk / "fresh")), recipe(run=str(disk / "finished"))
    scores = main(finished)
    small_disk("64m,ro")
    for of_all in (fresh, finished):
        with pytest.raises(InputError, match=r"Run folder .* cannot be made or written to .*Read-only file system"):
            main(of_all)
    small_disk("64m,rw")
    assert main(finished) == scores


def test_the_command_ends_with_its_table_and_the_path_of_its_report(tmp_path, recipe):
    settings = recipe()
    scores = main(settings)
    (tmp_path / "recipe.yaml").write_text(yaml.safe_dump(settings.model_dump()))
    printed = CliRunner().invoke(app, ["eval", str(tmp_path / "recipe.yaml"), "-q"], env={"COLUMNS": "200"})
    printed = printed.stdout.splitlines()
    row, looked = [[cell.strip() for cell in line.strip("│").split("│")] for line in printed if line.startswith("│")]
    assert row[0] == "problems" and row[-1] == str(len(PROBLEMS))
    assert looked[-1] == str(scores["looks"]["problems"])
    assert row[1] == percent(scores["of_all"]["accuracy"]) and row[3] == percent(scores["truncated_share"])
    assert printed[-1] == f"Report: {settings.run}/report.html"


def own_benchmark(folder, name, problems, **changes):
    path = write_problems(folder / f"{name}.parquet", problems)
    values = {"title": name, "source": {"kind": "problems", "path": str(path)}, "protocol": "as_given", "citation": "x"}
    file = folder / f"{name}.yaml"
    file.write_text(yaml.safe_dump(values | changes))
    return str(file)


def test_benchmarks_have_folders_of_their_own_and_what_they_share_is_told(tmp_path, recipe):
    first = own_benchmark(tmp_path, "first", PROBLEMS[:6], category="family", items=7)
    second = own_benchmark(tmp_path, "second", PROBLEMS[4:])
    taught = tmp_path / "taught"
    with open_run(taught, {}) as run:
        write_problems(run.path("problems.parquet"), PROBLEMS[:2])
        run.finish("collect", Counts(in_=2, out=2))
    scores = main(recipe(problems=None, benchmarks=[first, second], training=str(taught)))
    assert {name: one["n"] for name, one in scores["benchmarks"].items()} == {"first": 6, "second": 8}
    (shared,) = scores["between_benchmarks"]
    assert shared["ids"] == ["small/5", "small/6"]
    seen = scores["in_training"]["first"]
    assert seen["ids"] == ["small/1", "small/2"] and seen["score_without"]["n"] == 4
    assert scores["in_training"]["second"]["by_text"] == {}
    table = (tmp_path / "run" / "report.md").read_text()
    assert "| first |" in table and "6 of 7" in table and "first in training | 2 of 6" in table
    manifest = json.loads((tmp_path / "run" / "first" / "run.json").read_text())
    path = tmp_path / "run" / "first" / "problems.parquet"
    assert manifest["inputs"][str(path)] == hashlib.sha256(path.read_bytes()).hexdigest()
    command = json.loads((tmp_path / "run" / "run.json").read_text())["counts"]["evaluate"]["command"]
    again = yaml.safe_load(Path(command.split()[2]).read_text())
    assert check(EvalRecipe, again, "again") == recipe(problems=None, benchmarks=[first, second], training=str(taught))


def test_a_benchmark_without_its_split_or_items_is_named(tmp_path, recipe):
    lines = tmp_path / "gsm" / "train.jsonl"
    lines.parent.mkdir()
    lines.write_text(json.dumps({"question": "What is 1 + 1?", "answer": "1 + 1 = 2\n#### 2"}) + "\n")
    with pytest.raises(InputError, match="test"):
        main(recipe(problems=None, benchmarks=["gsm8k"], paths={"gsm8k": str(lines.parent)}))
    (lines.parent / "test.jsonl").write_text(lines.read_text())  # the mended copy, and the same folder goes on
    assert (
        main(recipe(problems=None, benchmarks=["gsm8k"], paths={"gsm8k": str(lines.parent)}))["benchmarks"]["gsm8k"][
            "n"
        ]
        == 1
    )
    with pytest.raises(InputError, match="other_protocol"):
        own = own_benchmark(tmp_path, "choices", PROBLEMS, protocol="choices")
        main(recipe(run=str(tmp_path / "other"), problems=None, benchmarks=[own]))


def test_best_of_n_by_the_step_judge_where_proofs_are_known(tmp_path, recipe):
    path = write_problems(tmp_path / "built.parquet", list(builtin.problems([], 3, seed=0, difficulty=[1])))
    scores = main(recipe(problems=str(path), samples=2, temperature=1.0, k=[1, 2]))
    assert scores["reasoning"]["n"] == 6 and scores["best_of"].keys() == {"2"}
    found = {name: each["value"] for name, each in scores["best_of"]["2"].items()}
    assert scores["best_of"]["2"]["best_of"]["n"] == 3 == scores["pass_at"]["2"]["n"]
    assert found["over_maj"] == pytest.approx(found["best_of"] - found["maj"])


def test_an_endpoint_that_dies_half_way_is_gone_on_with_at_another_address(tmp_path, recipe, serve):  # noqa: F811
    asked = [replace(each, question=f"gold={each.answer}; {each.question}", images=()) for each in PROBLEMS]
    path = write_problems(tmp_path / "asked.parquet", asked)

    def at(url, **patience):
        endpoint = {"servers": [{"url": url, "start": 2, "most": 2}], "attempts": 3, **patience}
        return recipe(problems=str(path), model="teacher", endpoint=endpoint)

    with pytest.raises(RedStarError):
        main(at(serve(latency_s=0.2, dead=(0.5, 1000.0)), give_up_s=0.5))
    kept = items_of(tmp_path)
    assert 0 < len(kept) < len(PROBLEMS)
    scores = main(at(serve()))
    assert scores["n"] == scores["of_all"]["correct"] == len(PROBLEMS)
    assert [item for item in items_of(tmp_path) if item["id"] in {each["id"] for each in kept}] == sorted(
        kept, key=lambda item: [each.id for each in asked].index(item["id"])
    )
