"""Keys and values that grow in place hold what transformers' own cache holds; rows are dropped and replaced."""

import torch
from torch import Tensor
from transformers.cache_utils import DynamicLayer

from redstar_geo.generation.kv_cache import GrowingLayer


def states(rows: int, tokens: int, chance: torch.Generator) -> tuple[Tensor, Tensor]:
    return torch.randn(rows, 3, tokens, 4, generator=chance), torch.randn(rows, 3, tokens, 4, generator=chance)


def test_a_layer_grows_as_transformers_own_does() -> None:
    ours, theirs, chance = GrowingLayer(), DynamicLayer(), torch.Generator().manual_seed(0)
    rows = 4
    for tokens in (5, *[1] * 200, 300, 1):
        new = states(rows, tokens, chance)
        for a, b in zip(ours.update(*new), theirs.update(*new), strict=True):
            assert torch.equal(a, b)
        assert ours.get_seq_length() == theirs.get_seq_length()
        if tokens != 1:
            chosen = torch.tensor([2, 0, 0, 3])[: rows - 1]
            rows = len(chosen)
            for layer in (ours, theirs):
                layer.batch_select_indices(chosen)


def test_rows_make_room_for_others_that_end_where_they_do() -> None:
    ours, new, chance = GrowingLayer(), GrowingLayer(), torch.Generator().manual_seed(0)
    ours.update(*states(4, 300, chance))
    keys, values = new.update(*states(2, 100, chance))
    before = ours.keys.clone()
    ours.replace(torch.tensor([3, 1]), new)
    assert torch.equal(ours.keys[[3, 1], :, 200:], keys) and torch.equal(ours.values[[3, 1], :, 200:], values)
    assert torch.equal(ours.keys[[0, 2]], before[[0, 2]])
    ours.drop_first(150)
    assert ours.get_seq_length() == 150 and torch.equal(ours.keys[[0, 2]], before[[0, 2], :, 150:])
    for tokens in (1, 400):  # what was dropped is no longer there to be copied
        more, _ = states(4, tokens, chance)
        grown, _ = ours.update(more, more)
        assert torch.equal(grown[:, :, -tokens:], more) and torch.equal(grown[3, :, 50:150], keys[0])
