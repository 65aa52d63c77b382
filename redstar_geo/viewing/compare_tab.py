"""Compare: two of those who can answer, side by side on the question that is chosen in the first tab."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import gradio as gr

from redstar_geo.generation.request import GenerationSettings
from redstar_geo.records import Problem
from redstar_geo.viewing.answer_view import answer_values, answer_view, errors_on_page, html_piece
from redstar_geo.viewing.cards import problem_card
from redstar_geo.viewing.live_reply import LiveReply
from redstar_geo.viewing.question_picker import QuestionPicker, private
from redstar_geo.viewing.service import MOST_TOKENS, Service, words_of

_AT_ONCE = 4


def compare_tab(service: Service, picker: QuestionPicker, t: gr.I18n) -> None:
    """Lay the tab out and wire it."""
    names = list(service.answerers)
    card = html_piece(elem_id="compare-card")
    with gr.Row():
        temperature = gr.Slider(0, 2, value=0.6, step=0.05, label=t("temperature"), min_width=180)
        most = gr.Slider(16, MOST_TOKENS, value=2048, step=16, label=t("max_tokens"), min_width=180)
    with gr.Row():
        start = gr.Button(t("solve"), variant="primary", elem_id="compare-solve", min_width=90)
        stop = gr.Button(t("stop"), variant="stop", elem_id="compare-stop", min_width=90)
    sides: list[Any] = []
    outputs: list[Any] = []
    with gr.Row():
        for place, side in enumerate(("left", "right")):
            with gr.Column(min_width=320):
                sides.append(gr.Dropdown(names, value=names[min(place, len(names) - 1)], label=t(side), elem_id=side))
                outputs += answer_view(t, side)

    async def solve(
        problem: Problem | None, left: str, right: str, temperature: float, most: float, request: gr.Request
    ) -> AsyncIterator[list[Any]]:
        words = words_of(request)
        if problem is None:
            raise gr.Error(words["no_question"], print_exception=False)
        replies: list[LiveReply] = []
        with errors_on_page():
            service.admit(request, 2)
            settings = GenerationSettings(int(most), temperature)
            async for replies in service.ask(request, [left, right], problem, settings, 1):
                yield [part for reply in replies for part in await asyncio.to_thread(answer_values, reply, words)]
        values: list[Any] = []
        for reply in replies:
            steps = await service.judged(problem, reply, words)
            values += await asyncio.to_thread(answer_values, reply, words, steps)
        yield values

    def show_card(problem: Problem | None, request: gr.Request) -> str:
        return "" if problem is None else problem_card(problem, words_of(request))

    inputs: list[Any] = [picker.problem, *sides, temperature, most]
    private(start.click, solve, inputs, outputs, concurrency_limit=_AT_ONCE, show_progress="hidden")
    private(stop.click, service.stop_of, None, None, queue=False)
    private(picker.card.change, show_card, picker.problem, card)
