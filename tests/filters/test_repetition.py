"""Loops are found wherever they stand and however they vary; arithmetic, checks and second solutions are no loops."""

import random

import pytest

from redstar_geo.filters.rejection import Asked
from redstar_geo.filters.repetition import COUNTING, LOOP, LOOP_AT_END, PARAGRAPHS, REPETITIVE, check_repetition
from redstar_geo.records import Trace

TEXT = (
    "the circle meets this side at a point whose distance from both corners is known and so an angle follows from"
    " that while another line through the centre halves the chord because radii are equal which gives one more"
    " equation between lengths but not yet a value for what was asked until parallels are drawn"
)
WORDS = TEXT.split()


def prose(count: int, seed: int) -> str:
    """So many words that never form a loop."""
    rng = random.Random(seed)
    return " ".join(rng.choice(WORDS) + ("." if rng.random() < 0.1 else "") for _ in range(count))


def reason(reasoning: str, response: str = "\\boxed{1}") -> str | None:
    found = next(check_repetition(Trace("", 0, "", "", reasoning, response, "stop"), Asked("", "en")), None)
    return found.reason if found else None


@pytest.mark.parametrize(
    "unit",
    [
        "Wait, ",
        "Let me check that again. ",
        "让我再检查一遍。",
        "So x = 12, since 3 · 4 = 12 and nothing else fits.\n",
        f"{prose(60, 1)}\n\n",
        f"{prose(200, 2)}\n\n",
    ],
)
@pytest.mark.parametrize("before", [0, 100, 3_000])
def test_a_loop_at_the_end_is_found_after_any_text(unit: str, before: int) -> None:
    repeats = max(4, 400 // len(unit))
    looping = prose(before, 3) + "\n" + unit * repeats
    assert reason(looping) == LOOP_AT_END
    assert reason(looping[: -len(unit) // 3]) == LOOP_AT_END  # cut anywhere
    assert reason(prose(before, 3)) is None


def test_a_loop_that_was_left_again_is_found() -> None:
    assert reason(f"{prose(300, 4)} {'And so on it goes for ever. ' * 20} {prose(300, 5)}") == LOOP


def test_a_loop_that_counts_is_found_when_nothing_follows() -> None:
    counting = " ".join(f"Case {number} does not work either." for number in range(60))
    assert reason(counting, "") == COUNTING
    assert reason(f"{counting}\n{prose(60, 6)}", "") is None


def test_a_loop_that_varies_in_words_is_found() -> None:
    openings = ["Clearly", "Again", "Surely", "Indeed", "Now", "Thus", "Well"]
    varied = " ".join(f"{openings[n % 7]} the area is what we found when the height was halved." for n in range(30))
    assert reason(f"{prose(300, 7)} {varied}") == LOOP_AT_END


def test_paragraphs_between_others_are_found() -> None:
    said = "Recall that the sum of the angles of a triangle is two right angles."
    assert reason("\n".join(f"{said}\n{prose(25, seed)}" for seed in range(6))) in (PARAGRAPHS, REPETITIVE)


def test_repetition_inside_a_word_is_found() -> None:
    assert reason(f"{prose(30, 8)} 0.{'3' * 2_000}") == REPETITIVE


def test_the_response_may_loop_too() -> None:
    assert reason("Fine.", "The answer is \\boxed{4}. I hope it is correct.\n" * 30) == LOOP_AT_END


@pytest.mark.parametrize(
    "text",
    [
        "\n".join(f"n = {n}: {n}² + {n} + 41 = {n * n + n + 41}, prime" for n in range(40)) + "\nSo all are prime.",
        "\n".join(f"{prose(12, n)} Wait, let me check again." for n in range(12)),
        f"{prose(150, 9)}\n\nOnce more, from the start:\n\n{prose(150, 9)}",
        "1/2 + 1/2 + 1/2 + 1/2 + 1/2 + 1/2 + 1/2 + 1/2 + 1/2 + 1/2 + 1/2 + 1/2 = 6, as twelve halves are six.",
        "0 0 0 0 0 0 0 0\n" * 8 + "is the zero matrix.",
        "".join(rf"\left(1+\frac{{1}}{{{n}}}\right)" for n in range(2, 40)) + " telescopes.",
        "-" * 200 + "\nA line, then the table.",
    ],
    ids=["table", "wait", "second solution", "sum", "zeros", "product", "rule"],
)
def test_what_only_looks_alike_is_kept(text: str) -> None:
    assert reason(text) is None
