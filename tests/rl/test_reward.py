import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from redstar_geo.geometry.library import Library
from redstar_geo.records import Problem, StepVerdict, Trace, Verdict
from redstar_geo.rl.recipe import ReinforceRecipe
from redstar_geo.rl.reward import (
    Answered,
    LengthShaping,
    Reward,
    Rewarder,
    RewardSettings,
    length_score,
    outcome_of,
    process_score,
)
from redstar_geo.sources.builtin import problems
from redstar_geo.teacher import formal

SHAPED = RewardSettings(process_weight=0.5, format_weight=0.1, length=LengthShaping(free=50, most=100))
MATHS = Problem("maths/1", "math", "maths", "train", "CC0", "What is 2 + 2?", "4", "number", "en")


@pytest.fixture(scope="module")
def rewarder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rewarder]:
    with Rewarder(SHAPED, tmp_path_factory.mktemp("library") / "facts.sqlite", timeout_s=30.0, workers=1) as rewarder:
        yield rewarder


@pytest.fixture(scope="module")
def geometry() -> Problem:
    return next(problems(["angle_sum"], 1, 3, [2]))


def said(problem: Problem, reasoning: str, response: str, finish_reason: str = "stop", tokens: int = 10) -> Answered:
    trace = Trace(
        problem.id, 0, "policy", "", reasoning, response, finish_reason, prompt_tokens=5, completion_tokens=tokens
    )
    return problem, trace


def proven(problem: Problem) -> Answered:
    with Library(None, None) as library:
        told = formal.answer(problem, library.proof(problem), formal.Style("short"), 0, 0)
    return said(problem, told["reasoning"], told["response"])


def test_right_wrong_and_undecided(rewarder: Rewarder) -> None:
    right, wrong, silent, cut, unreadable = rewarder(
        [
            said(MATHS, "2 + 2 = 4", "\\boxed{4}"),
            said(MATHS, "2 + 2 = 5", "\\boxed{5}"),
            said(MATHS, "2 + 2 = 4", ""),
            said(MATHS, "2 + 2 is", "", finish_reason="length"),
            said(replace(MATHS, answer=""), "2 + 2 = 4", "\\boxed{4}"),
        ]
    )
    assert (right.outcome, right.total, right.verdict.status) == (1.0, 1.1, "correct")
    assert (wrong.outcome, wrong.total, wrong.verdict.status) == (0.0, 0.1, "wrong")
    for undecided, reason in ((silent, "no_answer"), (cut, "truncated"), (unreadable, "gold")):
        assert undecided.outcome is None and undecided.total is None, "excluded, not zero"
        assert (undecided.verdict.status, undecided.verdict.reason) == ("undecided", reason)


def test_what_was_cut_follows_the_rule_that_is_named() -> None:
    cut = Verdict("undecided", "truncated")
    assert outcome_of(cut, RewardSettings()) is None
    assert outcome_of(cut, RewardSettings(truncated="wrong")) == 0.0
    assert outcome_of(Verdict("undecided", "gold"), RewardSettings(truncated="wrong")) is None
    assert outcome_of(Verdict("rejected", "no_code"), RewardSettings()) == 0.0


def test_the_steps_of_a_proof_are_rewarded_and_false_ones_cost(rewarder: Rewarder, geometry: Problem) -> None:
    _, trace = proven(geometry)
    false = replace(trace, reasoning=trace.reasoning + "\n17 + 25 = 43, so 60 + 60 = 130.")
    right, flawed, maths = rewarder([(geometry, trace), (geometry, false), said(MATHS, "2 + 2 = 5", "\\boxed{4}")])
    assert right.process is not None and right.process > 0.5 and right.outcome == 1.0
    assert not [step for step in right.steps if step.status == "false"]
    assert flawed.process is not None and flawed.process < right.process and flawed.outcome == 1.0
    assert [step.claim for step in flawed.steps if step.status == "false"]
    assert right.total == pytest.approx(1.0 + 0.5 * right.process + 0.1)
    assert maths.process is None and maths.total == 1.1, "no proof: by outcome only"


def test_each_step_is_known_by_where_it_ends(rewarder: Rewarder, geometry: Problem) -> None:
    problem, trace = proven(geometry)
    (found,) = rewarder([(problem, trace)])
    read = f"{trace.reasoning}\n{trace.response}"
    assert len(found.steps) == len(found.ends) == 4
    for step, end in zip(found.steps, found.ends, strict=True):
        assert read[:end].endswith(step.claim)


def test_what_is_credited_by_step_is_judged() -> None:
    with pytest.raises(ValueError, match="process_weight is 0 and gate is off"):
        RewardSettings(process_credit="step")
    given = {
        "method": "reinforce_pp",
        "run": "r",
        "model": "m",
        "problems": "p",
        "prompts": 1,
        "samples": 2,
        "steps": 1,
    }
    by_step = {"process_weight": 1.0, "process_credit": "step"}
    with pytest.raises(ValueError, match="grpo knows only whole responses"):
        ReinforceRecipe.model_validate(given | {"advantage": "grpo", "learning_rate": 1e-4, "reward": by_step})


def test_the_process_is_the_share_of_true_claims_less_that_of_false_ones() -> None:
    def steps(*statuses: str) -> list[StepVerdict]:
        return [StepVerdict(f"claim {i}", status, "") for i, status in enumerate(statuses)]

    assert process_score(steps("true", "true", "unproven", "false")) == 0.25
    assert process_score(steps("false")) == -1.0
    assert process_score(steps("unproven")) == process_score([]) == 0.0
    assert process_score(steps("true", "false") + steps("true") * 50) == 0.0, "saying it again adds nothing"


def false_at_the_end(problem: Problem) -> Answered:
    _, trace = proven(problem)
    return problem, replace(trace, reasoning=trace.reasoning + "\n17 + 25 = 43.")


def test_the_gate_keeps_half_of_a_correct_answer_with_a_false_step(tmp_path: Path, geometry: Problem) -> None:
    """And none of a wrong one, however true its steps: they cannot make up for an answer."""
    _, trace = proven(geometry)
    wrong = replace(trace, response="\\boxed{7^\\circ}")
    taken_back = replace(trace, reasoning=trace.reasoning + "\n17 + 25 = 43. Wait, that is wrong. 17 + 25 = 42.")
    with Rewarder(RewardSettings(gate=True), tmp_path / "facts.sqlite", timeout_s=30.0, workers=1) as rewarder:
        found = rewarder([proven(geometry), false_at_the_end(geometry), (geometry, wrong), (geometry, taken_back)])
        assert [reward.total for reward in found] == [1.0, 0.5, 0.0, 1.0]
        assert rewarder([said(MATHS, "2 + 2 = 5", "\\boxed{4}")])[0].total == 1.0, "no proof: by outcome only"
        assert [reward.total for reward in rewarder.without_steps([false_at_the_end(geometry)])] == [1.0]


def test_the_skeleton_is_the_share_of_the_proof_s_values_that_are_stated(tmp_path: Path, geometry: Problem) -> None:
    _, trace = proven(geometry)
    settings = RewardSettings(skeleton_weight=0.2)
    with Rewarder(settings, tmp_path / "facts.sqlite", timeout_s=30.0, workers=1) as rewarder:
        whole, bare = rewarder([proven(geometry), (geometry, replace(trace, reasoning="", response="7"))])
    assert (whole.skeleton, whole.total) == (1.0, 1.2)
    assert (bare.skeleton, bare.total) == (0.0, 0.0)


def test_what_was_truncated_is_left_out_even_with_an_answer(rewarder: Rewarder) -> None:
    """Overlong filtering: a response that would have gone on is no example, right or wrong."""
    (cut,) = rewarder([said(MATHS, "2 + 2 = 4", "\\boxed{4}", finish_reason="length")])
    assert cut.outcome is None and cut.total is None and cut.verdict.status == "correct"


def test_format_is_that_of_the_filters(rewarder: Rewarder) -> None:
    rewards = rewarder(
        [
            said(MATHS, "2 + 2 = 4", "\\boxed{4}"),
            said(MATHS, "<think> 2 + 2 = 4", "\\boxed{4}"),
            said(MATHS, "so \\boxed{4}", "Done."),
            said(MATHS, "2 + 2 = 4", "\\boxed{4}", finish_reason="length"),
        ]
    )
    assert [reward.format for reward in rewards] == [1.0, 0.0, 0.0, 0.0]


def test_long_responses_cost_up_to_the_weight(rewarder: Rewarder) -> None:
    shaping = LengthShaping(free=50, most=100, weight=0.5)
    assert [length_score(tokens, shaping) for tokens in (0, 50, 75, 100, 500)] == [0.0, 0.0, -0.25, -0.5, -0.5]
    assert length_score(500, None) == 0.0
    (long,) = rewarder([said(MATHS, "2 + 2 = 4", "\\boxed{4}", tokens=75)])
    assert (long.length, long.total) == (-0.5, pytest.approx(0.6))


def _sleeps(answered: Answered) -> Reward:
    time.sleep(60.0)
    raise AssertionError


@pytest.mark.long
def test_a_judge_that_hangs_costs_one_response(tmp_path: Path) -> None:
    with Rewarder(RewardSettings(), tmp_path / "facts.sqlite", timeout_s=0.5, workers=1) as rewarder:
        judged = rewarder.work
        rewarder.work = _sleeps  # type: ignore[assignment]
        (hung,) = rewarder([said(MATHS, "", "\\boxed{4}")])
        rewarder.work, rewarder.timeout_s = judged, 30.0
        (right,) = rewarder([said(MATHS, "", "\\boxed{4}")])
    assert hung.total is None and hung.verdict == Verdict("undecided", "timeout")
    assert right.total == 1.0


def test_without_gold_the_outcome_is_what_question_and_picture_determine(tmp_path: Path) -> None:
    built = next(iter(problems(["angle_sum"], 1, 5, [2], "en", "both")))
    bare = replace(built, answer="no gold", images=(), choices=())
    with Rewarder(RewardSettings(outcome="certified"), tmp_path / "f.sqlite", timeout_s=60.0, workers=1) as rewarder:
        right = rf"\boxed{{{built.answer}}}"
        found = rewarder([said(bare, "", each) for each in (right, r"\boxed{1}", "Who knows.")])
        found += rewarder([said(bare, "", right, "length")])
    assert [each.outcome for each in found] == [1.0, 0.0, None, None]
    assert [each.verdict.reason for each in found] == ["certified", "refuted", "not_certified", "truncated"]


@pytest.mark.parametrize(("ranks", "share"), [(1, 8), (3, 2), (8, 1), (16, 1)])
def test_the_judges_of_a_machine_are_divided_among_its_ranks(
    ranks: int, share: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("os.sched_getaffinity", lambda process: set(range(8)))
    monkeypatch.setenv("LOCAL_WORLD_SIZE", str(ranks))
    assert Rewarder(RewardSettings(), tmp_path / "facts.sqlite").workers == share
