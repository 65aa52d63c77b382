"""Texts that nobody would write, minutes of them for each reader: only typed errors, none that takes long or much."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice

import pytest

from redstar_geo.answer import verify
from redstar_geo.filters import reasons
from redstar_geo.generation.reply import BadReply, read_delta, read_reply, split_thinking
from redstar_geo.geometry import cdl
from redstar_geo.geometry.claims import Facts, judge
from redstar_geo.geometry.claims.fidelity import fidelity
from redstar_geo.geometry.figure import Figure
from redstar_geo.geometry.proof import Proof
from redstar_geo.overlap.text import tokens
from redstar_geo.records import Trace
from tests.fuzzing import hold

pytestmark = [pytest.mark.long, pytest.mark.timeout(1800)]

_NUMBERS = "1 7 0.5 1,000 9^9 1e9 ٣ 𝟗 ½ ² π √ sqrt( sin( sin arc ° 度 百 万 分之 百分之 degrees cm square"
_LATEX = (
    r"\frac \frac{1}{2} \frac12 \sqrt{ \text{ \boxed{ \boxed \begin{ \left( \, \\ \circ ^\circ ^{ _{ ^ _ { } ( ) [ ] |"
    r" $ $$ \( \) \[ \] ` ``` * ** # & % ~"
)
_SIGNS = "' \" < > = ≈ ≠ ≤ + - × / : ; , . .. … ! ?"
_NAMES = "∠ ∠ABC ∠A △ABC ABCD AB AB= AB∥CD AB⊥CD ⊙O A B x x= x+ AB是 (A) A. (1) (2)"
_WORDS = (
    "中点 的一半 设 若 因为 所以 答案 选 错 if let twice half times sum of ratio the is are equals and or not but"
    " wait, answer: answer sorry"
)
_MARKS = "<answer> </answer> <think> </think> <thinking> <|im_end|> </s> User:"
_HEADS = "Equal( Add( LengthOfLine(AB) MeasureOfAngle(ABC) RightTriangle("
_OTHERS = (" ", "\n", "\t", "\u3000", "\x00", "\ud800", "\u0300\u0316", "\ue000\U000f0000", "\u202e", "é", "🙂")
_PIECES = (*" ".join((_NUMBERS, _LATEX, _SIGNS, _NAMES, _WORDS, _MARKS, _HEADS)).split(), *_OTHERS)


def _texts(seed: int, longest: int) -> Iterator[str]:
    """Pieces one after the other without end; every fiftieth is a few of them over and over, up to a length."""
    chance = random.Random(seed)
    while True:
        for _ in range(49):
            yield chance.choice(("", " ")).join(chance.choice(_PIECES) for _ in range(chance.randint(1, 60)))
        unit = chance.choice(("", " ", "\n")).join(chance.choices(_PIECES, k=chance.choice((1, 1, 2, 3, 5))))
        edges = chance.choices(_PIECES, k=2)
        yield edges[0] + unit * (longest // len(unit)) + edges[1]


def _facts() -> Facts:
    givens = ("PerpendicularBetweenLine(AC,BC)", "Equal(LengthOfLine(AC),4)", "Equal(LengthOfLine(BC),3)")
    figures = [
        Figure({"A": (0, 4), "B": (3, 0), "C": (0, 0), "D": (3 * t, 4 - 4 * t)}, ("AB", "BC", "CA", "CD"))
        for t in (0.3, 0.45, 0.7)
    ]
    return Facts(Proof(givens, "LengthOfLine(AB)", "5", ()), figures, ["ADB"])


def test_claims() -> None:
    facts = _facts()

    def work(text: str) -> None:
        fidelity(judge(text, facts), facts)

    assert hold(work, _texts(1, 100_000)) > 500


def test_false_claims_are_found_behind_anything() -> None:
    facts = _facts()
    for text in islice(_texts(2, 0), 500):
        found = judge(f"{text}.\n\nSo, since AB is a side, AB = 6.\n", facts).claims
        assert found and found[-1][1].status == "false", text


def test_statements_of_the_formal_language() -> None:
    def work(text: str) -> None:
        with suppress(cdl.CDLError):
            cdl.value(text)

    assert hold(work, _texts(3, 4_000)) > 500


def test_answers() -> None:
    def work(text: str) -> None:
        for gold, response in ((text, "\\boxed{5}"), ("5", text), ("\\frac{1}{2}", f"\\boxed{{{text}}}")):
            assert verify(gold, response).status in ("correct", "wrong", "undecided")
        verify("A", text, choices=["5", text[:600], "7", "8"])

    assert hold(work, _texts(4, 20_000)) > 500


def test_filters_and_overlap() -> None:
    def work(text: str) -> None:
        reasons(Trace("", 0, "", "", text, text[-20_000:], "stop"), question="What is AB?", language="en")
        tokens(text)

    assert hold(work, _texts(5, 100_000)) > 500


def test_replies() -> None:
    chance = random.Random(6)

    def value(text: str, depth: int = 0) -> object:
        kinds = [text, None, True, 3, -1.5, [], {}]
        if depth < 4 and chance.random() < 0.5:
            names = ("choices", "message", "delta", "content", "reasoning_content", "finish_reason", "usage", "error")
            return {chance.choice(names): value(text, depth + 1) for _ in range(3)}
        return [value(text, depth + 1)] if depth < 4 and chance.random() < 0.3 else chance.choice(kinds)

    def work(text: str) -> None:
        split_thinking(text)
        message = {"content": value(text, 3), "reasoning_content": value(text, 3)}
        choice = {"message": message, "delta": message, "finish_reason": value(text[:20], 3)}
        for body in ({"choices": [choice], "usage": value(text, 2)}, {"choices": value(text)}, value(text)):
            with suppress(BadReply):
                read_reply(body)  # type: ignore[arg-type]
            read_delta(body)  # type: ignore[arg-type]

    assert hold(work, _texts(7, 300_000)) > 500
