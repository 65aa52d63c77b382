import numpy as np
import pytest
from scipy.stats import spearmanr

from redstar_geo.difficulty.measure import Unseen, calibration, compare, cross_validated, selection, train_length


def unseen(noise, n=200):
    random = np.random.default_rng(0)
    true = random.integers(1, 11, n).astype(float)
    predicted = np.clip(true + noise * random.normal(size=n), 1, 10)
    return Unseen([""] * n, true, predicted, random.permutation(true))


def test_figures_are_the_plain_ones_inside_their_intervals():
    sample = unseen(1.0)
    found = compare(sample)
    error = np.abs(sample.predicted - sample.true)
    assert found.scorer.spearman.value == pytest.approx(spearmanr(sample.predicted, sample.true)[0])
    assert found.scorer.within_one.value == pytest.approx((error <= 1).mean())
    assert found.scorer.mae.value == pytest.approx(error.mean())
    for agreement in (found.scorer, found.length, found.gain):
        for estimate in vars(agreement).values():
            assert estimate.low < estimate.value < estimate.high
    assert found.gain.mae.value == pytest.approx(found.scorer.mae.value - found.length.mae.value)
    assert found == compare(sample)


def test_disjoint_means_better_and_apart():
    good, equal = unseen(0.5), unseen(0.5)
    assert set(compare(good).disjoint.values()) == {True}
    assert set(compare(Unseen(equal.questions, equal.true, equal.predicted, equal.predicted)).disjoint.values()) == {
        False
    }
    worse = Unseen(good.questions, good.true, good.by_length, good.predicted)
    assert set(compare(worse).disjoint.values()) == {False}


def test_no_question_is_predicted_by_a_scorer_that_has_seen_it_or_its_origin():
    questions = [f"question {number}" for number in range(40)]
    origins = [f"origin {number % 8}" for number in range(40)]
    levels = np.linspace(1, 10, 40)
    for grouped in ((), origins):
        seen_by_fold = []

        def train(seen, their_levels, grouped=grouped, seen_by_fold=seen_by_fold):
            assert [levels[questions.index(each)] for each in seen] == list(their_levels)
            seen_by_fold.append(set(seen))

            def score(asked):
                assert not set(asked) & set(seen)
                if grouped:
                    known = {origins[questions.index(each)] for each in seen}
                    assert not known & {origins[questions.index(each)] for each in asked}
                return np.array([levels[questions.index(each)] for each in asked])

            return score

        found = cross_validated(train, questions, levels, 4, 0, grouped)
        assert len(seen_by_fold) == 4
        assert np.array_equal(found.predicted, levels) and found.by_length.shape == (40,)


def test_calibration_accounts_for_every_question():
    sample = unseen(1.0)
    bins = calibration(sample)
    assert sum(each.n for each in bins) == 200
    assert [each.level for each in bins] == sorted({round(level) for level in sample.predicted})
    weighted = sum(each.n * each.true.value for each in bins) / 200
    assert weighted == pytest.approx(sample.true.mean())


def test_the_baseline_knows_the_length_and_nothing_else():
    score = train_length(["a" * 10, "a" * 100, "a" * 1000], np.array([2.0, 4.0, 6.0]))
    assert score(["b" * 100]) == pytest.approx([4], abs=0.1)
    assert score(["", "b" * 10**6]) == pytest.approx([1, 10], abs=3)
    assert score(["b" * 10**9])[0] <= 10


def test_a_selection_counts_what_it_took_and_what_it_should_have():
    sample = Unseen([""] * 4, np.array([8.0, 7.0, 9.0, 2.0]), np.array([7.0, 6.9, 9.5, 7.1]), np.zeros(4))
    found = selection(sample)
    assert (found.n, found.right, found.wanted) == (3, 2, 3)
