"""Clean diagrams read by their strokes: all that they show, where points lie, and what cannot be read told by name."""

import io
import math
import re
from collections.abc import Callable
from dataclasses import replace
from random import Random

import numpy as np
import pytest
from matplotlib import get_data_path
from PIL import Image as Pillow
from PIL import ImageDraw, ImageFilter, ImageFont
from typer.testing import CliRunner

from redstar_geo.cli import app
from redstar_geo.formalise import answered
from redstar_geo.formalise.picture import told, told_parts
from redstar_geo.geometry.construct import construct
from redstar_geo.geometry.draw import draw, layout
from redstar_geo.geometry.figure import Figure, Mark, holds
from redstar_geo.geometry.reading import compared, shown, written
from redstar_geo.pictures.bounds import PictureError
from redstar_geo.readers.named import Reader
from redstar_geo.readers.strokes.components import components
from redstar_geo.readers.strokes.ink import NotADrawingError
from redstar_geo.records import Image

READER = Reader(name="strokes").open()
FAMILIES = (  # between them every kind of line, mark and label
    "alternate_angles",
    "midsegment",
    "triangle_area",
    "inscribed_angle",
    "two_tangents",
    "congruent_sss",
    "vertical_angles_in_x",
    "midpoint_in_x",
    "length_chain",
)
TRIANGLE = Figure(
    {"A": (0.0, 0.0), "B": (8.0, 0.0), "C": (2.0, 5.0)},
    ("AB", "BC", "CA"),
    marks=(Mark("angle", "CAB", "68°"), Mark("length", "AB", "8"), Mark("length", "BC", "?")),
)


def pixels(picture: Pillow.Image) -> Image:
    out = io.BytesIO()
    picture.save(out, "PNG")
    return Image.of(out.getvalue())


def opened(figure: Figure) -> Pillow.Image:
    return Pillow.open(io.BytesIO(draw(figure)))


def jpeg(picture: Pillow.Image) -> Pillow.Image:
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=75)
    return Pillow.open(io.BytesIO(out.getvalue()))


def noisy(picture: Pillow.Image) -> Pillow.Image:
    grey = np.asarray(picture, float) + np.random.default_rng(0).normal(0, 8, picture.size[::-1])
    return Pillow.fromarray(np.clip(grey, 0, 255).astype(np.uint8))


@pytest.mark.parametrize("family", FAMILIES)
def test_all_that_a_diagram_shows_is_read_and_answers_its_question(family: str) -> None:
    built = construct(family, seed=21, modality="picture")
    depiction = READER.read(built.problem.images[0], built.problem.question)
    there, said, _ = compared(written(shown(built.figure)), written(told_parts(depiction.words).drawn))
    assert said == there and not depiction.unread
    lying = [term for term in told_parts(depiction.words).places if term.head == "SameOrientation"]
    assert all(holds(built.figure, str(term)) for term in lying)
    value = answered(built.problem.question, depiction).solution.value
    assert value is not None and value.exact == built.proof.answer


@pytest.mark.parametrize(
    "changed",
    [
        jpeg,
        noisy,
        lambda picture: picture.filter(ImageFilter.GaussianBlur(0.6)),
        lambda picture: picture.resize((960, 720), Pillow.Resampling.LANCZOS),
        lambda picture: picture.rotate(2, Pillow.Resampling.BICUBIC, fillcolor=255),
        lambda picture: Pillow.eval(picture, lambda shade: 255 - shade),
        lambda picture: Pillow.eval(picture, lambda shade: 40 + shade * 0.6),
    ],
    ids=["jpeg", "noise", "blur", "large", "turned", "inverted", "grey paper"],
)
def test_the_same_is_read_of_a_picture_that_was_saved_or_scanned(
    changed: Callable[[Pillow.Image], Pillow.Image],
) -> None:
    words = READER.read(pixels(changed(opened(TRIANGLE))), "").words
    assert words == told(TRIANGLE)


def test_an_arrow_at_the_end_of_a_line_says_that_it_goes_on_and_not_that_it_is_parallel() -> None:
    corners = {"A": (0.0, 0.0), "B": (6.0, 0.0), "C": (7.5, 4.0), "D": (1.5, 4.0)}
    figure = replace(TRIANGLE, points=corners, segments=("AB", "BC", "CD", "DA"))
    picture = opened(figure)
    pen, places = ImageDraw.Draw(picture), layout(figure).places
    for end, other in ("BA", "CD"):
        (x, y), (left, top) = places[end], places[other]
        turn = math.atan2(top - y, left - x)
        for side in (-0.5, 0.5):
            pen.line((x, y, x + 8 * math.cos(turn + side), y + 8 * math.sin(turn + side)), 0, 1)
    assert "∥" not in READER.read(pixels(picture), "").words


@pytest.mark.parametrize("text", ["40°", "50°", "30°"])
def test_a_zero_with_a_dot_in_it_is_no_degree_sign(text: str) -> None:
    figure = replace(TRIANGLE, marks=(Mark("angle", "CAB", text),))
    picture, label = opened(figure), next(each for each in layout(figure).labels if each.text == text)
    pen, font = ImageDraw.Draw(picture), ImageFont.truetype(get_data_path() + "/fonts/ttf/DejaVuSansMono.ttf", 16)
    pen.rectangle((label.x - 14, label.y - 8, label.x + 14, label.y + 8), 255)
    pen.text((label.x, label.y), text, 0, font, "mm")
    read = re.search(r"∠BAC = ([^;]*)", READER.read(pixels(picture), "").words)
    assert read is None or read[1] == text


def test_what_cannot_be_read_is_told_and_left_out() -> None:
    picture = opened(TRIANGLE)
    pen = ImageDraw.Draw(picture)
    for x, y in ((8, 20), (16, 26), (24, 20), (32, 26), (40, 20), (48, 30)):  # a scribble
        pen.line((x, y, x + 8, 46 - y), 0, 2)
    seen = READER.read(pixels(picture), "")
    assert seen.unread and seen.words == told(TRIANGLE)


def test_an_arc_whose_value_cannot_be_read_is_no_mark_of_equal_angles() -> None:
    figure = replace(TRIANGLE, marks=(Mark("angle", "CAB", "68°"), Mark("angle", "ABC"), Mark("angle", "BCA", "72°")))
    struck, whole = opened(figure), opened(figure)
    label = next(each for each in layout(figure).labels if each.text == "68°")
    for place in range(-8, 9, 4):
        ImageDraw.Draw(struck).line((label.x + place, label.y - 7, label.x + place, label.y + 7), 0, 2)
    assert "∠BAC = 68°" in READER.read(pixels(whole), "").words
    seen = READER.read(pixels(struck), "")
    assert "∠BAC" not in seen.words and "∠ABC" not in seen.words and "a label" in seen.unread


def board(side: int) -> Pillow.Image:
    return Pillow.fromarray((np.indices((480, 640)).sum(axis=0) // side % 2 * 255).astype(np.uint8))


def scribbled(count: int) -> Pillow.Image:
    picture, rng = Pillow.new("L", (800, 600), 255), Random(0)
    for _ in range(count):
        ImageDraw.Draw(picture).line([rng.randrange(800), rng.randrange(600), rng.randrange(800), rng.randrange(600)])
    return picture


@pytest.mark.parametrize(
    "picture",
    [
        board(1),
        board(2),
        board(40),
        scribbled(20),
        scribbled(3_000),
        Pillow.effect_noise((640, 480), 90),
        Pillow.radial_gradient("L").resize((640, 480)),
        opened(TRIANGLE).resize((128, 96), Pillow.Resampling.LANCZOS),
        Pillow.new("L", (300, 200), 255),
    ],
    ids=["pixels", "specks", "squares", "lines", "thousands of lines", "noise", "photo", "tiny letters", "nothing"],
)
def test_what_is_no_clean_drawing_is_refused_by_name(picture: Pillow.Image) -> None:
    with pytest.raises(NotADrawingError, match="statements") as refused:
        READER.read(pixels(picture), "")
    assert refused.value.reason == "not_a_drawing" and refused.value.what


def test_a_broken_file_is_refused_as_everywhere() -> None:
    with pytest.raises(PictureError):
        READER.read(Image.of(draw(TRIANGLE)[:200]), "")


def test_connected_parts_are_those_of_a_flood() -> None:
    mask = np.random.default_rng(3).random((24, 31)) < 0.4
    want: set[frozenset[tuple[int, int]]] = set()
    left = {(int(row), int(column)) for row, column in np.argwhere(mask)}
    while left:
        part, edge = set[tuple[int, int]](), [next(iter(left))]
        while edge:
            row, column = edge.pop()
            if (row, column) in left:
                left.remove((row, column))
                part.add((row, column))
                edge += [(row + i, column + j) for i in (-1, 0, 1) for j in (-1, 0, 1)]
        want.add(frozenset(part))
    found = {frozenset(zip(part.rows.tolist(), part.columns.tolist(), strict=True)) for part in components(mask)}
    assert found == want


def test_the_command_reads_by_strokes_unless_another_reader_is_named(tmp_path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "figure.png").write_bytes(draw(replace(TRIANGLE, marks=TRIANGLE.marks[:1])))
    asked = ["solve", "--question", "AB = AC. Find ∠ABC.", "--image", str(tmp_path / "figure.png")]
    done = CliRunner().invoke(app, asked)
    assert done.exit_code == 0 and "Answer: 56" in done.output
