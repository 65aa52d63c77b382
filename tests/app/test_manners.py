"""The app on a phone, in the dark, in Chinese, for programs, and towards those who mean harm."""

from __future__ import annotations

import base64
import http.client
import json
import threading
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from gradio_client import Client
from gradio_client.exceptions import AppError

from redstar_geo.viewing.rate import RateLimit
from redstar_geo.viewing.uploads import MOST_BYTES
from redstar_geo.viewing.words import LABELS
from tests.app.conftest import CELL, Visit, small_app
from tests.report.test_names import RAW
from tests.report.test_text import HOSTILE
from tests.viewing.test_uploads import DAMAGED, REFUSED, SCRAMBLED, TAKEN

# Tabs without room on a phone stand in a menu; their buttons are there all the same.
PRESS = """label => [...document.querySelectorAll(".overflow-dropdown button, [role=tab]")]
    .find(button => button.textContent.trim() === label).click()"""
READ = """() => {  // what can be read, without the ids of problems, which stand apart as such
    document.querySelectorAll(".id").forEach(id => id.remove());
    return document.body.innerText;
}"""


BOXES = """() => {  // a box instead of a Chinese character is narrower than its font is high
    const boxes = [], range = document.createRange(), texts = document.createTreeWalker(document.body, 4);
    while (texts.nextNode()) {
        const text = texts.currentNode, at = text.data.search(/[\\u4e00-\\u9fff]/);
        if (at < 0) continue;
        range.setStart(text, at);
        range.setEnd(text, at + 1);
        const {width} = range.getBoundingClientRect(), {fontSize} = getComputedStyle(text.parentElement);
        if (width && width < 0.9 * parseFloat(fontSize)) boxes.push(text.data);
    }
    return boxes;
}"""


@pytest.mark.parametrize(("width", "scheme", "locale"), [(390, "light", "en-US"), (390, "dark", "zh-CN")])
def test_every_tab_fits_a_phone(browser: Any, address: str, width: int, scheme: str, locale: str) -> None:
    settings = {"viewport": {"width": width, "height": 844}, "color_scheme": scheme, "locale": locale}
    context = browser.new_context(**settings)
    visit = Visit(context.new_page())
    visit.open(address)
    labels = LABELS["zh-CN" if locale == "zh-CN" else "en"]
    visit.page.get_by_role("button", name=labels["solve"], exact=True).first.wait_for()
    visit.page.wait_for_function(f"!({BOXES})().length")
    assert visit.page.evaluate("document.body.classList.contains('dark')") == (scheme == "dark")
    assert visit.fits()
    for tab, shown in (("compare", "#compare-card"), ("browse", CELL), ("reports", "#report"), ("ask", "#picture")):
        visit.page.evaluate(PRESS, labels[tab])
        visit.page.locator(shown).first.wait_for()
        assert visit.fits()
        assert RAW.findall(visit.page.evaluate(READ)) == []
    visit.choose("who", labels["formal, long"])
    visit.page.click("#solve")
    visit.page.locator("#ask-steps mark.claim").nth(1).click()
    assert visit.fits()
    assert RAW.findall(visit.page.evaluate(READ)) == []
    assert not visit.errors and not visit.outside()
    context.close()


MOST_TABS = 120  # presses of the tab key on the way to anything
FOCUSED = """selector => {
    const element = document.activeElement;
    if (!element.closest(selector)) return "elsewhere";
    return getComputedStyle(element).outlineStyle === "none" ? "not marked" : "marked";
}"""


def tabbed(page: Any, selector: str) -> None:
    """Go there by the tab key alone: it must be reached, and be seen to be."""
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        found = page.evaluate(FOCUSED, selector)
        if found != "elsewhere":
            assert found == "marked", selector
            return
    raise AssertionError(f"the tab key does not lead to {selector}")


def test_the_keyboard_alone_suffices(visit: Visit) -> None:
    page = visit.page
    tabbed(page, "#who input")
    page.keyboard.press("Control+A")
    page.keyboard.type("in short")
    page.wait_for_function("document.querySelectorAll('#who [role=option]').length === 1")
    page.keyboard.press("ArrowDown")  # on a busy machine Enter alone takes the one that was marked before the typing
    page.keyboard.press("Enter")
    page.wait_for_function("document.querySelector('#who input').value.includes('in short')")
    tabbed(page, "#examples .example:nth-of-type(2)")
    page.keyboard.press("Enter")
    page.wait_for_function("location.search.includes('isosceles')")
    tabbed(page, "#solve")
    page.keyboard.press("Enter")
    page.wait_for_selector("#ask-steps mark.claim")
    for each in page.locator("#ask-steps mark.true math").all():  # a decoration of text does not go through a formula
        assert each.evaluate("math => getComputedStyle(math).borderBottomStyle") == "solid"
    tabbed(page, "#ask-steps mark.claim")
    assert page.locator("#ask-steps .why:visible").count() == 1
    tabbed(page, "[role=tab]:nth-of-type(3)")
    page.keyboard.press("Enter")
    page.wait_for_selector(CELL)
    assert not visit.errors


def test_fifty_hostile_questions_are_shown_and_none_is_run(visit: Visit) -> None:
    page = visit.page
    for text in HOSTILE[::10]:
        page.fill("#question textarea", text)
        page.wait_for_timeout(60)
    page.fill("#question textarea", " ".join(HOSTILE))
    page.wait_for_function("document.querySelector('#preview').innerText.includes('example.org')")
    visit.tab("Compare")
    page.wait_for_function("document.querySelector('#compare-card').innerText.includes('example.org')")
    assert page.evaluate("window.taken === undefined") and page.title() == "RedStar-Geo"
    assert "Traceback" not in page.content()
    assert not visit.outside() and not visit.errors


@pytest.mark.parametrize(
    "path",
    [
        "/gradio_api/file=/etc/passwd",
        "/file=/etc/passwd",
        "/gradio_api/file=../../etc/passwd",
        "/static/../../run.json",
    ],
)
def test_no_file_of_the_server_can_be_read(address: str, run_folder: Path, path: str) -> None:
    for wanted in (path, f"/gradio_api/file={run_folder / 'run.json'}"):
        with pytest.raises(urllib.error.HTTPError) as refusal:
            urllib.request.urlopen(address.rstrip("/") + wanted, timeout=10)
        assert refusal.value.code in (403, 404)


def test_what_is_too_large_is_refused_and_the_page_loads_nothing_from_outside(address: str) -> None:
    connection = http.client.HTTPConnection(address.split("/")[2], timeout=10)
    connection.putrequest("POST", "/gradio_api/upload")
    connection.putheader("Content-Length", str(10 << 20))
    connection.endheaders()
    assert connection.getresponse().status == 413
    with urllib.request.urlopen(address, timeout=10) as response:
        assert "default-src 'self'" in response.headers["content-security-policy"]
        page = response.read().decode()
    config = json.loads(page.partition("window.gradio_config = ")[2].partition(";</script>")[0])
    assert config["analytics_enabled"] is False


def test_programs_ask_at_once_and_get_their_own_answers(address: str) -> None:
    answers: dict[int, Any] = {}

    def ask(seed: int) -> None:
        name = f"builtin/angle_sum/en-1-{seed:06d}"
        answers[seed] = Client(address, verbose=False).predict(problem=name, who="formal, short", api_name="/answer")

    threads = [threading.Thread(target=ask, args=[seed]) for seed in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert {seed: answer["problem_id"] for seed, answer in answers.items()} == {
        seed: f"builtin/angle_sum/en-1-{seed:06d}" for seed in range(5)
    }
    assert all(answer["verdict"]["status"] == "correct" for answer in answers.values())


def test_a_programs_mistakes_are_told_without_a_traceback(address: str) -> None:
    client = Client(address, verbose=False)
    for wrong in ({"problem": "nonsense"}, {"question": "x", "who": "nobody"}, {"question": "x", "picture": "<svg>"}):
        with pytest.raises(AppError) as refusal:
            client.predict(**wrong, api_name="/answer")
        assert "Traceback" not in str(refusal.value) and len(str(refusal.value)) < 400


@pytest.mark.long
def test_seventy_hostile_uploads_by_program_end_in_a_sentence() -> None:
    """The formal teacher has no proof of such a question: a picture that is taken comes back as its refusal."""
    client = Client(small_app(RateLimit(1e9, 10**9)), verbose=False)
    kinds = {"refused": [*REFUSED.values()], "taken": [*TAKEN.values()], "damaged": [*SCRAMBLED, *DAMAGED]}
    for kind, uploads in kinds.items():
        for data in uploads:
            if len(data) > MOST_BYTES or not data:
                continue  # the one is refused before it is read; the other is no picture at all
            try:
                said = client.predict(question="?", picture=base64.b64encode(data).decode(), api_name="/answer")[
                    "failure"
                ]
                assert kind != "refused"
            except AppError as refusal:
                said = str(refusal)
                assert kind != "taken"
            assert 0 < len(said) < 400 and "Traceback" not in said


def test_the_app_is_not_reachable_from_other_machines(address: str) -> None:
    assert address.startswith("http://127.0.0.1:")
    assert urllib.request.urlopen(address).read()
