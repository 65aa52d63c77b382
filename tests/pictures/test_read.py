"""The reader takes what people have, upright and on white, and refuses all else before it costs anything."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from redstar_geo.pictures.read import PictureError, is_blank, opened, picture_size, read_file, read_picture
from redstar_geo.sources.attached import picture
from redstar_geo.sources.row import UnusableRowError
from tests.pictures.files import (
    ALLOWED,
    OTHERS,
    TOO_LARGE,
    drawn,
    exif_bomb,
    film,
    saying,
    seeds,
    stored,
)

SEEDS = seeds()


def refused(data: bytes) -> str:
    with pytest.raises(PictureError) as refusal:
        read_picture(data)
    return refusal.value.reason


@pytest.mark.parametrize("form", ALLOWED)
def test_a_picture_of_each_format_is_read(form: str) -> None:
    data = stored(drawn(), form)
    pixels = np.asarray(read_picture(data))
    assert pixels.shape == (60, 80, 3) and picture_size(data) == (80, 60)
    assert (pixels[12:18, 13:27] < 60).all() and (pixels[30:] > 200).all()


@pytest.mark.parametrize("name", [name for name in SEEDS if name not in ("heic", "tiff tiles", "bmp runs")])
def test_a_picture_of_each_kind_shows_the_bar(name: str) -> None:
    flat = read_picture(SEEDS[name])
    assert flat.mode == "RGB" and not is_blank(flat) and sorted(flat.size) == [60, 80]
    if "16" not in name:
        assert np.asarray(flat).min() < 60 and np.median(flat) > 200


@pytest.mark.parametrize("form", OTHERS)
def test_no_other_format_is_read_whole_or_damaged(form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    data = stored(drawn("1" if form == "MSP" else "RGB", (64, 64)), form)
    monkeypatch.setattr(Image, "open", None)  # not even shown to a decoder
    for cut in (0, 1, 8, len(data) // 2, len(data)):
        assert refused(data[:cut]) == "bad_picture"


def test_a_name_says_nothing(tmp_path: Path) -> None:
    (tmp_path / "1.png").write_bytes(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(x) (w) file\n")
    (tmp_path / "2.eps").write_bytes(stored(drawn()))
    with pytest.raises(UnusableRowError, match="bad_picture"):
        picture("1.png", tmp_path)
    assert picture("2.eps", tmp_path).data.startswith(b"\x89PNG")


def test_a_file_of_nine_gigabytes_of_nothing_is_not_read(tmp_path: Path) -> None:
    with (tmp_path / "1.png").open("wb") as file:
        file.write(stored(drawn()))
        file.truncate(9 << 30)
    with pytest.raises(PictureError, match="MB"):
        read_file(tmp_path / "1.png")
    with pytest.raises(UnusableRowError, match="picture_too_large"):
        picture("1.png", tmp_path)


@pytest.mark.parametrize("name", TOO_LARGE)
def test_what_asks_for_too_much_is_refused_before_it_is_decoded(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", None)
    assert refused(TOO_LARGE[name]) == "picture_too_large"


@pytest.mark.parametrize("late", [False, True])
def test_camera_data_that_would_fill_the_memory_is_left_out(late: bool) -> None:
    assert read_picture(exif_bomb(late)).size == (80, 60)


def test_what_stands_behind_a_picture_does_not_count() -> None:
    assert read_picture(film()).size == (80, 60)


def test_camera_data_turns_the_picture_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    for form in ("PNG", "JPEG", "WEBP", "TIFF"):
        shades = np.asarray(read_picture(stored(drawn(), form, exif=exif)).convert("L"))
        assert shades.shape == (80, 60) and shades[20, 45] < 60 and shades[70, 10] > 200


def test_of_an_animation_the_first_picture_counts() -> None:
    later = [drawn().rotate(180), drawn().rotate(180)]
    for form in ("GIF", "WEBP", "PNG", "TIFF"):
        shades = np.asarray(read_picture(stored(drawn(), form, save_all=True, append_images=later)).convert("L"))
        assert shades[15, 20] < 60 and shades[45, 60] > 200


@pytest.mark.parametrize("cut", range(0, 150, 7))
def test_a_cut_file_is_refused(cut: int) -> None:
    assert refused(stored(drawn())[:cut]) == "bad_picture"


def test_a_decoders_own_errors_leave_as_one(monkeypatch: pytest.MonkeyPatch) -> None:
    for error, reason in ((KeyError(7), "bad_picture"), (MemoryError(), "picture_too_large")):

        def load(_: object, error: Exception = error) -> None:
            raise error

        monkeypatch.setattr("PIL.ImageFile.ImageFile.load", load)
        assert refused(stored(drawn(), "BMP")) == reason
    with pytest.raises(KeyboardInterrupt), opened(stored(drawn())):
        raise KeyboardInterrupt


def test_a_size_is_refused_with_its_numbers() -> None:
    for data, words in ((saying(6_000, 5_000), "6000 × 5000"), (saying(1, 300), "1 × 300")):
        with pytest.raises(PictureError, match=words):
            read_picture(data)


def grey(values: NDArray[np.generic]) -> bytes:
    return stored(Image.fromarray(values))


def noise(low: int, high: int, kind: type) -> bytes:
    return grey(np.random.default_rng(1).integers(low, high, (60, 80)).astype(kind))


def dotted(pixels: int) -> Image.Image:
    flat = Image.new("RGB", (80, 60), "white")
    for place in range(pixels):
        flat.putpixel((place, 7), (0, 0, 0))
    return flat


BLANK = {
    "white": Image.new("RGB", (80, 60), "white"),
    "black": Image.new("L", (80, 60)),
    "red": Image.new("P", (80, 60), 1),
    "transparent": Image.new("RGBA", (80, 60), (0, 0, 0, 0)),
    "one pixel": Image.new("RGB", (1, 1)),
    "a speck of dust": dotted(3),
    "a very pale line": Image.new("RGB", (80, 60), "white"),
}
BLANK["a very pale line"].paste((250, 250, 250), (0, 20, 80, 24))
BLANK_FILES = {name: stored(flat) for name, flat in BLANK.items()} | {
    "near-white noise": noise(245, 256, np.uint8),
    "scan of an empty page": stored(Image.open(io.BytesIO(noise(248, 256, np.uint8))), "JPEG"),
    "16 bits, of which 8 are used": grey((np.arange(4_800) % 256).astype(np.uint16).reshape(60, 80)),
    "16 bits, of which 12 are used": noise(0, 4_096, np.uint16),
    "16 bits, near white": noise(64_000, 65_536, np.uint16),
    "hidden by a key of transparency": stored(Image.new("L", (80, 60), 9), transparency=9),
}
SEEN = {
    "a thin line": stored(dotted(60)),
    "a pencil's line": grey(np.where(np.eye(80, dtype=bool), 225, 255).astype(np.uint8)),
    "yellow on white": stored(Image.eval(drawn(), lambda shade: shade or 200)),
    "white on black": stored(Image.eval(drawn(), lambda shade: 255 - shade)),
    "16 bits": grey((np.asarray(drawn("L")) * np.uint16(257)).astype(np.uint16)),
    "drawn by its transparency alone": stored(Image.merge("LA", [Image.new("L", (80, 60)), drawn("L")])),
}


@pytest.mark.parametrize("name", BLANK_FILES)
def test_what_shows_nothing_is_no_picture(name: str, tmp_path: Path) -> None:
    assert is_blank(read_picture(BLANK_FILES[name]))
    with pytest.raises(UnusableRowError, match="blank_picture"):
        picture({"bytes": BLANK_FILES[name]}, tmp_path)


@pytest.mark.parametrize("name", SEEN)
def test_what_shows_something_is_a_picture(name: str) -> None:
    assert not is_blank(read_picture(SEEN[name]))


def test_heic_says_what_it_needs() -> None:
    with pytest.raises(PictureError, match=r"pillow-heif|damaged"):
        read_picture(SEEDS["heic"])
