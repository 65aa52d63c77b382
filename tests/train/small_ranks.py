"""Trainings and commands in processes of their own, one or several over gloo, which can be killed."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

from tests.forks import exit_codes, fork, fork_ranks
from tests.killing import die_with


def train(values: Mapping[str, Any], ranks: int = 1, killed_at: Path | None = None) -> list[int]:
    """Run `main` of the recipe on so many ranks; the exit codes.

    Args:
        killed_at: a file or folder; the moment it is there, all of them are gone by SIGKILL.
    """
    return exit_codes(start(values, ranks, killed_at))


def start(values: Mapping[str, Any], ranks: int = 1, killed_at: Path | None = None) -> list[ForkServerProcess]:
    if ranks == 1:  # as without a launcher
        return [fork(_train, dict(values), killed_at)]
    return fork_ranks(_train, ranks, dict(values), killed_at)


def _train(values: dict[str, Any], killed_at: Path | None) -> None:
    from redstar_geo.recipe import check
    from redstar_geo.train.sft import main
    from redstar_geo.trainer.recipe import SftRecipe

    if killed_at is not None:
        threading.Thread(target=die_with, args=(killed_at,), daemon=True).start()
    main(check(SftRecipe, values, "test"))


@dataclass(frozen=True)
class Command:
    """A `redstar-geo` of its own, with what it says in a file."""

    process: ForkServerProcess
    said: Path

    def ended(self) -> tuple[int, str]:
        """Its exit code and all that it said."""
        (code,) = exit_codes([self.process])
        return code, self.said.read_text(encoding="utf-8")


def redstar_geo(*arguments: object, said: Path) -> Command:
    """The command line with these arguments, as a shell would start it."""
    return Command(fork(_command, [str(each) for each in arguments], said), said)


def _command(arguments: list[str], said: Path) -> None:
    from redstar_geo import exits
    from redstar_geo.progress import console

    console.quiet = False
    with said.open("w") as file:
        for stream in (1, 2):
            os.dup2(file.fileno(), stream)
    sys.argv = ["redstar-geo", *arguments]
    exits.main()
