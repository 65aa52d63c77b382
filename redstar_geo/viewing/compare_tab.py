"""Compare: two of those who can answer, side by side on the question that is chosen in the first tab."""

from __future__ import annotations

import asyncio
import html
from collections.abc import AsyncIterator
from typing import Any

import gradio as gr

from redstar_geo.errors import RedStarError
from redstar_geo.generation.request import GenerationSettings
from redstar_geo.records import Problem
from redstar_geo.viewing.answer_view import answer_view, ended, growing, refused, waiting
from redstar_geo.viewing.cards import problem_card
from redstar_geo.viewing.composer import Composer, Sent, asked
from redstar_geo.viewing.live_reply import LiveReply
from redstar_geo.viewing.service import MOST_TOKENS, Service, words_of
from redstar_geo.viewing.wiring import html_piece, private

_AT_ONCE = 4


def compare_tab(service: Service, composer: Composer, t: gr.I18n, page: gr.Blocks, tab: gr.Tab) -> None:
    """Lay the tab out and wire it."""
    names = list(service.answerers)
    card = html_piece(elem_id="compare-card")
    sides: list[Any] = []
    with gr.Row(elem_id="compare-who"):
        for place, (side, label) in enumerate((("left", "left"), ("right", "right_side"))):
            chosen = names[min(place, len(names) - 1)]
            sides.append(gr.Dropdown(names, value=chosen, label=t(label), elem_id=side, min_width=200))
    with gr.Row(elem_id="compare-go"):
        start = gr.Button(t("solve"), variant="primary", elem_id="compare-solve", min_width=90)
        stop = gr.Button(t("stop"), elem_id="compare-stop", min_width=90)
    with gr.Accordion(t("settings"), open=False):
        temperature = gr.Slider(0, 2, value=0.6, step=0.05, label=t("temperature"), min_width=180)
        most = gr.Slider(16, MOST_TOKENS, value=2048, step=16, label=t("max_tokens"), min_width=180)
    outputs: list[Any] = []
    with gr.Row(elem_id="compared"):
        for side in ("left", "right"):
            with gr.Column(min_width=300):
                outputs += answer_view(t, side)

    async def solve(
        example: Problem | None,
        sent: Sent,
        question: str,
        picture: Any,
        gold: str,
        left: str,
        right: str,
        temperature: float,
        most: float,
        request: gr.Request,
    ) -> AsyncIterator[list[Any]]:
        words = words_of(request)
        replies: list[LiveReply] = []
        yield waiting(words) * 2
        try:
            problem = await asyncio.to_thread(asked, example, sent, question, picture, gold, words)
            service.admit(request, 2)
            answerers = [service.named(left), service.named(right)]
            settings = GenerationSettings(int(most), temperature)
            async for replies in service.ask(request, answerers, problem, settings, 1):
                values = [await asyncio.to_thread(growing, problem, reply, words) for reply in replies]
                yield [part for each in values for part in each]
        except RedStarError as error:
            yield refused(str(error)) * 2
            return
        values = []
        for reply in replies:
            steps = await service.judged(problem, reply, words)
            values.append(await asyncio.to_thread(ended, problem, reply, words, steps))
        yield [part for each in values for part in each]

    async def show_card(
        example: Problem | None, sent: Sent, question: str, picture: Any, gold: str, request: gr.Request
    ) -> str:
        """The question as it stands in the first tab."""
        words = words_of(request)
        try:
            return problem_card(await asyncio.to_thread(asked, example, sent, question, picture, gold, words), words)
        except RedStarError as error:
            return f'<p class="note">{html.escape(str(error))}</p>'

    def opened(request: gr.Request) -> list[Any]:
        words = words_of(request)
        choices = [(words.get(name, name), name) for name in names]
        return [gr.Dropdown(choices=choices, value=names[min(place, len(names) - 1)]) for place in (0, 1)]

    inputs: list[Any] = [*composer.inputs, *sides, temperature, most]
    private(start.click, solve, inputs, outputs, concurrency_limit=_AT_ONCE, show_progress="hidden")
    private(stop.click, service.stop_of, None, None, queue=False)
    private(page.load, opened, None, sides, show_progress="hidden")
    private(tab.select, show_card, composer.inputs, card, show_progress="hidden")
