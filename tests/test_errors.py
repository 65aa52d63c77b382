import errno
import sqlite3

import pytest

from redstar_geo.errors import DiskFull, InputError, disk_full_reported

FULL = OSError(errno.ENOSPC, "No space left on device", "runs/a/run.json")


def _caused_by_a_full_disk() -> None:
    try:
        raise FULL
    except OSError as error:
        raise ValueError("An error occurred while generating the data set") from error


@pytest.mark.parametrize(
    "error",
    [
        FULL,
        OSError(errno.EFBIG, "File too large", "runs/a/run.json"),  # as `ulimit -f` has it
        OSError(errno.ENOSPC, "disk I/O error, SQLITE_IOERR_SHMSIZE"),  # as a pool raises what its process met
        sqlite3.OperationalError("database or disk is full"),
        RuntimeError("PytorchStreamWriter failed writing file data/0: file write failed"),
        InputError("out.jsonl cannot be opened (No space left on device). Give --out a file in a folder …"),
    ],
)
def test_a_full_disk_is_one_sentence_whoever_was_writing(error: Exception) -> None:
    with pytest.raises(DiskFull, match="The disk of runs/a is full"), disk_full_reported("runs/a"):
        raise error


def test_a_full_disk_is_seen_behind_another_error_and_the_innermost_place_is_named() -> None:
    with (
        pytest.raises(DiskFull, match=r"disk of inner is full .*No space left"),
        disk_full_reported("outer"),
        disk_full_reported("inner"),
    ):
        _caused_by_a_full_disk()


def test_other_errors_stay_what_they_are() -> None:
    for other in (OSError(errno.EACCES, "Permission denied"), RuntimeError("shapes do not match"), KeyboardInterrupt()):
        with pytest.raises(type(other)) as raised, disk_full_reported("runs/a"):
            raise other
        assert raised.value is other
