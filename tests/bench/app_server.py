"""The app in a process of its own, as the benches of the app start it: `python -m tests.bench.app_server KIND PORT …`.

It prints a line when everything is imported and another when it serves.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import gradio as gr

from redstar_geo.app.browse import main as browse
from redstar_geo.app.demo import build
from redstar_geo.app.demo import main as demo
from redstar_geo.generation.address import ServerAddress
from redstar_geo.generation.served import ServedStream
from redstar_geo.viewing.formal_answers import FormalAnswers, Proofs
from redstar_geo.viewing.rate import RateLimit
from redstar_geo.viewing.server import launch
from redstar_geo.viewing.service import Service
from tests.app.streaming import free_port

FIRST = ".picture-input[data-state=shown]"  # on a page whose first question is there


def main(kind: str, port: int, what: str) -> None:
    print("imported", flush=True)
    if kind == "demo":
        demo(port=port, block=False)
    elif kind == "empty":
        with gr.Blocks(analytics_enabled=False) as page:
            gr.HTML("<p class='problem'>Nothing</p>", elem_id="card")
        page.launch(server_name="127.0.0.1", server_port=port, quiet=True, prevent_thread_lock=True)
    elif kind == "browse":
        browse(Path(what), port=port, block=False)
    elif kind == "load":
        proofs = Proofs(None)
        service = Service(
            [FormalAnswers(proofs, "short"), ServedStream("slow-thinker", ServerAddress(url=what))], proofs, None
        )
        service.limit = RateLimit(1e9, 10**9)  # all visitors come from one address here
        launch(*build(service), host="127.0.0.1", port=port, password=None, block=False)
    print("serving", flush=True)
    sys.stdin.read()


@contextmanager
def started(kind: str, what: str = "") -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """The address of such a server, once it has imported everything, and its process; it ends with the block."""
    port = free_port()
    command = [sys.executable, "-m", "tests.bench.app_server", kind, str(port), what]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "imported\n"
        try:
            yield f"http://127.0.0.1:{port}/", process
        finally:
            process.kill()


def serving(process: subprocess.Popen[str]) -> None:
    """Wait until it serves."""
    assert process.stdout is not None and process.stdout.readline() == "serving\n"


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3])
