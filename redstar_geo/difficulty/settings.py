"""What a recipe may say of the fine-tuned scorer; apart from it, as that takes seconds to import."""

from __future__ import annotations

from pydantic import Field

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
