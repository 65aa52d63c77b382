"""What holds for every test: one thread, no deadline, no luck, and a process as the test before it found it."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.disks import small_disk  # noqa: F401  (a fixture)

os.environ.setdefault("OMP_NUM_THREADS", "1")  # models this small only wait for their threads; read at torch's import

settings.register_profile("quiet", deadline=None, derandomize=True)  # neither load nor luck is the code's fault
settings.load_profile("quiet")


def log_levels() -> dict[str, int]:
    loggers = logging.root.manager.loggerDict.items()
    return {name: logger.level for name, logger in loggers if isinstance(logger, logging.Logger)}


@pytest.fixture(autouse=True)
def process_as_found() -> Iterator[None]:
    """Puts back what libraries keep for the whole process, so that no test depends on those before it."""
    environment, folder = dict(os.environ), Path.cwd()
    levels = log_levels()
    if torch := sys.modules.get("torch"):
        torch.manual_seed(0)
    yield
    if os.environ != environment:
        os.environ.clear()
        os.environ.update(environment)
    os.chdir(folder)
    for name, level in levels.items() - log_levels().items():
        logging.getLogger(name).setLevel(level)
    if progress := sys.modules.get("redstar_geo.progress"):
        progress.console.quiet = False
    if torch := sys.modules.get("torch"):
        torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
    if state := sys.modules.get("accelerate.state"):  # precision, backend and DeepSpeed of the first Accelerator
        state.AcceleratorState._reset_state(reset_partial_state=True)
        state.GradientState._reset_state()
    if datasets := sys.modules.get("datasets"):
        datasets.enable_progress_bars()
    if transformers_logging := sys.modules.get("transformers.utils.logging"):
        transformers_logging.enable_progress_bar()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """The order was drawn by pytest-randomly, whose own header `-q` leaves out."""
    if config.pluginmanager.hasplugin("randomly"):
        seed = config.getoption("randomly_seed")
        terminalreporter.write_line(f"This order again: pytest -p randomly --randomly-seed={seed}")
