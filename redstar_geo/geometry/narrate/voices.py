"""Voices: a register, a notation and a habit of telling, all chosen by seed.

What is said never depends on the voice, only how.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from random import Random

from redstar_geo.geometry import cdl
from redstar_geo.geometry.cdl import Term
from redstar_geo.geometry.narrate import asides_en, asides_zh, wording_en, wording_zh
from redstar_geo.geometry.narrate.say import joined, say, says_little
from redstar_geo.geometry.narrate.theorems import Language, phrases
from redstar_geo.geometry.narrate.wording import chosen, filled

REGISTERS = ("thinking", "tutoring", "formal", "terse")
_WEIGHTS = (5, 3, 2, 1)
_OWN = 0.65  # how often a register's own wording is taken rather than one of all registers
_WORDY = 0.6  # how often a relation is in words where the voice prefers words
SLOTS = {"en": wording_en.SLOTS | asides_en.SLOTS, "zh": wording_zh.SLOTS | asides_zh.SLOTS}
_ASIDES = {"en": asides_en, "zh": asides_zh}
_IN_WORDS: dict[Language, dict[str, tuple[str, ...]]] = {
    "en": {
        "∥": ("{0} is parallel to {1}",),
        "⊥": ("{0} is perpendicular to {1}",),
        "∼": ("{0} is similar to {1}", "{0} and {1} are similar"),
        "≅": ("{0} is congruent to {1}", "{0} and {1} are congruent"),
        "=": ("{0} equals {1}", "{0} is equal to {1}"),
        "value": ("{0} is {1}", "{0} measures {1}"),
    },
    "zh": {
        "∥": ("{0}平行于{1}", "{0}与{1}平行"),
        "⊥": ("{0}垂直于{1}", "{0}与{1}垂直"),
        "∼": ("{0}与{1}相似",),
        "≅": ("{0}与{1}全等",),
        "=": ("{0}等于{1}", "{0}与{1}相等"),
        "value": ("{0}是{1}", "{0}为{1}"),
    },
}
_RELATION = re.compile(r"(\S+|△ \S+|四边形\S+) ([∥⊥∼≅]) (\S+)")
_NAME = re.compile(r"∠[A-Z]{3}|[A-Z]{2}")
_WORTH = re.compile(r"[\d.]+°?")


class Voice:
    """One way of speaking; the same seed says the same thing the same way."""

    def __init__(self, seed: int, language: Language) -> None:
        self.language: Language = language
        self.chance = Random(str(seed))  # neighbouring numbers would begin alike
        self.register = self.chance.choices(REGISTERS, _WEIGHTS)[0]
        self.words = self.chance.random() < (0.1 if self.register in ("formal", "terse") else 0.4)
        self.latex = self.chance.random() < 0.15
        self.chains = self.chance.random() < 0.8  # 180 − 87 − 58 = 35
        self.puts_in = self.chance.random() < 0.6  # shows equations with the numbers put in
        self.mark = self.chance.choice((". ", ". ", "; ", ", ")) if language == "en" else self.chance.choice("。；，")
        self.asides = _ASIDES[language]
        self.recent: dict[str, set[str]] = {}

    def likes(self, share: float) -> bool:
        """A decision of this voice: yes in this share of cases."""
        return self.chance.random() < share

    def say(self, slot: str, **content: str) -> str:
        """Fill a wording of the slot, not the one used last where there is another."""
        registers = SLOTS[self.language][slot]
        own = registers.get(self.register, ())
        pool: Sequence[str] = own if own and self.likes(_OWN) else registers.get("any", own)
        used = self.recent.setdefault(slot, set())
        fresh = [wording for wording in pool if wording not in used]
        if not fresh:
            used.clear()
            fresh = list(pool)
        wording = self.chance.choice(fresh)
        used.add(wording)
        return filled(chosen((wording,), self.chance), content)

    def fact(self, statement: str) -> str:
        """A statement in the signs or words of this voice."""
        text = say(self._turned(statement), self.language)
        if not self.words or not self.likes(_WORDY):
            return text
        relation = _RELATION.fullmatch(text)
        if relation:
            left, sign, right = relation.groups()
            return self.chance.choice(_IN_WORDS[self.language][sign]).format(left, right)
        left, equal, right = text.partition(" = ")
        if equal and _NAME.fullmatch(left) and (_NAME.fullmatch(right) or _WORTH.fullmatch(right)):
            kind = "=" if _NAME.fullmatch(right) else "value"
            if kind == "value" and left[0] != "∠":
                return text
            return self.chance.choice(_IN_WORDS[self.language][kind]).format(left, right)
        return text

    def _turned(self, statement: str) -> str:
        """An equation with its sums in another order, or its sides exchanged."""
        term = cdl.parse(statement)
        if term.head != "Equal" or not self.likes(0.5):
            return statement
        sides = [self._shuffled(side) for side in term.terms]
        if all(list(side.measures()) for side in sides) and self.likes(0.3):
            sides.reverse()
        return f"Equal({sides[0]},{sides[1]})"

    def _shuffled(self, term: Term) -> Term:
        if term.head != "Add" or not all(list(part.measures()) for part in term.terms):
            return term
        parts = list(term.terms)
        self.chance.shuffle(parts)
        return Term("Add", tuple(parts))

    def facts(self, statements: Sequence[str], more: Sequence[str] = ()) -> str:
        """Several statements as a list, all but the first in signs: "AB = CD, EF is …" would be read amiss.

        `more` is in words already.
        """
        texts = [
            say(self._turned(statement), self.language) if i else self.fact(statement)
            for i, statement in enumerate(dict.fromkeys(statements))
        ]
        return joined([*texts, *more], self.language)

    def joined(self, parts: Sequence[str]) -> str:
        return joined(parts, self.language)

    def why(self, theorem: str, applications: Sequence[tuple[str, ...]]) -> str:
        """The reason for a step, or for several by one theorem."""
        return self.joined(phrases(theorem, applications, self.language, self.chance))

    def idea(self, theorem: str, args: tuple[str, ...]) -> str:
        """The question with which a theorem comes to mind."""
        options = self.asides.IDEAS.get(theorem, self.asides.IDEAS[""])
        return chosen(options, self.chance).format(*args, theorem=theorem.replace("_", " "))

    def hope(self, theorem: str) -> str:
        """What would be gained by it."""
        kind = next((kind for kind in self.asides.HOPES if kind and theorem.startswith(kind)), "")
        return self.chance.choice(self.asides.HOPES[kind])

    def hint(self, statement: str) -> str:
        """What a given usually leads to; empty when there is nothing to say."""
        term = cdl.parse(statement)
        if term.head not in self.asides.HINTS or says_little(statement):
            return ""
        sign, hope = self.asides.HINTS[term.head]
        return self.say("hint", sign=sign.format(*term.points), hope=chosen((hope,), self.chance))

    def guess(self, kind: str, other: str) -> str:
        return self.chance.choice(self.asides.GUESSES[kind]).format(other=other)

    def trap(self, kind: str, content: dict[str, str]) -> str:
        """A temptation, worded as one."""
        return self.say("trap", trap=self.chance.choice(self.asides.TRAPS[kind]).format(**content))
