"""Every page and report, light and dark, English and Chinese: nothing raw, readable, quiet, nothing from outside."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from redstar_geo.viewing.words import LABELS
from tests.app.conftest import CELL, Visit
from tests.app.test_manners import PRESS, READ
from tests.report.every import write_all
from tests.report.test_names import RAW
from tests.servers.scripted import completion, scripted

CONTRAST = Path(__file__).with_name("contrast.js").read_text(encoding="utf-8")
BLOCKED = "Blocked script execution in 'about:srcdoc'"  # the script in a report of the run, behind its wall
FONT = """document.fonts.load('16px "RedStar CJK"', '题').then(found => found.length === 1)"""
MODES = [(1280, "light", "en-US"), (390, "dark", "zh-CN"), (1280, "dark", "en-US"), (390, "light", "zh-CN")]


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return write_all(tmp_path_factory.mktemp("reports"))


def opened(browser: Any, width: int, scheme: str, locale: str) -> Visit:
    settings = {"viewport": {"width": width, "height": 844}, "color_scheme": scheme, "locale": locale}
    visit = Visit(browser.new_context(**settings).new_page())
    visit.page.on("console", lambda said: visit.errors.append(said.text) if said.type == "error" else None)
    return visit


def has_chinese_font(visit: Visit) -> bool:
    """Whether the page brings characters for systems without any."""
    return bool(visit.page.evaluate(FONT))


def looked_at(visit: Visit) -> None:
    assert visit.page.evaluate(CONTRAST) == []
    assert RAW.findall(visit.page.evaluate(READ)) == []


@pytest.mark.parametrize(("width", "scheme", "locale"), MODES)
def test_every_tab(browser: Any, address: str, width: int, scheme: str, locale: str) -> None:
    visit = opened(browser, width, scheme, locale)
    visit.open(address)
    labels = LABELS["zh-CN" if locale == "zh-CN" else "en"]
    assert has_chinese_font(visit)
    looked_at(visit)
    visit.choose("who", labels["formal, long"])
    visit.page.click("#solve")
    visit.page.locator("#ask-steps mark.claim").first.click()
    looked_at(visit)
    visit.page.fill("#question textarea", "In △ABC, AB = 6 and ∠ABC = 90°. Find AC.")
    visit.page.wait_for_function("!document.body.dataset.answer")
    visit.page.click("#solve")
    visit.page.wait_for_selector("#found .result")
    looked_at(visit)
    for tab, shown in (("compare", "#compare-card .question"), ("browse", CELL), ("reports", "#report")):
        visit.page.evaluate(PRESS, labels[tab])
        visit.page.locator(shown).first.wait_for()
        if tab == "browse":
            visit.page.locator(CELL).first.click()
            visit.page.wait_for_selector("#detail .status")
        looked_at(visit)
    assert all(each.startswith(BLOCKED) for each in visit.errors) and not visit.outside()
    visit.page.context.close()


@pytest.mark.parametrize(("width", "scheme", "locale"), MODES[:2])
def test_every_report(browser: Any, reports: dict[str, Path], width: int, scheme: str, locale: str) -> None:
    visit = opened(browser, width, scheme, locale)
    for path in reports.values():
        visit.page.goto(path.as_uri())
        visit.page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
        visit.page.evaluate("document.querySelectorAll('pre').forEach(each => each.remove())")  # recipes and commands
        assert visit.page.evaluate(CONTRAST) == []
        said = RAW.findall(visit.page.evaluate(READ))
        assert [each for each in said if not each.startswith("step ")] == []  # steps of a training
        assert visit.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
        assert has_chinese_font(visit) == bool(re.search("[一-鿿]", path.read_text(encoding="utf-8"))), path
    assert not visit.errors and all(url.startswith(("file:", "data:")) for url in visit.requests)
    visit.page.context.close()


def test_the_address_leads_back_to_what_was_looked_at(visit: Visit) -> None:
    page = visit.page
    visit.tab("Browse")
    page.wait_for_selector(CELL)
    page.fill("#search textarea, #search input", "isosceles")
    page.click("#apply")
    page.wait_for_function("location.search.includes('search=isosceles')")
    page.locator(CELL).first.click()
    page.wait_for_function("location.search.includes('row=')")
    page.reload()
    page.wait_for_selector("#detail .problem img")
    assert page.input_value("#search textarea, #search input") == "isosceles"
    assert "of 16 answers" in page.inner_text("#count")
    page.go_back()
    page.wait_for_function("!document.querySelector('#detail .status')")
    visit.tab("Ask")
    page.wait_for_function("location.search.includes('problem=')")
    page.go_back()
    page.wait_for_selector("#traces:visible")
    assert not visit.errors


def test_a_question_of_ones_own_is_worked_out_and_its_reading_corrected(visit: Visit) -> None:
    page = visit.page
    visit.choose("who", "in short")
    page.fill("#question textarea", "In △ABC, AB = 6 and ∠ABC = 90°. Find AC.")
    page.click("#solve")
    page.wait_for_selector("#found .undecided")
    assert page.input_value("#reading-lines textarea").splitlines() == ["AB = 6", "∠ABC = 90°"]
    page.fill("#reading-lines textarea", "AB = 6\n∠ABC = 90°\nBC = 8")
    page.click("#read-again")
    page.wait_for_function("document.querySelector('#found').innerText.includes('AC = 10')")


def test_the_visitors_model_reads_the_figure_and_its_reading_is_corrected(visit: Visit) -> None:
    page = visit.page
    with scripted(lambda request, count: completion("lines AB, BC, CA; BC = 9")) as server:
        visit.choose("who", "A model on a server")
        page.fill("#address input, #address textarea", server.url)
        page.click("#connect")
        page.wait_for_function("document.querySelector('#server-said').innerText.includes('teacher')")
        visit.choose("who", "in short")
        page.fill("#question textarea", "In △ABC, AB = 6 and ∠ABC = 90°. Find AC.")
        page.click("#solve")
        page.wait_for_selector("#found .undecided")
        page.click("#read-picture")
        page.wait_for_function("document.querySelector('#found').innerText.includes('AC = 3√13')")
        assert server.asked[0]["messages"][0]["content"][0]["type"] == "image_url"
    lines = page.input_value("#reading-lines textarea")
    assert lines.splitlines()[:2] == ["AB = 6", "∠ABC = 90°"] and "BC = 9" in lines
    page.fill("#reading-lines textarea", lines.replace("\nBC = 9", "\nBC = 8"))
    page.click("#read-again")
    page.wait_for_function("document.querySelector('#found').innerText.includes('AC = 10')")
    assert not visit.errors
