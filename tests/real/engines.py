"""Servers that speak OpenAI's protocol, for as long as a test needs them: vLLM's and llama.cpp's."""

from __future__ import annotations

import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

from tests.real import environment
from tests.real.weights import Weights

_TRIES, _PAUSE_S = 900, 1.0  # a busy core needs minutes for vLLM's imports alone


@contextmanager
def served(engine: str, weights: Weights) -> Iterator[dict[str, Any]]:
    """How a recipe names the model while an engine, `vllm` or `llama`, has it."""
    with vllm(weights.folder) if engine == "vllm" else llama(weights.gguf) as url:
        yield {"model": "model", "endpoint": endpoint(url)}


def endpoint(url: str) -> dict[str, Any]:
    """As a recipe has it, with the patience that a busy CPU needs."""
    return {"servers": [{"url": url, "start": 8, "most": 32}], "deadline_s": 7200, "give_up_s": 7200}


@contextmanager
def vllm(model: Path, *flags: str) -> Iterator[str]:
    """The address of `vllm serve` with this model under the name `model`, its own generation defaults set aside."""
    command = [str(environment.folder() / "bin" / "vllm"), "serve", str(model), "--served-model-name", "model"]
    with _server([*command, "--enforce-eager", "--generation-config", "vllm", *flags]) as url:
        yield url


@contextmanager
def llama(gguf: Path) -> Iterator[str]:
    """The address of llama.cpp's server with this file under the name `model`."""
    with _server([str(environment.python()), "-m", "tests.real.llama", str(gguf)]) as url:
        yield url


@contextmanager
def _server(command: Sequence[str]) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = ["--host", "127.0.0.1", "--port", str(port)]
    with TemporaryFile("w+") as said:
        known, here = environment.variables(), environment.ROOT
        process = subprocess.Popen([*command, *address], cwd=here, env=known, stdout=said, stderr=said, text=True)
        try:
            _wait(process, f"http://127.0.0.1:{port}/health", said)
            yield f"http://127.0.0.1:{port}/v1"
        finally:
            process.terminate()
            process.wait(60)


def _wait(process: subprocess.Popen[str], health: str, said) -> None:
    for _ in range(_TRIES):
        if process.poll() is not None:
            said.seek(0)
            raise RuntimeError(f"the server ended with {process.returncode}:\n{said.read()[-4000:]}")
        try:
            with urllib.request.urlopen(health, timeout=5):
                return
        except (urllib.error.URLError, TimeoutError, ConnectionError):
            time.sleep(_PAUSE_S)
    raise RuntimeError(f"no answer at {health}")
