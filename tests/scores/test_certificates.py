"""What certificates say of answers, by hand."""

import pytest

from redstar_geo.scores.certificates import Certified, certified_scores


def test_by_hand() -> None:
    answers = [
        Certified("a", "certified", "", True),
        Certified("b", "certified", "", True),
        Certified("c", "refuted", "", False),
        Certified("d", "refuted", "", True),
        Certified("e", "not certified", "not determined", False),
    ]
    found = certified_scores(answers)
    assert found["coverage"] == 0.4 and found["at_coverage"]["accuracy"] == 1.0 and found["of_all"]["accuracy"] == 0.6
    assert (found["caught"], found["wrong"], found["lost"], found["refuted"]) == (1, 2, 1, 2)
    assert found["why_not"] == {"not determined": 1}
    assert [tuple(map(pytest.approx, point)) for point in found["curve"]] == [(0.4, 0.0), (0.6, 1 / 3), (1.0, 0.4)]


def test_without_answers_there_are_no_shares() -> None:
    found = certified_scores([])
    assert found["coverage"] is None and found["curve"] == [] and found["of_all"]["n"] == 0
