"""A diagram of one's own: drawn, uploaded and annotated, cropped, pasted; hostile ones do nothing."""

from __future__ import annotations

import base64
import io
import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.app.conftest import Visit
from tests.viewing.test_uploads import GIF, PNG, SVG, png_saying

Pixels = np.ndarray[Any, Any]
COPY = """async data => {
    const bytes = Uint8Array.from(atob(data), sign => sign.charCodeAt(0));
    await navigator.clipboard.write([new ClipboardItem({"image/png": new Blob([bytes], {type: "image/png"})})]);
}"""


@pytest.fixture(scope="module")
def own(browser: Any, address: str) -> Iterator[Visit]:
    """A visitor at the tab for questions of one's own, who lets the page use clipboard and camera."""
    allowed = ["clipboard-read", "clipboard-write", "camera"]
    context = browser.new_context(viewport={"width": 1280, "height": 1000}, permissions=allowed)
    visit = Visit(context.new_page())
    visit.page.set_default_timeout(60_000)
    visit.page.goto(address)
    visit.page.wait_for_selector("#card .problem")
    visit.tab("Your own")
    visit.page.locator("#editor canvas").first.wait_for()
    yield visit
    context.close()


@pytest.fixture
def editor(own: Visit) -> Visit:
    """The same with an empty canvas."""
    if own.page.locator("#editor button[title='Clear canvas']").is_enabled():
        own.page.click("#editor button[title='Clear canvas']")
    own.page.wait_for_timeout(300)
    return own


def half_black() -> bytes:
    picture = Image.new("RGB", (400, 300), "white")
    picture.paste("black", (0, 0, 200, 300))
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


def taken(visit: Visit, question: str, right: Callable[[Pixels], bool]) -> Pixels:
    """The pixels, in grey, of the picture that goes with the question: the editor sends it when it finds the time."""
    for attempt in range(20):
        asked = f"{question} {attempt}"
        visit.page.fill("#own-question textarea", asked)
        visit.page.click("#take")
        visit.page.wait_for_function("q => document.querySelector('#card').innerText.includes(q)", arg=asked)
        if visit.page.locator("#card img").count():
            source = visit.page.get_attribute("#card img", "src")
            pixels = np.asarray(Image.open(io.BytesIO(base64.b64decode(source.partition(",")[2]))).convert("L"))
            if right(pixels):
                return pixels
        visit.page.wait_for_timeout(500)
    raise AssertionError(f"{question}: no such picture")


def black(pixels: Pixels) -> float:
    return float((pixels < 128).mean())


def upload(visit: Visit, name: str, data: bytes, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(data)
    visit.page.set_input_files("#editor input[type=file]", str(tmp_path / name))


def uploaded(visit: Visit, tmp_path: Path) -> None:
    upload(visit, "half.png", half_black(), tmp_path)
    visit.page.wait_for_selector("#editor button[title='Color']")  # the brush comes to hand when the picture is in
    visit.page.wait_for_timeout(500)


def drag(visit: Visit, start: tuple[float, float], end: tuple[float, float]) -> None:
    """From and to places of the canvas, which are relative to its centre in pixels of the screen."""
    box = visit.page.locator("#editor canvas").first.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    visit.page.mouse.move(x + start[0], y + start[1])
    visit.page.mouse.down()
    visit.page.mouse.move(x + end[0], y + end[1], steps=10)
    visit.page.mouse.up()
    visit.page.wait_for_timeout(500)


def test_a_diagram_is_drawn(editor: Visit) -> None:
    editor.page.click("#editor button[title='Brush']")
    drag(editor, (-60, -40), (60, 40))
    pixels = taken(editor, "drawn", lambda pixels: 0.002 < black(pixels) < 0.2)
    rows, columns = np.nonzero(pixels < 128)
    assert math.isclose(np.corrcoef(rows, columns)[0, 1], 1, abs_tol=0.05)  # a stroke from the upper left


def test_an_uploaded_diagram_is_annotated(editor: Visit, tmp_path: Path) -> None:
    uploaded(editor, tmp_path)
    plain = taken(editor, "plain", lambda pixels: abs(black(pixels) - 0.5) < 0.01)
    assert plain.shape == (300, 400)
    editor.page.click("#editor button[title='Brush']")
    drag(editor, (40, -60), (120, 60))
    marked = taken(editor, "marked", lambda pixels: black(pixels) > 0.505)
    assert (marked[:, :195] == plain[:, :195]).all()


def test_an_uploaded_diagram_is_cropped(editor: Visit, tmp_path: Path) -> None:
    uploaded(editor, tmp_path)
    editor.page.click("#editor button[title='Image']")
    editor.page.click("#editor button[title='Crop']")
    editor.page.wait_for_selector("#editor button[title='Confirm crop']")
    editor.page.wait_for_timeout(1000)
    drag(editor, (-172, -19), (-60, -19))  # the handle in the middle of the left side; some black is left
    editor.page.click("#editor button[title='Confirm crop']")
    taken(editor, "cropped", lambda pixels: pixels.shape[1] < 320 and 0.1 < black(pixels) < 0.4)


def test_a_diagram_is_pasted(editor: Visit) -> None:
    editor.page.evaluate(COPY, base64.b64encode(half_black()).decode())
    editor.page.click("#editor button[title='Image']")
    editor.page.click("#editor button[title='Paste']")
    taken(editor, "pasted", lambda pixels: abs(black(pixels) - 0.5) < 0.01)


@pytest.mark.parametrize(
    ("name", "data"),
    [("drawing.svg", SVG), ("moving.gif", GIF), ("bomb.png", png_saying(8_000, 8_000)), ("cut.png", PNG[:60])],
    ids=["svg", "animated", "bomb", "cut"],
)
def test_a_hostile_picture_harms_nothing(editor: Visit, tmp_path: Path, name: str, data: bytes) -> None:
    """The browser shows what it can as still pixels of its own; what it cannot show leaves the canvas as it is."""
    upload(editor, name, data, tmp_path)
    editor.page.wait_for_timeout(700)
    editor.page.fill("#own-question textarea", name)
    editor.page.click("#take")
    editor.page.wait_for_function(
        "q => document.querySelector('#card').innerText.includes(q) || document.querySelector('.toast-body')", arg=name
    )
    assert editor.page.evaluate("window.taken === undefined")
    assert "Traceback" not in editor.page.content() and not editor.outside()
