import pytest

from redstar_geo.answer import verify

ANGLES = ("30°", "35°", "40°", "45°")
LENGTHS = ("5√3", "5", "10√3", "None of the above")
POINTS = ("(2,3)", "(3,2)", "(-2,3)", "无法确定")
SEGMENTS = ("AB", "AC", "BC", "CD")
SYMBOLS = ("b", "a", "c", "2a")
TRUTHS = ("It is not a square.", "It is wrong.", "It cannot be determined.", "It is a square.")

RIGHT = [
    ("B", "B", ANGLES),
    ("B", "b", ANGLES),
    ("B", "(b)", ANGLES),
    ("B", "\\boxed{\\text{(B) } 35^\\circ}", ANGLES),
    ("B", "\\boxed{\\textbf{B}}", ANGLES),
    ("B", "**Answer: B**", ANGLES),
    ("B", "<answer> B. 35° </answer>", ANGLES),
    ("B", "The correct option is (B) 35°.", ANGLES),
    ("B", "Therefore, the answer is option B, because A is too small.", ANGLES),
    ("B", "we get 35°, which corresponds to choice (B).", ANGLES),
    ("B", "故选：B．", ANGLES),
    ("B", "【答案】B", ANGLES),
    ("B", "答案：B，因为A是错的", ANGLES),
    ("B", "Answer: A\nI was wrong.\nAnswer: B", ANGLES),
    ("B", "35", ANGLES),
    ("B", "Thus, ∠ABC = 35°.", ANGLES),
    ("35", "B", ANGLES),
    ("A", "8.66", LENGTHS),
    ("D", "none of the above", LENGTHS),
    ("D", "无法确定", POINTS),
    ("B", "x=3, y=2", POINTS),
    ("AC", "ANSWER: (A, C)", ANGLES),
    # the letter in a sentence
    ("B", "Option B is correct.", ANGLES),
    ("B", "B is the answer.", ANGLES),
    ("B", "Therefore, choice B is the correct answer.", ANGLES),
    ("B", "**B. 35°**", ANGLES),
    ("B", "选项B正确", ANGLES),
    ("B", "B选项正确", ANGLES),
    ("B", "\\boxed{Ｂ}", ANGLES),
    ("B", "\\boxed B", ANGLES),
    ("B", "A is wrong, therefore I choose B.", ANGLES),
    ("B", "The answer is B, not C.", ANGLES),
    ("B", "The answer is B, since C is too large.", ANGLES),
    ("B", "So the answer is B. A is too small, C is not possible.", ANGLES),
    ("B", "答案：B。A不正确。", ANGLES),
    ("D", "故选D. 不能确定", POINTS),
    ("B", "(b) 35°", ANGLES),
    ("BC", "\\boxed{B and C}", ANGLES),
    ("B", "排除A、C、D，故选B", ANGLES),
    ("A", "\\boxed{A. It is not a square.}", TRUTHS),
    ("B", "B. It is wrong.", TRUTHS),
    ("C", "\\boxed{C}", TRUTHS),
    # the value before the letter
    ("B", "\\boxed{35° (B)}", ANGLES),
    ("B", "\\boxed{35^\\circ \\text{ (B)}}", ANGLES),
    ("B", "\\boxed{35^\\circ\\text{ (Option B)}}", ANGLES),
    ("B", "The answer is 35° (B).", ANGLES),
    ("B", "The answer is 35°, choice B.", ANGLES),
    ("B", "答案是35°（B）", ANGLES),
    ("B", "Thus the angle is 35° (B).", ANGLES),
    ("B", "Thus (B) 35° is correct", ANGLES),
    # a letter that is a name
    ("B", "\\boxed{A = 35}", ANGLES),
    ("B", "\\boxed{C = 35^\\circ}", ANGLES),
    ("B", "The answer is A = 35°.", ANGLES),
    ("B", "At point \\(A\\) the angle is 35°.", ANGLES),
    # choices that letters are in
    ("A", "\\boxed{AB}", SEGMENTS),
    ("A", "\\boxed{A}", SEGMENTS),
    ("A", "The answer is AB.", SEGMENTS),
    ("B", "\\boxed{\\text{AC}}", SEGMENTS),
    ("B", "\\boxed{$AC$}", SEGMENTS),
    ("D", "\\boxed{CD}", SEGMENTS),
    ("AB", "\\boxed{A}", SEGMENTS),
    ("B", "\\boxed{B}", SYMBOLS),
    # the gold letter, however written
    ("b", "\\boxed{B}", ANGLES),
    ("(b)", "\\boxed{35°}", ANGLES),
    ("a", "\\boxed{B}", SYMBOLS),
    ("B", "\\boxed{B}", ("3.14", "\\pi", "22/7", "3")),
    ("B", "\\boxed{B}", ("3,4", "4,3", "1", "2")),
    ("B", "\\boxed{B}", ("24", "24 cm", "3", "4")),
]
OPEN = [  # letters that are rejected, or not the only ones
    "故不选B",
    "不选B。",
    "不能选B",
    "答案不选B",
    "\\boxed{不选B}",
    "故选A或B",
    "故选B或A",
    "\\boxed{B is wrong}",
    "\\boxed{B is incorrect}",
    "\\boxed{B is not the answer}",
    "\\boxed{B or maybe C}",
    "\\boxed{B / C}",
    "\\boxed{B maybe}",
    "The answer is B, or possibly C.",
    "The answer is either B or C.",
    "The answer is B, and perhaps C.",
    "\\boxed{B, C, as both are allowed}",
    "A is wrong, so is B.",
    "Neither A nor B is correct.",
    "The answer is not B.",
    "It cannot be B.",
    "B错误",
    "B不对",
]
CONTRADICTORY = [
    "\\boxed{B. 40°}",
    "\\boxed{40° (B)}",
    "\\boxed{D 35}",
    "The answer is 40° (B).",
    "The answer is 40°, choice B.",
    "答案是40°（B）",
    "Thus the angle is 40° (B).",
]
NOT_RIGHT = [
    ("B", "C", ANGLES),
    ("35", "C", ANGLES),
    ("35", "40°", ANGLES),
    ("B", "\\boxed{B. 40°}", ANGLES),
    ("A", "None of the above", ANGLES),
    ("A", "None of the above", LENGTHS),
    ("A", "A triangle has three sides", ANGLES),
    ("A", "An isosceles one", ANGLES),
    ("B", "because", ANGLES),
    ("B", "Both A and B", ANGLES),
    ("A", "(A) and (B)", ANGLES),
    ("B", "(A) and (B)", ANGLES),
    ("B", "The answer is B or C", ANGLES),
    ("B", "The answer is not B", ANGLES),
    ("A", "\\boxed{A} or \\boxed{B}", ANGLES),
    ("A", "ANSWER: A, C", ANGLES),
    ("AC", "ANSWER: A", ANGLES),
    ("E", "E", ANGLES),
    ("B", "36.5", ANGLES),
    ("A", "\\boxed{A = 35}", ANGLES),
    ("C", "\\boxed{C = 35^\\circ}", ANGLES),
    ("B", "\\boxed{AB}", SEGMENTS),
]


@pytest.mark.parametrize(("gold", "response", "choices"), RIGHT)
def test_letters_values_and_texts_are_the_same_choice(gold: str, response: str, choices: tuple[str, ...]) -> None:
    assert verify(gold, response, choices=choices).status == "correct"


@pytest.mark.parametrize(("gold", "response", "choices"), NOT_RIGHT)
def test_another_choice_or_none(gold: str, response: str, choices: tuple[str, ...]) -> None:
    assert verify(gold, response, choices=choices).status != "correct"


@pytest.mark.parametrize("response", OPEN)
def test_a_letter_that_is_rejected_or_one_of_two_is_no_answer(response: str) -> None:
    assert verify("B", response, choices=ANGLES).status == "undecided"


@pytest.mark.parametrize("response", CONTRADICTORY)
def test_a_letter_beside_the_value_of_another_is_contradictory(response: str) -> None:
    for gold in "ABCD":
        assert verify(gold, response, choices=ANGLES).reason == "contradictory"


def test_a_choice_that_stands_twice_is_ambiguous_unless_its_letter_is_the_gold_one() -> None:
    assert verify("A", "\\boxed{A}", choices=("7", "7.0", "8", "9")).status == "correct"
    assert verify("A", "\\boxed{B}", choices=("7", "7.0", "8", "9")).reason == "ambiguous_choice"
    assert verify("A", "\\boxed{7}", choices=("7", "7.0", "8", "9")).reason == "ambiguous_choice"
    assert verify("7", "\\boxed{A}", choices=("7", "7.0", "8", "9")).reason == "ambiguous_choice"
    assert verify("C", "\\boxed{A}", choices=("7", "7.0", "8", "9")).status == "wrong"


def test_a_small_letter_that_is_another_choice_is_ambiguous() -> None:
    for gold in "ABCD":
        assert verify(gold, "\\boxed{a}", choices=SYMBOLS).reason == "ambiguous_choice"
    assert verify("D", "\\boxed{d}", choices=SYMBOLS).status == "correct"


def test_a_gold_letter_without_choices_takes_letters_only() -> None:
    assert verify("C", "I think the correct answer is C").status == "correct"
    assert verify("C", "It's B").status == "wrong"
    assert verify("C", "\\boxed{35}").status == "undecided"
