"""The part of a page in which an answer appears: status, the foldable thought, the answer, its judged steps."""

from __future__ import annotations

import html
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import gradio as gr

from redstar_geo.errors import RedStarError
from redstar_geo.viewing.cards import status_line, text_block
from redstar_geo.viewing.live_reply import LiveReply
from redstar_geo.viewing.words import Words


def answer_view(t: gr.I18n, name: str) -> list[gr.HTML]:
    """Lay out the components: status, thought, answer, judged steps.

    An accordion folds without a jump because only the text inside it is renewed.
    """
    status = html_piece(elem_id=f"{name}-status")
    with gr.Accordion(t("thought"), open=True, elem_id=f"{name}-thought"):
        thought = html_piece(elem_classes="scrolls", autoscroll=True)
    answer = html_piece(elem_id=f"{name}-answer")
    with gr.Accordion(t("trust"), open=True, elem_id=f"{name}-steps"):
        steps = html_piece()
    return [status, thought, answer, steps]


def answer_values(reply: LiveReply, words: Words, steps: str = "") -> list[Any]:
    """Values for the components of `answer_view`."""
    thought, answer = reply.parts()
    answer_block = f"<h4>{words['answer']}</h4>{text_block(answer)}" if answer else ""
    return [status_line(reply, words), text_block(thought), answer_block, steps]


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


def html_piece(**settings: Any) -> gr.HTML:
    """A piece of HTML that we write ourselves: no script of its own."""
    return gr.HTML(js_on_load=None, padding=False, **settings)
