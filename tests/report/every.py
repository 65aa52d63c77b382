"""Every static report, of small things that need no model: for looking at them, and for tests that hold for all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from redstar_geo.data_prep.pipeline import main as run_data
from redstar_geo.difficulty.measure import Unseen, calibration, selection
from redstar_geo.difficulty.measure import compare as compare_levels
from redstar_geo.eval.compare import main as compare
from redstar_geo.eval.questions import Questions
from redstar_geo.eval.scoring import score
from redstar_geo.geometry.construct import FAMILIES, construct
from redstar_geo.models.parts import PartRow
from redstar_geo.recipes.data import DataRecipe
from redstar_geo.recipes.evaluation import CompareRecipe, EvalRecipe
from redstar_geo.records import SCHEMAS, Problem, Trace, to_row
from redstar_geo.report import difficulty, evaluation, filters, reinforcement, study, training
from redstar_geo.report.corrections import write_corrections
from redstar_geo.report.rollouts import write_rollouts
from redstar_geo.rl.reward import Reward
from redstar_geo.rl.rollout_log import KeptRollout
from redstar_geo.run import write_rows
from redstar_geo.scores import accuracy
from redstar_geo.study.recipe import Plot, StudyRecipe
from redstar_geo.study.results import Reading, Row, comparisons
from redstar_geo.teacher.formal import Style, answer
from redstar_geo.verdict import StepVerdict, Verdict
from tests.viewing.evaluated import write_evaluation

Item = dict[str, Any]


def write_all(folder: Path) -> dict[str, Path]:
    """Write them below `folder`; by their names."""
    built = [
        construct(family, 5, 4, "zh" if place % 3 == 2 else "en") for place, family in enumerate(list(FAMILIES)[::4])
    ]
    problems = [replace(each.problem, id=f"{each.problem.id}#{place}") for place, each in enumerate(built)]
    texts = []
    for place, each in enumerate(built):
        told = answer(each.problem, each.proof, Style("long"), 0, 0)
        right = f"<think>\n{told['reasoning']}\n</think>\n{told['response']}"
        texts.append([right, right.replace(each.problem.answer, "17"), right[: len(right) // 2]][place % 3])
    items = _items(problems, texts)
    for name in ("trained", "reinforced", "rollouts", "filtered", "evaluated", "study", "scored"):
        (folder / name).mkdir(parents=True)
    pages = {
        "training": folder / "trained" / "report.html",
        "reinforcement": folder / "reinforced" / "report.html",
        "rollouts": folder / "reinforced" / "rollouts.html",
        "corrections": folder / "reinforced" / "corrections.html",
        "filters": folder / "filtered" / "filters.html",
        "evaluation": folder / "evaluated" / "report.html",
        "comparison": folder / "compared" / "compare.html",
        "study": folder / "study" / "report.html",
        "difficulty": folder / "scored" / "report.html",
        "data": folder / "data" / "report.html",
    }
    _training(pages["training"], problems, items)
    _reinforcement(pages["reinforcement"], pages["rollouts"], problems, items)
    _corrections(pages["corrections"], problems[0])
    _filters(pages["filters"])
    _evaluation(pages["evaluation"], problems, items)
    _comparison(folder, problems, texts)
    _study(pages["study"])
    _difficulty(pages["difficulty"], problems)
    _data(folder / "data")
    return pages


def _items(problems: Sequence[Problem], texts: Sequence[str]) -> list[Item]:
    asked = Questions("built-in", Path(), Path("none"), list(problems), Counter(no_answer_key=2))
    items = []
    for place, (problem, text) in enumerate(zip(problems, texts, strict=True)):
        cut = place % 3 == 2
        found = asked.grade(problem, Trace(problem.id, 0, "", "", "", text, "length" if cut else "stop"))
        item = {"id": problem.id, "sample": 0, "response": text, "verdict": found.status, "reason": found.reason}
        items.append(item | {"extracted": found.extracted, "tokens": len(text) // 4, "truncated": cut, "seconds": 1.0})
    return items


def _held_out(step: int, items: Sequence[Item], right: int) -> Item:
    scored = accuracy(right, len(items))
    shares = {"truncated_share": 0.1, "undecided_share": 0.2, "mean_tokens": 120.0}
    shares |= {"accuracy": scored.accuracy, "low": scored.low, "high": scored.high}
    return {"step": step, "correct": right, "n": len(items), **shares, "items": list(items)}


def _training(path: Path, problems: Sequence[Problem], items: Sequence[Item]) -> None:
    entries = {"learning_rate": 1e-4, "tokens_per_s": 900.0, "padding_share": 0.02, "memory_gib": 1.5}
    log = [{"step": step, "loss": 4.0 / step**0.5, "token_accuracy": 1 - 1 / step} | entries for step in range(1, 60)]
    parts = [PartRow("vision", 1_000, 0, None), PartRow("language", 3_000_000, 3_000_000, 2e-4)]
    ends = [_held_out(0, items, 2), _held_out(59, items, 9)]
    training.render(
        path, "long chains", log, parts, ends, problems, {"vision": "frozen: no sample has an image"}, "Model: base"
    )


def _reinforcement(path: Path, rollouts: Path, problems: Sequence[Problem], items: Sequence[Item]) -> None:
    entry = {"reward": 0.4, "accuracy": 0.3, "mean_tokens": 90.0, "truncated_share": 0.1, "kl": 0.01, "entropy": 1.2}
    entry |= {"clip_fraction": 0.1, "seconds": 12.0, "rollout_s": 8.0, "reward_s": 1.0, "logprob_s": 1.0}
    entry |= {"update_s": 2.0, "tokens_per_s": 300.0, "undecided_share": 0.1, "undecided": {"no_answer": 3}}
    log = [entry | {"step": step, "accuracy": 0.3 + step / 100} for step in range(1, 40)]
    reinforcement.render(path, "ppo", log, [_held_out(0, items, 6), _held_out(39, items, 9)], problems, "Model: base")
    steps = (StepVerdict("∠ABC = 60°", "true", "step 2: triangle_property_angle_sum"),)
    steps += (StepVerdict("AB = 2 \\sqrt{3}", "false", "arithmetic: 3 against 4"),)
    rewards = [
        Reward(1.0, 0.5, 1.0, -0.25, 1.5, Verdict("correct", "match", "60"), steps),
        Reward(0.0, None, 0.0, 0.0, 0.0, Verdict("undecided", "no_answer")),
    ]
    kept = [
        KeptRollout(step, problem.id, number, items[place]["response"], "stop", 44, rewards[number])
        for step in (1, 39)
        for place, problem in enumerate(problems[:2])
        for number in (0, 1)
    ]
    write_rollouts(rollouts, "ppo", kept, {problem.id: problem for problem in problems})


def _corrections(path: Path, problem: Problem) -> None:
    cut = {"problem_id": problem.id, "sample": 0, "wrong": "∠A = 7°", "why": "arithmetic: 7 against 9", "derived": 2}
    told = "So it is 9.\n</think>\nIt is \\boxed{9}."
    log = [
        cut | {"step": 1, "kept": "<think>\nLet me see. ", "own": "∠A = 7°.</think>\\boxed{7}", "told": told},
        cut | {"step": 2, "kept": "Let me see. ", "own": "∠A = 7°.", "told": f"<think>\n{told}"},
    ]
    write_corrections(path, "dagger", log, {problem.id: problem})


def _filters(path: Path) -> None:
    examples = {"repetition": [("builtin/angle_sum/en-1-000003#0", "again and again and again and again")]}
    filters.write_report(path, {"repetition": 3, "too_long": 2}, examples, 80)


def _evaluation(path: Path, problems: Sequence[Problem], items: Sequence[Item]) -> None:
    asked = Questions("built-in", path.parent, path.parent / "none", list(problems), Counter(no_answer_key=2))
    recipe = EvalRecipe.model_validate({"run": str(path.parent), "model": "runs/long/model", "problems": "p"})
    found = score(asked, list(items), recipe, path.parent / "facts.sqlite")
    scored = evaluation.Scored("built-in", problems, items, found)
    facts = {"recipe": recipe.model_dump(), "inputs": {"problems.parquet": "0" * 64}, "versions": {"torch": "2.11"}}
    evaluation.write_report(path, evaluation.Results([scored]), found, facts, "redstar-geo eval recipe.yaml", 9)


def _comparison(folder: Path, problems: Sequence[Problem], texts: Sequence[str]) -> None:
    asked = folder / "exam" / "problems.parquet"
    write_rows(asked, SCHEMAS[Problem], map(to_row, problems))
    wrong = [(problem, "\\boxed{1000}") for problem in problems]
    for name, answers in (("before", wrong), ("after", list(zip(problems, texts, strict=True)))):
        write_evaluation(folder / name, asked, f"models/{name}", answers)
    folders = {"first": str(folder / "before"), "second": str(folder / "after"), "run": str(folder / "compared")}
    compare(CompareRecipe.model_validate(folders))


def _study(path: Path) -> None:
    recipe = StudyRecipe.model_validate(
        {
            **{"study": "Does it help to think longer?", "run": str(path.parent), "repeats": "seed"},
            "stages": {"train": {"verb": "eval", "recipe": "eval.yaml"}},
            "axes": {
                "form": {"keys": ["train.form"], "values": ["short", "long"]},
                "seed": {"values": [1, 2], "keys": ["train.seed"]},
            },
            **{"measures": {"right": {"stage": "train"}}, "compare": {"form": [["short", "long"]]}},
        }
    )
    chance = np.random.default_rng(0)
    table = []
    for form, share in (("short", 0.3), ("long", 0.7)):
        right = [{str(n): [bool(r)] for n, r in enumerate(chance.random(200) < share)} for _ in (1, 2)]
        readings = [Reading(float(np.mean(list(each.values()))), 200, each, truncated=0.01) for each in right]
        table.append(Row({"form": form}, 2, {"right": readings}, {}, [1, 2]))
    plot = Plot.model_validate({"measure": "right"})
    drawn = study.Drawn(plot, study.lines(recipe, plot, table, {}))
    counts = {"in": 4, "out": 4, "pending": 0, "rejected": {}}
    found = comparisons(recipe, table)
    report = study.Report(recipe, table, found, [drawn], counts, {}, "It took an hour.", "2 cores, 24 GiB")
    study.write_report(path.parent, report)


def _difficulty(path: Path, problems: Sequence[Problem]) -> None:
    chance = np.random.default_rng(0)
    true = chance.integers(1, 11, 60).astype(float)
    guesses = (np.clip(true + chance.normal(0, spread, 60), 1, 10) for spread in (1, 3))
    unseen = Unseen([problems[place % len(problems)].question for place in range(60)], true, *guesses)
    counts = {"in": 70, "out": 60, "rejected": {"no_level": 4, "duplicate": 3, "off_scale": 2, "no_question": 1}}
    found = {how: compare_levels(unseen) for how in ("10 folds, seed 0", "10 folds of whole origins")}
    drawn = calibration(unseen), selection(unseen)
    difficulty.write_report(path, "text regression", found, unseen, *drawn, counts)


def _data(folder: Path) -> None:
    families = ["isosceles", "tangent_chord", "arc_length", "area_chain"]
    source = {"kind": "builtin", "families": families, "count": 12}
    teacher = {"kind": "formal", "form": "long", "samples": 1}
    run_data(DataRecipe.model_validate({"run": str(folder), "source": source, "teacher": teacher, "workers": 1}))
