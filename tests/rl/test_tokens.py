import math
from functools import reduce

import pytest
import torch

from redstar_geo.rl.tokens import Moments, explained_variance, moments, normalised, over_ranks
from tests.rl.batches import tokens


def test_parts_of_any_size_merge_to_the_whole() -> None:
    batch = tokens()
    kept = batch.values[batch.mask].double()
    parts = [moments(batch.values[rows], batch.mask[rows]) for rows in (slice(0, 1), slice(1, 3), slice(3, 8))]
    nothing = moments(batch.values[2:3], batch.mask[2:3])
    for order in (parts, parts[::-1], [nothing, *parts, nothing]):
        found = reduce(Moments.merged, order)
        assert found.count == len(kept)
        assert torch.isclose(found.mean, kept.mean(), rtol=1e-12)
        assert torch.isclose(found.variance, kept.var(correction=0), rtol=1e-12)


def test_a_large_mean_does_not_drown_the_variance() -> None:
    values = torch.tensor([[1e6, 1e6 + 1.0, 1e6 + 2.0]], dtype=torch.float64)
    mask = torch.ones_like(values, dtype=torch.bool)
    assert moments(values, mask).variance.item() == pytest.approx(2 / 3)
    halves = moments(values[:, :1], mask[:, :1]).merged(moments(values[:, 1:], mask[:, 1:]))
    assert halves.variance.item() == pytest.approx(2 / 3)


def test_normalised_has_mean_zero_and_mean_square_one_over_the_mask_and_is_zero_elsewhere() -> None:
    batch = tokens()
    found = normalised(batch.values, batch.mask, over_ranks(moments(batch.values, batch.mask)))
    kept = found[batch.mask].double()
    assert abs(kept.sum()) < 1e-5 and kept.square().mean().item() == pytest.approx(1.0, abs=1e-6)
    assert not found[~batch.mask].any()


def test_nothing_at_all_is_no_nan() -> None:
    mask = torch.zeros(2, 3, dtype=torch.bool)
    whole = moments(torch.ones(2, 3), mask)
    assert whole.count == whole.mean == whole.variance == 0.0
    assert not normalised(torch.ones(2, 3), mask, whole).any()


def test_explained_variance() -> None:
    batch = tokens()
    returns = batch.values
    noise = torch.randn(returns.shape, generator=torch.Generator().manual_seed(5))
    assert explained_variance(returns, returns, batch.mask).item() == 1.0
    assert explained_variance(torch.full_like(returns, 3.0), returns, batch.mask).item() == pytest.approx(0.0, abs=1e-6)
    assert explained_variance(noise * 9, returns, batch.mask) < 0.0
    assert math.isnan(explained_variance(noise, torch.ones_like(returns), batch.mask).item())
