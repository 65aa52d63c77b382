import pytest
from hypothesis import given
from hypothesis import strategies as st

from redstar_geo.answer import verify

CASES = [
    ("55", "\\boxed{55^\\circ}", "correct"),
    ("55", "so it is 55", "undecided"),
    ("55", "55°", "correct"),
    ("55", "<think>54</think> 55", "correct"),
    ("5*sqrt(3)", "\\boxed{5\\sqrt{3}}", "correct"),
    ("5*sqrt(3)", "\\boxed{8.66}", "correct"),
    ("5*sqrt(3)", "\\boxed{9}", "wrong"),
    ("10√{2}", "\\boxed{10}", "wrong"),
    ("10√{2}", "\\boxed{10\\sqrt2}", "correct"),
    ("6√{5}", "The answer is 6√5.", "correct"),
    ("2sqrt(3)", "\\boxed{2\\sqrt{3} \\text{ cm}}", "correct"),
    ("40", "\\boxed{-70+180\\arccos(-\\sin(\\pi/9))/\\pi}", "correct"),
    ("9/4", "\\boxed{2\\frac{1}{4}}", "correct"),
    ("9/4", "\\boxed{2 1/4}", "correct"),
    ("4*pi", "\\boxed{4π}", "correct"),
    ("4π", "\\boxed{12.57}", "correct"),
    ("50", "答案是50°", "correct"),
    ("50", "答案是50度。", "correct"),
    ("12", "\\boxed{∠ABC = 12°}", "correct"),
    ("1000", "\\boxed{1,000}", "correct"),
    ("30cm", "\\boxed{0.3m}", "correct"),
    ("30cm", "\\boxed{30m}", "wrong"),
    ("0.5", "\\boxed{50\\%}", "correct"),
    ("50", "\\boxed{50\\%}", "wrong"),
    ("1/2^99", "\\boxed{1/2^98}", "wrong"),
    ("12", "\\boxed{11} no, \\boxed{12}", "correct"),
    ("x + y", "\\boxed{x + y}", "correct"),
    ("x + y", "\\boxed{3}", "undecided"),
]


@pytest.mark.parametrize(("gold", "response", "status"), CASES)
def test_cases(gold: str, response: str, status: str) -> None:
    assert verify(gold, response).status == status


def test_an_unfinished_thought_holds_no_answer() -> None:
    assert verify("35", "<think> maybe \\boxed{35}").reason == "no_answer"
    assert verify("35", "<think> maybe \\boxed{35}", finish_reason="length").reason == "truncated"
    assert verify("35", "<think> \\boxed{34} </think> \\boxed{35}").status == "correct"
    assert verify("35", "<think> \\boxed{35} </think> I do not know").status == "undecided"


CHOICES = ("30°", "35°", "40°", "45°")


@pytest.mark.parametrize(
    ("gold", "answer", "status"),
    [
        ("B", "B", "correct"),
        ("B", "(b)", "correct"),
        ("B", "B. 35°", "correct"),
        ("B", "35", "correct"),
        ("35", "B", "correct"),
        ("35", "C", "wrong"),
        ("35", "40°", "wrong"),
        ("B", "because", "undecided"),
        ("B", "Both", "undecided"),
    ],
)
def test_letters_and_values_are_the_same_choice(gold: str, answer: str, status: str) -> None:
    assert verify(gold, f"\\boxed{{{answer}}}", choices=CHOICES).status == status


def test_a_choice_that_stands_twice_is_ambiguous() -> None:
    assert verify("A", "\\boxed{A}", choices=("7", "7.0", "8", "9")).reason == "ambiguous_choice"


PAYLOADS = ["__import__('os').system('x')", "exit(1)", "(lambda: 1)()", "9**9**9**9**9", "((((9^16)^16)^16)^16)^16"]


@pytest.mark.parametrize("payload", PAYLOADS)
def test_nothing_is_executed(payload: str) -> None:
    assert verify("5", f"\\boxed{{{payload}}}").status in ("undecided", "wrong")
    assert verify(payload, "\\boxed{5}").status == "undecided"


@given(st.text(max_size=200), st.text(max_size=60))
def test_any_input_has_a_verdict(response: str, gold: str) -> None:
    for text in (response, f"\\boxed{{{response}}}"):
        assert verify(gold, text).status in ("correct", "wrong", "undecided")


def notations(n: int, d: int) -> list[str]:
    """A fraction in many ways of writing it."""
    plain = [f"{n}/{d}", f"\\frac{{{n}}}{{{d}}}", f"\\dfrac{{{n}}}{{{d}}}", f"${n}/{d}$", f"x = {n}/{d}"]
    plain += [f"{n} ÷ {d}", f"\\left(\\frac{{{n}}}{{{d}}}\\right)", f"\\text{{{n}/{d}}}", f"{n}/{d}°"]
    plain += [f"{n}/{d} cm", f"({n})/({d})"]
    return plain + ([str(n), f"{n}.0", f"{n}.", f"{n:,}"] if d == 1 else [])


@given(st.integers(1, 99999), st.sampled_from([1, 2, 3, 7, 12, 360]))
def test_a_number_agrees_with_itself_and_not_with_its_neighbour(n: int, d: int) -> None:
    for written in notations(n, d):
        assert verify(f"{n}/{d}", f"\\boxed{{{written}}}").status == "correct", written
        assert verify(f"{n + 1}/{d}", f"\\boxed{{{written}}}").status == "wrong", written
        if "cm" not in written and "°" not in written:
            assert verify(written, f"\\boxed{{{n}/{d}}}").status == "correct", written


@given(st.integers(1, 60), st.integers(2, 50), st.integers(1, 9))
def test_surds(a: int, b: int, c: int) -> None:
    gold = f"{a}*sqrt({b})/{c}"
    latex = f"\\frac{{{a}\\sqrt{{{b}}}}}{{{c}}}"
    for written in (latex, f"{a}√{b}/{c}", f"{a}√{{{b}}}/{c}", f"{a}sqrt({b})/{c}", f"{a}·√{b} / {c}"):
        assert verify(gold, f"\\boxed{{{written}}}").status == "correct", written
        assert verify(f"{a}*sqrt({b + 1})/{c}", f"\\boxed{{{written}}}").status == "wrong", written
