"""The app with many visitors: how soon a word, a stop and a photograph are seen, twenty people at once, 500 questions.

`python -m tests.bench app`. The model is a small server that streams a word every 50 ms and knows when its reader left.
"""

from __future__ import annotations

import base64
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psutil
from gradio_client import Client
from playwright.sync_api import sync_playwright

from tests.app.streaming import StreamingServer
from tests.app.test_draw import photograph
from tests.bench.app_pages import figure
from tests.bench.app_server import FIRST, serving, started

ROUNDS, PEOPLE, QUESTIONS = 5, 20, 500
WORD_BAR_S, STOP_BAR_S, PHOTO_BAR_S = 0.3, 1.0, 3.0
_MIB = 1 << 20


def bench() -> Iterator[dict[str, Any]]:
    chromium = shutil.which("chromium")
    if chromium is None:
        print("app: no chromium (apt-get install chromium)", file=sys.stderr)
        return
    model = StreamingServer()
    with started("load", f"http://127.0.0.1:{model.port}/v1") as (address, process), sync_playwright() as playwright:
        serving(process)
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        yield from watching(browser, address, model)
        yield photographed(browser, address)
        yield people(browser, address)
        browser.close()
        yield from questions(address, process.pid)


def watching(browser: Any, address: str, model: StreamingServer) -> Iterator[dict[str, Any]]:
    """One visitor, several questions: the first word, and the last one that was made after a stop."""
    page = browser.new_context().new_page()
    page.goto(address)
    page.wait_for_selector(FIRST)
    page.click("#who input")
    page.get_by_role("option", name="slow-thinker").first.click()
    shown: list[float] = []
    left: list[float] = []
    for _ in range(ROUNDS):
        model.left = None
        page.click("#solve")
        page.wait_for_function("document.querySelector('#ask-status').innerText.includes('tokens')")
        shown.append(time.monotonic() - model.first_word)
        page.wait_for_selector("#ask-text .told")
        stopped = time.monotonic()
        page.click("#stop")
        page.wait_for_function("document.querySelector('#ask-status').innerText.includes('stopped')")
        while model.left is None:
            time.sleep(0.01)
        left.append(model.left - stopped)
        page.locator("#examples .example").nth(1).click()
        page.wait_for_timeout(1_000)
    page.context.close()
    yield figure("app.first_word_shown_s", max(shown), WORD_BAR_S, ROUNDS, "the bar; the slowest")
    yield figure("app.stopped_upstream_s", max(left), STOP_BAR_S, ROUNDS, "the bar; the slowest")


def photographed(browser: Any, address: str) -> dict[str, Any]:
    """From the choice of a photograph of twelve million pixels until it is on the page and at the server."""
    page = browser.new_context().new_page()
    page.goto(address)
    page.wait_for_selector(FIRST)
    seconds = []
    with tempfile.TemporaryDirectory() as folder:  # bytes would go to the browser through the driver, for seconds
        file = Path(folder) / "photo.jpg"
        file.write_bytes(photograph())
        for _ in range(ROUNDS):
            page.click("#picture [data-does=remove]")
            begun = time.perf_counter()
            page.set_input_files("#picture input.file", str(file))
            page.wait_for_selector(FIRST)
            seconds.append(time.perf_counter() - begun)
    page.context.close()
    return figure(
        "app.photograph_shown_s", max(seconds), PHOTO_BAR_S, ROUNDS, "the bar; 12 million pixels, the slowest"
    )


def people(browser: Any, address: str) -> dict[str, Any]:
    """Twenty pages, each with a question of its own, all solved at once; the seconds until the last is judged."""
    names = [f"builtin/angle_sum/en-1-{seed:06d}" for seed in range(PEOPLE)]
    pages = [browser.new_context().new_page() for _ in names]
    for page, name in zip(pages, names, strict=True):
        page.goto(f"{address}?problem={name}")
    for page in pages:
        page.wait_for_selector(FIRST, timeout=120_000)
    begun = time.perf_counter()
    for page in pages:
        page.evaluate("document.querySelector('#solve').click()")
    for page, name in zip(pages, names, strict=True):
        page.wait_for_selector("#ask-steps mark.claim", timeout=120_000)
        assert page.locator("#ask-answer .result.correct").count() == 1
        kept = page.get_attribute("#download a", "href").partition("base64,")[2]
        assert base64.b64decode(kept).decode().startswith(f"# {name}\n")  # nobody gets another's answer
    seconds = time.perf_counter() - begun
    for page in pages:
        page.context.close()
    return figure("app.people_at_once_s", seconds, PEOPLE, PEOPLE, "a second each; the last of them, in pages")


def questions(address: str, pid: int) -> Iterator[dict[str, Any]]:
    """Twenty programs ask; the server's memory as it goes, and the slowest answer."""
    clients = [Client(address, verbose=False) for _ in range(PEOPLE)]
    memory: dict[int, float] = {}
    slowest = 0.0

    def ask(number: int) -> float:
        begun = time.perf_counter()
        name = f"builtin/angle_sum/en-1-{number:06d}"
        trace = clients[number % PEOPLE].predict(problem=name, who="formal, short", api_name="/answer")
        assert trace["problem_id"] == name and trace["verdict"]["status"] == "correct"
        return time.perf_counter() - begun

    def turn(first: int) -> float:  # one after the other: a visitor's new question stops the one before
        return max(ask(first + step) for step in range(0, 100, PEOPLE))

    with ThreadPoolExecutor(PEOPLE) as pool:
        for first in range(0, QUESTIONS, 100):
            slowest = max(slowest, *pool.map(turn, range(first, first + PEOPLE)))
            memory[first + 100] = psutil.Process(pid).memory_info().rss / _MIB
    yield figure("app.slowest_of_500_s", slowest, PEOPLE, QUESTIONS, "a second for each of 20 at once")
    for count, mib in memory.items():
        told = {"against": "after 100 questions", "ratio": round(mib / memory[100], 3), "n": count}
        yield {"name": "app.server_memory_mib", "value": round(mib), "unit": "MiB"} | told
