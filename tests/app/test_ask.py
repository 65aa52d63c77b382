"""Ask in a browser: choose, solve, watch, stop, and see each step judged."""

from __future__ import annotations

import base64
import io
import time
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw

from tests.app.conftest import CONNECTED, Visit
from tests.app.streaming import StreamingServer


def test_the_formal_teacher_solves_a_fresh_problem_and_every_step_is_judged(visit: Visit) -> None:
    page = visit.page
    visit.choose("who", "formal, long")
    before = page.inner_text("#card")
    page.click("#fresh")
    page.wait_for_function("before => document.querySelector('#card').innerText !== before", arg=before)
    page.click("#solve")
    page.wait_for_selector("#ask-steps mark.claim.true")
    assert page.locator("#ask-status .verdict.correct").count() == 1
    assert page.locator("#ask-answer .boxed").count() == 1
    assert page.locator("#ask-steps mark.false").count() == 0
    mark = page.locator("#ask-steps mark.claim").first
    lit = f".lit-{mark.get_attribute('data-claims').split()[0]}"
    assert page.locator(lit).first.evaluate("e => getComputedStyle(e).visibility") == "hidden"
    mark.focus()
    assert page.locator(lit).first.evaluate("e => getComputedStyle(e).visibility") == "visible"
    assert not visit.errors and not visit.outside()


def test_the_thought_can_be_folded_while_it_grows(visit: Visit) -> None:
    page = visit.page
    visit.choose("who", "slow-thinker")
    page.click("#solve")
    page.wait_for_selector("#ask-answer .told")
    page.click("#ask-thought button")
    page.wait_for_timeout(600)
    assert not page.locator("#ask-thought .told").is_visible()
    page.click("#stop")


def test_stop_ends_the_generation_upstream(visit: Visit, server: StreamingServer) -> None:
    page = visit.page
    visit.choose("who", "slow-thinker")
    page.click("#solve")
    page.wait_for_function("document.querySelector('#ask-thought').innerText.includes('Hm')")
    page.wait_for_selector("#ask-answer .told")
    page.wait_for_timeout(500)
    assert server.left is None
    page.click("#stop")
    page.wait_for_function("document.querySelector('#ask-status').innerText.includes('stopped')")
    while server.left is None:
        page.wait_for_timeout(50)
    assert server.words < server.length
    assert "<script>" in page.inner_text("#ask-answer")
    assert page.title() == "RedStar-Geo"


def test_leaving_the_page_ends_the_generation_too(context: Any, address: str, server: StreamingServer) -> None:
    visit = Visit(context.new_page())
    visit.page.set_default_timeout(60_000)
    visit.page.goto(address)
    visit.page.wait_for_selector("#card .problem")
    visit.choose("who", "slow-thinker")
    visit.page.click("#solve")
    visit.page.wait_for_selector("#ask-answer .told")
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
    visit.choose("who", "formal, short")
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


def test_an_own_question_with_an_uploaded_diagram_reaches_the_model(
    visit: Visit, server: StreamingServer, tmp_path: Path
) -> None:
    page = visit.page
    picture = Image.new("RGB", (300, 200), "white")
    ImageDraw.Draw(picture).line([(20, 180), (280, 180), (150, 20), (20, 180)], fill="black", width=3)
    picture.save(tmp_path / "diagram.png")
    visit.tab("Your own")
    page.fill("#own-question textarea", r"Find $\frac{a}{b}$ <b id=taken>")
    page.wait_for_selector("#preview mfrac")
    assert page.locator("#taken").count() == 0
    page.set_input_files("#editor input[type=file]", str(tmp_path / "diagram.png"))
    page.wait_for_selector("#editor button[title='Color']")  # the brush comes to hand when the picture is in
    for _ in range(20):  # the editor sends it when it finds the time
        page.wait_for_timeout(500)
        page.click("#take")
        page.wait_for_function("document.querySelector('#card').innerText.includes('Find')")
        if page.locator("#card .problem img").count() == 1:
            break
    assert page.locator("#card .problem img").count() == 1
    visit.choose("who", "slow-thinker")
    page.click("#solve")
    page.wait_for_selector("#ask-answer .told")
    page.click("#stop")
    content: Any = server.asked[-1]["messages"][-1]["content"]  # type: ignore[index]
    assert content[0]["image_url"]["url"].startswith("data:image/png;base64,")
    assert "<b id=taken>" in content[1]["text"]


def test_a_link_opens_its_question(visit: Visit, address: str) -> None:
    visit.page.goto(f"{address}?problem=builtin/pythagoras/zh-2-000007")
    visit.page.wait_for_selector("#card .problem")
    assert "builtin/pythagoras/zh-2-000007" in visit.page.inner_text("#card")
    asked = visit.page.inner_text("#card .question")
    with visit.page.expect_navigation():
        visit.page.click("#card a")  # the link on the page leads to the same question
    visit.page.wait_for_selector("#card .problem")
    assert visit.page.inner_text("#card .question") == asked


def test_a_question_in_chinese_is_previewed_and_its_link_leads_back(visit: Visit) -> None:
    page = visit.page
    visit.tab("Your own")
    page.fill("#own-question textarea", r"求 \(\angle ABC\) 与 $\frac{\sqrt{2}}{b}$ 之和")
    page.wait_for_selector("#preview mfrac msqrt")
    assert page.inner_text("#preview").startswith("求") and "之和" in page.inner_text("#preview")
    page.click("#take")
    page.wait_for_function("document.querySelector('#card').innerText.includes('之和')")
    with page.expect_navigation():
        page.click("#card a")
    page.wait_for_selector("#card mfrac msqrt")
    assert page.get_attribute("#card .question", "lang") == "zh"


def test_two_are_compared_side_by_side(visit: Visit) -> None:
    page = visit.page
    visit.tab("Compare")
    page.wait_for_selector("#compare-card .problem")
    visit.choose("left", "formal, long")
    visit.choose("right", "formal, short")
    page.click("#compare-solve")
    page.wait_for_selector("#right-steps mark.claim")
    page.wait_for_selector("#left-steps mark.claim")
    assert len(page.inner_text("#left-thought")) > len(page.inner_text("#right-thought"))


def test_nothing_connects_to_the_outside(visit: Visit) -> None:
    visit.page.wait_for_timeout(200)
    addresses = [each for each in CONNECTED if isinstance(each, tuple)]
    assert addresses and all(each[0] in ("127.0.0.1", "::1", "localhost") for each in addresses)


def test_a_picture_of_a_fresh_problem_is_shown(visit: Visit) -> None:
    encoded = visit.page.get_attribute("#card img", "src").partition(",")[2]
    assert Image.open(io.BytesIO(base64.b64decode(encoded))).size == (320, 240)
