import pytest

from redstar_geo.answer import verify

ANGLES = ("30°", "35°", "40°", "45°")
LENGTHS = ("5√3", "5", "10√3", "None of the above")
POINTS = ("(2,3)", "(3,2)", "(-2,3)", "无法确定")

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
    ("B", "The answer is B or C", ANGLES),
    ("B", "The answer is not B", ANGLES),
    ("A", "\\boxed{A} or \\boxed{B}", ANGLES),
    ("A", "ANSWER: A, C", ANGLES),
    ("AC", "ANSWER: A", ANGLES),
    ("E", "E", ANGLES),
    ("B", "36.5", ANGLES),
]


@pytest.mark.parametrize(("gold", "response", "choices"), RIGHT)
def test_letters_values_and_texts_are_the_same_choice(gold: str, response: str, choices: tuple[str, ...]) -> None:
    assert verify(gold, response, choices=choices).status == "correct"


@pytest.mark.parametrize(("gold", "response", "choices"), NOT_RIGHT)
def test_another_choice_or_none(gold: str, response: str, choices: tuple[str, ...]) -> None:
    assert verify(gold, response, choices=choices).status != "correct"


def test_a_choice_that_stands_twice_is_ambiguous() -> None:
    assert verify("A", "\\boxed{A}", choices=("7", "7.0", "8", "9")).reason == "ambiguous_choice"
    assert verify("C", "\\boxed{A}", choices=("7", "7.0", "8", "9")).status == "wrong"


def test_a_letter_beside_the_value_of_another_is_contradictory() -> None:
    assert verify("B", "B. 40°", choices=ANGLES).reason == "contradictory"


def test_a_gold_letter_without_choices_takes_letters_only() -> None:
    assert verify("C", "I think the correct answer is C").status == "correct"
    assert verify("C", "It's B").status == "wrong"
    assert verify("C", "\\boxed{35}").status == "undecided"
