"""Teachers and dynamic sampling: one process, two after a SIGKILL, and micro-batches on one curve."""

from __future__ import annotations

import json
import signal
import threading
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from redstar_geo.rl.recipe import DaggerRecipe, DistillRecipe, ReinforceRecipe, RlRecipe
from redstar_geo.train import dagger, distill, reinforce_pp
from tests.forks import exit_codes, fork_ranks
from tests.killing import die_with
from tests.rl.start import curve, rollouts, start, values
from tests.train.test_dagger import NOT_FOR_SAMPLES, SAID

pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]  # two processes that wait for each other on busy cores
DAGGER = {"method": "dagger", "max_new_tokens": 300, "voices": 1}
METHODS: dict[str, dict[str, Any]] = {
    "dynamic": {"dynamic_sampling": 3, "clip_high": 0.28, "reward": {"truncated": "wrong", "format_weight": 0.5}},
    "dagger": DAGGER,
    "dagger-pair": DAGGER | {"learn": "pair"},
    "distill": {"method": "distill"},
}


@pytest.fixture(scope="module")
def folder() -> Path:
    return start(said=SAID)


def given(folder: Path, name: str, kind: str, **changes: Any) -> dict[str, Any]:
    whole = values(folder, folder / name, steps=3, **METHODS[kind] | changes)
    if kind == "distill":
        whole["teacher"] = str(start() / "model")  # of the same tokens, and of other words
    left_out = set() if whole["method"] == "reinforce_pp" else NOT_FOR_SAMPLES
    return {key: value for key, value in whole.items() if key not in left_out}


def trained(recipe: dict[str, Any]) -> Path:
    kinds: dict[str, tuple[type[RlRecipe], Any]] = {
        "dagger": (DaggerRecipe, dagger.main),
        "distill": (DistillRecipe, distill.main),
        "reinforce_pp": (ReinforceRecipe, reinforce_pp.main),
    }
    kind, main = kinds[recipe["method"]]
    main(kind.model_validate(recipe))
    return Path(recipe["run"])


def on_ranks(recipe: dict[str, Any], killed_at: Path | None = None) -> list[int]:
    return exit_codes(fork_ranks(_train, 2, recipe, killed_at))


def _train(recipe: dict[str, Any], killed_at: Path | None) -> None:
    if killed_at is not None:
        threading.Thread(target=die_with, args=(killed_at,), daemon=True).start()
    trained(recipe)


def assert_same(found: Path, expected: Path) -> None:
    """Responses, corrections, figures and weights."""
    assert [one["text"] for one in rollouts(found)] == [one["text"] for one in rollouts(expected)]
    assert corrections(found) == corrections(expected)
    for mine, theirs in zip(curve(found), curve(expected), strict=True):
        assert mine.keys() == theirs.keys()
        for key in mine.keys() - {"gap_largest"}:
            close = pytest.approx(theirs[key], rel=1e-5, abs=1e-6) if isinstance(mine[key], float) else theirs[key]
            assert mine[key] == close, (key, mine["step"])
    mine, theirs = (load_file(run / "model" / "model.safetensors") for run in (found, expected))
    begun = load_file(expected.parent / "model" / "model.safetensors")
    assert max(float((theirs[name] - begun[name]).abs().max()) for name in theirs) > 1e-4, "nothing was learned"
    for name in theirs:
        torch.testing.assert_close(mine[name], theirs[name], rtol=1e-5, atol=1e-6)


def corrections(run: Path) -> list[dict[str, Any]]:
    path = run / "corrections.jsonl"
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.is_file() else []


@pytest.mark.parametrize("kind", METHODS)
def test_one_process_is_two_killed_on_the_way_and_micro_batches(folder: Path, kind: str) -> None:
    whole = trained(given(folder, f"{kind}-whole", kind))
    recipe = given(folder, f"{kind}-two", kind)
    assert on_ranks(recipe, killed_at=Path(recipe["run"], "checkpoints", "step-2")) == [-signal.SIGKILL] * 2
    assert len(curve(recipe["run"])) >= 2 and not Path(recipe["run"], "model").exists()
    assert on_ranks(recipe) == [0, 0]
    assert_same(Path(recipe["run"]), whole)
    longest = max(one["tokens"] for one in rollouts(whole))
    assert_same(trained(given(folder, f"{kind}-micro", kind, row_tokens=140 + longest)), whole)
    if kind.startswith("dagger"):
        assert corrections(whole)
