"""What a recipe of reinforcement learning may say: what PPO and REINFORCE++ have in common."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from redstar_geo.generation.request import GenerationSettings
from redstar_geo.models.adapters import Lora
from redstar_geo.models.pixels import PixelLimits
from redstar_geo.recipe import Section
from redstar_geo.rl import surrogates
from redstar_geo.rl.divergence import Stops
from redstar_geo.rl.importance import Importance
from redstar_geo.rl.reward import RewardSettings
from redstar_geo.trainer.evaluation import HeldOut
from redstar_geo.trainer.half import Updates, check_updates
from redstar_geo.trainer.recipe import Outlets


class Served(Section):
    """Responses by vLLM instead of transformers: in this process (`colocated`) or by a server of its own.

    Attributes:
        url: of `vllm serve`, whose weights follow the policy's; None keeps the engine in this process.
        memory: the share of a GPU that a colocated engine takes.
    """

    url: str | None = None
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
        sampled_together: responses that are decoded at a time; one that has ended makes room for the next.
        sampled_tokens: the training ends after the step by which so many response tokens were sampled, if not before:
            what methods that sample unequally have in common.
        row_tokens: tokens of a packed row, the micro-batch.
        updates: optimizer steps that a step's responses are split into, each a share of the problems.
        inner_epochs: how often they are gone through.
        dynamic_sampling: at most so many times `prompts` problems are asked in a step, until as many have responses
            that were not all rewarded alike; the others are left out (DAPO, arXiv 2503.14476).
        surrogate: what the policy maximises, by its ratio: PPO's `clipped` gain, or that of `gspo`, `cispo` or `sapo`.
        clip: ε of the policy's ratio.
        clip_high: ε above 1, where it is another than below (clip-higher, DAPO).
        importance: a sampled token, or response, weighs by how far its probability is from the sampler's; with `vllm`
            each token does.
        kl_weight: β.
        learning_rate: of the language model; vision and aligner are frozen.
        warmup_steps: over which the rate rises.
        schedule: of the rate after that: `constant`, or `linear` to 0 behind the last of `steps`.
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
    sampled_tokens: int | None = Field(default=None, gt=0)
    row_tokens: int = Field(default=8192, gt=0)
    updates: int = Field(default=1, gt=0)
    inner_epochs: int = Field(default=1, gt=0)
    dynamic_sampling: int | None = Field(default=None, gt=0)
    surrogate: surrogates.Name = "clipped"
    clip: float = Field(default=0.2, gt=0, lt=1)
    clip_high: float | None = Field(default=None, gt=0)
    importance: Importance | None = None
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
    seed: int = Field(default=0, ge=0, lt=1 << 31)

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.max_new_tokens == "auto" and self.trained_on is None:
            raise ValueError("max_new_tokens: auto needs trained_on, the export files that the model was fine-tuned on")
        if isinstance(self.max_new_tokens, int) and self.max_new_tokens < 1:
            raise ValueError("max_new_tokens must be 1 or more")
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
        if self.dynamic_sampling is not None and self.samples < 2:
            raise ValueError("dynamic_sampling compares a problem's responses with each other, and samples is 1")
        if self.prompts % self.updates:
            raise ValueError(f"prompts {self.prompts} must be a multiple of updates {self.updates}")
        return self

    @property
    def rounds(self) -> int:
        """How often a step may ask `prompts` problems."""
        return self.dynamic_sampling or 1

    @property
    def bounds(self) -> surrogates.Clip:
        """Of the policy's ratio."""
        return surrogates.Clip(self.clip, self.clip if self.clip_high is None else self.clip_high)

    @property
    def correction(self) -> Importance | None:
        """Of the gap to the sampler."""
        return Importance() if self.importance is None and self.vllm is not None else self.importance

    @property
    def full(self) -> bool:
        """Whether weights of a base learn, not adapters only."""
        return self.lora is None

    @property
    def teacher_model(self) -> str | None:
        """Another model than the start to compare log-probabilities with, where there is one."""
        return None

    @property
    def by_reward(self) -> bool:
        """Whether rewards decide what is learned; else they are for the log."""
        return True

    def generation(self, cap: int) -> GenerationSettings:
        """How responses are sampled, of at most `cap` tokens.

        Without top-p or top-k: they would make tokens impossible that the policy, and so the loss, holds possible.
        """
        return GenerationSettings(max_new_tokens=cap, temperature=self.temperature, stop=tuple(self.stop))


class ReinforceRecipe(RlRecipe):
    """REINFORCE++ (arXiv 2501.03262), with `advantage` its variant with baseline, or GRPO (arXiv 2402.03300).

    `gdpo` (arXiv 2601.05242) compares each term of the reward within its group before they are added up. The KL term is
    in the reward (k1) without a baseline, in the loss with one (k2; GRPO and GDPO: k3).
    """

    method: Literal["reinforce_pp"]
    advantage: Literal["reinforce_pp", "reinforce_pp_baseline", "grpo", "gdpo"] = "reinforce_pp"

    @model_validator(mode="after")
    def _groups(self) -> Self:
        if self.samples < 2 and self.advantage != "reinforce_pp":
            raise ValueError(
                f"advantage: {self.advantage} compares a problem's responses with each other, and samples is 1: every "
                "advantage would be 0. Set samples to 2 or more, or advantage: reinforce_pp"
            )
        if self.advantage in ("grpo", "gdpo") and self.reward.process_credit == "step":
            raise ValueError(
                f"reward.process_credit: step is for advantages that follow from rewards to come, and {self.advantage} "
                "knows only whole responses: set it to response, or advantage to reinforce_pp or reinforce_pp_baseline"
            )
        return self


class DaggerRecipe(RlRecipe):
    """The solver as on-policy teacher: DAgger (arXiv 1011.0686) with a teacher that is never wrong.

    Responses are sampled and judged as by the other methods; one with a false claim is cut before its sentence, and the
    solver tells the proof on from there.

    Attributes:
        learn: the `continuation`, as in fine-tuning; or the `pair` of it and the student's own text after the cut
            (Step-DPO, arXiv 2406.18629).
        beta: of DPO.
        voices: how many ways of speaking the student was taught, as of the teacher of a data run; it is continued in
            the nearest one.
    """

    method: Literal["dagger"]
    learn: Literal["continuation", "pair"] = "continuation"
    beta: float = Field(default=0.1, gt=0)
    voices: int | None = Field(default=None, gt=0)

    @model_validator(mode="after")
    def _samples_are_no_examples(self) -> Self:
        of_samples = ("dynamic_sampling", "surrogate", "clip", "clip_high", "importance", "kl_weight")
        given = [name for name in of_samples if name in self.model_fields_set]
        if given:
            raise ValueError(f"{', '.join(given)}: dagger learns from what the solver says, not from samples by reward")
        return self

    @property
    def by_reward(self) -> bool:
        return False


class DistillRecipe(RlRecipe):
    """On-policy distillation (arXiv 2306.13649): a larger model of the same family says how likely the policy's own
    tokens are.

    Attributes:
        teacher: a hub id or folder; its tokenizer has to be the policy's. Each rank holds it whole, beside the policy.
        stops: `kl`, here to the teacher, has no limit unless one is given: it is large at first.
    """

    method: Literal["distill"]
    teacher: str
    stops: Stops = Stops(kl=None)

    @model_validator(mode="after")
    def _rewards_are_no_matter(self) -> Self:
        given = [name for name in ("dynamic_sampling", "kl_weight") if name in self.model_fields_set]
        if given:
            raise ValueError(f"{', '.join(given)}: distill learns from its teacher's probabilities, not from rewards")
        return self

    @property
    def teacher_model(self) -> str:
        return self.teacher

    @property
    def by_reward(self) -> bool:
        return False


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
