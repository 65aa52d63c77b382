"""Losses of pairs against DPO as its paper states it, on small models with images, packed and not."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.nn.functional import log_softmax, logsigmoid

from redstar_geo.dpo.dataset import Pair, collate_pairs
from redstar_geo.dpo.loss import PairLogProbs, chosen_nll, metric_sums, preference_loss, summary
from redstar_geo.dpo.model import PairModel, check_pictures_can_be_shared
from redstar_geo.errors import InputError
from redstar_geo.models.attention import use_packed_attention
from redstar_geo.models.encode import Encoded
from tests.models.samples import sample, tiny_model

BETA = 0.3
CLOSE: Any = {"rtol": 1e-5, "atol": 1e-5}
FAMILIES = ["qwen2_5_vl", "qwen3_vl", "internvl", "qwen3"]


def pairs(model: Any, family: str) -> list[Pair]:
    """Three pairs, of two images, of none and of one (text families: of none)."""
    found = []
    for number, images in enumerate((2, 0, 1)):
        chosen = sample(model, family, 14 + number, images if family != "qwen3" else 0, seed=number)
        other = sample(model, family, 14 + number, 0, seed=number + 10)
        begins = int((chosen.labels != -100).nonzero()[0])
        kept = len(chosen.labels) - begins - number  # completions of different lengths
        ids = torch.cat([chosen.input_ids[:begins], other.input_ids[-kept:]])
        labels = torch.cat([chosen.labels[:begins], other.input_ids[-kept:]])
        where = chosen.position_ids[:, : len(ids)]
        found.append(Pair(chosen, Encoded(f"rejected {number}", ids, labels, where)))
    return found


def plain_log_prob(model: Any, one: Encoded, images: dict[str, Tensor]) -> Tensor:
    """log π(y | x) of one completion by itself, token by token."""
    positions = one.position_ids.unsqueeze(1) if len(one.position_ids) == 3 else one.position_ids
    logits = model(input_ids=one.input_ids[None], position_ids=positions, use_cache=False, **images).logits
    by_token = log_softmax(logits[0, :-1].float(), -1).gather(1, one.input_ids[1:, None])[:, 0]
    return by_token[one.labels[1:] != -100].sum()


def plain_loss(policy: Any, reference: Any, of: list[Pair]) -> Tensor:
    """Equation 7 of arXiv 2305.18290."""
    total = torch.zeros(())
    for pair in of:
        with torch.no_grad():
            before = [plain_log_prob(reference, one, pair.chosen.images) for one in (pair.chosen, pair.rejected)]
        now = [plain_log_prob(policy, one, pair.chosen.images) for one in (pair.chosen, pair.rejected)]
        total = total - logsigmoid(BETA * ((now[0] - before[0]) - (now[1] - before[1])))
    return total / len(of)


def packed_loss(policy: PairModel, reference: PairModel, of: list[Pair], rows: list[list[int]]) -> Tensor:
    total = torch.zeros(())
    for row in rows:
        given = collate_pairs([of[number] for number in row])
        with torch.no_grad():
            before = reference(**given)
        total = total + preference_loss(policy(**given), before, BETA, "sigmoid").sum()
    return total / len(of)


def gradients(model: Any) -> dict[str, Tensor]:
    found = {name: one.grad.clone() for name, one in model.named_parameters() if one.grad is not None}
    model.zero_grad()
    return found


@pytest.mark.parametrize("family", FAMILIES)
def test_loss_and_gradients_are_those_of_the_paper_however_pairs_are_packed(family: str) -> None:
    policy, reference = tiny_model(family, seed=1), tiny_model(family, seed=2)
    of = pairs(policy, family)
    expected = plain_loss(policy, reference, of)
    expected.backward()
    wanted = gradients(policy)
    if family != "qwen3":
        assert any("vis" in name for name in wanted)
    for one in (policy, reference):
        use_packed_attention(one)
    for rows, chunks in (([[0, 1, 2]], 1), ([[2, 0], [1]], 3), ([[0], [1], [2]], 1)):
        loss = packed_loss(PairModel(policy, chunks), PairModel(reference, chunks), of, rows)
        torch.testing.assert_close(loss, expected, **CLOSE)
        loss.backward()
        found = gradients(policy)
        assert found.keys() == wanted.keys()
        for name in wanted:
            scale = max(1.0, float(wanted[name].abs().max()))
            torch.testing.assert_close(found[name] / scale, wanted[name] / scale, **CLOSE, msg=f"{name}, {rows}")


@pytest.mark.parametrize("family", FAMILIES[:3])
def test_a_pairs_images_are_encoded_once(family: str) -> None:
    model = tiny_model(family)
    use_packed_attention(model)
    of = pairs(model, family)
    seen: list[int] = []
    base: Any = model.base_model
    vision = base.vision_tower if family == "internvl" else base.visual

    def count(_: Any, given: tuple[Any, ...], named: dict[str, Any]) -> None:
        seen.append(len(named["pixel_values"] if "pixel_values" in named else given[0]))

    watching = vision.register_forward_pre_hook(count, with_kwargs=True)
    PairModel(model, 1)(**collate_pairs(of))
    watching.remove()
    assert seen == [sum(len(pair.chosen.images["pixel_values"]) for pair in of if pair.chosen.images)]


def test_an_older_transformers_is_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    check_pictures_can_be_shared()
    monkeypatch.setattr("transformers.__version__", "5.17.0")
    with pytest.raises(InputError, match=r"need transformers 5\.18 or newer"):
        check_pictures_can_be_shared()


def test_an_idle_row_has_no_pairs_and_a_gradient_of_zero() -> None:
    model = tiny_model("qwen2_5_vl")
    use_packed_attention(model)
    idle = sample(model, "qwen2_5_vl", 6, 1)
    idle = replace(idle, labels=torch.full_like(idle.labels, -100))
    found = PairModel(model, 2)(**collate_pairs([], idle))
    assert found.chosen.shape == (0,)
    preference_loss(found, found, BETA, "sigmoid").sum().backward()
    assert all(not gradient.any() for gradient in gradients(model).values())


def of_numbers(chosen: list[float], rejected: list[float], lengths: tuple[int, int] = (2, 4)) -> PairLogProbs:
    count = torch.ones(len(chosen), dtype=torch.long)
    return PairLogProbs(torch.tensor(chosen), torch.tensor(rejected), lengths[0] * count, lengths[1] * count)


def test_the_losses_at_the_reference_and_away_from_it() -> None:
    reference = of_numbers([-4.0, -4.0], [-6.0, -6.0])
    assert preference_loss(reference, reference, BETA, "sigmoid").tolist() == pytest.approx([math.log(2)] * 2)
    assert preference_loss(reference, reference, BETA, "hinge").tolist() == [1.0, 1.0]
    assert preference_loss(reference, reference, 0.5, "ipo").tolist() == [1.0, 1.0]
    moved = of_numbers([-3.0, -5.0], [-8.0, -5.0])
    assert preference_loss(moved, reference, 1.0, "sigmoid").tolist() == pytest.approx(
        [math.log1p(math.exp(-3)), math.log1p(math.exp(2))]
    )
    assert preference_loss(moved, reference, 0.5, "ipo").tolist() == pytest.approx([0.0, (-0.75 - 1) ** 2])
    assert chosen_nll(moved).tolist() == [1.5, 2.5]


def cut(whole: PairLogProbs, part: slice) -> PairLogProbs:
    return PairLogProbs(*(tensor[part] for tensor in vars(whole).values()))


def test_metrics_add_up_over_micro_batches() -> None:
    reference = of_numbers([-4.0, -4.0, -2.0], [-6.0, -6.0, -2.0])
    policy = of_numbers([-3.0, -5.0, -2.5], [-8.0, -5.0, -3.5])
    losses = preference_loss(policy, reference, BETA, "sigmoid")
    whole = metric_sums(policy, reference, losses, BETA)
    parts = [
        metric_sums(cut(policy, part), cut(reference, part), losses[part], BETA) for part in (slice(0, 1), slice(1, 3))
    ]
    torch.testing.assert_close(parts[0] + parts[1], whole)
    said = summary(whole)
    assert said["reward_accuracy"] == pytest.approx(2 / 3)
    assert said["reward_margin"] == pytest.approx(BETA * (3 - 2 + 1) / 3)
    assert said["chosen_log_ratio"] == pytest.approx(-0.5 / 6)
    assert said["chosen_tokens"] == 2 and said["rejected_tokens"] == 4
    assert said["chosen_nll"] == pytest.approx(10.5 / 6)
