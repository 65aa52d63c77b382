from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from redstar_geo.trainer.pack import TooLargeForPack, deal, packs, padding_share
from tests.growth import linear
from tests.models.samples import lognormal_lengths

TOKENS, PATCHES = 100, 50
SIZES = st.lists(st.tuples(st.integers(1, TOKENS), st.integers(0, PATCHES)), max_size=300)


@given(sizes=SIZES, seed=st.integers(0, 9), epoch=st.integers(0, 9))
@settings(max_examples=60, deadline=None)
def test_every_sample_is_packed_once_within_both_budgets(sizes: list[tuple[int, int]], seed: int, epoch: int) -> None:
    tokens, patches = [size[0] for size in sizes], [size[1] for size in sizes]
    found = packs(tokens, patches, TOKENS, PATCHES, seed, epoch)
    assert sorted(sample for pack in found for sample in pack) == list(range(len(sizes)))
    assert all(pack for pack in found)
    assert all(sum(tokens[sample] for sample in pack) <= TOKENS for pack in found)
    assert all(sum(patches[sample] for sample in pack) <= PATCHES for pack in found)
    assert found == packs(tokens, patches, TOKENS, PATCHES, seed, epoch)


def test_packs_are_nearly_full_and_differ_by_epoch_and_seed() -> None:
    tokens = lognormal_lengths(4000, 4096)
    found = {key: packs(tokens, [0] * len(tokens), 4096, 1, *key) for key in ((0, 0), (0, 1), (1, 0))}
    assert all(padding_share(packed, tokens, 4096) < 0.02 for packed in found.values())
    together = {key: {frozenset(pack) for pack in packed if len(pack) > 1} for key, packed in found.items()}
    for other in ((0, 1), (1, 0)):
        assert len(together[0, 0] & together[other]) < 0.05 * len(together[0, 0])
    mixed = [pack for pack in found[0, 0] if len(pack) > 1]
    spread = [max(tokens[i] for i in pack) / min(tokens[i] for i in pack) for pack in mixed]
    assert sorted(spread)[len(spread) // 2] > 1.3  # long and short ones together; 1.0 if cut from a sorted list


def test_the_patch_budget_opens_packs_where_tokens_would_not() -> None:
    found = packs([1] * 10, [30] * 10, TOKENS, PATCHES, 0, 0)
    assert len(found) == 10
    found = packs([1] * 20, [30, 0] * 10, TOKENS, PATCHES, 0, 0)
    assert len(found) == 10, "texts ride along with the images"


@pytest.mark.parametrize(("tokens", "patches", "unit"), [([5, 101], [0, 0], "tokens"), ([5, 5], [0, 51], "vision")])
def test_a_sample_that_no_pack_holds_is_refused_with_its_size(tokens: list[int], patches: list[int], unit: str) -> None:
    with pytest.raises(TooLargeForPack, match=unit) as error:
        packs(tokens, patches, TOKENS, PATCHES, 0, 0)
    assert error.value.sample == 1
    assert error.value.size in (101, 51)
    assert str(error.value.size) in str(error.value)


def test_nothing_to_pack() -> None:
    assert packs([], [], TOKENS, PATCHES, 0, 0) == []
    assert deal([], [], 4, 0, 0) == []
    assert padding_share([], [], TOKENS) == 0.0


@given(sizes=SIZES, ranks=st.integers(1, 9))
@settings(max_examples=60, deadline=None)
def test_every_rank_gets_as_many_packs_and_none_is_lost(sizes: list[tuple[int, int]], ranks: int) -> None:
    tokens = [size[0] for size in sizes]
    found = packs(tokens, [size[1] for size in sizes], TOKENS, PATCHES, 0, 0)
    dealt = deal(found, tokens, ranks, 0, 0)
    assert len(dealt) % ranks == 0
    assert len(dealt) - len(found) < ranks
    assert sorted(pack for pack in dealt if pack) == sorted(found)
    assert all(pack for pack in dealt[: len(found)]), "idle packs come last"


def test_packs_of_one_step_have_about_equal_work() -> None:
    tokens, ranks = lognormal_lengths(4000, 8192), 8
    work = [count + count**2 / 4000 for count in tokens]  # attention makes packs of equal length unequal
    found = packs(tokens, [0] * len(tokens), 8192, 1, 0, 0)

    def lost(order: list[list[int]]) -> float:
        """The share of time that ranks wait for the slowest of their step."""
        steps = [order[i : i + ranks] for i in range(0, len(order) - ranks + 1, ranks)]
        slowest = sum(max(sum(work[i] for i in pack) for pack in step) for step in steps)
        return 1 - sum(work[i] for step in steps for pack in step for i in pack) / (ranks * slowest)

    assert lost(deal(found, work, ranks, 0, 0)) < 0.3 * lost(found)
    assert deal(found, work, ranks, 0, 0) != deal(found, work, ranks, 0, 1)


def test_twice_the_samples_are_twice_the_work() -> None:
    tokens = lognormal_lengths(20_000, 16384)
    patches = [(0, 0, 3000, 1000, 500, 200, 7000)[count % 7] for count in tokens]
    assert linear(lambda size: packs(tokens[:size], patches[:size], 16384, 16384, 0, 0), 10_000)
