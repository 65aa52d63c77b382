from __future__ import annotations

import random

import pytest

from redstar_geo.teacher.sampling import Adaptive, Budget, Fixed, Policy, Prompt
from tests.bench.teacher_adaptive import simulate


def _run(policy: Policy, most: int, rate: float, chance: random.Random) -> Prompt:
    prompt = Prompt(most)
    while not policy.finished(prompt):
        asked = max(0, policy.more(prompt))
        assert asked or prompt.in_flight
        prompt.issued += asked
        for _ in range(asked):
            outcome = "correct" if chance.random() < rate else "wrong"
            prompt.outcomes[outcome] += 1
            policy.learn(outcome)
    return prompt


def test_fixed_asks_exactly_so_often() -> None:
    assert _run(Fixed(), 10, 0.3, random.Random(0)).issued == 10


@pytest.mark.parametrize("rate", [0.02, 0.2, 0.5, 0.98])
def test_adaptive_stops_at_what_is_wanted_or_at_the_cap(rate: float) -> None:
    found = [_run(Adaptive(wanted=2), 50, rate, random.Random(seed)) for seed in range(100)]
    assert all(prompt.correct >= 2 or prompt.issued == 50 for prompt in found)
    assert max(prompt.issued for prompt in found) <= 50
    assert sum(prompt.correct for prompt in found) / len(found) < 3  # little is asked for in vain


def test_failures_are_no_evidence_of_difficulty() -> None:
    policy, prompt = Adaptive(wanted=1), Prompt(10)
    before = policy.rate(prompt)
    prompt.outcomes["failed"] += 5
    policy.learn("failed")
    assert policy.rate(prompt) == before


def test_adaptive_verifies_the_same_prompts_for_half_the_calls_and_more_hard_ones_for_the_same() -> None:
    found = simulate(prompts=2_000, seed=1)
    assert found["calls_for_the_same_prompts"] <= 0.5
    assert found["hard_prompts_at_the_same_budget"]["adaptive"] > found["hard_prompts_at_the_same_budget"]["fixed"]


def test_a_budget_names_its_bound() -> None:
    budget = Budget(requests=5, tokens=100, money=1.0, price_out=1e6)
    assert budget.exhausted() is None
    budget.count(10, 1)
    assert budget.exhausted() == "money"
    budget.sent = 5
    assert budget.exhausted() == "requests"
