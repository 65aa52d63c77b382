"""What this machine has for the toolkit, and what to type for what it lacks."""

from __future__ import annotations

import importlib.util
import os
import shutil
from collections.abc import Iterator
from importlib import metadata

import psutil

_PACKAGES = (
    "torch",
    "torchvision",
    "transformers",
    "trl",
    "deepspeed",
    "datasets",
    "qwen-vl-utils",
    "gradio",
    "formalgeo",
)
_OPTIONAL = {
    "vllm": "faster sampling and evaluation on GPUs",
    "flash_attn": "faster attention on GPUs",
    "ray": "curation on a cluster",
}
_PROGRAMS = (
    ("bwrap", "bubblewrap", "judging programs"),
    ("g++", "g++", "judging C++"),
    ("chromium", "chromium", "tests"),
)


def findings() -> Iterator[tuple[str, str, str]]:
    """(part, what was found, remedy or a dash) line by line."""
    memory = psutil.virtual_memory().total / 2**30
    yield "machine", f"{len(os.sched_getaffinity(0))} cores, {memory:.0f} GiB", "–"
    for name in _PACKAGES:
        try:
            yield name, metadata.version(name), "–"
        except metadata.PackageNotFoundError:
            yield name, "missing", f"pip install {name}"
    yield "GPU", *_gpu()
    for module, purpose in _OPTIONAL.items():
        found = importlib.util.find_spec(module) is not None
        remedy = "–" if found else f"for {purpose}: pip install {module}"
        yield f"{module} (optional)", "found" if found else "missing", remedy
    for program, package, purpose in _PROGRAMS:
        path = shutil.which(program)
        yield f"{package} ({purpose})", path or "missing", "–" if path else f"sudo apt-get install {package}"


def _gpu() -> tuple[str, str]:
    import torch

    if torch.cuda.is_available():
        names = [torch.cuda.get_device_name(i) for i in range(torch.cuda.device_count())]
        return ", ".join(names), "–"
    return "none: training and evaluation run on the CPU", "tiny recipes are made for that"
