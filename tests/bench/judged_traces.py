"""Five judged traces with a planted error, and one with a mended mistake, as a page.

`python -m tests.bench.judged_traces > docs/steps.md`
"""

from __future__ import annotations

import random

from redstar_geo.geometry.claims import Facts, Judged, judge
from redstar_geo.geometry.construct import construct
from redstar_geo.geometry.narrate import narrate
from redstar_geo.geometry.narrate.theorems import Language
from tests.bench.geometry_claims import planted

_HEAD = """# Judged steps

*For people who wonder what a judged step is: five traces with a planted error, and one that corrects its own.*

A claim is true ✓, false ✗, unproven ? or withdrawn ↶, when the text itself takes it back
([geometry](geometry.md#claims)).

Five traces of built-in problems, each with one number changed at random. Every claim was read and judged without a
model; the first false one is marked ⟪like this⟫. `python -m tests.bench.judged_traces` writes this page;
`python -m tests.bench.geometry_claims` gives the rates over thousands of such traces.
"""
_SIGNS = {"true": "✓", "false": "✗", "unproven": "?", "withdrawn": "↶"}
_SHOWN = (
    ("exterior_angle", "en"),
    ("similar_triangles", "en"),
    ("two_tangents", "zh"),
    ("inscribed_angle", "en"),
    ("parallelogram_perimeter", "en"),
)


def page(family: str, language: str, seed: int) -> str:
    built = construct(family, seed, difficulty=4, language=language)
    facts = Facts(built.proof, (built.figure,))
    told = narrate(built.proof, form="long", language="zh" if language == "zh" else "en", seed=seed)
    text = f"{told.reasoning}\n{told.response}"
    plant = planted(text, judge(text, facts), random.Random(seed))
    if plant is None:
        raise ValueError(f"{family} {seed} has no number to change")
    return f"## {built.problem.question}\n\n{_marked(plant[0], judge(plant[0], facts))}\n"


def mended_page(family: str, language: Language, seed: int) -> str:
    """A trace in which the narrator makes a mistake, notices it and puts it right."""
    built = construct(family, seed, difficulty=4, language=language)
    told = narrate(built.proof, form="long", language=language, seed=seed, mistakes=1.0)
    if told.mistake is None:
        raise ValueError(f"{family} {seed} invites no mistake")
    text = f"{told.reasoning}\n{told.response}"
    judged = judge(text, Facts(built.proof, (built.figure,)))
    return f"## A mistake that is corrected. {built.problem.question}\n\n{_marked(text, judged)}\n"


def _marked(text: str, judged: Judged) -> str:
    """The trace with the first false claim between ⟪ ⟫, then every claim with what decides it."""
    lines = ["| | claim | decided by |", "|---|---|---|"]
    for step in judged.steps():
        name = step.claim.replace("\n", " ").replace("|", "\\|")
        lines.append(f"| {_SIGNS[step.status]} | `{name}` | {step.reason} |")
    if judged.first_false is not None:
        claim, _ = judged.claims[judged.first_false]
        text = f"{text[: claim.start]}⟪{claim.text}⟫{text[claim.end :]}"
    quoted = "\n".join(f"> {line}  " for line in text.splitlines())
    return "\n".join([quoted, "", *lines])


if __name__ == "__main__":
    print(_HEAD)
    for number, (family, language) in enumerate(_SHOWN):
        print(page(family, language, seed=number))
    print(mended_page("inscribed_angle", "en", seed=5), end="")
