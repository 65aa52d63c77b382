"""What a picture's file says of itself, read before any decoder does: a small file can ask for hours or gigabytes.

Each bound is a count, so that the same file is refused on every machine. Files that people have stay far below them.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Iterator

from PIL.ImageFile import ImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.TiffImagePlugin import TiffImageFile

from redstar_geo.errors import RedStarError

MOST_BYTES = 64 << 20
MOST_PIXELS = 25_000_000
_MOST_WEBP = 16_000_000  # its decoder holds a picture four times
MOST_ASPECT = 200  # beyond it a stroke is no diagram: Qwen-VL processors refuse it, and made wide it fills the memory
_MOST_SCANS = 64  # progressive encoders write 10; each scan goes over the whole picture again
_MOST_SCANNED = 500_000_000  # pixels, of all scans together
_MOST_SEGMENTS = 256  # of JPEG: Pillow joins some of them one by one
_MOST_DATA_CHUNKS, _MOST_OTHER_CHUNKS = 1 << 16, 256  # of PNG: each of the others may unpack to a megabyte
_MOST_BLOCKS = 4_096  # of GIF's comments: Pillow joins them one by one
_MOST_RUNS = 2_000_000  # bytes and pixels of a run-length BMP, which Pillow reads in Python
_SCAN, _END = 0xDA, 0xD9
_MARKER = re.compile(rb"\xff([\xc0-\xcf\xd8-\xfe])")  # of JPEG, but for those within a scan
_TIFF_UNITS = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}
_TIFF_LENGTHS, _TIFF_TILE = (279, 325), (322, 323)


class PictureError(RedStarError):
    """A picture that is not read. `reason` is what it is counted under, `what` a clause for whoever sent it.

    Reasons: `bad_picture` (of no allowed format, or damaged), `picture_too_large` (bytes, pixels, or work),
    `blank_picture`, `animated_picture`; of the process it is decoded in `picture_too_slow`, `picture_worker_died`.
    """

    def __init__(self, reason: str, what: str) -> None:
        super().__init__(reason, what)
        self.reason, self.what = reason, what

    def __str__(self) -> str:
        return self.what


def format_of(data: bytes) -> str:
    """Pillow's name of the format, by the first bytes and never by a file's name.

    Raises:
        PictureError: it is none of those that are read.
    """
    if not data:
        raise PictureError("bad_picture", "it has no bytes")
    for signature, name in _SIGNATURES:
        if signature.match(data):
            return name
    raise PictureError("bad_picture", "it is none of PNG, JPEG, WebP, GIF, BMP, TIFF and HEIC")


def check_bytes(length: int) -> None:
    """That a file is not too long to be read.

    Raises:
        PictureError: it is.
    """
    if length > MOST_BYTES:
        raise PictureError("picture_too_large", f"it has {length >> 20} MB, at most {MOST_BYTES >> 20} are read")


def check_structure(data: bytes, name: str) -> None:
    """That the parts of a file in the format `name` are not too many to be gone through. To be asked before opening it.

    Raises:
        PictureError: they are.
    """
    if name in _CHECKS:
        _CHECKS[name](data)


def check_opened(picture: ImageFile, data: bytes) -> None:
    """That an opened picture is not too large to be decoded, nor decoded too often.

    Raises:
        PictureError: it is, or it is a mere stroke.
    """
    width, height = picture.size
    most = _MOST_WEBP if picture.format == "WEBP" else MOST_PIXELS
    if width * height > most:
        what = f"it has {width} × {height} pixels, at most {most // 1_000_000} million are read"
        raise PictureError("picture_too_large", what)
    if max(width, height) > MOST_ASPECT * min(width, height):
        raise PictureError("bad_picture", f"{width} × {height} pixels are a stroke and show no diagram")
    if isinstance(picture, JpegImageFile):
        _check_scans(_jpeg(data), width * height)
    if isinstance(picture, TiffImageFile):
        _check_strips(picture, data)


def _check_scans(scans: int, pixels: int) -> None:
    if scans > _MOST_SCANS or scans * pixels > _MOST_SCANNED:
        raise _too_much(f"{scans} scans")


def _check_strips(picture: TiffImageFile, data: bytes) -> None:
    """Strips or tiles lie beside each other: lengths that add up to more than the file are the same bytes again."""
    lengths = [length for tag in _TIFF_LENGTHS for length in _numbers(picture, tag)]
    if sum(lengths) > len(data):
        raise _too_much("strips larger than the file")
    width, height = (max(_numbers(picture, tag), default=0) for tag in _TIFF_TILE)
    if width * height > MOST_PIXELS:
        raise _too_much(f"tiles of {width} × {height} pixels")
    if picture.info.get("compression") in ("jpeg", "tiff_jpeg"):
        _check_scans(data.count(b"\xff\xda") - len(lengths), max(width * height, picture.width * picture.height))


def _numbers(picture: TiffImageFile, tag: int) -> tuple[int, ...]:
    value = picture.tag_v2.get(tag, ())
    return tuple(int(number) for number in (value if isinstance(value, tuple) else (value,)))


def _jpeg(data: bytes) -> int:
    """How many scans there are."""
    scans = 0
    for segments, marker in enumerate(_jpeg_markers(data), 1):
        scans += marker == _SCAN
        if segments > _MOST_SEGMENTS:
            raise _too_much(f"more than {_MOST_SEGMENTS} parts, {scans} of them scans")
    return scans


def _jpeg_markers(data: bytes) -> Iterator[int]:
    """The markers up to the picture's end; what may follow it (a film, another picture) is not read."""
    place = 2
    while match := _MARKER.search(data, place):
        marker, place = match[1][0], match.end()
        if marker == _END:
            return
        yield marker
        if marker != 0xD8:
            place += int.from_bytes(data[place : place + 2], "big")


def _png(data: bytes) -> None:
    place, pixels, others = 8, 0, 0
    while place + 8 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, place)
        place += length + 12
        if kind in (b"IDAT", b"fdAT", b"fcTL"):
            pixels += 1
        else:
            others += 1
        if pixels > _MOST_DATA_CHUNKS or others > _MOST_OTHER_CHUNKS:
            raise _too_much("too many chunks")


def _gif(data: bytes) -> None:
    place = 13 + _gif_colours(data, 10)
    extended = 0
    while place + 10 < len(data) and data[place] in (0x21, 0x2C):
        extension = data[place] == 0x21
        place += 2 if extension else 11 + _gif_colours(data, place + 9)
        while place < len(data) and data[place]:
            place += data[place] + 1
            extended += extension
        place += 1
        if extended > _MOST_BLOCKS:
            raise _too_much("too many comments")


def _gif_colours(data: bytes, flags: int) -> int:
    """Bytes of the table of colours that the flags at a place announce."""
    there = len(data) > flags and data[flags] & 0x80
    return 3 << ((data[flags] & 7) + 1) if there else 0


def _bmp(data: bytes) -> None:
    if len(data) < 34:
        return
    width, height, _, _, compression = struct.unpack_from("<iiHHI", data, 18)
    if compression in (1, 2) and max(len(data), abs(width * height)) > _MOST_RUNS:
        raise _too_much("too many runs")


def _tiff(data: bytes) -> None:
    """Tags lie beside each other: what takes more room than the file has is the same bytes over and over."""
    order, big = "<" if data[:2] == b"II" else ">", data[2:4] in (b"+\0", b"\0+")
    first, number, entry = ("8xQ", "Q", "HHQ8x") if big else ("4xI", "H", "HHI4x")
    try:
        (place,) = struct.unpack_from(order + first, data)
        (entries,) = struct.unpack_from(order + number, data, place)
    except struct.error:
        return  # which Pillow refuses
    place += struct.calcsize(order + number)
    whole = data[place : place + entries * struct.calcsize(order + entry)]
    whole = whole[: len(whole) - len(whole) % struct.calcsize(order + entry)]
    size = sum(_TIFF_UNITS.get(kind, 0) * count for _, kind, count in struct.iter_unpack(order + entry, whole))
    if size > len(data):
        raise _too_much("tags larger than the file")


def _too_much(what: str) -> PictureError:
    return PictureError("picture_too_large", f"it asks for too much work ({what})")


_SIGNATURES: tuple[tuple[re.Pattern[bytes], str], ...] = tuple(
    (re.compile(pattern, re.DOTALL), name)
    for pattern, name in (
        (rb"\x89PNG\r\n\x1a\n", "PNG"),
        (rb"\xff\xd8\xff", "JPEG"),
        (rb"RIFF....WEBP", "WEBP"),
        (rb"GIF8[79]a", "GIF"),
        (rb"BM", "BMP"),
        (rb"II[*+]\0|MM\0[*+]", "TIFF"),
        (rb"....ftyp(?:hei[cxms]|hev[cx]|mif1|msf1)", "HEIF"),
    )
)
_CHECKS: dict[str, Callable[[bytes], object]] = {"JPEG": _jpeg, "PNG": _png, "GIF": _gif, "BMP": _bmp, "TIFF": _tiff}
