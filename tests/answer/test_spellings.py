"""One value in many spellings: permutations, all reals, commands whose backslash JSON has eaten, other languages."""

import pytest

from redstar_geo.answer import verify

CHOICES = ["7", "9", "11", "13"]
CHOSEN = {
    "10": "C(5,2) \\binom52 \\binom{5}{2} C_5^2 C^2_5 C_{5}^{2} \\mathrm{C}_5^2 {}_5C_2 ^5C_2 ^{5}C_{2} 5C2 nCr(5,2)",
    "20": "A_5^2 A_{5}^{2} A^2_5 \\mathrm{A}_5^2 P_5^2 {}_5P_2 ^5P_2 5P2 nPr(5,2) P(5,2) A(5,2)",
    "60": "P(5,3) A_5^3",
    "12": "2A_3^3 A_2^2A_3^3",
}
REALS = [
    "\\mathbb{R}",
    "\\mathbb R",
    "R",
    "ℝ",
    "(-\\infty,\\infty)",
    "(-\\infty,+\\infty)",
    "x\\in\\mathbb{R}",
    "all reals",
]
REALS += ["\\text{all real numbers}", "All real numbers", "全体实数", "一切实数", "实数集R"]
EATEN = (
    "\nu|$2\nu$|\theta|\beta|\rho|\x0crac{1}{2}|x \neq 3|2\tan x|3 \times 4|\bar{x}|\alpha|\vec{a}|\tau|\nu+\beta"
    "|\\sqrt{\nu}"
)
SAID = (
    "答えは@です|答えは @ です。|答え：@|正解は@|正解は @ です。|【答え】@|정답은 @입니다.|정답: @|답: @|답은 @이다"
    "|최종 답: @|정답은 @번입니다"
)
DENIED = (
    "答えは@ではない|答えは@ではありません|答えは@かもしれない|正解は@ではなく9です|정답은 @이 아닙니다"
    "|정답은 @이 아니라 9입니다"
)


@pytest.mark.parametrize("value", CHOSEN)
def test_combinations_and_permutations_are_numbers(value: str) -> None:
    for spelling in CHOSEN[value].split():
        for gold, answer in ((value, spelling), (spelling, value), (spelling, spelling)):
            assert verify(gold, f"\\boxed{{{answer}}}").status == "correct", (gold, answer)
        assert verify(value + "1", f"\\boxed{{{spelling}}}").status == "wrong", spelling


def test_what_looks_like_one_keeps_its_meaning() -> None:
    for same in ("A_1^2 + A_2^2", "P(3,4)", "A(5,2)", "\\sqrt{C_1^2 + x}", "P_1^2"):
        assert verify(same, f"\\boxed{{{same}}}").status == "correct"
    assert verify("P(3,4)", "\\boxed{(3,4)}").status == "correct"
    assert verify("A(3,4)", "\\boxed{B(3,4)}").status != "correct"
    assert verify("A_1^2", "\\boxed{0}").status != "correct"
    assert verify("0", "\\boxed{P(3,4)}").status != "correct"


@pytest.mark.parametrize("gold", REALS)
def test_all_real_numbers(gold: str) -> None:
    for answer in REALS:
        assert verify(gold, f"\\boxed{{{answer}}}").status == "correct", answer
    for other in (
        "(0,\\infty)",
        "(-\\infty,0)",
        "[0,1]",
        "\\text{all real numbers except } 3",
        "x \\neq 3",
        "\\emptyset",
    ):
        assert verify(gold, f"\\boxed{{{other}}}").status != "correct", other


@pytest.mark.parametrize("eaten", EATEN.split("|"))
def test_backslashes_that_json_has_eaten(eaten: str) -> None:
    whole = eaten
    for control, letter in zip("\n\t\b\r\x0c\x07\x0b", "ntbrfav", strict=True):
        whole = whole.replace(control, "\\" + letter)
    for gold, answer in ((whole, eaten), (eaten, whole), (eaten, eaten)):
        assert verify(gold, f"\\boxed{{{answer}}}").status == "correct", (gold, answer)


def test_a_line_that_begins_with_u_is_no_nu() -> None:
    assert verify("u = 3", "Let v = 2.\nu = 3").status == "correct"
    assert verify("3", "So $v = 2$.\nu = 3").status == "correct"


@pytest.mark.parametrize("said", SAID.split("|"))
def test_answers_in_japanese_and_korean(said: str) -> None:
    for claimed, other in (("7", "8"), ("$7$", "8"), ("A", "B"), ("(A)", "B")):
        gold = claimed.strip("$()")
        choices = CHOICES if gold == "A" else None
        text = "図を見る。\n" + said.replace("@", claimed)
        assert verify(gold, text, choices).status == "correct", text
        assert verify(other, text, choices).status != "correct", text


@pytest.mark.parametrize("denied", DENIED.split("|"))
def test_denials_in_japanese_and_korean(denied: str) -> None:
    assert verify("7", denied.replace("@", "7")).status != "correct"
    assert verify("A", denied.replace("@", "A").replace("9", "B"), CHOICES).status != "correct"
