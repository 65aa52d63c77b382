"""Certificates of an evaluation's answers, and what the report shows of them."""

from dataclasses import replace

from redstar_geo.eval.certified import certification
from redstar_geo.geometry.construct import construct
from redstar_geo.report.certified import certified_rows, certified_section

BUILT = [construct("exterior_angle", seed, modality="picture") for seed in (3, 4)]
PROBLEMS = [replace(each.problem, choices=(), answer=each.proof.answer) for each in BUILT]


def item(place: int, said: str, verdict: str) -> dict[str, object]:
    return {"id": PROBLEMS[place].id, "response": f"\\boxed{{{said}}}", "truncated": False, "verdict": verdict}


def test_right_answers_are_certified_and_wrong_ones_refuted() -> None:
    items = [item(0, PROBLEMS[0].answer, "correct"), item(1, "1", "wrong"), item(1, PROBLEMS[1].answer, "correct")]
    found = certification(PROBLEMS, items)
    assert found is not None
    assert (found["answers"], found["problems"], found["caught"], found["wrong"], found["lost"]) == (3, 2, 1, 1, 0)
    assert found["coverage"] == 2 / 3 and found["at_coverage"]["accuracy"] == 1.0
    (row,) = certified_rows({"exam": {"certified": found}, "other": {}})
    assert row[:3] == ["exam", "66.7 %", "100.0 %"] and row[-1] == "1 of 1"
    section = certified_section({"certified": found})
    assert section is not None and str(section["plot"]).startswith("<svg") and section["lost"] == "0"


def test_of_other_problems_nothing_is_said() -> None:
    other = [replace(each, source="mine", meta={}) for each in PROBLEMS]
    assert certification(other, [item(0, "1", "wrong")]) is None
    assert certified_section({}) is None
