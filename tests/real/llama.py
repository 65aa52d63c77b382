"""`python -m tests.real.llama FILE.gguf --host HOST --port PORT`: llama.cpp's own server, ready compiled."""

from __future__ import annotations

import argparse
import os
import signal

from xllamacpp import CommonParams, Server

SLOTS, TOKENS = 16, 4096  # requests answered at once, and room for each


def main() -> None:
    """Serve the file as `model` until the process is ended."""
    parser = argparse.ArgumentParser()
    parser.add_argument("file")
    parser.add_argument("--host")
    parser.add_argument("--port", type=int)
    asked = parser.parse_args()
    params = CommonParams()
    params.model.path = asked.file
    params.model_alias = {"model"}
    params.hostnames, params.port = [asked.host], asked.port
    params.n_parallel, params.n_ctx = SLOTS, SLOTS * TOKENS
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = int(os.environ["OMP_NUM_THREADS"])
    server = Server(params)
    print(server.listening_address, flush=True)
    signal.pause()


if __name__ == "__main__":
    main()
