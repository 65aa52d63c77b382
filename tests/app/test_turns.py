"""Whatever is pressed while an answer is still being judged, which takes seconds: the last press counts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.app.conftest import Visit
from tests.app.test_ask import SHORT

LATE_MS = 12_000  # what is judged longer is given up
WATCH = """() => {
    window.seen = [];
    const look = () => window.seen.push(document.querySelector("#ask-status").innerText);
    new MutationObserver(look).observe(document.querySelector("#answered"), {childList: true, subtree: true});
}"""


def judging(visit: Visit) -> None:
    """An answer with many claims is there and being judged."""
    visit.choose("who", "claims-much")
    visit.page.click("#solve")
    visit.page.wait_for_function("document.querySelector('#ask-status').innerText.includes('checking the steps')")
    visit.choose("who", SHORT)
    visit.page.evaluate(WATCH)


def another_example(page: Any) -> None:
    page.locator("#examples .example").nth(1).click()
    page.wait_for_function("location.search.includes('isosceles')")


def another_word(page: Any) -> None:
    page.locator("#question textarea").press_sequentially("x")
    page.locator("#question textarea").press("Backspace")


def two_words_and_a_press(page: Any) -> None:
    another_word(page)
    page.click("#solve")
    another_word(page)


FIRST: dict[str, Callable[[Any], None]] = {
    "nothing": lambda page: None,
    "another example": another_example,
    "another word": another_word,
    "a press that is taken back": two_words_and_a_press,
    "the same press": lambda page: page.click("#solve"),
    "stop": lambda page: page.evaluate("document.querySelector('#stop').click()"),
}


@pytest.mark.parametrize("first", FIRST)
def test_a_press_while_the_answer_before_is_judged_is_answered_and_nothing_else(visit: Visit, first: str) -> None:
    judging(visit)
    FIRST[first](visit.page)
    visit.page.click("#solve")
    visit.page.wait_for_selector("#ask-answer .result.correct")
    visit.page.wait_for_selector("#ask-steps mark.claim.true")
    visit.page.wait_for_timeout(LATE_MS)
    seen = visit.page.evaluate("window.seen")
    begun = next(number for number, status in enumerate(seen) if "thinking" in status)
    assert not [status for status in seen[begun:] if "claims-much" in status]
    assert visit.page.locator("#ask-steps mark.claim.true").count() and not visit.errors


def test_a_change_while_the_answer_is_judged_leaves_nothing_of_it(visit: Visit) -> None:
    judging(visit)
    another_word(visit.page)
    visit.page.wait_for_timeout(LATE_MS)
    assert visit.page.locator("#ask-steps .told").count() == 0
    assert not visit.page.locator("#answered").is_visible()


def test_another_sample_is_chosen_while_one_is_judged(visit: Visit) -> None:
    page = visit.page
    page.click("#settings button")
    page.fill("#samples input[type=number]", "3")
    page.press("#samples input[type=number]", "Tab")
    visit.solved("claims-much")
    page.locator("#which input").nth(1).click()
    page.locator("#which input").nth(2).click()
    page.wait_for_function("atob(document.querySelector('#download a')?.href.split(',')[1] ?? '').includes('sample 2')")
    page.locator("#which input").nth(0).click()
    visit.choose("who", SHORT)
    page.fill("#samples input[type=number]", "1")
    page.press("#samples input[type=number]", "Tab")
    page.click("#solve")
    page.wait_for_selector("#ask-steps mark.claim.true")
    page.wait_for_timeout(LATE_MS)
    assert "claims-much" not in page.inner_text("#ask-status") and not visit.errors


def test_two_are_compared_again_while_the_last_two_are_judged(visit: Visit) -> None:
    page = visit.page
    visit.tab("Compare")
    page.wait_for_selector("#compare-card .problem")
    visit.choose("left", "claims-much")
    visit.choose("right", SHORT)
    page.click("#compare-solve")
    page.wait_for_function("document.querySelector('#left-status').innerText.includes('checking the steps')")
    visit.choose("left", SHORT)
    page.click("#compare-solve")
    page.wait_for_selector("#left-steps mark.claim.true")
    page.wait_for_timeout(LATE_MS)
    assert "claims-much" not in page.inner_text("#left-status") + page.inner_text("#differences")
    assert not visit.errors
