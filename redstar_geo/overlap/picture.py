"""Which diagrams are the same diagram: re-encoded, rescaled, recoloured, turned, mirrored.

Line drawings are nearly all white, and those of one kind much alike, so that hashes of the whole picture collide. Here
only the ink counts. Equal pixels within the margins are found by their digest. Other candidates come from the ink's
Fourier–Mellin spectrum, which place, size, turn and mirroring do not change; a candidate is then laid over the drawing,
and confirmed when the ink of each lies on the other's.

Labels are ink, but little of it: the same shape under other letters or numbers is mostly confirmed too, with a lower
similarity and never as `exact`. For contamination that is the safe side; whoever needs more compares the questions.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow
from scipy.ndimage import grey_closing

from redstar_geo.overlap.picture_shape import (
    FREQUENCIES,
    RINGS,
    Drawing,
    Spectrum,
    correlations,
    magnitudes,
    overlay,
    spectrum,
    starts,
    unit,
)
from redstar_geo.pictures.read import read_picture

SIDE = 160  # cells of the kept line drawing along its longer side: letters of a textbook diagram stay readable
LEAST = 0.965  # similarity of the same drawing, by planted and by hand-labelled pairs
SURE = 0.99  # no more similar one is looked for
_HELD, _HOLDING = 0.998, 0.9  # a drawing, and the same with letters or a line added
_SMALL_ANGLE = 8.0
_WORKING_SIDE = 512
_WHITE = 250
_FAINT = 25
_INK = 0.3  # of the usual contrast of lines to their paper
_LEAST_RADIUS = 10.0  # in cells: smaller drawings are compared by their pixels alone
_LIKELY, _CANDIDATES = 64, 6  # compared by correlation over all turns, and laid over the picture


@dataclass(frozen=True)
class Fingerprint:
    """What is kept of a picture, at most 4 KB pickled.

    Attributes:
        digest: of the grey pixels within the white margins; empty for a picture without lines.
        spectral: int8[RINGS, FREQUENCIES, 2], real and imaginary part of the spectrum, of largest value 127.
        packed: the bits of the line drawing, row by row.
        size: its height and width in cells.
        centre: the ink's centroid, x + iy in cells.
        radius: its radius of gyration in cells.
    """

    digest: bytes
    spectral: bytes
    packed: bytes
    size: tuple[int, int]
    centre: complex
    radius: float

    def spectrum(self) -> Spectrum:
        parts = np.frombuffer(self.spectral, np.int8).reshape(RINGS, FREQUENCIES, 2).astype(np.float32)
        return unit(parts.view(np.complex64)[..., 0])

    def drawing(self) -> Drawing:
        height, width = self.size
        bits = np.unpackbits(np.frombuffer(self.packed, np.uint8), count=height * width)
        return Drawing.of(bits.reshape(height, width).astype(bool), self.centre, self.radius)


def fingerprint(data: bytes) -> Fingerprint:
    """The fingerprint of an encoded picture.

    Raises:
        PictureError: see there.
    """
    picture = read_picture(data)
    digest, ink = _digest(picture), _ink(picture)
    y, x = np.nonzero(ink)
    if not digest or not len(x):
        return Fingerprint(b"", b"", b"", (0, 0), 0j, 0.0)
    dark, at = ink[y, x], x + 1j * y
    centre = np.average(at, weights=dark)
    radius = max(1.0, float(np.sqrt(np.average(np.abs(at - centre) ** 2, weights=dark))))
    shape = spectrum((at - centre) / radius, dark).view(np.float32)
    spectral = np.rint(shape * (127 / np.abs(shape).max())).astype(np.int8)

    left, top = x.min(), y.min()
    step = max(1.0, (1 + max(x.max() - left, y.max() - top)) / SIDE)
    rows, columns = ((y - top) / step).astype(int), ((x - left) / step).astype(int)
    cells = np.zeros((rows.max() + 1, columns.max() + 1), bool)
    cells[rows, columns] = True
    in_cells = (centre - complex(left, top) + (0.5 + 0.5j)) / step - (0.5 + 0.5j)
    return Fingerprint(
        digest, spectral.tobytes(), np.packbits(cells).tobytes(), cells.shape, complex(in_cells), radius / step
    )


def _digest(picture: Pillow.Image) -> bytes:
    grey = np.asarray(picture.convert("L"))
    rows, columns = (np.flatnonzero((grey < _WHITE).any(axis=axis)) for axis in (1, 0))
    if not len(rows):
        return b""
    inner = grey[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return hashlib.sha256(repr(inner.shape).encode() + inner.tobytes()).digest()


def _ink(picture: Pillow.Image) -> NDArray[np.float32]:
    """float32[height, width], 0 where no line runs, else its contrast to its surroundings, up to 1 for the usual one.

    It is what a closing fills (the black-hat transform): lines and letters, on paper as on shaded areas, but no shade.
    """
    small = picture.copy()
    small.thumbnail((_WORKING_SIDE, _WORKING_SIDE), Pillow.Resampling.BOX)
    pixels = np.asarray(small)
    if np.median(pixels) < 128:
        pixels = 255 - pixels
    window = max(9, max(small.size) // 32)
    contrast = (grey_closing(pixels, (window, window, 1)) - pixels).max(axis=2)
    marked = contrast[contrast > _FAINT]
    usual = np.percentile(marked, 75) if len(marked) else 255.0
    return np.where(contrast > _INK * usual, np.minimum(contrast / usual, 1), 0).astype(np.float32)


@dataclass(frozen=True)
class Match:
    """The indexed picture that a picture repeats.

    Attributes:
        id: of the indexed picture.
        how: `exact` for equal pixels, `perceptual` for the same line drawing.
        similarity: the share of ink that lies on the other's ink, in the drawing where it is less.
        rotation: degrees by which the indexed picture is turned clockwise to become this one, above -180 up to 180.
        mirrored: whether it is mirrored, left to right, before that.
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
        self._spectra = np.zeros((64, RINGS, FREQUENCIES), np.complex64)

    def __len__(self) -> int:
        return len(self._ids)

    def add(self, item: str, fingerprint: Fingerprint) -> None:
        """Blank pictures, and pixels that are already known, add nothing."""
        if not fingerprint.digest or fingerprint.digest in self._first:
            return
        if len(self) == len(self._spectra):
            self._magnitudes = np.concatenate([self._magnitudes, np.zeros_like(self._magnitudes)])
            self._spectra = np.concatenate([self._spectra, np.zeros_like(self._spectra)])
        self._spectra[len(self)] = shape = fingerprint.spectrum()
        self._magnitudes[len(self)] = magnitudes(shape)
        self._first[fingerprint.digest] = len(self)
        self._ids.append(item)
        self._fingerprints.append(fingerprint)

    def match(self, fingerprint: Fingerprint) -> Match | None:
        """The most similar of the indexed pictures that come into question, if it is similar enough."""
        if not fingerprint.digest or not len(self):
            return None
        if fingerprint.digest in self._first:
            return Match(self._ids[self._first[fingerprint.digest]], "exact", 1.0, 0.0, False)
        best = None
        for match, same in self._compared(fingerprint):
            if same and (best is None or match.similarity > best.similarity):
                best = match
            if match.similarity >= SURE:
                break
        return best

    def _compared(self, fingerprint: Fingerprint) -> Iterator[tuple[Match, bool]]:
        """The likeliest pictures, the likeliest first, and whether they are the same."""
        if fingerprint.radius < _LEAST_RADIUS:
            return
        shape, drawing = fingerprint.spectrum(), fingerprint.drawing()
        likely = _largest(self._magnitudes[: len(self)] @ magnitudes(shape), _LIKELY)
        correlation = correlations(shape, self._spectra[likely])
        for k in _largest(correlation.max(axis=(1, 2)), _CANDIDATES):
            i = likely[k]
            laid = overlay(drawing, self._fingerprints[i].drawing(), starts(correlation[k]))
            turn = math.degrees(laid.turn) - 180 if laid.mirrored else -math.degrees(laid.turn)
            rotation = round(180 - (180 - turn) % 360, 1)
            match = Match(self._ids[i], "perceptual", min(laid.covered), rotation, laid.mirrored)
            yield match, _same(laid.covered, rotation)


def _same(covered: tuple[float, float], rotation: float) -> bool:
    """By how much of each lies on the other. At other turns than those of a page, likeness is more often chance."""
    less, more = sorted(covered)
    if abs((rotation + 45) % 90 - 45) > _SMALL_ANGLE:
        return less >= SURE
    return less >= LEAST or (more >= _HELD and less >= _HOLDING)


def _largest(values: NDArray[np.float32], count: int) -> NDArray[np.intp]:
    """Where the largest values are, the largest first, of equal ones the earliest."""
    return np.argsort(-values, kind="stable")[:count]
