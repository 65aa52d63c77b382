"""What every tab is made with: pieces of HTML of our own, events that are no part of the API, errors as sentences."""

from __future__ import annotations

import html
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import gradio as gr

from redstar_geo.errors import RedStarError


def html_piece(**settings: Any) -> gr.HTML:
    """A piece of HTML that we write ourselves: no script of its own."""
    return gr.HTML(js_on_load=None, padding=False, **settings)


def private(event: Callable[..., Any], fn: Callable[..., Any] | None, inputs: Any, outputs: Any, **more: Any) -> Any:
    """Wire an event that is not part of the app's API."""
    return event(fn, inputs, outputs, api_visibility="private", **more)


def told_by(event: gr.EventData, name: str) -> str:
    """What an event of a page says under this name; a page is a stranger's, and may say anything."""
    data = event._data
    return str(data.get(name, "")) if isinstance(data, Mapping) else ""


@contextmanager
def errors_on_page() -> Iterator[None]:
    """Show the visitor what is wrong, with the input or with the machine.

    Raises:
        gr.Error: with the message of the `RedStarError`.
    """
    try:
        yield
    except RedStarError as error:
        raise gr.Error(html.escape(str(error)), print_exception=False) from None
