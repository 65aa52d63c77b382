"""The making of the base: a few steps on a few pictures, with the whole machinery."""

from __future__ import annotations

import math
import shutil
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest
import torch
from transformers import AutoModelForImageTextToText

from redstar_geo.base import practice
from redstar_geo.base.looking import Codes, Looker, Pictures
from redstar_geo.base.practice import Practice
from redstar_geo.base.recipe import BaseRecipe, Looking, Practising
from redstar_geo.errors import InputError
from redstar_geo.geometry.reading import read
from redstar_geo.grading import grade
from redstar_geo.models import tiny
from redstar_geo.models.encode import Encoder
from redstar_geo.models.load import load
from redstar_geo.models.tiny import TinySize
from redstar_geo.pictures.read import read_picture
from redstar_geo.recipe import load as load_recipe
from redstar_geo.records import Trace
from redstar_geo.run import read_manifest
from redstar_geo.train.base import main
from redstar_geo.trainer.log import read_log

SIZE = TinySize(layers=1, width=64, heads=2, mlp=64, vocabulary=400, vision_width=32, patch=14, image_tokens=99)


class Killed(Exception):
    """As a kill: nothing may be tidied up."""


@pytest.fixture(autouse=True)
def _says_little(monkeypatch: pytest.MonkeyPatch) -> None:
    """An untrained model never ends what it says."""
    monkeypatch.setattr(practice, "_MOST_TOKENS", 8)


def recipe(folder: Path, steps: int = 3) -> BaseRecipe:
    return BaseRecipe(
        method="base",
        run=str(folder),
        size=SIZE,
        look=Looking(pictures=64, batch=4, measured=4, learning_rate=3e-3),
        practise=Practising(steps=steps, tokens=400, spelling=0.4, measured=2),
        compute="float32",
        checkpoint_steps=2,
    )


@pytest.fixture(scope="module")
def looked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What was looked at, once for all: a run that was killed as practice began."""
    folder = tmp_path_factory.mktemp("base")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Practice, "row", _killed_from(0))
        with pytest.raises(Killed):
            main(recipe(folder))
    return folder


def _killed_from(first: int) -> Callable[[Practice, int], dict[str, Any]]:
    row = Practice.row

    def asked(self: Practice, step: int) -> dict[str, Any]:
        if step >= first:
            raise Killed
        return row(self, step)

    return asked


def made(folder: Path, looked: Path, steps: int = 3) -> dict[str, Any]:
    if not folder.exists():
        shutil.copytree(looked / "look", folder / "look")
    return main(recipe(folder, steps))


def test_the_tower_is_taught_alone_and_first(looked: Path) -> None:
    counts = read_manifest(looked / "look")["counts"]["look"]
    assert (counts["in"], counts["out"], counts["step"]) == (64, 64, 16)
    log = read_log(looked / "look" / "look.jsonl")
    assert log[-1]["loss"] < log[0]["loss"] and 0 <= log[-1]["glyphs"] <= 1
    before, after = (load(str(looked / "look" / name), torch.float32)[0] for name in ("base", "looked"))
    changed = {
        name.split(".")[1]
        for (name, one), other in zip(before.named_parameters(), after.parameters(), strict=True)
        if not torch.equal(one, other)
    }
    assert changed == {"visual"}


def test_killed_and_resumed_makes_the_same_base(tmp_path: Path, looked: Path) -> None:
    counts = made(tmp_path / "through", looked)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Practice, "row", _killed_from(2))
        with pytest.raises(Killed):
            made(tmp_path / "killed", looked)
    resumed = made(tmp_path / "killed", looked)
    assert resumed["practise"]["loss"] == counts["practise"]["loss"] and resumed["practise"]["out"] == 3
    through, killed = ((tmp_path / name / "model" / "model.safetensors").read_bytes() for name in ("through", "killed"))
    assert through == killed
    before = read_manifest(tmp_path / "through")
    assert made(tmp_path / "through", looked) == counts and read_manifest(tmp_path / "through") == before
    model, _ = load(str(tmp_path / "through" / "model"), "auto")
    assert model.dtype == torch.bfloat16
    card = (tmp_path / "through" / "model" / "README.md").read_text(encoding="utf-8")
    assert "64 pictures" in card and "3 steps" in card and "| all |" in card
    assert (tmp_path / "through" / "model" / "curves.png").stat().st_size > 1000


def test_another_practice_follows_what_was_looked_at(tmp_path: Path, looked: Path) -> None:
    manifest = read_manifest(looked / "look")
    with pytest.raises(InputError, match=r"practise\.steps"):
        main(recipe(looked, steps=2))
    assert made(tmp_path / "run", looked, steps=2)["practise"]["out"] == 2
    assert read_manifest(tmp_path / "run" / "look")["counts"] == manifest["counts"], "the tower is not taught again"


def practising(looked: Path) -> Practice:
    model, processor = load(str(looked / "look" / "looked"), torch.float32)
    return Practice(Encoder(model.config, processor), seed=0, steps=100, tokens=1300, spelling=0.2)


def test_a_row_is_of_its_step_alone(looked: Path) -> None:
    ours, theirs = practising(looked), practising(looked)
    theirs.row(69)
    one, other = ours.row(70), theirs.row(70)
    assert torch.equal(one["input_ids"], other["input_ids"]) and torch.equal(one["pixel_values"], other["pixel_values"])
    assert 1300 <= one["input_ids"].numel() < 1300 + 400
    kinds = {asked.source: (asked, said) for asked, said, _ in (ours.sample(Random(n), 70) for n in range(60))}
    assert kinds.keys() == {"labels", "reading", "sum", "builtin"}
    asked, said = kinds["sum"]
    assert grade(asked, Trace(asked.id, 0, "", "", "", said, "stop")).status == "correct"


def test_it_begins_with_labels_on_pictures_that_grow(looked: Path) -> None:
    ours = practising(looked)

    def areas(step: int) -> list[int]:
        drawn = [ours.sample(Random(number), step) for number in range(60)]
        assert {each.problem.source for each in drawn} == {"labels", "sum"}
        pages = [each.problem for each in drawn if each.drawn and each.drawn[0] is None]
        return [math.prod(read_picture(asked.images[0].data).size) // 28**2 for asked in pages]

    small, half, grown = (areas(step) for step in (0, 10, 19))
    assert set(small) == {4} and 4 < max(half) <= 20 and 60 < max(grown) <= 99


def test_the_shipped_base_is_small() -> None:
    shipped = load_recipe(BaseRecipe, "train/base_tiny.yaml")
    with torch.device("meta"):
        config = tiny._config(tiny.train_tokenizer(["a"], 300), shipped.size)
        config.text_config.vocab_size = shipped.size.vocabulary
        parameters = AutoModelForImageTextToText.from_config(config).num_parameters()
    assert 2 * parameters < 15.5e6, "in bfloat16, beside a tokenizer"


def test_pictures_are_of_their_numbers_alone(looked: Path) -> None:
    model, processor = load(str(looked / "look" / "looked"), torch.float32)
    seen, unseen = Pictures(processor, 0, 0.5), Pictures(processor, 0, 0.0, "test")
    one, same = seen.batch([5, 6, 7]), seen.batch([6])
    assert torch.equal(one.pixels[396:792], same.pixels) and torch.equal(one.held.glyphs[99:198], same.held.glyphs)
    assert not torch.equal(unseen.batch([6]).pixels, same.pixels)
    looker = Looker(model.get_submodule("model.visual"), Codes(SIZE.width, 0))
    said = looker.codes(looker.tokens(one))
    assert said[0].shape[:2] == one.held.glyphs.shape
    assert [each.shape for each in said[1:]] == [each.shape for each in one.held[1:3]]


def test_a_sum_of_codes_says_what_it_is_of(looked: Path) -> None:
    _, processor = load(str(looked / "look" / "looked"), torch.float32)
    held = Pictures(processor, 0, 0.5).batch(range(8)).held
    codes = Codes(256, 0)
    glyphs, about, marks = codes(codes.sums(held))
    assert ((glyphs.argmax(-1) == held.glyphs).float().mean() > 0.99) and (
        (marks > 0) == held.marks
    ).float().mean() > 0.99
    assert ((about > 0) == held.about).float().mean() > 0.99
    assert codes.losses(codes.sums(held), held)["away"] == 0


def test_a_description_begins_with_its_labels(looked: Path) -> None:
    ours = practising(looked)
    read_aloud = [each for each in (ours.sample(Random(n), 70) for n in range(80)) if each.said.startswith("labels ")]
    for asked, said, drawn in read_aloud:
        labels, _, described = said.partition("; ")
        assert drawn and read(said) == read(described) == read(asked.answer)
        written = sorted(each.text.replace(" ", "") for each in drawn[1].labels)
        listed = labels.split()[1:]
        assert sorted(each for each in listed if each in written) == written
        assert all(set(each) <= drawn[1].places.keys() for each in listed if each not in written), "where values stand"
    assert len(read_aloud) > 20
