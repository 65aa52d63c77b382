from __future__ import annotations

import dataclasses

import pytest
import torch

from redstar_geo.models.collate import collate
from redstar_geo.models.families import FAMILIES
from tests.models.samples import sample, tiny_model


@pytest.mark.parametrize("family", FAMILIES)
def test_a_row_splits_back_into_its_samples(family: str) -> None:
    model = tiny_model(family)
    samples = [sample(model, family, length, length % 3 if FAMILIES[family].sees else 0) for length in (7, 12, 8, 3)]
    row = collate(samples)
    lengths = [len(one.input_ids) for one in samples]
    total = sum(lengths)
    assert row["input_ids"].shape == row["labels"].shape == (1, total)
    assert row["position_ids"].shape == ((4, 1, total) if FAMILIES[family].mrope else (1, total))
    assert row["use_cache"] is False
    for name in ("input_ids", "labels"):
        parts = row[name][0].split(lengths)
        assert all(torch.equal(part, vars(one)[name]) for part, one in zip(parts, samples, strict=True))
    for part, one in zip(row["position_ids"].split(lengths, dim=-1), samples, strict=True):
        assert torch.equal(part.flatten(0, -2)[-len(one.position_ids) :], one.position_ids)
        assert torch.equal(part.flatten(0, -2)[0], torch.arange(len(one.input_ids))), "the row that tells samples apart"
    images = [one.images for one in samples if one.images]
    for name in images[0] if images else ():
        assert torch.equal(row[name], torch.cat([one[name] for one in images]))
    assert ("pixel_values" in row) == (FAMILIES[family].sees)


def test_no_sample_is_predicted_from_the_end_of_the_one_before() -> None:
    model = tiny_model("qwen2")
    all_labelled = [
        dataclasses.replace(one, labels=one.input_ids) for one in (sample(model, "qwen2", n) for n in (4, 5))
    ]
    labels = collate(all_labelled)["labels"][0]
    assert [int(at) for at in (labels == -100).nonzero()] == [0, 4]
    assert (all_labelled[1].labels != -100).all(), "the sample itself is left as it is"


def test_the_idle_sample_comes_only_where_it_is_needed() -> None:
    model = tiny_model("qwen2_5_vl")
    text, picture = sample(model, "qwen2_5_vl", 9), sample(model, "qwen2_5_vl", 9, images=1)
    idle = dataclasses.replace(sample(model, "qwen2_5_vl", 2, images=1), labels=torch.full((8,), -100))
    idle = dataclasses.replace(idle, labels=torch.full_like(idle.input_ids, -100))
    both = collate([text, picture], idle)
    assert both["input_ids"].shape[1] == len(text.input_ids) + len(picture.input_ids)
    for pack in ([text], []):
        row = collate(pack, idle)
        assert torch.equal(row["pixel_values"], idle.images["pixel_values"])
        assert row["input_ids"].shape[1] == sum(len(one.input_ids) for one in [*pack, idle])
    text_idle = dataclasses.replace(text, labels=torch.full_like(text.input_ids, -100))
    assert collate([text], text_idle)["input_ids"].shape[1] == len(text.input_ids)
    assert (collate([], text_idle)["labels"] == -100).all()
