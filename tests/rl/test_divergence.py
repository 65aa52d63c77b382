"""A diverged policy is recognised by the last lines of its log, and a healthy one is left alone."""

from typing import Any

import pytest

from redstar_geo.rl.divergence import Stops, divergence

HEALTHY = {
    "reward": 0.5,
    "reward_spread": 0.4,
    "kl": 0.02,
    "gap_mean": 1e-6,
    "truncated_share": 0.1,
    "loss": 0.1,
    "not_finite": 0,
}
STOPS = Stops(patience=3)


def log(*entries: dict[str, Any]) -> list[dict[str, Any]]:
    return [HEALTHY | entry | {"step": step} for step, entry in enumerate(entries, 1)]


@pytest.mark.parametrize(
    ("sick", "said"),
    [
        ({"reward_spread": 0.0}, "rewarded alike"),
        ({"reward": None, "reward_spread": 0.0}, "no response was decided"),
        ({"loss": None}, "nothing to learn from"),
        ({"kl": 1.5}, "KL to the reference was above 1.0"),
        ({"gap_mean": 1.2}, "more than 1.0 a token from the policy's"),
        ({"truncated_share": 0.6}, "more than 50% of the responses were truncated"),
    ],
)
def test_it_takes_patience(sick: dict[str, Any], said: str) -> None:
    found = divergence(log({}, sick, sick, sick), STOPS)
    assert found is not None and said in found and "from step 2" in found
    assert divergence(log(sick, sick, {}, sick, sick), STOPS) is None
    assert divergence(log(sick, sick), STOPS) is None


@pytest.mark.parametrize("a_step", [1, 3])
def test_three_optimizer_steps_in_a_row_that_are_not_taken_are_enough(a_step: int) -> None:
    lost = {"loss": None, "not_finite": a_step}
    enough = [lost] * (3 // a_step)
    found = divergence(log({}, *enough), STOPS)
    assert found is not None and "the last 3 optimizer steps, from step 2 on" in found
    assert divergence(log(*enough[1:], {"not_finite": 2}), STOPS) is None, "some of them were taken"


def test_health() -> None:
    assert divergence(log(*[{}] * 9), STOPS) is None and divergence([], STOPS) is None


@pytest.mark.parametrize("alike", [{"reward_spread": 0.0}, {"reward": None, "reward_spread": 0.0}])
def test_a_teacher_does_not_need_rewards_that_differ(alike: dict[str, Any]) -> None:
    """A student that is always wrong has the most to learn."""
    assert divergence(log(*[alike] * 9), STOPS, by_reward=False) is None
    said = divergence(log(*[alike | {"loss": None}] * 3), STOPS, by_reward=False)
    assert said is not None and "nothing to learn from" in said
