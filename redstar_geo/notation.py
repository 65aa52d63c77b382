"""How mathematics is written, once for all who read it: signs that look alike, LaTeX commands, vulgar fractions.

Three rooms read mathematics: `answer` down to values, `geometry.claims` with the place of every claim in its text,
`overlap` as words. What a sign or a command means stands here; what means something else to one of them stands there.
"""

from __future__ import annotations


def words(text: str) -> frozenset[str]:
    """The words of a text, which spaces part."""
    return frozenset(text.split())


_LOOKALIKES = {
    "-": "−–‐﹣",
    "*": "×⋅·∙✕",
    "/": "÷⁄∕",
    "=": "﹦",
    "<": "﹤",
    ">": "﹥",
    "≤": "≦⩽",
    "≥": "≧⩾",
    "≈": "≃≒",
    "∼": "∽",
    "≅": "≌",
    "∥": "‖",
    "⊥": "⟂",
    "△": "▵▲⊿",
    "⌒": "⏜⌢",
    "°": "º˚∘",
    "π": "𝜋",
    " ": "\u3000\u00a0\u2009\u202f",
}
_FULL_WIDTH = {code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5E) if chr(code) not in "！，：；？"}
SAME: dict[int, str] = _FULL_WIDTH | {ord(alike): sign for sign, all_ in _LOOKALIKES.items() for alike in all_}
"""For `str.translate`, character by character, so that places stay. Punctuation of Chinese sentences is left alone."""

_GREEK_NAMES = (
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi rho sigma tau upsilon phi chi psi omega"
    " Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega"
)
GREEK = dict(zip("αβγδεζηθικλμνξρστυφχψωΓΔΘΛΞΠΣΥΦΨΩ", _GREEK_NAMES.split(), strict=True))
"""Letter → name; without π, which is a number."""

COMMANDS = {name: letter for letter, name in GREEK.items()} | {
    "varepsilon": "ε", "vartheta": "θ", "varphi": "φ", "pi": "π", "infty": "∞", "pm": "±", "cdot": "*", "times": "*",
    "div": "/", "lt": "<", "gt": ">", "le": "≤", "leq": "≤", "leqslant": "≤", "ge": "≥", "geq": "≥", "geqslant": "≥",
    "ne": "≠", "neq": "≠", "approx": "≈", "sim": "∼", "cong": "≅", "in": "∈", "degree": "°", "angle": "∠",
    "measuredangle": "∠", "triangle": "△", "parallel": "∥", "perp": "⊥", "odot": "⊙", "dots": "…", "ldots": "…",
    "textdegree": "°", "deg": "°",
}  # fmt: skip
"""LaTeX command → sign; of several for one sign the first is its usual name."""

VULGAR = {
    "½": "1/2", "⅓": "1/3", "⅔": "2/3", "¼": "1/4", "¾": "3/4", "⅕": "1/5", "⅖": "2/5", "⅗": "3/5", "⅘": "4/5",
    "⅙": "1/6", "⅚": "5/6", "⅛": "1/8", "⅜": "3/8", "⅝": "5/8", "⅞": "7/8",
}  # fmt: skip

# Patterns of LaTeX.
FRACTION = r"\\[dtc]?frac"
DEGREES = r"\^\s*(?:\{\s*\\circ\s*\}|\\circ(?![A-Za-z]))"
FONTS = (  # with what they set in braces
    "text|textbf|textit|textrm|texttt|textnormal|textsf|textsc|textup|textmd|mathnormal|mathrm|mathbf|mathit|mathsf|mathbb"
    "|mathcal|mbox|hbox|operatorname|emph|bm|rm|bf|it"
)
LAYOUT = (
    "left|right|big|Big|bigg|Bigg|bigl|bigr|Bigl|Bigr|biggl|biggr|displaystyle|textstyle|scriptstyle|limits|nolimits"
    "|quad|qquad"
)
