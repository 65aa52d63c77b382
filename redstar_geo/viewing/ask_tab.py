"""Ask: a question, whoever answers, and the answer as it comes, with its verdict and its judged steps."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import gradio as gr

from redstar_geo.generation.request import GenerationSettings
from redstar_geo.records import Problem
from redstar_geo.viewing.answer_view import answer_values, answer_view, errors_on_page, html_piece
from redstar_geo.viewing.cards import markdown_link, samples_table
from redstar_geo.viewing.live_reply import LiveReply
from redstar_geo.viewing.question_picker import QuestionPicker, private
from redstar_geo.viewing.service import MOST_SAMPLES, MOST_TOKENS, Service, words_of

AT_ONCE = 8  # questions that are answered at a time, of all visitors; the others wait in the queue


def ask_tab(service: Service, picker: QuestionPicker, t: gr.I18n) -> None:
    """Lay the answer's side out and wire it; `picker` holds the question."""
    tab = _AskTab(service)
    who = gr.Dropdown(list(service.answerers), label=t("who"), elem_id="who")
    with gr.Row():
        solve = gr.Button(t("solve"), variant="primary", elem_id="solve", min_width=90)
        stop = gr.Button(t("stop"), variant="stop", elem_id="stop", min_width=90)
    with gr.Accordion(t("settings"), open=False, elem_id="settings"):
        temperature = gr.Slider(0, 2, value=0.6, step=0.05, label=t("temperature"))
        most = gr.Slider(16, MOST_TOKENS, value=2048, step=16, label=t("max_tokens"))
        samples = gr.Slider(1, MOST_SAMPLES, value=1, step=1, label=t("samples"), elem_id="samples")
    table = html_piece(elem_id="samples-table")
    which = gr.Radio([], label=t("which"), visible=False, elem_id="which")
    view = answer_view(t, "ask")
    replies = gr.State(())
    download = html_piece(elem_id="download")
    inputs: list[Any] = [picker.problem, who, temperature, most, samples]
    outputs: list[Any] = [*view, table, which, replies, download]
    private(solve.click, tab.solve, inputs, outputs, concurrency_limit=AT_ONCE, show_progress="hidden")
    private(stop.click, service.stop_of, None, None, queue=False)
    private(which.input, tab.pick, [picker.problem, replies, which], [*view, download])


@dataclass(frozen=True)
class _AskTab:
    service: Service

    async def solve(
        self, problem: Problem | None, who: str, temperature: float, most: float, samples: float, request: gr.Request
    ) -> AsyncIterator[list[Any]]:
        words = words_of(request)
        if problem is None:
            raise gr.Error(words["no_question"], print_exception=False)
        replies: list[LiveReply] = []
        with errors_on_page():
            self.service.admit(request, int(samples))
            settings = GenerationSettings(int(most), temperature)
            async for replies in self.service.ask(request, [who], problem, settings, int(samples)):
                table = samples_table(replies, None, words) if len(replies) > 1 else ""
                answer = await asyncio.to_thread(answer_values, replies[0], words)
                yield [*answer, table, gr.Radio(visible=False), (), ""]
        table = ""
        if len(replies) > 1:
            table = samples_table(replies, await self.service.majority(replies, problem), words)
        numbers = [str(number) for number in range(1, len(replies) + 1)]
        chooser = gr.Radio(numbers, value="1", visible=len(replies) > 1)
        *answer, link = await self.pick(problem, tuple(replies), "1", request)
        yield [*answer, table, chooser, tuple(replies), link]

    async def pick(
        self, problem: Problem, replies: tuple[LiveReply, ...], which: str, request: gr.Request
    ) -> list[Any]:
        words, reply = words_of(request), replies[int(which) - 1]
        steps = await self.service.judged(problem, reply, words)
        answer = await asyncio.to_thread(answer_values, reply, words, steps)
        return [*answer, markdown_link(problem, reply.trace(problem), words)]
