"""What every tab is made with: pieces of HTML of our own, events that are no part of the API, errors as sentences."""

from __future__ import annotations

import html
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import gradio as gr

from redstar_geo.errors import RedStarError


def html_piece(**settings: Any) -> gr.HTML:
    """A piece of HTML that we write ourselves: no script of its own."""
    return gr.HTML(js_on_load=None, padding=False, **settings)


def private(event: Callable[..., Any], fn: Callable[..., Any] | None, inputs: Any, outputs: Any, **more: Any) -> Any:
    """Wire an event that is not part of the app's API.

    By default Gradio drops an event that comes while the last is at work; here it follows, in the queue, in order.
    """
    return event(fn, inputs, outputs, **{"api_visibility": "private", "trigger_mode": "multiple"} | more)


def emptied_by(event: Callable[..., Any], pieces: Sequence[gr.HTML]) -> None:
    """Empty pieces of the page in the browser, at once: from the server it would come too late."""
    private(event, None, None, pieces, js=f"() => Array({len(pieces)}).fill('')")


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
