"""What a training starts with: its arguments, the encoder of its base, and the model from the base or a checkpoint."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

import torch
from peft import PeftModel
from transformers import PreTrainedConfig, PreTrainedModel, TrainingArguments, set_seed

from redstar_geo.models.adapters import add_adapters, quantisation
from redstar_geo.models.attention import use_packed_attention
from redstar_geo.models.encode import Encoder
from redstar_geo.models.families import Processor, family_of, tokenizer_of
from redstar_geo.models.liger import use_liger
from redstar_geo.models.load import check_vocabulary, load, load_config, load_processor
from redstar_geo.models.parts import Tuning, freeze
from redstar_geo.models.pixels import limit_pixels
from redstar_geo.models.precision import DTYPES, compute_dtype
from redstar_geo.run import Run
from redstar_geo.trainer import distributed
from redstar_geo.trainer.checkpoints import check_ranks
from redstar_geo.trainer.recipe import TuningRecipe
from redstar_geo.trainer.zero import configuration

E = TypeVar("E", bound=Encoder)


def training_arguments(
    recipe: TuningRecipe, run: Run, checkpoint: Path | None, logging_steps: int
) -> TrainingArguments:
    """For a `PackedTrainer`. Under DeepSpeed the ranks are joined here: ZeRO-3 decides how a model is loaded.

    Raises:
        InputError: the checkpoint was written by another number of ranks.
    """
    on_cpu = not torch.cuda.is_available()
    trackers: list[str] = [name for name in recipe.report_to if name != "tensorboard"]  # `follow` sees to that one
    if recipe.deepspeed is not None:
        distributed.join_deepspeed()
    arguments = TrainingArguments(
        output_dir=str(run.path("checkpoints")),
        per_device_train_batch_size=1,
        gradient_accumulation_steps=recipe.accumulate,
        train_sampling_strategy="sequential",
        num_train_epochs=1,  # the rows of all epochs are one sequence
        learning_rate=recipe.tuning.language or recipe.tuning.aligner or recipe.tuning.vision or 0.0,
        adam_beta2=recipe.adam_beta2,
        max_grad_norm=recipe.max_grad_norm,
        optim=recipe.optimizer,
        bf16=compute_dtype(recipe.compute, recipe.dtype) == torch.bfloat16,
        use_cpu=on_cpu,
        ddp_find_unused_parameters=False,
        ddp_backend="gloo" if on_cpu and distributed.are_several() else None,
        ddp_timeout=int(distributed.PATIENCE.total_seconds()),
        deepspeed=str(configuration(recipe.deepspeed)) if recipe.deepspeed else None,
        dataloader_num_workers=recipe.workers,
        dataloader_pin_memory=not on_cpu,
        remove_unused_columns=False,
        seed=recipe.seed,
        logging_steps=logging_steps,
        logging_nan_inf_filter=False,  # `DivergenceStop` looks at every loss
        save_steps=recipe.checkpoint_steps,
        save_total_limit=2,
        disable_tqdm=True,
        project="redstar-geo",
        run_name=run.folder.name,
        report_to=trackers or "none",
    )
    if checkpoint is not None:
        check_ranks(checkpoint, arguments.world_size)
    return arguments


def load_encoder(kind: type[E], recipe: TuningRecipe, base: str) -> E:
    """The encoder of the base's samples, within the recipe's pixels and tokens.

    Raises:
        InputError: no such base, or one that cannot be trained on.
    """
    config = load_config(base)
    return encoder_of(kind, recipe, config, load_processor(base, config))


def encoder_of(kind: type[E], recipe: TuningRecipe, config: PreTrainedConfig, processor: Processor) -> E:
    """As `load_encoder`; the pixel limits are the processor's from now on."""
    check_vocabulary(processor, config)
    limit_pixels(family_of(config), processor, recipe.pixels)
    limits = [limit for limit in (recipe.max_tokens, recipe.pack.tokens) if limit is not None]
    return kind(config, processor, min(limits, default=None))


def model_to_train(
    recipe: TuningRecipe,
    base: str,
    checkpoint: Path | None,
    encoder: Encoder,
    tuning: Tuning,
    liger: bool = False,
    shared: bool = False,
) -> PreTrainedModel | PeftModel:
    """The model with packed attention, only the tuned parts of it (or adapters in them) learning.

    Args:
        base: hub id or folder.
        checkpoint: to go on from; with LoRA it holds the adapters alone.
        liger: fused kernels; `check_liger` says whether they can be had.
        shared: whether ranks share rows.

    Raises:
        InputError: the base cannot be loaded, or not be quantised here.
    """
    set_seed(recipe.seed)  # of the adapters; the trainer seeds what comes after them
    lora, dtype = recipe.lora, DTYPES[recipe.dtype]
    start = str(checkpoint) if checkpoint is not None and lora is None else base
    model = load(start, dtype, quantisation(encoder.family, lora, dtype))[0]
    _stop_at_the_end_of_turn(model, encoder)
    if encoder.family.packs:
        use_packed_attention(model, shared)
    if liger:
        use_liger(model)
    if recipe.gradient_checkpointing:
        model.gradient_checkpointing_enable({"use_reentrant": False})
    if lora is not None and checkpoint is not None:
        return PeftModel.from_pretrained(model, str(checkpoint), is_trainable=True)
    if lora is not None:
        return add_adapters(model, encoder.family, lora, tuning)
    freeze(model, encoder.family, tuning)
    return model


def _stop_at_the_end_of_turn(model: PreTrainedModel, encoder: Encoder) -> None:
    """Generation stops where the turns end that the model is trained on; a base model knows another end."""
    ends = tokenizer_of(encoder.processor)(encoder.end_of_turn, add_special_tokens=False)["input_ids"][:1]
    known = model.generation_config.eos_token_id
    others = known if isinstance(known, list) else [known] if known is not None else []
    model.generation_config.eos_token_id = [*ends, *(token for token in others if token not in ends)]
