from io import BytesIO

import pytest
import torch
from PIL import Image as Picture
from pydantic import ValidationError

from redstar_geo.errors import InputError
from redstar_geo.generation.prompt import completion_messages, prompt_messages
from redstar_geo.models.collate import collate
from redstar_geo.models.encode import Encoder
from redstar_geo.models.families import FAMILIES
from redstar_geo.models.load import load
from redstar_geo.models.parts import Tuning, freeze, param_groups, part_table, reachable
from tests.train.small import problem, trace

ALL = Tuning(vision=1e-6, aligner=1e-4, language=1e-5)
SEEING = [family.name for family in FAMILIES.values() if family.sees]


def loss_of(model, processor):
    one = problem(3)
    pictures = [Picture.open(BytesIO(one.images[0].data))] if FAMILIES[model.config.model_type].sees else []
    encode = Encoder(model.config, processor)
    sample = encode("3", prompt_messages(one), completion_messages(trace(one)), pictures)
    return model(**collate([sample])).loss


@pytest.mark.parametrize("name", FAMILIES)
def test_all_parameters_get_a_gradient_and_stand_in_one_group(tiny, name):
    model, processor = load(str(tiny(name)), torch.float32)
    freeze(model, FAMILIES[name], ALL)
    loss_of(model, processor).backward()
    assert all(parameter.grad is not None for parameter in model.parameters())
    grouped = [p for group in param_groups(model, FAMILIES[name], ALL, 0.1) for p in group["params"]]
    assert {id(p) for p in grouped} == {id(p) for p in model.parameters()}
    assert len(grouped) == len(list(model.parameters()))


@pytest.mark.parametrize("name", SEEING)
@pytest.mark.parametrize("part", ["vision", "aligner", "language"])
def test_only_the_parts_with_a_rate_move(tiny, name, part):
    model, processor = load(str(tiny(name)), torch.float32)
    family, tuning = FAMILIES[name], Tuning(**{part: 1e-3})
    freeze(model, family, tuning)
    before = {key: parameter.detach().clone() for key, parameter in model.named_parameters()}
    optimizer = torch.optim.AdamW(param_groups(model, family, tuning, 0.1))
    loss_of(model, processor).backward()
    optimizer.step()
    moved = {family.part(key) for key, value in model.named_parameters() if not torch.equal(value, before[key])}
    assert moved == {part}
    rows = {row.part: row for row in part_table(model, family, tuning)}
    assert {each for each, row in rows.items() if row.trainable} == {part}
    assert rows[part].trainable == rows[part].parameters
    assert rows[part].learning_rate == 1e-3
    assert sum(row.parameters for row in rows.values()) == model.num_parameters()


@pytest.mark.parametrize("name", FAMILIES)
def test_rates_by_part_and_no_decay_of_norms_and_biases(tiny, name):
    model, _ = load(str(tiny(name)), torch.float32)
    groups = param_groups(model, FAMILIES[name], ALL, weight_decay=0.1)
    names = {id(parameter): key for key, parameter in model.named_parameters()}
    for group in groups:
        keys = [names[id(parameter)] for parameter in group["params"]]
        assert {ALL.rate(FAMILIES[name].part(key)) for key in keys} == {group["lr"]}
        for key, parameter in zip(keys, group["params"], strict=True):
            decays = key.endswith(".weight") and parameter.ndim > 1
            assert group["weight_decay"] == (0.1 if decays else 0.0), key
    assert {group["weight_decay"] for group in groups} == {0.0, 0.1}


def test_an_untied_head_is_a_part_with_the_languages_rate(tiny):
    model, _ = load(str(tiny("qwen3")), torch.float32)
    model.lm_head.weight = torch.nn.Parameter(model.lm_head.weight.detach().clone())
    rows = {row.part: row for row in part_table(model, FAMILIES["qwen3"], ALL)}
    assert rows["head"].parameters == model.lm_head.weight.numel()
    assert rows["head"].learning_rate == ALL.language


def test_parts_that_the_data_cannot_teach_are_frozen_and_said():
    tuning, notes = reachable(FAMILIES["internvl"], ALL, has_images=False)
    assert tuning == Tuning(language=1e-5)
    assert [note.split()[0] for note in notes] == ["vision", "aligner"]
    assert all("no sample has an image" in note for note in notes)
    assert reachable(FAMILIES["internvl"], ALL, has_images=True) == (ALL, [])
    assert reachable(FAMILIES["qwen3"], Tuning(language=1e-5), has_images=False) == (Tuning(language=1e-5), [])
    with pytest.raises(InputError, match="Give language a learning rate"):
        reachable(FAMILIES["qwen3_vl"], Tuning(aligner=1e-3), has_images=False)


def test_a_tuning_that_freezes_everything_is_refused():
    with pytest.raises(ValidationError, match="every part is frozen"):
        Tuning()
