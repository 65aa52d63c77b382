"""Fifty hostile uploads: each is taken upright or refused in one sentence, and nothing is decoded that is too large."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow

from redstar_geo.viewing.picture_input import read_sent
from redstar_geo.viewing.uploads import MOST_BYTES, UploadError, read_upload


def encoded(picture: Pillow.Image, kind: str = "PNG", **settings: object) -> bytes:
    out = io.BytesIO()
    picture.save(out, kind, **settings)
    return out.getvalue()


def drawn(mode: str = "RGB", size: tuple[int, int] = (80, 60)) -> Pillow.Image:
    picture = Pillow.new("RGB", size, "white")
    picture.paste("black", (10, 10, 30, 20))
    return picture.convert(mode)


def png_saying(width: int, height: int) -> bytes:
    """A tiny file whose header promises a huge picture."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


PNG, JPEG = encoded(drawn()), encoded(drawn(), "JPEG")
GIF = encoded(drawn("P"), "GIF", save_all=True, append_images=[drawn().rotate(180).convert("P")])
WEBP = encoded(drawn(), "WEBP", save_all=True, append_images=[drawn().rotate(90)])
APNG = encoded(drawn(), "PNG", save_all=True, append_images=[drawn().rotate(90)])
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><script>alert(1)</script></svg>'
REFUSED = {
    "empty": b"",
    "svg": SVG,
    "svg with a header of xml": b'<?xml version="1.0"?>' + SVG,
    "html": b"<!doctype html><script>alert(1)</script>",
    "bomb of 100,000 by 100,000": png_saying(100_000, 100_000),
    "bomb of 2^31 by 1": png_saying(2**31 - 1, 1),
    "bomb of 8,000 by 8,000": png_saying(8_000, 8_000),
    "a line": encoded(Pillow.new("L", (4_000, 2))),
    "one pixel": encoded(Pillow.new("L", (1, 1))),
    "one colour": encoded(Pillow.new("RGB", (80, 60), "red")),
    "animated gif": GIF,
    "animated webp": WEBP,
    "animated png": APNG,
    "too many bytes": PNG + bytes(MOST_BYTES),
    "pdf": b"%PDF-1.7 1 0 obj",
    "postscript": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 100 100\n",
    "zip": b"PK\x03\x04" + bytes(100),
    "program": b"\x7fELF" + bytes(200),
    "icon": encoded(drawn(size=(64, 64)), "ICO"),
    "png header alone": PNG[:8],
    **{f"png cut at {cut}": PNG[:cut] for cut in (20, 40, len(PNG) // 2)},
    **{f"jpeg cut at {cut}": JPEG[:cut] for cut in (3, 20, 100, 300, len(JPEG) // 2)},
    **{f"gif cut at {cut}": encoded(drawn("P"), "GIF")[:cut] for cut in (6, 14)},
}
TAKEN = {
    **{f"png {mode}": encoded(drawn(mode)) for mode in ("1", "L", "P", "RGB", "RGBA", "LA")},
    **{f"jpeg {mode}": encoded(drawn(mode), "JPEG") for mode in ("L", "RGB", "CMYK")},
    "png of sixteen bits": encoded(Pillow.fromarray(np.asarray(drawn("L"), np.uint16) * 257)),
    "gif": encoded(drawn("P"), "GIF"),
    "webp": encoded(drawn(), "WEBP"),
    "bmp": encoded(drawn(), "BMP"),
    "tiff": encoded(drawn(), "TIFF"),
    "interlaced name": PNG + b"<script>alert(1)</script>",
    "small": encoded(drawn().resize((40, 30))),
}
SCRAMBLED = [bytes(np.random.default_rng(seed).permutation(np.frombuffer(JPEG, np.uint8))) for seed in range(3)]
DAMAGED = [PNG[: 30 + i * 7] + b"\xff\x00" + PNG[32 + i * 7 :] for i in range(8)]


@pytest.mark.parametrize("name", REFUSED)
def test_it_is_refused_in_a_sentence(name: str) -> None:
    with pytest.raises(UploadError) as refusal:
        read_upload(REFUSED[name])
    assert str(refusal.value).endswith(".") and len(str(refusal.value)) < 300


@pytest.mark.parametrize("name", TAKEN)
def test_it_is_taken_and_shows_the_same(name: str) -> None:
    with Pillow.open(io.BytesIO(read_upload(TAKEN[name]).data)) as picture:
        assert picture.format == "PNG" and picture.mode == "RGB" and min(picture.size) >= 56
        pixels = np.asarray(picture.convert("L").resize((80, 60)))
    assert pixels[50, 70] > 240 and pixels[15, 20] < 60


@pytest.mark.parametrize("data", [*SCRAMBLED, *DAMAGED], ids=lambda data: f"{len(data)} bytes")
def test_damage_is_refused_or_read_but_never_more(data: bytes) -> None:
    try:
        read_upload(data)
    except UploadError as refusal:
        assert "Traceback" not in str(refusal)


def test_a_photograph_is_turned_upright_and_made_smaller() -> None:
    exif = Pillow.Exif()
    exif[0x0112] = 6  # turned by a quarter
    photograph = drawn(size=(4_000, 3_000))
    with Pillow.open(io.BytesIO(read_upload(encoded(photograph, "JPEG", exif=exif)).data)) as picture:
        assert picture.size == (1536, 2048)


def test_light_strokes_on_nothing_come_on_black_and_nothing_at_all_is_blank() -> None:
    clear = Pillow.new("RGBA", (80, 60))
    with pytest.raises(UploadError, match="blank"):
        read_upload(encoded(clear))
    clear.paste((250, 250, 250, 255), (10, 10, 30, 20))
    with Pillow.open(io.BytesIO(read_upload(encoded(clear)).data)) as picture:
        pixels = np.asarray(picture.convert("L").resize((80, 60)))
    assert pixels[15, 20] > 240 and pixels[50, 70] < 10


def test_heic_is_taken() -> None:
    heif = pytest.importorskip("pillow_heif")
    heif.register_heif_opener()
    with Pillow.open(io.BytesIO(read_upload(encoded(drawn(size=(400, 300)), "HEIF")).data)) as picture:
        assert picture.size == (400, 300) and np.asarray(picture.convert("L"))[15, 20] < 60


def test_only_uploaded_files_are_opened(tmp_path: Path) -> None:
    uploads = tmp_path / "uploads"
    uploads.mkdir()
    (uploads / "a.png").write_bytes(PNG)
    (tmp_path / "secret.png").write_bytes(PNG)
    (uploads / "link.png").symlink_to(tmp_path / "secret.png")
    assert read_sent(uploads, str(uploads / "a.png")).data
    for name in (
        None,
        {},
        "/etc/passwd",
        str(tmp_path / "secret.png"),
        str(uploads / ".." / "secret.png"),
        "a\0b",
        "",
        "gone",
    ):
        with pytest.raises(UploadError):
            read_sent(uploads, name)
    with pytest.raises(UploadError):
        read_sent(uploads, str(uploads / "link.png"))
