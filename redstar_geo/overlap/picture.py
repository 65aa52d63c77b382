"""Which diagrams are the same diagram: re-encoded, rescaled, recoloured, turned, mirrored.

Line drawings are nearly all white, so hashes of the whole picture collide. Here only the ink counts. Candidates are found by the
Fourier–Mellin idea: the ink's polar histogram about its centroid, in units of its radius of gyration, is free of
position and scale, and the magnitudes of its Fourier transform along the angle are free of rotation and mirroring. A
candidate is then laid over the drawing by iterated closest points, and confirmed when the ink of each lies on the other's.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow
from PIL import UnidentifiedImageError
from scipy.ndimage import grey_closing

from redstar_geo.overlap.picture_shape import (
    FREQUENCIES,
    RINGS,
    Drawing,
    Spectrum,
    overlay,
    spectrum,
    starts,
)
from redstar_geo.sources.pictures import PictureError

Cells = NDArray[np.bool_]

SIDE = 160  # cells of the kept line drawing along its longer side: letters of a textbook diagram stay readable
LEAST = 0.94  # similarity of the same drawing, by the bench's planted and hand-labelled pairs
_MAX_PIXELS = 50_000_000
_WORKING_SIDE = 512
_WHITE = 250
_FAINT = 25
_INK = 0.3  # of the usual contrast of lines to their paper
_CANDIDATES = 8
_LIKELY = 0.9


@dataclass(frozen=True)
class Fingerprint:
    """What is kept of a picture, at most 4 KB.

    Attributes:
        digest: of the grey pixels within the white margins; empty for a picture without lines.
        spectral: int8[RINGS, FREQUENCIES, 2], real and imaginary part of the spectrum, of largest value 127.
        packed: the bits of the line drawing, row by row.
        size: its height and width in cells.
    """

    digest: bytes
    spectral: bytes
    packed: bytes
    size: tuple[int, int]

    def spectrum(self) -> Spectrum:
        parts = np.frombuffer(self.spectral, np.int8).reshape(RINGS, FREQUENCIES, 2).astype(np.float32)
        return parts.view(np.complex64)[..., 0]

    def drawing(self) -> Drawing:
        height, width = self.size
        bits = np.unpackbits(np.frombuffer(self.packed, np.uint8), count=height * width)
        return Drawing.of(bits.reshape(height, width).astype(bool))


def fingerprint(data: bytes) -> Fingerprint:
    """The fingerprint of an encoded picture.

    Raises:
        PictureError: not a picture, truncated, or above 50 megapixels.
    """
    picture = _flat(data)
    digest, cells = _digest(picture), _cells(picture)
    if not digest or not cells.any():
        return Fingerprint(b"", b"", b"", (0, 0))
    shape = spectrum(Drawing.of(cells)).view(np.float32)
    spectral = np.rint(shape * (127 / np.abs(shape).max())).astype(np.int8)
    return Fingerprint(digest, spectral.tobytes(), np.packbits(cells).tobytes(), (cells.shape[0], cells.shape[1]))


def _flat(data: bytes) -> Pillow.Image:
    """RGB, transparency on white."""
    try:
        with Pillow.open(io.BytesIO(data)) as opened:
            if opened.width * opened.height > _MAX_PIXELS:
                raise PictureError(f"{opened.width} × {opened.height} pixels")
            picture = opened.convert("RGBA")
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Pillow.DecompressionBombError) as error:
        raise PictureError(repr(error)) from None
    flat = Pillow.new("RGB", picture.size, "white")
    flat.paste(picture, mask=picture.getchannel("A"))
    return flat


def _digest(picture: Pillow.Image) -> bytes:
    grey = np.asarray(picture.convert("L"))
    inner = _within_margins(grey, grey < _WHITE)
    return hashlib.sha256(repr(inner.shape).encode() + inner.tobytes()).digest() if inner.size else b""


def _within_margins(values: NDArray[np.generic], ink: Cells) -> NDArray[np.generic]:
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    if not len(rows):
        return values[:0, :0]
    return np.ascontiguousarray(values[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1])


def _cells(picture: Pillow.Image) -> Cells:
    """bool[height, width], the longer side at most SIDE: the cells that thin ink touches.

    Ink is what a closing fills (the black-hat transform): lines and letters, on paper as on shaded areas, but not the shade itself.
    """
    small = picture.copy()
    small.thumbnail((_WORKING_SIDE, _WORKING_SIDE), Pillow.Resampling.BOX)
    pixels = np.asarray(small)
    if np.median(pixels) < 128:
        pixels = 255 - pixels
    window = max(7, max(small.size) // 32)
    contrast = (grey_closing(pixels, (window, window, 1)) - pixels).max(axis=2)
    marked = contrast[contrast > _FAINT]
    if not len(marked):
        return np.zeros((0, 0), bool)
    ink = contrast > _INK * np.percentile(marked, 75)
    inner = _within_margins(ink, ink)
    step = max(1.0, max(inner.shape) / SIDE)
    y, x = np.nonzero(inner)
    cells = np.zeros((int((inner.shape[0] - 1) / step) + 1, int((inner.shape[1] - 1) / step) + 1), bool)
    cells[(y / step).astype(int), (x / step).astype(int)] = True
    return cells


@dataclass(frozen=True)
class Match:
    """The indexed picture that a picture repeats.

    Attributes:
        id: of the indexed picture.
        how: `exact` for equal pixels, `perceptual` for the same line drawing.
        similarity: the share of the ink, of both drawings, that lies on the other's ink.
        rotation: degrees by which the picture is turned clockwise against the indexed one, -180 to 180.
        mirrored: whether it is also mirrored, left to right, before the turn.
    """

    id: str
    how: Literal["exact", "perceptual"]
    similarity: float
    rotation: float
    mirrored: bool


class PictureIndex:
    """Fingerprints to compare with: of benchmarks, or of the training pictures met so far."""

    def __init__(self) -> None:
        self._ids: list[str] = []
        self._fingerprints: list[Fingerprint] = []
        self._first: dict[bytes, int] = {}
        self._magnitudes = np.zeros((64, RINGS * FREQUENCIES), np.float32)

    def __len__(self) -> int:
        return len(self._ids)

    def add(self, item: str, fingerprint: Fingerprint) -> None:
        """Blank pictures, and pixels that are already known, add nothing."""
        if not fingerprint.digest or fingerprint.digest in self._first:
            return
        if len(self) == len(self._magnitudes):
            self._magnitudes = np.concatenate([self._magnitudes, np.zeros_like(self._magnitudes)])
        self._magnitudes[len(self)] = _magnitudes(fingerprint.spectrum())
        self._first[fingerprint.digest] = len(self)
        self._ids.append(item)
        self._fingerprints.append(fingerprint)

    def match(self, fingerprint: Fingerprint) -> Match | None:
        """The most similar indexed picture, if it is similar enough; of equally similar ones the first that was added."""
        if not fingerprint.digest or not len(self):
            return None
        if fingerprint.digest in self._first:
            return Match(self._ids[self._first[fingerprint.digest]], "exact", 1.0, 0.0, False)
        found = max(self._compared(fingerprint), key=lambda match: match.similarity, default=None)
        return found if found and found.similarity >= LEAST else None

    def _compared(self, fingerprint: Fingerprint) -> Iterator[Match]:
        shape, drawing = fingerprint.spectrum(), fingerprint.drawing()
        likeness = self._magnitudes[: len(self)] @ _magnitudes(shape)
        count = min(_CANDIDATES, len(self))
        nearest = np.argpartition(-likeness, count - 1)[:count]
        for i in np.sort(nearest[likeness[nearest] >= _LIKELY]):
            other = self._fingerprints[i]
            laid = overlay(drawing, other.drawing(), starts(shape, other.spectrum()))
            turn = round(-np.degrees(laid.turn), 1)
            yield Match(self._ids[i], "perceptual", min(laid.covered), turn, laid.mirrored)


def _magnitudes(shape: Spectrum) -> NDArray[np.float32]:
    """float32[RINGS × FREQUENCIES] of unit norm, the same however the drawing is turned or mirrored."""
    flat = np.abs(shape).ravel()
    return flat / np.linalg.norm(flat)
