"""Ask: a question, whoever answers, and the answer as it comes, with its verdict and its judged steps."""

from __future__ import annotations

import html
from collections.abc import AsyncIterator
from typing import Any

import gradio as gr

from redstar_geo.errors import InputError
from redstar_geo.generation.request import GenerationSettings
from redstar_geo.records import Problem
from redstar_geo.viewing.answer_view import AnswerView, html_piece
from redstar_geo.viewing.asking import majority
from redstar_geo.viewing.cards import markdown_link, samples_table
from redstar_geo.viewing.live_reply import LiveReply
from redstar_geo.viewing.question_picker import QuestionPicker, private
from redstar_geo.viewing.service import MOST_SAMPLES, MOST_TOKENS, Service, words_of

AT_ONCE = 8  # questions that are answered at a time, of all visitors; the others wait in the queue


def ask_tab(service: Service, picker_of: QuestionPicker, t: gr.I18n) -> None:
    """Lay the answer's side out and wire it; `picker_of` holds the question."""
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
    view = AnswerView.build(t, "ask")
    kept = gr.State(())
    keep = html_piece(elem_id="download")
    inputs: list[Any] = [picker_of.problem, who, temperature, most, samples]
    outputs: list[Any] = [*view.outputs, table, which, kept, keep]
    private(solve.click, tab.solve, inputs, outputs, concurrency_limit=AT_ONCE, show_progress="hidden")
    private(stop.click, service.stop_of, None, None, queue=False)
    private(which.input, tab.pick, [picker_of.problem, kept, which], [*view.outputs, keep])


class _AskTab:
    def __init__(self, service: Service) -> None:
        self.service = service

    async def solve(
        self, problem: Problem | None, who: str, temperature: float, most: float, samples: float, request: gr.Request
    ) -> AsyncIterator[list[Any]]:
        words = words_of(request)
        if problem is None:
            raise gr.Error(words["no_question"], print_exception=False)
        quiet = [gr.skip(), gr.Radio(visible=False), (), ""]
        replies: list[LiveReply] = []
        try:
            settings = GenerationSettings(int(most), temperature)
            async for replies in self.service.ask(request, [who], problem, settings, int(samples)):
                table = samples_table(replies, None, words) if len(replies) > 1 else ""
                yield [*AnswerView.shown(replies[0], words), table, *quiet[1:]]
        except InputError as error:
            raise gr.Error(html.escape(str(error)), print_exception=False) from None
        most_say = majority(replies, problem.choices)
        table = samples_table(replies, most_say, words) if len(replies) > 1 else ""
        numbers = [str(number) for number in range(1, len(replies) + 1)]
        chooser = gr.Radio(numbers, value="1", visible=len(replies) > 1)
        shown = await self._judged(problem, replies[0], words_of(request))
        yield [*shown, table, chooser, tuple(replies), markdown_link(problem, replies[0].trace(problem), words)]

    async def pick(self, problem: Problem, kept: tuple[LiveReply, ...], which: str, request: gr.Request) -> list[Any]:
        reply = kept[int(which) - 1]
        shown = await self._judged(problem, reply, words_of(request))
        return [*shown, markdown_link(problem, reply.trace(problem), words_of(request))]

    async def _judged(self, problem: Problem, reply: LiveReply, words: Any) -> list[Any]:
        return AnswerView.shown(reply, words, await self.service.judged(problem, reply, words))
