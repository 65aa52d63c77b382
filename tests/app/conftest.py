"""The app as a visitor meets it: served on loopback, looked at by a real Chromium."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from redstar_geo.app.demo import build
from redstar_geo.data_prep.pipeline import main as run_data
from redstar_geo.generation.address import ServerAddress
from redstar_geo.generation.served import ServedStream
from redstar_geo.generation.streamed import LocalStream
from redstar_geo.models.tiny import TinySize, build_tiny
from redstar_geo.recipes.data import DataRecipe
from redstar_geo.viewing.formal_answers import FormalAnswers, Proofs
from redstar_geo.viewing.rate import RateLimit
from redstar_geo.viewing.reading import WorkedOut
from redstar_geo.viewing.runs import Runs
from redstar_geo.viewing.server import launch
from redstar_geo.viewing.service import Service
from tests.app.streaming import StreamingServer, free_port
from tests.train.small import SIZE, problem, trace

CHROMIUM = shutil.which("chromium")
CELL = '#traces [data-testid^="cell-"]'
CLIPPED = """() => [...document.querySelectorAll('.gradio-container *')].filter(element => {
    const box = element.getBoundingClientRect(), style = getComputedStyle(element);
    const says = [...element.childNodes].some(node => node.nodeType === 3 && node.textContent.trim());
    if (!box.width || !box.height || !says || style.visibility === 'hidden') return false;
    if (element.closest('#traces, .sr-only, .hide, .tab-wrapper')) return false;  // they have a scroll bar, or a menu
    const cut = style.overflowX === 'hidden' && element.scrollWidth > element.clientWidth + 1;
    return cut || box.left < -1 || box.right > innerWidth + 1;
}).map(element => element.textContent.trim().slice(0, 60))"""
PATIENCE_MS = 240_000  # a safety net: where others compute, the first answer has taken a minute
OPENED_ALWAYS = "test_the_formal_teacher_solves_a_fresh_problem_and_every_step_is_judged"
CONNECTED: list[Any] = []  # every address that this process connects to


def _connects(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "socket.connect":
        CONNECTED.append(arguments[1])


sys.addaudithook(_connects)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A real browser is slow, and on a busy machine late now and then: its tests are long, and what fails is tried once
    more and counted as such. One page is opened in the short tier too."""
    for item in items:
        if isinstance(item, pytest.Function) and "browser" in item.fixturenames and item.originalname != OPENED_ALWAYS:
            item.add_marker(pytest.mark.long)
            item.add_marker(pytest.mark.flaky(reruns=1))


def small_app(limit: RateLimit, password: str | None = None) -> str:
    """The address of an app with the formal teacher alone."""
    proofs = Proofs(None)
    service = Service([FormalAnswers(proofs, "short")], proofs, None)
    service.limit = limit
    return launch(*build(service), host="127.0.0.1", port=free_port(), password=password, block=False)


@pytest.fixture(scope="session")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs") / "small"
    source = {"kind": "builtin", "families": ["isosceles", "angle_sum", "inscribed_angle"], "count": 24}
    teacher = {"kind": "formal", "form": "long", "samples": 2}
    run_data(DataRecipe.model_validate({"run": str(folder), "source": source, "teacher": teacher, "workers": 1}))
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
    """The whole app: a tiny model, models of an endpoint, the formal teacher, a run, and servers of visitors."""
    url = ServerAddress(url=f"http://127.0.0.1:{server.port}/v1")
    proofs = Proofs(None)
    served = [ServedStream(name, url) for name in ("slow-thinker", "quick-thinker", "claims-much")]
    answerers = [LocalStream(str(tiny)), *served, FormalAnswers(proofs, "long"), FormalAnswers(proofs, "short")]
    answerers.append(WorkedOut(proofs))
    service = Service(answerers, proofs, Runs(run_folder), own_servers=True)
    return launch(*build(service), host="127.0.0.1", port=free_port(), password=None, block=False)


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
        page.set_default_timeout(PATIENCE_MS)
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("pageerror", lambda error: self.errors.append(str(error)))

    def tab(self, name: str) -> None:
        self.page.get_by_role("tab", name=name).click()

    def choose(self, element: str, option: str) -> None:
        self.page.click(f"#{element} input")
        self.page.get_by_role("option", name=option).first.click()

    def open(self, address: str) -> None:
        """The page with its first question."""
        self.page.goto(address)
        self.page.wait_for_selector(".picture-input[data-state=shown]")
        self.page.wait_for_selector("#examples .example")

    def solved(self, who: str) -> None:
        """The question that is shown, answered and judged."""
        self.choose("who", who)
        self.page.click("#solve")
        self.page.wait_for_selector("#ask-steps .told")

    def uploads(self) -> int:
        return sum("/upload" in url and "progress" not in url for url in self.requests)

    def outside(self) -> list[str]:
        return [url for url in self.requests if not url.startswith(("http://127.0.0.1:", "data:", "blob:"))]

    def fits(self) -> bool:
        """Whether nothing stands beyond the sides of the page and no text is cut off."""
        inside = self.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        return bool(inside) and self.page.evaluate(CLIPPED) == []


@pytest.fixture(scope="module")
def context(browser: Any) -> Any:
    return browser.new_context(viewport={"width": 1280, "height": 1000}, locale="en-US")


@pytest.fixture
def visit(context: Any, address: str) -> Iterator[Visit]:
    visit = Visit(context.new_page())
    visit.open(address)
    yield visit
    visit.page.close()
