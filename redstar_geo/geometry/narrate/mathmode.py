"""The LaTeX notation of a telling: runs of mathematics in `$…$`, their signs as commands."""

from __future__ import annotations

import re

_NUMBER = r"\d+(?:\.\d+)?"
_FUNCTION = r"(?:sin|cos|tan|arcsin|arccos|arctan)"
_LETTER = "(?<![A-Za-z∠△⊙弧])"  # no letter before, nor a sign that belongs to it
_ATOMS = (
    rf"(?:{_FUNCTION}[ (]+)?[∠⊙][A-Z]{{1,4}}(?![A-Z的])",
    r"△[A-Z]{3}(?![A-Z的与])",  # △ABC与△DEF的相似比 is one name
    r"[Aa]rc [A-Z]{2}",
    rf"(?:{_FUNCTION}[ (])?{_NUMBER}",
    rf"{_LETTER}[A-Z]{{2,4}}(?![A-Za-z])",
    rf"{_LETTER}[a-zα-ω](?![A-Za-z])",
    "π",
)
_PIECE = rf"[(√−]*(?:{'|'.join(_ATOMS)})[)²³°]*"
_RUN = re.compile(rf"{_PIECE}(?:(?: [=+−·/<>∥⊥∼≅:] |/|){_PIECE})*")
_SIGNS = {
    "∠": r"\angle ",
    "△": r"\triangle ",
    "⊙": r"\odot ",
    "∥": r"\parallel",
    "⊥": r"\perp",
    "∼": r"\sim",
    "≅": r"\cong",
    "·": r"\cdot",
    "−": "-",
    "π": r"\pi ",
    "°": r"^\circ",
    "²": "^2",
    "³": "^3",
}
_ROOT = re.compile(rf"√(?:({_NUMBER})|\(([^()]*)\))")
_NAMED = re.compile(rf"(?<![a-z\\]){_FUNCTION}")
_ARC = re.compile(r"[Aa]rc ([A-Z]{2})")
_CRITERION = re.compile(r"\$(\(?(?:SSS|SAS|AAS|HL)\)?)\$")
_ENCLOSED = re.compile(r"\((?:[^()]|\([^()]*\))*\)")
_OF = re.compile(r"(?:area|perimeter|circumference|radius|diameter|height|length|coordinate) of $")
_SPACES = re.compile(r" +")
_CLOSE = re.compile(r"(\\[a-z]+) (?=[/)^])")  # \pi/9
_LONELY = re.compile(r"[a-z]")  # the article "a", and letters that are spoken of


def in_math_mode(text: str) -> str:
    """The text with its mathematics set in LaTeX; words stay as they are."""
    text = _CRITERION.sub(r"\1", _RUN.sub(_set, text))
    return text.replace("$: ", "$; ")  # a colon after a formula reads like a ratio


def _set(match: re.Match[str]) -> str:
    run, after = match[0], ""
    name, equal, rest = run.partition(" = ")
    if equal and _OF.search(match.string[: match.start()]):  # "the area of ABCD = BD · AC": ABCD is no number
        return f"{in_math_mode(name)} = {in_math_mode(rest)}"
    open_at = _unmatched(run)
    if open_at is not None:  # a bracket of the prose: "(the radius of ⊙O) · 2"
        return in_math_mode(run[:open_at]) + run[open_at] + in_math_mode(run[open_at + 1 :])
    before = ""
    if run[0] == "(" and _ENCLOSED.fullmatch(run):
        before, run, after = "(", run[1:-1], ")"
    if _LONELY.fullmatch(run):
        return match[0]
    while _ROOT.search(run):  # the outer one first
        run = _ROOT.sub(lambda root: rf"\sqrt{{{root[1] or root[2]}}}", run)
    run = _NAMED.sub(lambda name: "\\" + name[0], run)
    run = _ARC.sub(r"\\overset{\\frown}{\1}", run)
    for sign, command in _SIGNS.items():
        run = run.replace(sign, command)
    run = _CLOSE.sub(r"\1", _SPACES.sub(" ", run)).strip()
    return f"{before}${run}${after}"


def _unmatched(run: str) -> int | None:
    """The place of a bracket without its partner."""
    opened: list[int] = []
    for place, sign in enumerate(run):
        if sign == "(":
            opened.append(place)
        elif sign == ")":
            if not opened:
                return place
            opened.pop()
    return opened[0] if opened else None
