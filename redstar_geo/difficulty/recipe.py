"""The recipe of a scorer of difficulty; apart from the scorers, which take seconds to import."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from redstar_geo.recipe import Section


class TinyTrunk(Section):
    """The shape of a Qwen2 from scratch, for a laptop and for tests."""

    layers: int = Field(default=2, gt=0)
    width: int = Field(default=64, gt=0, multiple_of=16)
    heads: int = Field(default=4, gt=0)
    mlp: int = Field(default=128, gt=0)
    vocabulary: int = Field(default=1024, ge=300)


class FineTuning(Section):
    """How the model is fine-tuned; of a question longer than `max_tokens` the beginning is cut, and that is counted."""

    epochs: int = Field(default=3, gt=0)
    batch_size: int = Field(default=16, gt=0)
    accumulate: int = Field(default=1, gt=0)
    learning_rate: float = Field(default=1e-5, gt=0)
    warmup: float = Field(default=0.03, ge=0, lt=1)
    weight_decay: float = Field(default=0.0, ge=0)
    max_tokens: int = Field(default=1024, gt=0)
    gradient_checkpointing: bool = False
    checkpoint_steps: int = Field(default=200, gt=0)


class TextKind(Section):
    """The embedded scorer, measured by cross-validation, `repeats` times with other folds; seconds on a CPU."""

    kind: Literal["text"]
    folds: int = Field(default=10, ge=2)
    repeats: int = Field(default=3, gt=0)


class LlmKind(FineTuning):
    """The paper's: a regression head on `model` (hub id or folder) or on a `tiny` one; measured on a held-out share."""

    kind: Literal["llm"]
    model: str | None = None
    tiny: TinyTrunk | None = None
    held_out: float = Field(default=0.1, gt=0, lt=1)

    @model_validator(mode="after")
    def _one_base(self) -> LlmKind:
        if (self.model is None) == (self.tiny is None):
            raise ValueError("give either model (a hub id or folder) or tiny (a base built from scratch)")
        return self


class DifficultyRecipe(Section):
    """`redstar-geo data data_prep/difficulty.yaml`: `problems` are run folders or JSON Lines with levels."""

    makes: Literal["difficulty"]
    run: str
    seed: int = 0
    problems: list[str] = Field(min_length=1)
    scorer: Annotated[TextKind | LlmKind, Field(discriminator="kind")]
