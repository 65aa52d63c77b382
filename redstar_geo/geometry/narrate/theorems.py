"""What each theorem says: the reason for a step, as a clause."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Literal

from redstar_geo.geometry.narrate import phrases_en, phrases_zh
from redstar_geo.geometry.narrate.phrases_together import TOGETHER
from redstar_geo.geometry.narrate.wording import chosen

Language = Literal["en", "zh"]
PHRASES = {"en": phrases_en.PHRASES, "zh": phrases_zh.PHRASES}


def phrase(theorem: str, args: tuple[str, ...], language: Language, chance: Random | None = None) -> str:
    """Why a step holds, as a clause; without `chance`, always the same one."""
    return phrases(theorem, (args,), language, chance)[0]


def phrases(
    theorem: str, applications: Sequence[tuple[str, ...]], language: Language, chance: Random | None = None
) -> list[str]:
    """Why several steps by one theorem hold, as clauses: one that says it of all, where there is one."""
    wordings = PHRASES[language].get(theorem.replace("mirror_", ""))
    if wordings is None:
        return [_from_name(theorem, language)]
    if len(applications) > 1:
        wordings = TOGETHER[language].get(theorem, wordings)
    if theorem.startswith("mirror"):  # FormalGeo goes round the second figure the other way
        applications = [
            (args[0], args[1][0] + args[1][:0:-1], *args[2:]) if len(args) > 1 else args for args in applications
        ]
    wording = chosen(wordings, chance)
    return list(dict.fromkeys(wording.format(*args) for args in applications))


def _from_name(theorem: str, language: Language) -> str:
    """A theorem that nobody has worded is named from its own name, so that nothing is unsayable."""
    subject, _, rule = theorem.replace("mirror_", "").partition("_property_")
    if not rule:
        subject, _, rule = subject.partition("_judgment_")
    subject, rule = subject.replace("_", " "), rule.replace("_", " ")
    if language == "en":
        return f"the rule for {subject}" + (f" on {rule}" if rule else "")
    return f"由定理（{subject}{' · ' + rule if rule else ''}）"
