"""A packed row is worth exactly its samples one by one: same loss, same gradients, no sight of each other."""

from __future__ import annotations

import dataclasses

import pytest
import torch
from torch import Tensor
from transformers import PreTrainedModel

from redstar_geo.errors import InputError
from redstar_geo.models.attention import PACKED, use_packed_attention
from redstar_geo.models.collate import collate
from redstar_geo.models.encode import Encoded
from redstar_geo.models.families import FAMILIES
from redstar_geo.models.loss import LossModel, labelled_tokens
from tests.models.samples import PACKING, VOCABULARY, sample, tiny_model
from tests.models.samples import one_thread as one_thread  # for every test here

CLOSE = 1e-5  # of the largest gradient of a parameter; float32


def mixed_samples(model: PreTrainedModel, family: str) -> list[Encoded]:
    """Texts, one picture, several pictures of different sizes; for a text model, texts."""
    images = (1, 0, 2, 0, 1) if FAMILIES[family].sees else (0,) * 5
    sizes = zip((13, 30, 9, 5, 21), images, strict=True)
    return [sample(model, family, length, count, seed) for seed, (length, count) in enumerate(sizes)]


def alone(family: str, encoded: Encoded) -> dict[str, Tensor]:
    """The inputs for one sample as anybody would give them: the model finds the positions itself."""
    inputs = {"input_ids": encoded.input_ids.unsqueeze(0), **encoded.images}
    if FAMILIES[family].mrope:
        inputs["mm_token_type_ids"] = (inputs["input_ids"] == 90).int()
    return inputs


def unpacked_loss_and_gradients(model: PreTrainedModel, family: str, samples: list[Encoded]) -> tuple[float, dict]:
    """By transformers' own loss, sample by sample; gradients add up."""
    items = sum(int(labelled_tokens(one.labels.unsqueeze(0))) for one in samples)
    model.zero_grad()
    total = 0.0
    for one in samples:
        inputs = alone(family, one)
        loss = model(**inputs, labels=one.labels.unsqueeze(0), num_items_in_batch=items, use_cache=False).loss
        loss.backward()
        total += loss.item()
    return total, gradients(model)


def packed_loss_and_gradients(model: PreTrainedModel, samples: list[Encoded], chunks: int) -> tuple[float, dict]:
    row = collate(samples)
    model.zero_grad()
    found = LossModel(model, chunks)(num_items=labelled_tokens(row["labels"]), **row)
    found.loss.backward()
    return found.loss.item(), gradients(model)


def gradients(model: PreTrainedModel) -> dict[str, Tensor]:
    return {name: one.grad.clone() for name, one in model.named_parameters() if one.grad is not None}


def furthest(found: dict[str, Tensor], expected: dict[str, Tensor]) -> float:
    assert found.keys() == expected.keys()
    return max(float((found[k] - expected[k]).abs().max() / expected[k].abs().max().clamp(1e-4)) for k in expected)


@pytest.mark.parametrize(("family", "text"), [*((family, None) for family in PACKING), ("internvl", "qwen3")])
def test_packed_loss_and_gradients_equal_unpacked_ones(family: str, text: str | None) -> None:
    model = tiny_model(family, text=text)  # InternVL3's language model is a Qwen2.5, InternVL3.5's a Qwen3
    samples = mixed_samples(model, family)
    loss, expected = unpacked_loss_and_gradients(model, family, samples)
    assert max(float(one.abs().max()) for one in expected.values()) > 1e-2

    def check(chunks: int) -> None:
        packed_loss, found = packed_loss_and_gradients(model, samples, chunks)
        assert packed_loss == pytest.approx(loss, rel=CLOSE)
        assert furthest(found, expected) < CLOSE

    check(chunks=1)  # transformers' own SDPA tells the samples apart by their positions
    assert use_packed_attention(model) == PACKED
    check(chunks=1)
    model.activation_checkpointing_enable()
    check(chunks=4)


def test_a_family_that_cannot_be_packed_is_trained_a_sample_a_row() -> None:
    """Beside the idle one at the end, whose picture the row may lack; two real ones would see each other."""
    model, family = tiny_model("qwen3_5"), "qwen3_5"
    samples = mixed_samples(model, family)
    loss, expected = unpacked_loss_and_gradients(model, family, samples)
    packed, found = packed_loss_and_gradients(model, samples, 1)
    assert abs(packed - loss) > 1e-3 and furthest(found, expected) > 0.1
    with pytest.raises(InputError, match="qwen3_5 cannot keep these apart"):
        use_packed_attention(model)
    items = sum(int(labelled_tokens(one.labels.unsqueeze(0))) for one in samples)
    idle = sample(model, family, 4, images=1)
    idle.labels.fill_(-100)
    model.zero_grad()
    losses = [LossModel(model, 2)(num_items=items, **collate([one], idle)).loss for one in samples]
    torch.stack(losses).sum().backward()
    assert sum(float(one) for one in losses) == pytest.approx(loss, rel=CLOSE)
    assert furthest(gradients(model), expected) < 10 * CLOSE  # chunks of the recurrence begin elsewhere


@pytest.mark.parametrize("family", PACKING)
def test_the_equality_sees_attention_across_samples_and_wrong_positions(family: str) -> None:
    """What the test above would let through if the tiny models did not use positions and attention."""
    model = tiny_model(family)
    samples = mixed_samples(model, family)
    _, expected = unpacked_loss_and_gradients(model, family, samples)
    row = collate(samples)
    broken = [row | {"attention_mask": torch.ones_like(row["input_ids"])}]  # hides the samples from transformers
    if FAMILIES[family].mrope:
        broken.append(
            row | {"position_ids": row["position_ids"][:1].expand(4, -1, -1)}
        )  # pictures as if they were text
    for inputs in broken:
        model.zero_grad()
        LossModel(model, 1)(num_items=labelled_tokens(row["labels"]), **inputs).loss.backward()
        assert furthest(gradients(model), expected) > 100 * CLOSE


@pytest.mark.parametrize("family", PACKING)
@pytest.mark.parametrize("packed", [False, True])
def test_a_sample_changes_nothing_in_the_logits_of_the_others(family: str, packed: bool) -> None:
    model = tiny_model(family).eval()
    if packed:
        use_packed_attention(model)
    samples = mixed_samples(model, family)
    changed = samples[2]
    text = (changed.input_ids < 90) & (torch.arange(len(changed.input_ids)) > 0)
    others = torch.where(text, (changed.input_ids + 7) % 90, changed.input_ids)
    pictures = {name: one * -2.0 if one.is_floating_point() else one for name, one in changed.images.items()}
    other = dataclasses.replace(changed, input_ids=others, images=pictures)

    def logits(pack: list[Encoded]) -> tuple[Tensor, ...]:
        row = collate(pack)
        row.pop("labels")
        with torch.no_grad():
            return model(**row).logits[0].split([len(one.input_ids) for one in pack])

    before, after = logits(samples), logits([*samples[:2], other, *samples[3:]])
    for index, one in enumerate(samples):
        if index == 2:
            assert (before[2] - after[2]).abs().max() > 0.1
        else:
            assert torch.allclose(before[index], after[index], atol=1e-5)
            with torch.no_grad():
                expected = model(**alone(family, one)).logits[0]
            assert torch.allclose(before[index], expected, atol=1e-4)
    reverse = logits(samples[::-1])[::-1]
    assert all(torch.allclose(a, b, atol=1e-4) for a, b in zip(before, reverse, strict=True))


@pytest.mark.parametrize("family", PACKING)
def test_the_idle_sample_adds_nothing_and_reaches_the_vision_tower(family: str) -> None:
    model = tiny_model(family)
    texts = [one for one in mixed_samples(model, family) if not one.images]
    idle = sample(model, family, 4, images=int(FAMILIES[family].sees))
    idle.labels.fill_(-100)
    items = sum(int(labelled_tokens(one.labels.unsqueeze(0))) for one in texts)
    loss, expected = unpacked_loss_and_gradients(model, family, texts)

    model.zero_grad()
    total = 0.0
    for pack in (texts, []):  # a text-only pack, and the empty pack of a rank that has nothing left
        found = LossModel(model, 2)(num_items=items, **collate(pack, idle))
        found.loss.backward()
        total += found.loss.item()
        assert all(one.grad is not None for one in model.parameters() if one.requires_grad), "DDP would wait"
    assert total == pytest.approx(loss, rel=CLOSE)
    found = gradients(model)
    assert furthest({name: found[name] for name in expected}, expected) < CLOSE
    assert all(not one.any() for name, one in found.items() if name not in expected)


def test_generation_with_padding_is_that_of_sdpa() -> None:
    model = tiny_model("qwen2").eval()
    prompts = torch.randint(2, VOCABULARY, (2, 9), generator=torch.Generator().manual_seed(0))
    padding = torch.ones_like(prompts)
    padding[0, :4] = 0
    settings = {"attention_mask": padding, "max_new_tokens": 12, "do_sample": False, "eos_token_id": None}
    expected = model.generate(prompts, **settings)
    use_packed_attention(model)
    assert torch.equal(model.generate(prompts, **settings), expected)
    alone = model.generate(prompts[:1, 4:], **settings | {"attention_mask": None})
    assert torch.equal(alone[0, 5:], expected[0, 9:])


@pytest.mark.skipif(not torch.cuda.is_available(), reason="the variable-length kernel needs a GPU")
@pytest.mark.parametrize("family", PACKING)
def test_on_a_gpu_in_half_precision_packed_is_as_near_to_float32_as_unpacked(family: str) -> None:
    exact = tiny_model(family).eval().to("cuda")
    samples = mixed_samples(exact, family)
    row = {name: one.to("cuda") if isinstance(one, Tensor) else one for name, one in collate(samples).items()}
    row.pop("labels")
    half = tiny_model(family).eval().to("cuda", torch.bfloat16)
    with torch.no_grad():
        expected, stock = exact(**row).logits, half(**row).logits.float()
        use_packed_attention(half)
        found = half(**row).logits.float()
    assert (found - expected).abs().mean() < 1.5 * (stock - expected).abs().mean()
