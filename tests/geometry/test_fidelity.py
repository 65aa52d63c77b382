from __future__ import annotations

from redstar_geo.geometry.claims import Facts, judge
from redstar_geo.geometry.claims.fidelity import Fidelity, fidelity, subgoals, summary
from redstar_geo.geometry.proof import Proof, Solve

_SUM = "Equal(Add(MeasureOfAngle(ABC),MeasureOfAngle(BCA),MeasureOfAngle(CAB)),180)"
PROOF = Proof(
    ("Equal(MeasureOfAngle(ABC),50)", "Equal(MeasureOfAngle(BCA),MeasureOfAngle(ABC))"),
    "MeasureOfAngle(CAB)",
    "80",
    (
        Solve("MeasureOfAngle(BCA)", "50", ("Equal(MeasureOfAngle(BCA),MeasureOfAngle(ABC))",), ()),
        Solve("MeasureOfAngle(CAB)", "80", (_SUM,), ()),
        Solve("LengthOfLine(AB)", "7", (), (), needed=False),
    ),
)
FACTS = Facts(PROOF)


def test_only_what_the_goal_rests_on_is_a_subgoal() -> None:
    assert subgoals(PROOF) == ("MeasureOfAngle(BCA)", "MeasureOfAngle(CAB)")


def test_values_count_when_they_are_stated_rightly() -> None:
    assert fidelity(judge("∠BCA = 50°, so ∠CAB = 180° − 100° = 80°.", FACTS), FACTS) == Fidelity(2, 2, 0)
    assert fidelity(judge("∠ACB = ∠ABC = 50°.", FACTS), FACTS) == Fidelity(1, 2, 0)
    assert fidelity(judge("∠BCA = 51°, so ∠CAB = 80°.", FACTS), FACTS) == Fidelity(1, 2, 1)
    assert fidelity(judge("If ∠BCA were equal to ∠CAB = 80° …", FACTS), FACTS) == Fidelity(0, 2, 0)


def test_summary_tells_right_answers_by_wrong_steps_from_right_ones() -> None:
    found = summary([(Fidelity(2, 2, 0), True), (Fidelity(1, 2, 1), True), (Fidelity(0, 2, 0), False)])
    assert found["skeleton_rate"] == 0.5
    assert found["completion"] == 1 / 3
    assert found["consistency"] == 2 / 3
    assert found["right_by_wrong_steps"] == 0.5
    assert summary([]) == {"n": 0}
