"""Does vLLM see what the trainer sees? `VllmSampler` compares the tokens of prompts; here, how far vLLM is off then."""

from __future__ import annotations

import json

import pytest

from tests.real import environment
from tests.real.weights import SMALL

pytestmark = [pytest.mark.long, pytest.mark.real]
SEEING = ("qwen2_5_vl", "qwen3_vl", "internvl")


@pytest.fixture(scope="module")
def measured() -> dict[str, dict]:
    """Of all models in one process, whose imports take longest."""
    lines = environment.run("parity", "qwen2", *SEEING, str(SMALL.folder)).splitlines()
    return {line["model"]: line for line in map(json.loads, (line for line in lines if line.startswith("{")))}


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("model", ["qwen2", *SEEING, str(SMALL.folder)])
def test_log_probs_are_the_trainers(measured: dict[str, dict], model: str) -> None:
    assert measured[model]["mean_gap"] < 2e-3
    assert measured[model]["dtype"] in ("torch.float32", "torch.bfloat16")


@pytest.mark.timeout(3600)
def test_a_server_sees_the_trainers_pictures() -> None:
    lines = environment.run("parity", "--server", "qwen2_5_vl", "internvl").splitlines()
    found = [json.loads(line) for line in lines if line.startswith("{")]
    assert [line["model"] for line in found] == ["qwen2_5_vl", "internvl"]
    for line in found:
        assert line["mean_gap"] < 2e-3 and line["mean_gap_of_other_pictures"] > 10 * line["mean_gap_with_pictures"]


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("model", SEEING)
def test_the_pictures_matter(measured: dict[str, dict], model: str) -> None:
    assert measured[model]["mean_gap_with_pictures"] < 2e-3
    assert measured[model]["mean_gap_of_other_pictures"] > 10 * measured[model]["mean_gap_with_pictures"]
