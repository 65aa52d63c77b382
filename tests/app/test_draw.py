"""A picture of one's own: chosen, dropped, pasted, drawn, cropped; sent once; what is no picture is told."""

from __future__ import annotations

import base64
import io
import math
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pillow_heif
import pytest
from PIL import Image, ImageDraw

from tests.app.conftest import Visit
from tests.app.streaming import StreamingServer
from tests.viewing.test_uploads import GIF, PNG, SVG, png_saying

Pixels = np.ndarray[Any, Any]
COPY = """async data => {
    const bytes = Uint8Array.from(atob(data), sign => sign.charCodeAt(0));
    const event = new ClipboardEvent("paste", {clipboardData: new DataTransfer(), bubbles: true});
    event.clipboardData.items.add(new File([bytes], "clip.png", {type: "image/png"}));
    document.body.dispatchEvent(event);
}"""
DROP = """data => {
    const bytes = Uint8Array.from(atob(data), sign => sign.charCodeAt(0)), files = new DataTransfer();
    for (const name of ["a.png", "b.png"]) files.items.add(new File([bytes], name, {type: "image/png"}));
    document.querySelector("#question textarea").dispatchEvent(
        new DragEvent("drop", {dataTransfer: files, bubbles: true, cancelable: true}));
}"""
COUNT = """() => {
    window.encoded = 0;
    for (const name of ["toDataURL", "toBlob"]) {
        const encode = HTMLCanvasElement.prototype[name];
        HTMLCanvasElement.prototype[name] = function (...given) { window.encoded++; return encode.apply(this, given); };
    }
}"""
STATE = "state => document.querySelector('.picture-input').dataset.state === state"


@pytest.fixture
def own(visit: Visit) -> Iterator[Visit]:
    """A page with a question of one's own and no picture."""
    visit.page.click("#picture [data-does=remove]")
    visit.page.fill("#question textarea", "Find x.")
    yield visit


def encoded(picture: Image.Image, kind: str = "PNG", **settings: Any) -> bytes:
    out = io.BytesIO()
    picture.save(out, kind, **settings)
    return out.getvalue()


def half_black() -> bytes:
    picture = Image.new("RGB", (400, 300), "white")
    picture.paste("black", (0, 0, 200, 300))
    return encoded(picture)


def photograph() -> bytes:
    """Twelve million pixels, turned by EXIF, of more than eight megabytes; a black corner says which way is up."""
    noise = np.random.default_rng(0).integers(150, 250, (3_000, 4_000, 3), np.uint8)
    picture = Image.fromarray(noise)
    picture.paste("black", (0, 0, 1_000, 1_000))
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    return encoded(picture, "JPEG", quality=96, exif=exif)


def tall(mode: str = "RGB") -> Image.Image:
    """A black square above a white one, or above nothing."""
    clear = {"RGBA": (0, 0, 0, 0), "LA": (255, 0), "CMYK": (0, 0, 0, 0)}
    picture = Image.new(mode, (200, 400), clear.get(mode, "white"))
    dark = {"RGBA": (0, 0, 0, 255), "LA": (0, 255), "CMYK": (0, 0, 0, 255)}
    picture.paste(dark.get(mode, "black"), (0, 0, 200, 200))
    return picture


def turned(kind: str, mode: str = "RGB") -> bytes:
    """The same lying on its side, with a word in its EXIF data of how to turn it."""
    exif = Image.Exif()
    exif[0x0112] = 6
    return encoded(tall(mode).transpose(Image.Transpose.ROTATE_90), kind, exif=exif)


def heic() -> bytes:
    pillow_heif.register_heif_opener()
    return encoded(tall(), "HEIF")


KINDS = {
    "alpha.png": encoded(tall("RGBA")),
    "grey.png": encoded(tall("LA")),
    "palette.png": encoded(tall("RGBA").quantize()),
    "alpha.webp": encoded(tall("RGBA"), "WEBP"),
    "print.jpg": encoded(tall("CMYK"), "JPEG"),
    "still.gif": encoded(tall().convert("P"), "GIF"),
    "scan.tiff": encoded(tall(), "TIFF"),
    "phone.heic": heic(),
    "photo.png": encoded(tall(), "JPEG"),  # named otherwise
    "turned.jpg": turned("JPEG"),
    "turned print.jpg": turned("JPEG", "CMYK"),
    "turned.png": turned("PNG"),
    "turned.webp": turned("WEBP"),
    "turned.tiff": turned("TIFF"),
}


def choose(visit: Visit, name: str, data: bytes, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(data)
    visit.page.set_input_files("#picture input.file", str(tmp_path / name))


def shown(visit: Visit) -> Pixels:
    visit.page.wait_for_function(STATE, arg="shown")
    return grey(visit.page.get_attribute("#picture img", "src"))


def grey(source: str) -> Pixels:
    with Image.open(io.BytesIO(base64.b64decode(source.partition(",")[2]))) as picture:
        return np.asarray(picture.convert("L"))


def received(visit: Visit, server: StreamingServer) -> Pixels:
    """The picture that a model gets."""
    visit.choose("who", "slow-thinker")
    visit.page.click("#solve")
    visit.page.wait_for_selector("#ask-text .told")
    visit.page.click("#stop")
    content: Any = server.asked[-1]["messages"][-1]["content"]  # type: ignore[index]
    return grey(content[0]["image_url"]["url"])


def black(pixels: Pixels) -> float:
    return float((pixels < 128).mean())


def drag(visit: Visit, start: tuple[float, float], end: tuple[float, float]) -> None:
    """From and to places of the canvas, from 0 to 1."""
    visit.page.wait_for_function(STATE, arg="drawing")
    box = visit.page.locator("#picture canvas").bounding_box()
    (ax, ay), (bx, by) = ((box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in (start, end))
    visit.page.mouse.move(ax, ay)
    visit.page.mouse.down()
    visit.page.mouse.move(bx, by, steps=10)
    visit.page.mouse.up()


def press(visit: Visit, *names: str) -> None:
    for name in names:
        visit.page.click(f"#picture [data-does={name}]")


def test_a_picture_is_sent_once_whatever_happens_afterwards(
    own: Visit, server: StreamingServer, tmp_path: Path
) -> None:
    choose(own, "half.png", half_black(), tmp_path)
    assert abs(black(shown(own)) - 0.5) < 0.01
    own.choose("who", "slow-thinker")
    own.page.click("#solve")
    own.page.wait_for_selector("#ask-text .told")
    own.page.wait_for_timeout(3_000)
    own.page.click("#stop")
    own.page.wait_for_selector("#ask-steps .told")
    own.page.fill("#question textarea", "Find y.")
    assert abs(black(received(own, server)) - 0.5) < 0.01
    own.page.wait_for_timeout(2_000)
    assert own.uploads() == 1


def test_a_picture_in_place_of_an_examples_takes_its_text_along_but_none_of_ones_own(
    visit: Visit, tmp_path: Path
) -> None:
    page = visit.page
    visit.choose("who", "in short")  # reads no picture
    choose(visit, "half.png", half_black(), tmp_path)
    shown(visit)
    assert page.input_value("#question textarea") == "" and not page.locator("#about").is_visible()
    page.click("#solve")
    page.wait_for_function("document.querySelector('#ask-status').innerText.includes('Write what is asked')")
    page.fill("#question textarea", "Find x.")
    choose(visit, "other.png", half_black(), tmp_path)
    shown(visit)
    assert page.input_value("#question textarea") == "Find x." and not visit.errors


def test_a_large_photograph_is_made_small_upright_and_reaches_the_model(
    own: Visit, server: StreamingServer, tmp_path: Path
) -> None:
    data = photograph()
    assert len(data) > 8 << 20
    own.page.evaluate(COUNT)
    choose(own, "photo.jpg", data, tmp_path)
    assert shown(own).shape == (2_048, 1_536)
    assert own.page.evaluate("window.encoded") == 1  # which is what takes long
    got = received(own, server)
    height, width = got.shape
    assert height > width and got[: height // 5, -width // 5 :].mean() < 60  # the corner, upper right when upright
    assert own.uploads() == 1 and not own.errors


def test_every_kind_of_picture_is_upright_and_visible_and_sent_once(
    own: Visit, server: StreamingServer, tmp_path: Path
) -> None:
    """On the page and at the model: a black square above a white one, whatever the file makes of them."""
    for number, (name, data) in enumerate(KINDS.items(), 1):
        choose(own, name, data, tmp_path)
        for pixels in (shown(own), received(own, server)):
            assert pixels.shape == (400, 200), name
            assert pixels[100, 100] < 60 and pixels[300, 100] > 200, name
        assert own.uploads() == number, name
        press(own, "remove")
    assert not own.errors and not own.outside()


def test_light_strokes_on_nothing_are_seen(own: Visit, server: StreamingServer, tmp_path: Path) -> None:
    """As a program with a dark theme saves them."""
    for mode, light in (("RGBA", (255, 255, 255, 255)), ("LA", (240, 255))):
        picture = Image.new(mode, (400, 300))
        ImageDraw.Draw(picture).line((50, 50, 350, 250), fill=light, width=3)
        choose(own, f"{mode}.png", encoded(picture), tmp_path)
        for pixels in (shown(own), received(own, server)):
            assert abs(int(pixels[150, 200]) - int(pixels[150, 50])) > 150
        press(own, "remove")
    assert own.uploads() == 2


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("table.csv", b"a,b\n1,2\n", "none of PNG"),
        ("drawing.svg", SVG, "none of PNG"),
        ("moving.gif", GIF, "animat"),
        ("bomb.png", png_saying(8_000, 8_000), "pixels"),
        ("cut.png", PNG[:60], "cannot be used"),
        ("notes.png", b"Find the angle ABC.\n" * 40, "none of PNG"),
        ("page.jpg", b"<!doctype html><script>window.taken = 1</script>", "none of PNG"),
        ("huge.heic", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + os.urandom(9 << 20), "larger than 8 MB"),
    ],
    ids=lambda value: value if isinstance(value, str) and "." in value else "",
)
def test_what_is_no_picture_is_told_and_never_left_out_silently(
    own: Visit, tmp_path: Path, name: str, data: bytes, said: str
) -> None:
    choose(own, name, data, tmp_path)
    own.page.wait_for_function(STATE, arg="refused")
    assert said in own.page.inner_text("#picture .note")
    own.page.click("#solve")
    own.page.wait_for_selector("#ask-status .failure")
    assert "picture cannot be used" in own.page.inner_text("#ask-status")
    assert own.page.evaluate("window.taken === undefined")
    assert "Traceback" not in own.page.content() and not own.outside()
    press(own, "remove")
    own.page.wait_for_function(STATE, arg="empty")


def test_a_picture_is_dropped_or_pasted_anywhere(own: Visit) -> None:
    data = base64.b64encode(half_black()).decode()
    own.page.evaluate(DROP, data)
    assert abs(black(shown(own)) - 0.5) < 0.01
    assert "first" in own.page.inner_text("#picture .note")  # of two files
    press(own, "remove")
    own.page.evaluate(COPY, data)
    assert abs(black(shown(own)) - 0.5) < 0.01


def test_a_diagram_is_drawn(own: Visit, server: StreamingServer) -> None:
    press(own, "draw")
    drag(own, (0.5, 0.1), (0.9, 0.9))
    press(own, "undo")
    drag(own, (0.1, 0.1), (0.9, 0.9))
    press(own, "done")
    pixels = received(own, server)
    assert 0.002 < black(pixels) < 0.2
    rows, columns = np.nonzero(pixels < 128)
    assert math.isclose(np.corrcoef(rows, columns)[0, 1], 1, abs_tol=0.05)  # one stroke, from the upper left
    assert own.uploads() == 1


def test_a_picture_is_drawn_on_and_cropped(own: Visit, tmp_path: Path) -> None:
    choose(own, "half.png", half_black(), tmp_path)
    shown(own)
    press(own, "draw")
    drag(own, (0.6, 0.2), (0.9, 0.8))
    press(own, "done")
    assert black(shown(own)) > 0.503
    press(own, "draw", "crop")
    drag(own, (0.25, 0.0), (1.0, 1.0))
    press(own, "done")
    cropped = shown(own)
    assert cropped.shape == (300, 300) and 0.3 < black(cropped) < 0.4
    press(own, "draw", "cancel")
    assert shown(own).shape == (300, 300)


def test_the_last_of_several_pictures_counts(own: Visit, server: StreamingServer, tmp_path: Path) -> None:
    choose(own, "photo.jpg", photograph(), tmp_path)
    choose(own, "half.png", half_black(), tmp_path)
    assert abs(black(shown(own)) - 0.5) < 0.01
    own.page.wait_for_timeout(3_000)
    assert abs(black(received(own, server)) - 0.5) < 0.01
