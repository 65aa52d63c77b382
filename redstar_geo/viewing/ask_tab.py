"""Ask: a question, whoever answers, and the answer as it comes, with its verdict and its judged steps."""

from __future__ import annotations

import html
from collections.abc import AsyncIterator
from typing import Any

import gradio as gr

from redstar_geo.errors import InputError
from redstar_geo.records import Problem
from redstar_geo.viewing.answer_view import AnswerView, html_piece
from redstar_geo.viewing.asking import majority
from redstar_geo.viewing.attempt import Attempt, Settings
from redstar_geo.viewing.cards import markdown_link, samples_table
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
        attempts: list[Attempt] = []
        try:
            settings = Settings(temperature, int(most))
            async for attempts in self.service.ask(request, [who], problem, settings, int(samples)):
                table = samples_table(attempts, None, words) if len(attempts) > 1 else ""
                yield [*AnswerView.shown(attempts[0], words), table, *quiet[1:]]
        except InputError as error:
            raise gr.Error(html.escape(str(error)), print_exception=False) from None
        most_say = majority(attempts, problem.choices)
        table = samples_table(attempts, most_say, words) if len(attempts) > 1 else ""
        numbers = [str(number) for number in range(1, len(attempts) + 1)]
        chooser = gr.Radio(numbers, value="1", visible=len(attempts) > 1)
        shown = await self._judged(problem, attempts[0], words_of(request))
        yield [*shown, table, chooser, tuple(attempts), markdown_link(problem, attempts[0].trace(problem), words)]

    async def pick(self, problem: Problem, kept: tuple[Attempt, ...], which: str, request: gr.Request) -> list[Any]:
        attempt = kept[int(which) - 1]
        shown = await self._judged(problem, attempt, words_of(request))
        return [*shown, markdown_link(problem, attempt.trace(problem), words_of(request))]

    async def _judged(self, problem: Problem, attempt: Attempt, words: Any) -> list[Any]:
        return AnswerView.shown(attempt, words, await self.service.judged(problem, attempt, words))
