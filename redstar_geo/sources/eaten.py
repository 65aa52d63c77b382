r"""LaTeX whose backslashes a reader of JSON has eaten: `"\frac"` in a file is a form feed and `rac`.

Only what can be nothing else is mended. A line that begins with "e" is no `\ne`, and a tab before "an isosceles
triangle" no `\tan`: such are mended in answers and choices alone, which have no lines and tabs of their own.
"""

from __future__ import annotations

import re

_ESCAPES = {"\a": "a", "\b": "b", "\t": "t", "\n": "n", "\v": "v", "\f": "f", "\r": "r"}
_ANYWHERE = {  # what is left of commands; no words, nor how a line begins
    "\a": "lpha ngle pprox rc rccos rcsin rctan rray st",
    "\b": "[A-Za-z]+",
    "\t": "anh au binom ext extbf extdegree extit extrm extstyle exttt frac herefore heta hickapprox hicksim ilde imes "
    "o op riangle riangleleft riangleq riangleright woheadrightarrow",
    "\n": "abla atural cong earrow eq ewline geq gtr leq ocong olimits onumber ot otin subseteq warrow",
    "\v": "arepsilon arnothing arphi artheta dots ec ee ert Vert",
    "\f": "box lat ootnotesize orall rac rown",
    "\r": "Vert brace brack ceil floor ho ight ightarrow ightleftharpoons m times vert",
}
_IN_ANSWERS = {"\t": "ag an", "\n": "e eg exists i less mid parallel sim u", "\r": "angle"}


def _pattern(*tables: dict[str, str]) -> re.Pattern[str]:
    commands = [f"{eaten}(?:{'|'.join(rests.split())})" for table in tables for eaten, rests in table.items()]
    return re.compile(f"(?:{'|'.join(commands)})(?![A-Za-z])")


_EATEN, _EATEN_IN_ANSWERS = _pattern(_ANYWHERE), _pattern(_ANYWHERE, _IN_ANSWERS)


def mended(text: str) -> str:
    """A question or a solution with the backslashes that it had."""
    return _EATEN.sub(_written, text)


def mended_answer(text: str) -> str:
    """An answer or a choice with the backslashes that it had."""
    return _EATEN_IN_ANSWERS.sub(_written, text)


def stripped(text: str) -> str:
    """The text without the white space around it, of which a form feed before `rac` is none."""
    bare = text.strip()
    first = len(text) - len(text.lstrip()) - 1
    return text[first] + bare if first >= 0 and _EATEN_IN_ANSWERS.match(text[first] + bare) else bare


def _written(match: re.Match[str]) -> str:
    return f"\\{_ESCAPES[match[0][0]]}{match[0][1:]}"
