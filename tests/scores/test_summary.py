import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from redstar_geo.scores import accuracy
from redstar_geo.scores.attempts import AttemptsError
from redstar_geo.scores.summary import Attempt, best_of, maj_at, pass_at, summary, summary_by, votes

KINDS = {
    "right": ("correct", "match", "7", False),
    "wrong": ("wrong", "different", "8", False),
    "cut": ("undecided", "truncated", None, True),
    "mute": ("undecided", "no_answer", None, False),
    "cut_but_right": ("correct", "match", "7", True),
}


def attempt(problem="p", kind="right", answer=None, tokens=10):
    verdict, reason, said, truncated = KINDS[kind]
    return Attempt(problem, verdict, reason, answer or said, truncated, tokens)


def test_an_item_line_is_an_attempt():
    item = {"id": "p", "response": "…", "verdict": "wrong", "reason": "different", "extracted": "8", "tokens": 10}
    assert Attempt.of(item | {"truncated": False, "seconds": 0.1}) == attempt(kind="wrong")


def test_truncated_is_never_wrong_in_silence():
    found = summary([attempt("a"), attempt("b", "wrong"), attempt("c", "cut"), attempt("d", "mute", tokens=30)])
    assert (found["problems"], found["attempts"]) == (4, 4)
    assert found["of_all"] == accuracy(1, 4).as_dict()
    assert found["of_completed"] == accuracy(1, 3).as_dict()
    assert found["of_decided"] == accuracy(1, 2).as_dict()
    assert found["verdicts"] == {"correct": 1, "undecided": 2, "wrong": 1}
    assert found["reasons"] == {"different": 1, "match": 1, "no_answer": 1, "truncated": 1}
    assert (found["truncated_share"], found["no_answer_share"], found["undecided_share"]) == (0.25, 0.25, 0.5)
    assert found["mean_tokens"] == 15.0


def test_a_cut_answer_that_was_already_given_counts_among_all_but_not_among_the_completed():
    found = summary([attempt("a", "cut_but_right"), attempt("b", "wrong")])
    assert found["of_all"]["correct"] == 1
    assert (found["of_completed"]["correct"], found["of_completed"]["n"]) == (0, 1)


def test_without_items_there_is_no_score():
    found = summary([])
    assert found["of_all"]["accuracy"] is None and found["mean_tokens"] is None and found["truncated_share"] is None


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(sorted(KINDS))), min_size=1, max_size=30))
def test_groups_add_up_and_no_score_of_decided_is_below_that_of_all(drawn):
    attempts = [attempt(problem, kind) for problem, kind in drawn]
    whole, groups = summary(attempts), summary_by(attempts, lambda each: each.problem)
    assert whole["attempts"] == sum(group["attempts"] for group in groups.values()) == sum(whole["verdicts"].values())
    assert whole["of_all"]["correct"] == sum(group["of_all"]["correct"] for group in groups.values())
    if whole["of_decided"]["n"]:
        assert whole["of_decided"]["accuracy"] >= whole["of_all"]["accuracy"]


def test_votes_go_by_value_and_the_silent_have_none():
    said = ["1/2", "0.5", "\\frac{1}{2}", "3"]
    attempts = [attempt(kind="wrong", answer=answer) for answer in said] + [attempt(), attempt(kind="cut")]
    assert votes(attempts) == (1, [1, 3], 1)
    letters = [attempt(kind="wrong", answer=answer) for answer in ("B", "8 cm", "(B)", "C")]
    assert votes(letters, choices=("7 cm", "8 cm", "9 cm")) == (0, [1, 3], 0)


def test_several_attempts_a_problem():
    kinds = {"a": ["right", "right", "wrong", "cut"], "b": ["wrong", "wrong", "right", "mute"]}
    attempts = [attempt(problem, kind) for problem, found in kinds.items() for kind in found]
    assert pass_at(attempts, 1).value == pytest.approx(3 / 8)
    assert pass_at(attempts, 4).value == 1.0
    assert maj_at(attempts, 4).value == 0.5
    assert maj_at(attempts, 1).value == pytest.approx(pass_at(attempts, 1).value)
    by_length = [1.0 if each.correct else 0.0 for each in attempts]
    assert best_of(attempts, by_length, 4).value == 1.0
    assert pass_at(attempts, 2).n == 2  # problems, not attempts
    with pytest.raises(AttemptsError, match="pass@5 cannot be estimated from 4"):
        pass_at(attempts, 5)


@settings(max_examples=15)
@given(st.lists(st.lists(st.sampled_from(sorted(KINDS)), min_size=3, max_size=3), min_size=2, max_size=6), st.randoms())
def test_scores_do_not_hang_on_the_order_of_the_items(drawn, random):
    attempts = [attempt(f"{number}", kind) for number, kinds in enumerate(drawn) for kind in kinds]
    shuffled = random.sample(attempts, len(attempts))
    assert summary(shuffled) == summary(attempts)
    assert maj_at(shuffled, 2).value == pytest.approx(maj_at(attempts, 2).value)
