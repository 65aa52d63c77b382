import pytest

from redstar_geo.scores import accuracy, accuracy_by


def test_wilson_interval_of_a_textbook_case():
    found = accuracy(15, 50)  # Newcombe 1998, method 3 for 15/50
    assert (found.right, found.n, found.accuracy) == (15, 50, 0.3)
    assert found.low == pytest.approx(0.1910, abs=1e-4)
    assert found.high == pytest.approx(0.4375, abs=1e-4)


def test_interval_stays_within_0_and_1_and_closes_with_more_items():
    widths = []
    for n in (4, 40, 400):
        sure = accuracy(n, n)
        assert 0 < sure.low < sure.high == pytest.approx(1.0)
        widths.append(sure.high - sure.low)
    assert widths == sorted(widths, reverse=True)


def test_no_item_has_no_accuracy():
    assert accuracy(0, 0).accuracy is None


def test_groups_add_up_to_the_whole():
    items = [("b", True), ("a", False), ("b", False), ("b", True)]
    groups = accuracy_by(items)
    assert list(groups) == ["a", "b"]
    assert (groups["b"].right, groups["b"].n) == (2, 3)
    assert sum(group.n for group in groups.values()) == len(items)
