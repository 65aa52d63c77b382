"""Adaptive against fixed sampling on a simulated teacher: `python -m tests.bench.teacher_adaptive [curve.png]`.

Each prompt has its own pass rate between 0.02 and 0.98, more of them easy and hard than middling, as measured rates
of teachers are. Fixed sampling takes ten samples of every prompt; adaptive stops once enough are verified.
"""

from __future__ import annotations

import json
import random
import sys
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt

from redstar_geo.teacher.sampling import Adaptive, Fixed, Policy, Prompt

_HARD = 0.2  # prompts with a pass rate below this


def simulate(prompts: int = 20_000, seed: int = 0, wanted: int = 1, fixed: int = 10) -> dict[str, Any]:
    """Both policies on the same prompts, and adaptive sampling at growing budgets."""
    chance = random.Random(seed)
    rates = [0.02 + 0.96 * chance.betavariate(0.7, 0.5) for _ in range(prompts)]
    hard = [rate < _HARD for rate in rates]
    at_ten = _ask(Fixed(), fixed, rates, seed, budget=None)
    capped = _ask(Adaptive(wanted), fixed, rates, seed, budget=None)
    same_budget = _ask(Adaptive(wanted), 200, rates, seed, budget=sum(p.issued for p in at_ten))

    def verified(found: list[Prompt], among: list[bool] | None = None) -> int:
        chosen = among or [True] * prompts
        return sum(prompt.correct >= wanted for prompt, take in zip(found, chosen, strict=True) if take)

    budget = sum(prompt.issued for prompt in at_ten)
    curve = []
    for share in (0.1, 0.2, 0.3, 0.5, 0.75, 1.0):
        spent = _ask(Adaptive(wanted), 200, rates, seed, budget=int(share * budget))
        even = _ask(Fixed(), max(1, round(share * fixed)), rates, seed, budget=None)
        curve.append(
            {
                "share_of_budget": share,
                "verified_prompts": {"adaptive": verified(spent), "fixed": verified(even)},
                "verified_hard_prompts": {"adaptive": verified(spent, hard), "fixed": verified(even, hard)},
            }
        )
    return {
        "prompts": prompts,
        "hard_prompts": sum(hard),
        "verified_by_fixed_10": verified(at_ten),
        "verified_by_adaptive_at_most_10": verified(capped),
        "calls_for_the_same_prompts": sum(prompt.issued for prompt in capped) / budget,
        "hard_prompts_at_the_same_budget": {"fixed": verified(at_ten, hard), "adaptive": verified(same_budget, hard)},
        "curve": curve,
    }


def _ask(policy: Policy, most: int, rates: list[float], seed: int, budget: int | None) -> list[Prompt]:
    """Rounds over all prompts that want more; each sample's outcome depends on prompt and number alone."""
    found = [Prompt(most) for _ in rates]
    draws = [random.Random(f"{seed}/{number}") for number in range(len(rates))]
    left, spent = list(range(len(rates))), 0
    while left and (budget is None or spent < budget):
        following = []
        for number in left:
            prompt = found[number]
            for _ in range(max(0, policy.more(prompt))):
                if budget is not None and spent >= budget:
                    break
                spent += 1
                prompt.issued += 1
                outcome = "correct" if draws[number].random() < rates[number] else "wrong"
                prompt.outcomes[outcome] += 1
                policy.learn(outcome)
            if not policy.finished(prompt):
                following.append(number)
        left = following
    return found


def draw(found: dict[str, Any], path: Path) -> None:
    """Verified prompts over the share of fixed sampling's calls, all and hard ones."""
    figure, axes = plt.subplots(1, 2, figsize=(9, 3.2), layout="constrained")
    shares = [point["share_of_budget"] for point in found["curve"]]
    panels = (
        ("verified_prompts", "all prompts", found["prompts"]),
        ("verified_hard_prompts", "hard prompts", found["hard_prompts"]),
    )
    for axis, (name, title, most) in zip(axes, panels, strict=True):
        for policy, style in (("adaptive", "o-"), ("fixed", "s--")):
            axis.plot(shares, [point[name][policy] / most for point in found["curve"]], style, label=policy)
        axis.set(title=title, xlabel="calls, as a share of ten a prompt", ylabel="share verified", ylim=(0, 1.03))
        axis.grid(alpha=0.3)
    axes[0].legend()
    figure.savefig(path, dpi=110)


if __name__ == "__main__":
    report = simulate()
    print(json.dumps(report, indent=1))
    if len(sys.argv) > 1:
        draw(report, Path(sys.argv[1]))
