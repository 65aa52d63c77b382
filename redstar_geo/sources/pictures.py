"""Diagrams as data sets have them → diagrams as models take them."""

from __future__ import annotations

from redstar_geo.pictures.apart import normalised
from redstar_geo.records import Image


def normalise(data: bytes) -> Image:
    """PNG, RGB, transparency on white, the shorter side at least `MIN_SIDE` pixels; decoded in a process of its own.

    Raises:
        PictureError: see there.
    """
    return Image.of(normalised(data))
