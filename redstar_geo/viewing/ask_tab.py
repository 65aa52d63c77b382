"""Ask: a question, whoever answers, and the answer as it comes, with its verdict and its judged steps."""

from __future__ import annotations

import asyncio
import html
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, NamedTuple

import gradio as gr

from redstar_geo.errors import RedStarError
from redstar_geo.formalise import PictureReader
from redstar_geo.generation.request import GenerationSettings, Streaming
from redstar_geo.generation.served import ServedStream
from redstar_geo.readers.model import served
from redstar_geo.readers.strokes import StrokeReader
from redstar_geo.records import Problem
from redstar_geo.viewing.answer_view import answer_view, ended, growing, refused, waiting
from redstar_geo.viewing.cards import markdown_link, samples_table
from redstar_geo.viewing.composer import Composer, Sent, asked
from redstar_geo.viewing.examples import Examples
from redstar_geo.viewing.live_reply import LiveReply
from redstar_geo.viewing.own_server import connected
from redstar_geo.viewing.permalink import LONGEST_QUESTION, OWN, link
from redstar_geo.viewing.reading import Read, panel
from redstar_geo.viewing.service import MOST_SAMPLES, MOST_TOKENS, Service, words_of
from redstar_geo.viewing.turns import Turns
from redstar_geo.viewing.wiring import emptied_by, html_piece, private
from redstar_geo.viewing.words import Words

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
                reading = _reading_fields(t)
        with gr.Column(elem_id="examples-side", min_width=300):
            examples = Examples(service, composer, t)
    answered = gr.State(None)
    inputs: list[Any] = [*composer.inputs, who, own, temperature, most, samples]
    outputs: list[Any] = [*view, table, which, answered, download, *reading.shown, stop, composer.link]
    turns = Turns()
    pieces = [each for each in (*view, table, download) if isinstance(each, gr.HTML)]
    emptied_by(solve.click, pieces)
    turns.take(solve.click, tab.solve, inputs, outputs, show_progress="hidden")
    turns.empty_at(composer.changed.click, pieces)
    private(stop.click, service.stop_of, None, None, queue=False)
    turns.take(which.input, tab.pick, [answered, which], [*view, download, *reading.shown])
    stated = [answered, which, reading.lines]
    turns.take(reading.again.click, tab.read_again, stated, [reading.found])
    turns.take(reading.look.click, tab.look, stated, [reading.lines, reading.found])
    private(page.load, composer.opened, None, composer.shown, show_progress="hidden")
    private(page.load, examples.opened, None, examples.filled, show_progress="hidden")
    private(page.load, tab.opened, None, who, show_progress="hidden").then(
        service.warm, None, None, api_visibility="private"
    )
    return composer


class _Reading(NamedTuple):
    """What was read of a question, to be corrected: fields, and what follows."""

    folded: gr.Accordion
    lines: gr.Textbox
    look: gr.Button
    again: gr.Button
    found: gr.HTML

    @property
    def shown(self) -> list[Any]:
        """What an answer fills in."""
        return [self.folded, self.found, self.lines, self.look]


def _reading_fields(t: gr.I18n) -> _Reading:
    with gr.Accordion(t("reading"), open=True, visible=False, elem_id="reading") as folded:
        gr.Markdown(t("reading_hint"), elem_id="reading-hint")
        lines = gr.Textbox(
            label=t("reading_lines"), lines=3, max_lines=12, max_length=LONGEST_QUESTION, elem_id="reading-lines"
        )
        with gr.Row():
            look = gr.Button(t("read_picture"), elem_id="read-picture", size="sm", visible=False)
            again = gr.Button(t("read_again"), elem_id="read-again", size="sm")
        found = html_piece(elem_id="found")
    return _Reading(folded, lines, look, again, found)


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
    """What stands on a page: the problem, every reply to it, and who can be asked what its picture shows."""

    problem: Problem
    replies: tuple[LiveReply, ...]
    reader: PictureReader


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
            return [None, gr.skip(), _failure(words["no_server"])]
        try:
            self.service.admit(request)
            server = await connected(address, key)
        except RedStarError as error:
            return [None, gr.skip(), _failure(str(error))]
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
        nothing = ["", gr.Accordion(visible=False), "", "", gr.skip()]  # to save, or read
        begun = [*waiting(words), "", gr.Radio(visible=False), None, *nothing, gr.Button(visible="hidden")]
        yield [*begun, gr.skip()]
        try:
            problem = await asyncio.to_thread(asked, example, sent, question, picture, gold, words)
            if who == SERVER and own is None:
                raise RedStarError(words["no_server"])
            self.service.admit(request, int(samples))
            answerer = own if who == SERVER and own is not None else self.service.answering(who, problem)
            settings = GenerationSettings(int(most), temperature)
            yield [*begun, link(problem)]  # once: by a later page the visitor may be at another question
            async with aclosing(self.service.ask(request, [answerer], problem, settings, int(samples))) as updates:
                async for replies in updates:
                    table = samples_table(replies, None, words) if len(replies) > 1 else ""
                    answer = await asyncio.to_thread(growing, problem, replies[0], words)
                    stop = gr.Button(visible=replies[0].state == "running" or "hidden")
                    yield [*answer, table, gr.Radio(visible=False), None, *nothing, stop, gr.skip()]
        except RedStarError as error:
            stop = gr.Button(visible="hidden")
            yield [*refused(str(error)), "", gr.Radio(visible=False), None, *nothing, stop, gr.skip()]
            return
        table = ""
        if len(replies) > 1:
            table = samples_table(replies, await self.service.majority(replies, problem), words)
        numbers = [str(number) for number in range(1, len(replies) + 1)]
        chooser = gr.Radio(numbers, value="1", visible=len(replies) > 1)
        answered = _Answered(problem, tuple(replies), self._reader(own))
        shown = await self.pick(answered, "1", request)
        answer, rest = shown[:_PART], shown[_PART:]
        yield [*answer, table, chooser, answered, *rest, gr.Button(visible="hidden"), gr.skip()]

    def _reader(self, own: Streaming | None) -> PictureReader:
        """The model at the visitor's server, else one that the app was started with; without one the strokes."""
        those = (each for each in (own, *self.service.answerers.values()) if isinstance(each, ServedStream))
        model = next(those, None)
        return StrokeReader() if model is None else served(model.server, model.model)

    async def pick(self, answered: _Answered, which: str, request: gr.Request) -> list[Any]:
        """One of the replies: its text, its file, and for a question of one's own what was read of it."""
        words, problem, reply = words_of(request), answered.problem, answered.replies[int(which) - 1]
        steps = await self.service.judged(problem, reply, words)
        own = problem.source == OWN and bool(problem.question)
        found = await self.service.read(problem, None, reply, words) if own else None
        answer = await asyncio.to_thread(ended, problem, reply, words, steps.page, found)
        lines = "\n".join(found.lines) if found else ""
        said = _follows(found, words) if own else ""
        saved = markdown_link(problem, reply.trace(problem), words) if "".join(reply.parts()) else ""
        look = gr.Button(visible=bool(problem.images))
        return [*answer, saved, gr.Accordion(visible=own), said, lines, look]

    async def read_again(self, answered: _Answered | None, which: str, lines: str, request: gr.Request) -> str:
        """What follows from the statements as the visitor has them now."""
        if answered is None:
            return ""
        words, reply = words_of(request), answered.replies[int(which or 1) - 1]
        stated = [" ".join(line.split()) for line in lines.splitlines() if line.strip()]
        found = await self.service.read(answered.problem, stated, reply, words)
        return _follows(found, words)

    async def look(self, answered: _Answered | None, which: str, lines: str, request: gr.Request) -> list[Any]:
        """What is read in the picture, for the visitor to correct, and what follows from all of it."""
        if answered is None or not answered.problem.images:
            return [gr.skip(), gr.skip()]
        problem = answered.problem
        try:
            self.service.admit(request)
            seen = await asyncio.to_thread(answered.reader.read, problem.images[0], problem.question)
        except RedStarError as error:
            return [gr.skip(), _failure(str(error))]
        said = [*lines.splitlines(), *seen.words.split("; "), *seen.unread]
        stated = "\n".join(dict.fromkeys(filter(None, (line.strip() for line in said))))
        return [stated, await self.read_again(answered, which, stated, request)]


def _follows(found: Read | None, words: Words) -> str:
    """What follows from what was read; None when that could not be worked out in time."""
    return panel(found, words) if found else _failure(words["not_in_time"])


def _failure(said: str) -> str:
    return f'<p class="failure" role="alert">{html.escape(said)}</p>'
