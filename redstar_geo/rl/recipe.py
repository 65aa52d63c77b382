"""What a recipe of reinforcement learning may say: what PPO and REINFORCE++ have in common."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from redstar_geo.generation.request import GenerationSettings
from redstar_geo.models.adapters import Lora
from redstar_geo.models.pixels import PixelLimits
from redstar_geo.recipe import Section
from redstar_geo.rl.divergence import Stops
from redstar_geo.rl.reward import RewardSettings
from redstar_geo.trainer.evaluation import HeldOut
from redstar_geo.trainer.half import Updates, check_updates
from redstar_geo.trainer.recipe import Outlets


class Served(Section):
    """Responses by vLLM instead of transformers: in this process (`colocated`) or by a server of its own.

    Attributes:
        url: of `vllm serve`, whose weights follow the policy's; None keeps the engine in this process.
        cap: of π_old/π_sampler, by which a token weighs (truncated importance).
        memory: the share of a GPU that a colocated engine takes.
    """

    url: str | None = None
    cap: float = Field(default=2.0, gt=1)
    memory: float = Field(default=0.3, gt=0, lt=1)


class HeldOutEvery(HeldOut):
    """Held-out problems, answered greedily before the first step, every so many steps and after the last."""

    every: int = Field(default=10, gt=0)


class RlRecipe(Outlets):
    """`redstar-geo train`, reinforcement learning: a policy, the problems it is trained on, and for how many steps.

    Attributes:
        model: a hub id or folder, usually `model/` of a supervised training; the reference too.
        problems: files of problems, of runs of `redstar-geo data`.
        prompts: problems a step, over all ranks.
        samples: k, responses to each.
        max_new_tokens: of a response; `auto`: the length that 99 % of the `trained_on` completions keep within.
        trained_on: a glob of the export files that the model was fine-tuned on, for `auto`.
        sampled_together: responses that one call generates; part of the recipe, since chance is drawn a call.
        row_tokens: tokens of a packed row, the micro-batch.
        updates: optimizer steps that a step's responses are split into, each a share of the problems.
        inner_epochs: how often they are gone through.
        clip: ε of the policy's ratio.
        kl_weight: β.
        learning_rate: of the language model; vision and aligner are frozen.
        warmup_steps: over which the rate rises.
        schedule: of the rate after that: `constant`, or `linear` to 0 behind the last step.
        compute: of the forward and backward pass; weights are `dtype`, and responses are sampled in it.
        bfloat16_updates: how weights in bfloat16 learn where DeepSpeed keeps no float32 ones (trainer/half.py).
        deepspeed: `zero2`, or a configuration file of stage 0 to 2; it computes in `dtype`.
    """

    run: str
    model: str
    problems: str | list[str]
    prompts: int = Field(gt=0)
    samples: int = Field(default=1, gt=0)
    max_new_tokens: int | Literal["auto"] = 1024
    trained_on: str | None = None
    temperature: float = Field(default=1.0, gt=0)
    stop: list[str] = Field(default_factory=list)
    sampled_together: int = Field(default=64, gt=0)
    vllm: Served | None = None
    reward: RewardSettings = RewardSettings()
    steps: int = Field(gt=0)
    row_tokens: int = Field(default=8192, gt=0)
    updates: int = Field(default=1, gt=0)
    inner_epochs: int = Field(default=1, gt=0)
    clip: float = Field(default=0.2, gt=0, lt=1)
    kl_weight: float = Field(default=0.0, ge=0)
    learning_rate: float = Field(gt=0, le=1)
    warmup_steps: int = Field(default=0, ge=0)
    schedule: Literal["constant", "linear"] = "constant"
    weight_decay: float = Field(default=0.0, ge=0)
    adam_beta2: float = Field(default=0.98, gt=0, lt=1)
    max_grad_norm: float = Field(default=1.0, gt=0)
    lora: Lora | None = None
    pixels: PixelLimits = PixelLimits()
    dtype: Literal["float32", "bfloat16"] = "float32"
    compute: Literal["float32", "bfloat16"] = "float32"
    bfloat16_updates: Updates | None = None
    gradient_checkpointing: bool = False
    loss_chunks: int = Field(default=1, gt=0)
    deepspeed: str | None = None
    checkpoint_steps: int = Field(default=10, gt=0)
    evaluate: HeldOutEvery | None = None
    stops: Stops = Stops()
    seed: int = Field(default=0, ge=0, lt=1 << 31)  # the sampler's seeds have the step in 32 bits below it

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.max_new_tokens == "auto" and self.trained_on is None:
            raise ValueError("max_new_tokens: auto needs trained_on, the export files that the model was fine-tuned on")
        if isinstance(self.max_new_tokens, int) and self.max_new_tokens < 1:
            raise ValueError("max_new_tokens must be 1 or more")
        if self.sampled_together % self.samples:
            raise ValueError(
                f"sampled_together {self.sampled_together} must be a multiple of samples {self.samples}: a problem's "
                "responses are drawn together"
            )
        if self.lora is not None and self.lora.dropout:
            raise ValueError("lora.dropout must be 0: with it the policy that learns is not the one that sampled")
        if self.vllm is not None and self.lora is not None and self.lora.quantise:
            raise ValueError(
                "vllm would sample from other weights than those of a base in four bits: set lora.quantise to false, "
                "or leave vllm out"
            )
        if self.deepspeed is not None and self.dtype != self.compute == "bfloat16":
            raise ValueError(
                "deepspeed computes in dtype: set dtype to bfloat16 (its optimizer keeps weights in float32 too), or "
                "compute to float32"
            )
        check_updates(self.bfloat16_updates, self.dtype, self.deepspeed, self.full)
        if self.prompts % self.updates:
            raise ValueError(f"prompts {self.prompts} must be a multiple of updates {self.updates}")
        return self

    @property
    def full(self) -> bool:
        """Whether weights of a base learn, not adapters only."""
        return self.lora is None

    def generation(self, cap: int) -> GenerationSettings:
        """How responses are sampled, of at most `cap` tokens.

        Without top-p or top-k: they would make tokens impossible that the policy, and so the loss, holds possible.
        """
        return GenerationSettings(max_new_tokens=cap, temperature=self.temperature, stop=tuple(self.stop))


class ReinforceRecipe(RlRecipe):
    """REINFORCE++ (arXiv 2501.03262), with `advantage` its variant with baseline, or GRPO (arXiv 2402.03300).

    The KL term is in the reward (k1) without a baseline, in the loss with one (k2; GRPO: k3).
    """

    method: Literal["reinforce_pp"]
    advantage: Literal["reinforce_pp", "reinforce_pp_baseline", "grpo"] = "reinforce_pp"

    @model_validator(mode="after")
    def _groups(self) -> Self:
        if self.samples < 2 and self.advantage != "reinforce_pp":
            raise ValueError(
                f"advantage: {self.advantage} compares a problem's responses with each other, and samples is 1: every "
                "advantage would be 0. Set samples to 2 or more, or advantage: reinforce_pp"
            )
        if self.advantage == "grpo" and self.reward.process_credit == "step":
            raise ValueError(
                "reward.process_credit: step is for advantages that follow from rewards to come, and grpo knows only "
                "whole responses: set it to response, or advantage to reinforce_pp or reinforce_pp_baseline"
            )
        return self


class PpoRecipe(RlRecipe):
    """PPO (arXiv 1707.06347) with a critic of its own.

    Attributes:
        critic_learning_rate: of the critic's trunk and head.
        critic_lora: adapters on the critic's trunk; None tunes a copy of its own.
        value_clip: how far a value may move from the one at the start of the step.
        discount, decay: γ and λ of GAE.
    """

    method: Literal["ppo"]
    critic_learning_rate: float = Field(gt=0, le=1)
    critic_lora: Lora | None = None
    value_clip: float = Field(default=0.2, gt=0)
    discount: float = Field(default=1.0, gt=0, le=1)
    decay: float = Field(default=1.0, ge=0, le=1)

    @property
    def full(self) -> bool:
        return self.lora is None or self.critic_lora is None

    @model_validator(mode="after")
    def _critic_is_like_its_policy(self) -> Self:
        if self.critic_lora is not None and self.critic_lora.dropout:
            raise ValueError("critic_lora.dropout must be 0: values are compared with those before the step")
        if self.critic_lora is not None and self.critic_lora.quantise:
            raise ValueError("critic_lora.quantise must be false: the critic's trunk is the policy's, as lora has it")
        return self
