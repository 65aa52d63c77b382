"""Running the command line: how an error ends it, in which words and with which exit code."""

from __future__ import annotations

import logging
import sys

from rich.console import Console

from redstar_geo import printing
from redstar_geo.cli import app
from redstar_geo.errors import InputError, Interrupted, RedStarError, disk_full_reported

_CTRL_C = 130  # the exit code of what a signal 2 ended, as shells give it


def main() -> None:
    """Run the app; a user's mistake is one paragraph and exit code 2, failed work exit code 1, Ctrl-C 130."""
    logging.getLogger("DeepSpeed").addFilter(_aside)
    logging.getLogger("torch.utils.cpp_extension").addFilter(_is_news)
    try:
        with disk_full_reported("this run"):
            _run_app()
    except InputError as error:
        Console(stderr=True, soft_wrap=True).print(f"[bold red]Error:[/] {_escaped(error)}")
        sys.exit(2)
    except Interrupted as error:
        Console(stderr=True, soft_wrap=True).print(_escaped(error))
        sys.exit(_CTRL_C)
    except RedStarError as error:
        Console(stderr=True, soft_wrap=True).print(f"[bold red]Failed:[/] {_escaped(error)}")
        sys.exit(1)
    except OSError as error:  # of a file or folder that nobody foresaw
        told = _escaped(error)
        Console(stderr=True, soft_wrap=True).print(f"[bold red]Failed:[/] {told}. What was finished is kept.")
        sys.exit(1)
    except SystemExit as ended:
        if ended.code == _CTRL_C:
            Console(stderr=True).print("Stopped by Ctrl-C. The same command goes on.")
        raise


def _run_app() -> None:
    """Run the app; a package that its installation lacks is a user's mistake too."""
    try:
        app()
    except ModuleNotFoundError as error:
        from redstar_geo import extras

        missing = extras.error(error.name or "", sys.argv[1])
        raise missing or error from None


def _aside(record: logging.LogRecord) -> bool:
    """What DeepSpeed logs, which it would print on stdout among the results, goes to stderr."""
    if logging.lastResort and _is_news(record):
        logging.lastResort.handle(record)
    return False


def _is_news(record: logging.LogRecord) -> bool:
    """Not that there is no GPU, which DeepSpeed and torch's compiler of extensions say at every import.

    accelerate imports them whenever a model is saved; `redstar-geo doctor` says it when asked.
    """
    return not record.getMessage().startswith(("Setting accelerator to CPU", "No CUDA runtime is found"))


def _escaped(error: Exception) -> str:
    return printing.printable(str(error)).replace("[", r"\[")
