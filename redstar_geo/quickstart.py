"""The steps of the quickstart: shipped recipes with what is changed in them, each in a folder of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

_FORMS = ("short", "long")


class Step(NamedTuple):
    """One recipe. `words` say what it does, `folder` is its run below the quickstart's, `changes` are overrides."""

    words: str
    folder: str
    recipe: str
    changes: list[str]


def steps(run: Path, problems: int, samples: int, minutes: float | None, exam: int) -> Iterator[Step]:
    """Make an exam and the same problems with short and long chains, train on each, evaluate both and the untrained.

    Args:
        problems: to train on, each with one chain of thought of either form.
        samples: that each training goes through; the problems come again if they are fewer.
        minutes: after which a training ends in any case.
        exam: problems of the exam.
    """
    yield Step(f"make {exam} exam problems", "exam", "data_prep/quickstart_exam.yaml", [f"source.count={exam}"])
    for form in _FORMS:
        words = f"make {problems:,} training problems with {form} chains of thought"
        changes = [f"teacher.form={form}", f"source.count={problems}"]
        yield Step(words, f"data_{form}", "data_prep/quickstart.yaml", changes)
    for form in _FORMS:
        words = f"train a model on {samples:,} samples with {form} chains"
        changes = [f"data={run}/data_{form}/sft/train.parquet", f"epochs={samples / problems}"]
        changes += [f"tiny.text={run}/data_*/sft/train.parquet"]  # one tokenizer, and so one base, for both
        changes += [f"minutes={minutes}"] if minutes is not None else []
        yield Step(words, f"sft_{form}", "train/quickstart.yaml", changes)
    for name, model in (("untrained", "sft_long/base"), *((form, f"sft_{form}/model") for form in _FORMS)):
        words = f"evaluate the {name} model" if name == "untrained" else f"evaluate the model of the {name} chains"
        changes = [f"model={run}/{model}", f"problems={run}/exam/problems.parquet"]
        yield Step(words, f"eval_{name}", "eval/quickstart.yaml", changes)
