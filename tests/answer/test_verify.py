"""One case for each rule of docs/answers.md."""

import pytest

from redstar_geo.answer import verify

SAME = [
    # numbers
    ("55", "\\boxed{55^\\circ}"),
    ("5*sqrt(3)", "\\boxed{5\\sqrt{3}}"),
    ("5√3", "\\boxed{8.66}"),
    ("10√{2}", "\\boxed{10\\sqrt2}"),
    ("2sqrt(3)", "\\boxed{2\\sqrt{3} \\text{ cm}}"),
    ("√{5}/2", "\\dfrac{\\sqrt{5}}{2}"),
    ("40", "\\boxed{-70+180\\arccos(-\\sin(\\pi/9))/\\pi}"),
    ("4*pi", "\\boxed{12.57}"),
    ("12π", "12\\pi\\,\\mathrm{cm}^2"),
    ("16/3π", "\\boxed{\\frac{16\\pi}{3}}"),
    ("9/4", "\\boxed{2\\frac{1}{4}}"),
    ("9/4", "2 1/4"),
    ("7 1/2", "7½"),
    ("1000", "1,000"),
    ("1000", "1 000"),
    ("12345", "12{,}345"),
    ("2.5", "2,5"),
    ("1500", "1.5\\times 10^3"),
    ("0.5", "50\\%"),
    ("50", "\\boxed{50\\%}"),
    ("50\\%", "\\boxed{50}"),
    ("1.50", "3/2"),
    ("30°15'", "30.25°"),
    ("cos 30°", "\\frac{\\sqrt{3}}{2}"),
    ("tan^2(y) + 1", "\\sec^2 y"),
    ("3^{1/3}", "\\sqrt[3]{3}"),
    ("2^{4096}", "\\boxed{4^{2048}}"),
    ("0", "\\boxed{(\\sqrt2+\\sqrt3)^2-5-2\\sqrt6}"),
    ("(6x)^2 - (3x + 3x)^2", "\\boxed{0}"),
    ("(x·x·6)^2/7 - (x·3·2x)^2/7", "\\boxed{((x·x·6)/7 - (x·3·2x)/7)((x·x·6) + (x·3·2x))}"),
    ("10000", "\\boxed{10\\,000}"),
    ("1000000", "\\boxed{1\\,000\\,000}"),
    ("10000", "\\boxed{10~000}"),
    ("845,640", "\\boxed{\\text{482,653 + 362,987 = 845,640}}"),
    ("1/3", "\\boxed{0.\\overline{3}}"),
    ("0.\\overline{3}", "\\boxed{0.333}"),
    ("1/6", "\\boxed{0.1\\overline{6}}"),
    ("1/7", "\\boxed{0.\\overline{142857}}"),
    ("-7/3", "\\boxed{-2.\\overline{3}}"),
    ("1/3", "\\boxed{0.(3)}"),
    ("1/3", "\\boxed{0.\\dot{3}}"),
    ("2.8", "\\boxed{0.4(7)}"),
    # units
    ("30cm", "0.3m"),
    ("24", "24 cm²"),
    ("24cm^2", "2400 平方毫米"),
    ("5\\sqrt3 cm", "86.6 mm"),
    ("5 km", "\\boxed{5千米}"),
    ("√{13}", "\\boxed{\\sqrt{13}\\ \\text{units}}"),
    ("4√3", "4\\sqrt{3}m"),
    ("m/2", "\\frac{1}{2}m"),
    ("72 km/h", "20 m/s"),
    # Chinese
    ("50", "答案是50度。"),
    ("2√3", "故答案为：2√3．"),
    ("120", "一百二十"),
    ("2/3", "三分之二"),
    ("0.3", "百分之三十"),
    ("√3", "根号3"),
    # ratios, tuples, sets, intervals, lists
    ("3:4", "3/4"),
    ("1:2:3", "2:4:6"),
    ("S_1:S_2 = 4:9", "4:9"),
    ("(1, 1/2)", "\\left(1, 0.5\\right)"),
    ("(3, 4)", "x = 3, y = 4"),
    ("\\{1, 2\\}", "2, 1"),
    ("5, 6", "\\boxed{6} and \\boxed{5}"),
    ("x = 2 or x = -7", "-7, 2"),
    ("3 \\pm \\sqrt 5", "3-\\sqrt5, 3+\\sqrt5"),
    ("a_1 = 4, a_2 = 9", "a_2 = 9, a_1 = 4"),
    ("x ≥ 5", "[5, +∞)"),
    ("-3 < t < 8", "t \\in (-3, 8)"),
    ("-2x + 6 > 0", "x < 3"),
    ("|u| \\le 2", "[-2, 2]"),
    ("(-∞, 1] ∪ [4, 5)", "[4,5) \\cup (-\\infty,1]"),
    ("(-∞, 1) ∪ (2, ∞)", "x<1 or x>2"),
    ("(-∞, 1) ∪ (2, ∞)", "x<1 \\text{ or } x>2"),
    ("(-∞, -1) ∪ (1, ∞)", "(-∞,-1) or (1,∞)"),
    ("|x| > 1", "x < -1 or x > 1"),
    ("1 < x < 2", "x > 1 and x < 2"),
    ("(1,2), (3,4)", "(1,2) or (3,4)"),
    ("x = 1, y > 2", "x = 1 and y > 2"),
    ("\\begin{pmatrix}1&0\\\\0&2\\end{pmatrix}", "\\left[\\begin{array}{cc}1&0\\\\0&4/2\\end{array}\\right]"),
    # expressions, equations, names
    ("x^2 + 2x + 1", "(x+1)^2"),
    ("y = x/2 + 3", "2y - x = 6"),
    ("12", "\\boxed{∠ABC = 12°}"),
    ("12", "\\frac{AB}{CD} = 12"),
    ("x = 11", "x = 5 + 6 = 11 \\approx 11.0"),
    ("W(n) = 3", "W(x) = 3"),
    ("\\text{isosceles}", "Isosceles"),
    # where the answer stands
    ("12", "\\boxed{11} no, \\boxed{12}"),
    ("6", "\\boxed{5}\n\nCorrected: \\boxed{6}"),
    ("9", "So \\boxed{8}? The final answer is $9$. I hope it is correct."),
    ("84", "<answer>The answer is 84 cm.</answer>"),
    ("7", "Final Answer: The largest side is 7."),
    ("13", "Therefore, the length of AB is $13$."),
    ("24", "所以面积为24平方厘米。"),
    ("60", "25 + 35 = 60\nThis completes the proof."),
    ("25π", "\\boxed{\\text{The area is } 25\\pi \\text{ cm}^2}"),
    ("\\boxed{42}", "<think> \\boxed{41} </think> It is 42."),
    ("55", "so it is 55"),
    ("7", "The answer is $\\boxed 7$."),
    ("-7.5", "\\boxed{-7.5}"),
    ("-7.5", "\\boxed -7.5"),
    ("7", "`7`"),
    ("7", "```\n7\n```"),
]
DIFFERENT = [
    ("5√3", "\\boxed{9}"),
    ("5√3", "\\boxed{8.7}"),
    ("10√{2}", "\\boxed{10}"),
    ("12π", "\\boxed{12}"),
    ("0.5", "\\boxed{0.5\\%}"),
    ("0.2", "\\boxed{20}"),
    ("5", "5.001"),
    ("30cm", "\\boxed{30m}"),
    ("30cm²", "30cm"),
    ("45°", "45 cm"),
    ("1/2^{99}", "\\boxed{1/2^{98}}"),
    ("1/2004!", "1/2006!"),
    ("\\sqrt2", "\\sqrt2 + 10^{-60}"),
    ("100000000000", "99999999999"),
    ("21/4", "2 1/4"),
    ("\\frac{1}{23}", "\\frac{12}{3}"),
    ("(1, 2)", "(2, 1)"),
    ("[1, 2]", "(1, 2)"),
    ("12", "(1, 2)"),
    ("3:4", "4:3"),
    ("12:00", "1:00"),
    ("204_5", "204"),
    ("5", "±5"),
    ("5", "5, 6"),
    ("5", "x = 5 or x = -5"),
    ("5", "\\{5\\}"),
    ("x = 3", "y = 3"),
    ("∠A = 30°", "∠B = 30°"),
    ("AB = 4, CD = 5", "5, 4"),
    ("x > 5", "x < 5"),
    ("x > 5", "x \\ge 5"),
    ("f(x)", "f(y)"),
    ("x + y", "\\boxed{3}"),
    ("2", "\\boxed{2x}"),
    ("1:2:3", "3:2:1"),
    ("\\begin{pmatrix}1&2\\end{pmatrix}", "\\begin{pmatrix}1\\\\2\\end{pmatrix}"),
    ("5", "\\boxed{5} or \\boxed{6}"),
    ("5", "the answer is 5.\nthe answer is 6."),
    ("0", "\\boxed{0.\\overline{3}}"),
    ("0.6", "\\boxed{0.1\\overline{6}}"),
    ("0", "\\boxed{0.(3)}"),
    ("50 mm", "\\boxed{5.1 cm}"),
    ("86 mm", "5\\sqrt3 cm"),
    ("(-∞, 1) ∪ (2, ∞)", "x<1 or x>3"),
    ("1 < x < 2", "x > 1 or x < 2"),
]
NO_ANSWER = [
    ("5", "The answer is not 5."),
    ("5", "The answer is 5 or maybe 6"),
    ("5", "The answer is 5 plus 3"),
    ("5", "The answer is 5? No, it is 6."),
    ("5", "Thus x must be greater than 5."),
    ("5", "x大于5。"),
    ("5", "\\boxed{\\text{at most } 5}"),
    ("5", "\\boxed{5...}"),
    ("5", "\\boxed{5"),
    ("5", "5 if lambda: 0 else 5"),
    ("5", ""),
    ("", "5"),
    ("", ""),
    ("forty two", "\\boxed{42}"),
    ("(-∞, 1) ∪ (2, ∞)", "(-∞,1), (2,∞)"),
    ("(-∞, 1) ∪ (2, ∞)", "x < 1 and x > 2"),
    ("5", "\\boxed{5.(x+1)}"),
    ("0", "x + z = 0"),
    ("3.14", "\\boxed{22/7}"),
]


@pytest.mark.parametrize(("gold", "response"), SAME)
def test_the_same_answer(gold: str, response: str) -> None:
    assert verify(gold, response).status == "correct"


@pytest.mark.parametrize(("gold", "response"), DIFFERENT)
def test_another_answer(gold: str, response: str) -> None:
    assert verify(gold, response).status == "wrong"


@pytest.mark.parametrize(("gold", "response"), NO_ANSWER)
def test_what_is_no_answer_is_undecided(gold: str, response: str) -> None:
    assert verify(gold, response).status == "undecided"


def test_an_unfinished_thought_holds_no_answer() -> None:
    assert verify("35", "<think> maybe \\boxed{35}").reason == "no_answer"
    assert verify("35", "<think> maybe \\boxed{35}", finish_reason="length").reason == "truncated"
    assert verify("35", "<think> \\boxed{34} </think> \\boxed{35}").status == "correct"
    assert verify("35", "<think> \\boxed{35} </think> I do not know").status == "undecided"


def test_a_cut_response_has_the_answer_it_finished_and_no_lucky_number() -> None:
    assert verify("12", "so it is 12", finish_reason="length").reason == "truncated"
    assert verify("12", "The answer is 12", finish_reason="length").reason == "truncated"
    assert verify("12", "\\boxed{12", finish_reason="length").reason == "truncated"
    assert verify("12", "\\boxed{12}. To see wh", finish_reason="length").status == "correct"
    assert verify("12", "The answer is 12.\nTo see wh", finish_reason="length").status == "correct"


def test_a_gold_answer_that_cannot_be_read_is_never_a_reward() -> None:
    for gold in ("forty two", "see figure 3", "\\int_0^1 x dx", "9" * 30_000):
        assert verify(gold, "\\boxed{42}").reason == "gold"
