"""LaTeX, markdown and the many signs for one thing → one plain notation."""

from __future__ import annotations

import re

from redstar_geo.geometry.claims.rewriting import SIGNS_OF_KINDS, Rewriting
from redstar_geo.notation import COMMANDS, DEGREES, FONTS, FRACTION, LAYOUT, SAME, VULGAR

_SIGNS = SAME | str.maketrans("～~≡∘Δ☉〉〈【】\u200b", "∼∼≅°△⊙><[] ") | dict.fromkeys(map(ord, SIGNS_OF_KINDS), " ")
_LATEX = COMMANDS | {
    "bigtriangleup": "△", "Delta": "△", "equiv": "≅", "backsim": "∼", "bigodot": "⊙", "frown": "⌒", "sin": " sin",
    "cos": " cos", "tan": " tan", "arcsin": "arcsin", "arccos": "arccos", "arctan": "arctan",
    "therefore": "∴", "because": "∵", "implies": "⇒", "Rightarrow": "⇒", "Longrightarrow": "⇒", "to": "⇒",
    "iff": "⇒", "Leftrightarrow": "⇒", "Longleftrightarrow": "⇒", "quad": " ",
}  # fmt: skip
_ARGUMENT = r"\s*\{([^{}]*)\}"
# One after the other; a string stands for the match, `\1` for its argument.
_RULES = tuple(
    (re.compile(pattern, re.MULTILINE), new)
    for pattern, new in (
        (r"\\\\(?![A-Za-z])", "\n"),
        (
            r"^[*_\s]*(?:(?:[Tt]utor|[Ss]tudent|[Pp]upil|[Tt]eacher|[Cc]oach|[Mm]entor|[Pp]rofessor|[Pp]rof|[Uu]ser|[Aa]ssistant"
            r"|[Ee]xaminer|[Pp]arent|[Ll]earner|[Kk]id|[Mm]e|[Yy]ou|[Qq]|老师|教师|学生|同学|生|师|问|我|家长|孩子)"
            r"(?: ?\d)?)[*_]*[:：][*_]*\s*",
            "",
        ),  # who speaks
        (r"</?think(?:ing)?>", "\n"),  # no word of the text
        (r"\\(?:blacksquare|checkmark|hfill|qed)(?![a-z])|\\(?:square|Box)(?=[\s$]*$)", " "),
        (r"(?<=[A-Z])：(?=[A-Z∠△])|(?<=\d)：(?=\d)", ":"),  # of a ratio, no clause begins
        (r"[~∼]{2}[^~∼\n]{1,300}[~∼]{2}", ""),  # struck out
        (r"(?<=[A-Z])\s?(?://|\|\|)\s?(?=[A-Z])", "∥"),
        (r"(?<![A-Za-z∥|])\|([A-Z]{2})\|(?=\s*(?:[=≈<>+*/^·²-]|\\(?:cdot|times)|is\b))", r"\1"),  # |AB| = 5
        (r"(?<![A-Za-z])m\s?<\s?(?=[A-Z]{3}\b)", "∠"),
        (r"(?<![A-Za-z\\])[Pp]i(?![A-Za-z])", "π"),
        (r"(?<=[\s=≈(])\.(?=\d)", "0."),
        (r"(\\?(?:sin|cos|tan))\s*\^\s*\{?\s*\(?2\)?\s*\}?(?!\d)", r"\1²"),
        (r"\\?(sin|cos|tan)\s*\^\s*[{(]\s*-\s*1\s*[})]", r"arc\1"),
        (
            r"\\(?:stackrel|overset|underset)\s*\{(?:[^{}]|\{[^{}]*\})*\}"
            r"\s*\{\s*(=|\\(?:sim|cong|parallel|perp)|[≅∼∥⊥])\s*\}",
            r" \1 ",
        ),  # a reason above the sign
        (r"\\hat\s*\{?\s*([A-Z])\s*\}?(?![A-Za-z])", r"∠\1"),
        (r"\\(?:angle|triangle)\s*\{([A-Z]{1,3})\}", r"∠\1"),
        (DEGREES, "°"),
        (r"\\(?:wideparen|widehat|overarc|overparen)" + _ARGUMENT, r" arc \1"),
        (r"\\overset\s*\{\s*\\(?:frown|LARGE\s*\\frown)\s*\}" + _ARGUMENT, r" arc \1"),
        (r"\\(?:begin|end)" + _ARGUMENT, " "),
        (r"\\(?:left|right|[bB]igg?[lr]?)(?![A-Za-z])\s*", ""),
        (rf"\\(?:{LAYOUT})(?![A-Za-z])", " "),
        (r"(?<![A-Za-z])S\s*_\s*\{?\s*(?:\\triangle|△)?\s*([A-Z]{3})(?![A-Z])\s*\}?", r"S△\1"),
        (r"(?<![A-Za-z])S\s*_\s*\{?\s*([A-Z]{4})(?![A-Z])\s*\}?", r"S□\1"),
        (
            r"(?<![A-Za-z])S\s*_\s*\{?\s*(?:\\(?:text|rm|mathrm)\s*\{)?扇形\}?\s*([A-Z]{3})(?![A-Z])\s*\}?",
            r"扇形\1的面积",
        ),
        (r"(?<=[\w}])\s*(?:\$|\\\))\s*:\s+(?=\$|\\[(\[])", "; "),
        (r"(?<=[\d})])\s*\\[,!]\s*(?=\\(?:angle|sqrt|pi|sin|cos|tan)\b|[A-Z]{2}\b)", ""),  # 2\,∠A is a product
        (r"\\pi\s*\\[,!]\s*(?=[A-Z]{2}\b|\\sqrt)", "π"),
        (r"\\[()\[\]]|\$\$?|\\[,;!: ]|&", " "),
        (r"^[ \t]*[*•+-][ \t]+(?=\S)", " "),
        (r"(?<=[a-z\d)])\*\*(?=\(?-?\d+\)?(?!\*))", "^"),  # a power as programs write it, no bold type
        (r"(?<=[:：.,!?])\*(?=\s)", ""),  # where italics end
        (r"\*\*|__|(?<![\w)\]}])\*(?=[^\s*])|`|^#+ ", ""),
    )
)
_COMMAND = re.compile(r"\\([A-Za-z]+)")
_DECORATION = re.compile(
    rf"\\(?:{FONTS}|overline|overrightarrow|overleftrightarrow|vec|boxed|underline|color)" + _ARGUMENT
)
_FRACTION = re.compile(FRACTION + _ARGUMENT + _ARGUMENT)
_SHORT_FRACTION = re.compile(FRACTION + r"\s*(\d)\s*(\d)")
_ROOT = re.compile(r"\\sqrt" + _ARGUMENT)
_BARE_ROOT = re.compile(r"\\sqrt\s*(?=\d)")
_POWER = re.compile(r"\^" + _ARGUMENT)
_NUMBERED = re.compile(r"(?<![A-Za-z\\])([a-zSR])_\s?(?:([1-9])|\{([1-9])\})(?![\dA-Za-z])")  # S_1
_INDEX = re.compile(r"_\s*(?:\{([^{}]*)\}|(?=[△⊙]))")
_ESCAPE = re.compile(r"\\(?=[%#_&])")
_SPACES = re.compile(r"[ \t]{2,}")
_CHINESE_SPACES = re.compile(r"(?<=[一-龥，。；：、]) | (?=[一-龥，。；：、])")
_VULGAR = re.compile(f"[{''.join(VULGAR)}]")
_NESTING = 8


def plain(rewriting: Rewriting) -> None:
    """Rewrite the notation in place."""
    rewriting.text = rewriting.text.translate(_SIGNS)  # sign by sign, so that places stay
    for pattern, new in _RULES:
        rewriting.expand(pattern, new)
    rewriting.rewrite(_NUMBERED, lambda match: match[1] + "₀₁₂₃₄₅₆₇₈₉"[int(match[2] or match[3])])
    if "\\" in rewriting.text or "{" in rewriting.text:
        _unwrap(rewriting)
    rewriting.expand(_SPACES, " ")
    rewriting.expand(_CHINESE_SPACES, "")
    rewriting.rewrite(_VULGAR, lambda match: f"({VULGAR[match[0]]})")


def _index(match: re.Match[str]) -> str | None:
    """An index belongs to its letter; of a number it is the base."""
    return None if match.string[match.start() - 1 : match.start()].isdigit() else match[1] or ""


def _unwrap(rewriting: Rewriting) -> None:
    """Fractions, roots, powers and decoration, the innermost first."""
    rewriting.rewrite(_SHORT_FRACTION, lambda match: f"({match[1]}/{match[2]})")
    rewriting.rewrite(_COMMAND, lambda match: _LATEX.get(match[1]))
    for _ in range(_NESTING):
        changed = [
            rewriting.rewrite(_DECORATION, lambda match: f" {match[1]} " if match[0][1] == "t" else match[1]),
            rewriting.rewrite(_POWER, lambda match: f"^({match[1]})"),
            rewriting.rewrite(_INDEX, _index),
            rewriting.rewrite(_ROOT, lambda match: f"√({match[1]})"),
            rewriting.rewrite(_FRACTION, lambda match: f"(({match[1]})/({match[2]}))"),
        ]
        if not any(changed):
            break
    rewriting.expand(_BARE_ROOT, "√")
    rewriting.expand(_ESCAPE, "")
