"""The second stage: labels, then pictures read aloud, values read off, answers without reasoning, and sums by columns.

It begins with a few labels on pictures of a few tokens. From a whole page a model has to learn at once what a label
says and where the next one is, and for thousands of samples learns neither: it guesses what figures mostly say. Labels
are listed by their letters and digits, since attention finds the next letter sooner than the next place. Descriptions
begin with their labels and teach most of a picture. A value is listed with the place where it stands, the vertex of its
angle first: that is found from it, and the statement from both. Sums are of named angles, whose values have to be found
in the question, as in a proof. The tower stays as it is.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from random import Random
from string import ascii_uppercase
from typing import Any, NamedTuple

from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from redstar_geo.answer import verify
from redstar_geo.base.looking import TOKEN, Drawing
from redstar_geo.generation.encoded import encode_prompt, pictures_of
from redstar_geo.generation.local import generate
from redstar_geo.generation.prompt import completion_messages, prompt_messages
from redstar_geo.generation.request import GenerationSettings
from redstar_geo.geometry.construct import FAMILIES, MODALITIES, Built, construct
from redstar_geo.geometry.draw import Layout, layout, png
from redstar_geo.geometry.figure import Figure
from redstar_geo.geometry.incidence import arm, lines
from redstar_geo.geometry.narrate.arithmetic import work
from redstar_geo.geometry.narrate.say import say
from redstar_geo.geometry.pages import page
from redstar_geo.geometry.proof import Solve
from redstar_geo.geometry.reading import compared
from redstar_geo.models.collate import collate
from redstar_geo.models.encode import Encoded, Encoder
from redstar_geo.models.loss import LossModel, labelled_tokens
from redstar_geo.records import Image, Problem
from redstar_geo.scores.statements import ALL, VALUES, Agreement, agreement
from redstar_geo.sources import Rejected
from redstar_geo.sources.reading import Asks, of_figure
from redstar_geo.teacher.formal import Style, answer, read_off

_MIX = {"labels": 0.05, "statements": 0.4, "value": 0.1, "answer": 0.05, "sum": 0.4}
_PAGE = (11, 9)  # tokens of a picture of usual size
_FIRST = 4  # tokens of the smallest pictures
_PAGES = 0.7  # of the labels: on pages where they are loose; the others are of figures
_HARDEST = 3  # difficulty of the figures
_SEEDS = 10**9
_WHOLES = (90, 180, 180, 180, 360)  # degrees
_MOST_TOKENS = 320  # of a description
_AT_ONCE = 48  # figures that are described in one batch


class Sample(NamedTuple):
    """What is asked, what is to be said to it, and what its picture shows; without one, nothing."""

    problem: Problem
    said: str
    drawn: Drawing | None = None


class Practice:
    """Rows of samples, each made when it is asked for; the same step gives the same row.

    Args:
        steps, tokens, spelling: as the recipe has them.
    """

    def __init__(self, encoder: Encoder, seed: int, steps: int, tokens: int, spelling: float) -> None:
        self.encoder, self.seed = encoder, seed
        self.steps, self.tokens, self.spelling = steps, tokens, spelling

    def row(self, step: int) -> dict[str, Any]:
        """What `collate` gives of the samples of a step."""
        rng, taken = Random(f"{self.seed}/practice/{step}"), 0
        encoded: list[Encoded] = []
        while taken < self.tokens:
            problem, said, _ = self.sample(rng, step)
            asked = prompt_messages(problem), completion_messages(said)
            encoded.append(self.encoder(problem.id, *asked, pictures_of(problem)))
            taken += len(encoded[-1].input_ids)
        return collate(encoded)

    def sample(self, rng: Random, step: int) -> Sample:
        """One of this step."""
        spelt = self.spelling * self.steps
        kind = rng.choices(tuple(_MIX), tuple(_MIX.values()))[0]
        if kind == "sum":
            return _sum(rng)
        if step < spelt:
            return _labels(rng, step / spelt)
        if kind == "labels":
            return _labels(rng, 1)
        built = _built(rng, rng.choice(MODALITIES) if kind == "answer" else "picture")
        drawn = (built.figure, layout(built.figure)) if built.problem.images else None
        if kind == "answer":
            told = answer(built.problem, built.proof, Style("answer", 1), 0, 0)
            return Sample(replace(built.problem, choices=()), told["response"], drawn)
        asks: Asks = "value" if kind == "value" else "statements"
        asked = of_figure(asks, built)
        if isinstance(asked, Rejected):  # there is no value in it
            asks, asked = "statements", of_figure("statements", built)
        assert isinstance(asked, Problem) and drawn
        said = read_off(asked)["response"]
        return Sample(asked, said if asks == "value" else f"labels {_listed(*drawn)}; {said}", drawn)


class Rows(Dataset[Any]):
    """The rows of a practice, made ahead by a process of their own."""

    def __init__(self, practice: Practice) -> None:
        self.practice, self.next = practice, -1

    def __getitem__(self, step: int) -> dict[str, Any]:
        return self.practice.row(step)

    def take(self, step: int) -> dict[str, Any]:
        """That of this step; steps follow one another."""
        if step != self.next:
            ahead = DataLoader(self, None, sampler=range(step, self.practice.steps), num_workers=1, prefetch_factor=8)
            self.coming = iter(ahead)
        self.next = step + 1
        row: dict[str, Any] = next(self.coming)
        return row


def _built(rng: Random, modality: str) -> Built:
    family, difficulty, seed = rng.choice(tuple(FAMILIES)), rng.randint(1, _HARDEST), rng.randrange(_SEEDS)
    return construct(family, seed, difficulty, modality=modality)


def _labels(rng: Random, grown: float) -> Sample:
    """The labels of a page or a figure; `grown`, from 0 to 1, says how large a page may be."""
    drawn: Drawing
    if rng.random() < _PAGES:
        drawn = None, _loose(rng, grown)
    else:
        figure = _built(rng, "picture").figure
        drawn = figure, layout(figure)
    said = _listed(*drawn)
    return Sample(_asked("labels", "Read the labels.", said, Image.of(png(drawn[1]))), said, drawn)


def _listed(figure: Figure | None, page: Layout) -> str:
    """The labels: names of points, then what else is written, each in order; of a value also where it stands."""
    names, values = [], []
    for label in page.labels:
        text = label.text.replace(" ", "")
        if text.isupper():
            names.append(text)
        else:
            values.append(f"{text} {_place(lines(figure), label.points)}" if figure else text)
    return " ".join([*sorted(names), *sorted(values)])


def _place(drawn: list[str], points: str) -> str:
    """The vertex of an angle, then its arms; the ends of a side: nearest first, since from there it is found."""
    if len(points) != 3:
        return "".join(sorted(points))
    vertex = points[1]
    return vertex + "".join(sorted(arm(drawn, vertex, end) for end in (points[0], points[2])))


def _loose(rng: Random, grown: float) -> Layout:
    """A page of labels; `grown`, from 0 to 1, says how large it may be."""
    most = round(_FIRST * (math.prod(_PAGE) / _FIRST) ** grown)
    tokens = rng.randint(_FIRST, most)
    rows = rng.randint(2, min(_PAGE[1], math.isqrt(tokens)))
    columns = min(_PAGE[0], tokens // rows)
    return page(rng, (columns * TOKEN, rows * TOKEN))


def _asked(source: str, question: str, answer: str, *images: Image) -> Problem:
    return Problem(
        id=source,
        domain="math",
        source=source,
        split="train",
        licence="Apache-2.0",
        question=question,
        answer=answer,
        answer_kind="number",
        language="en",
        images=images,
    )


def losses(model: LossModel, row: dict[str, Any]) -> dict[str, Tensor]:
    """The loss a token of the completions, and the share of their tokens that was foreseen."""
    output = model(num_items=labelled_tokens(row["labels"]), **row)
    return {"loss": output.loss, "foreseen": output.correct / output.labelled}


def unseen(count: int) -> list[Problem]:
    """Figures of every family in turn, with numbers that no practice has."""
    families = tuple(FAMILIES)
    asked = (
        of_figure("statements", construct(family, number, 1 + number % _HARDEST, modality="picture", split="test"))
        for number, family in enumerate(families[number % len(families)] for number in range(count))
    )
    return [each for each in asked if isinstance(each, Problem)]


def described(model: LossModel, encoder: Encoder, problems: Sequence[Problem]) -> dict[str, Agreement]:
    """How well the model reads these figures, greedily: precision, recall and F1 by kind, of values, and of all."""
    said = _said(model, encoder, problems)
    return agreement(compared(problem.answer, text) for problem, text in zip(problems, said, strict=True))


def sums_right(model: LossModel, encoder: Encoder, count: int) -> float:
    """The share of so many sums that the model works out right, greedily."""
    sums = [_sum(Random(f"measured/{number}")).problem for number in range(count)]
    said = _said(model, encoder, sums)
    right = [verify(each.answer, text).status == "correct" for each, text in zip(sums, said, strict=True)]
    return round(sum(right) / count, 4)


def in_short(found: dict[str, Agreement]) -> dict[str, float]:
    """What the log keeps of it; what is not there counts as 0."""
    whole = found[ALL]
    values = found.get(VALUES)
    shares = {
        "precision": whole.precision,
        "recall": whole.recall,
        "f1": whole.f1,
        "values_f1": values and values.f1,
    }
    return {name: round(share or 0.0, 4) for name, share in shares.items()}


def _said(model: LossModel, encoder: Encoder, problems: Sequence[Problem]) -> Iterator[str]:
    settings = GenerationSettings(_MOST_TOKENS)
    for start in range(0, len(problems), _AT_ONCE):
        asked = problems[start : start + _AT_ONCE]
        prompts = [encode_prompt(problem, encoder.config, encoder.processor) for problem in asked]
        for completion in generate(model.model, encoder.processor, prompts, settings):
            yield completion.text


def _sum(rng: Random) -> Sample:
    """What an angle is by one equation with others, worked out by columns as proofs need it."""
    letters = rng.sample(ascii_uppercase, rng.randint(3, 6))
    x, y, z = (f"MeasureOfAngle({_angle(rng, letters, vertex)})" for vertex in rng.sample(letters, 3))
    whole = rng.choice(_WHOLES)
    a = rng.randint(1, whole - 2)
    b, even = rng.randint(1, whole - a - 1), a + a % 2
    equation, value, known = rng.choice(
        (
            (f"Equal(Add({x},{y},{z}),{whole})", whole - a - b, {y: a, z: b}),
            (f"Equal(Add({x},{y}),{whole})", whole - a, {y: a}),
            (f"Equal(Add({x},{x},{y}),{whole})", (whole - even) // 2, {y: even}),
            (f"Equal({x},Add({y},{z}))", a + b, {y: a, z: b}),
            (f"Equal({x},Sub({y},{z}))", a, {y: a + b, z: b}),
            (f"Equal({x},Div({y},2))", even // 2, {y: even}),
            (f"Equal({x},Mul({y},2))", 2 * a, {y: a}),
        )
    )
    move = Solve(x, str(value), (equation,), tuple((name, str(number)) for name, number in known.items()))
    working = work(move, "en", small=True)
    given = " and ".join(f"{say(name, 'en')} = {number}°" for name, number in known.items())
    asked = _asked("sum", f"{given}. {say(equation, 'en')}. Find {say(x, 'en')}.", str(value))
    lines = " ".join(f"{line}." for line in working.steps)
    return Sample(asked, rf"{lines} {say(x, 'en')} = \boxed{{{value}^\circ}}")


def _angle(rng: Random, letters: Sequence[str], vertex: str) -> str:
    start, end = rng.sample([letter for letter in letters if letter != vertex], 2)
    return start + vertex + end
