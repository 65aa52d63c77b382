"""Pictures keep what they show, and those that cannot be shown to a model are refused before they cost anything."""

import io

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from redstar_geo.pictures.read import MIN_SIDE, PictureError
from redstar_geo.sources.pictures import normalise
from tests.sources.small import png


def shades(data: bytes) -> NDArray[np.uint8]:
    with Image.open(io.BytesIO(normalise(data).data)) as picture:
        return np.asarray(picture.convert("L"))


def stored(values: NDArray[np.generic], form: str) -> bytes:
    out = io.BytesIO()
    Image.fromarray(values).save(out, form)
    return out.getvalue()


@pytest.mark.parametrize("form", ["PNG", "TIFF"])
def test_a_line_in_16_bit_grey_stays_a_line(form: str) -> None:
    values = np.full((80, 120), 40_000, np.uint16)
    values[30:33] = 1_000
    found = shades(stored(values, form))
    assert (found[30:33] == 1_000 // 256).all() and (found[:30] == 40_000 // 256).all()


def test_black_and_white_of_16_bits_are_black_and_white() -> None:
    values = np.zeros((80, 120), np.uint16)
    values[40:] = 65_535
    assert np.unique(shades(stored(values, "PNG"))).tolist() == [0, 255]


@pytest.mark.parametrize("value", [np.float32(0.5), np.int32(70_000), np.int32(-1)])
def test_values_that_are_no_shades_are_refused(value: np.generic) -> None:
    with pytest.raises(PictureError, match="shades"):
        normalise(stored(np.full((80, 80), value), "TIFF"))


@pytest.mark.parametrize("size", [(1, 400_000), (20_000, 1), (10, 2_010)])
def test_a_stroke_is_refused_before_it_grows(size: tuple[int, int]) -> None:
    with pytest.raises(PictureError, match="pixels"):
        normalise(png(size=size))


def test_a_long_picture_is_not_a_stroke() -> None:
    with Image.open(io.BytesIO(normalise(png(size=(10, 2_000))).data)) as picture:
        assert picture.size == (MIN_SIDE, 200 * MIN_SIDE)
