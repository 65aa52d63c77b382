import re
from pathlib import Path

import pytest

from redstar_geo.records import Problem, StepVerdict, Verdict
from redstar_geo.report.rollouts import write_rollouts
from redstar_geo.rl.reward import Reward
from redstar_geo.rl.rollout import Rollout
from redstar_geo.rl.rollout_log import KeptRollout, drop_rollouts_after, keep, read_kept
from redstar_geo.sources.builtin import problems

NASTY = '<script>alert(1)</script> & "quotes" \u2028 \\boxed{60} ∠ABC = 60°\n<img src=x onerror=alert(2)>'


@pytest.fixture(scope="module")
def problem() -> Problem:
    return next(problems(["angle_sum"], 1, 3, [2], modality="both"))


def rollouts(problem: Problem) -> list[Rollout]:
    return [
        Rollout(problem.id, 0, (1, 2), (3, 4, 5), (-0.1, -0.2, -0.3), "stop", NASTY),
        Rollout(problem.id, 1, (1, 2), (3, 4), (-0.1, -0.2), "length", "<think>cut"),
    ]


REWARDS = [
    Reward(
        1.0, 0.5, 1.0, -0.25, 1.5, Verdict("correct", "match", "<b>60</b>"), (StepVerdict("<i>AB</i>", "true", "sum"),)
    ),
    Reward(None, None, 0.0, 0.0, None, Verdict("undecided", "truncated")),
]


def test_what_is_kept_is_read_back(tmp_path: Path, problem: Problem) -> None:
    path = tmp_path / "rollouts.jsonl"
    assert list(read_kept(path)) == []
    keep(path, 1, rollouts(problem), REWARDS)
    keep(path, 2, rollouts(problem)[::-1], REWARDS[::-1])
    found = list(read_kept(path))
    assert [(one.step, one.sample) for one in found] == [(1, 0), (1, 1), (2, 1), (2, 0)]
    assert found[0] == KeptRollout(1, problem.id, 0, NASTY, "stop", 3, REWARDS[0])
    assert found[2].reward == REWARDS[1] and found[2].reward.total is None


def test_a_kill_costs_the_torn_line_and_a_resumed_training_does_its_steps_again(
    tmp_path: Path, problem: Problem
) -> None:
    path = tmp_path / "rollouts.jsonl"
    drop_rollouts_after(path, 0)
    for step in (1, 2, 3):
        keep(path, step, rollouts(problem), REWARDS)
    whole = path.read_bytes()
    path.write_bytes(whole[:-20])
    assert [one.step for one in read_kept(path)] == [1, 1, 2, 2, 3]
    drop_rollouts_after(path, 2)
    assert [one.step for one in read_kept(path)] == [1, 1, 2, 2]
    keep(path, 3, rollouts(problem), REWARDS)
    assert path.read_bytes() == whole


def test_the_page_stands_alone_and_escapes_what_models_write(tmp_path: Path, problem: Problem) -> None:
    path, page = tmp_path / "rollouts.jsonl", tmp_path / "rollouts.html"
    keep(path, 7, rollouts(problem), REWARDS)
    stranger = KeptRollout(8, "gone/1", 0, "text", "stop", 1, REWARDS[0])
    write_rollouts(page, "After <step> 7", [*read_kept(path), stranger], {problem.id: problem})
    html = page.read_text(encoding="utf-8")
    assert "<script" not in html and "<img src=x" not in html and "<i>AB" not in html and "<b>60" not in html
    assert "&lt;script&gt;alert(1)" in html and "After &lt;step&gt; 7" in html
    sources = re.findall(r'(?:src|href)="([^"]{0,22})', html)
    assert sources and all(source.startswith("data:image/png;base64") for source in sources)
    assert problem.images and html.count("<img ") == len(problem.images)
    assert "verdict correct" in html and "verdict undecided" in html
    assert "reward 1.5" in html and "reward none" in html and "The problem is not at hand" in html
    assert html.count('<div class="card">') == 2
