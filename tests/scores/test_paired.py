import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm
from statsmodels.stats.contingency_tables import mcnemar as theirs

from redstar_geo.scores import accuracy, bootstrap
from redstar_geo.scores.paired import difference, mcnemar

PAIRS = st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=80)


def test_mcnemar_of_a_known_table():
    pairs = [(True, True)] * 30 + [(True, False)] * 3 + [(False, True)] * 12 + [(False, False)] * 5
    found = mcnemar([a for a, _ in pairs], [b for _, b in pairs])
    assert (found.both, found.first_only, found.second_only, found.neither) == (30, 3, 12, 5)
    assert found.p_value == pytest.approx(2 * sum([1, 15, 105, 455]) / 2**15)


@given(PAIRS)
def test_mcnemar_is_that_of_statsmodels_and_does_not_hang_on_the_order(pairs):
    first, second = [a for a, _ in pairs], [b for _, b in pairs]
    found, turned = mcnemar(first, second), mcnemar(second, first)
    table = [[found.both, found.first_only], [found.second_only, found.neither]]
    assert sum(map(sum, table)) == len(pairs)
    assert found.p_value == turned.p_value
    assert found.p_value == pytest.approx(min(1.0, float(theirs(table, exact=True).pvalue)), abs=1e-9)


def test_runs_that_agree_are_no_different():
    assert mcnemar([True, False, True], [True, False, True]).p_value == 1.0


def test_other_lengths_are_refused():
    with pytest.raises(ValueError, match="shorter"):
        mcnemar([True], [])
    with pytest.raises(ValueError, match="shorter"):
        difference([1.0, 0.0], [1.0])


@settings(max_examples=20)
@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=10, max_size=80))
def test_the_difference_turns_round_with_the_runs(pairs):
    first, second = [float(a) for a, _ in pairs], [float(b) for _, b in pairs]
    found, turned = difference(first, second), difference(second, first)
    assert found.value == pytest.approx(np.mean(second) - np.mean(first))
    assert found.value == pytest.approx(-turned.value)
    assert found.low - 1e-12 <= found.value <= found.high + 1e-12
    assert (found.low, found.high) == pytest.approx((-turned.high, -turned.low), abs=2 / len(pairs))


def test_pairing_narrows_the_interval_of_runs_that_mostly_agree():
    rng = np.random.default_rng(0)
    first = (rng.random(400) < 0.5).astype(float)
    second = np.where(rng.random(400) < 0.95, first, 1 - first)
    paired = difference(first, second)
    unpaired = difference(first, rng.permutation(second))
    assert paired.high - paired.low < 0.5 * (unpaired.high - unpaired.low)


def test_runs_that_agree_on_every_problem_are_not_said_to_be_equal_beyond_doubt():
    found = difference([1.0, 0.0] * 150, [1.0, 0.0] * 150)
    assert found.value == 0 and found.high == -found.low == pytest.approx(accuracy(0, 300).high)
    assert difference([1.0], [1.0]).low is None


def test_the_bootstrap_interval_is_near_that_of_normal_theory_and_the_same_every_time():
    values = (np.random.default_rng(1).random(500) < 0.3).astype(float)
    found = bootstrap.mean(values)
    reach = norm.ppf(0.975) * values.std() / np.sqrt(len(values))
    assert (found.low, found.high) == pytest.approx((values.mean() - reach, values.mean() + reach), abs=0.004)
    assert bootstrap.mean(values) == found


def test_a_few_problems_have_no_interval():
    assert bootstrap.mean([0.5] * 9).as_dict() == {"n": 9, "value": 0.5, "low": None, "high": None}
    assert bootstrap.mean([0.5] * 10).low == 0.5
    assert bootstrap.mean([]).value is None
