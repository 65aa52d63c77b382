"""The solver as on-policy teacher: rollouts cut at their first false claim and continued, as samples to learn from.

DAgger (Ross et al., arXiv 1011.0686): the states are the student's own, what to do there the teacher says. Learned is
the continuation, or the pair of it and the student's own text after the cut (step-wise DPO, arXiv 2406.18629).
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import Any

import torch
from torch import Tensor

from redstar_geo.generation.sampling import end_of_turn_token
from redstar_geo.geometry.continuation import Continuation
from redstar_geo.models.families import tokenizer_of
from redstar_geo.rl.credit import token_ends
from redstar_geo.rl.experience import Experience, encoded, experience
from redstar_geo.rl.rollout import Rollout
from redstar_geo.rl.sampler import Rewarded, of_all_ranks
from redstar_geo.rl.teacher import told_on
from redstar_geo.rl.training import Training


@dataclass(frozen=True)
class Correction:
    """A rollout and what the solver made of it, for the log: `kept` + `told` is what was learned from."""

    problem_id: str
    sample: int
    kept: str
    own: str
    told: str
    wrong: str
    why: str
    derived: int


def correct(training: Training, step: int, voices: int | None, pairs: bool) -> Experience:
    """The continuations of this rank's rollouts, each with the student's own text after the cut if `pairs`.

    The step learns from the problems that have some; why others have none is in the log. A collective.
    """
    settings, library = training.recipe.reward, training.rewarder.library
    work = partial(told_on, library=library, gdl=settings.gdl, voices=voices, seed=training.recipe.seed + step)
    found = training.rewarder.apart(work, [(one.problem, one.rollout) for one in training.own])
    models = training.models
    tokenizer, end = tokenizer_of(models.processor), end_of_turn_token(models.model, models.processor)  # type: ignore[arg-type]
    rows: list[Rewarded] = []
    mine: list[tuple[int, Correction | str]] = []
    for one, continuation in zip(training.own, found, strict=True):
        if isinstance(continuation, str):
            mine.append((one.place, continuation))
            continue
        taught, own, correction = split(one.rollout, continuation, one.prompt.opened, tokenizer, end)
        fits = len(taught.completion_ids) <= training.cap
        mine.append((one.place, correction if fits else "too_long"))
        rows += [replace(one, rollout=each) for each in ([taught, own] if pairs else [taught]) if fits]
    every = sorted(of_all_ranks(mine), key=lambda each: each[0])
    training.groups = sorted({place for place, each in every if isinstance(each, Correction)})
    training.keep_corrections(step, [asdict(each) for _, each in every if isinstance(each, Correction)])
    why = Counter(each for _, each in every if isinstance(each, str))
    training.note(corrections=len(every) - why.total(), uncorrected=dict(sorted(why.items())))
    return _experience(training, rows)


def step_dpo(log_probs: Tensor, reference: Tensor, mask: Tensor, beta: float) -> Tensor:
    """Â [2N, T] with which −Σ Â log π / N has DPO's gradient where π is the policy that `log_probs` are of.

    Rows are pairs, the better text first. DPO (arXiv 2305.18290) has the gradient −β σ(−β m) ∇(log π(+) − log π(−)),
    m the margin of the log-ratios: so the texts of a pair need not share a row.
    """
    ratios = torch.where(mask, log_probs - reference, 0.0).sum(1)
    weights = beta * torch.sigmoid(-beta * (ratios[::2] - ratios[1::2]))
    signed = torch.stack([weights, -weights], 1).reshape(-1, 1)
    return torch.where(mask, signed, 0.0)


def split(
    rollout: Rollout, continuation: Continuation, opened: str, tokenizer: Any, end: int
) -> tuple[Rollout, Rollout, Correction]:
    """The rollout up to its cut as a prompt, answered by the solver and as the student did, and what is logged of it.

    Where the cut falls within a token, the continuation begins with what stands before it. `end` is the token that ends
    a turn; special tokens that a text spells mean their letters, as in fine-tuning.
    """
    reasoning = rollout.trace.reasoning
    place = rollout.text.index(reasoning) + continuation.cut if reasoning else len(opened)
    told = f"{continuation.reasoning}\n</think>\n{continuation.response}"
    if not reasoning:
        told = f"{'' if opened else '<think>'}\n{told}"
    hidden = len(rollout.text) - len(tokenizer.decode(rollout.completion_ids, skip_special_tokens=True))
    ends = token_ends(rollout.completion_ids, tokenizer)
    whole = max((end for end in ends if end <= place - hidden), default=0)
    kept = bisect_left(ends, whole) + 1 if whole else 0
    between = rollout.text[hidden + whole : place]
    letters = tokenizer(between + told, add_special_tokens=False, split_special_tokens=True)["input_ids"]
    ids = (*letters, end)
    before, after = rollout.completion_ids[:kept], rollout.completion_ids[kept:]
    prompt = (*rollout.prompt_ids, *before)
    taught = replace(rollout, prompt_ids=prompt, completion_ids=ids, log_probs=(0.0,) * len(ids), finish_reason="stop")
    own = replace(rollout, prompt_ids=prompt, completion_ids=after, log_probs=rollout.log_probs[kept:])
    correction = Correction(
        rollout.problem_id,
        rollout.sample,
        kept=rollout.text[:place],
        own=rollout.text[place:],
        told=told,
        wrong=continuation.wrong,
        why=continuation.why,
        derived=len(continuation.derived),
    )
    return taught, own, correction


def _experience(training: Training, rows: Sequence[Rewarded]) -> Experience:
    """All that is decided about these rows is that they are to be learned from, or not."""
    models, settings = training.models, training.recipe.reward
    samples = [encoded(one.rollout, one.prompt, models.config) for one in rows]
    rewards = [replace(one.reward, total=0.0) for one in rows]
    rollouts = [one.rollout for one in rows]
    return experience(samples, [one.place for one in rows], rollouts, rewards, settings, models.device)
