"""What one run of a program may use."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from redstar_geo.errors import InputError

_RANGES = {
    "cpu_s": (0.1, 3600),
    "wall_s": (0.1, 24 * 3600),
    "memory_mib": (64, 1 << 20),
    "processes": (1, 1024),
    "threads": (0, 1024),
    "file_mib": (1, 1 << 16),
    "output_mib": (1, 1 << 12),
    "open_files": (16, 1 << 16),
}
_FRACTIONS = ("cpu_s", "wall_s")


@dataclass(frozen=True, slots=True)
class Limits:
    """What one run of a program may use. CPU time decides; the wall clock only stops what waits.

    Attributes:
        cpu_s: CPU seconds of all threads together, and of the processes that it waited for; more is TLE.
        wall_s: seconds by the clock; without it five times `cpu_s` and two more.
        memory_mib: address space of one process. Half of it may be the stack, and no more than 256 MiB.
        processes: processes alive at once. One means that the program cannot fork.
        threads: threads alive at once beyond each process's first.
        file_mib: all files in the program's /tmp together, which is empty at every start.
        output_mib: standard output; more is OLE.
        open_files: file descriptors of one process.
    """

    cpu_s: float = 2.0
    wall_s: float | None = None
    memory_mib: int = 512
    processes: int = 1
    threads: int = 16
    file_mib: int = 16
    output_mib: int = 64
    open_files: int = 64

    def __post_init__(self) -> None:
        for name, value in asdict(self).items():
            least, most = _RANGES[name]
            kinds = (int, float) if name in _FRACTIONS else (int,)
            if value is None and name == "wall_s":
                continue
            if type(value) not in kinds or not least <= value <= most:  # no bool and no NaN
                whole = "" if name in _FRACTIONS else "whole "
                raise InputError(f"The limit {name} is {value!r:.40}. Give a {whole}number from {least} to {most}.")

    @property
    def patience_s(self) -> float:
        """Seconds by the clock."""
        return 5 * self.cpu_s + 2 if self.wall_s is None else self.wall_s
