from math import comb

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import beta as beta_function
from scipy.stats import binomtest
from statsmodels.stats.proportion import proportion_confint

from redstar_geo.scores import accuracy, clustered
from redstar_geo.scores.wilson import rates

ANY_OF_4 = 1 - beta_function(0.05, 5.0) / beta_function(0.05, 1.0)  # 1 − E(1 − p)⁴ for p of Beta(0.05, 1)
ATTEMPTS = st.lists(st.lists(st.booleans(), min_size=1, max_size=6), min_size=1, max_size=30)


def test_wilson_interval_of_a_textbook_case():
    found = accuracy(15, 50)  # Newcombe 1998, method 3 for 15/50
    assert (found.correct, found.n, found.accuracy) == (15, 50, 0.3)
    assert found.low == pytest.approx(0.1910, abs=1e-4)
    assert found.high == pytest.approx(0.4375, abs=1e-4)


@given(st.integers(1, 2000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_interval_is_that_of_scipy(case):
    right, n = case
    found, theirs = accuracy(right, n), binomtest(right, n).proportion_ci(0.95, method="wilson")
    assert (found.low, found.high) == pytest.approx((theirs.low, theirs.high), abs=1e-12)


def test_interval_stays_within_0_and_1_and_closes_with_more_items():
    widths = []
    for n in (4, 40, 400):
        sure = accuracy(n, n)
        assert 0 < sure.low < sure.high == pytest.approx(1.0)
        widths.append(sure.high - sure.low)
    assert widths == sorted(widths, reverse=True)


def test_no_item_has_no_accuracy():
    assert accuracy(0, 0).accuracy is None
    assert clustered([]).accuracy is None
    assert clustered([[], []]) == accuracy(0, 0)


@given(st.lists(st.booleans(), min_size=1, max_size=60))
def test_one_attempt_a_problem_is_the_plain_interval(outcomes):
    found, plain = clustered([[right] for right in outcomes]), accuracy(sum(outcomes), len(outcomes))
    assert (found.correct, found.n, found.accuracy) == (plain.correct, plain.n, plain.accuracy)
    assert (found.low, found.high) == pytest.approx((plain.low, plain.high), abs=1e-12)


@given(st.lists(st.booleans(), min_size=1, max_size=40), st.integers(2, 9))
def test_attempts_that_always_agree_add_nothing(outcomes, times):
    found, plain = clustered([[right] * times for right in outcomes]), accuracy(sum(outcomes), len(outcomes))
    assert (found.low, found.high) == pytest.approx((plain.low, plain.high), abs=1e-12)
    assert found.n == times * plain.n


@given(ATTEMPTS)
def test_the_interval_holds_the_share_and_is_never_narrower_than_of_independent_attempts(problems):
    found = clustered(problems)
    plain = accuracy(found.correct, found.n)
    assert 0 <= found.low <= found.accuracy + 1e-12 and found.accuracy - 1e-12 <= found.high <= 1
    assert found.high - found.low >= plain.high - plain.low - 1e-12


def test_the_variance_is_the_cluster_robust_one_of_statsmodels():
    problems = [[True, True, False, True], [False] * 4, [True] * 4, [True, False], [False, False, True], [True, False]]
    flat = [float(right) for found in problems for right in found]
    groups = [place for place, found in enumerate(problems) for _ in found]
    fit = sm.OLS(flat, [1.0] * len(flat)).fit(cov_type="cluster", cov_kwds={"groups": groups, "use_correction": False})
    share = sum(flat) / len(flat)
    worth = share * (1 - share) / fit.bse[0] ** 2
    assert worth < len(flat)  # or the check would be of the plain interval
    low, high = proportion_confint(share * worth, worth, alpha=0.05, method="wilson")
    found = clustered(problems)
    assert (found.low, found.high) == pytest.approx((low, high), abs=1e-12)


@pytest.mark.parametrize("n", range(1, 60))
def test_the_share_is_never_outside_of_its_interval(n: int) -> None:
    for right in range(n + 1):
        found = accuracy(right, n)
        assert found.low <= found.accuracy <= found.high


@given(st.lists(st.booleans(), min_size=1, max_size=40))
def test_rates_that_are_0_or_1_have_the_plain_interval(outcomes):
    found, plain = (
        rates([float(right) for right in outcomes], 8 * len(outcomes)),
        accuracy(sum(outcomes), len(outcomes)),
    )
    assert (found.value, found.low, found.high) == pytest.approx((plain.accuracy, plain.low, plain.high), abs=1e-12)


@given(st.lists(st.lists(st.booleans(), min_size=4, max_size=4), min_size=1, max_size=30))
def test_rates_of_as_many_attempts_each_have_the_clustered_interval(problems):
    found, theirs = rates([sum(each) / 4 for each in problems], 4 * len(problems)), clustered(problems)
    assert (found.value, found.low, found.high) == pytest.approx((theirs.accuracy, theirs.low, theirs.high), abs=1e-9)


def test_the_interval_of_rates_holds_the_true_mean_about_as_often_as_it_says():
    rng, held, times = np.random.default_rng(0), 0, 2000
    for _ in range(times):
        right = rng.binomial(8, rng.beta(0.05, 1.0, size=60))  # most problems never, few often: any of 4, mean 0.12
        found = rates([1 - comb(8 - each, 4) / comb(8, 4) for each in right], 8 * 60)
        held += found.low <= ANY_OF_4 <= found.high
    assert 0.93 < held / times < 0.985


def test_without_rates_there_is_no_interval():
    assert rates([], 0).as_dict() == {"n": 0, "value": None, "low": None, "high": None}
