"""The built-in source: balanced, reproducible, without repetition."""

from collections import Counter

import pytest

from redstar_geo.errors import InputError
from redstar_geo.geometry.construct import FAMILIES
from redstar_geo.sources.builtin import problems

THREE = ("angle_sum", "pythagoras", "inscribed_angle")


def test_families_and_difficulties_take_turns() -> None:
    found = list(problems(THREE, 30, 0, (1, 2)))
    assert Counter(p.meta["family"] for p in found) == dict.fromkeys(THREE, 10)
    assert {p.meta["difficulty"] for p in found} == {1, 2}
    assert len({p.id for p in found}) == len({p.question for p in found}) == 30


def test_the_stream_depends_on_its_seed_alone() -> None:
    first = list(problems(THREE, 12, 4, (1,), "zh", "picture", "test"))
    assert first == list(problems(THREE, 12, 4, (1,), "zh", "picture", "test"))
    assert first[:6] == list(problems(THREE, 6, 4, (1,), "zh", "picture", "test"))
    assert not {p.id for p in first} & {p.id for p in problems(THREE, 12, 5, (1,), "zh", "picture", "test")}
    assert {(p.split, p.language) for p in first} == {("test", "zh")}


def test_no_family_means_all() -> None:
    assert [p.meta["family"] for p in problems((), len(FAMILIES), 0, (1,))] == list(FAMILIES)


def test_mixed_asks_each_problem_in_every_modality() -> None:
    found = list(problems(THREE, 54, 3, (1, 5, 9), modality="mixed", split="test"))
    cells = Counter((p.meta["family"], p.meta["difficulty"], p.meta["modality"]) for p in found)
    assert len(cells) == 27 and set(cells.values()) == {2}
    told: dict[tuple[str, int], set[tuple[str, str]]] = {}
    for p in found:
        told.setdefault((p.meta["family"], p.meta["seed"]), set()).add((p.meta["modality"], p.answer))
    assert all(len(asked) == 3 and len({answer for _, answer in asked}) == 1 for asked in told.values())


def test_numbers_and_text_do_not_repeat_and_a_small_family_does_not_run_dry() -> None:
    found = list(problems(("diameter_angle",), 300, 1, (1,)))
    keys = Counter((p.question, *p.meta["numbers"]) for p in found)
    assert len(found) == 300
    assert max(keys.values()) == 1


@pytest.mark.parametrize("arguments", [(("angle_sums",), 3, 0, (1,)), (THREE, -1, 0, (1,)), (THREE, 3, 0, ())])
def test_wrong_arguments_are_the_users_error(arguments: tuple) -> None:
    with pytest.raises(InputError):
        list(problems(*arguments))
