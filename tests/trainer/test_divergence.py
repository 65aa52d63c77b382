import math
from itertools import pairwise

import pytest
import torch
from torch import nn
from torch.utils.data import Dataset
from transformers import Trainer, TrainingArguments

from redstar_geo.trainer.divergence import (
    LEAST_HISTORY,
    PATIENCE,
    RECOVERY,
    DivergenceStop,
    TrainingDiverged,
    find_fault,
    robust_z,
)

EVEN = [1.0 + 0.01 * (number % 5) for number in range(40)]


def test_numbers_that_are_not_finite_are_a_fault_from_the_first_step():
    assert find_fault(math.nan, 1.0, []) == find_fault(math.inf, 1.0, []) == "loss_not_finite"
    assert find_fault(1.0, math.nan, []) == find_fault(1.0, math.inf, []) == "gradient_not_finite"
    assert find_fault(1.0, 1.0, []) is None


def test_a_spike_is_far_above_the_others_and_nothing_else():
    assert find_fault(3.0, 1.0, EVEN) == "loss_spike"
    assert find_fault(1.3, 1.0, EVEN) is None  # many deviations of these even losses, but not half above them
    assert find_fault(0.1, 1.0, EVEN) is None
    assert find_fault(3.0, 1.0, EVEN[: LEAST_HISTORY - 1]) is None
    falling = [8.0 * 0.97**number for number in range(40)]
    assert all(find_fault(loss, 1.0, falling) is None for loss in falling)


def test_one_outlier_among_the_others_moves_the_measure_little():
    assert robust_z(3.0, [*EVEN, 1000.0]) == pytest.approx(robust_z(3.0, EVEN), rel=0.3)


class Points(Dataset):
    """y = 2x; the points at `bad` have an x that no gradient survives."""

    def __init__(self, bad: set[int], value: float) -> None:
        self.bad, self.value = bad, value

    def __len__(self) -> int:
        return 80

    def __getitem__(self, index: int) -> dict[str, torch.Tensor]:
        x = torch.tensor([self.value if index in self.bad else 1.0 + index % 3])
        return {"x": x, "labels": 2 * x}


class Line(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.slope = nn.Linear(1, 1, bias=False)
        nn.init.zeros_(self.slope.weight)

    def forward(self, x: torch.Tensor, labels: torch.Tensor) -> dict[str, torch.Tensor]:
        return {"loss": (self.slope(x) - labels).square().mean()}


class Watched(Trainer):
    """In the order of the data, with the weight after every step."""

    def __init__(self, divergence: DivergenceStop, **kwargs) -> None:
        super().__init__(callbacks=[divergence], **kwargs)
        self.divergence, self.weights = divergence, []

    def _get_train_sampler(self, *_) -> torch.utils.data.Sampler:
        return torch.utils.data.SequentialSampler(self.train_dataset)

    def training_step(self, model, inputs, num_items_in_batch=None) -> torch.Tensor:
        self.weights.append(self.model.slope.weight.item())
        loss = super().training_step(model, inputs, num_items_in_batch)
        self.divergence.add_loss(loss)
        return loss


def trainer(tmp_path, bad: set[int], value: float, accumulate: int = 1, model=None, **settings) -> Watched:
    arguments = TrainingArguments(
        output_dir=str(tmp_path),
        per_device_train_batch_size=1,
        gradient_accumulation_steps=accumulate,
        learning_rate=0.01,
        lr_scheduler_type="constant",
        num_train_epochs=1,
        weight_decay=0.1,
        report_to="none",
        disable_tqdm=True,
        use_cpu=True,
        logging_nan_inf_filter=False,
        **{"save_strategy": "no"} | settings,
    )
    return Watched(DivergenceStop(), model=model or Line(), args=arguments, train_dataset=Points(bad, value))


@pytest.mark.parametrize(("value", "reason"), [(math.nan, "loss_not_finite"), (1e25, "loss_not_finite")])
def test_a_bad_step_changes_no_weight_and_training_goes_on(tmp_path, value, reason):
    run = trainer(tmp_path, {30, 50}, value)
    run.train()
    assert run.divergence.bad == {reason: 2}
    unchanged = [step for step, (before, after) in enumerate(pairwise(run.weights)) if before == after]
    assert unchanged == [30, 50]
    assert run.weights[-1] > run.weights[50] > run.weights[30] > 0
    assert run.state.global_step == 80


def test_a_spike_is_skipped_too(tmp_path):
    run = trainer(tmp_path, {60}, 1e3)
    run.train()
    assert run.divergence.bad == {"loss_spike": 1}
    assert run.weights[61] == run.weights[60]


class Rooted(Line):
    """Has no derivative at x = 0, where its loss is 0."""

    def forward(self, x: torch.Tensor, labels: torch.Tensor) -> dict[str, torch.Tensor]:
        return {"loss": (self.slope(x) - labels).abs().sqrt().mean()}


def test_the_gradient_alone_can_be_at_fault(tmp_path):
    run = trainer(tmp_path, {30}, 0.0, model=Rooted())
    run.train()
    assert run.divergence.bad == {"gradient_not_finite": 1}
    assert run.weights[31] == run.weights[30] != run.weights[32]


def test_one_bad_micro_batch_spoils_its_whole_step_only(tmp_path):
    run = trainer(tmp_path, {10}, math.nan, accumulate=4)
    run.train()
    assert run.divergence.bad == {"loss_not_finite": 1}
    assert math.isfinite(run.weights[-1]) and run.state.global_step == 20


def test_several_in_a_row_stop_the_training_and_the_checkpoint_stays(tmp_path):
    run = trainer(tmp_path, set(range(32, 80)), math.nan, save_strategy="steps", save_steps=30)
    with pytest.raises(TrainingDiverged, match=f"step 35 after {PATIENCE} bad steps.*median of the 32 good"):
        run.train()
    assert (tmp_path / "checkpoint-30" / "trainer_state.json").is_file()


class Even(Points):
    def __getitem__(self, index: int) -> dict[str, torch.Tensor]:
        x = torch.full((1,), self.value if index in self.bad else 1.0)
        return {"x": x, "labels": 2 * x}


class Thrown(Watched):
    """Once, some step moves the weight too far."""

    far = 0.0

    def training_step(self, model, inputs, num_items_in_batch=None) -> torch.Tensor:
        if self.state.global_step == 30:
            with torch.no_grad():
                self.model.slope.weight -= self.far
        return super().training_step(model, inputs, num_items_in_batch)


def thrown(tmp_path, far: float, bad: frozenset[int] = frozenset()) -> Thrown:
    run = trainer(tmp_path, set(), 0.0)
    run = Thrown(run.divergence, model=Line(), args=run.args, train_dataset=Even(bad, math.nan))
    run.far = far
    return run


def test_weights_moved_too_far_are_mended_by_learning(tmp_path):
    run = thrown(tmp_path, 1.1)
    run.train()
    assert set(run.divergence.bad) == {"loss_spike"} and PATIENCE < run.divergence.bad["loss_spike"] < RECOVERY
    assert run.divergence.in_a_row == 0 and run.state.global_step == 80


def test_a_bad_batch_on_the_way_back_does_not_end_it(tmp_path):
    run = thrown(tmp_path, 1.1, frozenset({36, 37}))
    run.train()
    assert run.divergence.bad["loss_not_finite"] == 2 and run.divergence.bad["loss_spike"] > PATIENCE
    assert run.divergence.in_a_row == 0


def test_what_learning_does_not_mend_stops_in_the_end(tmp_path):
    run = thrown(tmp_path, 100.0)
    run.args.num_train_epochs = 2
    with pytest.raises(TrainingDiverged, match=f"step {30 + RECOVERY} after {RECOVERY} bad steps"):
        run.train()


def test_what_the_guard_remembers_comes_back_with_the_checkpoint(tmp_path):
    first = trainer(tmp_path, {5}, math.nan, save_strategy="steps", save_steps=40)
    first.train()
    second = trainer(tmp_path, {5, 41}, 1e3)
    second.train(resume_from_checkpoint=str(tmp_path / "checkpoint-40"))
    assert second.divergence.bad == {"loss_not_finite": 1, "loss_spike": 1}
    assert len(second.divergence.recent) == 64
