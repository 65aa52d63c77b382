import json
import shutil

import numpy as np
import pytest

from redstar_geo import recipe as recipes
from redstar_geo.data_prep.difficulty import main
from redstar_geo.difficulty import load
from redstar_geo.difficulty.recipe import DifficultyRecipe
from redstar_geo.errors import InputError
from tests.difficulty.small import questions, write_lines

TINY = "scorer={kind: llm, tiny: {layers: 1, width: 32, heads: 2, vocabulary: 400}, learning_rate: 3.0e-3, epochs: 4, "


def run(tmp_path, *changes, count=120):
    lines = write_lines(tmp_path / "levels.jsonl", questions(count))
    shipped = [f"run={tmp_path / 'run'}", f"problems=[{lines}]", *changes]
    return main(recipes.load(DifficultyRecipe, "data_prep/difficulty.yaml", shipped))


def test_the_shipped_recipe_trains_measures_and_reports(tmp_path):
    counts = run(tmp_path, "scorer.folds=4", "scorer.repeats=2")
    assert {stage: (its["in"], its["out"]) for stage, its in counts.items()} == dict.fromkeys(
        ("collect", "train", "measure"), (120, 120)
    )
    scores = json.loads((tmp_path / "run" / "scores.json").read_text())
    assert list(scores["unseen"]) == ["4 folds, seed 0", "4 folds, seed 1", "4 folds of whole origins"]
    for found in scores["unseen"].values():
        assert found["n"] == 120 and found["scorer"]["spearman"]["low"] > 0.9
    page = (tmp_path / "run" / "report.html").read_text(encoding="utf-8")
    assert page.count("<svg") == 1 and "http-equiv" not in page and "<script" not in page and "src=" not in page
    new = [each.question for each in questions(8, seed=1)]
    assert load(tmp_path / "run" / "scorer").score(new).argmax() in (3, 7)
    written = (tmp_path / "run" / "scores.json").stat().st_mtime_ns
    assert run(tmp_path, "scorer.folds=4", "scorer.repeats=2") == counts
    assert (tmp_path / "run" / "scores.json").stat().st_mtime_ns == written


def test_a_model_learns_by_the_same_command_and_a_kill_resumes(tmp_path):
    settings = TINY + "batch_size: 8, checkpoint_steps: 20, held_out: 0.2}"
    with pytest.raises(KeyboardInterrupt), pytest.MonkeyPatch.context() as patch:
        patch.setattr("redstar_geo.difficulty.regression_head._save", _killed)
        run(tmp_path, settings)
    folder = tmp_path / "run"
    assert not (folder / "scorer").exists()
    shutil.rmtree(folder / "checkpoints" / "checkpoint-48")  # as if killed between steps 40 and 48
    (folder / "checkpoints" / "checkpoint-48").mkdir()  # and in the middle of writing the next checkpoint
    counts = run(tmp_path, settings)
    assert counts["train"] == {"in": 120, "out": 96, "rejected": {"held_out": 24}, "pending": 0, "truncated": 0}
    log = [json.loads(line) for line in (folder / "log.jsonl").read_text().splitlines()]
    assert [entry["step"] for entry in log] == [10, 20, 30, 40] and log[-1]["loss"] < 0.5 * log[0]["loss"]
    assert not (folder / "checkpoints").exists() and not list((folder / "scorer").glob("*.bin"))
    assert json.loads((folder / "scores.json").read_text())["unseen"]["96 others trained on"]["n"] == 24
    new = [each.question for each in questions(40, seed=1)]
    scorer = load(folder / "scorer")
    predicted = scorer.score(new)
    assert np.corrcoef(predicted, [each.level for each in questions(40, seed=1)])[0, 1] > 0.8
    assert scorer.score(new[:3]) == pytest.approx(predicted[:3], abs=1e-4)  # whatever padding the others bring
    assert (predicted >= 1).all() and (predicted <= 10).all() and scorer.score([""]).shape == (1,)


def _killed(*_):
    raise KeyboardInterrupt


def test_long_questions_lose_their_beginning_and_are_counted(tmp_path):
    settings = TINY.replace("epochs: 4", "epochs: 1") + "max_tokens: 30}"
    counts = run(tmp_path, settings, count=60)
    assert 0 < counts["train"]["truncated"] < counts["train"]["out"]
    scorer = load(tmp_path / "run" / "scorer")
    ending = "What is the sum of 123 and 456, and of 789 and 12?"
    one, other = scorer.score([f"{word} {ending * 3}" for word in ("Compute", "Determine")])
    assert one == pytest.approx(other, abs=1e-5)


def test_too_few_questions_or_two_bases_are_refused(tmp_path):
    with pytest.raises(InputError, match="12 usable questions of 12"):
        run(tmp_path, count=12)
    with pytest.raises(InputError, match="either model"):
        run(tmp_path, "scorer={kind: llm}")
