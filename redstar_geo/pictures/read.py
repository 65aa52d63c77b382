"""Bytes → a picture that a model can be shown, or one typed rejection, in this process."""

from __future__ import annotations

import importlib
import io
import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from types import TracebackType

from PIL import Image as Pillow
from PIL import ImageOps
from PIL.ImageFile import ImageFile

from redstar_geo.pictures.bounds import MOST_BYTES, PictureError, check_bytes, check_opened, check_structure, format_of

MIN_SIDE = 56  # two merged patches of 28 px: less than that, Qwen-VL and InternVL processors refuse or blur
_LARGEST_EXIF = 1 << 16  # as JPEG has it: its tags may all point at the same bytes
_EXIF = ("exif", "Raw profile type exif")
_MOVING = ("GIF", "WEBP", "PNG")
_CONTRAST = 16  # of 255 shades: less is seen neither by a person nor by a model
_FEWEST = 16  # pixels that make a drawing; fewer are dust
_FAST = 3  # the last level at which zlib does not look on for longer matches: three times faster at the worst picture


class rejecting(AbstractContextManager[None]):
    """Around a decoder: what it raises leaves as `PictureError`. A class, since decoders raise errors of any kind."""

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        if isinstance(error, Pillow.DecompressionBombError):
            raise PictureError("picture_too_large", "it has too many pixels") from None
        if isinstance(error, MemoryError):
            raise PictureError("picture_too_large", "it takes too much memory") from None
        if isinstance(error, Exception) and not isinstance(error, PictureError):
            raise PictureError("bad_picture", f"it is damaged ({type(error).__name__})") from None


def read_picture(data: bytes) -> Pillow.Image:
    """The picture in RGB, upright as its camera says, transparency on white, of an animation its first frame.

    Strokes on nothing that white would hide come on black.

    Raises:
        PictureError: see there; shades in floating point or beyond 16 bits have no known white and are no picture.
    """
    with opened(data) as picture:
        picture.load()
        for name in _EXIF:
            if len(picture.info.get(name) or b"") > _LARGEST_EXIF:
                del picture.info[name]
        ImageOps.exif_transpose(picture, in_place=True)
        return _on_white(_in_bytes(picture))


def picture_size(data: bytes) -> tuple[int, int]:
    """Width and height, without decoding a pixel.

    Raises:
        PictureError: as `opened`.
    """
    with opened(data) as picture:
        return picture.size


def is_animated(data: bytes) -> bool:
    """Whether a GIF, WebP or PNG moves.

    Raises:
        PictureError: as `opened`.
    """
    with opened(data) as picture:
        if picture.format not in _MOVING:
            return False
        try:
            picture.seek(1)
        except EOFError:
            return False
        return True


@contextmanager
def opened(data: bytes) -> Iterator[ImageFile]:
    """A picture whose size and format are known and bounded and whose pixels are not decoded yet.

    What its decoder raises inside the block leaves as `PictureError`.

    Raises:
        PictureError: see there.
    """
    check_bytes(len(data))
    name = format_of(data)
    if name == "HEIF":
        _register_heif()
    with rejecting():
        check_structure(data, name)
        with Pillow.open(io.BytesIO(data), formats=[name]) as picture:
            check_opened(picture, data)
            yield picture


def read_file(path: Path) -> bytes:
    """The bytes of a file, if they are no more than a picture may have.

    Raises:
        PictureError: they are more.
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        check_bytes(os.fstat(file.fileno()).st_size)
        data = file.read(MOST_BYTES + 1)  # it may have grown
    check_bytes(len(data))
    return data


def is_blank(flat: Pillow.Image) -> bool:
    """Whether an RGB picture shows nothing: hardly a pixel differs visibly from its most frequent shade."""
    shades = flat.histogram()
    return all(_strokes(shades[start : start + 256]) < _FEWEST for start in range(0, len(shades), 256))


def encoded(flat: Pillow.Image) -> bytes:
    """The picture as PNG, the shorter side at least `MIN_SIDE` pixels."""
    shorter = min(flat.size)
    if shorter < MIN_SIDE:
        scale = MIN_SIDE / shorter
        flat = flat.resize((round(flat.width * scale), round(flat.height * scale)), Pillow.Resampling.LANCZOS)
    out = io.BytesIO()
    flat.save(out, "PNG", compress_level=_FAST)
    return out.getvalue()


def _strokes(counts: list[int]) -> int:
    """How many pixels differ from the most frequent of 256 shades so that it is seen."""
    paper = counts.index(max(counts))
    return sum(counts) - sum(counts[max(0, paper - _CONTRAST + 1) : paper + _CONTRAST])


def _on_white(picture: Pillow.Image) -> Pillow.Image:
    if not picture.has_transparency_data:
        return picture.convert("RGB")
    layered = picture if picture.mode == "RGBA" else picture.convert("RGBA")
    flat = _on(layered, "white")
    if not is_blank(flat):
        return flat
    dark = _on(layered, "black")  # white strokes on nothing, as programs with a dark theme save them
    return flat if is_blank(dark) else dark


def _on(layered: Pillow.Image, paper: str) -> Pillow.Image:
    flat = Pillow.new("RGB", layered.size, paper)
    flat.paste(layered, mask=layered.getchannel("A"))
    return flat


def _in_bytes(picture: Pillow.Image) -> Pillow.Image:
    """A picture of 16-bit grey in 8 bits; `convert` would make all above 255 white. Any other as it is."""
    if picture.mode == "F":
        raise PictureError("bad_picture", "its shades are in floating point, whose white is not known")
    if not picture.mode.startswith("I"):
        return picture
    shades = picture if picture.mode in ("I", "I;16") else picture.convert("I")
    low, high = shades.getextrema()
    if low < 0 or high > 0xFFFF:  # type: ignore[operator]
        raise PictureError("bad_picture", f"its shades go from {low} to {high}")
    return shades.point(lambda shade: shade * (1 / 256)).convert("L")


def _register_heif() -> None:
    """Let Pillow read HEIC, the form of iPhones, where its plugin is installed."""
    try:
        importlib.import_module("pillow_heif").register_heif_opener()
    except ImportError:
        what = "it is HEIC, which needs a package that is not installed here (pip install pillow-heif)"
        raise PictureError("bad_picture", what) from None
