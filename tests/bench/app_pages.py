"""Pages of the app by the clock: the first one beside an empty Gradio page, and those of a run of a million traces.

`python -m tests.bench app`. In Debian's Chromium without a GPU, started beforehand; servers are processes of their own.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

from playwright.sync_api import sync_playwright

from redstar_geo.viewing.trace_store import Query, TraceStore
from tests.app.conftest import CELL
from tests.bench.app_server import FIRST, serving, started
from tests.viewing.many import write_many

ROUNDS, MILLION = 3, 1_000_000
FIRST_BAR_S, PAGE_BAR_S = 3.0, 1.0


def bench() -> Iterator[dict[str, Any]]:
    chromium = shutil.which("chromium")
    if chromium is None:
        print("app: no chromium (apt-get install chromium)", file=sys.stderr)
        return
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        yield from first_page(browser)
        with tempfile.TemporaryDirectory() as folder:
            run = Path(folder) / "run"
            write_many(run, MILLION)
            yield from browsing(browser, run)
            yield searching(run)
        browser.close()


def first_page(browser: Any) -> Iterator[dict[str, Any]]:
    """From the end of the imports to a page with its first problem in it; both sides take turns."""
    found: dict[str, list[float]] = {"demo": [], "empty": []}
    for _ in range(ROUNDS):
        for kind, seconds in found.items():
            with started(kind) as (address, process):
                begun = time.perf_counter()
                serving(process)
                page = browser.new_context().new_page()
                page.goto(address)
                page.wait_for_selector(FIRST if kind == "demo" else "#card .problem")
                seconds.append(time.perf_counter() - begun)
                page.context.close()
    ours, empty = median(found["demo"]), median(found["empty"])
    yield figure("app.first_page_s", ours, FIRST_BAR_S, ROUNDS, "the bar")
    yield figure("app.first_page_s", ours, empty, ROUNDS, "an empty Gradio page")


def browsing(browser: Any, run: Path) -> Iterator[dict[str, Any]]:
    """After the columns are read: the page itself loaded again until its table is there, a page turned, a filter."""
    with started("browse", str(run)) as (address, process):
        serving(process)
        page = browser.new_context(viewport={"width": 1280, "height": 1000}).new_page()
        page.goto(address)
        page.wait_for_selector(CELL, timeout=60_000)
        first, turned, filtered = [], [], []
        for digit in "7", "8", "9":
            first.append(timed(page, "1 to 20 of 1,000,000", lambda: page.goto(address)))
            turned.append(timed(page, "21 to 40 of 1,000,000", lambda: page.click("#next")))
            page.fill("#search textarea, #search input", digit * 4)
            filtered.append(timed(page, "from 1,000,000 in all", lambda: page.click("#apply")))
    for name, seconds in (("browse_first_page", first), ("browse_next_page", turned), ("browse_filter", filtered)):
        yield figure(f"app.{name}_s", median(seconds), PAGE_BAR_S, ROUNDS, "the bar; 1,000,000 traces")


def timed(page: Any, told: str, act: Any) -> float:
    begun = time.perf_counter()
    act()
    page.wait_for_function("told => document.querySelector('#count')?.innerText.includes(told)", arg=told)
    page.wait_for_selector(CELL)
    return time.perf_counter() - begun


def searching(run: Path) -> dict[str, Any]:
    """Words that are in no text: all of them are read. The page does it three seconds at a time."""
    store = TraceStore(run)
    begun = time.perf_counter()
    found, seen = store.search(store.find(Query()), "nowhere in it", within_s=1e9)
    seconds = time.perf_counter() - begun
    assert not len(found) and seen == MILLION
    return figure("app.search_texts_s", seconds, 3.0, 1, "one go on the page; 1,000,000 texts of 1.5 KB")


def figure(name: str, value: float, bar: float, n: int, against: str) -> dict[str, Any]:
    told = {"against": against, "theirs": round(bar, 3), "ratio": round(value / bar, 3), "n": n}
    return {"name": name, "value": round(value, 3), "unit": "s"} | told
