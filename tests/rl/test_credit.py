"""A step's reward on the token where its claim ends, from the judge's reading to the advantages."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch

from redstar_geo.records import StepVerdict, Verdict
from redstar_geo.rl.advantages import ppo, reinforce_plus_plus, reinforce_plus_plus_baseline
from redstar_geo.rl.credit import step_credits, token_ends
from redstar_geo.rl.returns import rewards_to_go
from redstar_geo.rl.reward import Reward
from redstar_geo.rl.rollout import Rollout
from redstar_geo.vlm.tiny import train_tokenizer
from tests.rl.batches import tokens

REASONING = "∠ABC = 40°. 40 + 50 = 80. 等腰 △ABC。 40 + 50 = 80. So 180° − 80° = 100°."
RESPONSE = "∠BCA = \\boxed{100^\\circ}"
CLAIMS = {"∠ABC = 40°": "true", "40 + 50 = 80": "false", "180° − 80° = 100°": "true", "∠BCA = \\boxed": "unproven"}


@pytest.fixture(scope="module")
def tokenizer() -> Any:
    return train_tokenizer([REASONING, RESPONSE, "<think>\n</think>\n"], 300)


PROCESS = 1 / 4  # (2 true − 1 false) of 4


def response(tokenizer: Any, opened: str) -> tuple[Rollout, Reward]:
    """As the policy wrote it, and judged: each claim where it stands, one of them twice."""
    written = f"{REASONING}\n</think>\n\n{RESPONSE}"
    ids = (*tokenizer.encode(written, add_special_tokens=False), tokenizer.eos_token_id)
    rollout = Rollout("p", 0, (1,), ids, tuple(0.0 for _ in ids), "stop", opened + written)
    read = f"{REASONING}\n{RESPONSE}"
    places = [(read.index(claim) + len(claim), claim) for claim in CLAIMS]
    places.append((read.rindex("40 + 50 = 80") + len("40 + 50 = 80"), "40 + 50 = 80"))
    steps = tuple(StepVerdict(claim, CLAIMS[claim], "") for _, claim in sorted(places))
    ends = tuple(end for end, _ in sorted(places))
    return rollout, Reward(1.0, PROCESS, 1.0, 0.0, 1.0, Verdict("correct", "match"), steps, ends)


def test_tokens_end_where_their_characters_do(tokenizer: Any) -> None:
    ids = tokenizer.encode(REASONING, add_special_tokens=False)
    ends = token_ends([*ids, tokenizer.eos_token_id], tokenizer)
    assert ends[-1] == ends[-2] == len(REASONING) and ends == sorted(ends)
    for count, end in enumerate(ends[:-1], 1):
        whole = tokenizer.decode(ids[:count])
        broken = whole.endswith("\ufffd")  # a character of several tokens, of which some are still to come
        assert whole == REASONING[:end] or (broken and REASONING.startswith(whole.rstrip("\ufffd")))


@pytest.mark.parametrize("opened", ["", "<think>\n"])
def test_each_claim_is_credited_once_where_it_ends(tokenizer: Any, opened: str) -> None:
    rollout, reward = response(tokenizer, opened)
    credits = step_credits(rollout, reward, 2.0, tokenizer)
    assert credits.sum() == pytest.approx(2.0 * PROCESS) and credits.shape == (len(rollout.completion_ids),)
    for place in credits.nonzero().flatten().tolist():
        before = tokenizer.decode(rollout.completion_ids[: place + 1])
        claim = next(claim for claim in CLAIMS if claim in before[-len(claim) - 3 :])
        assert before.count(claim) == 1 and credits[place] == (0.5 if CLAIMS[claim] == "true" else -0.5)
    assert len(credits.nonzero()) == 3


def test_what_is_undecided_or_makes_no_claim_has_no_credit(tokenizer: Any) -> None:
    rollout, reward = response(tokenizer, "")
    for nothing in (replace(reward, total=None), replace(reward, steps=(), ends=())):
        assert not step_credits(rollout, nothing, 2.0, tokenizer).any()


@pytest.mark.parametrize("name", ["reinforce_plus_plus", "baseline", "ppo"])
def test_only_what_comes_before_a_step_is_credited_for_it(name: str) -> None:
    """Equal scores, so that all there is comes from one credit, at the fourth token of a response of nine."""
    batch = tokens()
    scores, nothing, mask = torch.where(batch.scores.isnan(), torch.nan, 1.0), torch.zeros(batch.mask.shape), batch.mask
    credits = torch.where(mask, nothing, 1e6)
    credits[1, 3] = -1.0
    found = {
        "reinforce_plus_plus": lambda: reinforce_plus_plus(scores, nothing, mask, 0.0, credits),
        "baseline": lambda: reinforce_plus_plus_baseline(scores, batch.groups, mask, credits),
        "ppo": lambda: ppo(scores, nothing, nothing, mask, 0.0, credits=credits)[0],
    }[name]()
    assert (found[1, :4] < found[1, 4:9].min()).all() and not found[~mask].any()
    assert found[mask].double().square().mean().item() == pytest.approx(1.0, abs=1e-6)
    others = found[3][mask[3]]
    assert torch.allclose(others, others[:1].expand_as(others)), "of other problems nothing differs"


def test_a_credit_at_the_end_is_a_score() -> None:
    batch = tokens()
    scores = torch.where(batch.mask.any(1), batch.scores, 0.0)
    last = batch.mask & (rewards_to_go(batch.mask.float(), batch.mask) == 1)
    credits = torch.where(last, scores.unsqueeze(1), 0.0)
    as_credit = reinforce_plus_plus(torch.zeros_like(scores), torch.zeros(batch.mask.shape), batch.mask, 0.0, credits)
    as_score = reinforce_plus_plus(scores, torch.zeros(batch.mask.shape), batch.mask, 0.0)
    assert torch.allclose(as_credit, as_score)
