"""Ask: a question, whoever answers, and the answer as it comes, with its verdict and its judged steps."""

from __future__ import annotations

import asyncio
import html
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import gradio as gr

from redstar_geo.errors import RedStarError
from redstar_geo.generation.request import GenerationSettings, Streaming
from redstar_geo.records import Problem
from redstar_geo.viewing.answer_view import answer_view, ended, growing, refused, waiting
from redstar_geo.viewing.cards import markdown_link, samples_table
from redstar_geo.viewing.composer import Composer, Sent, asked
from redstar_geo.viewing.examples import Examples
from redstar_geo.viewing.formal_answers import FormalAnswers
from redstar_geo.viewing.live_reply import LiveReply
from redstar_geo.viewing.own_server import connected
from redstar_geo.viewing.permalink import LONGEST_QUESTION, OWN, link
from redstar_geo.viewing.reading import WorkedOut, panel
from redstar_geo.viewing.service import MOST_SAMPLES, MOST_TOKENS, Service, words_of
from redstar_geo.viewing.wiring import html_piece, private

AT_ONCE = 8  # questions that are answered at a time, of all visitors; the others wait in the queue
SERVER = "server"  # among those who answer: the visitor's own
_PART = 6  # components of an `answer_view`


def ask_tab(service: Service, t: gr.I18n, page: gr.Blocks) -> Composer:
    """Lay the tab out and wire it; the question is the same in the other tabs."""
    tab = _AskTab(service)
    own = gr.State(None)
    with gr.Column(elem_id="ask"):
        with gr.Column(elem_id="composer", min_width=300):
            composer = Composer(service, t)
            who = gr.Dropdown(tab.who, value=tab.who[0], label=t("who"), elem_id="who")
            if service.own_servers:
                _server_fields(tab, t, who, own)
            with gr.Row(elem_id="go"):
                solve = gr.Button(t("solve"), variant="primary", elem_id="solve", min_width=120)
                stop = gr.Button(t("stop"), elem_id="stop", min_width=90, visible="hidden")
                changed = gr.Button("", elem_id="changed", visible="hidden")
            with gr.Accordion(t("settings"), open=False, elem_id="settings"):
                composer.gold.render()
                temperature = gr.Slider(0, 2, value=0.6, step=0.05, label=t("temperature"))
                most = gr.Slider(16, MOST_TOKENS, value=2048, step=16, label=t("max_tokens"))
                samples = gr.Slider(1, MOST_SAMPLES, value=1, step=1, label=t("samples"), elem_id="samples")
        with gr.Column(elem_id="answer-side", min_width=300):
            gr.Markdown(t("nothing_yet"), elem_id="nothing-yet")
            with gr.Column(elem_id="answered", min_width=0):
                table = html_piece(elem_id="samples-table")
                which = gr.Radio([], label=t("which"), visible=False, elem_id="which")
                view = answer_view(t, "ask")
                download = html_piece(elem_id="download")
                with gr.Accordion(t("reading"), open=True, visible=False, elem_id="reading") as reading:
                    gr.Markdown(t("reading_hint"), elem_id="reading-hint")
                    lines = gr.Textbox(
                        label=t("reading_lines"),
                        lines=3,
                        max_lines=12,
                        max_length=LONGEST_QUESTION,
                        elem_id="reading-lines",
                    )
                    again = gr.Button(t("read_again"), elem_id="read-again", size="sm")
                    found = html_piece(elem_id="found")
        with gr.Column(elem_id="examples-side", min_width=300):
            examples = Examples(service, composer, t)
    answered = gr.State(None)
    inputs: list[Any] = [*composer.inputs, who, own, temperature, most, samples]
    outputs: list[Any] = [*view, table, which, answered, download, reading, found, lines, stop, composer.link]
    solving = private(solve.click, tab.solve, inputs, outputs, concurrency_limit=AT_ONCE, show_progress="hidden")
    private(stop.click, service.stop_of, None, None, queue=False)
    private(changed.click, service.stop_of, None, None, queue=False, cancels=[solving])
    private(which.input, tab.pick, [answered, which], [*view, download, reading, found, lines])
    private(again.click, tab.read_again, [answered, which, lines], found)
    private(page.load, composer.opened, None, composer.shown, show_progress="hidden")
    private(page.load, examples.opened, None, examples.filled, show_progress="hidden")
    private(page.load, tab.opened, None, who, show_progress="hidden").then(
        service.warm, None, None, api_visibility="private"
    )
    return composer


def _server_fields(tab: _AskTab, t: gr.I18n, who: gr.Dropdown, own: gr.State) -> None:
    """The address and the key of a server, which are there while it is chosen."""
    with gr.Column(visible=False, elem_id="server", min_width=0) as fields:
        gr.Markdown(t("server_hint"))
        address = gr.Textbox(
            label=t("address"), placeholder="http://localhost:8000/v1", max_length=400, elem_id="address"
        )
        key = gr.Textbox(label=t("key"), type="password", max_length=400, elem_id="key")
        connect = gr.Button(t("connect"), elem_id="connect", size="sm")
        said = html_piece(elem_id="server-said")
    private(who.input, lambda who: gr.Column(visible=who == SERVER), who, fields, show_progress="hidden")
    for event in (connect.click, address.submit, key.submit):
        private(event, tab.connect, [address, key], [own, key, said])


@dataclass(frozen=True)
class _Answered:
    """What stands on a page: the problem, and every reply to it."""

    problem: Problem
    replies: tuple[LiveReply, ...]


@dataclass(frozen=True)
class _AskTab:
    service: Service

    @property
    def who(self) -> list[str]:
        return [*self.service.answerers, *([SERVER] if self.service.own_servers else [])]

    def opened(self, request: gr.Request) -> Any:
        """Those who answer, in the visitor's language."""
        words = words_of(request)
        return gr.Dropdown(choices=[(words.get(name, name), name) for name in self.who])

    async def connect(self, address: str, key: str, request: gr.Request) -> list[Any]:
        """Try the server; the key leaves the page, and is part of nothing but what asks that server."""
        words = words_of(request)
        if not address.strip():
            return [None, gr.skip(), f'<p class="failure" role="alert">{words["no_server"]}</p>']
        try:
            self.service.admit(request)
            server = await connected(address, key)
        except RedStarError as error:
            return [None, gr.skip(), f'<p class="failure" role="alert">{html.escape(str(error))}</p>']
        return [server, "", f'<p role="status">{words["connected"]} <b>{html.escape(server.name)}</b></p>']

    async def solve(
        self,
        example: Problem | None,
        sent: Sent,
        question: str,
        picture: Any,
        gold: str,
        who: str,
        own: Streaming | None,
        temperature: float,
        most: float,
        samples: float,
        request: gr.Request,
    ) -> AsyncIterator[list[Any]]:
        words = words_of(request)
        replies: list[LiveReply] = []
        nothing = ["", gr.Accordion(visible=False), "", ""]  # to save, or read
        yield [*waiting(words), "", gr.Radio(visible=False), None, *nothing, gr.Button(visible=True), gr.skip()]
        try:
            problem = await asyncio.to_thread(asked, example, sent, question, picture, gold, words)
            if who == SERVER and own is None:
                raise RedStarError(words["no_server"])
            self.service.admit(request, int(samples))
            answerer = own if who == SERVER and own is not None else self._who(who, problem)
            settings = GenerationSettings(int(most), temperature)
            address = link(problem)
            async for replies in self.service.ask(request, [answerer], problem, settings, int(samples)):
                table = samples_table(replies, None, words) if len(replies) > 1 else ""
                answer = await asyncio.to_thread(growing, problem, replies[0], words)
                stop = gr.Button(visible=replies[0].state == "running" or "hidden")
                yield [*answer, table, gr.Radio(visible=False), None, *nothing, stop, address]
        except RedStarError as error:
            stop = gr.Button(visible="hidden")
            yield [*refused(str(error)), "", gr.Radio(visible=False), None, *nothing, stop, gr.skip()]
            return
        table = ""
        if len(replies) > 1:
            table = samples_table(replies, await self.service.majority(replies, problem), words)
        numbers = [str(number) for number in range(1, len(replies) + 1)]
        chooser = gr.Radio(numbers, value="1", visible=len(replies) > 1)
        answered = _Answered(problem, tuple(replies))
        *answer, saved, reading, found, lines = await self.pick(answered, "1", request)
        stop = gr.Button(visible="hidden")
        yield [*answer, table, chooser, answered, saved, reading, found, lines, stop, address]

    def _who(self, name: str, problem: Problem) -> Streaming:
        """Who is called so; a question of one's own has no known proof, so that it is worked out instead."""
        answerer = self.service.named(name)
        if problem.source == OWN and isinstance(answerer, FormalAnswers) and WorkedOut.name in self.service.answerers:
            return self.service.named(WorkedOut.name)
        return answerer

    async def pick(self, answered: _Answered, which: str, request: gr.Request) -> list[Any]:
        """One of the replies: its text, its file, and for a question of one's own what was read of it."""
        words, problem, reply = words_of(request), answered.problem, answered.replies[int(which) - 1]
        steps = await self.service.judged(problem, reply, words)
        answer = await asyncio.to_thread(ended, problem, reply, words, steps.page)
        own = problem.source == OWN and bool(problem.question)
        found = await self.service.read(problem, None, reply, words) if own else None
        lines = "\n".join(found.lines) if found else ""
        said = panel(found, words) if found else ""
        saved = markdown_link(problem, reply.trace(problem), words) if "".join(reply.parts()) else ""
        return [*answer, saved, gr.Accordion(visible=found is not None), said, lines]

    async def read_again(self, answered: _Answered | None, which: str, lines: str, request: gr.Request) -> str:
        """What follows from the statements as the visitor has them now."""
        if answered is None:
            return ""
        words, reply = words_of(request), answered.replies[int(which or 1) - 1]
        stated = [" ".join(line.split()) for line in lines.splitlines() if line.strip()]
        found = await self.service.read(answered.problem, stated, reply, words)
        return panel(found, words) if found else f'<p class="failure" role="alert">{words["outcome_beyond"]}</p>'
