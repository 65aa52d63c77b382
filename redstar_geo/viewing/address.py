"""The address of the page says what it shows: a link, a reload and the back button lead there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qs

import gradio as gr

from redstar_geo.viewing.wiring import private, told_by

_SCRIPT = """
watch('value', () => {
    if (props.value && location.search !== props.value) history.pushState(null, '', props.value);
});
addEventListener('popstate', () => trigger('went', {query: location.search}));
"""
Asked = Mapping[str, Sequence[str]]  # what a query says, by name


def address_piece() -> gr.HTML:
    """Its value is the query to go to; `went` comes when the visitor goes back or forth."""
    return gr.HTML("", html_template="", js_on_load=_SCRIPT, elem_id="address-bar")


def asked_of(request: gr.Request) -> Asked:
    """The query with which the page was opened."""
    return parse_qs(str(request.query_params)[:8_000])


def asked_by(event: gr.EventData) -> Asked:
    """The query to which the visitor went back."""
    return parse_qs(told_by(event, "query")[1:8_000])


def tab_of(asked: Asked) -> str:
    tab = _first(asked, "tab")
    return tab if tab in ("compare", "browse", "reports") else "ask"


def _first(asked: Asked, name: str) -> str:
    return (asked.get(name) or [""])[0]


def number_of(asked: Asked, name: str) -> int:
    """A whole number of the query; 0 for none."""
    text = _first(asked, name)
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0


def text_of(asked: Asked, name: str, longest: int = 200) -> str:
    return _first(asked, name)[:longest]


def follow_tabs(page: gr.Blocks, tabs: gr.Tabs, address: gr.HTML, first: str) -> None:
    """The tab that the address names is opened with the page and by the back button; `first` where it names none."""

    def opened(request: gr.Request) -> Any:  # where it names none, the visitor may have turned to one by now
        asked = asked_of(request)
        return gr.Tabs(selected=tab_of(asked)) if "tab" in asked else gr.skip()

    def went(event: gr.EventData) -> Any:
        asked = asked_by(event)
        return gr.Tabs(selected=tab_of(asked) if "tab" in asked else first)

    private(page.load, opened, None, tabs, show_progress="hidden")
    private(address.went, went, None, tabs, show_progress="hidden")


def name_tab(tab: gr.Tab, link: gr.HTML, address: gr.HTML) -> None:
    """Whoever turns to a tab about the question, whose query is in `link`, finds it in the address."""
    also = "" if tab.id == "ask" else f"&tab={tab.id}"
    private(tab.select, lambda question: f"{question}{also}" if question else "", link, address, show_progress="hidden")
