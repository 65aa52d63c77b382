"""The trainer of packed rows: transformers' Trainer with our loss, learning rates by part, and schedule."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any

import torch
from peft import PeftModel
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LambdaLR
from transformers import AutoModelForCausalLM, AutoModelForImageTextToText, PreTrainedModel, Trainer
from transformers.modeling_utils import set_zero3_state
from transformers.trainer_utils import PREFIX_CHECKPOINT_DIR

from redstar_geo.models.families import family_of
from redstar_geo.models.flops import StepFlops
from redstar_geo.models.loss import LossModel
from redstar_geo.models.parts import Tuning, param_groups
from redstar_geo.models.save import save_processor
from redstar_geo.records import Problem
from redstar_geo.trainer.checkpoints import mark_whole
from redstar_geo.trainer.dataset import PackedRows
from redstar_geo.trainer.divergence import DivergenceStop
from redstar_geo.trainer.half import HalfAdamW, sum_in_float32
from redstar_geo.trainer.recipe import TuningRecipe
from redstar_geo.trainer.schedule import Schedule
from redstar_geo.trainer.throughput import Throughput


class PackedTrainer(Trainer):
    """Trains a `LossModel` on `PackedRows`, a row a micro-batch, of one rank or of several that share it.

    The gradient of a step is that of the mean over its labelled tokens, however they are split into rows, accumulation
    and ranks.

    Args:
        tuning: the rates of the model's parts.

    Attributes:
        held_out: the problems that it is evaluated on, if any.
    """

    def __init__(
        self,
        loss_model: LossModel,
        rows: PackedRows,
        recipe: TuningRecipe,
        tuning: Tuning,
        schedule: Schedule,
        divergence: DivergenceStop,
        **kwargs: Any,
    ) -> None:
        super().__init__(model=loss_model, train_dataset=rows, data_collator=_only, **kwargs)
        self.loss_is_scaled_for_ga = True
        self.loss_model, self.rows, self.recipe, self.tuning = loss_model, rows, recipe, tuning
        self.schedule, self.divergence = schedule, divergence
        self.held_out: Sequence[Problem] = ()
        self._correct = torch.zeros((), device=self.args.device)
        self._labelled = torch.zeros((), device=self.args.device)
        self.flops = StepFlops(rows.encoder.config, tuning, recipe.lora)
        self.throughput = Throughput(self.args.device)
        self._speed: dict[str, float | None] = {}
        self.add_callback(divergence)
        self.add_callback(self.throughput)

    def create_optimizer(self, model: nn.Module | None = None) -> Optimizer:
        if self.optimizer is None:
            kind, options = self.get_optimizer_cls_and_kwargs(self.args)
            family = self.rows.encoder.family
            groups = param_groups(self.loss_model.model, family, self.tuning, self.recipe.weight_decay)
            updates = self.recipe.bfloat16_updates
            if updates is not None:
                if self.args.gradient_accumulation_steps > 1 and self.args.world_size == 1:
                    sum_in_float32(weight for group in groups for weight in group["params"])
                self.optimizer = HalfAdamW(groups, updates, self.recipe.seed, options["betas"], options["eps"])
            else:
                self.optimizer = kind(groups, **options)
        return self.optimizer

    def create_scheduler(self, num_training_steps: int, optimizer: Optimizer | None = None) -> LambdaLR:
        if self.rows.epochs is not None:
            self.schedule.steps = num_training_steps
        self.lr_scheduler = LambdaLR(optimizer or self.create_optimizer(), self.schedule)
        return self.lr_scheduler

    def compute_loss(
        self,
        model: nn.Module,
        inputs: dict[str, Any],
        return_outputs: bool = False,
        num_items_in_batch: Tensor | int | None = None,
    ) -> Tensor:
        """The row's part of the step's mean, times the ranks that will average it."""
        assert num_items_in_batch is not None
        loss = self.row_loss(model, inputs, num_items_in_batch) * self.accelerator.num_processes
        self.divergence.add_loss(loss)
        return loss

    def row_loss(self, model: nn.Module, inputs: dict[str, Any], items: Tensor | int) -> Tensor:
        """The row's part of the mean over all labelled tokens of the step, of which there are `items`."""
        output = model(num_items=items, **inputs)
        self._correct += output.correct
        self._labelled += output.labelled
        loss: Tensor = output.loss
        return loss

    def get_batch_samples(
        self, epoch_iterator: Iterator[dict[str, Any]], num_batches: int, device: torch.device
    ) -> tuple[list[dict[str, Any]], Tensor | int | None]:
        """The rows of a step on this rank; how long they were waited for and what they cost is counted."""
        with self.throughput.waiting():
            batches, items = super().get_batch_samples(epoch_iterator, num_batches, device)
        sharing = self.rows.ranks_a_row  # all of which count the row's labels, and do their part of its work
        for batch in batches:
            sizes = batch.pop("sizes")
            tokens = sum(size.tokens for size in sizes)
            room = max(tokens, self.rows.packing.tokens or 0)
            self.throughput.add(tokens / sharing, room / sharing, self.flops(sizes) / sharing)
        return batches, items / sharing if isinstance(items, Tensor) else items

    def log(self, logs: dict[str, float], start_time: float | None = None) -> None:
        if "loss" in logs:
            self._speed = self.throughput.lap()  # a collective: all ranks come here
            logs = logs | {name: value for name, value in self._speed.items() if value is not None}
        super().log(logs, start_time)

    def facts(self, steps: int) -> dict[str, Any]:
        """For the log: what was seen after so many steps, and the token accuracy since the last call, on this rank."""
        items = min(steps * self.args.gradient_accumulation_steps * self.args.world_size, len(self.rows))
        samples, tokens = self.rows.seen(items // self.rows.ranks_a_row)
        accuracy = round(float(self._correct / self._labelled.clamp(min=1)), 4)
        self._correct, self._labelled = torch.zeros_like(self._correct), torch.zeros_like(self._labelled)
        return {"samples": samples, "tokens": tokens, "token_accuracy": accuracy, **self._speed}

    def _save_checkpoint(self, model: nn.Module, trial: dict[str, Any] | None) -> None:
        super()._save_checkpoint(model, trial)
        self.accelerator.wait_for_everyone()
        if self.args.should_save:
            checkpoint = Path(str(self.args.output_dir)) / f"{PREFIX_CHECKPOINT_DIR}-{self.state.global_step}"
            mark_whole(checkpoint, self.args.world_size)

    def _save(self, output_dir: str | None = None, state_dict: dict[str, Any] | None = None) -> None:
        """The model as its own class saves it, with the processor: loadable by the Auto classes."""
        if not self.args.should_save:
            return
        folder = Path(output_dir or str(self.args.output_dir))
        model = self.loss_model.model
        if state_dict is None:  # the weights are all here
            model.save_pretrained(str(folder))
        else:
            gathered = {name.removeprefix("model."): tensor for name, tensor in state_dict.items()}
            if isinstance(model, PeftModel):
                model.save_pretrained(str(folder), state_dict=gathered)
            else:
                _with_weights(model, gathered).save_pretrained(folder)
        save_processor(self.rows.encoder.processor, folder)

    def _load_from_checkpoint(self, resume_from_checkpoint: str, model: nn.Module | None = None) -> None:
        """Nothing: the model was built from the checkpoint.

        The trainer itself matches the keys of a Qwen-VL checkpoint by name only, finds none and would go on from the
        base (transformers 5.23).
        """


def _with_weights(model: PreTrainedModel, weights: dict[str, Tensor]) -> PreTrainedModel:
    """A model of its own around gathered weights, without copying them.

    One that was loaded under ZeRO-3 would be saved under other names than the hub's: transformers 5.23 then takes back
    renamings that loading had not made.
    """
    kind = AutoModelForImageTextToText if family_of(model.config).sees else AutoModelForCausalLM
    with torch.device("meta"), set_zero3_state():  # so that ZeRO-3 does not shard this one
        whole: PreTrainedModel = kind.from_config(deepcopy(model.config), attn_implementation="sdpa")
    whole.load_state_dict(weights, assign=True, strict=False)
    whole.tie_weights()
    lacking = [name for name, parameter in whole.named_parameters() if parameter.is_meta]
    assert not lacking, f"weights that no rank gave: {lacking}"
    whole.generation_config = model.generation_config
    return whole


def _only(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """The one row of a micro-batch."""
    (row,) = rows
    return row
