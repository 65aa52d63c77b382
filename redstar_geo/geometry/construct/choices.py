"""Four-way choices from plausible mistakes."""

from __future__ import annotations

from random import Random

from redstar_geo.geometry.construct.exact import Exact, Number


def four_choices(answer: Exact, sign: str, mistakes: tuple[Number, ...], rng: Random) -> tuple[tuple[str, ...], str]:
    """Four values in random order, the right one among them, and its letter.

    Args:
        answer: the right value.
        sign: what stands behind each value, `°` or nothing.
        mistakes: values that a student could get wrongly; unfit ones are left out, missing ones filled up.
        rng: chooses among the mistakes and the order.
    """
    texts = {answer.pretty(): None}
    for value in (*rng.sample(mistakes, len(mistakes)), *_near(answer)):
        exact = Exact.of(value)
        if float(exact) > 0 and (not sign or float(exact) < 180) and _no_odder(exact, answer):
            texts.setdefault(exact.pretty())
        if len(texts) == 4:
            break
    choices = rng.sample(sorted(texts), len(texts))
    return tuple(text + sign for text in choices), "ABCD"[choices.index(answer.pretty())]


def _near(answer: Exact) -> list[Exact]:
    """Wrong values for when a family's own mistakes do not make three."""
    if answer.rational is None:
        return [answer * 2, answer / 2, answer * 3, answer * 3 / 2, answer * 4]
    return [answer + 10, answer - 10, answer * 2, answer + 5, answer - 5, answer + 2, answer + 1]


def _no_odder(value: Exact, answer: Exact) -> bool:
    """Whether a wrong value looks no stranger than the answer, which would give it away."""
    if len(value.terms) > len(answer.terms):
        return False
    if value.rational is None or answer.rational is None:
        return True
    return value.rational.denominator <= max(2, answer.rational.denominator)
