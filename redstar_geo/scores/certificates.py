"""What certificates say of answers whose gold answers are known: accuracy at coverage, the risk–coverage curve (Geifman
and El-Yaniv, arXiv 1705.08500), and what certification would have caught."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

from redstar_geo.scores.wilson import clustered

_ORDER = ("certified", "not certified", "refuted")  # who answers less trusts these first


class Certified(NamedTuple):
    """An answer: its problem, the status of its certificate, why there is none, and whether it is right by the gold."""

    problem: str
    status: str
    why: str
    right: bool


def certified_scores(answers: Sequence[Certified]) -> dict[str, Any]:
    """The figures of a set of answers; `caught` of the wrong ones are refuted, `lost` of the right ones are.

    `curve` has a point each time one more status is answered: the share of answers given (coverage) and how many of
    these are wrong (risk).
    """
    of = {status: [each for each in answers if each.status == status] for status in _ORDER}
    wrong = [each for each in answers if not each.right]
    curve, given, mistakes = [], 0, 0
    for status in _ORDER:
        given += len(of[status])
        mistakes += sum(not each.right for each in of[status])
        if of[status]:
            curve.append((given / len(answers), mistakes / given))
    return {
        "answers": len(answers),
        "problems": len({each.problem for each in answers}),
        "coverage": len(of["certified"]) / len(answers) if answers else None,
        "at_coverage": clustered(_by_problem(of["certified"])).as_dict(),
        "of_all": clustered(_by_problem(answers)).as_dict(),
        "refuted": len(of["refuted"]),
        "caught": sum(not each.right for each in of["refuted"]),
        "wrong": len(wrong),
        "lost": sum(each.right for each in of["refuted"]),
        "why_not": dict(Counter(each.why for each in of["not certified"]).most_common()),
        "curve": curve,
    }


def _by_problem(answers: Sequence[Certified]) -> list[list[bool]]:
    problems: dict[str, list[bool]] = {}
    for each in answers:
        problems.setdefault(each.problem, []).append(each.right)
    return list(problems.values())
