"""LaTeX, markdown and the many signs for one thing → one plain notation."""

from __future__ import annotations

import re

from redstar_geo.geometry.claims.rewriting import Rewriting

_SIGNS = str.maketrans(
    {
        **dict.fromkeys("−–－﹣", "-"),
        **dict.fromkeys("×·⋅∙✕", "*"),
        **dict.fromkeys("÷∕⁄／", "/"),
        **dict.fromkeys("＝﹦", "="),
        **dict.fromkeys("∽～~", "∼"),
        **dict.fromkeys("≌≡", "≅"),
        **dict.fromkeys("‖", "∥"),
        **dict.fromkeys("⟂", "⊥"),
        **dict.fromkeys("º˚∘", "°"),
        **dict.fromkeys("⊿▲Δ", "△"),
        **dict.fromkeys("〉﹥＞", ">"),
        **dict.fromkeys("〈﹤＜", "<"),
        **dict.fromkeys("⩾≧", "≥"),
        **dict.fromkeys("⩽≦", "≤"),
        **dict.fromkeys("≃≒", "≈"),
        **dict.fromkeys("\u00a0\u2009\u202f\u3000\u200b", " "),
        "＋": "+",
        "（": "(",
        "）": ")",
        "【": "[",
        "】": "]",
        "⌢": "⌒",
        "𝜋": "π",
        **{chr(0xFF10 + digit): str(digit) for digit in range(10)},
    }
)
_ARGUMENT = r"\s*\{([^{}]*)\}"
_LATEX = {
    "angle": "∠",
    "measuredangle": "∠",
    "triangle": "△",
    "bigtriangleup": "△",
    "Delta": "△",
    "parallel": "∥",
    "perp": "⊥",
    "cong": "≅",
    "equiv": "≅",
    "sim": "∼",
    "backsim": "∼",
    "odot": "⊙",
    "bigodot": "⊙",
    "degree": "°",
    "cdot": "*",
    "times": "*",
    "div": "/",
    "pi": "π",
    "approx": "≈",
    "neq": "≠",
    "ne": "≠",
    "leq": "≤",
    "le": "≤",
    "geq": "≥",
    "ge": "≥",
    "lt": "<",
    "gt": ">",
    "arcsin": "arcsin",
    "arccos": "arccos",
    "arctan": "arctan",
    "sin": "sin",
    "cos": "cos",
    "tan": "tan",
    "alpha": "α",
    "beta": "β",
    "gamma": "γ",
    "theta": "θ",
    "frown": "⌒",
    "ldots": "…",
    "dots": "…",
}
_BREAKS = {"therefore": "∴", "because": "∵", "implies": "⇒", "Rightarrow": "⇒", "Longrightarrow": "⇒", "to": "⇒"}
# One after the other; a string stands for the match, `\1` for its argument.
_RULES: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"\\\\(?![A-Za-z])"), "\n"),
    (re.compile(r"(?<=[A-Z])\s?(?://|\|\|)\s?(?=[A-Z])"), "∥"),
    (re.compile(r"\\(?:angle|triangle)\s*\{([A-Z]{1,3})\}"), r"∠\1"),
    (re.compile(r"\^\s*(?:\{\s*\\circ\s*\}|\\circ(?![A-Za-z]))"), "°"),
    (re.compile(r"\\(?:wideparen|widehat|overarc|overparen)" + _ARGUMENT), r" arc \1"),
    (re.compile(r"\\overset\s*\{\s*\\(?:frown|LARGE\s*\\frown)\s*\}" + _ARGUMENT), r" arc \1"),
    (re.compile(r"\\(?:begin|end)" + _ARGUMENT), " "),
    (re.compile(r"\\(?:left|right|displaystyle|bigl?|bigr?|Bigl?|Bigr?|quad|qquad|limits)(?![A-Za-z])"), " "),
    (re.compile(r"\\[()\[\]]|\$\$?|\\[,;!: ]|&"), " "),
    (re.compile(r"(?m)^[ \t]*[*•+-][ \t]+(?=\S)"), " "),
    (re.compile(r"\*\*|__|(?<![\w)\]}])\*(?=[^\s*])|`|^#+ ", re.M), ""),
)
_COMMAND = re.compile(r"\\([A-Za-z]+)")
_DECORATION = re.compile(
    r"\\(?:overline|overrightarrow|overleftrightarrow|vec|text|mathrm|mathbf|mathit|textbf|textit|rm|operatorname|mbox"
    r"|boxed|underline|color|mathbb|mathcal)" + _ARGUMENT
)
_FRACTION = re.compile(r"\\[dtc]?frac" + _ARGUMENT + _ARGUMENT)
_SHORT_FRACTION = re.compile(r"\\[dtc]?frac\s*(\d)\s*(\d)")
_ROOT = re.compile(r"\\sqrt" + _ARGUMENT)
_POWER = re.compile(r"\^" + _ARGUMENT)
_INDEX = re.compile(r"_\s*(?:\{([^{}]*)\}|(?=[△⊙]))")
_SPACES = re.compile(r"[ \t]{2,}")
_CHINESE_SPACES = re.compile(r"(?<=[一-龥，。；：、]) | (?=[一-龥，。；：、])")
_VULGAR = re.compile("[½⅓⅔¼¾]")
_VULGAR_VALUES = {"½": "(1/2)", "⅓": "(1/3)", "⅔": "(2/3)", "¼": "(1/4)", "¾": "(3/4)"}
_NESTING = 8


def plain(rewriting: Rewriting) -> None:
    """Rewrite the notation in place."""
    rewriting.text = rewriting.text.translate(_SIGNS)  # sign by sign, so that places stay
    for pattern, new in _RULES:
        rewriting.expand(pattern, new)
    if "\\" in rewriting.text or "{" in rewriting.text:
        _unwrap(rewriting)
    rewriting.expand(_SPACES, " ")
    rewriting.expand(_CHINESE_SPACES, "")
    rewriting.rewrite(_VULGAR, lambda match: _VULGAR_VALUES[match[0]])


def _unwrap(rewriting: Rewriting) -> None:
    """Fractions, roots, powers and decoration, the innermost first."""
    rewriting.rewrite(_SHORT_FRACTION, lambda match: f"({match[1]}/{match[2]})")
    rewriting.rewrite(_COMMAND, lambda match: ({**_LATEX, **_BREAKS}).get(match[1]))
    for _ in range(_NESTING):
        changed = [
            rewriting.rewrite(_DECORATION, lambda match: f" {match[1]} " if match[0][1] == "t" else match[1]),
            rewriting.rewrite(_POWER, lambda match: f"^({match[1]})"),
            rewriting.rewrite(_INDEX, lambda match: match[1] or ""),
            rewriting.rewrite(_ROOT, lambda match: f"√({match[1]})"),
            rewriting.rewrite(_FRACTION, lambda match: f"(({match[1]})/({match[2]}))"),
        ]
        if not any(changed):
            break
    rewriting.rewrite(re.compile(r"\\sqrt\s*(?=\d)"), lambda match: "√")
    rewriting.rewrite(re.compile(r"\\(?=[%#_&])"), lambda match: "")
