"""Which problems a step asks, and which files are refused."""

from dataclasses import replace
from pathlib import Path

import pytest

from redstar_geo.errors import InputError
from redstar_geo.rl.problems import of_step, read_problems
from tests.rl.start import rl_problems, write_problems


def test_every_problem_is_asked_once_an_epoch() -> None:
    found = [i for step in range(1, 8) for i in of_step(14, 4, 3, step)]
    assert sorted(found[:14]) == sorted(found[14:]) == list(range(14))
    assert found[:14] != found[14:] != list(range(14))
    assert of_step(14, 4, 3, 5) == found[16:20] != of_step(14, 4, 4, 5)


def test_the_longest_prompt_is_in_step_one() -> None:
    """And nothing else is asked: two places are exchanged."""
    for longest in range(14):
        plain, found = ([i for step in (1, 2, 3) for i in of_step(14, 4, 3, step, 1, each)] for each in (None, longest))
        if longest in plain:
            assert found[0] == longest and sorted(found) == sorted(plain)
            assert sum(one != other for one, other in zip(found, plain, strict=True)) in (0, 2)
    assert of_step(14, 4, 3, 5, 1, 2) == of_step(14, 4, 3, 5), "later epochs are as they are"


def test_more_problems_a_step_than_there_are() -> None:
    assert sorted(of_step(3, 7, 0, 1)) == sorted([0, 1, 2] * 2 + [of_step(3, 7, 0, 1)[-1]])


def test_what_cannot_be_trained_on(tmp_path: Path) -> None:
    problems, path = rl_problems(), tmp_path / "p.parquet"
    write_problems(path, problems)
    assert [one.id for one in read_problems([str(path)], sees=True)] == [one.id for one in problems]
    with pytest.raises(InputError, match="the model sees none"):
        read_problems([str(path)], sees=False)
    with pytest.raises(InputError, match="is twice"):
        read_problems([str(path), str(path)], sees=True)
    with pytest.raises(InputError, match="is not there"):
        read_problems([str(tmp_path / "none.parquet")], sees=True)
    write_problems(path, [])
    with pytest.raises(InputError, match="holds no problems"):
        read_problems([str(path)], sees=True)
    write_problems(path, [replace(one, images=()) for one in problems])
    assert len(read_problems([str(path)], sees=False)) == len(problems)
