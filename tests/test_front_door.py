"""`import redstar_geo as rg`: what it offers, what it does not load, and what it says about a mistake."""

from __future__ import annotations

import ast
import importlib
import json
import math
import subprocess
import sys
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pyarrow.parquet as pq
import pytest

import redstar_geo as rg
from redstar_geo.records import to_row, to_table
from redstar_geo.rl.reward import Rewarder, RewardSettings
from redstar_geo.run import Counts, open_run
from redstar_geo.sources import formalgeo7k
from tests.paths import DOZEN

MATHS = rg.Problem("maths/1", "math", "maths", "train", "CC0", "What is 2 + 2?", "4", "number", "en")


@pytest.fixture(scope="module")
def problem() -> rg.Problem:
    return rg.make_problem("pythagoras", seed=3, level=2)


def loads(code: str) -> set[str]:
    """The modules that a fresh process has loaded after it ran the code."""
    code += "\nimport json, sys\nprint(json.dumps(list(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(json.loads(done.stdout.splitlines()[-1]))


def test_importing_loads_nothing_and_verifying_nothing_heavy() -> None:
    assert [name for name in loads("import redstar_geo as rg") if name.startswith("redstar_geo.")] == []
    heavy = {"torch", "transformers", "gradio", "trl", "datasets", "sympy", "formalgeo", "pyarrow", "numpy"}
    assert not heavy & loads('import redstar_geo as rg; assert rg.verify("5", 5).status == "correct"')


def test_steps_problems_narrations_and_rewards_load_no_torch() -> None:
    code = """
import redstar_geo as rg
(problem,) = rg.make_problems(1)
text = rg.narrate(problem).text
assert rg.judge_steps(text, problem)
row = rg.rewards.rows([problem])[0]
assert rg.rewards.true_steps([], [text], problem=[row["problem"]]) == [1.0]
"""
    assert not {"torch", "transformers", "gradio", "trl", "datasets"} & loads(code)


def test_every_name_is_there_and_known_to_a_type_checker() -> None:
    """What a type checker is told a name is, is what it is."""
    tree = ast.parse(Path(rg.__file__).read_text(encoding="utf-8"))
    (block,) = (each for each in tree.body if isinstance(each, ast.If) and ast.unparse(each.test) == "TYPE_CHECKING")
    told = {alias.name: each.module for each in block.body if isinstance(each, ast.ImportFrom) for alias in each.names}
    assert set(told) == set(rg.__all__) <= set(dir(rg))
    for name, module in told.items():
        there = importlib.import_module(f"redstar_geo.{name}") if name == "rewards" else None
        assert getattr(rg, name) is (there or getattr(importlib.import_module(str(module)), name))
    assert (Path(rg.__file__).parent / "py.typed").is_file()
    with pytest.raises(AttributeError, match="nonsense"):
        rg.nonsense  # type: ignore[attr-defined]  # noqa: B018


@pytest.mark.parametrize("value", [0.75, Fraction(3, 4), "0.75", r"\frac{3}{4}"])
@pytest.mark.parametrize("gold", [0.75, Fraction(3, 4), "3/4"])
def test_numbers_are_answers(gold: float | Fraction | str, value: float | Fraction | str) -> None:
    assert rg.verify(gold, value).status == "correct"
    assert rg.verify(gold, 7).status == "wrong"


def test_choices_may_be_numbers_or_none() -> None:
    assert rg.verify("B", "The answer is 55.", [35, 55, 65]).status == "correct"
    assert rg.verify("B", 35, [35, 55, 65]).status == "wrong"
    assert rg.verify(5, 5, None).status == "correct"


@pytest.mark.parametrize("value", [None, True, math.nan, math.inf, ["5"], b"5", 5j])
def test_what_is_no_answer_is_refused_by_name(value: object) -> None:
    with pytest.raises(rg.InputError, match=r"response is .* neither a text nor a finite number"):
        rg.verify("5", value)  # type: ignore[arg-type]


def test_the_steps_of_a_text_stand_where_they_say(problem: rg.Problem) -> None:
    text = "BC² = AB² + AC². Suppose AC = 3. So AC² = 5625, AC = 65 and AD = 7."
    steps = rg.judge_steps(text, problem)
    assert [(step.text, step.status) for step in steps] == [
        ("BC² = AB² + AC²", "true"),
        ("AC² = 5625", "true"),
        ("AC = 65", "false"),
        ("AD = 7", "unproven"),
    ]
    assert all(text[step.start : step.end] == step.text for step in steps)
    assert steps[2].reason == "step 3: 75 against 65"
    assert rg.judge_steps("", problem) == []


def test_problems_have_pictures_and_are_the_same_again(problem: rg.Problem) -> None:
    assert problem == rg.make_problem("pythagoras", seed=3, level=2)
    assert problem != rg.make_problem("pythagoras", seed=4, level=2)
    problems = rg.make_problems(10, levels=[2], language="zh", modality="both", seed=2)
    assert len({each.id for each in problems}) == 10
    assert all(each.language == "zh" and each.images[0].data.startswith(b"\x89PNG") for each in problems)
    assert [each.meta["family"] for each in problems] == rg.families()[:10]
    assert {each.meta["family"] for each in rg.make_problems(4, families=["kite_diagonals"])} == {"kite_diagonals"}


def test_a_picture_shows_itself_in_a_notebook_and_not_in_print(problem: rg.Problem) -> None:
    (picture,) = problem.images
    assert picture._repr_mimebundle_()["image/png"].startswith("iVBORw0KGgo")
    assert len(repr(problem)) < 1000


def test_a_proof_is_told_in_the_form_the_language_and_the_voice_that_are_named(problem: rg.Problem) -> None:
    long, short = rg.narrate(problem), rg.narrate(problem, "short")
    assert long.verdict is not None and long.verdict.status == "correct"
    assert len(long.reasoning) > len(short.reasoning) > len(rg.narrate(problem, "answer").reasoning) == 0
    assert rg.narrate(problem, seed=1).text == rg.narrate(problem, seed=1).text != long.text
    assert (
        "所以" in rg.narrate(problem, language="zh").reasoning or "因" in rg.narrate(problem, language="zh").reasoning
    )
    assert {step.status for step in rg.judge_steps(long.text, problem)} == {"true"}


def test_mistakes_are_said_in_one_paragraph(problem: rg.Problem) -> None:
    with pytest.raises(rg.InputError, match="'circle' is no family"):
        rg.make_problem("circle")
    with pytest.raises(rg.InputError, match="difficulty runs from 1 to 10"):
        rg.make_problem("pythagoras", level=11)
    with pytest.raises(rg.InputError, match=r"form is 'Long'\. Choose one of: 'answer', 'short'"):
        rg.narrate(problem, "Long")  # type: ignore[arg-type]
    with pytest.raises(rg.InputError, match="language is 'fr'"):
        rg.narrate(problem, language="fr")  # type: ignore[arg-type]
    for refused in (rg.narrate, lambda maths: rg.judge_steps("2 + 2 = 4", maths)):
        with pytest.raises(rg.InputError, match="'maths/1' has no proof here"):
            refused(MATHS)
    with pytest.raises(rg.InputError, match="180,000 characters, and at most 100,000"):
        rg.judge_steps("AB = 40. " * 20_000, problem)


def test_formal_problems_are_judged_and_told_with_their_theorems() -> None:
    problem = next(each for each in formalgeo7k.problems(DOZEN) if isinstance(each, rg.Problem))
    gdl = str(DOZEN / "gdl")
    trace = rg.narrate(problem, "short", gdl=gdl)
    assert trace.verdict is not None and trace.verdict.status == "correct"
    assert {step.status for step in rg.judge_steps(trace.text, problem, gdl=gdl)} == {"true"}
    row = rg.rewards.rows([problem])[0]["problem"]
    assert rg.rewards.true_steps([], [trace.text], problem=[row], gdl=[gdl]) == [1.0]
    assert rg.rewards.true_steps([], [trace.text], problem=[row]) == [None], "no theorems, no proof"
    with pytest.raises(rg.InputError, match="with gdl="):
        rg.judge_steps(trace.text, problem)


def test_a_run_is_read(tmp_path: Path, problem: rg.Problem) -> None:
    trace = rg.narrate(problem)
    with open_run(tmp_path / "data", {"teacher": "formal"}) as run:
        pq.write_table(to_table(rg.Problem, [problem]), run.path("problems.parquet"))
        pq.write_table(to_table(rg.Trace, [trace]), run.path("traces.parquet"))
        run.finish("collect", Counts(in_=1, out=1))
    data = rg.read(tmp_path / "data")
    assert data.problems == [problem] and data.traces == [trace] and data.problems is data.problems
    assert "collect" in repr(data) and data.manifest["counts"]["collect"]["in"] == 1
    with pytest.raises(rg.InputError, match=r"has no items\.jsonl"):
        data.items  # noqa: B018


def test_an_evaluation_is_read_while_it_is_written(tmp_path: Path, problem: rg.Problem) -> None:
    pq.write_table(to_table(rg.Problem, [problem]), tmp_path / "problems.parquet")
    with open_run(tmp_path / "eval", {"problems": str(tmp_path / "problems.parquet")}) as run:
        run.path("items.jsonl").write_text('{"id": "a", "sample": 0}\n{"id": "b", "sam')
    evaluation = rg.read(str(tmp_path / "eval"))
    assert evaluation.items == [{"id": "a", "sample": 0}] and evaluation.problems == [problem]
    (tmp_path / "eval" / "items.jsonl").write_text("{torn}\n")
    with pytest.raises(rg.InputError, match=r"items\.jsonl is not as it was written"):
        rg.read(tmp_path / "eval").items  # noqa: B018


def test_what_is_no_run_is_refused(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(rg.InputError, match=r"is not a run folder: it has no run\.json"):
            rg.read(folder)


def test_an_answer_is_rewarded_whatever_form_the_completion_has() -> None:
    texts = [r"\boxed{75}", "<think>\nMaybe 45?\n</think>\nAC = 75", r"\boxed{45}", "No idea."]
    messages = [[{"role": "assistant", "content": text}] for text in texts]
    parted = [[{"role": "assistant", "reasoning_content": "45", "content": None}]]
    rewarded = rg.rewards.verified_answer
    assert rewarded(["?"] * 4, texts, answer=["75"] * 4, completion_ids=[[1]] * 4) == [1.0, 1.0, 0.0, None]
    assert rewarded(["?"] * 4, messages, answer=[75] * 4) == [1.0, 1.0, 0.0, None]
    assert rewarded(["?"], parted, answer=["45"]) == [None], "thoughts are no answer"
    assert rewarded([], ["B", "55°", "A"], answer=["B"] * 3, choices=[["35°", "55°"]] * 3) == [1.0, 1.0, 0.0]


def test_steps_are_rewarded_as_reinforcement_does(problem: rg.Problem, tmp_path: Path) -> None:
    trace = rg.narrate(problem)
    flawed = replace(trace, reasoning=trace.reasoning + "\n17 + 25 = 43, so AC = 60. AC = 60.")
    settings = RewardSettings(process_weight=1.0)
    with Rewarder(settings, tmp_path / "facts.sqlite", timeout_s=30.0, workers=1) as rewarder:
        expected = [reward.process for reward in rewarder([(problem, trace), (problem, flawed)])]
    parted = [{"role": "assistant", "reasoning_content": flawed.reasoning, "content": flawed.response}]
    row = rg.rewards.rows([problem])[0]["problem"]
    given = rg.rewards.true_steps([], [trace.text, flawed.text, parted], problem=[row] * 3)
    assert given == [*expected, expected[1]] and expected[0] == 1.0
    assert expected[1] is not None and expected[1] < 1.0


def test_the_problem_of_a_step_may_be_a_row_of_a_run(problem: rg.Problem) -> None:
    rows = [to_row(problem), to_row(MATHS)]
    assert rg.rewards.true_steps([], ["AC = 75", "2 + 2 = 4"], problem=rows) == [1.0, None]
    for column in ("no JSON", "{}", "[]", json.dumps({"id": "x"})):
        with pytest.raises(rg.InputError, match="The column `problem` holds"):
            rg.rewards.true_steps([], ["AC = 75"], problem=[column])
