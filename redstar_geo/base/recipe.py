"""The recipe of `redstar-geo train` with `method: base`."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from redstar_geo.identity import Settings
from redstar_geo.models.tiny import TinySize
from redstar_geo.recipe import Section


class Looking(Section):
    """The first stage: the vision tower is taught what every image token holds.

    Attributes:
        pictures: how many it sees, each another.
        pages: the share of them that are pages of loose labels, which hold more glyphs; the others are figures.
        measured: pictures with unseen numbers that it is measured on.
    """

    pictures: int = Field(gt=0)
    pages: float = Field(default=0.5, ge=0, lt=1)
    batch: int = Field(default=8, gt=0)
    learning_rate: float = Field(default=3e-3, gt=0)
    measured: int = Field(default=200, gt=0)


class Practising(Section):
    """The second stage: the whole model reads labels, then whole pictures, says values and answers, and does sums.

    Attributes:
        steps: how many; no sample comes twice.
        tokens: of a step: it takes samples until there are as many.
        spelling: the share of the steps, at the beginning, that read labels instead of whole pictures, on pictures that
            grow from four tokens to a whole page.
        measured: figures with unseen numbers, in turn of every family, and sums that it is measured on.
    """

    steps: int = Field(gt=0)
    tokens: int = Field(default=1300, gt=0)
    spelling: float = Field(default=0.1, ge=0, le=1)
    learning_rate: float = Field(default=2e-3, gt=0)
    measured: int = Field(default=90, gt=0)


class BaseRecipe(Section):
    """A model from scratch, taught on figures that are made as it goes; none comes twice.

    Attributes:
        compute: of the forward and backward pass; the weights are float32.
        checkpoint_steps: how often it is measured and what it has learned is kept.
    """

    method: Literal["base"]
    run: str
    seed: int = 0
    size: TinySize
    look: Looking
    practise: Practising
    compute: Literal["float32", "bfloat16"] = "bfloat16"
    checkpoint_steps: int = Field(default=500, gt=0)

    @property
    def before_practice(self) -> Settings:
        """What the first stage depends on, so that another second one may follow it."""
        return Settings.of(self, {"checkpoint_steps", "practise"})
