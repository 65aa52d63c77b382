"""Every claim that is judged is underlined where it stands, in every family, form and language, and as models write."""

from __future__ import annotations

import re

import pytest

from redstar_geo.geometry.claims import Facts, judge
from redstar_geo.geometry.construct import FAMILIES, construct
from redstar_geo.teacher.formal import Style, answer
from redstar_geo.viewing.judged import Parts, asserted, steps_panel, whole
from redstar_geo.viewing.words import words

SAID = words("en")
WRITTEN: dict[str, Parts] = {  # of a triangle whose angles are 50°, 60° and 70°
    "two in a formula": (r"So $\angle A = 50^\circ, \angle B = 61^\circ$.", r"\boxed{70^\circ}"),
    "a chain in a formula": (r"\[\angle C = 180^\circ - 50^\circ - 60^\circ = 70^\circ\]", r"$\angle C = 70^\circ$"),
    "one that begins before a formula": (r"Then ∠A + ∠B = $50^\circ + 60^\circ = 110^\circ$ and ∠C = $70^\circ$.", ""),
    "lines of a display": (
        "\\[\\begin{aligned} \\angle A + \\angle B &= 110^\\circ \\\\ \\angle C &= 70^\\circ \\end{aligned}\\]",
        "∠C = 70°",
    ),
    "in bold, in a list, in code": ("- **∠A = 50°**\n- `∠B = 60°`\n### ∠C = 70°\n", "**∠C = 70°**"),
    "over a line": ("The angle at C is\n180° - 50° - 60° = 70°.", "∠C\n= 70°"),
    "thoughts that begin with a space": ("  ∠A = 50°, ∠B = 60°", "∠C = 70°"),
    "no thoughts": ("", "∠A = 50°. ∠C = 70°."),
    "no response": ("∠A = 50°. ∠C = 71°.", ""),
}


def underlined(page: str) -> list[int]:
    """The numbers of the claims that are marked, in the order of the page."""
    return [int(number) for each in re.findall(r'<mark [^>]*data-claims="([^"]*)"', page) for number in each.split()]


@pytest.mark.parametrize("family", FAMILIES)
def test_every_judged_claim_of_a_family_is_underlined(family: str) -> None:
    for language in ("en", "zh"):
        built = construct(family, 3, 6, language)
        facts = Facts(built.proof, (built.figure,))
        for style, sample in ((Style("short"), 0), (Style("short"), 1), (Style("long", mistakes=1.0), 2)):
            told = answer(built.problem, built.proof, style, sample, 0)
            parts = told["reasoning"], told["response"]
            claims = asserted(judge(whole(parts), facts))
            page = steps_panel(parts, claims, (built.figure,), SAID)
            assert claims and underlined(page) == list(range(len(claims)))


@pytest.mark.parametrize("name", WRITTEN)
def test_a_claim_is_underlined_however_it_is_written(name: str) -> None:
    built = construct("angle_sum", 3, 2)
    parts = WRITTEN[name]
    claims = asserted(judge(whole(parts), Facts(built.proof, (built.figure,))))
    page = steps_panel(parts, claims, (built.figure,), SAID)
    assert claims and underlined(page) == list(range(len(claims)))
    for number in range(len(claims)):
        assert f'.steps:has([data-claims~="{number}"]' in page  # it lights up in the figure
    assert page.count('<div class="why ') == page.count("<mark ")
    assert page.count('class="said"') == len(claims)  # and each has its reason


def test_what_is_not_underlined_is_told() -> None:
    built = construct("angle_sum", 3, 2)
    parts = ("\n".join(f"{number} + 1 = {number + 1}." for number in range(450)), "")
    claims = asserted(judge(whole(parts), Facts(built.proof, (built.figure,))))
    page = steps_panel(parts, claims, (built.figure,), SAID)
    assert len(claims) == 450 and underlined(page) == list(range(400))
    assert "450 statements checked" in page and "450 true" in page and "The first 400 are underlined" in page
