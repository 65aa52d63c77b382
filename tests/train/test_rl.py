"""PPO and REINFORCE++ from the recipe to the model: the same curve on one process, on two, and after a kill."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import huggingface_hub.constants
import pytest
import torch
from safetensors.torch import load_file

from redstar_geo.errors import RedStarError, TrainingDiverged
from redstar_geo.models.load import load
from redstar_geo.report.reinforcement import write_reports
from redstar_geo.rl.critic import ActorCriticOutput
from redstar_geo.rl.experience import Experience
from redstar_geo.rl.recipe import PpoRecipe, ReinforceRecipe
from redstar_geo.rl.setup import open_training
from redstar_geo.rl.training import Training
from redstar_geo.run import read_manifest
from redstar_geo.sources.builtin import problems as builtin
from redstar_geo.train.ppo import main as ppo
from redstar_geo.train.reinforce_pp import advantages
from redstar_geo.train.reinforce_pp import loss as reinforce_loss
from redstar_geo.train.reinforce_pp import main as reinforce
from redstar_geo.trainer.log import read_log
from tests.killing import kill, lines, send
from tests.rl.start import PHASES, curve, rl_problems, rollouts, start, values, write_problems, write_recipe

ROOT = Path(__file__).resolve().parents[2]
PPO = {"method": "ppo", "critic_learning_rate": 3e-4}
FORMAT = {"truncated": "wrong", "format_weight": 0.5}  # of which some of a step's responses have a share
STEPS = {"truncated": "wrong", "process_weight": 0.5, "process_credit": "step"}


@pytest.fixture(scope="module")
def folder() -> Path:
    return start()


@pytest.fixture(scope="module")
def undisturbed(folder: Path) -> Path:
    """PPO in this process, four steps, undisturbed."""
    run = folder / "undisturbed"
    trained(values(folder, run, **PPO))
    return run


def trained(given: dict[str, Any]) -> dict[str, Any]:
    if given["method"] == "ppo":
        return ppo(PpoRecipe.model_validate(given))
    return reinforce(ReinforceRecipe.model_validate(given))


def command(recipe: Path, ranks: int = 1) -> list[str]:
    launch = ["-m", "torch.distributed.run", "--nproc_per_node", str(ranks), "--standalone"] if ranks > 1 else []
    return [sys.executable, *launch, "-m", "redstar_geo", "train", str(recipe), "-q"]


def environment() -> dict[str, str]:
    return os.environ | {"OMP_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false"}


def weights(run: Path) -> dict[str, torch.Tensor]:
    return load_file(run / "model" / "model.safetensors")


def assert_close(found: Path, expected: Path) -> None:
    """The same responses, the same figures to 1e-6, the same weights to 1e-6."""
    assert [one["text"] for one in rollouts(found)] == [one["text"] for one in rollouts(expected)]
    for mine, theirs in zip(curve(found), curve(expected), strict=True):
        assert mine.keys() == theirs.keys()
        for key in mine:
            if key == "explained_variance":  # a ratio of small differences
                assert mine[key] == pytest.approx(theirs[key], rel=1e-4)
            elif isinstance(mine[key], float) and key != "gap_largest":
                close = 1e-6 if mine["step"] == 1 else 1e-5  # later ones start from weights that differ by rounding
                assert mine[key] == pytest.approx(theirs[key], rel=close, abs=close), (key, mine["step"])
    mine, theirs = weights(found), weights(expected)
    moved = max(float((theirs[name] - start_weights(expected)[name]).abs().max()) for name in theirs)
    assert moved > 1e-4, "nothing was learned"
    for name in theirs:
        torch.testing.assert_close(
            mine[name], theirs[name], rtol=1e-6, atol=1e-6, msg=lambda m, name=name: f"{name} {m}"
        )


def start_weights(run: Path) -> dict[str, torch.Tensor]:
    return load_file(run.parent / "model" / "model.safetensors")


@pytest.mark.long
def test_one_process_is_two(folder: Path, undisturbed: Path) -> None:
    run = folder / "two"
    recipe = write_recipe(folder / "two.yaml", **values(folder, run, **PPO))
    subprocess.run(command(recipe, ranks=2), cwd=ROOT, env=environment(), check=True)
    assert_close(run, undisturbed)


@pytest.mark.long
def test_one_batch_is_micro_batches(folder: Path, undisturbed: Path) -> None:
    run = folder / "micro"
    trained(values(folder, run, **PPO, row_tokens=140))  # a response or two a row
    assert_close(run, undisturbed)


@pytest.mark.long
def test_a_killed_training_goes_on_along_the_same_curve(folder: Path, undisturbed: Path) -> None:
    run = folder / "killed"
    given = values(folder, run, **PPO)
    process = subprocess.Popen(command(write_recipe(folder / "killed.yaml", **given)), cwd=ROOT, env=environment())
    kill(process, begun=lambda: lines(run / "log.jsonl") >= 3)
    with (run / "log.jsonl").open("a") as file:
        file.write('{"step": 4, "torn')
    trained(given)
    assert without_gap(run) == without_gap(undisturbed)
    assert rollouts(run) == rollouts(undisturbed)
    assert all(torch.equal(mine, weights(undisturbed)[name]) for name, mine in weights(run).items())


def without_gap(run: Path) -> list[dict[str, Any]]:
    """The curve without what is all rounding: where a tensor lies in memory decides which kernel the sampler takes."""
    return [{key: value for key, value in entry.items() if not key.startswith("gap_")} for entry in curve(run)]


@pytest.mark.long
def test_sigterm_leaves_a_checkpoint(folder: Path) -> None:
    run = folder / "terminated"
    held_out = {"problems": str(folder / "problems.parquet"), "count": 1, "max_new_tokens": 4, "every": 500}
    given = values(folder, run, steps=500, checkpoint_steps=500, evaluate=held_out)
    run.mkdir()
    (run / "evaluations.jsonl").write_text('{"step": 0, "of": "an attempt that was killed"}\n')
    process = subprocess.Popen(command(write_recipe(folder / "term.yaml", **given)), cwd=ROOT, env=environment())
    send(process, signal.SIGTERM, begun=lambda: lines(run / "log.jsonl"))
    assert process.wait() == 1
    (checkpoint,) = (run / "checkpoints").glob("step-*")
    assert int(checkpoint.name.removeprefix("step-")) == lines(run / "log.jsonl")
    assert [(entry["step"], entry["n"]) for entry in read_log(run / "evaluations.jsonl")] == [(0, 1)]


def test_the_run_leaves_what_it_should(folder: Path, undisturbed: Path) -> None:
    assert {"model", "log.jsonl", "rollouts.jsonl", "rollouts.html", "report.html"} <= {
        p.name for p in undisturbed.iterdir()
    }
    assert not (undisturbed / "checkpoints").exists()
    load(str(undisturbed / "model"), torch.float32)
    assert (undisturbed / "model" / "preprocessor_config.json").is_file()  # for vLLM and transformers 4
    counts = trained(values(folder, undisturbed, **PPO))  # finished: a no-op
    assert counts["in"] == 4 * 4 * 4 == counts["out"] + sum(counts["rejected"].values())
    for entry in curve(undisturbed):
        assert entry["gap_largest"] < 1e-3
        assert entry.keys() >= {
            "reward",
            "accuracy",
            "kl",
            "entropy",
            "clip_fraction",
            "explained_variance",
            "value_loss",
        }
    assert curve(undisturbed)[0]["kl"] == pytest.approx(0.0, abs=1e-9)
    for entry in read_log(undisturbed / "log.jsonl"):
        assert all(entry[f"{phase}_gib"] > 0.01 for phase in PHASES)
    prepared = read_manifest(undisturbed)["counts"]["prepare"]
    longest = rl_problems()[prepared["longest"]].id
    assert longest in {one["problem_id"] for one in rollouts(undisturbed) if one["step"] == 1}


@pytest.mark.parametrize(
    "changes",
    [
        {"advantage": "reinforce_pp_baseline", "reward": STEPS},
        {"advantage": "grpo", "lora": {"rank": 4}},
        {"advantage": "gdpo", "surrogate": "sapo", "reward": {"truncated": "wrong", "format_weight": 0.5}},
        {"surrogate": "gspo", "clip": 0.003, "clip_high": 0.004, "importance": {"level": "sequence"}},
        {
            "surrogate": "cispo",
            "clip_high": 0.28,
            "dynamic_sampling": 3,
            "reward": {"truncated": "wrong", "gate": True, "format_weight": 0.5},
        },
        pytest.param({**PPO, "lora": {"rank": 4}, "critic_lora": {"rank": 4}, "reward": STEPS}, marks=pytest.mark.long),
        pytest.param(
            {"compute": "bfloat16", "gradient_checkpointing": True, "loss_chunks": 3, "warmup_steps": 4},
            marks=pytest.mark.long,
        ),
    ],
    ids=["baseline", "grpo-lora", "gdpo-sapo", "gspo", "cispo-dynamic", "ppo-lora", "bfloat16"],
)
def test_every_way_learns(folder: Path, changes: dict[str, Any]) -> None:
    run = folder / "-".join(map(str, changes))
    trained(values(folder, run, steps=2, **{"reward": FORMAT} | changes))
    first, last = curve(run)
    assert first["kl"] == pytest.approx(0.0, abs=1e-9) and last["kl"] > 0
    assert last["gradient_norm"] > 0 and last["loss"] == last["loss"]
    risen = changes.get("warmup_steps", 1)
    assert first["learning_rate"] == pytest.approx(1e-4 / risen) and last["learning_rate"] <= 1e-4


def test_curves_go_on_where_the_training_does_and_the_hub_is_told_at_the_end(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("tensorboard", reason="tensorboard is not installed: pip install tensorboard")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    run = folder / "seen"
    given = values(folder, run, steps=2, checkpoint_steps=1, report_to=["tensorboard"])

    def stopped(training: Training, step: int) -> bool:
        if step == 2:
            raise RedStarError("the power went")
        return False

    with pytest.raises(RedStarError, match="the power went"):
        disturbed(given, stopped)
    for _ in range(2):  # the second time it only pushes
        with pytest.raises(RedStarError, match="could not be pushed to somebody/geo"):
            trained(given | {"push_to_hub": "somebody/geo"})
    written = EventAccumulator(str(run / "tensorboard" / "redstar-geo"))
    written.Reload()
    points = [(point.step, pytest.approx(point.value, rel=1e-5)) for point in written.Scalars("reward")]
    assert [(entry["step"], entry["reward"]) for entry in read_log(run / "log.jsonl")] == points


@pytest.mark.long
def test_a_text_model() -> None:
    folder, run = start("qwen3"), start("qwen3") / "run"
    held_out = {"problems": str(folder / "problems.parquet"), "count": 3, "max_new_tokens": 12, "every": 5}
    trained(values(folder, run, **PPO, steps=2, evaluate=held_out))
    assert curve(run)[-1]["kl"] > 0
    evaluations = read_log(run / "evaluations.jsonl")
    assert [(entry["step"], entry["n"]) for entry in evaluations] == [(0, 3), (2, 3)]
    page = (run / "report.html").read_text(encoding="utf-8")
    assert evaluations[0]["items"][0]["response"] in page and f"Model: {folder / 'model'}" in page


def test_without_gold_the_figure_is_the_judge(folder: Path) -> None:
    """Certificates reward what question and figure determine; no gold answer is there to be looked at."""
    families = ["pythagoras", "tangent_length"]
    one_digit = [each for each in builtin(families, 40, 6, [1, 2], "en", "both") if each.answer in set("123456789")]
    run, file = folder / "certified", folder / "bare.parquet"
    bare = [replace(each, answer="no gold", choices=()) for each in one_digit[:4]]
    write_problems(file, bare)
    trained(values(folder, run, problems=str(file), steps=4, reward={"outcome": "certified"} | FORMAT))
    assert read_manifest(run)["counts"]["prepare"]["determined"] == len(bare) == 4
    gold = {each.id: each.answer for each in one_digit}
    for one in rollouts(run):
        right = f"boxed{{{gold[one['problem_id']]}}}" in one["text"]
        assert one["reward"]["outcome"] in ([1.0] if right else [0.0, None]), one
    log = curve(run)
    assert 0 < sum(entry["accuracy"] for entry in log) < 4 and log[-1]["kl"] > 0


def test_a_training_ends_when_so_many_tokens_were_sampled(folder: Path) -> None:
    run, held_out = folder / "tokens", {"problems": str(folder / "problems.parquet"), "count": 1, "max_new_tokens": 4}
    given = values(folder, run, steps=9, sampled_tokens=1, evaluate=held_out)
    trained(given)
    (entry,) = read_log(run / "log.jsonl")
    assert entry["sampled_tokens"] == sum(one["tokens"] for one in rollouts(run)) > 1
    assert [each["step"] for each in read_log(run / "evaluations.jsonl")] == [0, 1] and (run / "model").is_dir()
    enough = 2 * entry["sampled_tokens"]
    killed = values(folder, folder / "tokens_killed", steps=9, sampled_tokens=enough, checkpoint_steps=1)

    def stopped(training: Training, step: int) -> bool:
        if step == 2:
            raise RedStarError("the power went")
        return False

    with pytest.raises(RedStarError, match="the power went"):
        disturbed(killed, stopped)
    trained(killed)
    log = read_log(folder / "tokens_killed" / "log.jsonl")
    assert [each["sampled_tokens"] >= enough for each in log] == [False] * (len(log) - 1) + [True]
    assert read_manifest(folder / "tokens_killed")["counts"]["train"]["sampled_tokens"] == log[-1]["sampled_tokens"]
    assert log[-1]["elapsed_s"] == pytest.approx(sum(each["seconds"] for each in log), abs=0.01)


def test_divergence_is_said(folder: Path) -> None:
    run = folder / "diverged"
    problems = [replace(one, answer="4711") for one in rl_problems()]  # what the model never says
    write_problems(folder / "never.parquet", problems)
    given = values(folder, run, problems=str(folder / "never.parquet"), stops={"patience": 2}, steps=9)
    with pytest.raises(TrainingDiverged, match="rewarded alike"):
        trained(given)
    assert len(curve(run)) == 2 and (run / "report.html").is_file() and (run / "rollouts.html").is_file()
    with pytest.raises(RedStarError, match="rewarded alike"):
        trained(given)


def disturbed(given: dict[str, Any], disturb: Callable[[Training, int], bool]) -> None:
    """As `reinforce`, but before an update the training is disturbed, and gradients are no numbers where it says so."""
    recipe = ReinforceRecipe.model_validate(given)
    with open_training(recipe, write_reports) as training:
        assert training is not None
        for step in training.steps():
            batch = training.collect(step)
            batch = replace(batch, advantages=advantages(recipe, batch))
            spoiled = disturb(training, step)
            training.update(step, batch, spoiled_loss(recipe) if spoiled else partial(reinforce_loss, recipe))


def spoiled_loss(
    recipe: ReinforceRecipe,
) -> Callable[[ActorCriticOutput, Experience, torch.Tensor], dict[str, torch.Tensor]]:
    """The loss as it is, with a gradient of 0 / 0."""

    def loss(found: ActorCriticOutput, row: Experience, tokens: torch.Tensor) -> dict[str, torch.Tensor]:
        terms, log_probs = reinforce_loss(recipe, found, row, tokens), found.tokens.log_probs
        return terms | {"loss": terms["loss"] + (log_probs - log_probs.detach()).square().sum().sqrt()}

    return loss


@pytest.mark.long
def test_a_step_without_a_finite_gradient_is_not_taken_and_counted(folder: Path) -> None:
    run = folder / "skipped"
    disturbed(values(folder, run, steps=3), lambda training, step: step == 2)
    entries = curve(run)
    assert [entry["not_finite"] for entry in entries] == [0, 2, 0]
    assert entries[1]["loss"] is None and entries[2]["loss"] is not None and entries[2]["gradient_norm"] > 0
    assert entries[2]["kl"] > 0 and all(weight.isfinite().all() for weight in weights(run).values())


def test_three_such_steps_in_a_row_stop_it(folder: Path) -> None:
    run = folder / "not_finite"
    with pytest.raises(TrainingDiverged, match="the last 4 optimizer steps, from step 2 on, had a loss or gradient"):
        disturbed(values(folder, run, steps=9), lambda training, step: step > 1)
    assert len(curve(run)) == 3


@pytest.mark.long
def test_a_ruined_policy_is_neither_kept_nor_finished_and_the_last_good_one_goes_on(folder: Path) -> None:
    run, given = folder / "ruined", values(folder, folder / "ruined", steps=3, checkpoint_steps=1)

    def ruin(training: Training, step: int) -> bool:
        if step == 3:
            training.optimiser.peaks = [1e30] * len(training.optimiser.peaks)
        return False

    with pytest.raises(TrainingDiverged, match="Stopped after step 3: its update left weights that give no finite"):
        disturbed(given, ruin)
    assert [path.name for path in (run / "checkpoints").iterdir()] == ["step-2"] and not (run / "model").exists()
    trained(given)
    assert len(curve(run)) == 3 and all(weight.isfinite().all() for weight in weights(run).values())
