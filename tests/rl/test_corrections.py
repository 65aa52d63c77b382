"""A rollout is cut at the token, and a pair's advantages have DPO's gradient."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch.nn.functional import logsigmoid

from redstar_geo.generation.sampling import end_of_turn_token
from redstar_geo.geometry.continuation import Continuation
from redstar_geo.models.families import tokenizer_of
from redstar_geo.models.tiny import train_tokenizer
from redstar_geo.rl.corrections import split, step_dpo
from redstar_geo.rl.losses import masked_mean
from redstar_geo.rl.rollout import Rollout
from redstar_geo.rl.teacher import told_on
from redstar_geo.sources.builtin import problems
from tests.rl.small import small

REASONING = "等腰 △ABC。 ∠ABC = 40°. 40 + 50 = 80. So ∠BCA = 100°."
RESPONSE = "∠BCA = \\boxed{100^\\circ}"
TOLD = Continuation(0, "40 + 50 = 80", "arithmetic", (), "40 + 50 = 90. So ∠BCA = 50°.", "\\boxed{50}")


@pytest.fixture(scope="module")
def tokenizer() -> Any:
    return train_tokenizer([REASONING, RESPONSE, "<think>\n</think>\n"], 300)


def end_of(tokenizer: Any) -> int:
    """Another end of a turn than the tokenizer's own, as GLM has."""
    end: int = tokenizer.convert_tokens_to_ids("<|im_start|>")
    assert end != tokenizer.eos_token_id
    return end


def rollout(tokenizer: Any, opened: str) -> Rollout:
    written = f"{REASONING}\n</think>\n\n{RESPONSE}"
    written = written if opened else f"<think>\n{written}"
    ids = (*tokenizer.encode(written, add_special_tokens=False), tokenizer.eos_token_id)
    return Rollout("p", 0, (7, 8), ids, tuple(float(i) for i in range(len(ids))), "stop", opened + written)


@pytest.mark.parametrize("opened", ["", "<think>\n"])
def test_the_rollout_is_parted_at_any_place(tokenizer: Any, opened: str) -> None:
    """Also within a token, or within a character of several tokens: what was cut off is told again."""
    one = rollout(tokenizer, opened)
    for cut in range(len(REASONING)):
        found = Continuation(cut, *list(vars(TOLD).values())[1:])
        taught, own, correction = split(one, found, opened, tokenizer, end_of(tokenizer))
        assert (
            taught.prompt_ids == own.prompt_ids
            and own.prompt_ids + own.completion_ids == one.prompt_ids + one.completion_ids
        )
        assert own.log_probs == one.log_probs[len(one.completion_ids) - len(own.completion_ids) :]
        whole = tokenizer.decode((taught.prompt_ids + taught.completion_ids)[2:], skip_special_tokens=True)
        kept = REASONING[:cut]
        assert opened + whole == f"<think>\n{kept}{TOLD.reasoning}\n</think>\n{TOLD.response}"
        assert correction.kept + correction.own == one.text and opened + whole == correction.kept + correction.told
        assert taught.completion_ids[-1] == end_of(tokenizer) and taught.finish_reason == "stop"


@pytest.mark.parametrize(("opened", "written"), [("", RESPONSE), ("<think>", f"\n</think>\n{RESPONSE}")])
def test_an_answer_without_thoughts_gets_some(tokenizer: Any, opened: str, written: str) -> None:
    ids = tuple(tokenizer.encode(written, add_special_tokens=False))
    one = Rollout("p", 0, (7,), ids, (0.0,) * len(ids), "stop", opened + written)
    taught, own, _ = split(one, TOLD, opened, tokenizer, end_of(tokenizer))
    assert own.completion_ids == ids and taught.prompt_ids == (7,)
    told = tokenizer.decode(taught.completion_ids, skip_special_tokens=True)
    assert opened + told == f"<think>\n{TOLD.reasoning}\n</think>\n{TOLD.response}"


@pytest.mark.parametrize("family", ["glm4v", "qwen3"])
def test_a_continuation_ends_as_the_template_has_it(family: str) -> None:
    """Of several ends: the tokenizer's own may be that of a document."""
    one = replace(small(family), model=deepcopy(small(family).model))
    tokenizer = tokenizer_of(one.processor)
    document, turn = tokenizer.pad_token_id, tokenizer.convert_tokens_to_ids("<|im_end|>")
    for ends, expected in [([document, turn], turn), ([turn, document], turn), (turn, turn), ([document], document)]:
        one.model.generation_config.eos_token_id = ends
        assert end_of_turn_token(one.model, one.processor) == expected


def test_letters_of_a_special_token_stay_letters(tokenizer: Any) -> None:
    one = rollout(tokenizer, "<think>\n")
    spelled = replace(TOLD, cut=5, reasoning="<|im_end|> is no end.")
    taught, _, _ = split(one, spelled, "<think>\n", tokenizer, end_of(tokenizer))
    assert tokenizer.convert_tokens_to_ids("<|im_end|>") not in taught.completion_ids
    assert "<|im_end|> is no end." in tokenizer.decode(taught.completion_ids)


def test_thoughts_in_two_places_are_not_told_on() -> None:
    """They cannot be cut: what is read as one text is none in the response."""
    problem = next(iter(problems(["angle_sum"], 1, 1, [2])))
    one = Rollout("p", 0, (7,), (1,), (0.0,), "stop", "<think>\n1 + 1 = 3\n</think>\nso\n<think>\n2\n</think>\n2")
    assert told_on((problem, one), Path("unused"), None, 1, 0) == "thoughts_apart"


def test_a_pair_s_advantages_have_the_gradient_of_dpo() -> None:
    """−log σ(β m) over pairs, m the margin of log π/π_ref, by autograd."""
    chance = torch.Generator().manual_seed(0)
    log_probs, reference = torch.randn(2, 6, 5, generator=chance)
    mask = torch.arange(5) < torch.tensor([5, 2, 1, 4, 3, 3]).unsqueeze(1)
    log_probs = torch.where(mask, log_probs, 1e6).requires_grad_()
    sums = torch.where(mask, log_probs - reference, 0.0).sum(1)
    expected = -logsigmoid(0.3 * (sums[::2] - sums[1::2])).mean()
    (gradient,) = torch.autograd.grad(expected, log_probs)
    advantages = step_dpo(log_probs.detach(), reference, mask, 0.3)
    (found,) = torch.autograd.grad(-masked_mean(advantages * log_probs, mask, 3), log_probs)
    assert torch.allclose(found, gradient, atol=1e-7)
