from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from redstar_geo.answer import verify
from redstar_geo.records import Problem, Verdict
from redstar_geo.rl.reward import Answered, Reward, Rewarder, RewardSettings
from redstar_geo.rl.reward_check import RewardTrialError, gold_trace, tried, tried_without_gold
from redstar_geo.sources.builtin import problems
from redstar_geo.sources.programs import code_problem, stdin_tests

ECHO = stdin_tests([("3\n", "3\n"), ("8\n", "8\n")])


@pytest.fixture(scope="module")
def rewarder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rewarder]:
    path: Path = tmp_path_factory.mktemp("library") / "facts.sqlite"
    with Rewarder(RewardSettings(), path, timeout_s=30.0, workers=1) as rewarder:
        yield rewarder


@pytest.fixture(scope="module")
def good() -> list[Problem]:
    return list(problems([], 40, 8, [1, 3]))


def code(problem_id: str, solutions: Sequence[str]) -> Problem:
    return code_problem(problem_id, "train", "CC0", "Print what you read.", ECHO, {"solutions": list(solutions)})


def test_gold_answers_of_all_kinds_score_one(rewarder: Rewarder, good: list[Problem]) -> None:
    assert any(problem.choices for problem in good)
    others = [
        replace(good[0], id="worked", answer="2 · 3 = 6. #### 6", choices=(), answer_kind="number"),
        replace(good[0], id="boxed", answer="It is $\\boxed{\\frac{1}{2}}$.", choices=(), answer_kind="expression"),
        code("echo/1", ["print(input())"]),
        code("echo/2", []),
    ]
    assert tried([*good, *others], rewarder) == len(good) + 3


def test_a_gold_answer_that_is_not_rewarded_is_named(rewarder: Rewarder, good: list[Problem]) -> None:
    empty = replace(good[3], id="broken/empty", answer="")
    letter = replace(good[4], id="broken/letter", answer="F", choices=("1", "2"))
    program = code("broken/program", ["print(0)"])
    with pytest.raises(RewardTrialError, match=r"3 of 43 problems: broken/empty \(undecided: gold\)") as raised:
        tried([*good, empty, letter, program], rewarder)
    assert raised.value.problem_ids == ("broken/empty", "broken/letter", "broken/program")


def always(outcome: float | None) -> Reward:
    return Reward(outcome, None, 1.0, 0.0, outcome, Verdict("correct" if outcome else "wrong", "test"))


def test_a_reward_that_always_fails_or_always_pays_is_refused(good: list[Problem]) -> None:
    with pytest.raises(RewardTrialError, match="gold answer is not rewarded"):
        tried(good, lambda answered: [always(0.0) for _ in answered])
    with pytest.raises(RewardTrialError, match="gold answer is not rewarded"):
        tried(good, lambda answered: [always(None) for _ in answered])
    with pytest.raises(RewardTrialError, match="empty answer is rewarded") as raised:
        tried(good, lambda answered: [always(1.0) for _ in answered])
    assert len(raised.value.problem_ids) == len(good)


def test_the_gold_trace_is_read_as_its_gold_answer(good: list[Problem]) -> None:
    def rewarded(answered: Sequence[Answered]) -> list[Reward]:
        return [
            always(float(verify(problem.answer, trace.text, choices=problem.choices).status == "correct"))
            for problem, trace in answered
        ]

    assert tried(good, rewarded) == len(good)
    assert gold_trace(code("echo/3", [])) is None


def test_without_gold_some_problem_must_determine_an_answer(tmp_path: Path, good: list[Problem]) -> None:
    bare = [replace(problem, answer="no gold", choices=()) for problem in good[:3]]
    unknown = replace(bare[0], id="mine/1", source="mine", question="How long is it?", meta={})
    with Rewarder(RewardSettings(outcome="certified"), tmp_path / "f.sqlite", timeout_s=60.0, workers=1) as rewarder:
        assert tried_without_gold([*bare, unknown], rewarder) == 3
        with pytest.raises(RewardTrialError, match="None of the 1 problems determines an answer"):
            tried_without_gold([unknown], rewarder)
