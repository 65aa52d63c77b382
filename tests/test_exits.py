"""What a machine without a GPU is not told at every command, though the libraries would."""

from __future__ import annotations

import subprocess
import sys

_AFTER_A_COMMAND = """
import sys
from redstar_geo.__main__ import main
sys.argv = ["redstar-geo", "--version"]
try:
    main()
except SystemExit:
    pass
import logging
for name in ("DeepSpeed", "torch.utils.cpp_extension"):
    for sentence in {sentences!r}:
        logging.getLogger(name).warning(sentence)
"""


def test_that_there_is_no_gpu_is_not_said_at_every_command() -> None:
    sentences = ["Setting accelerator to CPU.", "No CUDA runtime is found, using CUDA_HOME='/usr'", "Out of patience"]
    code = _AFTER_A_COMMAND.format(sentences=sentences)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "redstar-geo" in done.stdout
    assert "CUDA" not in done.stderr and "accelerator" not in done.stderr
    assert done.stderr.count("Out of patience") == 2  # what else they say is kept, and not among the results
