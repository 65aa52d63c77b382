"""What each cell of a picture holds: found again in the ink, and in the figure."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import numpy as np

from redstar_geo.geometry.cells import ABOUT, GLYPHS, LETTERS, MARKS, SLOTS, cells, lettering
from redstar_geo.geometry.construct import FAMILIES, construct
from redstar_geo.geometry.draw import layout, render
from redstar_geo.geometry.figure import Circle, Figure, Mark
from redstar_geo.geometry.pages import page

PASSING = MARKS.index("line0")  # from here on what passes through a cell; before it marks that stand in it


def named(row: np.ndarray) -> dict[str, str]:
    return {what: "".join(np.array(list(LETTERS))[row[i]]) for i, what in enumerate(ABOUT) if row[i].any()}


def test_every_label_of_every_family_stands_in_one_cell() -> None:
    for number, family in enumerate(FAMILIES):
        figure = construct(family, number, 1 + number % 4, modality="picture").figure
        drawn = layout(figure)
        held = cells(figure, drawn, 9, 11)
        there = {"".join(GLYPHS[index - 1] for index in cell[cell > 0]) for cell in held.glyphs}
        told = [label.text.replace(" ", "")[:SLOTS] for label in drawn.labels]
        assert all(any(text in cell for cell in there) for text in told if len(text) < 4)
        assert sum(map(len, there)) <= sum(map(len, told))
        assert held.marks[:, :PASSING].sum() <= len(drawn.marks)


def test_labels_of_a_cell_stand_from_left_to_right() -> None:
    figure = Figure({"A": (0.0, 0.0), "B": (4.0, 3.0)}, ("AB",), marks=(Mark("length", "AB", "315"),))
    held = cells(figure, layout(figure), 1, 1)
    assert held.glyphs.shape == (1, SLOTS)
    one = lettering(page(Random(0)), 9, 11)
    assert (np.diff((one.glyphs > 0).astype(int), axis=1) <= 0).all(), "the empty slots come last"
    assert not one.about.any() and not one.marks[:, :PASSING].any()


def test_lines_and_circles_are_where_the_ink_is() -> None:
    for number, family in enumerate(FAMILIES):
        figure = construct(family, number, 1 + number % 4, modality="picture").figure
        bare = replace(layout(figure), labels=(), marks=())
        columns, rows = (edge // 28 for edge in bare.size)
        bare = replace(bare, size=(columns * 28, rows * 28))
        marks = cells(figure, bare, rows, columns).marks[:, PASSING:]
        ink = np.array(render(bare).convert("L")).reshape(rows, 28, columns, 28) < 128
        inked, told = ink.sum(axis=(1, 3)).ravel(), marks.any(1)
        assert (inked[told] > 0).all() and told[inked > 60].all(), family  # a point's dot has less


def test_a_line_is_told_with_its_direction() -> None:
    figure = Figure({"A": (0.0, 0.0), "B": (4.0, 0.0), "C": (4.0, 3.0)}, ("AB", "BC"))
    marks = cells(figure, layout(figure), 9, 11).marks
    assert {MARKS[each] for each in np.flatnonzero(marks.any(0))} == {"line0", "line4"}


def test_things_say_which_points_they_are_about() -> None:
    points = {"A": (0.0, 0.0), "B": (8.0, 0.0), "C": (8.0, 6.0), "D": (4.0, 0.0)}
    marks = (Mark("angle", "BAC", "37°"), Mark("length", "BC", "6"), Mark("right", "ABC"), Mark("ticks", "AD", count=2))
    figure = Figure(points, ("AB", "BC", "CA"), {"D": Circle("D", 4.0)}, marks)
    drawn = layout(figure, (336, 252))
    held = cells(figure, drawn, 9, 12)

    def at(x: float, y: float) -> int:
        return int(y // 28) * 12 + int(x // 28)

    at_d = named(held.about[at(*drawn.places["D"])])
    assert at_d["point"] == "D" and at_d["neighbour"] == "AB"
    assert named(held.about[at(*drawn.places["B"])])["circle"] == "D"
    labels = {label.text: at(label.x, label.y) for label in drawn.labels}
    of_angle, of_length = named(held.about[labels["37°"]]), named(held.about[labels["6"]])
    assert (of_angle["vertex"], of_angle["arm"]) == ("A", "CD"), "the next point on each arm"
    assert of_length["side"] == "BC"
    named_d = named(held.about[labels["D"]])
    assert named_d["neighbour"] == "AB", "a point's name says it too"
    places = {mark.kind: at(*place) for mark, place in drawn.marks}
    assert held.marks[places["ticks"], MARKS.index("ticks2")]
    assert held.marks[places["right"], MARKS.index("right1")]
    assert named(held.about[places["right"]])["arm"] == "CD"
