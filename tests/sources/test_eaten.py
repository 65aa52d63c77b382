r"""`\f` of a `\frac` that a reader of JSON took for a form feed comes back, and what is a line or a tab stays one."""

import json

import pytest

from redstar_geo.sources.eaten import mended, mended_answer
from redstar_geo.sources.gold import whole
from redstar_geo.sources.maths import Maths
from redstar_geo.sources.multiple_choice import chosen, free
from redstar_geo.sources.row import UnusableRowError, as_text, text

EATEN = [
    r"\frac{1}{2}", r"\forall", r"\bar{x}", r"\begin{matrix}", r"\beta", r"\binom{5}{2}", r"\boxed{3}",
    r"\because", r"\times", r"\theta", r"\tan", r"\text{cm}", r"\triangle", r"\tau",
    r"\tfrac12", r"\therefore", r"\to", r"\top", r"\neq", r"\nabla", r"\notin",
    r"\neg", r"\ne", r"\nu", r"\right)", r"\rho", r"\rangle", r"\rm",
    r"\rightarrow", r"\rfloor",
]  # fmt: skip


def eaten(command: str) -> str:
    """As JSON reads it when the backslash is written once."""
    return str(json.loads(f'"{command}"'))


@pytest.mark.parametrize("command", EATEN)
@pytest.mark.parametrize("around", ["{}", "2{}", "x {} y", "{}3"])
def test_an_answer_comes_back(command: str, around: str) -> None:
    written = around.format(command)
    assert eaten(written) != written
    assert mended_answer(eaten(written)) == written
    assert mended_answer(written) == written


SURE = [each for each in EATEN if each not in (r"\tan", r"\neg", r"\ne", r"\nu", r"\rangle")]


@pytest.mark.parametrize("command", SURE)
def test_so_does_a_question(command: str) -> None:
    assert mended(eaten(f"Let {command} be.")) == f"Let {command} be."


@pytest.mark.parametrize(
    "text",
    [
        "Find x.\ne is the base.",
        "Given:\nu = 3\nequal sides\r\nright angle\rangle ABC\rho",
        "(A)\tan isosceles triangle\t(B)\ta square\textra",
        "a page\x0cthat ends, a line\x0bthat ends",
        "No\n\nno\nless\nparallel lines\nis",
        "",
    ],
)
def test_lines_tabs_and_pages_stay(text: str) -> None:
    assert mended(text).replace("\\rho", "\rho") == text


@pytest.mark.parametrize("command", EATEN)
def test_space_around_it_goes_and_the_command_stays(command: str) -> None:
    if command != r"\rangle":  # old lines end in \r
        assert mended_answer(as_text(f" \n{eaten(command)} ")) == command
        assert mended_answer(text({"answer": eaten(command)}, "answer")) == command
    assert as_text("\t 5\n") == "5" and as_text("\f12") == "12"


@pytest.mark.parametrize("answer", ["2\x0c12", "5\x08", "\x00", "3\x1b", "\x07nything"])
def test_an_answer_of_which_more_is_lost_is_none(answer: str) -> None:
    with pytest.raises(UnusableRowError, match="control_character"):
        whole(answer)


def test_questions_answers_and_choices_of_all_sets_are_mended() -> None:
    maths = Maths("sums", "MIT", "train")
    problem = maths.problem("sums/1", eaten(r"What is 1 \times \frac12?"), eaten(r"\frac12"), eaten(r"So \neq 3."))
    assert (problem.question, problem.answer) == (r"What is 1 \times \frac12?", r"\frac12")
    assert problem.meta["solution"] == r"So \neq 3."
    assert free(eaten(r"\frac12"))["answer"] == r"\frac12"
    assert chosen("choices", [eaten(r"\frac12"), "2"], 0)["choices"] == (r"\frac12", "2")


MISSING = [
    "略",
    "略。",
    "（略）",
    "答案略",
    "见解析",
    "#N/A",
    "N/A",
    "n/a",
    "#REF!",
    "#DIV/0!",
    "#VALUE!",
    "#NAME?",
    "NaN",
    "nan",
]
MISSING += [
    "null",
    "NULL",
    "None",
    "-",
    "—",
    "?",
    "...",
    "TBD",
    "unknown",
    "No answer",
    "See solution",
    " ",
    "not available",
]


@pytest.mark.parametrize("answer", MISSING)
def test_the_place_of_an_answer_is_none(answer: str) -> None:
    with pytest.raises(UnusableRowError, match="no_answer"):
        Maths("sums", "MIT", "train").problem("sums/1", "What is it?", answer)
    with pytest.raises(UnusableRowError, match="no_answer"):
        free(answer)


@pytest.mark.parametrize(
    "answer", ["0", "none", "DNE", "无解", "NA", "\\emptyset", "n", "-1", "AB", "no solution", "undefined", "无"]
)
def test_what_may_be_an_answer_is_one(answer: str) -> None:
    assert Maths("sums", "MIT", "train").problem("sums/1", "What is it?", answer).answer == answer
