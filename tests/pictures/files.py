"""Files of pictures: whole ones of every format, and small ones that ask a decoder for hours or gigabytes."""

from __future__ import annotations

import io
import os
import struct
import zlib
from typing import Any

import numpy as np
from PIL import Image

ALLOWED = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF")
OTHERS = ("AVIF", "DDS", "EPS", "ICO", "ICNS", "JPEG2000", "PCX", "PPM", "SGI", "TGA", "PDF", "IM", "MSP", "QOI")


def drawn(mode: str = "RGB", size: tuple[int, int] = (80, 60)) -> Image.Image:
    """A black bar on white, from (10, 10) to (30, 20)."""
    picture = Image.new("RGB", size, "white")
    picture.paste("black", (10, 10, 30, 20))
    return picture.convert(mode)


def stored(picture: Image.Image, form: str = "PNG", **settings: Any) -> bytes:
    out = io.BytesIO()
    picture.save(out, form, **settings)
    return out.getvalue()


def chunk(kind: bytes, data: bytes) -> bytes:
    """A chunk of a PNG."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def with_chunks(chunks: bytes, after: int = 33) -> bytes:
    """A PNG with more chunks behind its header."""
    plain = stored(drawn())
    return plain[:after] + chunks + plain[after:]


def with_segments(segments: bytes) -> bytes:
    """A JPEG with more segments at its beginning."""
    plain = stored(drawn(), "JPEG")
    return plain[:2] + segments + plain[2:]


def with_comments(comments: bytes) -> bytes:
    """A GIF with more blocks before its picture."""
    plain = stored(drawn("P"), "GIF")
    place = plain.index(b"\x2c", 13 + (3 << ((plain[10] & 7) + 1)))
    return plain[:place] + comments + plain[place:]


def scanned(scans: int, size: tuple[int, int]) -> bytes:
    """A progressive JPEG whose last scan is there so many times more."""
    plain = stored(drawn(size=size), "JPEG", progressive=True)
    last = plain[plain.rfind(b"\xff\xda") : -2]
    return plain[:-2] + scans * last + plain[-2:]


def overlapping_tags(tags: int, length: int) -> bytes:
    """A TIFF header and a directory whose tags are all the same bytes of the file."""
    entries = b"".join(struct.pack("<HHII", 1_000 + tag, 1, length, 8) for tag in range(tags))
    return b"II*\0" + struct.pack("<IH", 8, tags) + entries + bytes(4) + bytes(max(0, length - len(entries)))


def tiff(tags: dict[int, list[int]], data: bytes) -> bytes:
    """A TIFF of long tags; where a tag's numbers are -1, they are the place of the data."""
    start = 8 + 2 + 12 * len(tags) + 4
    where = start + sum(4 * len(numbers) for numbers in tags.values() if len(numbers) > 1)
    entries, beside = b"", b""
    for tag, numbers in sorted(tags.items()):
        raw = struct.pack(f"<{len(numbers)}I", *(where if number == -1 else number for number in numbers))
        entries += struct.pack("<HHI", tag, 4, len(numbers))
        entries += raw if len(numbers) == 1 else struct.pack("<I", start + len(beside))
        beside += raw if len(numbers) > 1 else b""
    return b"II*\0" + struct.pack("<IH", 8, len(tags)) + entries + bytes(4) + beside + data


def tiled(side: int) -> bytes:
    """A small TIFF of one huge tile."""
    data = zlib.compress(bytes(min(side * side, 1 << 24)), 9)
    small = {256: [100], 257: [100], 258: [8], 259: [8], 262: [1], 277: [1]}
    return tiff(small | {322: [side], 323: [side], 324: [-1], 325: [len(data)]}, data)


def overlapping_strips(rows: int) -> bytes:
    """A TIFF each row of which is the same long stream."""
    data = b"\x78\x9c" + 100_000 * b"\0\0\0\xff\xff"
    small = {256: [1_000], 257: [rows], 258: [8], 259: [8], 262: [1], 277: [1], 278: [1]}
    return tiff(small | {273: rows * [-1], 279: rows * [len(data)]}, data)


def run_length(size: tuple[int, int], runs: bytes) -> bytes:
    """A BMP of 256 greys, compressed."""
    header = struct.pack("<IiiHHIIiiII", 40, *size, 1, 8, 1, 0, 0, 0, 256, 0)
    greys = b"".join(bytes([grey, grey, grey, 0]) for grey in range(256))
    return b"BM" + struct.pack("<IHHI", 0, 0, 0, 54 + 1024) + header + greys + runs


def saying(width: int, height: int) -> bytes:
    """A tiny PNG whose header promises another size."""
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(999))) + chunk(b"IEND", b"")
    )


_ICC = chunk(b"iCCP", b"a\0\0" + zlib.compress(bytes((1 << 20) - 1)))
TOO_LARGE = {
    "a JPEG of 1,200 scans": scanned(1_200, (800, 600)),
    "a JPEG of 60 scans of 9 million pixels": scanned(50, (3_000, 3_000)),
    "a JPEG of 100,000 segments": with_segments(100_000 * b"\xff\xe5\0\2"),
    "a JPEG of much EXIF": with_segments(500 * (b"\xff\xe1\xff\xffExif\0\0" + bytes(65_527))),
    "a PNG of 100,000 by 100,000": saying(100_000, 100_000),
    "a PNG of 6,000 by 6,000": saying(6_000, 6_000),
    "a PNG of 300 profiles that unpack": with_chunks(300 * _ICC),
    "a PNG of 100,000 empty parts": with_chunks(100_000 * chunk(b"IDAT", b"")),
    "a GIF of long comments": with_comments(b"\x21\xfe" + 5_000 * (b"\xff" + bytes(255)) + b"\0"),
    "a GIF of many comments": with_comments(5_000 * b"\x21\xfe\x01a\0"),
    "a TIFF whose tags overlap": overlapping_tags(60_000, 700_000),
    "a TIFF of one tag over and over": overlapping_tags(60_000, 700_000).replace(struct.pack("<H", 1_001), b"\0\1"),
    "a TIFF of a huge tile": tiled(20_000),
    "a TIFF whose strips overlap": overlapping_strips(1_000),
    "a BMP of 25 million pixels in ends of lines": run_length((5_000, 5_000), 5_000 * b"\1\1\0\0"),
    "a BMP of runs of nothing": run_length((1_000, 1_000), 2_000_000 * b"\0\0"),
}


def exif_bomb(late: bool) -> bytes:
    """A PNG of 0.7 MB whose camera data, before or behind the pixels, would fill 42 GB."""
    data = chunk(b"eXIf", overlapping_tags(60_000, 700_000))
    return with_chunks(data, len(stored(drawn())) - 12 if late else 33)


def film() -> bytes:
    """A JPEG with a film behind it, as telephones make them, in which markers of scans occur by chance."""
    return stored(drawn(), "JPEG") + 500 * b"\xff\xda\0\x0c" + os.urandom(10)


def seeds() -> dict[str, bytes]:
    """Small pictures of all formats and kinds, to be damaged."""
    other = drawn().rotate(90)
    grey16 = Image.fromarray((np.arange(4_800) * 13).astype(np.uint16).reshape(60, 80))
    kinds = {f"png {mode}": stored(drawn(mode)) for mode in ("1", "L", "LA", "P", "RGB", "RGBA")}
    kinds |= {f"jpeg {mode}": stored(drawn(mode), "JPEG") for mode in ("L", "RGB", "CMYK")}
    kinds |= {
        f"tiff {packed}": stored(drawn(), "TIFF", compression=packed)
        for packed in (None, "tiff_lzw", "tiff_adobe_deflate", "packbits", "jpeg", "lzma", "zstd")
    }
    kinds |= {f"tiff fax {way}": stored(drawn("1"), "TIFF", compression=way) for way in ("group3", "group4")}
    exif = Image.Exif()
    exif[0x0112] = 6
    return kinds | {
        "png 16": stored(grey16),
        "png animated": stored(drawn(), "PNG", save_all=True, append_images=[other]),
        "png turned": stored(drawn(), "PNG", exif=exif),
        "jpeg progressive": stored(drawn(), "JPEG", progressive=True, exif=exif),
        "tiff 16": stored(grey16, "TIFF"),
        "tiff big": stored(drawn(), "TIFF", big_tiff=True),
        "gif": stored(drawn("P"), "GIF"),
        "gif animated": stored(drawn("P"), "GIF", save_all=True, append_images=[other.convert("P")], comment=b"hello"),
        "webp": stored(drawn(), "WEBP", exif=exif),
        "webp lossless": stored(drawn("RGBA"), "WEBP", lossless=True),
        "webp animated": stored(drawn(), "WEBP", save_all=True, append_images=[other]),
        "bmp": stored(drawn(), "BMP"),
        "bmp P": stored(drawn("P"), "BMP"),
        "bmp runs": run_length((80, 60), 60 * b"\x50\xff\0\0"),
        "tiff tiles": tiled(112),
        "heic": b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(100),
    }
