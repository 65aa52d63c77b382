"""Edits under which a diagram stays the same diagram, by class: what a copier, a screenshot or an augmentation does."""

from __future__ import annotations

import io
import random
from collections.abc import Callable

from PIL import Image, ImageChops, ImageFilter, ImageOps

Edit = Callable[[Image.Image, random.Random], bytes]


def flat(data: bytes) -> Image.Image:
    """RGB, transparency on white."""
    with Image.open(io.BytesIO(data)) as opened:
        picture = opened.convert("RGBA")
    page = Image.new("RGB", picture.size, "white")
    page.paste(picture, mask=picture.getchannel("A"))
    return page


def encoded(picture: Image.Image, kind: str = "PNG", **options: int) -> bytes:
    out = io.BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


def _rescaled(picture: Image.Image, rng: random.Random) -> bytes:
    scale = 2 ** rng.uniform(-1, 1)
    size = max(1, round(picture.width * scale)), max(1, round(picture.height * scale))
    return encoded(picture.resize(size, Image.Resampling.BICUBIC))


def _transparent(picture: Image.Image, rng: random.Random) -> bytes:
    """Black with the darkness as opacity: on white it looks as before."""
    clear = Image.new("RGBA", picture.size, "black")
    clear.putalpha(ImageOps.invert(picture.convert("L")))
    return encoded(clear)


def _margins(picture: Image.Image, rng: random.Random) -> bytes:
    border = tuple(rng.randrange(0, 60) for _ in range(4))
    return encoded(ImageOps.expand(picture, border, "white"))


def _trimmed(picture: Image.Image, rng: random.Random) -> bytes:
    box = ImageChops.invert(picture.convert("L")).point(lambda grey: 255 * (grey > 5)).getbbox()
    return encoded(picture.crop(box))


def _cut(picture: Image.Image, rng: random.Random) -> bytes:
    """3 % of the width or height lost on one side, ink or not."""
    x, y = round(0.03 * picture.width), round(0.03 * picture.height)
    left, top, right, bottom = rng.choice([(x, 0, 0, 0), (0, y, 0, 0), (0, 0, x, 0), (0, 0, 0, y)])
    return encoded(picture.crop((left, top, picture.width - right, picture.height - bottom)))


def _turned(picture: Image.Image, degrees: float) -> bytes:
    turned = picture.rotate(degrees, Image.Resampling.BICUBIC, expand=True, fillcolor="white")
    return encoded(turned)


def _mirrored(picture: Image.Image, rng: random.Random) -> bytes:
    return encoded(rng.choice([ImageOps.mirror, ImageOps.flip])(picture))


def _recoloured(picture: Image.Image, rng: random.Random) -> bytes:
    """Another dark ink on another light paper."""
    ink = tuple(rng.randrange(0, 130) for _ in range(3))
    paper = tuple(rng.randrange(215, 256) for _ in range(3))
    return encoded(ImageOps.colorize(picture.convert("L"), ink, paper))


def _thicker(picture: Image.Image, rng: random.Random) -> bytes:
    """Every line by one pixel, which doubles the thin ones."""
    page = ImageOps.expand(picture, 1, "white")
    for shift in ((1, 0), (0, 1)):
        page = ImageChops.darker(page, ImageChops.offset(page, *shift))
    return encoded(page)


def _photographed(picture: Image.Image, rng: random.Random) -> bytes:
    """Several at once: margins, a turn by up to 3 degrees, rescaling, JPEG."""
    turned = flat(_turned(flat(_margins(picture, rng)), rng.uniform(-3, 3)))
    return encoded(flat(_rescaled(turned, rng)), "JPEG", quality=rng.randrange(30, 91))


EDITS: dict[str, Edit] = {
    "grey": lambda picture, rng: encoded(picture.convert("L")),
    "palette": lambda picture, rng: encoded(picture.quantize(rng.choice([4, 8, 16]))),
    "transparent": _transparent,
    "margins added": _margins,
    "margins cropped": _trimmed,
    "edge cut by 3 %": _cut,
    "rescaled 0.5 to 2": _rescaled,
    "JPEG 30 to 90": lambda picture, rng: encoded(picture, "JPEG", quality=rng.randrange(30, 91)),
    "turned by 90, 180, 270": lambda picture, rng: _turned(picture, rng.choice([90, 180, 270])),
    "turned by up to 3": lambda picture, rng: _turned(picture, rng.uniform(-3, 3)),
    "mirrored": _mirrored,
    "blurred": lambda picture, rng: encoded(picture.filter(ImageFilter.GaussianBlur(rng.uniform(0.4, 1.0)))),
    "recoloured": _recoloured,
    "lines 1 px thicker": _thicker,
    "lines 2 px thicker": lambda picture, rng: encoded(picture.filter(ImageFilter.MinFilter(3))),
    "several at once": _photographed,
}
