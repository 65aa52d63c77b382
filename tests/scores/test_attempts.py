from fractions import Fraction
from itertools import combinations
from math import inf, nan

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import hypergeom

from redstar_geo.errors import InputError
from redstar_geo.scores.attempts import AttemptsError, best_of_k, maj_at_k, pass_at_k

SMALL = st.integers(0, 3)


def of_every_choice(votes, k):
    """maj@k by going through every choice of k votes; the right answer is 0, a silent attempt None."""
    total, choices = Fraction(0), list(combinations(votes, k))
    for chosen in choices:
        counts = {answer: chosen.count(answer) for answer in set(chosen) - {None}}
        most = [answer for answer, count in counts.items() if count == max(counts.values())]
        total += Fraction(1, len(most)) if 0 in most else 0
    return float(total / len(choices))


def test_pass_at_k_of_known_values():
    assert pass_at_k(10, 3, 1) == pytest.approx(0.3)
    assert pass_at_k(10, 3, 5) == pytest.approx(1 - 21 / 252)
    assert pass_at_k(5, 0, 5) == 0.0
    assert pass_at_k(5, 2, 4) == 1.0  # only 3 are wrong


@given(st.integers(1, 200).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n), st.integers(1, n))))
def test_pass_at_k_is_the_hypergeometric_chance_of_one_right(case):
    n, right, k = case
    assert pass_at_k(n, right, k) == pytest.approx(1 - hypergeom(n, right, k).pmf(0), abs=1e-9)


@given(st.integers(2, 60).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n), st.integers(1, n - 1))))
def test_pass_at_k_grows_with_k(case):
    n, right, k = case
    assert pass_at_k(n, right, k) <= pass_at_k(n, right, k + 1)


@pytest.mark.parametrize(("n", "k"), [(4, 5), (4, 0), (0, 1), (4, -1)])
def test_k_beyond_the_attempts_is_refused(n, k):
    for estimate in (
        lambda: pass_at_k(n, 0, k),
        lambda: maj_at_k(n, [], 0, k),
        lambda: best_of_k([(0.0, True)] * n, k),
    ):
        with pytest.raises(AttemptsError, match=f"@{k} cannot be estimated from {n} attempts"):
            estimate()
    assert issubclass(AttemptsError, InputError)


def test_maj_of_known_values():
    assert maj_at_k(3, [2, 1], 0, 6) == 1.0
    assert maj_at_k(2, [3], 0, 5) == 0.0
    assert maj_at_k(2, [2, 2, 1], 0, 7) == pytest.approx(1 / 3)  # a tie of three is expectation, not order
    assert maj_at_k(1, [], 9, 10) == 1.0  # nine that say nothing do not outvote one
    assert maj_at_k(0, [], 4, 2) == 0.0
    assert maj_at_k(3, [1], 0, 1) == pytest.approx(0.75)
    assert maj_at_k(60, [1] * 196, 0, 128) == 1.0
    assert maj_at_k(600, [600], 0, 600) == pytest.approx(0.5)  # beyond what a float holds
    assert best_of_k([(1.0, True)] * 3000, 1500) == pass_at_k(3000, 3000, 1500) == 1.0


@settings(max_examples=150)
@given(SMALL, st.lists(st.integers(1, 3), max_size=3), SMALL, st.data())
def test_maj_is_the_mean_over_every_choice(right, wrong, silent, data):
    votes = [0] * right + [place for place, count in enumerate(wrong, 1) for _ in range(count)] + [None] * silent
    if votes:
        k = data.draw(st.integers(1, len(votes)))
        assert maj_at_k(right, wrong, silent, k) == pytest.approx(of_every_choice(votes, k), abs=1e-12)


@given(st.integers(0, 30), st.lists(st.integers(1, 10), max_size=8), st.integers(0, 20))
def test_maj_of_one_is_the_share_right_and_no_choice_beats_pass_at_k(right, wrong, silent):
    n = right + sum(wrong) + silent
    if n:
        assert maj_at_k(right, wrong, silent, 1) == pytest.approx(right / n)
        for k in {1, n // 2 or 1, n}:
            assert 0 <= maj_at_k(right, wrong, silent, k) <= pass_at_k(n, right, k) + 1e-12


def test_best_of_known_values():
    scored = [(0.9, False), (0.5, True), (0.1, False)]
    assert best_of_k(scored, 3) == 0.0
    assert best_of_k(scored, 2) == pytest.approx(1 / 3)  # of {1,2}, {1,3}, {2,3} only the last
    assert best_of_k([(1.0, True), (1.0, False), (0.0, True)], 3) == pytest.approx(0.5)  # a tie, by expectation
    assert best_of_k([(-inf, True), (0.2, False)], 2) == 0.0
    with pytest.raises(AttemptsError, match="NaN"):
        best_of_k([(nan, True)], 1)


@given(st.lists(st.tuples(st.sampled_from([0.0, 0.5, 1.0]), st.booleans()), min_size=1, max_size=7), st.data())
def test_best_of_is_the_mean_over_every_choice(scored, data):
    k = data.draw(st.integers(1, len(scored)))
    choices = list(combinations(scored, k))
    best = [[right for score, right in chosen if score == max(chosen)[0]] for chosen in choices]
    mean = sum(sum(rights) / len(rights) for rights in best) / len(choices)
    assert best_of_k(scored, k) == pytest.approx(mean, abs=1e-12)


@given(st.lists(st.booleans(), min_size=1, max_size=12), st.data())
def test_a_perfect_score_gives_pass_at_k_and_a_blind_one_the_share(outcomes, data):
    k = data.draw(st.integers(1, len(outcomes)))
    perfect = best_of_k([(float(right), right) for right in outcomes], k)
    assert perfect == pytest.approx(pass_at_k(len(outcomes), sum(outcomes), k), abs=1e-12)
    assert best_of_k([(0.0, right) for right in outcomes], k) == pytest.approx(sum(outcomes) / len(outcomes))
