"""Browse a run in a browser: a small one, and one of a million traces."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from redstar_geo.app.browse import main
from redstar_geo.eval.compare import main as compare
from redstar_geo.recipes.evaluation import CompareRecipe
from redstar_geo.records import SCHEMAS, Trace
from tests.app.conftest import CELL, Visit
from tests.app.streaming import free_port
from tests.viewing.evaluated import write_evaluation, write_problems
from tests.viewing.many import write_many

MILLION = 1_000_000


@pytest.fixture(scope="module")
def million(browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visit]:
    folder = tmp_path_factory.mktemp("runs") / "million"
    write_many(folder, MILLION)
    address = main(folder, port=free_port(), block=False)
    context = browser.new_context(viewport={"width": 1280, "height": 1000})
    visit = Visit(context.new_page())
    visit.page.goto(address)
    yield visit
    context.close()


def test_a_million_traces_are_paged_and_filtered(million: Visit) -> None:
    page = million.page
    page.wait_for_selector(CELL)  # the narrow columns are read when the first page opens
    page.reload()
    page.wait_for_function("document.querySelector('#count')?.innerText.includes('1 to 20 of 1,000,000')")
    page.wait_for_selector(CELL)
    page.click("#next")
    page.wait_for_function("location.search.includes('sheet=2')")
    page.reload()
    page.wait_for_function("document.querySelector('#count')?.innerText.includes('21 to 40 of 1,000,000')")
    page.fill("#search textarea, #search input", "7777")
    page.click("#apply")
    page.wait_for_function("document.querySelector('#count').innerText.includes('from 1,000,000 in all')")


def test_a_trace_is_looked_at_with_problem_steps_and_provenance(visit: Visit) -> None:
    page = visit.page
    visit.tab("Browse")
    page.locator(CELL).nth(2).click()
    page.wait_for_selector("#detail .problem img")
    assert page.is_disabled("#previous") and page.is_enabled("#next")
    shown = page.inner_text("#detail")
    assert "builtin/" in shown and "Right answer" in shown and "Apache-2.0" in shown
    assert page.locator("#detail .verdict.correct").count() == 1
    page.click("#detail details.claims summary")
    assert page.locator("#detail .verdict.true").first.is_visible()
    assert page.get_attribute("#detail a[download]", "download") == "trace.md"


def test_the_selection_is_exported_as_traces(visit: Visit, run_folder: Path, tmp_path: Path) -> None:
    page = visit.page
    visit.tab("Browse")
    page.wait_for_selector(CELL)
    page.fill("#search textarea, #search input", "builtin/isosceles")
    page.click("#apply")
    page.wait_for_function("document.querySelector('#count').innerText.includes('of 16 answers')")
    page.click("#export")
    with page.expect_download() as waiting:
        page.click("#export-file")
    waiting.value.save_as(tmp_path / "selection.parquet")
    exported = pq.read_table(tmp_path / "selection.parquet")
    assert exported.schema.equals(SCHEMAS[Trace])
    traces = pq.read_table(run_folder / "traces.parquet")
    wanted = pa.compute.match_substring(traces["problem_id"], "builtin/isosceles")
    assert exported.equals(traces.filter(wanted))


def test_flips_of_a_comparison_are_browsed_and_searched(browser: Any, tmp_path: Path) -> None:
    problems = write_problems(tmp_path / "exam" / "problems.parquet", 3)
    wrong = [(each, r"\boxed{1000}") for each in problems]
    right = [(each, rf"\boxed{{{each.answer}}}") for each in problems]
    for name, answers in (("before", wrong), ("after", [right[0], *wrong[1:]])):
        write_evaluation(tmp_path / name, tmp_path / "exam" / "problems.parquet", name, answers)
    folders = {"first": str(tmp_path / "before"), "second": str(tmp_path / "after"), "run": str(tmp_path / "compared")}
    compare(CompareRecipe.model_validate(folders))
    context = browser.new_context(viewport={"width": 1280, "height": 1000}, locale="en-US")
    visit = Visit(context.new_page())
    page = visit.page
    page.goto(main(tmp_path, port=free_port(), block=False))
    page.wait_for_selector(CELL)
    visit.choose("what", "compared")
    page.wait_for_function("document.querySelector('#count').innerText.includes('of 6 answers')")
    visit.choose("by-flip", "gained")
    page.click("#apply")
    page.wait_for_function("document.querySelector('#count').innerText.includes('1 to 2 of 2 answers, from 6')")
    page.locator(CELL).first.click()
    page.wait_for_selector("#detail .problem img")
    assert page.locator("#detail .verdict.wrong").count() == page.locator("#detail .verdict.correct").count() == 1
    assert "1 · before" in page.inner_text("#detail") and "2 · after" in page.inner_text("#detail")
    page.focus("#what input")
    page.keyboard.press("Tab")  # passing by changes nothing
    page.click("#filters button")
    page.fill("#search_text textarea, #search_text input", "AFTER")
    page.click("#apply")
    page.wait_for_function(
        "document.querySelector('#count').innerText.includes('1 to 1 of 1 answers, from 6 in all · 2 of 2 searched')"
    )
    assert not visit.errors and not visit.outside()
    context.close()


def test_reports_are_shown_behind_a_wall(visit: Visit) -> None:
    visit.tab("Reports")
    visit.choose("report", "report.html")
    frame = visit.page.frame_locator("iframe.report")
    frame.locator("h1").wait_for()
    assert visit.page.title() == "RedStar-Geo"


def test_a_report_that_came_later_is_listed_and_is_still_there_after_a_reload(visit: Visit, run_folder: Path) -> None:
    page, later = visit.page, run_folder / "later.html"
    later.write_text("<title>Later</title><h1>A later one</h1>")
    page.reload()
    visit.tab("Reports")
    visit.choose("report", "Later (later.html)")
    page.wait_for_function("location.search.includes('report=later.html')")
    page.reload()
    page.frame_locator("iframe.report[title='later.html']").locator("h1").wait_for()
    assert page.input_value("#report input") == "Later (later.html)" and "report=later.html" in page.url
    later.unlink()
    page.reload()
    page.frame_locator("iframe.report[title='report.html']").locator("h1").wait_for()
    assert not visit.errors
