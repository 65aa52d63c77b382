"""Operations are those that torch's own counter sees, less the upper half of causal attention."""

from __future__ import annotations

import pytest
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode
from transformers.integrations.deepspeed import HfDeepSpeedConfig, unset_hf_deepspeed_config

from redstar_geo.models.adapters import Lora, add_adapters
from redstar_geo.models.collate import collate
from redstar_geo.models.families import FAMILIES, family_of
from redstar_geo.models.flops import SampleSize, StepFlops, mfu, peak_flops, sample_size
from redstar_geo.models.loss import LossModel, labelled_tokens
from redstar_geo.models.parts import Tuning, freeze
from tests.models.samples import PACKING, sample, tiny_model

VISION = [name for name in PACKING if FAMILIES[name].sees]
ALL = Tuning(vision=1.0, aligner=1.0, language=1.0)
LANGUAGE, ALIGNER = Tuning(language=1.0), Tuning(aligner=1.0)
CASES: list[tuple[str, Tuning, Lora | None]] = [(family, ALL, None) for family in PACKING]
CASES += [(family, tuning, None) for family in VISION for tuning in (LANGUAGE, ALIGNER)]
CASES += [("qwen2_5_vl", ALL, Lora(rank=4)), ("qwen3", ALL, Lora(rank=4))]


def counted(family: str, tuning: Tuning, lora: Lora | None) -> tuple[float, float]:
    """(ours, torch's) of a step over one sample with two images, or over text."""
    model = tiny_model(family)
    config = model.config
    if lora:
        add_adapters(model, family_of(config), lora, tuning)
    freeze(model, family_of(config), tuning)
    one = sample(model, family, 150, images=2 if family in VISION else 0)
    row = collate([one])
    with sdpa_kernel(SDPBackend.MATH), FlopCounterMode(display=False) as counter:
        loss = LossModel(model, 1)(num_items=labelled_tokens(row["labels"]), **row).loss
        loss.backward()
    text = config.get_text_config()
    upper_half = 2 * len(one.input_ids) ** 2 * text.num_attention_heads * text.head_dim * text.num_hidden_layers
    return StepFlops(config, tuning, lora)([sample_size(one, config)]), counter.get_total_flops() - 3 * upper_half


@pytest.mark.parametrize(("family", "tuning", "lora"), CASES)
def test_a_step_has_the_operations_that_torch_counts(family: str, tuning: Tuning, lora: Lora | None) -> None:
    ours, torchs = counted(family, tuning, lora)
    assert ours == pytest.approx(torchs, rel=0.05)


def test_a_sample_costs_the_same_however_it_is_packed_and_twice_the_length_more_than_twice() -> None:
    model = tiny_model("qwen2")
    flops = StepFlops(model.config, ALL)
    short, long = (sample_size(sample(model, "qwen2", length), model.config) for length in (100, 200))
    assert flops([short, long]) == flops([short]) + flops([long])
    assert flops([long]) > 2 * flops([short])


def test_linear_attention_costs_by_the_token_and_full_attention_by_the_square() -> None:
    flops = StepFlops(tiny_model("qwen3_5").config, ALL)
    once, twice, four = (flops([SampleSize(tokens, 0)]) for tokens in (10_000, 20_000, 40_000))
    assert (four - 2 * twice) == pytest.approx(4 * (twice - 2 * once))  # what is left is the square
    one_full_layer = 2 * 20_000**2 * 32 * 3
    assert twice - 2 * once == pytest.approx(one_full_layer / 2)


def test_frozen_parts_below_what_is_trained_have_no_backward() -> None:
    config = tiny_model("qwen3_vl").config
    seen, unseen = SampleSize(200, 100, ((1, 8, 8), (1, 4, 8))), SampleSize(200, 100)

    def of_images(tuning: Tuning) -> float:
        flops = StepFlops(config, tuning)
        return flops([seen]) - flops([unseen])

    assert 2 * of_images(LANGUAGE) < of_images(ALL) < 3 * of_images(LANGUAGE)
    assert of_images(LANGUAGE) < of_images(Tuning(aligner=1.0, language=1.0)) < of_images(ALL)


def test_the_count_is_the_same_where_deepspeed_cuts_models_up() -> None:
    config = tiny_model("qwen2_5_vl").config
    sizes = [SampleSize(200, 100, ((1, 8, 8),))]
    alone = StepFlops(config, ALL)(sizes)
    active = HfDeepSpeedConfig({"zero_optimization": {"stage": 3}, "train_micro_batch_size_per_gpu": 1})
    try:
        assert active.is_zero3()
        assert StepFlops(config, ALL)(sizes) == alone
    finally:
        unset_hf_deepspeed_config()


def test_utilisation_of_known_devices_only() -> None:
    assert peak_flops("NVIDIA H200") == peak_flops("NVIDIA H100 80GB HBM3") == 989.5e12
    assert peak_flops("NVIDIA H100 PCIe") == 756e12
    assert peak_flops("NVIDIA A100-SXM4-80GB") == 312e12
    assert peak_flops("NVIDIA H100 80GB HBM3 MIG 1g.10gb") is None
    assert peak_flops("NVIDIA L4") != peak_flops("NVIDIA L40S")
    assert mfu(400e12 * 10, 10, "NVIDIA H200") == pytest.approx(400 / 989.5)
    assert mfu(400e12 * 10, 10, "NVIDIA H200", devices=2) == pytest.approx(200 / 989.5)
    assert mfu(1e12, 1, "Some CPU") is None
