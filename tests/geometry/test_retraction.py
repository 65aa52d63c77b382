"""Claims that a text takes back: by what it says next, never by a word of doubt alone."""

from __future__ import annotations

from collections import Counter

import pytest

from redstar_geo.geometry import cdl
from redstar_geo.geometry.claims import Judged, judge
from redstar_geo.geometry.narrate import narrate
from redstar_geo.rl.reward import process_score
from tests.geometry.test_claims import _right_triangle
from tests.geometry.test_narrate import built_in, real

DOUBTS = [
    "Hmm, no.",
    "But wait,",
    "Let me reconsider.",
    "Let me double-check this.",
    "Hold on, I made a mistake.",
    "That seems too small.",
    "(wrong!) Correction:",
    "This contradicts the Pythagorean theorem.",
    "Oops.",
    "Sorry, I misread the figure.",
    "Scratch that.",
    "That can't be right, the hypotenuse is longer.",
    "Let me recompute that.",
    "不对，",
    "等等，",
    "我算错了，",
    "重新计算，",
    "之前的结果有误，",
    # nobody's list has these: any word that no derivation needs will do where the truth follows
    "Silly me, squares first.",
    "On reflection this is nonsense.",
    "That number looks suspicious.",
    "Argh, the wrong theorem.",
    "I was too hasty there.",
    "Rewind.",
    "Mm, halve it.",
    "Ugh.",
    "Going over it again:",
    "I should have taken the root.",
    "Nope.",
    "That violates the triangle inequality.",
    "好像不太对劲。",
    "推翻刚才的结论。",
    "这与图形不符。",
    "哦，我搞混了。",
]
# (text, statuses of its claims): AC = 4, BC = 3, AB = 5
TOLD = [
    ("I first thought AB = 6, but AB = 5.", ["unproven", "true"]),
    ("AB = 6. No, AB = 5.", ["withdrawn", "true"]),
    ("AB = 6, no wait, AB = 5.", ["withdrawn", "true"]),
    ("AB = 4² − 3² = 7. Actually AB = √(4² + 3²) = 5.", ["withdrawn", "true", "true", "true"]),
    ("AB = 6. That's wrong. AC = 4.", ["withdrawn", "true"]),
    ("AB = 6. It is not true that AB = 6.", ["withdrawn", "unproven"]),
    ("3² + 4² = 26. Hmm, 3² + 4² = 25.", ["withdrawn", "true"]),
    ("△ABC is right-angled at A. Wait, no: △ABC is right-angled at C.", ["withdrawn", "true"]),
    ("AB = 6，不对，AB = 5。", ["withdrawn", "true"]),
    ("AB = 6……啊不，AB = 5。", ["withdrawn", "true"]),
    ("AB = 6. *edit*: someone noted that 3² + 4² = 25, they're right.", ["withdrawn", "true"]),
    ("AB = 6, since 3 + 4 - 1 = 6 ... is it? AB = 5.", ["withdrawn", "true", "true"]),
    ("AC = 4. BC = 4. I conflated the two. AB = 5. Answer: AC = 4", ["true", "withdrawn", "true", "true"]),
    # what hung on it alone goes with it, what did not stays
    ("AB = 6, so the perimeter of △ABC = 13. Wait, AB = 5.", ["withdrawn", "withdrawn", "true"]),
    ("AB = 6. 2 + 2 = 5. Wait, AB = 5.", ["withdrawn", "false", "true"]),
    ("AB = 6. ∠ACB = 80°. Wait, AB = 5.", ["withdrawn", "false", "true"]),
    # and so does what it follows from in its sentence
    ("AC · BC = 10 gives AB = 10. No, that is for areas. AB = 5.", ["withdrawn", "withdrawn", "true"]),
    ("AB/AC = AC/BC = 4/3 gives AB = 6. No, not similar. AB = 5.", ["withdrawn", "true", "withdrawn", "true"]),
    # up to what is right, and an error is admitted of what stands last
    ("AB² = 24, so AB = 5, so 2AB = 12. Sorry, I doubled it wrongly.", ["false", "true", "withdrawn"]),
    ("BC = 4. AC = 4. AB = 6. Sorry, I misread the label.", ["false", "true", "withdrawn"]),
    ("BC = 4. Is AB = 7? Oops, I added the legs.", ["false", "unproven"]),
    ("3² + 4² = 24, so AB = 6. Wait, AB = 5.", ["false", "withdrawn", "true"]),
    # nothing is withdrawn
    ("AB = 5. Edit: earlier I posted AB = 7, ignore that.", ["true", "withdrawn"]),
    ("AB = 6. AB = 5.", ["false", "true"]),
    # a doubt is spent on the nearest claim that it mends
    ("BC = 6. cos A = 3/5. No wait, cos A = 4/5. So BC = 3.", ["false", "withdrawn", "true", "true"]),
    ("If AB = 6, AC = 5.\nThat is not so. Therefore AB = 7.", ["unproven", "unproven", "false"]),
    ("AB = 6. Wait, let me check. Yes, that's right. So AB = 5.", ["false", "true"]),
    ("AB = 5. Wait, let me double-check. Yes, AB = 5.", ["true", "true"]),
    ("AB = 6. Hmm, wait. Let me reconsider. So the perimeter of △ABC = 13.", ["unproven", "false"]),
    ("AB = 6. Hold on, I made a mistake. Anyway, AC = 4 and 6 + 4 + 3 = 13.", ["unproven", "true", "true"]),
    ("AB = 6. Wait, AB = 5. No, it was right: AB = 6.", ["false", "withdrawn", "false"]),
    ("AB = 5. Wait, AB = 6.", ["withdrawn", "false"]),
    ("AB = 6. Wait, AB = 7.", ["withdrawn", "false"]),
    ("AB = 6. Wait, is ∠ACB = 90°? Yes. BC = 3.", ["false", "unproven", "true"]),
    ("AB = 6。等等，再检查一下，没错。AC = 4。", ["false", "true"]),
]


def _statuses(judged: Judged) -> list[str]:
    return [decision.status for _, decision in judged.claims]


@pytest.mark.parametrize("doubt", DOUBTS)
def test_a_doubt_and_another_value_withdraw_and_a_doubt_alone_does_not(doubt: str) -> None:
    facts = _right_triangle()
    mended = judge(f"So AB = 6. {doubt} AB = 5.", facts)
    assert _statuses(mended) == ["withdrawn", "true"]
    assert (mended.errors, mended.mended, mended.first_false) == (1, 1, None)
    alone = judge(f"So AB = 6. {doubt} The perimeter of △ABC is 13.", facts)
    assert _statuses(alone)[-1] == "false" and alone.first_false is not None
    kept = judge(f"So AB = 6. {doubt} AC = 4. Thus AB = 6.", facts)
    assert _statuses(kept) == ["false", "true", "false"] and kept.mended == 0


@pytest.mark.parametrize("text, statuses", TOLD)
def test_what_is_withdrawn(text: str, statuses: list[str]) -> None:
    assert _statuses(judge(text, _right_triangle())) == statuses


def test_a_step_that_was_withdrawn_says_what_it_was_and_costs_nothing() -> None:
    steps = judge("AC = 4. AB = 6. Wait, AB = 5.", _right_triangle()).steps()
    assert [step.status for step in steps] == ["true", "withdrawn", "true"]
    assert steps[1].reason.startswith("false, mended: ")
    assert process_score(steps) == process_score([steps[0], steps[2]]) == 1.0


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("voices", [None, 1])
def test_the_narrators_mistakes_are_false_withdrawn_and_mended(language: str, voices: int | None) -> None:
    told_of, kinds = 0, Counter[str]()
    for seed, (proof, facts) in enumerate([*real(), *built_in()]):
        told = narrate(proof, form="long", language=language, seed=seed, voices=voices, mistakes=1.0)
        if told.mistake is None:
            continue
        told_of += 1
        judged = judge(f"{told.reasoning}\n{told.response}", facts)
        assert judged.first_false is None, judged.claims[judged.first_false]
        assert judged.errors and judged.mended, told.mistake.text
        wrong = {facts.key(cdl.parse(statement)) for statement in told.mistake.false}
        for claim, decision in judged.claims:
            if decision.was == "false":
                kinds[told.mistake.kind] += facts.key(claim.statement) in wrong
    assert told_of > 30 and kinds.total() >= told_of
