"""What a training saves is the same model to servers that still run transformers 4."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from redstar_geo.models.families import FAMILIES
from redstar_geo.models.save import save
from tests.real import environment
from tests.rl.small import slowly_turned, small

pytestmark = [pytest.mark.long, pytest.mark.real]
KNOWN_TO_BOTH = sorted(FAMILIES.keys() - {"qwen3_5"})  # Qwen3.5 came with version 5


def answered(folder: Path, out: Path, before: Path | None = None) -> dict[str, torch.Tensor]:
    """By this Python's transformers, or by the one in `before`."""
    known = os.environ | {"HF_HUB_OFFLINE": "1", "PYTHONPATH": str(before or "")}
    command = [sys.executable, "-m", "tests.real.logits", str(folder), str(out)]
    subprocess.run(command, check=True, cwd=environment.ROOT, env=known)
    return torch.load(out, weights_only=True)


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("family", KNOWN_TO_BOTH)
def test_version_4_answers_as_version_5(tmp_path: Path, family: str) -> None:
    one = small(family)
    model = slowly_turned(family)
    save(model, one.processor, tmp_path / "model")
    new = answered(tmp_path / "model", tmp_path / "5.pt")
    old = answered(tmp_path / "model", tmp_path / "4.pt", environment.version_4())
    assert torch.equal(new["tokens"], old["tokens"]) and torch.equal(new["special"], old["special"])
    assert (new["logits"] - old["logits"]).abs().max() < 1e-3 * new["logits"].abs().max()
