"""What this machine has for the toolkit, and what to type for what it lacks."""

from __future__ import annotations

import importlib.util
import os
import platform
import shutil
import sys
from collections.abc import Iterator

from redstar_geo import __version__, extras

_PURPOSES = {
    "analysis": "scores, plots, repeated pictures, difficulty",
    "train": "training, RL and models in process",
    "eval": "evaluating models in process",
    "app": "the app",
    "gpu": "less memory on CUDA GPUs",
    "vllm": "faster sampling and RL on GPUs",
    "ray": "data runs on a cluster",
}
_BY_HAND = {  # what has to fit the CUDA or torch that is there
    "flash_attn": "faster attention on GPUs",
}
_PROGRAMS = (
    ("bwrap", "bubblewrap", "judging programs"),
    ("g++", "g++", "judging C++"),
    ("chromium", "chromium", "tests"),
)


def findings() -> Iterator[tuple[str, str, str]]:
    """(part, what was found, remedy or a dash) line by line."""
    yield "redstar-geo", f"{__version__}, Python {platform.python_version()}", "–"
    yield "machine", *_machine()
    for extra, packages in extras.packages().items():
        lacking = extras.missing(extra)
        state = "missing" if len(lacking) == len(packages) else f"without {', '.join(lacking)}"
        yield f"{extra} ({_PURPOSES[extra]})", *((state, extras.install(extra)) if lacking else ("installed", "–"))
    wrong = extras.misfits()
    for sentence in wrong or ["belong together"]:
        yield "versions", sentence, "pip install that version, or the extra anew" if wrong else "–"
    yield "GPU", *_gpu()
    for module, purpose in _BY_HAND.items():
        installed = importlib.util.find_spec(module) is not None
        yield (
            f"{module} ({purpose})",
            "installed" if installed else "missing",
            "–" if installed else "see its own guide",
        )
    for program, package, purpose in _PROGRAMS:
        path = shutil.which(program)
        yield f"{package} ({purpose})", path or "missing", "–" if path else f"sudo apt-get install {package}"


def _machine() -> tuple[str, str]:
    if sys.platform != "linux":
        return platform.system(), "Linux is needed: use it, or a container that runs it"
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"Linux, {len(os.sched_getaffinity(0))} cores, {memory:.0f} GiB", "–"


def _gpu() -> tuple[str, str]:
    if importlib.util.find_spec("torch") is None:
        return "not looked for: torch is not installed", "–"
    import torch

    if torch.cuda.is_available():
        names = [torch.cuda.get_device_name(i) for i in range(torch.cuda.device_count())]
        return f"{', '.join(names)}; torch for CUDA {torch.version.cuda}", "–"
    if shutil.which("nvidia-smi") is not None:
        if torch.version.cuda is None:
            return "there is one, but this torch is for CPUs", "pip install --force-reinstall torch torchvision"
        why = f"there is one, but its driver does not run CUDA {torch.version.cuda}, which this torch is for"
        return why, "a newer driver, or a torch for the CUDA that nvidia-smi names"
    return "none: training and evaluation run on the CPU", "tiny recipes are made for that"
