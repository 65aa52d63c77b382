"""The pictures of docs/app.md, all of this version: `python -m tests.app.screenshots docs`."""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from playwright.sync_api import sync_playwright

from redstar_geo.app.demo import build
from redstar_geo.data_prep.pipeline import main as run_data
from redstar_geo.recipes.data import DataRecipe
from redstar_geo.viewing.formal_answers import FormalAnswers, Proofs
from redstar_geo.viewing.reading import WorkedOut
from redstar_geo.viewing.runs import Runs
from redstar_geo.viewing.server import launch
from redstar_geo.viewing.service import Service
from tests.app.conftest import CELL, CHROMIUM, Visit
from tests.app.streaming import free_port

DESKTOP = {"viewport": {"width": 1280, "height": 860}}
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True, "device_scale_factor": 2}
ENGLISH_LIGHT = {"locale": "en-US", "color_scheme": "light"}
CHINESE_DARK = {"locale": "zh-CN", "color_scheme": "dark"}


def served(folder: Path) -> str:
    """An app with a run, in whose wording nothing depends on this machine."""
    source = {"kind": "builtin", "families": ["isosceles", "tangent_chord", "inscribed_angle"], "count": 12}
    teacher = {"kind": "formal", "form": "long", "samples": 1, "mistakes": 0.5}
    run_data(DataRecipe.model_validate({"run": str(folder), "source": source, "teacher": teacher, "workers": 1}))
    proofs = Proofs(None)
    answerers = [FormalAnswers(proofs, "long"), FormalAnswers(proofs, "short")]
    answerers.append(WorkedOut(proofs))
    service = Service(answerers, proofs, Runs(folder), own_servers=True)
    return launch(*build(service), host="127.0.0.1", port=free_port(), password=None, block=False)


def opened(browser: Any, address: str, *settings: dict[str, Any]) -> Any:
    page = browser.new_context(**{name: value for each in settings for name, value in each.items()}).new_page()
    Visit(page).open(address)
    page.evaluate("""document.fonts.load('16px "RedStar CJK"', '题').then(() => document.fonts.ready)""")
    page.wait_for_timeout(500)  # until it is drawn with it
    return page


def solved(page: Any) -> None:
    page.click("#solve")
    page.wait_for_selector("#ask-steps mark.claim")
    page.locator("#ask-steps mark.claim").nth(1).click()
    page.wait_for_timeout(800)


def take(browser: Any, address: str, docs: Path) -> None:
    """All of them: the first page, an answer, a phone, the browser of a run; no answer waits for processes to start."""
    page = opened(browser, address, DESKTOP, ENGLISH_LIGHT)
    solved(page)
    page.context.close()
    for name, settings in (("app_desktop", ENGLISH_LIGHT), ("app_desktop_dark", CHINESE_DARK)):
        page = opened(browser, address, DESKTOP, settings)
        page.screenshot(path=docs / f"{name}.png")
        solved(page)
        page.screenshot(path=docs / ("app_ask.png" if settings is ENGLISH_LIGHT else "app_ask_dark.png"))
        page.context.close()
    for name, settings in (("app_phone_light", ENGLISH_LIGHT), ("app_phone", CHINESE_DARK)):
        page = opened(browser, address, PHONE, settings)
        solved(page)
        page.screenshot(path=docs / f"{name}.png")
        page.context.close()
    page = opened(browser, address, DESKTOP, ENGLISH_LIGHT)
    Visit(page).tab("Browse")
    page.wait_for_selector(CELL)
    page.locator(CELL).nth(2).click()
    page.wait_for_selector("#detail .status")
    page.wait_for_timeout(500)
    page.screenshot(path=docs / "app_browse.png", full_page=True)
    page.context.close()


if __name__ == "__main__":
    with TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        take(browser, served(Path(folder) / "run"), Path(sys.argv[1]))
        browser.close()
