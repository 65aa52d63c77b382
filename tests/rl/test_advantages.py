from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from redstar_geo.errors import InputError
from redstar_geo.rl.advantages import (
    gdpo,
    grpo,
    ppo,
    reinforce_plus_plus,
    reinforce_plus_plus_baseline,
    token_rewards,
)
from redstar_geo.rl.kl import k1
from redstar_geo.rl.tokens import response_mask
from tests.rl.batches import LENGTHS, Tokens, tokens

KL_WEIGHT = 0.1

ALGORITHMS: dict[str, Callable[[Tokens, float], Tensor]] = {
    "reinforce_plus_plus": lambda batch, weight: reinforce_plus_plus(
        batch.scores, k1(batch.log_probs, batch.reference), batch.mask, weight
    ),
    "reinforce_plus_plus_baseline": lambda batch, weight: reinforce_plus_plus_baseline(
        batch.scores, batch.groups, batch.mask
    ),
    "ppo": lambda batch, weight: ppo(
        batch.scores, k1(batch.log_probs, batch.reference), batch.values, batch.mask, weight
    )[0],
    "grpo": lambda batch, weight: grpo(batch.scores, batch.groups, batch.mask),
    "gdpo": lambda batch, weight: gdpo(
        torch.stack([batch.scores, batch.values[:, 0]], 1), (1.0, 0.3), batch.groups, batch.mask
    ),
}
GLOBAL = ("reinforce_plus_plus", "reinforce_plus_plus_baseline", "ppo", "gdpo")


@pytest.mark.parametrize("name", GLOBAL)
def test_over_the_mask_the_sum_is_zero_and_the_mean_square_one(name: str) -> None:
    batch = tokens()
    found = ALGORITHMS[name](batch, KL_WEIGHT)
    assert abs(found[batch.mask].double().sum()) < 1e-5
    assert found[batch.mask].double().square().mean().item() == pytest.approx(1.0, abs=1e-6)
    assert not found[~batch.mask].any()


@pytest.mark.parametrize("name", ALGORITHMS)
def test_more_padding_changes_nothing(name: str) -> None:
    narrow, wide = tokens(width=9), tokens(width=40)
    assert torch.allclose(ALGORITHMS[name](wide, KL_WEIGHT)[:, :9], ALGORITHMS[name](narrow, KL_WEIGHT), atol=1e-6)


@pytest.mark.parametrize("name", ["reinforce_plus_plus", "reinforce_plus_plus_baseline", "grpo"])
@pytest.mark.parametrize("score", [0.0, 1.0, 0.3])
def test_equal_scores_without_kl_give_zero_and_no_nan(name: str, score: float) -> None:
    batch = tokens()
    equal = Tokens(**{**vars(batch), "scores": torch.full_like(batch.scores, score)})
    assert not ALGORITHMS[name](equal, 0.0).any()


def test_the_score_sits_on_the_last_response_token_and_the_kl_on_each() -> None:
    batch = tokens()
    divergence = k1(batch.log_probs, batch.reference)
    rewards = token_rewards(batch.scores, divergence, batch.mask, KL_WEIGHT)
    for row, length in enumerate(LENGTHS):
        if row == 2:
            assert not rewards[row].any()  # undecided: no reward at all, not one of 0
            continue
        expected = -KL_WEIGHT * divergence[row, :length]
        expected[-1] += batch.scores[row]
        assert torch.allclose(rewards[row, :length], expected)
        assert not rewards[row, length:].any()


def test_a_response_that_was_cut_fills_its_row_and_has_its_score_at_the_end() -> None:
    mask = response_mask([4, 2])
    rewards = token_rewards(torch.tensor([1.0, -3.0]), torch.zeros(2, 4), mask, KL_WEIGHT, largest_score=2.0)
    assert rewards.tolist() == [[0.0, 0.0, 0.0, 1.0], [0.0, -2.0, 0.0, 0.0]]


def test_reinforce_plus_plus_before_normalisation_is_score_less_the_kl_to_come() -> None:
    batch = tokens()
    divergence = k1(batch.log_probs, batch.reference)
    expected = torch.zeros_like(divergence)
    for row, length in enumerate(LENGTHS):
        for t in range(length):
            expected[row, t] = batch.scores[row] - KL_WEIGHT * divergence[row, t:length].sum()
    kept = expected[batch.mask].double()
    kept = (kept - kept.mean()) / kept.std(correction=0)
    found = reinforce_plus_plus(batch.scores, divergence, batch.mask, KL_WEIGHT)
    assert torch.allclose(found[batch.mask].double(), kept, atol=1e-5)


def test_the_baseline_is_the_mean_of_the_decided_ones_and_no_deviation_divides() -> None:
    batch = tokens()
    found = reinforce_plus_plus_baseline(batch.scores, batch.groups, batch.mask)
    firsts = found[:, 0]
    assert firsts[3] == firsts[4] == firsts[5]  # alone in its group, and equal scores: less their mean all are 0
    assert (firsts[0] - firsts[3]) == pytest.approx(2 * (firsts[7] - firsts[3]).item())  # ±0.5 against ±0.25


def test_grpo_divides_by_the_deviation_of_each_group() -> None:
    scores = torch.tensor([1.0, 0.0, 0.0, 0.0, 0.5, 0.25, torch.nan, 0.25])
    groups = torch.tensor([7, 7, 7, 7, 3, 3, 3, 3])
    mask = response_mask([2] * 8)
    mask[6] = False
    found = grpo(scores, groups, mask)
    for rows in ([0, 1, 2, 3], [4, 5, 7]):
        group = scores[rows]
        expected = (group - group.mean()) / (group.std() + 1e-4)  # as in TRL: over n − 1
        assert torch.allclose(found[rows, 1], expected)
    assert not found[6].any()


@pytest.mark.parametrize("name", ["reinforce_plus_plus_baseline", "grpo"])
def test_one_response_a_prompt_is_refused(name: str) -> None:
    batch = tokens().rows(slice(0, 8, 2))
    with pytest.raises(InputError, match="1 response a prompt"):
        ALGORITHMS[name](batch, KL_WEIGHT)


def test_gdpo_compares_each_reward_within_its_group_before_it_adds_them() -> None:
    """arXiv 2601.05242, equations 4 to 6; both rewards of one problem, which their sum would not tell apart."""
    rewards = torch.tensor([[1.0, 0.0], [0.0, 0.3], [1.0, 0.3], [0.0, 0.0]])
    mask, groups = torch.ones(4, 1, dtype=torch.bool), torch.zeros(4, dtype=torch.long)
    found = gdpo(rewards, (1.0, 0.5), groups, mask)[:, 0]
    # within the group ±0.5 / (0.57735 + 1e-4) and ±0.15 / (0.173205 + 1e-4), the second by half
    outcome, form = 0.5 / (0.5773503 + 1e-4), 0.15 / (0.1732051 + 1e-4)
    summed = torch.tensor([outcome - form / 2, form / 2 - outcome, outcome + form / 2, -outcome - form / 2])
    assert torch.allclose(found, summed / summed.square().mean().sqrt(), atol=1e-5)


def test_gdpo_gives_a_reward_that_is_equal_in_its_group_no_say() -> None:
    rewards = torch.tensor([[1.0, 0.7], [0.0, 0.7]])
    mask, groups = torch.ones(2, 2, dtype=torch.bool), torch.zeros(2, dtype=torch.long)
    assert torch.allclose(gdpo(rewards, (1.0, 9.0), groups, mask), gdpo(rewards[:, :1], (1.0,), groups, mask))
