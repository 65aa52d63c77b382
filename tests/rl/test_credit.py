"""A step's reward on the token where its claim ends, from the judge's reading to the advantages."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch

from redstar_geo.models.tiny import train_tokenizer
from redstar_geo.records import StepVerdict, Verdict
from redstar_geo.rl.advantages import ppo, reinforce_plus_plus, reinforce_plus_plus_baseline, rewards_to_go
from redstar_geo.rl.credit import step_credits, token_ends
from redstar_geo.rl.experience import Experience
from redstar_geo.rl.recipe import PpoRecipe, ReinforceRecipe
from redstar_geo.rl.reward import Reward, RewardSettings
from redstar_geo.rl.rollout import Rollout
from redstar_geo.train.ppo import with_advantages
from redstar_geo.train.reinforce_pp import advantages
from tests.rl.batches import tokens

REASONING = "∠ABC = 40°. 40 + 50 = 80. 等腰 △ABC。 40 + 50 = 80. So 180° − 80° = 100°."
RESPONSE = "∠BCA = \\boxed{100^\\circ}"
CLAIMS = {
    "∠ABC = 40°": "true",
    "40 + 50 = 80": "false",
    "180° − 80° = 100°": "true",
    "∠BCA = \\boxed{100^\\circ}": "true",
}
CLAIMS |= {"等腰 △ABC": "unproven"}


@pytest.fixture(scope="module")
def tokenizer() -> Any:
    return train_tokenizer([REASONING, RESPONSE, "<think>\n</think>\n"], 300)


def by(weight: float, gate: bool = False) -> RewardSettings:
    return RewardSettings(process_weight=weight, gate=gate)


PROCESS = 2 / 5  # (3 true − 1 false) of 5


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


def test_a_response_that_was_cut_has_its_credits_where_the_whole_one_has_them(tokenizer: Any) -> None:
    """Also when it was cut within a character, whose first tokens are read as a sign for nothing."""
    rollout, reward = response(tokenizer, "<think>\n")
    whole = step_credits(rollout, reward, by(5.0), tokenizer)
    for length in range(1, len(tokenizer.encode(REASONING, add_special_tokens=False))):
        ids = rollout.completion_ids[:length]
        text = tokenizer.decode(ids)
        said = len(text.rstrip("\ufffd\n "))
        kept = [i for i, end in enumerate(reward.ends) if end <= said]
        cut = replace(rollout, completion_ids=ids, text="<think>\n" + text, finish_reason="length")
        steps, ends = (tuple(of[i] for i in kept) for of in (reward.steps, reward.ends))
        found = step_credits(
            cut, replace(reward, steps=steps, ends=ends), by(float(len({s.claim for s in steps}))), tokenizer
        )
        assert torch.equal(found, torch.where(torch.arange(length) < length, whole[:length], 0.0))


@pytest.mark.parametrize(
    ("text", "read", "claim"),
    [
        ("1 + 1 = 2, so \\boxed{2}", "\n1 + 1 = 2, so \\boxed{2}", "1 + 1 = 2"),  # no tags: all is answer
        ("<think>\n1 + 1 = 2, so", "1 + 1 = 2, so\n", "1 + 1 = 2"),  # a tag left open
        ("<think>\n1 + 1 = 2\n</think>\n1 + 1 = 2", "1 + 1 = 2\n1 + 1 = 2", "1 + 1 = 2"),  # the answer again
    ],
)
def test_texts_of_every_form(tokenizer: Any, text: str, read: str, claim: str) -> None:
    ids = tuple(tokenizer.encode(text, add_special_tokens=False))
    rollout = Rollout("p", 0, (1,), ids, tuple(0.0 for _ in ids), "stop", text)
    ends = (read.index(claim) + len(claim),)
    reward = Reward(1.0, 1.0, 1.0, 0.0, 1.0, Verdict("correct", "match"), (StepVerdict(claim, "true", ""),), ends)
    (place,) = step_credits(rollout, reward, by(1.0), tokenizer).nonzero().flatten().tolist()
    assert tokenizer.decode(ids[: place + 1]) == text[: text.index(claim) + len(claim)]


def test_thoughts_in_two_places_are_credited_at_the_end(tokenizer: Any) -> None:
    text = "<think>\n1 + 1 = 2\n</think>\nso\n<think>\n2 + 2 = 4\n</think>\n4"
    ids = tuple(tokenizer.encode(text, add_special_tokens=False))
    rollout = Rollout("p", 0, (1,), ids, tuple(0.0 for _ in ids), "stop", text)
    assert rollout.trace.reasoning not in text
    steps, ends = (StepVerdict("1 + 1 = 2", "true", ""), StepVerdict("2 + 2 = 4", "true", "")), (9, 20)
    reward = Reward(1.0, 1.0, 1.0, 0.0, 1.0, Verdict("correct", "match"), steps, ends)
    credits = step_credits(rollout, reward, by(1.0), tokenizer)
    assert credits[-1] == 1.0 and credits.count_nonzero() == 1


def test_a_claim_that_was_taken_back_has_no_credit(tokenizer: Any) -> None:
    read, text = "AB = 6. Wait, AB = 5.\n5", "<think>\nAB = 6. Wait, AB = 5.\n</think>\n5"
    ids = tuple(tokenizer.encode(text, add_special_tokens=False))
    rollout = Rollout("p", 0, (1,), ids, tuple(0.0 for _ in ids), "stop", text)
    steps = (StepVerdict("AB = 6", "withdrawn", "false, mended: 5 against 6"), StepVerdict("AB = 5", "true", ""))
    ends = tuple(read.index(step.claim) + len(step.claim) for step in steps)
    credits = step_credits(
        rollout, Reward(1.0, 1.0, 1.0, 0.0, 1.0, Verdict("correct", "match"), steps, ends), by(1.0), tokenizer
    )
    (place,) = credits.nonzero().flatten().tolist()
    assert tokenizer.decode(ids[: place + 1]) == "<think>\nAB = 6. Wait, AB = 5" and credits.sum() == 1.0


@pytest.mark.parametrize("opened", ["", "<think>\n"])
def test_each_claim_is_credited_once_where_it_ends(tokenizer: Any, opened: str) -> None:
    rollout, reward = response(tokenizer, opened)
    credits = step_credits(rollout, reward, by(2.0), tokenizer)
    assert credits.sum() == pytest.approx(2.0 * PROCESS) and credits.shape == (len(rollout.completion_ids),)
    for place in credits.nonzero().flatten().tolist():
        before = tokenizer.decode(rollout.completion_ids[: place + 1])
        claim = next(claim for claim in CLAIMS if claim in before[-len(claim) - 3 :])
        assert before.count(claim) == 1
        assert credits[place] == pytest.approx(0.4 if CLAIMS[claim] == "true" else -0.4)
    assert len(credits.nonzero()) == 4


def test_the_gate_takes_half_where_the_first_false_claim_ends(tokenizer: Any) -> None:
    """Of a correct answer; a wrong one has nothing to lose by its steps, nor anything to gain."""
    rollout, reward = response(tokenizer, "<think>\n")
    credits = step_credits(rollout, reward, by(0.0, gate=True), tokenizer)
    (place,) = credits.nonzero().flatten().tolist()
    assert credits[place] == -0.5
    assert tokenizer.decode(rollout.completion_ids[: place + 1]).endswith("40 + 50 = 80")
    assert not step_credits(rollout, replace(reward, outcome=0.0), by(0.0, gate=True), tokenizer).any()


def test_what_is_undecided_or_makes_no_claim_has_no_credit(tokenizer: Any) -> None:
    rollout, reward = response(tokenizer, "")
    for nothing in (replace(reward, total=None), replace(reward, steps=(), ends=())):
        assert not step_credits(rollout, nothing, by(2.0), tokenizer).any()


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
    if name == "baseline":
        assert (found[0, :4] > found[0, 4]).all(), "who answers the same problem without the false step is better off"
    others = found[3][mask[3]]
    assert torch.allclose(others, others[:1].expand_as(others)), "of other problems nothing differs"


def test_a_false_step_at_the_end_of_the_longest_response_counts() -> None:
    batch = tokens()
    scores = torch.where(batch.scores.isnan(), torch.nan, 1.0)
    credits = torch.zeros(batch.mask.shape)
    credits[1, 8] = -1.0  # the other response to this problem has ended
    found = reinforce_plus_plus_baseline(scores, batch.groups, batch.mask, credits)
    assert (found[1][batch.mask[1]] < found[3, 0]).all()


@pytest.mark.parametrize("method", ["reinforce_pp", "reinforce_pp_baseline", "ppo"])
def test_the_trainings_hand_the_credits_on(method: str) -> None:
    batch = tokens()
    nothing = torch.zeros(batch.mask.shape)
    credits = nothing.clone()
    credits[1, 3] = -1.0
    given = {"run": "run", "model": "model", "problems": "problems", "prompts": 2, "samples": 2, "steps": 1}
    given |= {"learning_rate": 1e-4, "kl_weight": 0.0}
    plain = Experience(
        (),
        batch.groups,
        batch.scores,
        batch.mask,
        nothing,
        old=nothing,
        reference=nothing,
        terms=nothing,
        values=nothing,
    )
    if method == "ppo":
        recipe = PpoRecipe.model_validate(given | {"method": "ppo", "critic_learning_rate": 1e-4})
        found = [with_advantages(recipe, one).advantages for one in (plain, replace(plain, credits=credits))]
    else:
        settings = ReinforceRecipe.model_validate(given | {"method": "reinforce_pp", "advantage": method})
        found = [advantages(settings, one) for one in (plain, replace(plain, credits=credits))]
    assert found[0] is not None and found[1] is not None and not torch.allclose(found[0], found[1])


def test_a_credit_at_the_end_is_a_score() -> None:
    batch = tokens()
    scores = torch.where(batch.mask.any(1), batch.scores, 0.0)
    last = batch.mask & (rewards_to_go(batch.mask.float(), batch.mask) == 1)
    credits = torch.where(last, scores.unsqueeze(1), 0.0)
    as_credit = reinforce_plus_plus(torch.zeros_like(scores), torch.zeros(batch.mask.shape), batch.mask, 0.0, credits)
    as_score = reinforce_plus_plus(scores, torch.zeros(batch.mask.shape), batch.mask, 0.0)
    assert torch.allclose(as_credit, as_score)
