from __future__ import annotations

import random
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from redstar_geo.geometry.claims import Facts, judge, read
from redstar_geo.geometry.construct import FAMILIES, construct
from redstar_geo.geometry.figure import Figure
from redstar_geo.geometry.proof import Proof
from tests.bench.geometry_claims import builtin, own_traces, real
from tests.paths import DOZEN

WORDINGS = [
    (r"so $\angle ABC = 50^\circ$.", "Equal(MeasureOfAngle(ABC),50)"),
    (r"\(\overline{AB} \parallel \overline{CD}\)", "ParallelBetweenLine(AB,CD)"),
    (r"we get \frac{AB}{CD} = \frac{3}{4}", "Equal(Div(LengthOfLine(AB),LengthOfLine(CD)),Div(3,4))"),
    ("m∠1 = 40°", "Equal(MeasureOfAngle(1),40)"),
    ("angle ABC measures fifty-five degrees", "Equal(MeasureOfAngle(ABC),55)"),
    ("The area of triangle ABC is 6 cm²", "Equal(AreaOfTriangle(ABC),6)"),
    ("S△ABC = 6", "Equal(AreaOfTriangle(ABC),6)"),
    ("the radius of ⊙O equals 5", "Equal(RadiusOfCircle(O),5)"),
    ("180° − 75° = 105°", "Equal(Sub(180,75),105)"),
    ("2√3 · √3 = 6", "Equal(Mul(Mul(2,sqrt(3)),sqrt(3)),6)"),
    ("3x + 20 = 80", "Equal(Add(Mul(3,x),20),80)"),
    ("M is the midpoint of AB", "IsMidpointOfLine(M,AB)"),
    ("△ABC ∼ △DEF", "SimilarBetweenTriangle(ABC,DEF)"),
    ("triangles ABC and DEF are congruent", "CongruentBetweenTriangle(ABC,DEF)"),
    ("BD bisects ∠ABC", "IsBisectorOfAngle(BD,ABC)"),
    ("PA is tangent to circle O", "IsTangentOfCircle(PA,O)"),
    ("所以∠ACD的度数为三十度", "Equal(MeasureOfAngle(ACD),30)"),
    ("AB平行于CD", "ParallelBetweenLine(AB,CD)"),
    ("于是△ABC的高 = 24", "Equal(HeightOfTriangle(ABC),24)"),
    ("△ABC与△DEF全等", "CongruentBetweenTriangle(ABC,DEF)"),
    ("AB是⊙O的直径", "IsDiameterOfCircle(AB,O)"),
    ("∠A和∠B互余", "Equal(Add(MeasureOfAngle(A),MeasureOfAngle(B)),90)"),
    ("it is 24°, arcs DB and BC are congruent", "Equal(MeasureOfArc(DB),MeasureOfArc(BC))"),
    ("BC是AB的2倍", "Equal(LengthOfLine(BC),Mul(2,LengthOfLine(AB)))"),
]
NO_CLAIMS = [
    "Step 2: look at figure 3.",
    "There are 3 angles, by SAS and AAS.",
    "Option B: 5 cm",
    "a 90° turn",
    "A, B and C",
]
SUPPOSED = [
    "Is AB = AC?",
    "If AB were 5, then AC = 3.",
    "For that I would have to know CO = OE.",
    "It is tempting to say AB = 3.",
    "如果AB = 5，那么AC = 3。",
    "能不能说AB = AC？",
]


def _right_triangle() -> Facts:
    """3, 4, 5 with the right angle at C; D is anywhere on AB, so it differs between the figures."""
    givens = ("PerpendicularBetweenLine(AC,BC)", "Equal(LengthOfLine(AC),4)", "Equal(LengthOfLine(BC),3)")
    figures = [
        Figure({"A": (0, 4), "B": (3, 0), "C": (0, 0), "D": (3 * t, 4 - 4 * t)}, ("AB", "BC", "CA", "CD"))
        for t in (0.3, 0.45, 0.7)
    ]
    return Facts(Proof(givens, "LengthOfLine(AB)", "5", ()), figures, ["ADB"])


@pytest.mark.parametrize("text, statement", WORDINGS)
def test_a_wording_is_read(text: str, statement: str) -> None:
    (claim,) = read(text).claims
    assert str(claim.statement) == statement
    assert claim.standing == "asserted"


@pytest.mark.parametrize("text", NO_CLAIMS)
def test_numbers_and_names_alone_claim_nothing(text: str) -> None:
    assert read(text).claims == ()


@pytest.mark.parametrize("text", SUPPOSED)
def test_what_is_asked_or_supposed_is_not_asserted(text: str) -> None:
    claims = read(text).claims
    assert claims and all(claim.standing == "supposed" for claim in claims)


def test_a_chain_of_equalities_is_claim_after_claim() -> None:
    assert [str(claim.statement) for claim in read("AB = CD = 2 · 3 = 6").claims] == [
        "Equal(LengthOfLine(AB),LengthOfLine(CD))",
        "Equal(LengthOfLine(CD),Mul(2,3))",
        "Equal(Mul(2,3),6)",
    ]


@pytest.mark.parametrize(
    "text, status",
    [
        ("AB = 5", "true"),
        ("AB = 6", "false"),
        ("∠ACB = 90°", "true"),
        ("△ABC is right-angled at C", "true"),
        ("△ABC is right-angled at A", "false"),
        ("△ABC is isosceles", "false"),
        ("AB > AC", "true"),
        ("AB < AC", "false"),
        ("AD + DB = AB", "true"),
        ("D lies on AB", "true"),
        ("AD = 2", "unproven"),
        ("AD = DB", "unproven"),
        ("CD ⊥ AB", "unproven"),
        ("AQ = 5", "unproven"),
        ("7 / 3 = 2.33", "true"),
        ("7 / 3 = 2.34", "false"),
        ("√2 ≈ 1.41", "true"),
        ("3² + 4² = 5²", "true"),
        ("sin 30° = 1/2", "true"),
        ("9^9^9^9 = 1", "unproven"),
        ("1/0 = 1", "unproven"),
    ],
)
def test_status(text: str, status: str) -> None:
    ((_, decision),) = judge(text, _right_triangle()).claims
    assert decision.status == status, decision


def test_letters_mean_what_the_text_makes_of_them() -> None:
    judged = judge("Let x = AB. Then x = 5. Also 2y + 1 = 9, so y = 4, and then y = 5.", _right_triangle())
    assert [decision.status for _, decision in judged.claims] == ["unproven", "true", "unproven", "true", "false"]


def test_the_first_false_step_is_named_with_its_place() -> None:
    text = "AC = 4 and BC = 3. 4² + 3² = 26. So AB = √26."
    judged = judge(text, _right_triangle())
    assert judged.first_false is not None
    claim, decision = judged.claims[judged.first_false]
    assert text[claim.start : claim.end] == claim.text == "4² + 3² = 26"
    assert decision.reason == "arithmetic: 25 against 26"


def test_a_proofs_step_is_the_reason_when_it_states_the_claim() -> None:
    built = construct("isosceles", seed=1)
    judged = judge("\n".join(f"{m.unknown[-4:-1]}" for m in ()) + "∠ABC", Facts(built.proof, (built.figure,)))
    assert judged.claims == ()
    facts = Facts(built.proof, (built.figure,))
    assert all(origin == "given" or origin.startswith("step ") for origin in facts.statements.values())


@pytest.mark.parametrize("family", list(FAMILIES))
def test_every_conclusion_of_a_proof_is_true_in_its_own_figure(family: str) -> None:
    built = construct(family, seed=4, difficulty=4)
    bare = Facts(Proof((), built.proof.goal, built.proof.answer, ()), (built.figure,))
    told = own_traces(iter([(family, built.proof, Facts(built.proof, (built.figure,)))]), samples=2)
    assert told["claims_true"] == 1.0
    assert judge(f"{built.problem.question}", bare).first_false is None


def test_planted_errors_are_found_where_they_are_in_built_in_problems() -> None:
    report = own_traces(builtin(40), samples=2)
    assert report["traces_with_a_false_alarm"] == 0
    assert report["relation_signs_read"] > 0.99
    assert report["planted_flagged_first"] > 0.95


def test_the_narrators_traces_of_real_problems_are_judged_true() -> None:
    report = own_traces(real(12, folder=DOZEN), samples=2)
    assert report["claims_false"] == 0
    assert report["claims_true"] > 0.97


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet="∠△⊙∥⊥=≈<>+-*/^()[]{}\\°√²ABCDOx12390.,:?中是的等于 \n", max_size=300))
def test_any_text_is_judged_and_every_claim_has_its_place(text: str) -> None:
    facts = _right_triangle()
    for claim, decision in judge(text, facts).claims:
        assert text[claim.start : claim.end] == claim.text != ""
        assert decision.status in ("true", "false", "unproven")


def test_a_truncated_trace_keeps_its_claims() -> None:
    text = "AB = 5. Then ∠ACB = 90° and AC = 4, since"
    for end in range(len(text)):
        judge(text[:end], _right_triangle())
    assert len(judge(text, _right_triangle()).claims) == 3


def test_a_very_long_text_is_cut_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules["redstar_geo.geometry.claims.read"], "TEXT", 20_000)
    chance = random.Random(0)
    long = " ".join(
        chance.choice(["AB = 5.", "(" * 40, "√√√√", "∠ABC", "12 + 13 = 25.", "\\frac{1}{"]) for _ in range(10_000)
    )
    judged = judge(long, _right_triangle())
    assert judged.cut
    assert max(claim.end for claim, _ in judged.claims) <= 20_000


def test_contradictions_are_each_judged() -> None:
    judged = judge("AB = 5. AB = 6. AB = 5.", _right_triangle())
    assert [decision.status for _, decision in judged.claims] == ["true", "false", "true"]


def test_what_is_wrong_by_one_factor_in_every_figure_is_false_though_no_length_is_known() -> None:
    figures = [Figure({"A": (0, 0), "O": (size, 0), "C": (2 * size, 0)}, ("AO", "OC")) for size in (1.0, 1.7, 3.1)]
    facts = Facts(Proof(("IsMidpointOfLine(O,AC)",), "LengthOfLine(AO)", "1", ()), figures, ["AOC"])
    said = "AC = 2 AO. AC = 5 AO. AC = 3. AC = AO + 2."
    statuses = [decision.status for _, decision in judge(said.replace(". ", ".\n\n"), facts).claims]
    assert statuses == ["true", "false", "unproven", "unproven"]
