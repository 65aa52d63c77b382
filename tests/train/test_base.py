"""The making of the base: a few steps on a few pictures, with the whole machinery."""

from __future__ import annotations

from pathlib import Path

import torch

from redstar_geo.base.looking import Looker, Pictures
from redstar_geo.base.recipe import BaseRecipe, Looking
from redstar_geo.models.load import load
from redstar_geo.models.tiny import TinySize
from redstar_geo.run import read_manifest
from redstar_geo.train.base import main
from redstar_geo.trainer.log import read_log

SIZE = TinySize(layers=1, width=64, heads=2, mlp=64, vocabulary=400, vision_width=32, patch=28, image_tokens=99)


def recipe(folder: Path) -> BaseRecipe:
    look = Looking(pictures=32, batch=4, measured=4, learning_rate=3e-3)
    return BaseRecipe(method="base", run=str(folder), size=SIZE, look=look, compute="float32", checkpoint_steps=4)


def test_a_base_is_made_from_nothing_once(tmp_path: Path) -> None:
    made = main(recipe(tmp_path / "run"))
    assert (made["look"]["in"], made["look"]["out"], made["look"]["step"]) == (32, 32, 8)
    first, last = read_log(tmp_path / "run" / "look.jsonl")
    assert last["loss"] < first["loss"] and 0 <= last["glyphs"] <= 1
    before, after = (load(str(tmp_path / "run" / name), torch.float32)[0] for name in ("base", "looked"))
    changed = {
        name.split(".")[1]
        for (name, one), other in zip(before.named_parameters(), after.parameters(), strict=True)
        if not torch.equal(one, other)
    }
    assert changed == {"visual"}, "only the tower has looked"
    again = read_manifest(tmp_path / "run")
    assert main(recipe(tmp_path / "run")) == made and read_manifest(tmp_path / "run") == again


def test_pictures_are_of_their_numbers_alone(tmp_path: Path) -> None:
    main(recipe(tmp_path / "run"))
    model, processor = load(str(tmp_path / "run" / "looked"), torch.float32)
    seen, unseen = Pictures(processor, 0, 0.5), Pictures(processor, 0, 0.0, "test")
    one, same = seen.batch([5, 6, 7]), seen.batch([6])
    assert torch.equal(one.pixels[99:198], same.pixels) and torch.equal(one.glyphs[99:198], same.glyphs)
    assert not torch.equal(unseen.batch([6]).pixels, same.pixels)
    glyphs, about, marks = Looker(model.get_submodule("model.visual"), SIZE.width)(one)
    assert glyphs.shape[:2] == one.glyphs.shape and about.shape == one.about.shape and marks.shape == one.marks.shape
