"""Ask in a browser: choose, solve, watch, stop, and see each step judged."""

from __future__ import annotations

import base64
import re
import time
from typing import Any

from tests.app.conftest import CONNECTED, Visit
from tests.app.streaming import StreamingServer

LONG, SHORT = "told at length", "in short"


def test_the_formal_teacher_solves_a_fresh_problem_and_every_step_is_judged(visit: Visit) -> None:
    page = visit.page
    before = page.input_value("#question textarea")
    page.locator("#examples .example").nth(3).click()
    page.wait_for_function("q => document.querySelector('#question textarea').value !== q", arg=before)
    visit.choose("who", LONG)
    page.click("#solve")
    page.wait_for_selector("#ask-steps mark.claim.true")
    assert page.locator("#ask-answer .result.correct .large").count() == 1
    assert page.locator("#ask-steps mark.false").count() == 0
    assert not page.locator("#ask-thought").is_visible()  # all of the text stands in the steps
    mark = page.locator("#ask-steps mark.claim").first
    number = mark.get_attribute("data-claims").split()[0]
    lit = page.locator(f".lit-{number}").first
    assert lit.evaluate("e => getComputedStyle(e).visibility") == "hidden"
    mark.click()
    assert lit.evaluate("e => getComputedStyle(e).visibility") == "visible"
    why = page.inner_text(f"#ask-steps .why-{number}")
    assert why.startswith("True") and not re.search(r"[a-z]_[a-z]|step \d", why)
    assert page.locator("#ask-steps .why:visible").count() == 1
    assert not visit.errors and not visit.outside()


def test_the_text_stands_once(visit: Visit) -> None:
    visit.solved(SHORT)
    response = visit.page.inner_text("#ask-steps .response")
    assert visit.page.inner_text("#answered").count(response) == 1


def test_what_is_shown_is_solved_and_nothing_else(visit: Visit, server: StreamingServer) -> None:
    """An own question over the picture of an example has neither its answer nor its proof."""
    page = visit.page
    asked = page.input_value("#question textarea")
    page.fill("#question textarea", "What is twice the angle?")
    visit.choose("who", LONG)
    page.click("#solve")
    page.wait_for_selector("#ask-status .failure")
    assert page.locator("#ask-answer .correct").count() == 0
    visit.choose("who", "slow-thinker")
    page.click("#solve")
    page.wait_for_selector("#ask-text .told")
    content: Any = server.asked[-1]["messages"][-1]["content"]  # type: ignore[index]
    assert content[1]["text"].startswith("What is twice the angle?") and "A. " not in content[1]["text"]
    page.fill("#question textarea", asked)  # the example again
    visit.solved(SHORT)
    assert page.locator("#ask-answer .result.correct").count() == 1


def test_another_question_clears_the_answer_of_the_last(visit: Visit) -> None:
    page = visit.page
    visit.solved(SHORT)
    assert page.locator("#ask-answer .result").is_visible()
    page.locator("#examples .example").nth(1).click()
    assert not page.locator("#answered").is_visible()
    page.wait_for_selector("#ask-steps .told", state="detached")  # nor is it there for a moment with the next
    visit.solved(SHORT)
    page.locator("#question textarea").press_sequentially("x")
    assert not page.locator("#answered").is_visible()
    page.locator("#question textarea").press("Backspace")
    visit.solved(SHORT)
    page.click("#picture [data-does=remove]")
    assert not page.locator("#answered").is_visible()


def test_another_question_ends_the_answer_that_still_comes(visit: Visit, server: StreamingServer) -> None:
    page = visit.page
    visit.choose("who", "slow-thinker")
    page.click("#solve")
    page.wait_for_selector("#ask-text .told")
    assert server.left is None
    page.locator("#examples .example").nth(2).click()
    assert not page.locator("#answered").is_visible()
    while server.left is None:
        page.wait_for_timeout(50)
    visit.choose("who", SHORT)
    page.click("#solve")
    page.wait_for_selector("#ask-steps mark.claim")
    assert "slow-thinker" not in page.inner_text("#ask-status")
    assert page.locator("#ask-answer .result.correct").count() == 1


def test_the_thought_is_folded_while_it_grows_and_stays_as_it_was_left(visit: Visit) -> None:
    page = visit.page
    visit.choose("who", "slow-thinker")
    page.click("#solve")
    page.wait_for_selector("#ask-text .told")
    assert not page.locator("#ask-thought .told").is_visible()
    page.click("#ask-thought button")
    page.wait_for_selector("#ask-thought .told")
    page.wait_for_timeout(600)
    assert page.locator("#ask-thought .told").is_visible()
    page.click("#stop")


def test_stop_is_there_while_something_runs_and_ends_the_generation_upstream(
    visit: Visit, server: StreamingServer
) -> None:
    page = visit.page
    assert not page.locator("#stop").is_visible()
    visit.choose("who", "slow-thinker")
    page.click("#solve")
    page.wait_for_selector("#ask-text .told")
    page.wait_for_timeout(500)
    assert server.left is None
    page.click("#stop")
    page.wait_for_function("document.querySelector('#ask-status').innerText.includes('stopped')")
    while server.left is None:
        page.wait_for_timeout(50)
    assert server.words < server.length
    page.wait_for_selector("#ask-steps .told")
    assert "<script>" in page.inner_text("#ask-steps")
    assert page.title() == "RedStar-Geo"
    assert not page.locator("#stop").is_visible()


def test_leaving_the_page_ends_the_generation_too(context: Any, address: str, server: StreamingServer) -> None:
    visit = Visit(context.new_page())
    visit.open(address)
    visit.choose("who", "slow-thinker")
    visit.page.click("#solve")
    visit.page.wait_for_selector("#ask-text .told")
    assert server.left is None
    visit.page.close()
    while server.left is None:
        time.sleep(0.05)
    assert server.words < server.length


def test_a_model_in_this_process_answers_and_stops(visit: Visit) -> None:
    page = visit.page
    visit.choose("who", "tiny")
    page.click("#settings button")
    page.fill("#samples input[type=number]", "3")
    page.press("#samples input[type=number]", "Tab")
    page.click("#solve")
    page.wait_for_selector("#samples-table li")
    page.click("#stop")
    page.wait_for_function("!document.querySelector('#ask-status').innerText.includes('thinking')")
    assert page.locator("#samples-table li").count() == 3
    assert page.locator("#ask-status .failure").count() == 0


def test_samples_have_a_majority_and_can_be_looked_at_one_by_one(visit: Visit) -> None:
    page = visit.page
    visit.choose("who", SHORT)
    page.click("#settings button")
    page.fill("#samples input[type=number]", "3")
    page.press("#samples input[type=number]", "Tab")
    page.click("#solve")
    page.wait_for_selector("#which input")
    page.wait_for_function("document.querySelector('#samples-table').innerText.includes('3/3')")
    page.locator("#which input").nth(2).click()
    page.wait_for_function("atob(document.querySelector('#download a').href.split(',')[1]).includes('sample 2')")
    page.wait_for_selector("#ask-steps mark.claim")
    kept = page.get_attribute("#download a", "href").removeprefix("data:text/markdown;base64,")
    told = base64.b64decode(kept).decode()
    assert "verdict: correct" in told and r"\boxed" in told.partition("## Answer")[2]


def test_a_wrong_answer_comes_with_the_right_one(visit: Visit) -> None:
    page = visit.page
    visit.page.click("#settings button")
    page.fill("#question textarea", "How many degrees has a right angle?")
    page.fill("#gold textarea, #gold input", "90")
    page.click("#picture [data-does=remove]")
    visit.choose("who", "quick-thinker")
    page.click("#solve")
    page.wait_for_selector("#ask-answer .result.wrong")
    assert "90" in page.inner_text("#ask-answer .decided") and "58" in page.inner_text("#ask-answer .large")
    assert "different" not in page.inner_text("#answered")


def test_a_server_is_tried_when_its_address_is_entered_and_then_answers(visit: Visit, server: StreamingServer) -> None:
    page = visit.page
    visit.choose("who", "A model on a server")
    page.fill("#address input, #address textarea", "127.0.0.1:1/v1")
    page.click("#connect")
    page.wait_for_selector("#server-said .failure")
    page.fill("#address input, #address textarea", f"127.0.0.1:{server.port}")
    page.fill("#key input", "sk-secret-of-mine")
    page.click("#connect")
    page.wait_for_function("document.querySelector('#server-said').innerText.includes('slow-thinker')")
    assert page.input_value("#key input") == ""
    page.click("#solve")
    page.wait_for_selector("#ask-text .told")
    page.click("#stop")
    assert server.keys[-1] == "Bearer sk-secret-of-mine"
    assert "sk-secret" not in page.content()


def test_the_address_bar_follows_and_its_link_opens_the_question(visit: Visit, address: str) -> None:
    page = visit.page
    page.goto(f"{address}?problem=builtin/pythagoras/zh-2-000007")
    page.wait_for_selector(".picture-input[data-state=shown]")
    asked = page.input_value("#question textarea")
    assert re.search("[一-鿿]", asked)
    page.wait_for_selector("#examples .example")
    page.locator("#examples .example").nth(1).click()
    page.wait_for_function("location.search.includes('isosceles')")
    other = page.input_value("#question textarea")
    page.reload()
    page.wait_for_selector(".picture-input[data-state=shown]")
    assert page.input_value("#question textarea") == other != asked


def test_a_question_with_formulas_is_previewed_and_kept_over_a_reload(visit: Visit) -> None:
    page = visit.page
    page.click("#picture [data-does=remove]")
    page.fill("#question textarea", r"求 \(\angle ABC\) 与 $\frac{\sqrt{2}}{b}$ 之和 <b id=taken>")
    page.wait_for_selector("#preview mfrac msqrt")
    assert page.inner_text("#preview").startswith("求") and page.locator("#taken").count() == 0
    visit.choose("who", SHORT)
    page.click("#solve")
    page.wait_for_function("location.search.includes('question=')")
    asked = page.input_value("#question textarea")
    page.reload()
    page.wait_for_function("q => document.querySelector('#question textarea')?.value === q", arg=asked)
    assert page.get_attribute(".picture-input", "data-state") == "empty"


def test_two_are_compared_side_by_side(visit: Visit) -> None:
    page = visit.page
    visit.tab("Compare")
    page.wait_for_selector("#compare-card .problem")
    visit.choose("left", LONG)
    visit.choose("right", SHORT)
    page.click("#compare-solve")
    page.wait_for_selector("#right-steps mark.claim")
    page.wait_for_selector("#left-steps mark.claim")
    assert len(page.inner_text("#left-steps .thoughts")) > 100


def test_nothing_connects_to_the_outside(visit: Visit) -> None:
    visit.page.wait_for_timeout(200)
    addresses = [each for each in CONNECTED if isinstance(each, tuple)]
    assert addresses and all(each[0] in ("127.0.0.1", "::1", "localhost") for each in addresses)
