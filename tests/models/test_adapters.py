import pytest
import torch

from redstar_geo.errors import InputError
from redstar_geo.models.adapters import Lora, add_adapters, quantisation
from redstar_geo.models.families import FAMILIES
from redstar_geo.models.load import load
from redstar_geo.models.parts import Tuning, freeze, param_groups, part_table
from tests.models.test_parts import loss_of

LORA = Lora(rank=4, alpha=8)


@pytest.mark.parametrize(
    ("name", "tuning"),
    [
        ("qwen2_5_vl", Tuning(language=1e-4)),
        ("qwen3_vl", Tuning(vision=1e-5, aligner=1e-4, language=1e-4)),
        ("internvl", Tuning(aligner=1e-3)),
        ("qwen2", Tuning(language=1e-4)),
        ("qwen3", Tuning(language=1e-4)),
    ],
)
def test_adapters_stand_in_the_tuned_parts_and_alone_move(tiny, name, tuning):
    family = FAMILIES[name]
    model, processor = load(str(tiny(name)), torch.float32)
    base_loss = loss_of(model, processor)
    wanted = {part for part in ("vision", "aligner", "language") if tuning.rate(part)}
    adapted = add_adapters(model, family, LORA, tuning)
    freeze(adapted, family, tuning)
    assert torch.allclose(loss_of(adapted.get_base_model(), processor), base_loss)  # they begin at zero
    names = [key for key, parameter in adapted.get_base_model().named_parameters() if parameter.requires_grad]
    assert all("lora_" in key for key in names)
    assert {family.part(key) for key in names} == wanted
    assert not any("lm_head" in key or "embed_tokens" in key for key in names)
    groups = param_groups(adapted, family, tuning, 0.1)
    assert {group["lr"] for group in groups} == {tuning.rate(part) for part in wanted}
    rows = part_table(adapted, family, tuning)
    assert sum(row.trainable for row in rows) == adapted.get_nb_trainable_parameters()[0] > 0

    frozen = {key: value.detach().clone() for key, value in adapted.named_parameters() if not value.requires_grad}
    optimizer = torch.optim.AdamW(groups)
    for _ in range(2):  # in the first step only the zero half of every adapter gets a gradient
        optimizer.zero_grad()
        loss_of(adapted.get_base_model(), processor).backward()
        optimizer.step()
    parameters = dict(adapted.named_parameters())
    assert all(torch.equal(parameters[key], value) for key, value in frozen.items())
    assert all(parameter.grad is not None for parameter in parameters.values() if parameter.requires_grad)
    assert not torch.equal(loss_of(adapted.get_base_model(), processor), base_loss)


@pytest.mark.skipif(torch.cuda.is_available(), reason="here a GPU could run it")
def test_quantisation_without_a_gpu_is_refused():
    family = FAMILIES["qwen3"]
    assert quantisation(family, None, torch.bfloat16) is None
    assert quantisation(family, LORA, torch.bfloat16) is None
    with pytest.raises(InputError, match=r"NVIDIA GPU.*quantise: false"):
        quantisation(family, Lora(quantise=True), torch.bfloat16)
