"""The app as a visitor meets it: served on loopback, looked at by a real Chromium."""

from __future__ import annotations

import shutil
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from redstar_geo.app.demo import main
from redstar_geo.data_prep.pipeline import main as run_data
from redstar_geo.data_prep.recipe import DataRecipe
from redstar_geo.vlm.tiny import TinySize, build_tiny
from tests.app.streaming import StreamingServer
from tests.train.small import SIZE, problem, trace

CHROMIUM = shutil.which("chromium")
CELL = '#traces [data-testid^="cell-"]'
CONNECTED: list[Any] = []  # every address that this process connects to


def _connects(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "socket.connect":
        CONNECTED.append(arguments[1])


sys.addaudithook(_connects)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs") / "small"
    source = {"kind": "builtin", "families": ["isosceles", "angle_sum", "inscribed_angle"], "count": 24}
    teacher = {"kind": "formal", "form": "long", "samples": 2}
    run_data(DataRecipe.model_validate({"run": str(folder), "source": source, "teacher": teacher}))
    (folder / "report.html").write_text("<h1>Report</h1><script>parent.document.title = 'taken'</script>")
    return folder


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models") / "tiny"
    problems = [problem(number) for number in range(1, 5)]
    build_tiny(folder, [each.question + trace(each) for each in problems], TinySize(**SIZE), seed=0)
    return folder


@pytest.fixture(scope="session")
def server() -> StreamingServer:
    return StreamingServer()


@pytest.fixture(scope="session")
def address(run_folder: Path, tiny: Path, server: StreamingServer) -> str:
    """The whole app: a tiny model, an endpoint, the formal teacher, and a run."""
    url = f"http://127.0.0.1:{server.port}/v1"
    return main(model=str(tiny), endpoint=url, run=run_folder, port=free_port(), block=False)


@pytest.fixture(scope="module")  # its event loop counts as running until it stops: other files start their own
def browser(address: str) -> Iterator[Any]:
    if CHROMIUM is None:
        pytest.skip("no chromium: apt-get install chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield opened
        opened.close()


class Visit:
    """A page and what it asked for on the way."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self.requests: list[str] = []
        self.errors: list[str] = []
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("pageerror", lambda error: self.errors.append(str(error)))

    def tab(self, name: str) -> None:
        self.page.get_by_role("tab", name=name).click()

    def choose(self, element: str, option: str) -> None:
        self.page.click(f"#{element} input")
        self.page.get_by_role("option", name=option).first.click()

    def outside(self) -> list[str]:
        return [url for url in self.requests if not url.startswith(("http://127.0.0.1:", "data:", "blob:"))]

    def fits(self) -> bool:
        return bool(self.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


@pytest.fixture(scope="module")
def context(browser: Any) -> Any:
    return browser.new_context(viewport={"width": 1280, "height": 1000}, locale="en-US")


@pytest.fixture
def visit(context: Any, address: str) -> Iterator[Visit]:
    visit = Visit(context.new_page())
    visit.page.set_default_timeout(60_000)
    visit.page.goto(address)
    visit.page.wait_for_selector("#card .problem")
    yield visit
    visit.page.close()
