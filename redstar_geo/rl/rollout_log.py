"""Every rollout of a training with its verdict and reward: one JSON line each, appended step by step."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from redstar_geo.errors import InputError
from redstar_geo.jsonl import cut_torn_line, read_rows
from redstar_geo.records import StepVerdict, Verdict
from redstar_geo.rl.reward import Reward
from redstar_geo.rl.rollout import Rollout
from redstar_geo.run import write_text


@dataclass(frozen=True)
class KeptRollout:
    """What is kept of a rollout: not its tokens, which its text and the step's checkpoint give again."""

    step: int
    problem_id: str
    sample: int
    text: str
    finish_reason: str
    tokens: int
    reward: Reward


def keep(path: Path, step: int, rollouts: Sequence[Rollout], rewards: Sequence[Reward]) -> None:
    """Append the rollouts of a step; only one process may."""
    kept = (
        KeptRollout(step, one.problem_id, one.sample, one.text, one.finish_reason, len(one.completion_ids), reward)
        for one, reward in zip(rollouts, rewards, strict=True)
    )
    with path.open("a", encoding="utf-8") as file:
        file.writelines(json.dumps(asdict(one), ensure_ascii=False) + "\n" for one in kept)


def read_kept(path: Path) -> Iterator[KeptRollout]:
    """The rollouts in the order of their steps; a last line torn by a kill is removed, no file has none."""
    if cut_torn_line(path):
        for row in read_rows(path):
            try:
                yield _kept(row)
            except (KeyError, TypeError) as error:
                raise InputError(f"{path} is not as it was written ({error}). Bring it back from a copy.") from None


def drop_rollouts_after(path: Path, step: int) -> None:
    """Leave out the steps after a checkpoint's, which are done again when a training resumes from it."""
    if path.is_file():
        kept = [json.dumps(asdict(one), ensure_ascii=False) + "\n" for one in read_kept(path) if one.step <= step]
        write_text(path, "".join(kept))


def _kept(values: dict[str, Any]) -> KeptRollout:
    reward = values["reward"]
    steps = tuple(StepVerdict(**step) for step in reward["steps"])
    verdict = Verdict(**reward["verdict"] | {"steps": ()})
    return KeptRollout(
        **values | {"reward": Reward(**reward | {"verdict": verdict, "steps": steps, "ends": tuple(reward["ends"])})}
    )
