"""A row that ranks share is worth the row of one rank: same loss, same gradients, in processes of their own."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
import torch.distributed as dist
from torch import Tensor

from redstar_geo.errors import InputError
from redstar_geo.models.attention import use_packed_attention
from redstar_geo.models.collate import collate
from redstar_geo.models.loss import LossModel, labelled_tokens
from redstar_geo.models.sequence_parallel import check_shared
from tests.forks import exit_codes, fork_ranks
from tests.models.samples import PACKING, tiny_model
from tests.models.test_packing_equality import CLOSE, furthest, gradients, mixed_samples

Found = dict[str, tuple[float, dict[str, Tensor]]]
FORMS = {f"{family}, {form}": (family, form) for family in PACKING for form in ("packed", "one", "checkpointed")}


def of_one(form: str, group: dist.ProcessGroup | None = None) -> tuple[float, dict[str, Tensor]]:
    """Loss and gradients of a row of five samples or one: of all ranks of a group together, or of this process."""
    family, kind = FORMS[form]
    model = tiny_model(family)
    use_packed_attention(model, shared=group is not None)
    if kind == "checkpointed":
        model.activation_checkpointing_enable()
    samples = mixed_samples(model, family)
    row = collate(samples[2:3] if kind == "one" else samples)
    loss = LossModel(model, 3, group)(num_items=labelled_tokens(row["labels"]), **row).loss
    loss.backward()
    found = gradients(model)
    total = loss.detach().clone()
    if group is not None:
        for each in (total, *found.values()):
            dist.all_reduce(each)
    return float(total), found


def shared(forms: list[str], path: Path) -> None:
    dist.init_process_group("gloo")
    group, _ = dist.new_subgroups(dist.get_world_size())
    found = {form: of_one(form, group) for form in forms}
    if dist.get_rank() == 0:
        torch.save(found, path)
    dist.destroy_process_group()


@pytest.mark.parametrize(("ranks", "forms"), [(2, list(FORMS)), (4, ["qwen3_vl, packed", "qwen2, packed"])])
def test_ranks_that_share_a_row_find_loss_and_gradients_of_one(ranks: int, forms: list[str], tmp_path: Path) -> None:
    """Two heads of keys and values for four of queries: of two ranks each has one, of four two have the same."""
    assert exit_codes(fork_ranks(shared, ranks, forms, tmp_path / "found")) == [0] * ranks
    found: Found = torch.load(tmp_path / "found")
    for form, (loss, summed) in found.items():
        expected, alone = of_one(form)
        assert loss == pytest.approx(expected, rel=CLOSE), form
        assert furthest(summed, alone) < CLOSE, form


@pytest.mark.parametrize(
    ("size", "ranks", "cause"), [(2, 1, "torchrun"), (3, 6, "4 attention heads"), (8, 8, "4 attention heads")]
)
def test_what_cannot_be_shared_is_refused(size: int, ranks: int, cause: str) -> None:
    config = tiny_model("qwen2").config
    check_shared(config, 2, 4)
    check_shared(config, 1, 3)
    with pytest.raises(InputError, match=cause):
        check_shared(config, size, ranks)
    config.layer_types = ["full_attention", "sliding_attention", "full_attention"]
    with pytest.raises(InputError, match="sliding_attention"):
        check_shared(config, 2, 2)
    with pytest.raises(InputError, match="linear_attention"):
        check_shared(tiny_model("qwen3_5").config, 2, 2)
