"""Labelled questions whose level is plain to see, small enough to train on in a test."""

import json
import random

from redstar_geo.difficulty.labelled import Labelled

_KINDS = (
    (1.0, "What is {a} + {b}?"),
    (3.0, "A shop sells {a} pens a day at {b} cents each. How many cents does it take in {a} days, and in {b} days?"),
    (5.0, "Compute the remainder when ${a}^{{{b}}}$ is divided by ${b}$."),
    (8.0, r"Determine all functions $f:\mathbb{{R}}\to\mathbb{{R}}$ with $f(x+{a}f(y))=f(x)+{b}y$ for all real $x,y$."),
)


def questions(count: int, seed: int = 0) -> list[Labelled]:
    """Four ways of asking, each with its level, in turn."""
    numbers = random.Random(seed)
    found = []
    for number in range(count):
        level, words = _KINDS[number % len(_KINDS)]
        asked = words.format(a=numbers.randrange(10**6), b=numbers.randrange(10**6))
        found.append(Labelled(asked, level, f"contest {number % 12}"))
    return found


def write_lines(path, labelled):
    rows = ({"problem": each.question, "difficulty": each.level, "source": each.origin} for each in labelled)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path
