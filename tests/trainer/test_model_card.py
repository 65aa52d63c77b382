"""Pushing a model to a hub that is not there."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path


def test_a_hub_that_cannot_be_reached_is_said_in_one_paragraph(tmp_path: Path) -> None:
    code = (
        "import sys; from redstar_geo.errors import RedStarError; from redstar_geo.run import open_run; "
        "from redstar_geo.trainer.model_card import push\n"
        "with open_run(sys.argv[1], {}) as run:\n"
        "    try: push(run, 'somebody/geo')\n"
        "    except RedStarError as error: print(error)"
    )
    environment = {name: value for name, value in os.environ.items() if name != "HF_HUB_OFFLINE"}
    environment |= {"HF_ENDPOINT": "http://127.0.0.1:9", "HF_TOKEN": "none"}
    said = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, env=environment)
    assert "could not be pushed to somebody/geo (ConnectError" in said.stdout, said.stderr
