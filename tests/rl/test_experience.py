"""Rows, parts and the log's figures of a step."""

from dataclasses import replace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from redstar_geo.models.encode import Encoded
from redstar_geo.records import StepVerdict, Verdict
from redstar_geo.rl.experience import experience, parts_of_step, rows_within
from redstar_geo.rl.metrics import of_policy, of_rewards
from redstar_geo.rl.reward import Reward, RewardSettings
from redstar_geo.rl.rollout import Rollout
from redstar_geo.rl.sampler import mixed


def test_few_problems_are_parts_of_one_each() -> None:
    assert sorted(map(sorted, parts_of_step([3, 8], 4, 1, 2, 0))) == [[3], [8]]
    assert list(parts_of_step([], 4, 1, 2, 0)) == []


@given(st.lists(st.integers(1, 50), max_size=30), st.integers(40, 120))
def test_rows_hold_every_sample_once_within_the_budget(lengths: list[int], budget: int) -> None:
    rows = rows_within(lengths, budget)
    assert sorted(sample for row in rows for sample in row) == list(range(len(lengths)))
    for row in rows:
        assert sum(lengths[sample] for sample in row) <= budget or len(row) == 1


def test_parts_are_shares_of_the_problems() -> None:
    parts = list(parts_of_step(range(12), 3, 1, 2, 0))
    assert [len(part) for part in parts] == [4, 4, 4] and set.union(*parts) == set(range(12))
    assert parts == list(parts_of_step(range(12), 3, 1, 2, 0)) != list(parts_of_step(range(12), 3, 1, 2, 1))


def rollout(sample: int, tokens: int, cut: bool = False) -> Rollout:
    ids = tuple(range(tokens))
    return Rollout("p", sample, (1, 2), ids, tuple(-0.5 for _ in ids), "length" if cut else "stop", "x")


def reward(total: float | None, status: str = "wrong", false: bool = False, process: float | None = None) -> Reward:
    steps = (StepVerdict("1 + 1 = 3", "false", "arithmetic"),) if false else ()
    outcome = None if total is None else float(status == "correct")
    return Reward(outcome, process, 0.0, 0.0, total, Verdict(status, "why"), steps)  # type: ignore[arg-type]


FOUND = [
    (rollout(0, 3), reward(1.0, "correct", false=True, process=0.5)),
    (rollout(1, 5), reward(1.0, "correct", process=1.0)),
    (rollout(2, 2), reward(0.0, process=0.0)),
    (rollout(3, 6, cut=True), reward(None, "undecided")),
]


def test_figures_of_rewards() -> None:
    found = of_rewards(FOUND)
    assert found["reward"] == pytest.approx(2 / 3) and found["accuracy"] == 0.5
    assert found["undecided"] == {"truncated": 1} and found["undecided_share"] == 0.25 == found["truncated_share"]
    assert found["mean_tokens"] == 4.0 and found["correct_with_false_step"] == 0.5
    assert of_rewards([FOUND[3]])["reward"] is None and of_rewards([FOUND[3]])["correct_with_false_step"] is None


def test_claims_that_were_taken_back_are_no_false_steps() -> None:
    mended = (StepVerdict("AB = 6", "withdrawn", "false, mended: 5 against 6"), StepVerdict("AB = 5", "true", ""))
    found = of_rewards([(rollout(0, 3), replace(FOUND[1][1], steps=mended)), FOUND[3]])
    assert (found["correct_with_false_step"], found["withdrawn"], found["mended"]) == (0.0, 1.0, 1.0)


def test_a_group_teaches_where_its_rewards_differ() -> None:
    decided, other = [FOUND[0], FOUND[2]], [FOUND[0], FOUND[1]]
    assert mixed([*other, *decided, FOUND[3], FOUND[2], *decided], 2, first=8) == [9, 11]


def test_the_undecided_have_no_part_in_a_step() -> None:
    samples = []
    for one, _ in FOUND:
        ids = torch.tensor(one.prompt_ids + one.completion_ids)
        labels = ids.clone()
        labels[:2] = -100
        samples.append(Encoded("p", ids, labels, torch.arange(len(ids)).unsqueeze(0), {}, 0))
    rollouts, rewards = zip(*FOUND, strict=True)
    batch = experience(samples, range(4), rollouts, rewards, RewardSettings(), torch.device("cpu"))
    assert batch.mask.sum(1).tolist() == [3, 5, 2, 0] and batch.scores[3].isnan()
    part = batch.rows([2, 0])
    assert part.mask.tolist() == [[True, True, False], [True] * 3] and part.groups.tolist() == [2, 0]
    assert batch.rows([]).mask.shape == (0, 0)
    figures = of_policy(batch, torch.full_like(batch.old, 2.0))
    assert figures["entropy"] == 2.0 and figures["kl"] == 0.0
    assert figures["gap_mean"] == figures["gap_largest"] == 0.5
