"""Browse: the traces of a run, an evaluation or a comparison, by verdict, reason, source, difficulty, length, words."""

from __future__ import annotations

import html
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import gradio as gr
import numpy as np
import pyarrow.parquet as pq

from redstar_geo.difficulty.scale import HIGHEST
from redstar_geo.records import SCHEMAS, StepVerdict, Trace
from redstar_geo.viewing.answer_view import html_piece
from redstar_geo.viewing.cards import markdown_link, problem_card, text_block, verdict_badge
from redstar_geo.viewing.question_picker import private, said
from redstar_geo.viewing.runs import Runs
from redstar_geo.viewing.service import words_of
from redstar_geo.viewing.text import to_html
from redstar_geo.viewing.trace_store import FACETS, Query, Rows
from redstar_geo.viewing.words import Words

_ROWS = 20
_BARS = 12
_SEARCH_S = 3.0  # for words in texts, at a time
_TABLE_PX = 860  # all rows of a page without a bar beside them
_COLUMNS = ("verdict", "reason", "flip", "length", "difficulty", "sample", "problem", "filtered", "selected", "source")
_MOST_LENGTH = 1_000_000


@dataclass(frozen=True)
class _Found:
    """What a visitor's last query found, and where the page stands.

    `rest` are the rows in whose texts `text` has still to be looked for, of `wanted` in all.
    """

    name: str
    rows: Rows
    text: str = ""
    rest: Rows | None = None
    wanted: int = 0
    page: int = 0

    @property
    def shown(self) -> Rows:
        return self.rows[self.page * _ROWS : (self.page + 1) * _ROWS]

    def turned(self, by: int) -> _Found:
        last = max(0, (len(self.rows) - 1) // _ROWS)
        return replace(self, page=min(last, max(0, self.page + by)))


def browse_tab(runs: Runs, t: gr.I18n, page: gr.Blocks) -> None:
    """Lay the tab out and wire it."""
    tab = _BrowseTab(runs)
    which = gr.Dropdown(runs.names, value=runs.names[0], label=t("what"), elem_id="what", visible=len(runs.names) > 1)
    with gr.Accordion(t("filters"), open=True, elem_id="filters"):
        facets, asked, apply = _questions(t)
    count = html_piece(elem_id="count")
    more = gr.Button(t("search_on"), visible=False, elem_id="search-on")
    table = gr.Dataframe(interactive=False, wrap=False, max_height=_TABLE_PX, elem_id="traces", buttons=[])
    with gr.Row():
        previous = gr.Button(t("previous"), elem_id="previous", min_width=80)
        following = gr.Button(t("next"), elem_id="next", min_width=80)
        export = gr.Button(t("export"), elem_id="export", min_width=80)
        file = gr.DownloadButton("Parquet", visible=False, elem_id="export-file", min_width=80)
    detail = html_piece(elem_id="detail")
    with gr.Accordion(t("reasons"), open=True):
        reasons = html_piece(elem_id="reasons")
    found = gr.State(None)
    inputs, turned = [which, *facets, *asked], [found, count, more, table]
    for event in (page.load, which.change):
        private(event, tab.facets, which, facets).then(tab.filter, inputs, [*turned, reasons], api_visibility="private")
    for event in (apply.click, *(box.submit for box in asked)):
        private(event, tab.filter, inputs, [*turned, reasons])
    private(more.click, tab.search_on, found, [*turned, reasons])
    private(previous.click, tab.previous, found, turned)
    private(following.click, tab.following, found, turned)
    private(table.select, tab.detail, found, detail)
    private(export.click, tab.export, found, file)
    page.unload(tab.forget)


def _questions(t: gr.I18n) -> tuple[list[Any], list[Any], gr.Button]:
    """The controls by which traces are filtered: facets, what is typed in, and the button."""
    with gr.Row():
        facets = [
            gr.Dropdown([], multiselect=True, label=t(facet), min_width=150, elem_id=f"by-{facet}") for facet in FACETS
        ]
    with gr.Row():
        bounds = ("least_difficulty", "most_difficulty", "least_length", "most_length")
        asked: list[Any] = [gr.Number(None, label=t(name), min_width=130) for name in bounds]
    with gr.Row():
        asked += [
            gr.Textbox(label=t(name), max_length=200, min_width=200, elem_id=name) for name in ("search", "search_text")
        ]
    return facets, asked, gr.Button(t("apply"), variant="primary", elem_id="apply")


class _BrowseTab:
    def __init__(self, runs: Runs) -> None:
        self.runs = runs
        self.scratch = TemporaryDirectory(prefix="redstar-geo-export-")

    def facets(self, name: str) -> list[Any]:
        """Their values; those that this run has none of are not shown."""
        store = said(self.runs.open, name)
        values = [store.values(facet) for facet in FACETS]
        return [gr.Dropdown(choices=each, value=[], visible=bool(each)) for each in values]

    def filter(self, request: gr.Request, name: str, *asked: Any) -> list[Any]:
        """The first page of what matches."""
        *facets, low, high, shortest, longest, search, text = asked
        levels = (float(low or 0), float(high or HIGHEST)) if low or high else None
        lengths = (int(shortest or 0), int(longest or _MOST_LENGTH)) if shortest or longest else None
        query = Query(dict(zip(FACETS, facets, strict=True)), levels, lengths, search or "")
        rows = said(self.runs.open, name).find(query)
        if text and text.strip():
            return self.search_on(_Found(name, rows[:0], text.strip(), rows, len(rows)), request)
        return self._whole(_Found(name, rows), request)

    def search_on(self, found: _Found, request: gr.Request) -> list[Any]:
        """Look for the text in the rows that are left, for some seconds."""
        assert found.rest is not None
        hits, seen = self.runs.open(found.name).saying(found.rest, found.text, _SEARCH_S)
        return self._whole(replace(found, rows=np.concatenate([found.rows, hits]), rest=found.rest[seen:]), request)

    def previous(self, found: _Found, request: gr.Request) -> list[Any]:
        return self._page(found.turned(-1), request)

    def following(self, found: _Found, request: gr.Request) -> list[Any]:
        return self._page(found.turned(+1), request)

    def _whole(self, found: _Found, request: gr.Request) -> list[Any]:
        return [*self._page(found, request), _bars(self.runs.open(found.name).reasons(found.rows))]

    def _page(self, found: _Found, request: gr.Request) -> list[Any]:
        store, words = self.runs.open(found.name), words_of(request)
        columns = [name for name in _COLUMNS if name not in FACETS or store.values(name)]
        first = found.page * _ROWS
        last = first + len(found.shown)
        told = f"{first + 1:,} – {last:,} / {len(found.rows):,} / {store.traces:,}" if last else "0"
        left = 0 if found.rest is None else len(found.rest)
        if found.text:
            told += f" · 🔍 {found.wanted - left:,} / {found.wanted:,}"
        table = {"headers": [words[f"column_{name}"] for name in columns], "data": store.rows(found.shown, columns)}
        return [found, f"<p>{told}</p>", gr.Button(visible=left > 0), table]

    def detail(self, found: _Found, event: gr.SelectData, request: gr.Request) -> str:
        place = int(event.index[0])
        if place >= len(found.shown):
            return ""
        words, store = words_of(request), self.runs.open(found.name)
        traces = store.shown(int(found.shown[place]))
        problem = store.problem(traces[0].problem_id)
        card = "" if problem is None else problem_card(problem, words, gold=True)
        told = [
            ("" if problem is None else markdown_link(problem, trace, words)) + _told(trace, words) for trace in traces
        ]
        return card + '<div class="beside-each-other">' + "".join(f"<div>{each}</div>" for each in told) + "</div>"

    def export(self, found: _Found, request: gr.Request) -> Any:
        target = self._export_of(request)
        with pq.ParquetWriter(target, SCHEMAS[Trace], compression="zstd") as writer:
            for part in self.runs.open(found.name).tables(found.rows):
                writer.write_table(part)
        return gr.DownloadButton(value=str(target), visible=True)

    def forget(self, request: gr.Request) -> None:
        self._export_of(request).unlink(missing_ok=True)

    def _export_of(self, request: gr.Request) -> Path:
        name = "".join(sign for sign in str(request.session_hash) if sign.isalnum())
        return Path(self.scratch.name) / f"selection-{name}.parquet"


def _told(trace: Trace, words: Words) -> str:
    verdict = trace.verdict
    badge = verdict_badge(verdict, words) if verdict else ""
    tokens = f"{trace.prompt_tokens or '–'} + {trace.completion_tokens or '–'} {words['tokens']}"
    seconds = "" if trace.seconds is None else f" · {trace.seconds:.1f} {words['seconds']}"
    steps = "".join(_step(step, words) for step in verdict.steps) if verdict else ""
    claims = f"<details><summary>{words['claims']}</summary><ol>{steps}</ol></details>" if steps else ""
    return (
        f'<p class="status"><b>{html.escape(trace.teacher)}</b> · {words["sample"]} {trace.sample} · {tokens}{seconds}'
        f" · {html.escape(trace.finish_reason)} {badge}</p><h4>{words['thought']}</h4>{text_block(trace.reasoning)}"
        f'<h4>{words["answer"]}</h4>{text_block(trace.response)}<div class="steps">{claims}</div>'
    )


def _step(step: StepVerdict, words: Words) -> str:
    status = step.status if step.status in ("true", "false", "unproven") else "unproven"
    return (
        f'<li><span class="verdict {status}">{words[status]}</span> {to_html(step.claim)} '
        f'<span class="note">{html.escape(step.reason)}</span></li>'
    )


def _bars(reasons: list[tuple[str, int]]) -> str:
    """A bar for each reason, the longest as wide as the page."""
    most = max((number for _, number in reasons), default=1)
    shown = reasons[:_BARS]
    if len(reasons) > _BARS:
        shown.append((f"… {len(reasons) - _BARS}", sum(number for _, number in reasons[_BARS:])))
    rows = "".join(
        f'<span>{html.escape(name)}</span><span class="bar" style="width:{100 * min(number, most) / most:.1f}%"></span>'
        f"<span>{number:,}</span>"
        for name, number in shown
    )
    return f'<div class="bars">{rows}</div>'
