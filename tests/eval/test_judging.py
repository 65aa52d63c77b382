"""Answers before a judge: its nonsense is named and counted, its absence ends the run and the run goes on."""

import json
from pathlib import Path
from typing import Any

import pytest

from redstar_geo.errors import InputError, RedStarError
from redstar_geo.eval.compare import main as compare
from redstar_geo.eval.run import main
from redstar_geo.recipe import check
from redstar_geo.recipes.evaluation import CompareRecipe, EvalRecipe
from tests.benchmarks.test_judged import hello, said, sedar
from tests.sources.small import jsonl
from tests.teacher.conftest import serve  # noqa: F401

ANSWERS = ["A long text about the sky.", "Short.", "It scatters light."]
JUDGE = ["I like it.", said([1]), said([1, 0.5]), said([0.25, 0.25]), "最终得分：4分", "最终得分：七分"]


@pytest.fixture
def recipe(tmp_path: Path):
    paths = {
        "hellobench": jsonl(tmp_path / "hello" / "open_ended_qa.jsonl", [hello(number) for number in range(12)]).parent,
        "sedareval": jsonl(tmp_path / "sedar.jsonl", [*map(sedar, range(12)), sedar(12, auto_prompt=[])]),
    }
    golds = tmp_path / "golds.json"
    asked = {row["query"]: [""] if row["query"].startswith("第0") else ANSWERS for row in map(sedar, range(12))}
    asked |= {"Write at length, number 0.": [""], "Write at length": ANSWERS}  # the first match counts
    golds.write_text(json.dumps(asked | {"Judge an answer": JUDGE[:4], "评分": [JUDGE[0], *JUDGE[4:]]}))

    def make(model: str, judge_at: str | None, **changes: Any) -> EvalRecipe:
        patience = {"attempts": 2, "give_up_s": 0.5}
        values = {
            "run": str(tmp_path / "run"),
            "model": "teacher",
            "endpoint": {"servers": [{"url": model}]},
            "benchmarks": ["judged"],
            "paths": {name: str(path) for name, path in paths.items()},
        }
        if judge_at is not None:
            endpoint = {"servers": [{"url": judge_at, "start": 2, "most": 2}], **patience}
            values["judge"] = {"model": "judge-1", "endpoint": endpoint, "tries": 2}
        return check(EvalRecipe, values | changes, "test")

    make.golds = str(golds)  # type: ignore[attr-defined]
    return make


def judgements(tmp_path: Path, name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (tmp_path / "run" / name / "judgements.jsonl").read_text().splitlines()]


def test_every_answer_has_a_judgement_or_the_reason_why_not(tmp_path: Path, recipe, serve) -> None:  # noqa: F811
    model, judge = serve(golds=recipe.golds), serve(golds=recipe.golds, model="judge-1")
    scores = main(recipe(model, judge))
    for name, found in scores["judged"].items():
        kept = judgements(tmp_path, name)
        assert len(kept) == found["attempts"] == 12 == sum(found["reasons"].values())
        assert found["judge"] == "judge-1"
        assert found["reasons"].keys() == {"judged", "judge_unreadable", "no_answer"}
        assert all((one["score"] is None) == (one["reason"] != "judged") for one in kept)
        assert all(one["said"] for one in kept if one["reason"] == "judge_unreadable")
        got = [one["score"] for one in kept if one["score"] is not None]
        assert found["of_judged"]["value"] == pytest.approx(sum(got) / len(got))
        assert found["of_all"]["value"] == pytest.approx(sum(got) / 12)
        assert found["no_score_share"] == pytest.approx(1 - len(got) / 12)
    assert scores["judged"]["sedareval"]["rejected"] == {"several_turns": 1}
    page = (tmp_path / "run" / "report.html").read_text()
    assert "Judged by judge-1" in page and "judge unreadable" in page and "I like it." in page
    assert "| sedareval |" in (tmp_path / "run" / "report.md").read_text()
    assert "<script" not in page
    assert main(recipe(model, judge)) == scores  # finished: nobody is asked
    judged = str(tmp_path / "run" / "hellobench")
    with pytest.raises(InputError, match="neither right nor wrong"):
        compare(CompareRecipe(first=judged, second=judged, run=str(tmp_path / "compared")))
    other = recipe(model, judge).judge.model_dump() | {"tries": 5}
    with pytest.raises(InputError, match=r"other recipe: judge\.tries"):
        main(recipe(model, None, judge=other))


def test_a_judge_that_goes_half_way_is_gone_on_with(tmp_path: Path, recipe, serve) -> None:  # noqa: F811
    model = serve(golds=recipe.golds)
    with pytest.raises(RedStarError):
        main(recipe(model, serve(golds=recipe.golds, model="judge-1", latency_s=0.1, dead=(0.3, 1000.0))))
    kept = judgements(tmp_path, "hellobench")
    assert kept and not (tmp_path / "run" / "scores.json").exists()
    with (tmp_path / "run" / "hellobench" / "judgements.jsonl").open("a") as file:
        file.write('{"id": "torn')
    main(recipe(model, serve(golds=recipe.golds, model="judge-1")))
    after = judgements(tmp_path, "hellobench")
    assert len(after) == 12 and all(one in after for one in kept)


def test_a_judge_that_answers_nothing_leaves_all_judgements_missing(tmp_path: Path, recipe, serve) -> None:  # noqa: F811
    busy = serve(golds=recipe.golds, model="judge-1", faults={"500": 1.0})
    patient = {"model": "judge-1", "endpoint": {"servers": [{"url": busy}], "attempts": 1, "give_up_s": 60.0}}
    with pytest.raises(RedStarError, match=r"judgements are missing: .* server_error"):
        main(recipe(serve(golds=recipe.golds), None, judge=patient))


@pytest.mark.parametrize(("wrong", "remedy"), [("model", "judge.model"), ("url", "judge.endpoint.servers")])
def test_a_judge_that_is_not_there_is_named_by_its_key(tmp_path, recipe, serve, wrong, remedy) -> None:  # noqa: F811
    model, judge = serve(golds=recipe.golds), serve(golds=recipe.golds, model="judge-1")
    named = "other" if wrong == "model" else "judge-1"
    at = "http://127.0.0.1:9/v1" if wrong == "url" else judge
    with pytest.raises(InputError, match=f"[Cc]orrect {remedy}"):
        main(recipe(model, None, judge={"model": named, "endpoint": {"servers": [{"url": at}]}}))


def test_without_a_judge_nothing_is_asked(tmp_path: Path, recipe) -> None:
    with pytest.raises(InputError, match="judge is missing"):
        main(recipe("http://127.0.0.1:9/v1", None))
    assert not (tmp_path / "run" / "hellobench").exists()
