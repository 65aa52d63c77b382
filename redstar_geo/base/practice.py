"""The second stage: labels, then pictures read aloud, values read off, answers without reasoning, and sums by columns.

It begins with a few labels on pictures of a few tokens. From a whole page a model has to learn at once what a label
says and where the next one is, and for thousands of samples learns neither: it guesses what figures mostly say. Once it
reads a page, half of the samples are descriptions, which teach most of a picture; the others tie words to places and
numbers to one another, so that what fine-tuning needs is there before it begins.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from random import Random
from typing import Any

from torch import Tensor

from redstar_geo.generation.encoded import encode_prompt, pictures_of
from redstar_geo.generation.local import generate
from redstar_geo.generation.prompt import completion_messages, prompt_messages
from redstar_geo.generation.request import GenerationSettings
from redstar_geo.geometry.construct import FAMILIES, MODALITIES, construct
from redstar_geo.geometry.draw import Layout, layout, png
from redstar_geo.geometry.narrate.arithmetic import work
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

_MIX = {"labels": 0.1, "statements": 0.5, "value": 0.15, "answer": 0.1, "sum": 0.15}
_TOKEN = 28  # pixels of an image token's edge
_PAGE = (11, 9)  # tokens of a picture of usual size
_FIRST = 4  # tokens of the smallest pictures
_PAGES = 0.5  # of the labels: on pages where they are loose; the others are of figures
_HARDEST = 3  # difficulty of the figures
_SEEDS = 10**9
_LARGEST = 400  # number in a sum
_MOST_TOKENS = 320  # of a description
_AT_ONCE = 48  # figures that are described in one batch


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
        return collate(list(self._encoded(step)))

    def _encoded(self, step: int) -> Iterator[Encoded]:
        rng, taken = Random(f"{self.seed}/practice/{step}"), 0
        while taken < self.tokens:
            problem, said = self.sample(rng, step)
            encoded = self.encoder(
                problem.id, prompt_messages(problem), completion_messages(said), pictures_of(problem)
            )
            yield encoded
            taken += len(encoded.input_ids)

    def sample(self, rng: Random, step: int) -> tuple[Problem, str]:
        """A problem and what is to be said to it."""
        spelt = self.spelling * self.steps
        if step < spelt:
            return _read_aloud(_loose(rng, step / spelt))
        kind = rng.choices(tuple(_MIX), tuple(_MIX.values()))[0]
        if kind == "sum":
            return _sum(rng)
        family, difficulty, seed = rng.choice(tuple(FAMILIES)), rng.randint(1, _HARDEST), rng.randrange(_SEEDS)
        if kind == "answer":
            built = construct(family, seed, difficulty, modality=rng.choice(MODALITIES))
            told = answer(built.problem, built.proof, Style("answer", 1), 0, 0)
            return replace(built.problem, choices=()), told["response"]
        built = construct(family, seed, difficulty, modality="picture")
        if kind == "labels":
            return _read_aloud(_loose(rng, 1) if rng.random() < _PAGES else layout(built.figure))
        asks: Asks = "value" if kind == "value" else "statements"
        asked = of_figure(asks, built)
        read = of_figure("statements", built) if isinstance(asked, Rejected) else asked  # there is no value in it
        assert isinstance(read, Problem)
        return read, read_off(read)["response"]


def _loose(rng: Random, grown: float) -> Layout:
    """A page of labels; `grown`, from 0 to 1, says how large it may be."""
    most = round(_FIRST * (math.prod(_PAGE) / _FIRST) ** grown)
    tokens = rng.randint(_FIRST, most)
    rows = rng.randint(2, min(_PAGE[1], math.isqrt(tokens)))
    columns = min(_PAGE[0], tokens // rows)
    return page(rng, (columns * _TOKEN, rows * _TOKEN))


def _read_aloud(drawn: Layout) -> tuple[Problem, str]:
    """The labels of a drawing, line by line of image tokens and from left to right."""
    rows = round(drawn.size[1] / _TOKEN)
    lines = sorted(drawn.labels, key=lambda label: (int(label.y * rows / drawn.size[1]), label.x))
    said = " ".join(label.text.replace(" ", "") for label in lines)
    return _asked("labels", "Read the labels, line by line.", said, Image.of(png(drawn))), said


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
    """The loss a token of the completions, and the share of their tokens that were foreseen."""
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
    return agreement(_read(model, encoder, problems))


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


def _read(model: LossModel, encoder: Encoder, problems: Sequence[Problem]) -> Iterator[Any]:
    settings = GenerationSettings(_MOST_TOKENS)
    for start in range(0, len(problems), _AT_ONCE):
        asked = problems[start : start + _AT_ONCE]
        prompts = [encode_prompt(problem, encoder.config, encoder.processor) for problem in asked]
        completions = generate(model.model, encoder.processor, prompts, settings)
        for problem, completion in zip(asked, completions, strict=True):
            yield compared(problem.answer, completion.text)


def _sum(rng: Random) -> tuple[Problem, str]:
    """A sum or difference, worked out by columns."""
    a, b = sorted((rng.randint(1, _LARGEST), rng.randint(1, _LARGEST)), reverse=True)
    head, sign, value = ("Add", "+", a + b) if rng.random() < 0.5 else ("Sub", "−", a - b)
    lines = work(Solve("x", str(value), (f"Equal(x,{head}({a},{b}))",), ()), "en", small=True).steps
    said = "\n".join([*lines, rf"\boxed{{{value}}}"])
    return _asked("sum", f"Work out {a} {sign} {b}.", str(value)), said
