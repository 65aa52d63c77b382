"""Wordings as data: `[a|b|c]` is a free choice inside one (no brackets within), `{…}` is filled with content."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from random import Random

_CHOICE = re.compile(r"\[([^\[\]]*\|[^\[\]]*)\]")  # but not the index in `{0[1]}`
# A letter that is not the article, or a function: x = 4, sin 30°.
_LETTER = re.compile(r"[a-zα-ω](?![A-Za-z])(?!(?<=a) [A-Za-z])|(?:arc)?(?:sin|cos|tan)[ (]")


def chosen(wordings: Sequence[str], chance: Random | None) -> str:
    """One wording with its choices made; the first of everything without `chance`."""
    wording = chance.choice(wordings) if chance else wordings[0]
    fixed, *rest = _parts(wording)
    if not rest:
        return fixed
    made = [fixed]
    for options, text in zip(rest[::2], rest[1::2], strict=True):
        made += [chance.choice(options.split("|")) if chance else options.partition("|")[0], text]
    return "".join(made)


def filled(wording: str, content: dict[str, str]) -> str:
    """The wording with its content; `{Why}` is `{why}` with a capital, and a sentence begins with one."""
    capitals = {key.capitalize(): capital(text) for key, text in content.items()}
    return capital(wording.format(**content, **capitals))


def capital(text: str) -> str:
    """With a capital, unless it begins with a letter that stands for a number (`x = 4`)."""
    return text if _LETTER.match(text) else text[:1].upper() + text[1:]


@lru_cache(maxsize=4_096)
def _parts(wording: str) -> tuple[str, ...]:
    return tuple(_CHOICE.split(wording))
