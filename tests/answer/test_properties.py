"""What holds for every notation: an answer agrees with itself however written, and never with a neighbour."""

from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from redstar_geo.answer import verify


def notations(n: int, d: int) -> list[str]:
    """A fraction in twenty ways of writing it and more."""
    fraction = f"\\frac{{{n}}}{{{d}}}"
    found = [
        f"{n}/{d}",
        fraction,
        f"\\dfrac{{{n}}}{{{d}}}",
        f"\\tfrac{{{n}}}{{{d}}}",
        f"${n}/{d}$",
        f"\\({fraction}\\)",
    ]
    found += [f"\\[{fraction}\\]", f"x = {n}/{d}", f"{n} ÷ {d}", f"\\left({fraction}\\right)", f"\\text{{{n}/{d}}}"]
    found += [f"{n}/{d}°", f"{n}/{d} cm", f"{fraction}\\text{{ cm}}", f"({n})/({d})", f"{n}⁄{d}", f"{fraction} \\, m"]
    found += [
        f"{n} \\div {d}",
        f"{n}*{d}^{{-1}}",
        f"\\displaystyle {fraction}",
        f"**{n}/{d}**",
        f"∠A = {fraction}^\\circ",
    ]
    found += [f"{d}分之{n}", f"{n}:{d}", f"{2 * n}/{2 * d}", f"{100 * n}/{d}\\%", f"-(-{n}/{d})", f"0+{n}/{d}"]
    whole, rest = divmod(n, d)
    if whole and rest:
        found += [f"{whole} {rest}/{d}", f"{whole}\\frac{{{rest}}}{{{d}}}", f"{whole}+{rest}/{d}"]
    if d == 1:
        found += [str(n), f"{n}.0", f"{n}.", f"{n:,}", f"\\text{{{n}}}", f"{n}.00 cm", f"{n}度", f"{n:,} cm²"]
        found += [str(n).translate(str.maketrans("0123456789", "０１２３４５６７８９"))]
    return found


@settings(deadline=None, max_examples=30)
@given(st.integers(1, 99_999), st.sampled_from([1, 2, 3, 7, 12, 360]))
def test_a_number_agrees_with_itself_and_not_with_its_neighbour(n: int, d: int) -> None:
    written = notations(n, d)
    assert len(written) >= 20
    for text in written:
        for gold, response in ((f"{n}/{d}", f"\\boxed{{{text}}}"), (text, f"\\boxed{{{n}/{d}}}"), (f"{n}/{d}", text)):
            assert verify(gold, response).status == "correct", (gold, response)
        assert verify(f"{n + 1}/{d}", f"\\boxed{{{text}}}").status == "wrong", text
        assert verify(text, f"\\boxed{{{n}/{d} + 1/7}}").status == "wrong", text


@settings(deadline=None, max_examples=60)
@given(st.integers(1, 60), st.integers(2, 50), st.integers(2, 9))
def test_surds_with_pi_and_units(a: int, b: int, c: int) -> None:
    gold = f"{a}*sqrt({b})*pi/{c}"
    root = f"\\sqrt{{{b}}}"
    ways = [f"\\frac{{{a}{root}\\pi}}{{{c}}}", f"{a}√{b}π/{c}", f"{a}√{{{b}}}π/{c}", f"{a}sqrt({b})pi/{c}"]
    ways += [f"\\frac{{{a}}}{{{c}}}{root}\\pi", f"{a}·√{b}·π / {c}", f"\\dfrac{{{a}\\pi{root}}}{{{c}}} \\text{{ cm}}^2"]
    ways += [
        f"{a}√{b}π/{c}厘米",
        f"\\pi \\cdot {a} \\cdot {root} / {c} \\mathrm{{m}}",
        f"\\frac{{{a * b}\\pi}}{{{c}{root}}}",
    ]
    for way in ways:
        assert verify(gold, f"\\boxed{{{way}}}").status == "correct", way
        assert verify(way, f"The answer is {gold}.").status == "correct", way
        for other in (f"{a}*sqrt({b + 1})*pi/{c}", f"{a + 1}*sqrt({b})*pi/{c}", f"{a}*sqrt({b})/{c}", str(a)):
            assert verify(other, f"\\boxed{{{way}}}").status == "wrong", (other, way)


_WRITTEN = """
    5 5.0 5.00 5.001 10/2 √25 5cm 50mm 5m² 5° 500% 5:1 (5,1) [5,1] {5,1} 5,1 1,5 x=5 y=5 x>5 (5,∞) ±5 5x x5 x^5 x+5 5+x
    y=x+5 y-x=5 5√3 8.66 8.660254 √75 π 3.14 3.142 1.5e3 1500 1,500 1;5 f(5) ∅ 5! 120 5_6 2^5 32 5m m5 5g
"""
_ANSWERS = st.sampled_from(_WRITTEN.split())


@settings(deadline=None, max_examples=1500)
@given(_ANSWERS, _ANSWERS)
def test_agreement_is_symmetric(one: str, other: str) -> None:
    there, back = verify(one, f"\\boxed{{{other}}}"), verify(other, f"\\boxed{{{one}}}")
    assert (there.status == "correct") == (back.status == "correct"), (one, other)


_EXPRESSIONS = st.recursive(
    st.sampled_from(["x", "y", "2", "3", "π", "√2", "1/3"]),
    lambda inner: st.tuples(st.sampled_from(["({}+{})", "({}*{})", "({}-{})", "{}·{}"]), inner, inner).map(
        lambda made: made[0].format(made[1], made[2])
    ),
    max_leaves=8,
)


@settings(deadline=None, max_examples=150)
@given(_EXPRESSIONS, _EXPRESSIONS)
def test_an_expression_is_itself_expanded_and_not_itself_and_one(one: str, other: str) -> None:
    squares = f"({one})^2 - ({other})^2"
    assert verify(squares, f"\\boxed{{(({one}) - ({other}))(({one}) + ({other}))}}").status == "correct"
    assert verify(one, f"\\boxed{{{one}+1}}").status == "wrong"
    assert verify(f"{one}={other}+x^3", f"\\boxed{{2*({other})+2x^3=2*({one})}}").status == "correct"


@settings(deadline=None, max_examples=200)
@given(st.decimals(min_value="0.1", max_value=99999, places=4))
def test_a_decimal_is_what_it_is_rounded_from(value) -> None:  # type: ignore[no-untyped-def]
    exact = Fraction(value)
    for places in (2, 3):
        rounded = f"{round(value, places):.{places}f}"
        significant = len(rounded.replace(".", "").lstrip("0"))
        near = abs(Fraction(rounded) - exact) * 2 * 10**places <= 1
        status = verify(str(exact), f"\\boxed{{{rounded}}}").status
        assert (status == "correct") == (Fraction(rounded) == exact or (near and significant >= 3))
