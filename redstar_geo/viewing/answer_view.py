"""The part of a page in which an answer appears: who and how long, the answer itself, then its text with its steps."""

from __future__ import annotations

import html
from typing import Any

import gradio as gr

from redstar_geo.records import Problem
from redstar_geo.viewing.cards import answer_card, status_line, text_block
from redstar_geo.viewing.live_reply import LiveReply
from redstar_geo.viewing.reading import Read
from redstar_geo.viewing.wiring import html_piece
from redstar_geo.viewing.words import Words


def answer_view(t: gr.I18n, name: str) -> list[Any]:
    """Lay out the components: status, answer, thought, text, judged steps.

    While an answer comes in, its thoughts stand in an accordion, which stays as a person folded it because only
    the text inside is renewed. In the end all of the text stands once, in the judged steps.
    """
    status = html_piece(elem_id=f"{name}-status")
    answer = html_piece(elem_id=f"{name}-answer")
    with gr.Accordion(t("thought"), open=False, elem_id=f"{name}-thought", visible=False) as folded:
        thought = html_piece(elem_classes="scrolls", autoscroll=True)
    text = html_piece(elem_id=f"{name}-text")
    steps = html_piece(elem_id=f"{name}-steps")
    return [status, answer, folded, thought, text, steps]


def waiting(words: Words) -> list[Any]:
    """Values for `answer_view` until whoever answers begins."""
    return [
        f'<p class="status running"><span>{words["running"]}</span></p>',
        "",
        gr.Accordion(visible=False),
        *[""] * 3,
    ]


def growing(problem: Problem, reply: LiveReply, words: Words) -> list[Any]:
    """Values for `answer_view` while the answer comes in, or while its steps are being judged."""
    thought, response = reply.parts()
    folded = gr.Accordion(visible=True) if thought else gr.skip()
    doing = words["checking"] if reply.state == "done" else ""
    card = answer_card(problem, reply, words)
    return [status_line(reply, words, doing), card, folded, text_block(thought), text_block(response), ""]


def ended(problem: Problem, reply: LiveReply, words: Words, steps: str, found: Read | None = None) -> list[Any]:
    """Values for `answer_view` in the end; `steps` holds all of the text."""
    return [
        status_line(reply, words),
        answer_card(problem, reply, words, found),
        gr.Accordion(visible=False),
        "",
        "",
        steps,
    ]


def refused(said: str) -> list[Any]:
    """Values for `answer_view` when nothing is asked, with a sentence that says why."""
    return [f'<p class="failure" role="alert">{html.escape(said)}</p>', "", gr.Accordion(visible=False), "", "", ""]
