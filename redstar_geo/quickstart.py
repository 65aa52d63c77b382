"""The steps of the quickstart: shipped recipes with what is changed in them, each in a folder of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

FORMS = ("short", "long")
_IN_TEXT = 4  # of so many problems one has its values in the text


class Task(NamedTuple):
    """One recipe: `folder` is its run below the quickstart's, `changes` are overrides."""

    folder: str
    recipe: str
    changes: list[str]


class Step(NamedTuple):
    """What is done at once; `words` tell it."""

    words: str
    tasks: list[Task]


def steps(run: Path, model: str, samples: int, minutes: float | None, exam: int) -> Iterator[Step]:
    """Make an exam and the same proofs as short and long chains, train on each, and evaluate: untrained, short, long,
    and long with others' pictures.

    Args:
        model: that both trainings start from.
        samples: problems to train on, each once.
        minutes: after which a training ends in any case.
        exam: problems of the exam.
    """
    yield Step(
        f"an exam of {exam} problems is drawn", [Task("exam", "data_prep/quickstart_exam.yaml", _problems(exam))]
    )
    yield Step(
        f"the teacher tells {samples:,} proofs, each as a short and as a long chain of thought",
        [
            Task(f"data_{form}", "data_prep/quickstart.yaml", [f"teacher.form={form}", *_problems(samples)])
            for form in FORMS
        ],
    )
    for form in FORMS:
        changes = [f"model={model}", f"data={run}/data_{form}/sft/train.parquet"]
        changes += [f"minutes={minutes}"] if minutes is not None else []
        words = f"the base learns from the {samples:,} {form} chains"
        yield Step(words, [Task(f"sft_{form}", "train/quickstart.yaml", changes)])
    models = {"untrained": model} | {form: f"{run}/sft_{form}/model" for form in FORMS}
    yield Step(
        "the exam: the untrained base, after short chains, after long ones",
        [_exam(run, name, each, "own") for name, each in models.items()],
    )
    yield Step(
        "the exam again after long chains, every problem with the picture of another",
        [_exam(run, "swapped", models["long"], "swapped")],
    )


def _problems(count: int) -> list[str]:
    in_text = count // _IN_TEXT
    return [f"sources.picture.count={count - in_text}", f"sources.text.count={in_text}"]


def _exam(run: Path, name: str, model: str, pictures: str) -> Task:
    changes = [f"model={model}", f"problems={run}/exam/problems.parquet", f"pictures={pictures}"]
    return Task(f"eval_{name}", "eval/quickstart.yaml", changes)
