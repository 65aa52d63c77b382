"""Pictures: the same diagram is found under every edit, another one is not, and what is kept is small."""

from __future__ import annotations

import pickle
import random
from dataclasses import replace

import pytest
from PIL import Image

from redstar_geo.geometry import draw
from redstar_geo.overlap.picture import Fingerprint, PictureIndex, fingerprint
from redstar_geo.pictures.read import PictureError
from redstar_geo.sources.pictures import normalise
from tests.growth import calls
from tests.overlap.drawn import layouts, renamed, same_form
from tests.overlap.picture_edits import EDITS, encoded, flat

PICTURES = 60


@pytest.fixture(scope="module")
def pages() -> dict[str, draw.Layout]:
    return {f"1/{i}": page for i, page in enumerate(layouts(PICTURES, seed=1))}


@pytest.fixture(scope="module")
def drawn(pages: dict[str, draw.Layout]) -> dict[str, bytes]:
    return {name: draw.png(page) for name, page in pages.items()}


@pytest.fixture(scope="module")
def index(drawn: dict[str, bytes]) -> PictureIndex:
    return indexed({name: fingerprint(data) for name, data in drawn.items()})


def indexed(fingerprints: dict[str, Fingerprint]) -> PictureIndex:
    index = PictureIndex()
    for name, one in fingerprints.items():
        index.add(name, one)
    return index


def edited(edit: str, data: bytes, seed: int) -> Fingerprint:
    return fingerprint(EDITS[edit](flat(data), random.Random(seed)))


@pytest.mark.parametrize("edit", EDITS)
def test_the_same_diagram_is_found(edit: str, drawn: dict[str, bytes], index: PictureIndex) -> None:
    names = list(drawn)[:: PICTURES // 12]
    matches = [index.match(edited(edit, drawn[name], i)) for i, name in enumerate(names)]
    found = [match is not None and match.id == name for match, name in zip(matches, names, strict=True)]
    assert sum(found) >= len(found) - 1


@pytest.mark.parametrize("edit", ["grey", "transparent", "margins added", "margins cropped"])
def test_equal_grey_pixels_within_the_margins_are_exact(
    edit: str, drawn: dict[str, bytes], index: PictureIndex
) -> None:
    match = index.match(edited(edit, drawn["1/3"], 0))
    assert match is not None
    assert (match.id, match.how, match.similarity, match.rotation, match.mirrored) == ("1/3", "exact", 1.0, 0.0, False)


def test_the_normalised_picture_is_the_same_picture(drawn: dict[str, bytes], index: PictureIndex) -> None:
    match = index.match(fingerprint(normalise(drawn["1/5"]).data))
    assert match is not None and match.how == "exact"


@pytest.mark.parametrize("degrees", [90, 180, 270, 3, -3])
def test_the_turn_is_reported(degrees: int, drawn: dict[str, bytes], index: PictureIndex) -> None:
    turned = flat(drawn["1/7"]).rotate(-degrees, Image.Resampling.BICUBIC, expand=True, fillcolor="white")
    match = index.match(fingerprint(encoded(turned)))
    assert match is not None and (match.id, match.how, match.mirrored) == ("1/7", "perceptual", False)
    assert abs((match.rotation - degrees + 180) % 360 - 180) < 0.7


def test_mirroring_is_reported_with_the_turn_that_follows_it(drawn: dict[str, bytes], index: PictureIndex) -> None:
    for turned, rotation in ((Image.Transpose.FLIP_LEFT_RIGHT, 0), (Image.Transpose.FLIP_TOP_BOTTOM, 180)):
        match = index.match(fingerprint(encoded(flat(drawn["1/7"]).transpose(turned))))
        assert match is not None and (match.id, match.mirrored) == ("1/7", True)
        assert abs((match.rotation - rotation + 180) % 360 - 180) < 0.7


def test_other_diagrams_are_not_found(pages: dict[str, draw.Layout], index: PictureIndex) -> None:
    for page in layouts(PICTURES, seed=2):
        match = index.match(fingerprint(draw.png(page)))
        assert match is None or same_form(page, pages[match.id])


def test_the_same_shape_with_other_letters_is_never_exact(pages: dict[str, draw.Layout]) -> None:
    for page in list(pages.values())[:: PICTURES // 10]:
        match = indexed({"other letters": fingerprint(renamed(page))}).match(fingerprint(draw.png(page)))
        assert match is None or (match.how == "perceptual" and match.similarity < 1)


def test_a_drawing_with_letters_added_is_the_same_drawing(pages: dict[str, draw.Layout], index: PictureIndex) -> None:
    chosen = [name for name, page in pages.items() if len(page.labels) > 6][:10]
    for name in chosen:
        bare = draw.png(replace(pages[name], labels=pages[name].labels[1:]))
        match = index.match(fingerprint(bare))
        assert match is not None and match.id == name and match.how == "perceptual"


def test_lines_count_on_shaded_areas_and_on_dark_paper(drawn: dict[str, bytes], index: PictureIndex) -> None:
    shaded = flat(drawn["1/9"]).point(lambda value: value * 200 // 255)
    dark = flat(drawn["1/9"]).point(lambda value: 255 - value)
    for picture in (shaded, dark):
        match = index.match(fingerprint(encoded(picture)))
        assert match is not None and match.id == "1/9"


def test_a_blank_picture_repeats_nothing(index: PictureIndex) -> None:
    blank = fingerprint(encoded(Image.new("RGB", (60, 40), "white")))
    assert index.match(blank) is None
    index.add("blank", blank)
    assert "blank" not in {match.id for match in [index.match(blank)] if match} and len(index) == PICTURES


def test_an_empty_index_matches_nothing(drawn: dict[str, bytes]) -> None:
    assert PictureIndex().match(fingerprint(drawn["1/0"])) is None


def test_of_equal_pictures_the_first_is_named(drawn: dict[str, bytes]) -> None:
    index = PictureIndex()
    for name in ("first", "second"):
        index.add(name, fingerprint(drawn["1/0"]))
    match = index.match(fingerprint(drawn["1/0"]))
    assert match is not None and match.id == "first" and len(index) == 1


@pytest.mark.parametrize("size", [(1, 1), (1, 60), (3, 2)])
def test_tiny_pictures_do_no_harm(size: tuple[int, int], index: PictureIndex) -> None:
    picture = Image.new("RGB", (20, 70), "white")
    picture.paste("black", (5, 5, 5 + size[0], 5 + size[1]))
    tiny = fingerprint(encoded(picture))
    assert index.match(tiny) is None
    alone = indexed({"tiny": tiny})
    match = alone.match(fingerprint(encoded(picture.resize((40, 140)))))
    assert match is None or match.id == "tiny"


def test_what_is_no_picture_is_refused() -> None:
    for data in (b"", b"text", encoded(Image.new("L", (50, 50)))[:60]):
        with pytest.raises(PictureError):
            fingerprint(data)


def test_fingerprints_are_small_reproducible_and_travel(drawn: dict[str, bytes], index: PictureIndex) -> None:
    noise = random.Random(0).randbytes(600 * 600)
    for data in (drawn["1/0"], encoded(Image.frombytes("L", (600, 600), noise))):
        one = fingerprint(data)
        assert one == fingerprint(data) == pickle.loads(pickle.dumps(one))
        assert len(pickle.dumps(one)) <= 4096
    query = edited("several at once", drawn["1/2"], 0)
    assert pickle.loads(pickle.dumps(index)).match(query) == index.match(query)


def test_a_large_picture_takes_hardly_more_than_a_small_one() -> None:
    def work(side: int) -> int:
        noise = random.Random(0).randbytes(side * side)
        data = encoded(Image.frombytes("L", (side, side), noise))
        return calls(lambda: fingerprint(data))

    assert work(2500) < 3 * work(600)  # of 17 times the pixels, which are read in pieces
