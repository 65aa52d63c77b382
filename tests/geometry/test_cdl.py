import pytest
import sympy

from redstar_geo.geometry import cdl


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("MeasureOfAngle(ABC)", "MeasureOfAngle(ABC)"),
        ("1-2-3", "Sub(Sub(1,2),3)"),
        ("-2^2", "Neg(Pow(2,2))"),
        ("2^3^2", "Pow(2,Pow(3,2))"),
        ("5/3*x+11", "Add(Mul(Div(5,3),x),11)"),
        ("3a+11", "Add(Mul(3,a),11)"),
        ("Equal(MeasureOfAngle(AOB),α)", "Equal(MeasureOfAngle(AOB),α)"),
    ],
)
def test_parse(text: str, tree: str) -> None:
    assert str(cdl.parse(text)) == tree


@pytest.mark.parametrize(
    "text",
    [
        *("", "Equal(A", "Equal(A,B))", "1+", "__import__('os')", "a;b", "x.y", "²", "½", "x+²"),
        *("(" * 100 + "1" + ")" * 100, "1" * 5000),
    ],
)
def test_what_is_not_in_the_language_is_refused(text: str) -> None:
    with pytest.raises(cdl.CDLError):
        cdl.parse(text)


def test_values_are_exact() -> None:
    assert cdl.value("5*sqrt(3)") == 5 * sympy.sqrt(3)
    assert cdl.value("Sin(30)") == sympy.Rational(1, 2)
    assert float(cdl.value("180*acos(3/5)/pi")) == pytest.approx(53.13010235)
    with pytest.raises(cdl.CDLError):
        cdl.value("x+1")
    with pytest.raises(cdl.CDLError):
        cdl.value("9^(9^9)")
    with pytest.raises(cdl.CDLError):
        cdl.value("1/0")


def test_measures_become_symbols_or_their_values() -> None:
    term = cdl.parse("Equal(Add(MeasureOfAngle(ABC),MeasureOfAngle(BCA)),180)")
    assert [str(m) for m in term.measures()] == ["MeasureOfAngle(ABC)", "MeasureOfAngle(BCA)"]
    known = {cdl.parse("MeasureOfAngle(ABC)"): sympy.Integer(50)}
    assert cdl.to_sympy(term, known) == sympy.Symbol("MeasureOfAngle(BCA)", positive=True) - 130
