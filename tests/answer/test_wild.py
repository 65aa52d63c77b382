"""What the world sends: the rows beside the checkout when they are there, and what holds for every letter and label."""

import json
import string
from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redstar_geo.answer import verify
from redstar_geo.answer.file import _choices
from tests.paths import SHARED

WILD = SHARED / "cases" / "wild_answers.jsonl"
LETTERS = st.sampled_from([letter for letter in string.ascii_letters if letter not in "ei"])  # which are constants
EVERYWHERE = (  # the same wherever both sides are real
    ("√({0}/{1})", "√{0}/√{1}"),
    ("√({0}{1})", "√{0}√{1}"),
    ("1/√{0}", "√(1/{0})"),
    ("{0}√{0}", "√({0}^3)"),
    ("{0}/√{0}", "√{0}"),
    ("{0}^{{1/3}}", "\\sqrt[3]{{{0}}}"),
    ("√({0}^2)", "|{0}|"),
    ("\\ln({0}{1})", "\\ln {0} + \\ln {1}"),
    ("({0}+1)!", "({0}+1){0}!"),
)
FOR_POSITIVE = (  # the same for positive letters, and not below zero
    ("√({0}^2)", "{0}"),
    ("|{0}|", "{0}"),
    ("{0}^2", "{0}|{0}|"),
    ("{0}√2", "√(2{0}^2)"),
    ("2\\ln {0}", "\\ln {0}^2"),
    ("√({0}^2{1})", "{0}√{1}"),
)
NEVER = (("√({0}{1})", "√{0}+√{1}"), ("|{0}-3|+|{0}+2|", "2{0}-1"), ("√(({0}-1)^2)", "{0}-1"), ("√({0}^2)", "-{0}"))
LABELS = "A. |A.|A) |(A) |A: |A：|A、|A．|[A] |（A）|**A.** |(a) |a) |\\text{(A) }|A "
VALUES = "8|10 cm|√3|$x+1$|30°|(1,2)|5/7|-4"


@pytest.mark.skipif(not WILD.is_file(), reason="the cases are not here")
def test_rows_of_the_world_are_as_expected_and_none_is_right_that_should_not_be() -> None:
    right, total, wrong = Counter[str](), Counter[str](), []
    for row in map(json.loads, WILD.read_text().splitlines()):
        finish_reason = row.get("finish_reason") or "stop"
        status = verify(
            row["gold"], row["prediction"], choices=_choices(row.get("choices")), finish_reason=finish_reason
        ).status
        total[row["kind"]] += 1
        expected = row["expected"]
        right[row["kind"]] += status == expected if expected != "not correct" else status != "correct"
        percentage = "%" in row["prediction"] and "%" not in row["gold"]  # our policy is another: docs/answers.md
        if status == "correct" != expected and not percentage:
            wrong.append(row)
    assert wrong == []
    assert right.total() >= 0.97 * total.total(), {kind: (right[kind], n) for kind, n in total.items()}


@given(LETTERS, LETTERS)
def test_a_verdict_does_not_depend_on_what_a_letter_is(one: str, other: str) -> None:
    if one == other:
        return
    for forms, status in ((EVERYWHERE, "correct"), (FOR_POSITIVE, "undecided")):
        for gold, answer in forms:
            gold, answer = gold.format(one, other), answer.format(one, other)
            assert verify(gold, f"\\boxed{{{answer}}}").status == status, (gold, answer)
            assert verify(answer, f"\\boxed{{{gold}}}").status == status, (answer, gold)
    for gold, answer in NEVER:
        gold, answer = gold.format(one, other), answer.format(one, other)
        assert verify(gold, f"\\boxed{{{answer}}}").status != "correct", (gold, answer)


@pytest.mark.parametrize("label", LABELS.split("|"))
def test_labels_inside_the_choices_are_no_part_of_them(label: str) -> None:
    values = VALUES.split("|")
    labels = [label.replace("A", name).replace("a)", f"{name.lower()})") for name in "ABCDEFGH"]
    choices = [name + value for name, value in zip(labels, values, strict=True)]
    for place, (letter, value) in enumerate(zip("ABCDEFGH", values, strict=True)):
        other = "ABCDEFGH"[(place + 1) % 8]
        for response in (letter, value, f"{letter}. {value}", f"{letter}（{value}）"):
            assert verify(letter, f"\\boxed{{{response}}}", choices=choices).status == "correct", (choices, response)
            assert verify(other, f"\\boxed{{{response}}}", choices=choices).status == "wrong", (choices, response)
        assert verify(value, f"\\boxed{{{letter}}}", choices=choices).status == "correct"
        assert verify(value, f"\\boxed{{{other}}}", choices=choices).status == "wrong"


@given(
    st.sampled_from(["sin", "cos", "tan", "\\sin", "\\cos", "\\tan"]),
    st.sampled_from(["A", "B", "α", "\\theta", "∠ABC", "\\angle ABC", "∠1"]),
    st.integers(1, 99),
)
def test_what_a_quantity_is_called_is_no_part_of_its_value(function: str, angle: str, n: int) -> None:
    for name in (f"{function} {angle}", f"{function}^2 {angle}", "AB^2", "m∠1", "P_1Q", "a^2+b^2", "(PA+PB)_{\\min}"):
        for gold, response in ((f"{n}/7", f"{name} = {n}/7"), (f"{name} = {n}/7", f"{n}/7")):
            assert verify(gold, f"\\boxed{{{response}}}").status == "correct", (gold, response)
        assert verify(f"{n}/7", f"\\boxed{{{name} = {n + 1}/7}}").status == "wrong", name


@given(st.lists(st.integers(-9, 9), min_size=2, max_size=5, unique=True))
def test_a_set_is_the_same_however_it_is_put_together(numbers: list[int]) -> None:
    whole = "\\{" + ",".join(map(str, numbers)) + "\\}"
    united = "\\cup".join(f"\\{{{n}\\}}" for n in numbers)
    assert verify(whole, f"\\boxed{{{united}}}").status == "correct"
    assert verify(united, f"\\boxed{{{whole} \\cup \\{{11\\}}}}").status == "wrong"
    marks = sorted(numbers)
    pieces = "\\cup".join(f"({low},{high}]" for low, high in pairwise(marks))
    assert verify(f"({marks[0]},{marks[-1]}]", f"\\boxed{{{pieces} \\cup \\emptyset}}").status == "correct"
    holed = f"({marks[0]},12) \\setminus \\{{{marks[1]}\\}}"
    assert verify(f"({marks[0]},{marks[1]})\\cup({marks[1]},12)", f"\\boxed{{{holed}}}").status == "correct"


@pytest.mark.parametrize(
    "response",
    [
        "<Answer>10</Answer>",
        "<FINAL_ANSWER> 10 </final_answer>",
        "So we are done. <final answer>\\boxed{10}</final answer>",
        "The answer is <Answer>10</Answer>",
        '{"answer": "10"}',
        'Here it is.\n```json\n{"reason": "x = 3", "answer": 10}\n```',
        '{"final_answer": "\\\\frac{20}{2}", "confidence": 0.9}',
    ],
)
def test_an_answer_is_read_from_a_tag_of_any_case_and_from_json(response: str) -> None:
    assert verify("10", response).status == "correct"
    assert verify("11", response).status == "wrong"


def test_json_without_an_answer_has_none() -> None:
    assert verify("10", '{"guess": "10"}').status == "undecided"


@pytest.mark.parametrize(
    "response",
    [
        "As a language model I cannot view images; a typical answer would be {}.",
        "I am not able to see the picture. Perhaps it is like this: the answer is {}.",
        "抱歉，我看不到图。如果是正方形，那么答案是{}。",
        "If it is a square then the answer is {}. Otherwise it is another.",
        "若是正方形，答案是{}。否则不是。",
        "[thoughts]\nPerhaps \\boxed{{{}}}.\n[/thoughts]\n\nIt comes out at last.",
    ],
)
def test_what_holds_only_in_a_case_or_in_thoughts_is_no_answer(response: str) -> None:
    assert verify("B", response.format("B"), choices=["18", "20", "22", "24"]).status != "correct"
    assert verify("17", response.format("17")).status != "correct"


@pytest.mark.parametrize("label", ["A: ", "[A] ", "A．", "(A) ", "A) ", "A. "])
def test_a_gold_choice_may_carry_its_own_label(label: str) -> None:
    choices = [label.replace("A", name) + value for name, value in zip("ABCD", VALUES.split("|"), strict=False)]
    for gold, letter, other in zip(choices, "ABCD", "BCDA", strict=True):
        assert verify(gold, f"The answer is {letter}.", choices=choices).status == "correct", gold
        assert verify(gold, f"The answer is {other}.", choices=choices).status == "wrong", gold


SAID_OF_A_CHOICE = (
    "La respuesta correcta es {right}.|Respuesta: {right}|Die Antwort ist {right}.|Ответ: {right}"
    "|答：{right}|故選{right}"
    "|__Answer:__ {right}|Final answer → {right}|{other} is wrong. So {right}.|It is {right} rather than {other}."
    "|It is surely {right}, it cannot be {other}.|It is {right}; {other} fails.|After that we are left with {right}."
    "|The answer is **{right}**. Let me know if you have questions!|<response>The answer is {right}.</response>"
    "|<output>{right}</output>|[ANSWER]{right}[/ANSWER]|<plan>The answer is {other}.</plan><final>{right}</final>"
)


@pytest.mark.parametrize("response", SAID_OF_A_CHOICE.split("|"))
def test_a_choice_is_read_however_it_is_said(response: str) -> None:
    for right, other in (("C", "A"), ("A", "D")):
        said = response.format(right=right, other=other)
        assert verify(right, said, choices=["18", "20", "22", "24"]).status == "correct", said
        assert verify(other, said, choices=["18", "20", "22", "24"]).status == "wrong", said


@pytest.mark.parametrize("response", ["{}正确，{}错误。", "选项{}正确，选项{}错误。", "故{}正确，{}不符合题意。"])
@pytest.mark.parametrize("parted", ["、", "，", "和"])
def test_several_choices_are_right_and_others_wrong(response: str, parted: str) -> None:
    said = response.format(f"B{parted}D", f"A{parted}C")
    for gold, status in (("BD", "correct"), ("AC", "wrong"), ("B", "wrong")):
        assert verify(gold, said, choices=["a>b", "b>0", "a<0", "ab>0"]).status == status, (gold, said)
    both = response.format("BD", "BC")
    assert verify("BD", both, choices=["a>b", "b>0", "a<0", "ab>0"]).status != "correct", both


@pytest.mark.parametrize(
    ("gold", "response", "wrong"),
    [
        ("2000", "¥2,000", "¥200"),
        ("2000", "€ 2000", "€ 2.5"),
        ("17", "\\color{red}{17}", "\\textcolor{red}{71}"),
        ("17", "\\underline{17}", "\\underline{71}"),
        ("(3,+\\infty)", "\\{x \\mid x>3\\}", "\\{x | x \\ge 3\\}"),
        ("60 km/h", "60千米/时", "60千米/分"),
        ("rhombus", "\\text{a rhombus}", "\\text{the square}"),
        ("No", "no", "yes"),
    ],
)
def test_notation_that_is_no_part_of_a_value(gold: str, response: str, wrong: str) -> None:
    assert verify(gold, f"\\boxed{{{response}}}").status == "correct"
    assert verify(gold, f"\\boxed{{{wrong}}}").status != "correct"


def test_an_exclamation_mark_behind_a_sentence_may_be_no_factorial() -> None:
    assert verify("20", "The answer is 20!").status == "correct"
    assert verify("6!", "The answer is 720!").status == "correct"
    assert verify("720", "\\boxed{720!}").status == "wrong"
    assert verify("菱形", "所以四边形ABCD是菱形。").status == "correct"


@pytest.mark.parametrize("said", ["正确的有②和④。", "正确的没有②④", "不选②④", "错误的有②④", "不正确的是②④"])
def test_numbers_of_statements_are_not_those_that_are_wrong(said: str) -> None:
    assert (verify("②④", said).status == "correct") == said.startswith("正确的有")


@pytest.mark.parametrize(
    "said", ["Not so B.", "If so B.", "La respuesta no es B.", "不正确的是B。", "答：不是B", "It is A rather than B."]
)
def test_a_choice_that_is_denied_is_not_claimed(said: str) -> None:
    assert verify("B", said, choices=["18", "20", "22", "24"]).status != "correct"


@pytest.mark.parametrize("said", ["B、D正确，但D不一定成立", "B, D are correct, and so is A.", "BD不正确，A正确"])
def test_a_row_of_choices_is_not_claimed_when_one_is_doubted_or_more_follow(said: str) -> None:
    assert verify("BD", said, choices=["18", "20", "22", "24"]).status != "correct"


@pytest.mark.parametrize(
    ("said", "letters"),
    [
        ("A正确，B正确，C错误，D正确。", "ABD"),
        ("The correct answers are A, B, and D.", "ABD"),
        ("Options A, B, D", "ABD"),
        ("I choose A.", "A"),
        ("I would go with A.", "A"),
        ("Everything except A works.", ""),
        ("All but A are right.", ""),
        ("答案大概是A。", ""),
    ],
)
def test_the_letters_that_a_sentence_calls_right(said: str, letters: str) -> None:
    for gold in ("A", "AB", "ABD", "BD"):
        verdict = verify(gold, said, choices=["a>b", "b>0", "a<0", "ab>0"])
        assert (verdict.status == "correct") == (gold == letters), (gold, said)


@given(st.sampled_from(["\\angle{{{0}}}", "\\text{{m}}\\angle {0}", "\\measuredangle{{{0}}}"]), st.integers(1, 179))
def test_the_name_of_an_angle_may_stand_in_braces(name: str, degrees: int) -> None:
    assert verify(str(degrees), f"\\boxed{{{name.format('AOB')}={degrees}^\\circ}}").status == "correct"
    assert verify(str(degrees + 1), f"\\boxed{{{name.format('AOB')}={degrees}^\\circ}}").status == "wrong"


@pytest.mark.parametrize("name", ["l", "C", "l_1"])
def test_the_name_of_a_line_is_no_part_of_its_equation(name: str) -> None:
    assert verify("y=2x+1", f"\\boxed{{{name}: y=2x+1}}").status == "correct"
    assert verify(f"{name}: y=2x+1", "\\boxed{y=2x-1}").status == "wrong"


@pytest.mark.parametrize("brackets", ["[]", "【】", "《》", "⟨⟩", "＜＞", "{}", "()"])
@pytest.mark.parametrize("name", ["think", "REASONING", "analysis", "scratchpad", "思考"])
def test_thoughts_in_any_brackets_are_no_answer(brackets: str, name: str) -> None:
    opens, closes = brackets
    thoughts = f"{opens}{name}{closes}\nPerhaps \\boxed{{9}}.\n{opens}/{name}{closes}\n\n"
    assert verify("9", f"{thoughts}The length comes out at last.").status != "correct"
    assert verify("12", f"{thoughts}The answer is 12.").status == "correct"


@pytest.mark.parametrize(
    "said",
    [
        "When AB = AC the answer is {}, otherwise C.",
        "The answer is {}. Correction: C.",
        "Some say the answer is {}. But it is C.",
        "Students often choose {}.",
        "It is tempting to choose {}.",
        "容易误选{}。",
        "很多同学选{}。",
        "别选{}",
        "A、B中选{}？",
    ],
)
def test_what_others_choose_or_what_is_corrected_is_no_answer(said: str) -> None:
    assert verify("B", said.format("B"), choices=["18", "20", "22", "24"]).status != "correct"
