"""The maths pipeline on rows like GSM8K's and Omni-MATH's, with a scripted teacher behind a real server."""

from __future__ import annotations

import json
import random
import shutil
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from datasets import load_dataset

from redstar_geo import recipe as recipes
from redstar_geo.data_prep.pipeline import main
from redstar_geo.errors import InputError
from redstar_geo.recipes.data import DataRecipe
from redstar_geo.records import Problem, Trace, read
from redstar_geo.run import read_manifest
from redstar_geo.sources import catalogue
from tests.bench.overlap_text import question
from tests.difficulty.small import questions
from tests.sources.small import jsonl
from tests.teacher.conftest import servers


def written(folder: Path) -> tuple[Path, Path]:
    """Forty stories in the schema of GSM8K and sixty questions of four levels in that of Omni-MATH."""
    chance = random.Random(0)
    stories = []
    for number in range(40):
        amount = chance.randrange(2, 900)
        reasoning = f"That is {amount} + {number} = <<{amount}+{number}={amount + number}>>{amount + number}."
        stories.append({"question": question(chance), "answer": f"{reasoning}\n#### {amount + number}"})
    contest = [
        {
            "domain": ["Mathematics -> Algebra"],
            "difficulty": each.level,
            "problem": each.question,
            "solution": f"It is $\\boxed{{{number}}}$.",
            "answer": str(number),
            "source": each.origin,
        }
        for number, each in enumerate(questions(60, seed=2))
    ]
    return jsonl(folder / "gsm8k" / "train.jsonl", stories), jsonl(folder / "omni_math" / "test.jsonl", contest)


def values(run: Path, url: str) -> dict[str, Any]:
    gsm8k, omni_math = written(run.parent)
    return {
        "run": str(run),
        "sources": {
            "gsm8k": {"kind": "gsm8k", "path": str(gsm8k)},
            "omni_math": {"kind": "omni_math", "path": str(omni_math)},
        },
        "difficulty": {"by": "text", "labelled": {"omni": {"kind": "omni_math", "path": str(omni_math)}}},
        "prompts": {
            "difficulty": [1, 7.5],
            "benchmarks": {"exam": {"kind": "gsm8k", "path": str(gsm8k), "limit": 5}},
        },
        "teacher": {
            "kind": "endpoint",
            "model": "teacher",
            "servers": [{"url": url}],
            "sampling": {"fixed": 3, "by_difficulty": {5: 6}},
        },
        "filters": {},
        "select": {"per_problem": 2, "choose": "diverse"},
    }


def load(**changes: Any) -> DataRecipe:
    return recipes.check(DataRecipe, {"workers": 1} | changes, "test")


@pytest.fixture(scope="module")
def curated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("maths")
    loaded = load(**values(folder / "run", "http://unused"))
    items = [item for source in loaded.named_sources.values() for item in catalogue.read(source)]
    golds = {item.question: item.answer for item in items if isinstance(item, Problem)}
    (folder / "golds.json").write_text(json.dumps(golds))
    with servers() as start:
        main(load(**values(folder / "run", start(golds=str(folder / "golds.json")))))
    return folder / "run"


def test_counts_add_up_through_all_stages(curated: Path) -> None:
    counts = read_manifest(curated)["counts"]
    assert list(counts) == ["collect", "score", "screen", "sample", "verify", "filter", "select", "prompts"]
    for stage, count in counts.items():
        assert count["in"] == count["out"] + sum(count["rejected"].values()) + count["pending"], stage
    assert counts["collect"]["in"] == 100 and counts["collect"]["rejected"] == {"asks_for_a_proof": 3}
    assert counts["collect"]["out"] == counts["score"]["in"] == counts["screen"]["in"]
    assert counts["screen"]["rejected"]["in a benchmark, by text"] == 5
    assert counts["verify"]["in"] == counts["filter"]["in"] == counts["select"]["in"] == counts["sample"]["out"]
    assert counts["prompts"]["in"] == counts["screen"]["out"]
    assert {"loop at the end", "no final answer"} <= counts["filter"]["rejected"].keys()


def test_harder_prompts_were_asked_more_often(curated: Path) -> None:
    prompts = [row for row in pq.read_table(curated / "prompts.parquet").to_pylist() if row["reason"] is None]
    rates = {row["problem_id"]: row["samples"] for row in pq.read_table(curated / "pass_rates.parquet").to_pylist()}
    assert {rates[row["problem_id"]] for row in prompts if row["difficulty"] >= 5} == {6}
    assert {rates[row["problem_id"]] for row in prompts if row["difficulty"] < 5} == {3}
    assert all(1 <= row["difficulty"] <= 7.5 and row["difficulty_by"] for row in prompts)


def test_only_fit_right_traces_are_taught_and_pairs_are_right_against_wrong(curated: Path) -> None:
    verdicts = {(t.problem_id, t.sample): t.verdict for t in read(Trace, curated / "traces.parquet")}
    unfit = {
        (row["problem_id"], row["sample"])
        for row in pq.read_table(curated / "filters.parquet").to_pylist()
        if row["reason"] is not None
    }
    taught = load_dataset("parquet", data_files=str(curated / "sft/train.parquet"), split="train")
    keys = [(key, int(sample)) for key, _, sample in (row.rpartition("#") for row in taught["id"])]
    assert len(keys) == read_manifest(curated)["counts"]["select"]["out"] > 50
    assert all(verdicts[key].status == "correct" for key in keys) and not unfit & set(keys)
    assert max(sum(other[0] == key[0] for other in keys) for key in keys) <= 2
    pairs = load_dataset("parquet", data_files=str(curated / "pairs/train.parquet"), split="train")
    assert len(pairs) == read_manifest(curated)["counts"]["prompts"]["pairs"] > 5
    for row in pairs:
        problem, _, samples = row["id"].rpartition("#")
        chosen, rejected = (int(sample) for sample in samples.split("-"))
        assert verdicts[problem, chosen].status == "correct" and verdicts[problem, rejected].status == "wrong"


def test_the_card_shows_counts_licences_and_plots(curated: Path) -> None:
    card = (curated / "README.md").read_text()
    assert "in a benchmark, by text 5" in card and "| math | gsm8k | MIT |" in card and "Apache-2.0" in card
    assert (curated / "difficulty.svg").read_text().startswith("<svg")
    assert "loop at the end" in (curated / "filters.html").read_text()
    assert load_dataset(str(curated), "sft", split="train").num_rows > 50


def test_a_finished_run_can_be_selected_from_anew_in_exact_numbers(curated: Path, tmp_path: Path) -> None:
    sources = {"math": {"kind": "run", "path": str(curated), "traces": 30}}
    recipe = load(run=str(tmp_path / "mix"), sources=sources, select={"per_problem": 3})
    counts = main(recipe)
    assert counts["select"]["out"] == 30
    assert counts["collect"]["out"] == read_manifest(curated)["counts"]["screen"]["out"]
    kept = list(read(Problem, tmp_path / "mix" / "problems.parquet", images=False))
    assert all(problem.difficulty_by == "text regression" for problem in kept)
    before = (tmp_path / "mix" / "sft" / "train.parquet").stat().st_mtime_ns
    main(recipe)
    assert (tmp_path / "mix" / "sft" / "train.parquet").stat().st_mtime_ns == before
    sources["math"]["traces"] = 3000
    with pytest.raises(InputError, match=r"sources\.math\.traces=3000, but only \d+ traces"):
        main(load(run=str(tmp_path / "greedy"), sources=sources))


def test_two_runs_with_the_same_problems_count_them_once(curated: Path, tmp_path: Path) -> None:
    shutil.copytree(curated, tmp_path / "copy")
    sources = {"one": {"kind": "run", "path": str(curated)}, "two": {"kind": "run", "path": str(tmp_path / "copy")}}
    counts = main(load(run=str(tmp_path / "both"), sources=sources))
    assert counts["collect"]["rejected"] == {"problem_of_an_earlier_run": counts["collect"]["out"]}
    assert counts["verify"]["rejected"] == {"problem_of_an_earlier_run": counts["verify"]["out"]}
