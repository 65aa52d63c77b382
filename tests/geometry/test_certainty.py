"""What may be called false: only what a text asserts in words, and with signs, that leave no doubt what it says."""

from __future__ import annotations

import pytest

from redstar_geo.geometry.claims import judge
from redstar_geo.geometry.claims.vocabulary import words
from tests.geometry.test_claims import _right_triangle

NOT_FALSE = [  # AC = 4, BC = 3, AB = 5, the right angle at C
    # said of another, of a guess or of an option
    "A naive answer would be AB = 7, but AB = 5.",
    "Some students write AB = 4 + 3 = 7. The correct way is AB = 5.",
    "My first instinct was AB = 7. In truth AB = 5.",
    "Option A says AB = 6, option B says AB = 5.",
    "Guess: AB = 6. Then AB² = 36, which is more than 25. So that fails. AB = 5.",
    "Suppose AB = 7. Then AB² = 49. This contradicts AC² + BC² = 25. Hence AB = 5.",
    "有人会写AB=7，正确的是AB=5。",
    "我一开始觉得AB=7，后来发现AB=5。",
    "若AB=6，则AB²=36，矛盾。",
    "当AC=5时，AB会更长。",
    "AC = BC is not the case.",
    "Not AC = 5 but AC = 4.",
    "~~AB = 7~~ AB = 5.",
    # arithmetic that goes on beyond what was read
    "There are 12 apples x 3 = 36 apples.",
    "The size 25 + the size 5 = 30.",
    "So 30% of 60 = 18.",
    "Then 3 / 2 = 1 1/2 hours.",
    "He has 5 - 1 - 1/2 = 3 1/2 hours.",
    "It costs $400 000 x 3/100 = $12 000.",
    "Now 17 mod 5 = 2, and 17 ÷ 5 = 3 remainder 2.",
    "Then 54 + 3 + 2 = 59_{10}.",
    "S1：S2=1²：3²=1：9",
    "Solve for $y$: $y = 8 - 2 = 6$.",
    # signs without the brackets that are meant
    "AB=√4²+3²=5",
    "4√3/2√3=2",
    # values rounded on the way, units left open
    "3.6 · 1.7 = 6.1",
    "10/3 ≈ 3.33 ≈ 3.3",
    "√(30) + 5√2 ≈ 5.477 + 5 · 1.414",
    "∠A = arctan(3/4) ≈ 36.87°.",
    # one letter for two things
    "The roots are x = 5 and x = -5.",
    "At x = 2, y = 5; at x = 3, y = 7.",
    # a part of a name
    "The square of AB equals 25.",
    "CD是斜边AB上的中线",
    "S₁ = 扇形ABC = ¼·π·4²",
    "From ∠ACB = 90° we get AB = 5.",
]
FALSE = [
    "So AB = 6.",
    "By the Pythagorean theorem we have AB = 6.",
    "In the right triangle ABC the hypotenuse is AB = 6, since AC = 4.",
    "Therefore the length of AB equals 6.",
    "Since ∠ACB = 80°, the triangle is acute.",
    "所以AB=6。",
    "在Rt△ABC中，由勾股定理得AB=6。",
    "If someone asks for the square, 16 + 9 = 26.",
    "Wait, so AB = 6.",
    "So the final answer is 6.",
    "AB = 6\n\n\\boxed{6}",
    "7 / 3 = 2.34",
    "√2 ≈ 1.45",
    "we set 2x = 8 and get x = 5",
]


@pytest.mark.parametrize("text", NOT_FALSE)
def test_what_may_mean_something_else_is_not_called_false(text: str) -> None:
    assert [claim.text for claim, decision in judge(text, _right_triangle()).claims if decision.status == "false"] == []


@pytest.mark.parametrize("text", FALSE)
def test_what_is_plainly_said_and_wrong_is(text: str) -> None:
    assert judge(text, _right_triangle()).first_false is not None


def test_words_are_odd_unless_a_derivation_needs_them() -> None:
    def odd(text: str) -> list[str]:
        return [text[word.start : word.end] for word in words(text) if word.kind]

    assert odd("Applying the theorem, we therefore obtain the bisected angles and their halves.") == []
    assert odd("因为直径所对的圆周角是直角，所以由勾股定理得") == []
    assert odd("A naive guess, but not half of it") == ["naive", "guess", "but", "not", "half"]
    assert odd("我猜，但这不对劲") == ["猜", "但", "不", "劲"]
