"""Overlap by text: one spelling, signatures that never change, the first one kept, and planted cases found."""

import pickle
import random
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor
from zlib import crc32

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from redstar_geo.overlap.contamination import BenchmarkIndex
from redstar_geo.overlap.near import NEAR_QUESTION, near_duplicates
from redstar_geo.overlap.text import (
    PERMUTATIONS,
    QUESTION,
    minhash,
    normalise,
    particulars,
    particulars_key,
    signature,
    signatures,
)
from tests.bench.overlap_text import other_numbers, planted_leaks, planted_near, question, trace
from tests.growth import linear

STORY = "Amina bought 12 apples for 3 dollars each at the market. How much money does she have left of 50 dollars?"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Find  the\nAREA, please!", "find the area please"),
        (r"$\frac{a}{b}$", "a/b"),
        (r"\dfrac{\sqrt{2}}{3}", r"\frac{\sqrt 2}{3}"),
        (r"\frac12 of it", "1/2 of it"),
        (r"½ of it", "1/2 of it"),
        (r"\left( x^{2} + 1 \right) \leq 3", "(x² + 1) ≤ 3"),
        (r"5\,\text{cm} and $\angle ABC = 90^\circ$", "5 cm and ∠ABC = 90°"),
        (r"2 \cdot x \times y", "2*x×y"),
        ("1,000,000 and 1{,}000 and 0.50", "1000000 and 1000 and .5"),
        ("３５ apples ﬁnished", "35 apples finished"),
        ("<think>So it is</think> 4", "so it is 4"),
        ("如图，∠ABC＝35°。", "如图 angle abc = 35 degrees"),
        ("a well-known 5-year plan", "a well known 5 year plan"),
        ("caf\u0065\u0301", "caf\u00e9"),
    ],
)
def test_one_spelling(one: str, other: str) -> None:
    assert normalise(one) == normalise(other) != ""


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("x = 12", "x = 21"),
        ("x + 1", "x - 1"),
        ("3，100 apples", "3100 apples"),
        ("10²", "102"),
        ("1.5", "15"),
        ("a = 5", "a < 5"),
    ],
)
def test_what_differs_stays_different(one: str, other: str) -> None:
    assert normalise(one) != normalise(other)


@given(st.text(max_size=60) | st.text(alphabet="a1.,\\{}fracle$^²（，中-–°≤ \n", max_size=60))
def test_normalising_twice_changes_nothing(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)


def test_particulars_are_numbers_names_and_quantities_by_sentence() -> None:
    found = particulars("I have 1,000 apples and two pears. Let AB = 0.50 in $x$? A circle. 求三角形RST的面积。")
    assert found == [("1000", "2"), ("ab", "0.5", "x"), ("rst", "面积")]
    assert particulars_key(found) == particulars_key(found[::-1])
    assert particulars("3 apples and 5 pears") != particulars("5 apples and 3 pears")


def test_signatures_are_the_same_in_every_process_and_for_ever() -> None:
    code = "import sys; from redstar_geo.overlap.text import signature; print(signature(sys.argv[1]).tobytes().hex())"
    for seed in ("1", "2"):
        ran = subprocess.run(
            [sys.executable, "-c", code, STORY],
            env={"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        )
        assert ran.stdout.strip() == signature(STORY).tobytes().hex()
    assert crc32(signature(STORY).astype("<u4").tobytes()) == 1302345788  # a stored signature must stay comparable


def test_signatures_do_not_depend_on_the_number_of_workers() -> None:
    texts = [question(random.Random(n)) for n in range(40)]
    with ProcessPoolExecutor(2) as pool:
        parts = list(pool.map(signatures, [texts[:13], texts[13:]]))
    assert np.array_equal(np.concatenate(parts), signatures(texts))


@pytest.mark.parametrize("jaccard", [0.1, 0.5, 0.9])
def test_equal_entries_estimate_the_jaccard_index(jaccard: float) -> None:
    rng = np.random.default_rng(0)
    errors = []
    for _ in range(100):
        drawn = rng.integers(0, 2**32, 100, np.uint32)
        both, apart = drawn[: round(100 * jaccard)], drawn[round(100 * jaccard) :]
        one, other = (np.concatenate((both, half)) for half in np.array_split(apart, 2))
        errors.append((minhash(one) == minhash(other)).mean() - jaccard)
    assert abs(np.mean(errors)) < 0.015
    assert np.std(errors) < 1.3 * (jaccard * (1 - jaccard) / PERMUTATIONS) ** 0.5


def test_planted_near_duplicates_of_questions_are_found_and_templates_are_not() -> None:
    rng = random.Random(0)
    shares, false, clean = planted_near([question(rng) for _ in range(400)], 1, True)
    assert min(shares.values()) >= 0.99, shares
    assert false <= 0.001 * clean


def test_planted_near_duplicates_of_traces_are_found() -> None:
    rng = random.Random(0)
    shares, false, _ = planted_near([trace(rng) for _ in range(100)], 1, False)
    assert min(shares.values()) >= 0.99, shares
    assert false == 0


def test_planted_leaks_are_found_and_templates_are_not() -> None:
    rng = random.Random(0)
    shares, false, clean = planted_leaks([question(rng) for _ in range(300)], [question(rng) for _ in range(300)], 1)
    assert min(shares.values()) >= 0.99, shares
    assert false <= 0.001 * clean


def entries(base: np.ndarray, replaced: slice, seed: int) -> np.ndarray:
    row = base.copy()
    row[replaced] = np.random.default_rng(seed).integers(0, 2**32, len(row[replaced]), np.uint32)
    return row


def test_what_was_dropped_drops_nothing_and_the_earliest_counts() -> None:
    first = np.random.default_rng(0).integers(0, 2**32, PERMUTATIONS, np.uint32)
    near_first = entries(first, slice(0, 30), 1)
    near_second_only = entries(near_first, slice(40, 70), 2)
    rows = np.array([first, near_first, near_second_only, near_first, first])
    found = near_duplicates(rows)
    assert found[["later", "earlier"]].tolist() == [(1, 0), (3, 0), (4, 0)]  # not (2, 1): 1 was dropped
    assert found["similarity"][-1] == 1.0


def test_other_particulars_are_never_near() -> None:
    rows = signatures([STORY, STORY], QUESTION)
    assert len(near_duplicates(rows, NEAR_QUESTION, np.array([7, 7], np.uint64))) == 1
    assert len(near_duplicates(rows, NEAR_QUESTION, np.array([7, 8], np.uint64))) == 0


def test_twenty_thousand_equal_and_six_thousand_in_one_bucket_stay_cheap() -> None:
    drawn = np.random.default_rng(0).integers(0, 2**32, (26_000, PERMUTATIONS), np.uint32)
    drawn[:20_000] = drawn[0]
    drawn[20_000:, :5] = drawn[-1, :5]  # alike in one band and in nothing else
    found = near_duplicates(drawn)
    assert (found["earlier"] == 0).all()
    assert found["later"].tolist() == list(range(1, 20_000))


def test_empty_and_tiny_texts_are_near_only_to_their_equals() -> None:
    texts = ["", "Find x.", "Find y.", "find $x$", "Find the value of x", "Find the value of y", " "]
    found = near_duplicates(signatures(texts, QUESTION), NEAR_QUESTION)
    assert found[["later", "earlier"]].tolist() == [(3, 1), (6, 0)]
    assert len(near_duplicates(signatures([]))) == 0
    index = BenchmarkIndex([("1", "tiny", "Find x."), ("2", "tiny", "")])
    assert index.contamination("find x").how == "exact"
    assert index.contamination("Find y.") is None
    assert BenchmarkIndex([]).contamination(STORY) is None


@pytest.mark.parametrize(
    "piece",
    [
        "a",
        "1",
        "1,000",
        ".0",
        "0.0001",
        "{",
        "}  ",
        "\\",
        "\\frac 1",
        "\\begin{",
        "-",
        "²",
        "e\u0301",
        "中文，",
        "\ud800 a ",
        STORY,
    ],
)
def test_a_hostile_text_costs_no_more_than_its_length(piece: str) -> None:
    index = BenchmarkIndex([("1", "b", STORY)])
    for work in (signature, index.contamination):
        assert linear(lambda size, work=work: work(piece * (size // len(piece))), 20_000)
        work(piece * (200_000 // len(piece)))


def test_how_a_question_leaked_is_told() -> None:
    index = BenchmarkIndex([("7", "school", STORY), ("8", "school", question(random.Random(0)))])
    assert index.contamination(STORY.upper()) == ("7", "school", "exact", 1.0)
    embedded = index.contamination(
        f"Solve this for me, and show your work in full detail. {STORY} Thanks, and see you in 3 days."
    )
    assert embedded is not None and embedded[:3] == ("7", "school", "n-gram") and embedded.similarity == 1.0
    near = index.contamination(STORY.replace("bought", "purchased").replace("market", "shop"))
    assert near is not None and near[:3] == ("7", "school", "minhash")
    template = index.contamination(other_numbers(STORY, random.Random(0)))
    assert template is not None and template[:3] == ("7", "school", "template")
    assert index.contamination("A train leaves the station at noon and travels 80 kilometres in an hour.") is None


def test_the_index_travels() -> None:
    rng = random.Random(0)
    index = BenchmarkIndex((str(n), "made", question(rng)) for n in range(50))
    asked = [question(rng) for _ in range(50)] + [question(random.Random(0))]
    there = pickle.loads(pickle.dumps(index))
    assert [there.contamination(one) for one in asked] == [index.contamination(one) for one in asked]
