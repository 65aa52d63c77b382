"""What Browse shows is in its address, and back; an address may be anybody's."""

from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs

import gradio as gr
import pytest
from gradio.routes import App

from redstar_geo.viewing.place import Place
from redstar_geo.viewing.trace_store import FACETS

RUNS = ["data", "a b/ü&=?"]
FULL = Place(
    RUNS[1],
    (("wrong", "correct"), ("no_answer",), *[()] * (len(FACETS) - 2)),
    (2, 9, 0, 800),
    "∠ABC & <b>",
    "x=1",
    3,
    17,
)


@pytest.mark.parametrize("place", [Place("data"), Place("data", row=0), FULL])
def test_an_address_leads_back(place: Place) -> None:
    assert Place.of(parse_qs(place.link[1:]), RUNS) == place


def test_an_address_has_no_name_that_gradio_reads_itself() -> None:
    """It answers an unknown `?page=2` with an error instead of the page."""
    routes: list[Any] = App.create_app(gr.Blocks()).routes
    (route,) = (each for each in routes if getattr(each, "path", "") == "/" and "GET" in each.methods)
    taken = {field.name for field in route.dependant.query_params}
    assert "page" in taken and not taken & set(parse_qs(FULL.link[1:]))


@pytest.mark.parametrize(
    "query", ["", "run=gone&sheet=-1&row=x", "sheet=" + "9" * 40, "verdict=" + "&verdict=".join("x" * 99)]
)
def test_any_other_address_leads_somewhere(query: str) -> None:
    place = Place.of(parse_qs(query), RUNS)
    assert place.run == "data" and place.page == 0 and place.row is None and len(place.facets) == len(FACETS)


def test_other_filters_begin_at_their_first_page_with_nothing_open() -> None:
    assert FULL.at(0).row is None and FULL.wanted.length == (0, 800) and FULL.wanted.difficulty == (2.0, 9.0)


def test_a_filter_that_no_control_would_show_does_not_hold() -> None:
    values = [["wrong"], [], *[["x"]] * (len(FACETS) - 2)]
    assert FULL.among(values) == replace(FULL, facets=(("wrong",), *[()] * (len(FACETS) - 1)))
