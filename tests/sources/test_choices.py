"""Choices are taken out of a question only where they can be put back."""

import pytest

from redstar_geo.answer import verify
from redstar_geo.sources.choices import split_choices
from redstar_geo.sources.maths import Maths

STEM = "A rope of $12$ m is cut into $n$ equal parts of $3$ m.\n\nHow many parts are there?"
CHOICES = ("$2$", "$\\frac{8}{2}$", "five, at most", "$\\{6, 7\\}$", "none of these")
PLAIN = ("2", "\\frac{8}{2}", "5", "\\sqrt{36}", "7")


@pytest.mark.parametrize(
    "style",
    [
        "\n({}) {}",
        "\n{}. {}",
        "\n\n{}: {}",
        "  {}. {}",
        " ({}) {},",
        "\n{}．{}",
        "\n\\textbf{{({})}} {}\\qquad",
        "\n{}、{}；",
    ],
)
def test_choices_in_every_style(style: str) -> None:
    question = STEM + "".join(style.format(letter, text) for letter, text in zip("ABCDE", CHOICES, strict=True))
    assert split_choices(question) == (STEM, CHOICES)


@pytest.mark.parametrize("style", ["\\textbf{{({})}}\\ {}", "\\text{{({}) }}{}", "\\mathrm{{({})}} {}", "({}) {}"])
def test_choices_in_one_formula(style: str) -> None:
    formula = "\\qquad ".join(style.format(letter, text) for letter, text in zip("ABCDE", PLAIN, strict=True))
    assert split_choices(f"{STEM}\n${formula}$") == (STEM, tuple(f"${text}$" for text in PLAIN))


@pytest.mark.parametrize(
    "question",
    [
        STEM,
        "Point A: $(1, 2)$, B: $(3, 4)$, C: $(5, 6)$. Which is nearest to the origin?",
        f"{STEM}\n(A) 2 (B) 4",
        f"{STEM}\n(A) 2 (C) 4 (D) 5",
        f"{STEM}\n(A) 2 (B) 4 (C)",
        f"{STEM}\n(A) 2 (B) $4 (C) 5",
        f"{STEM}\n(A) 2 (B) 4 (C) 5\n\nGive reasons.",
        "(A) 2 (B) 4 (C) 5",
        "",
    ],
)
def test_where_it_is_not_sure_the_question_stays_as_it_is(question: str) -> None:
    assert split_choices(question) == (question, ())


def test_dollars_of_money_open_no_formula() -> None:
    question = "What was it worth? Select from A to D. (A) $1,095,120 (B)$1,081.80 (C)Cannot say (D) $12 million"
    choices = ("$1,095,120", "$1,081.80", "Cannot say", "$12 million")
    assert split_choices(question) == ("What was it worth? Select from A to D.", choices)


@pytest.mark.parametrize("word", ["Choices:", "choice:", "Options：", "Choice:\n"])
def test_two_choices_are_sure_where_they_are_announced(word: str) -> None:
    assert split_choices(f"Is it even? {word} (A) Yes (B) No") == ("Is it even?", ("Yes", "No"))
    assert split_choices("Is (A) or (B) even? (A) Yes (B) No")[1] == ()


def test_the_letter_is_the_answer_and_so_is_its_value() -> None:
    maths = Maths("sums", "MIT", "train")
    problem = maths.problem("sums/1", f"{STEM}\n(A) 2 (B) 4 (C) 5", "\\textbf{(B)}\\ 4")
    assert (problem.question, problem.choices, problem.answer) == (STEM, ("2", "4", "5"), "B")
    assert problem.answer_kind == "choice"
    for response, status in (("\\boxed{B}", "correct"), ("\\boxed{4}", "correct"), ("\\boxed{C}", "wrong")):
        assert verify(problem.answer, response, choices=problem.choices).status == status


def test_a_letter_without_choices_and_a_value_with_them_stay_text() -> None:
    maths = Maths("sums", "MIT", "train")
    torn, shown = f"{STEM}\n(A) 2 (C) 4", f"{STEM}\n(A) 2 (B) 4 (C) 5"
    letter, value = maths.problem("sums/1", torn, "C"), maths.problem("sums/2", shown, "4")
    assert (letter.question, letter.answer, letter.answer_kind, letter.choices) == (torn, "C", "expression", ())
    assert (value.question, value.answer, value.answer_kind, value.choices) == (shown, "4", "number", ())
    assert verify(letter.answer, "\\boxed{C}").status == "correct"
