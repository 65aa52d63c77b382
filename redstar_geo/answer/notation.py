"""How an answer is written → one plain notation → tokens: LaTeX, unicode, full-width and Chinese forms become the same.

Every step is one pass of a regular expression over a bounded text; nothing is evaluated.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache
from operator import methodcaller
from typing import NamedTuple

from redstar_geo.answer.tree import UnreadableError
from redstar_geo.answer.units import POWERS, UNITS
from redstar_geo.bounds import EXPRESSION
from redstar_geo.notation import COMMANDS, DEGREES, FONTS, FRACTION, GREEK, LAYOUT, SAME, VULGAR, words
from redstar_geo.numerals import arabic, numeral

LONGEST = EXPRESSION  # characters of an answer; longer ones are not read


class Token(NamedTuple):
    """`kind`: number, letter (a symbol), word, unit, function, call (of `CALLS`), command or sign.

    `spaced`: a space stands before.
    """

    kind: str
    text: str
    spaced: bool


FUNCTIONS = words("sin cos tan cot sec csc arcsin arccos arctan asin acos atan ln log lg exp sqrt")
CALLS = {
    "cbrt": 1,
    "abs": 1,
    "ceil": 1,
    "floor": 1,
    "pow": 2,
    "binom": 2,
    "comb": 2,
    "nCr": 2,
    "perm": 2,
    "nPr": 2,
    "max": 0,
    "min": 0,
    "gcd": 0,
    "lcm": 0,
}
"""Functions by name with how many arguments they take, 0 for any number."""
_CALLED = re.compile(r"\s?(?:\\left\s*)?(?:\(|\\\{)")  # what stands behind one
_SYMBOLS = words("ell hbar odot")
NARROW = SAME | str.maketrans(
    {
        **dict.fromkeys("′’‘", "'"),
        **dict.fromkeys("″“”", '"'),
        **{"—": "-", "：": ":", "∶": ":", "，": ", ", "、": ", ", "。": ".", "￥": "¥", "ℝ": "R"},
    }
)
_RAISED, _LOWERED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁿ", "0123456789+-n"), str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")
_SIGNS = COMMANDS | {
    "ast": "*", "colon": ":", "simeq": "≈", "sim": "≈", "equiv": "≡", "mp": "∓", "cup": "∪", "cap": "∩", "surd": "√",
    "prime": "'", "lbrace": "{", "rbrace": "}", "lbrack": "[", "rbrack": "]", "mid": "|", "vert": "|", "lvert": "|",
    "rvert": "|", "and": "and", "land": "and", "lor": "or", "emptyset": "∅", "varnothing": "∅", "euro": "€",
    "pounds": "£", "setminus": "∖", "backslash": "∖", "Rightarrow": "⇒", "rightarrow": "→", "to": "→", "implies": "⇒",
    "therefore": "∴", "lfloor": "⌊", "rfloor": "⌋", "lceil": "⌈", "langle": "(", "rangle": ")", "rceil": "⌉",
}  # fmt: skip
_SPELLED_SIGNS = {
    "**": "^", "<=": "≤", ">=": "≥", "!=": "≠", "\\{": "{set", "\\}": "}set", "\\%": "%", "\\|": "|", "\\_": "_",
}  # fmt: skip
_SPELLED = {"m": "metre", "g": "gram", "s": "second", "h": "hour", "L": "litre"}
_IGNORED = words(LAYOUT.replace("|", " ")) | words(
    "rm bf it boldsymbol hat overline overrightarrow vec widehat bar mathit thinspace hfill overarc wideparen overgroup"
    " arc frown underline"
)
TEXT = re.compile(rf"\\(?:{FONTS})\*?\s*\{{([^{{}}]*)\}}")
_REPEATS = words("overline bar")  # over decimals they are no ornament
_HAN_UNITS = "|".join(sorted((name for name in [*UNITS, *POWERS] if name[0] > "\u4e00"), key=len, reverse=True))
_TOKEN = re.compile(
    rf"(\s*)(?:({_HAN_UNITS}|[\u4e00-\u9fff])|"
    r"(\d+(?:\.(?!\.)\d*)?(?:[eE][-+]?\d{1,4}(?![\w.]))?|\.\d+)|\\((?:begin|end)\s*\{\w+\*?\}(?:\{[clr|]+\})?|[A-Za-z]+)|([A-Za-z]+)"
    r"|(\*\*|<=|>=|!=|=>|->|[^\sA-Za-z\\]|\\\\|\\[^A-Za-z]|\\$))"
)
_HAN_WORDS = {"和": "and", "或": "or", "与": "and", "且": "and"}
_TWO_LETTERS = re.compile(r"(?<![\\A-Za-z{])[a-z]{2}(?![A-Za-z}])")
_IN_VALUES = words("and or 分 max min lim")
_SHORT_WORDS = words("is it in to of as at be by an on so we he if am do no my us up de il le la un et du")
_LIKE_FUNCTIONS = words("cost tank sink sing sine tang pie pig pin pit")
_SCALES = {"hundred": "100", "thousand": "1000"} | {
    name: "1" + "0" * zeros for name, zeros in (("million", 6), ("billion", 9), ("trillion", 12))
}
_OPENING = words("= ≈ ( [ { {set , ; : < > ≤ ≥")
_NUMBER_NEXT = re.compile(rf"\s*(?:[\d.√π(]|{FRACTION}|\\(?:sqrt|pi))")
_WITH_A_LETTER = ("sqrt", "pi", "sin", "cos", "tan")  # which one letter may stand beside: `xsin`, `sinx`
_CAMEL = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")


def _opened(match: re.Match[str]) -> str:
    """What a text command holds; a letter that is a unit as text (`\\text{m}`) is spelled out, but not in an index."""
    inside = match[1].strip(" ~")
    indexed = match.string[: match.start()].rstrip(" {").endswith("_")
    return f" {match[1] if indexed else _SPELLED.get(inside, match[1])} "


def _repeating(match: re.Match[str]) -> str:
    r"""`0.1\overline{6}` as the fraction that it is: 15/90."""
    whole, fixed, repeated = match[1], match[2], match[3] or match[4] or match[5]
    nines = 10 ** len(repeated) - 1
    above = int(whole + fixed) * nines + int(repeated)
    return rf"\frac{{{above}}}{{{nines * 10 ** len(fixed)}}}"


def _chosen(match: re.Match[str], of: str, kind: str, many: str) -> str:
    """Combinations and permutations (`C_5^2`, `{}_5P_2`, `A_5^2`) as calls; `A_1^2` is the square of A_1."""
    if int(of[:9]) < int(many[:9]):
        return match[0]
    return f" {'binom' if kind == 'C' else 'perm'}({of},{many})"


def _root(match: re.Match[str]) -> str:
    return r"\sqrt[3]" if match[1] else r"\sqrt"


_DECIMAL = r"(?<![\d.])(\d{1,50})\.(\d{0,50})"
_COMMANDS_AFTER_TWO_BACKSLASHES = "text|left|right|sqrt|boxed|le|ge|leq|geq|cdot|times|pi|cup|circ|[dtc]?frac"
_Rule = tuple[str, str, str | Callable[[re.Match[str]], str]]
_BEYOND_ASCII: tuple[_Rule, ...] = (
    ("", r"[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]", ""),
    ("m", r"(?<=\d)m(?=[²³])", " m"),
    ("", "[⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁿ]+", lambda run: f"^{{{run[0].translate(_RAISED)}}}"),
    ("", "[₀₁₂₃₄₅₆₇₈₉]+", lambda run: f"_{{{run[0].translate(_LOWERED)}}}"),
    ("", r"([¥€£])\s*(\d+(?:[.,]\d+)*)", r"\2 \1"),
    ("时", r"(?<=/)时", "小时"),
    ("实数", "(?:全体|一切|任意|所有)的?实数|实数集R?", "R"),
    ("", f"[{''.join(VULGAR)}]", lambda sign: rf" \frac{{{VULGAR[sign[0]].replace('/', '}{')}}}"),
)
_WRITTEN: tuple[_Rule, ...] = (  # what a text that a rule changes holds, so that most are not even tried; the rule
    ("\\\\", rf"(?<!\\)\\\\(?=(?:{_COMMANDS_AFTER_TWO_BACKSLASHES})(?![a-z]))", r"\\"),
    (
        ".",
        _DECIMAL + r"(?:\\(?:overline|bar|dot)\s*(?:\{\s*(\d{1,50})\s*\}|(\d))|(?<=\.)\((\d{1,50})\))",
        _repeating,
    ),
    ("\\", rf"\\(?:{FONTS})\s*\{{\s*m\s*\}}\s*(?=\\(?:measured)?angle|∠)", ""),
    ("angle", r"(\\(?:(?:measured)?angle|triangle))\s*\{\s*([A-Z\d]{1,3})\s*\}", r"\1 \2"),
    (":", r"\A\s*([A-Z])\s*:\s*(?=\()", r"\1"),  # A: (1, 2)
    (":", r"\A\s*[A-Za-z](?:_\d)?\s*:\s*(?=[^:]*[xy][^:]*=)", ""),  # the name of a line or curve
    *[("\\", TEXT.pattern, _opened)] * 3,
    ("begin{", r"\\\s*begin\{(?:aligned|align\*?|gathered)\}", " "),
    ("end{", r"\\end\{(?:aligned|align\*?|gathered)\}", " "),
    (",", r" ?\{ ?, ?\}|,\\!\s*", "\x1f"),  # a separator of thousands beyond doubt
    ("\x1f", r"(?<=\d)\x1f(?=\d{3})", ""),
    ("\x1f", "\x1f", ","),
    ("", r"(?<!\\)\\[,;:!>\s]|[~`]|\\(?=\$)|\$|\*\*(?=\S.*\*\*\s*$)|(?<=\S)\*\*(?=\s*$)", " "),
    ("quad", r"\\q?quad", "  "),
    ("\\", r"(?<!\\)\\[()\[\]]", " "),
    ("sq.", r"\bsq\.", "sq"),
    ("m", r"(?<![A-Za-z\\])m(?=\s*(?:[∠⌒]|\\(?:measured)?angle|\\wide(?:hat|paren)|\\over(?:arc|group|set)))", ""),
    ("{}", r"(?<=[\w}]) ?\{\}", ""),
    ("P(", r"(?<=P\()\s*([A-Z])\s*(?:\||\\mid)\s*([A-Z])\s*(?=\))", r"\1,\2"),
    ("\\ang", r"\\ang\s*\{([^{}\\]{1,20})\}", r"\1°"),
    ("\\over", r"\{([^{}]*)\\over(?![a-z])([^{}]*)\}", r"\\frac{\1}{\2}"),
    ("\\frown", r"\\(?:overset|stackrel)\s*\{\s*(?:\\[A-Za-z]+\s*)?\\frown\s*\}", " "),
    ("frac{", r"(?<![A-Za-z\\])frac(?=\{)", r"\\frac"),
    ("color", r"\\(?:text)?color\s*\{\w+\}", ""),
    (
        "\\{",
        r"\\\{\s*([a-z])\s*(?:\||\\mid\b|:)\s*((?=[^{}]*(?:[<>=≤≥≠]|\\[lgn]eq?))[^{}]{1,80})\\\}",
        r"\2",
    ),  # {x | x > 3}
    ("_", r"([A-Za-z])\s*\^(\{[^{}]*\}|\w)_(\{[^{}]*\}|\w)", r"\1_\3^\2"),
    ("_", r"(?<![A-Za-z\\])([CAP])\s*_\{?(\d+)\}?\s*\^\{?(\d+)\}?(?!\d)", lambda m: _chosen(m, m[2], m[1], m[3])),
    ("_", r"(?<!\w)(?:\{\})?[_^]\{?(\d+)\}?\s*([CP])\s*_\{?(\d+)\}?(?!\d)", lambda m: _chosen(m, *m.groups())),
    *[(sign, rf"(?<![\w.\\])(\d+)({sign})(\d+)(?![\w.])", lambda m: _chosen(m, *m.groups())) for sign in "CP"],
    ("mathbb", r"\\mathbb\s+(?=[A-Z](?![A-Za-z]))", ""),
    (
        "real",
        r"\b(?:(?:[Tt]he )?set of )?[Aa]ll(?: the)? real(?:s| numbers?)\b|\b(?:[Aa]ny|[Ee]very) real(?: number)?\b"
        r"|\b(?:[Tt]he )?set of real numbers\b",
        "R",
    ),
    ("=", r"(?<![\w\\])([xy])([12])(?=\s*=)", r"\1_\2"),
    ("又", r"(?<=\d)\s*又\s*(?=\d+/\d)", " "),
    ("nautical", r"\bnautical\s+miles?\b", "nmi"),
    ("infinity", r"\binfinity\b", "∞"),
    ("root", r"(?<=\d)\s*root\s*(?=\d)", "√"),
    ("root of", r"(?:\bthe\s+)?\b(?:square\s+|(cube)\s+)root\s+of\s+(?=\d|\\?[a-z]\b)", _root),
    ("times", r"(?<=\d)\s+times\s+(?=√|\\sqrt)", " * "),
    ("^", rf"{DEGREES}|\^\s*\{{?°\}}?|\^\{{?\s*o\s*\}}?(?![a-z])", "°"),
)


def _compiled(rule: _Rule) -> tuple[str, Callable[..., str], str | Callable[[re.Match[str]], str]]:
    """A rule with its pattern compiled; a template with groups is expanded only where the pattern is met."""
    sign, pattern, new = rule
    if isinstance(new, str) and "\\" in new:
        return sign, re.compile(pattern).sub, methodcaller("expand", new)
    return sign, re.compile(pattern).sub, new


_ASCII_RULES = tuple(map(_compiled, _WRITTEN))
_RULES = (*map(_compiled, _BEYOND_ASCII), *_ASCII_RULES)
_END = re.compile(r"(?<!\.)\.?[\s\\]*$")


_EATEN = re.compile(  # what JSON makes of \frac, \beta, \text, \right, \alpha, \vec, \nu with one backslash
    "\x0c(?=rac|orall|loor)|\x08(?=oxed|eta|inom|ar\\b|egin|oldsymbol|ig|mod)|\t(?=an|ext|imes|heta|au|riangle|frac|ilde|op)"
    "|\r(?=ight|ho|angle|ceil|floor)|\x07(?=lpha|ngle|pprox|st|rc)|\x0b(?=ec|ar|ert|dots)"
    "|\n(?=eq?\\b(?!\\s+[a-z]{2})|(?:u|abla|eg|otin)\\b|ot(?==|\\\\))"
)
_LETTERS_OF = {"\n": r"\n", "\x0c": r"\f", "\x08": r"\b", "\t": r"\t", "\r": r"\r", "\x07": r"\a", "\x0b": r"\v"}


def restored(text: str) -> str:
    """The text with the backslashes that a reader of JSON has eaten."""
    return _EATEN.sub(_put_back, text)


def _put_back(eaten: re.Match[str]) -> str:
    r"""The letter of a command with its backslash; outside mathematics a line may begin with u or e."""
    if eaten[0] == "\n" and eaten.string[eaten.end() : eaten.end() + 2] not in ("eq", "ab", "eg", "ot"):
        before = eaten.string[max(0, eaten.start() - LONGEST) : eaten.start()]
        if before.strip() and before.count("{") <= before.count("}") and before.count("$") % 2 == 0:
            return "\n"
    return _LETTERS_OF[eaten[0]]


@lru_cache(maxsize=16_384)
def plain(text: str) -> str:
    """The text with decoration off, text commands opened and one sign for each meaning; the value stays the same."""
    rules = _ASCII_RULES
    if text.isascii():
        if text.isdecimal():  # as most answers are
            return text
    else:
        text, rules = text.translate(NARROW), _RULES
    for sign, substitute, new in rules:
        if sign in text:
            text = substitute(new, text)
    return _END.sub("", arabic(numeral(text)).strip())


def has_short_words(text: str) -> bool:
    """Whether a text has a word of two letters that mathematics would read as a product."""
    return not _SHORT_WORDS.isdisjoint(_TWO_LETTERS.findall(text.lower()))


def tokens(text: str, *, prose: bool = False) -> list[Token]:
    """The tokens of a plain text, in order; in prose `at` is a word and no product.

    Raises:
        UnreadableError: a word outside prose that is in no value.
    """
    row: list[Token] = []
    wordy = prose or "_" in text  # an index may be a word
    for match in _TOKEN.finditer(text):
        if not wordy and row and row[-1].kind == "word" and row[-1].text not in _IN_VALUES:
            raise UnreadableError(f"{row[-1].text!r} is in no value.")
        space, han, number, command, letters, sign = match.groups()
        spaced = bool(space)
        if han is not None:
            row.append(Token("unit" if han in UNITS or han in POWERS else "word", _HAN_WORDS.get(han, han), spaced))
        elif number is not None:
            row.append(Token("number", number, spaced))
        elif command is not None:
            decimals = command in _REPEATS and bool(row) and row[-1].kind == "number" and "." in row[-1].text
            if command in CALLS and _CALLED.match(text, match.end()):
                row.append(Token("call", command, spaced))
            else:
                row.extend((Token("command", command, spaced),) if decimals else _command(command, spaced))
        elif letters is not None:
            scaled = letters in _SCALES and bool(row) and row[-1].kind == "number"
            if letters in CALLS and text[match.end() : match.end() + 1] in ("(", "{"):
                row.append(Token("call", letters, spaced))
            elif scaled:
                row.extend([Token("sign", "*", False), Token("number", _SCALES[letters], False)])
            elif letters.lower() in ("negative", "minus") and _is_sign(row, text[match.end() :]):
                row.append(Token("sign", "-", spaced))
            elif prose and _is_word(letters, text[match.end() :]):
                row.append(Token("word", letters, spaced))
            else:
                row.extend(_letters(letters, spaced))
        elif sign is not None:
            row.append(_sign(sign, spaced))
    return row


def _is_word(letters: str, behind: str) -> bool:
    """Whether letters that mathematics would read as a product or a function (`at`, `cost`, `a week`) are a word."""
    article = letters in ("a", "A") and re.match(r"\s+[a-z]{3}", behind) is not None
    return article or letters.lower() in _SHORT_WORDS or letters.lower() in _LIKE_FUNCTIONS


def _is_sign(before: list[Token], behind: str) -> bool:
    """Whether "negative" or "minus" stands where a value begins, so that it is no difference."""
    apart = not before or before[-1].kind == "word" or before[-1].text in _OPENING
    return apart and _NUMBER_NEXT.match(behind) is not None


@lru_cache(maxsize=4_096)
def _command(name: str, spaced: bool) -> tuple[Token, ...]:
    if "{" in name:
        kind, environment = re.split(r"[{}]", name)[:2]
        return (Token("command", f"{kind.strip()} {environment}", spaced),)
    if name in _IGNORED:
        return ()
    if name in FUNCTIONS and name != "sqrt":
        return (Token("function", name, spaced),)
    if name in _SYMBOLS:
        return (Token("letter", name, spaced),)
    if name in _SIGNS:
        return (_sign(_SIGNS[name], spaced),)
    if name in ("max", "min", "lim"):
        return (Token("word", name, spaced),)
    return (Token("command", name.lstrip("dtc") if name.endswith(("frac", "binom")) else name, spaced),)


@lru_cache(maxsize=4_096)
def _letters(run: str, spaced: bool) -> tuple[Token, ...]:
    """A run of letters: a function, a unit, a word, or symbols one by one (`AB`, `xy`)."""
    if run.lower() in ("pi", "sqrt") or run in FUNCTIONS:
        return (_named(run.lower(), spaced),)
    if run in ("percent", "pct", "percentage"):
        return (Token("sign", "%", spaced),)
    if run in UNITS or run in POWERS or (run.lower() in UNITS and len(run) > 2):
        return (Token("unit", run if run in UNITS else run.lower(), spaced),)
    if run.startswith(("or", "and")) and len(parts := _CAMEL.findall(run)) > 1 and parts[0] in ("or", "and"):
        return (Token("word", parts[0], spaced), *_letters(run[len(parts[0]) :], False))
    for name in _WITH_A_LETTER if len(run) < 6 else ():
        if run.startswith(name) and len(run) <= len(name) + 1:
            return (_named(name, spaced), *_letters(run[len(name) :], False))
        if run.endswith(name) and len(run) <= len(name) + 1:
            return (*_letters(run[: -len(name)], spaced), _named(name, False))
    if run in ("or", "and", "is", "in", "to", "of") or (len(run) > 2 and not (run[1:].isupper() and len(run) < 5)):
        return (Token("word", run, spaced),)
    return tuple(Token("letter", letter, spaced and place == 0) for place, letter in enumerate(run))


def _named(name: str, spaced: bool) -> Token:
    if name == "pi":
        return Token("sign", "π", spaced)
    return Token("command", "sqrt", spaced) if name == "sqrt" else Token("function", name, spaced)


def _sign(sign: str, spaced: bool) -> Token:
    if sign in GREEK:
        return Token("letter", GREEK[sign], spaced)
    if sign in UNITS:
        return Token("unit", sign, spaced)
    if sign > "\x7f" and unicodedata.category(sign[0])[0] in "LM" and sign not in "π":  # a letter of another script
        return Token("word", sign, spaced)
    return Token("sign", _SPELLED_SIGNS.get(sign, sign), spaced)
