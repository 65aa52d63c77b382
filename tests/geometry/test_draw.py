"""Pictures: reproducible, and no label lies on ink, on a label or at the edge."""

import io
from dataclasses import replace

import pytest
from PIL import Image

from redstar_geo.geometry.construct import FAMILIES, construct
from redstar_geo.geometry.draw import SIZE, draw, layout, render
from redstar_geo.geometry.figure import Figure, Mark

TRIANGLE = Figure({"A": (0.0, 0.0), "B": (4.0, 0.0), "C": (1.0, 3.0)}, ("AB", "BC", "CA"))
BESIDE = {
    "angle": Mark("angle", "BAC", "72°"),
    "right": Mark("right", "BAC"),
    "ticks": Mark("ticks", "AB", count=2),
    "arrows": Mark("arrows", "AB"),
    "length": Mark("length", "AB", "5√3"),
}


def test_the_picture_is_png_of_the_asked_size_and_always_the_same() -> None:
    first = draw(TRIANGLE, (400, 300))
    assert first == draw(TRIANGLE, (400, 300))
    with Image.open(io.BytesIO(first)) as image:
        assert (image.format, image.size, image.mode) == ("PNG", (400, 300), "L")
        assert image.getextrema() == (0, 255)


@pytest.mark.parametrize("kind", BESIDE)
def test_every_mark_adds_ink(kind: str) -> None:
    def ink(figure: Figure) -> int:
        return sum(render(layout(figure)).histogram()[:128])

    assert ink(replace(TRIANGLE, marks=(BESIDE[kind],))) > ink(TRIANGLE)


@pytest.mark.parametrize("family", FAMILIES)
def test_labels_lie_on_white(family: str) -> None:
    """By pixels, not by the geometry that placed them: under every label the bare drawing is white."""
    for seed in range(12):
        figure = construct(family, seed, 1 + 3 * seed % 10, modality="both").figure
        page = layout(figure)
        assert page.collisions == ()
        bare = render(replace(page, labels=()))
        for label in page.labels:
            half = label.half_width, label.half_height
            box = (label.x - half[0], label.y - half[1], label.x + half[0], label.y + half[1])
            assert min(box[:2]) >= 0 and box[2] <= SIZE[0] and box[3] <= SIZE[1]
            assert bare.crop(tuple(map(round, box))).getextrema()[0] > 200, (seed, label)
        boxes = [(a, b) for i, a in enumerate(page.labels) for b in page.labels[:i]]
        for a, b in boxes:
            apart_x = abs(a.x - b.x) >= a.half_width + b.half_width
            assert apart_x or abs(a.y - b.y) >= a.half_height + b.half_height


def test_what_has_no_room_is_reported_and_a_larger_picture_helps() -> None:
    crowded = replace(TRIANGLE, marks=(Mark("length", "AB", "a long text that needs much room"),))
    assert layout(crowded, (90, 90)).collisions != ()
    assert layout(crowded, (640, 480)).collisions == ()


@pytest.mark.parametrize("text", ["55°", "∠", "α", "5√3", "9π", "22.5°"])
def test_signs_are_in_the_font(text: str) -> None:
    def picture(label: str) -> bytes:
        return draw(replace(TRIANGLE, marks=(Mark("length", "AB", label),)))

    missing = picture(text.translate(dict.fromkeys(map(ord, "°∠α√π"), "\uffff")))
    assert picture(text) != missing
