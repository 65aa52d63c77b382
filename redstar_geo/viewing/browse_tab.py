"""Browse: the traces of a run, an evaluation or a comparison, by verdict, reason, source, difficulty, length, words."""

from __future__ import annotations

import html
from dataclasses import dataclass, field, replace
from typing import Any

import gradio as gr
import numpy as np

from redstar_geo.difficulty.scale import HIGHEST
from redstar_geo.records import StepVerdict, Trace
from redstar_geo.viewing import names
from redstar_geo.viewing.cards import markdown_link, problem_card, text_block, verdict_badge
from redstar_geo.viewing.exports import Exports
from redstar_geo.viewing.runs import Runs
from redstar_geo.viewing.service import words_of
from redstar_geo.viewing.text import to_html
from redstar_geo.viewing.trace_store import FACETS, Query, Rows
from redstar_geo.viewing.wiring import errors_on_page, html_piece, private
from redstar_geo.viewing.words import Words

_ROWS = 20
_BARS = 12
_SEARCH_S = 3.0  # for words in texts, at a time
_TABLE_PX = 860  # all rows of a page without a bar beside them
_COLUMNS = ("verdict", "reason", "flip", "length", "difficulty", "sample", "problem", "filtered", "selected", "source")
_MOST_LENGTH = 1_000_000


@dataclass(frozen=True)
class _Matches:
    """The rows that match a visitor's query, and the current page of them.

    In `unsearched`, of `candidates` rows, `text` has still to be searched for.
    """

    name: str
    rows: Rows
    text: str = ""
    unsearched: Rows = field(default_factory=lambda: np.zeros(0, np.int32))
    candidates: int = 0
    page: int = 0

    @property
    def page_rows(self) -> Rows:
        return self.rows[self.page * _ROWS : (self.page + 1) * _ROWS]


def browse_tab(runs: Runs, t: gr.I18n, page: gr.Blocks) -> None:
    """Lay the tab out and wire it."""
    tab = _BrowseTab(runs)
    which = gr.Dropdown(runs.names, value=runs.names[0], label=t("what"), elem_id="what", visible=len(runs.names) > 1)
    with gr.Accordion(t("filters"), open=True, elem_id="filters"):
        facets, inputs, apply = _filters(t)
    count = html_piece(elem_id="count")
    more = gr.Button(t("search_on"), visible=False, elem_id="search-on")
    with gr.Row(elem_id="browsing"):
        with gr.Column(min_width=300):
            table = gr.Dataframe(interactive=False, wrap=False, max_height=_TABLE_PX, elem_id="traces", buttons=[])
            with gr.Row():
                previous = gr.Button(t("previous"), elem_id="previous", min_width=80)
                following = gr.Button(t("next"), elem_id="next", min_width=80)
                export = gr.Button(t("export"), elem_id="export", min_width=80)
                file = gr.DownloadButton("Parquet", visible=False, elem_id="export-file", min_width=80)
        with gr.Column(min_width=300):
            gr.Markdown(t("choose_row"), elem_id="choose-row")
            detail = html_piece(elem_id="detail")
    with gr.Accordion(t("reasons"), open=False):
        reasons = html_piece(elem_id="reasons")
    matches = gr.State(None)
    query, outputs = [which, *facets, *inputs], [matches, count, more, table]
    for event in (page.load, which.change):
        private(event, tab.facets, which, facets).then(tab.filter, query, [*outputs, reasons], api_visibility="private")
    for event in (apply.click, *(box.submit for box in inputs)):
        private(event, tab.filter, query, [*outputs, reasons])
    private(more.click, tab.search_on, matches, [*outputs, reasons])
    private(previous.click, tab.previous, matches, outputs)
    private(following.click, tab.following, matches, outputs)
    private(table.select, tab.detail, matches, detail, show_progress="hidden")
    private(export.click, tab.export, matches, file)
    page.unload(tab.forget)


def _filters(t: gr.I18n) -> tuple[list[Any], list[Any], gr.Button]:
    """The controls by which traces are filtered: facets, what is typed in, and the button."""
    with gr.Row():
        facets = [
            gr.Dropdown([], multiselect=True, label=t(facet), min_width=150, elem_id=f"by-{facet}") for facet in FACETS
        ]
    with gr.Row():
        bounds = ("least_difficulty", "most_difficulty", "least_length", "most_length")
        inputs: list[Any] = [gr.Number(None, label=t(name), min_width=130) for name in bounds]
    with gr.Row():
        inputs += [
            gr.Textbox(label=t(name), max_length=200, min_width=200, elem_id=name) for name in ("search", "search_text")
        ]
    return facets, inputs, gr.Button(t("apply"), variant="primary", elem_id="apply")


class _BrowseTab:
    def __init__(self, runs: Runs) -> None:
        self.runs = runs
        self.exports = Exports()

    def facets(self, name: str, request: gr.Request) -> list[Any]:
        """Their values; those that this run has none of are not shown."""
        with errors_on_page():
            store = self.runs.open(name)
            values = [store.values(facet) for facet in FACETS]
        language = words_of(request)["code"]
        choices = [
            [(names.facet(facet, value, language), value) for value in each]
            for facet, each in zip(FACETS, values, strict=True)
        ]
        return [gr.Dropdown(choices=each, value=[], visible=bool(each)) for each in choices]

    def filter(self, request: gr.Request, name: str, *inputs: Any) -> list[Any]:
        """The first page of the matches."""
        *facets, low, high, shortest, longest, search, text = inputs
        levels = (float(low or 0), float(high or HIGHEST)) if low or high else None
        lengths = (int(shortest or 0), int(longest or _MOST_LENGTH)) if shortest or longest else None
        query = Query(dict(zip(FACETS, facets, strict=True)), levels, lengths, search or "")
        with errors_on_page():
            rows = self.runs.open(name).find(query)
        if text and text.strip():
            return self.search_on(_Matches(name, rows[:0], text.strip(), rows, len(rows)), request)
        return self._page_and_reasons(_Matches(name, rows), request)

    def search_on(self, matches: _Matches, request: gr.Request) -> list[Any]:
        """Search for the text in the remaining rows, for some seconds."""
        rows, searched = self.runs.open(matches.name).search(matches.unsearched, matches.text, _SEARCH_S)
        rows = np.concatenate([matches.rows, rows])
        matches = replace(matches, rows=rows, unsearched=matches.unsearched[searched:])
        return self._page_and_reasons(matches, request)

    def previous(self, matches: _Matches, request: gr.Request) -> list[Any]:
        return self._page(replace(matches, page=max(0, matches.page - 1)), request)

    def following(self, matches: _Matches, request: gr.Request) -> list[Any]:
        last = max(0, (len(matches.rows) - 1) // _ROWS)
        return self._page(replace(matches, page=min(last, matches.page + 1)), request)

    def _page_and_reasons(self, matches: _Matches, request: gr.Request) -> list[Any]:
        reasons = self.runs.open(matches.name).reasons(matches.rows)
        return [*self._page(matches, request), _bars(reasons, words_of(request)["code"])]

    def _page(self, matches: _Matches, request: gr.Request) -> list[Any]:
        store, words = self.runs.open(matches.name), words_of(request)
        columns = [name for name in _COLUMNS if name not in FACETS or store.values(name)]
        first = matches.page * _ROWS
        last = first + len(matches.page_rows)
        count = words["count"].format(first=first + 1, last=last, found=len(matches.rows))
        if len(matches.rows) < store.traces:
            count += words["count_of"].format(all=store.traces)
        count = count if last else words["nothing_found"]
        left = len(matches.unsearched)
        if matches.text:
            count += " · " + words["searched"].format(done=matches.candidates - left, all=matches.candidates)
        table = {
            "headers": [words[f"column_{name}"] for name in columns],
            "data": [
                [
                    names.facet(column, value, words["code"]) if isinstance(value, str) else value
                    for column, value in zip(columns, row, strict=True)
                ]
                for row in store.rows(matches.page_rows, columns)
            ],
        }
        return [matches, f"<p>{count}</p>", gr.Button(visible=left > 0), table]

    def detail(self, matches: _Matches, event: gr.SelectData, request: gr.Request) -> str:
        place = int(event.index[0])
        if place >= len(matches.page_rows):
            return ""
        words, store = words_of(request), self.runs.open(matches.name)
        traces = store.together(int(matches.page_rows[place]))
        blocks = [_trace_block(trace, words) for trace in traces]
        card = ""
        if problem := store.problem(traces[0].problem_id):
            card = problem_card(problem, words, gold=True)
            blocks = [markdown_link(problem, trace, words) + block for trace, block in zip(traces, blocks, strict=True)]
        return card + '<div class="beside-each-other">' + "".join(f"<div>{each}</div>" for each in blocks) + "</div>"

    def export(self, matches: _Matches, request: gr.Request) -> Any:
        """A file of the matches; the button says how many of them are in it."""
        with errors_on_page():
            tables = self.runs.open(matches.name).tables(matches.rows)
            path, rows = self.exports.write(str(request.session_hash), tables)
        return gr.DownloadButton(f"Parquet ({rows:,} / {len(matches.rows):,})", value=str(path), visible=True)

    def forget(self, request: gr.Request) -> None:
        self.exports.forget(str(request.session_hash))


def _trace_block(trace: Trace, words: Words) -> str:
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
    status = step.status if step.status in ("true", "false", "unproven", "withdrawn") else "unproven"
    return (
        f'<li><span class="verdict {status}">{names.status(status, words["code"])}</span> {to_html(step.claim)} '
        f'<span class="note">{to_html(names.why(status, step.reason, words["code"]))}</span></li>'
    )


def _bars(reasons: list[tuple[str, int]], language: str) -> str:
    """A bar for each reason, the longest as wide as the page."""
    most = max((number for _, number in reasons), default=1)
    bars = reasons[:_BARS]
    if len(reasons) > _BARS:
        bars.append((f"… {len(reasons) - _BARS}", sum(number for _, number in reasons[_BARS:])))
    rows = "".join(
        f"<span>{html.escape(names.reason(name, language))}</span>"
        f'<span class="bar" style="width:{100 * min(number, most) / most:.1f}%"></span><span>{number:,}</span>'
        for name, number in bars
    )
    return f'<div class="bars">{rows}</div>'
