"""Compare: two of those who can answer, side by side on the question that is chosen in the first tab."""

from __future__ import annotations

import asyncio
import html
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from typing import Any

import gradio as gr

from redstar_geo.errors import RedStarError
from redstar_geo.generation.request import GenerationSettings
from redstar_geo.records import Problem
from redstar_geo.viewing.answer_view import answer_view, ended, growing, refused, waiting
from redstar_geo.viewing.cards import answer_of, problem_card, with_choice
from redstar_geo.viewing.composer import Composer, Sent, asked
from redstar_geo.viewing.live_reply import LiveReply
from redstar_geo.viewing.service import MOST_TOKENS, Service, Steps, words_of
from redstar_geo.viewing.turns import Turns
from redstar_geo.viewing.wiring import emptied_by, html_piece, private
from redstar_geo.viewing.words import Words


def differing(problem: Problem, answers: Sequence[tuple[LiveReply, Steps]], same: bool, words: Words) -> str:
    """A table of two answers, its rows that differ first; `same` whether both give one answer."""
    said = [answer_of(reply) for reply, _ in answers]
    head = words["they_differ" if any(said) else "neither"]
    if same:
        head = f"{words['both_say']} <b>{with_choice(problem, str(said[0]))}</b>"
    rows = [(words["answer"], [with_choice(problem, each) if each else "–" for each in said], any(said) and not same)]
    told = {
        words["verdict"]: [words[reply.verdict.status] if reply.verdict else "–" for reply, _ in answers],
        words["statements_checked"]: [str(sum(steps.counts.values())) if steps.counts else "–" for _, steps in answers],
        words["statements_false"]: [str(steps.counts.get("false", 0)) if steps.counts else "–" for _, steps in answers],
        words["length"]: [f"{reply.tokens:,} {words['tokens']}" if reply.tokens else "–" for reply, _ in answers],
        words["time"]: [f"{reply.seconds:.1f} {words['seconds']}" for reply, _ in answers],
    }
    rows += [(name, each, each[0] != each[1]) for name, each in told.items() if set(each) != {"–"}]
    names = "".join(f"<th>{html.escape(words.get(reply.name, reply.name))}</th>" for reply, _ in answers)
    body = "".join(
        f'<tr class="{"differs" if differs else "same"}"><th>{name}</th><td>{cells[0]}</td><td>{cells[1]}</td></tr>'
        for name, cells, differs in sorted(rows, key=lambda row: not row[2])
    )
    return f'<p class="lead">{head}</p><table class="differences"><tr><th></th>{names}</tr>{body}</table>'


def _controls(names: Sequence[str], t: gr.I18n) -> tuple[list[Any], gr.Button, gr.Button, list[Any]]:
    """Who answers on either side, start, stop, and the settings of sampling."""
    sides: list[Any] = []
    with gr.Row(elem_id="compare-who"):
        for place, (side, label) in enumerate((("left", "left"), ("right", "right_side"))):
            chosen = names[min(place, len(names) - 1)]
            sides.append(gr.Dropdown(list(names), value=chosen, label=t(label), elem_id=side, min_width=200))
    with gr.Row(elem_id="compare-go"):
        start = gr.Button(t("solve"), variant="primary", elem_id="compare-solve", min_width=90)
        stop = gr.Button(t("stop"), elem_id="compare-stop", min_width=90, visible="hidden")
    with gr.Accordion(t("settings"), open=False):
        temperature = gr.Slider(0, 2, value=0.6, step=0.05, label=t("temperature"), min_width=180)
        most = gr.Slider(16, MOST_TOKENS, value=2048, step=16, label=t("max_tokens"), min_width=180)
    return sides, start, stop, [temperature, most]


async def _card(
    example: Problem | None, sent: Sent, question: str, picture: Any, gold: str, request: gr.Request
) -> str:
    """The question as it stands in the first tab."""
    words = words_of(request)
    try:
        return problem_card(await asyncio.to_thread(asked, example, sent, question, picture, gold, words), words)
    except RedStarError as error:
        return f'<p class="note">{html.escape(str(error))}</p>'


def compare_tab(service: Service, composer: Composer, t: gr.I18n, page: gr.Blocks, tab: gr.Tab) -> None:
    """Lay the tab out and wire it."""
    names = list(service.answerers)
    gr.Markdown(t("compare_hint"), elem_id="compare-hint")
    card = html_piece(elem_id="compare-card")
    sides, start, stop, settings = _controls(names, t)
    differences = html_piece(elem_id="differences")
    outputs: list[Any] = [stop, differences]
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
        running, over = gr.Button(visible=True), gr.Button(visible="hidden")
        yield [over, "", *waiting(words) * 2]
        try:
            problem = await asyncio.to_thread(asked, example, sent, question, picture, gold, words)
            service.admit(request, 2)
            answerers = [service.answering(left, problem), service.answering(right, problem)]
            settings = GenerationSettings(int(most), temperature)
            async with aclosing(service.ask(request, answerers, problem, settings, 1)) as updates:
                async for replies in updates:
                    values = [await asyncio.to_thread(growing, problem, reply, words) for reply in replies]
                    yield [running, "", *(part for each in values for part in each)]
        except RedStarError as error:
            yield [over, "", *refused(str(error)) * 2]
            return
        judged = [await service.judged(problem, reply, words) for reply in replies]
        pairs = list(zip(replies, judged, strict=True))
        values = [await asyncio.to_thread(ended, problem, reply, words, steps.page) for reply, steps in pairs]
        same = await service.alike([answer_of(reply) for reply in replies], problem)
        yield [over, differing(problem, pairs, same, words), *(part for each in values for part in each)]

    def opened(request: gr.Request) -> list[Any]:
        words = words_of(request)
        choices = [(words.get(name, name), name) for name in names]
        return [gr.Dropdown(choices=choices, value=names[min(place, len(names) - 1)]) for place in (0, 1)]

    inputs: list[Any] = [*composer.inputs, *sides, *settings]
    turns = Turns()
    pieces = [each for each in outputs if isinstance(each, gr.HTML)]
    emptied_by(start.click, pieces)
    turns.take(start.click, solve, inputs, outputs, show_progress="hidden")
    turns.empty_at(composer.changed.click, pieces)
    private(stop.click, service.stop_of, None, None, queue=False)
    private(page.load, opened, None, sides, show_progress="hidden")
    private(tab.select, _card, composer.inputs, card, show_progress="hidden")
