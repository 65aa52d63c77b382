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
    "Had AC been equal to BC, ∠A = 45°. In our triangle it isn't.",
    "Were it isosceles, AC = BC.",
    "In an isosceles triangle, AC = BC. Here they are not equal.",
    "If you just add, AB = 7.",
    "When ∠C = 180°, AB = 7.",
    "AB = 7, if the legs could be added.",
    "There is no way AB = 7.",
    "It looks like ∠A = 45° in the drawing, but the drawing is not to scale.",
    "A. AB = 6\nB. AB = 5\nC. AB = 7\nThe answer is B.",
    "In the enlarged copy, AB = 10.",
    "有同学写AB=7。",
    "当∠C=180°时，AB=7。",
    "选项A：AB=6；选项B：AB=5。选B。",
    # a claim that is spoken of
    "AB = 6 is out of the question, because AB = 5.",
    "AB = 6 leads to 36 = 25, which is absurd.",
    "From AB = 6 it follows that 36 = 25, a contradiction.",
    "(AB = 7 is what you get if you add.) AB = 5.",
    "AB=7显然大了。AB=5。",
    "直接相加得AB=7，这显然违背三边关系。",
    # doubted behind it, though nothing takes its place
    "So AB = 6. My bad, wrong side.",
    "So AB = 6... no idea why.",
    "那么AB=7……呃，看岔了，这是两边之和。",
    "cos A = 3/5. Let me look at the picture once more. The adjacent leg is AC, hence cos A = 4/5.",
    # arithmetic that goes on beyond what was read
    "AB = 2 BC = 6",
    "$\\angle A = 2 \\angle B = 20$",
    "AB = 2 (2.5)",
    "The area of △ABC is 3·4 = 12, over 2 makes 6.",
    "The area of △ABC is 12, halved: 6.",
    "△ABC的面积=3×4=12，再除以2得6。",
    "△ABC的面积是3×4=12的一半。",
    "∠ACB等于100减去40，再加30。",
    "2倍的BC是6",
    "Two AB is ten.",
    "AB, AC, BC = 5, 4, 3.",
    "AB = 5 cm = 50 mm",
    "AB = 5. (I first wrote AB = 6 but that is another side.)",
    "AB = AC + BC... 5 = 2x + 1 so x = 3?? forgot the squares.",
    "∠A与∠B是同弧所对的角。",
    "AB = sqrt 4^2 + 3^2 = 5",
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
    "Let x = arccos(1/5). Then x = 78.46.",
    "∠ACB = π/2",
    "∠A = 36°52′",
    "∠A = 36.9°",
    "∠ACB = 270°",
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
    "From which it follows that AB = 6. Now consider the median from C.",
    "Substituting the given values simplifies to AB = 6, meaning that the hypotenuse is known.",
    "For completeness: AB = 6.",
    "Thus 360: 118 + 135 + x = 360, x = 110.",
    "| AC | 5 |\n\n$$2 + 2 = 4$$",
    "$\\angle A = 2\\,\\angle B = 20$",
    "角A的对边是BC，所以sinA=4/5。",
    "解得AB=6，故斜边长已求出。",
    "∠ACB等于180减去40再减去40，也就是100度。",
    "Let q be such that 2q = 6. AB = q + 2 = 2p + 1 = 7",  # across what is unknown
    "Therefore the length of the hypotenuse is 6.",
    "AB = 6. Hmm, now how do I find the area?",
    "AB = 6. Hmm, what next?",
    "AB = 6. Seems plausible.",
    "What if I use the other triangle? In triangle ABC, AB = 6.",
    "In other words, AB = 6.",
    "AB=6，要求BC。",
    "△ABC is a 3-4-6 right triangle.",
    "This is a 30-50-90 triangle.",
    "R = 3, so the diameter is 2R = 5.",
    "S_1 = 4 · 3, S_1 + 2 = 15",
    "Cross-multiplying, 2(x + 1) = 8, or 2x + 2 = 9, with x = 3",
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


@pytest.mark.parametrize(
    "text",
    [
        "In triangle ABC, ∠A + ∠B = 180° − 90° = 80°.",  # arithmetic in a shape's sentence
        "在△ABC中，∠A＋∠B＝180°－90°＝80°．",
        "Correcting: AB = 6.",
        "更正：AB=6。",
        "*Pupil:* AB = 6.",
        "Then AB = 6, that is AB = 5.",
    ],
)
def test_what_is_said_of_this_figure_is_called_false(text: str) -> None:
    assert judge(text, _right_triangle()).first_false is not None


@pytest.mark.parametrize("text", ["The area of the sector is π · 2² = 4π.", "圆的面积为2π·3=6π。"])
def test_right_arithmetic_says_nothing_true_of_a_quantity_that_is_not_read(text: str) -> None:
    assert [decision.status for _, decision in judge(text, _right_triangle()).claims] == ["unproven"]
    (wrong,) = (d for _, d in judge(text.replace("4π", "5π").replace("6π", "7π"), _right_triangle()).claims)
    assert wrong.status == "false"
