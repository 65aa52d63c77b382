"""Only whole checkpoints count, and only a full disk is called one."""

from pathlib import Path

import pytest

from redstar_geo.errors import InputError
from redstar_geo.trainer.checkpoints import check_ranks, last_whole, mark_whole, remove_torn


def checkpoints(folder: Path, *steps: int) -> list[Path]:
    made = [folder / f"checkpoint-{step}" for step in steps]
    for each in made:
        each.mkdir()
    return made


def test_the_newest_whole_one_is_gone_on_from_and_torn_ones_go(tmp_path):
    assert last_whole(tmp_path / "none") is None
    first, second, torn = checkpoints(tmp_path, 80, 100, 120)
    assert last_whole(tmp_path) is None
    mark_whole(first, 2)
    mark_whole(second, 2)
    assert last_whole(tmp_path) == second
    remove_torn(tmp_path)
    assert first.exists() and second.exists() and not torn.exists()


def test_another_number_of_processes_is_refused(tmp_path):
    (checkpoint,) = checkpoints(tmp_path, 7)
    mark_whole(checkpoint, 2)
    check_ranks(checkpoint, 2)
    with pytest.raises(InputError, match="written by 2 processes, and 1 would go on"):
        check_ranks(checkpoint, 1)
