"""The trainer of preference pairs: that of packed rows with a loss of pairs, its metrics, and a stop of its own."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

import torch
import torch.distributed as dist
from torch import Tensor, nn

from redstar_geo.dpo.dataset import PairRows
from redstar_geo.dpo.loss import (
    METRICS,
    PairLogProbs,
    chosen_nll,
    metric_sums,
    preference_loss,
    summary,
)
from redstar_geo.dpo.model import PairModel
from redstar_geo.dpo.recipe import DpoRecipe
from redstar_geo.errors import TrainingDiverged
from redstar_geo.models.loss import LossModel
from redstar_geo.trainer.trainer import PackedTrainer


class PairTrainer(PackedTrainer):
    """Trains a `PairModel` on `PairRows`, a row a micro-batch.

    The gradient of a step is that of the mean over its pairs, however they are split into rows, accumulation and ranks.
    """

    rows: PairRows
    recipe: DpoRecipe

    def __init__(self, pair_model: PairModel, *args: Any, **kwargs: Any) -> None:
        super().__init__(cast("LossModel", pair_model), *args, **kwargs)  # of it only `model` is used there
        self._sums = torch.zeros(len(METRICS), dtype=torch.float64, device=self.args.device)
        self._last: dict[str, float] = {}
        self._ratios: deque[float] = deque(maxlen=self.recipe.stops.patience)

    def row_loss(self, model: nn.Module, inputs: dict[str, Any], items: Tensor | int) -> Tensor:
        """The row's part of the mean over all pairs of the step, of which there are `items`."""
        preference, reference = self.recipe.preference, inputs.pop("reference")
        policy: PairLogProbs = model(**inputs)
        before = PairLogProbs(reference[::2], reference[1::2], policy.chosen_tokens, policy.rejected_tokens)
        losses = preference_loss(policy, before, preference.beta, preference.loss)
        self._sums += metric_sums(policy, before, losses, preference.beta)
        if preference.nll_weight:
            losses = losses + preference.nll_weight * chosen_nll(policy)
        return losses.sum() / items

    def get_batch_samples(
        self, epoch_iterator: Iterator[dict[str, Any]], num_batches: int, device: torch.device
    ) -> tuple[list[dict[str, Any]], Tensor | int | None]:
        """The rows of a step on this rank, and the pairs of the step on all."""
        batches, _ = super().get_batch_samples(epoch_iterator, num_batches, device)
        pairs = torch.tensor(sum(len(batch["lengths"]) // 2 for batch in batches), device=device)
        if dist.is_initialized():
            dist.all_reduce(pairs)
        return batches, pairs

    def log(self, logs: dict[str, float], start_time: float | None = None) -> None:
        """Besides what the trainer logs: `summary` over all pairs since the last call, on all ranks.

        Raises:
            TrainingDiverged: right answers have become unlikely.
        """
        if "loss" not in logs:
            super().log(logs, start_time)
            return
        if dist.is_initialized():
            dist.all_reduce(self._sums)
        self._last = {name: round(value, 6) for name, value in summary(self._sums).items()}
        if "grad_norm" in logs:
            self._last["grad_norm"] = float(logs["grad_norm"])
        self._sums = torch.zeros_like(self._sums)
        super().log(logs | self._last, start_time)
        self._stop_when_right_answers_fall()

    def facts(self, steps: int) -> dict[str, Any]:
        """For the log: what was seen after so many steps, how the pairs stood, and how fast it went."""
        rows = min(steps * self.args.gradient_accumulation_steps * self.args.world_size, len(self.rows))
        samples, tokens = self.rows.seen(rows)
        return {"samples": samples, "tokens": tokens, **self._last, **self._speed}

    def recall(self, log: Sequence[Mapping[str, Any]]) -> None:
        """The metrics up to a checkpoint, before going on from it: a fall is no shorter for a kill in it."""
        self._ratios.extend(entry["chosen_log_ratio"] for entry in log)

    def _stop_when_right_answers_fall(self) -> None:
        stops = self.recipe.stops
        self._ratios.append(self._last["chosen_log_ratio"])
        if len(self._ratios) == stops.patience and max(self._ratios) < -stops.fall:
            raise TrainingDiverged(
                f"Stopped at step {self.state.global_step}: for {stops.patience} steps the chosen completions "
                f"have been less likely than by the reference by more than {stops.fall} nats a token (last "
                f"{-self._ratios[-1]:.3g}). The policy forgets right answers with wrong ones; the last checkpoint is "
                "kept. Raise beta, lower learning_rate, or give preference.nll_weight (1 is usual)."
            )
