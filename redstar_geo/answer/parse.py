"""An answer as written (LaTeX, unicode, plain, with units) → its exact value and unit.

The writing is turned into the small formal language of `geometry.cdl`, whose parser is bounded and evaluates nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

import sympy

from redstar_geo.geometry import cdl

_LONGEST = 300
_UNITS = {
    "degree": ("degrees", "degree", "deg", "度", "°"),
    "mm": ("millimetres", "millimeters", "毫米", "mm"),
    "cm": ("centimetres", "centimeters", "厘米", "cm"),
    "dm": ("分米", "dm"),
    "km": ("kilometres", "kilometers", "千米", "km"),
    "m": ("metres", "meters", "米", "m"),
    "unit": ("units", "unit", "单位", "inches", "inch", "feet", "foot", "ft"),
}
_UNIT_NAMES = sorted(((name, unit) for unit, names in _UNITS.items() for name in names), key=lambda n: -len(n[0]))
_SQUARED = re.compile(r"(?:\^\{?([23])\}?|([²³]))$")
_NAMED = re.compile(r"^(?:m?∠|\\angle|△|\\triangle)?[A-Za-zα-ω△∠/_{}\\° ]{1,24}[=≈](?=[^=≈]+$)")  # x =, ∠ABC =, AB/CD =
_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")
_WIDE = str.maketrans("０１２３４５６７８９（）＋－＝，．％", "0123456789()+-=,.%")


@dataclass(frozen=True)
class Value:
    """A number, its unit (`degree`, `cm`, `cm^2`, …; None: none is written) and the decimals it was written with."""

    number: sympy.Expr
    unit: str | None
    decimals: int | None


@lru_cache(maxsize=65_536)
def parse(text: str) -> Value | None:
    """The value of an answer, or None when it is no number that this grammar reads."""
    if len(text) > _LONGEST:
        return None
    plain, unit = _split_unit(_plain(text))
    percent = plain.endswith("%")
    formal = _formal(plain.removesuffix("%"))
    try:
        number = cdl.value(formal)
    except cdl.CDLError:
        return None
    except (RecursionError, ZeroDivisionError, OverflowError, ValueError):  # sympy's, on numbers out of all bounds
        return None
    decimal = re.fullmatch(r"-?\d*\.(\d+)", formal)
    return Value(number / 100 if percent else number, unit, len(decimal[1]) if decimal else None)


def _plain(text: str) -> str:
    """LaTeX decoration, declared names (`x =`, `∠ABC =`) and thousands separators off."""
    plain = text.strip().strip("$").strip().translate(_WIDE)
    plain = re.sub(r"\\(?:text|mathrm|mathbf|textbf|operatorname)\s*\{([^{}]*)\}", r" \1 ", plain)
    plain = re.sub(r"\\(?:left|right|displaystyle|,|;|!|quad|\s)|~", " ", plain)
    plain = re.sub(r"\^\s*\{?\s*\\(?:circ|degree)\s*\}?|\\degree|\\circ\b", "°", plain)
    plain = plain.replace(r"\%", "%").replace("−", "-").replace("–", "-").replace("\\\\", " ")
    plain = re.sub(r"(?<=\d)(?:,|\{,\})(?=\d{3}(?!\d))", "", plain)
    plain = _NAMED.sub("", plain)
    return re.sub(r"\s+", " ", plain).strip().rstrip(".。").strip()


def _split_unit(plain: str) -> tuple[str, str | None]:
    power = _SQUARED.search(plain)
    body = plain[: power.start()] if power else plain
    for name, unit in _UNIT_NAMES:
        if body.endswith(name) and not body[: -len(name)].endswith(tuple("abcdefghijklmnopqrstuvwxyz\\")):
            number = body[: -len(name)].removesuffix("平方").removesuffix("立方").strip()
            if number:
                raised = f"^{power[1] or power[2].translate(_SUPERSCRIPTS)}" if power else ""
                raised = "^2" if body[: -len(name)].endswith("平方") else raised
                return number, unit + raised
    return plain, None


def _formal(plain: str) -> str:
    """LaTeX and unicode mathematics as an expression of the formal language."""
    formal = re.sub(r"\\[dt]?frac\s*(\d)\s*(\d)", r"\\frac{\1}{\2}", plain)
    for _ in range(6):  # nested fractions and roots, innermost first
        formal = re.sub(r"\\[dt]?frac\s*\{([^{}]*)\}\s*\{([^{}]*)\}", r"((\1)/(\2))", formal)
        formal = re.sub(r"\\sqrt\s*\[\s*(\d)\s*\]\s*\{([^{}]*)\}", r"((\2)^(1/\1))", formal)
        formal = re.sub(r"(?:\\sqrt|√)\s*\{([^{}]*)\}", r"sqrt(\1)", formal)
        formal = re.sub(r"\^\s*\{([^{}]*)\}", r"^(\1)", formal)
    formal = re.sub(r"(?:\\sqrt|√)\s*(\d+|[a-zπ])", r"sqrt(\1)", formal)
    formal = re.sub(r"(?:\\sqrt|√)\s*(?=\()", "sqrt", formal)
    formal = formal.replace(r"\cdot", "*").replace(r"\times", "*").replace("·", "*").replace("×", "*").replace("⋅", "*")
    formal = formal.replace(r"\div", "/").replace("÷", "/").replace(r"\pi", " pi").replace("π", " pi")
    formal = re.sub(r"\\?arc(sin|cos|tan)", r"a\1", formal)
    formal = re.sub(r"\\(sin|cos|tan|asin|acos|atan|sqrt)", r"\1", formal)
    formal = re.sub(
        r"\b(sin|cos|tan)\s*\(?\s*(\d+(?:\.\d+)?)\s*°\s*\)?", lambda m: f"{m[1].capitalize()}({m[2]})", formal
    )
    formal = re.sub(r"(?<![\w.)])(\d+)(?: (\d+/\d+)| ?(\(\(\d+\)/\(\d+\)\)))", _mixed, formal)
    formal = formal.translate(_SUPERSCRIPTS) if not re.search("[⁰¹²³⁴-⁹]", formal) else _raise(formal)
    formal = re.sub(r"(?<=[\d)])\s*(?=sqrt|pi|\(|[Sac])", "*", formal)
    formal = re.sub(r"(?<=pi)\s*(?=sqrt|\(|\d)", "*", formal)
    return re.sub(r"(?<![\d.])\.(?=\d)", "0.", formal.replace(" ", "")).replace("{", "(").replace("}", ")")


def _mixed(match: re.Match[str]) -> str:
    """1 1/2 is one and a half."""
    return f"({match[1]}+{match[2] or match[3]})"


def _raise(formal: str) -> str:
    return re.sub("[⁰¹²³⁴-⁹]+", lambda m: "^" + m[0].translate(_SUPERSCRIPTS), formal)
