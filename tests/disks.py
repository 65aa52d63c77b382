"""Disks that are full, or may not be written to."""

from __future__ import annotations

import resource
import subprocess
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

SmallDisk = Callable[[str], Path]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[SmallDisk]:
    """The folder of a file system in memory, of a size; at the next call of another size, or `64m,ro`: read-only."""
    folder = tmp_path / "disk"
    folder.mkdir()

    def sized(size: str) -> Path:
        again = "remount," if folder.is_mount() else ""
        mount = ["mount", "-t", "tmpfs", "-o", f"{again}size={size}", "small_disk", str(folder)]
        if subprocess.run(mount, capture_output=True).returncode:
            pytest.skip("mounting takes rights that this user has not")
        return folder

    yield sized
    subprocess.run(["umount", "-l", str(folder)], capture_output=True)


def no_file_beyond(size: int) -> Callable[[], None]:
    """In a new process, before it becomes another program: as `ulimit -f`, in bytes."""
    return partial(resource.setrlimit, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
