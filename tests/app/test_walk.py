"""A person who has never seen it: from the first page to a judged answer, in clicks that are counted."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from redstar_geo.app.demo import build
from redstar_geo.geometry.construct import construct
from redstar_geo.viewing.formal_answers import FormalAnswers, Proofs
from redstar_geo.viewing.reading import WorkedOut
from redstar_geo.viewing.server import launch
from redstar_geo.viewing.service import Service
from tests.app.conftest import Visit
from tests.app.streaming import free_port

DESKTOP = {"viewport": {"width": 1280, "height": 860}}
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
CLICKS = "window.clicks = 0; addEventListener('click', event => { window.clicks += event.isTrusted; }, true);"
QUESTION = "In △ABC, AC = 6, BC = 8 and ∠ACB = 90°. Find AB."
IN_VIEW = """selector => {
    const box = document.querySelector(selector).getBoundingClientRect();
    return box.height > 0 && box.top >= 0 && box.top < innerHeight;
}"""


@pytest.fixture(scope="module")
def first(browser: Any) -> str:
    """The app as it starts without any setting."""
    proofs = Proofs(None)
    service = Service([FormalAnswers(proofs, "long"), FormalAnswers(proofs, "short"), WorkedOut(proofs)], proofs, None)
    return launch(*build(service), host="127.0.0.1", port=free_port(), password=None, block=False)


@pytest.fixture(params=[DESKTOP, PHONE], ids=["desktop", "phone"])
def newcomer(browser: Any, first: str, request: Any) -> Any:
    context = browser.new_context(locale="en-US", **request.param)
    context.add_init_script(CLICKS)
    visit = Visit(context.new_page())
    visit.open(first)
    yield visit
    assert not visit.errors and visit.fits()
    context.close()


def photo(path: Path) -> Path:
    """A figure as a telephone takes it: large, a little turned, with noise, in a light that is not even."""
    with Image.open(io.BytesIO(construct("pythagoras", 7, 2).problem.images[0].data)) as drawn:
        sheet = drawn.convert("RGB").resize((3_000, 3_000 * drawn.height // drawn.width))
    sheet = sheet.rotate(4, expand=True, fillcolor="white")
    shade = np.linspace(0.6, 1.0, sheet.width)[None, :, None]
    noise = np.random.default_rng(0).normal(0, 6, (sheet.height, sheet.width, 1))
    Image.fromarray(np.clip(np.asarray(sheet) * shade + noise, 0, 255).astype(np.uint8)).save(path, quality=90)
    return path


def clicks(visit: Visit) -> int:
    return int(visit.page.evaluate("window.clicks"))


def judged(visit: Visit) -> None:
    """The answer with its verdict is seen without scrolling, and its steps are judged."""
    page = visit.page
    page.wait_for_selector("#ask-steps mark.claim.true")
    page.wait_for_selector("#ask-answer .result.correct .decided")
    page.wait_for_function(IN_VIEW, arg="#ask-answer .decided")


def test_the_question_of_the_first_page_is_answered_by_one_click(newcomer: Visit) -> None:
    assert newcomer.page.evaluate(IN_VIEW, "#solve")
    newcomer.page.click("#solve")
    judged(newcomer)
    assert clicks(newcomer) == 1


def test_an_example_is_answered_by_two_clicks(newcomer: Visit) -> None:
    newcomer.page.locator("#examples .example").nth(2).click()
    newcomer.page.wait_for_function("location.search.includes('similar_triangles')")
    newcomer.page.click("#solve")
    judged(newcomer)
    assert clicks(newcomer) == 2


def test_a_photo_of_ones_own_is_answered_by_two_clicks_and_a_choice(newcomer: Visit, tmp_path: Path) -> None:
    page = newcomer.page
    with page.expect_file_chooser() as chooser:
        page.click("#picture [data-does=choose]")
    chooser.value.set_files(photo(tmp_path / "photo.jpg"))
    page.wait_for_function("!document.querySelector('#question textarea').value")  # the example's text goes with it
    page.locator("#question textarea").press_sequentially(QUESTION)
    page.wait_for_selector(".picture-input[data-state=shown]")
    page.click("#solve")
    judged(newcomer)
    assert clicks(newcomer) == 2 and newcomer.uploads() == 1
    assert "as it was read" in page.inner_text("#ask-answer")
