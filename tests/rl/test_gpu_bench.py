"""The bench of a GPU runs with small sizes on a CPU, so that it does not fail on its first GPU."""

from pathlib import Path

import pytest

from redstar_geo.models.load import load_config, load_processor
from redstar_geo.models.tiny import TinySize, build_tiny
from redstar_geo.sources.builtin import problems
from tests.gpu.bench_rl import Sizes, measured

SMALL = Sizes(prompts=2, samples=2, tokens=4, row_tokens=200, steps=1, rank=2)


@pytest.mark.parametrize("method", ["reinforce_pp", "ppo"])
def test_the_bench_runs(tmp_path: Path, method: str) -> None:
    texts = [problem.question for problem in problems([], 60, 1, [2])]
    build_tiny(tmp_path, texts, TinySize(layers=1, width=32, heads=2, mlp=64), 0)
    config = load_config(str(tmp_path))
    found = measured(config, load_processor(str(tmp_path), config), method, "cpu", SMALL)
    assert found["tokens_per_s"] > 0 and all(found[phase] > 0 for phase in ("rollout_s", "logprob_s", "update_s"))
