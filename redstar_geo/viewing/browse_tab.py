"""Browse: the traces of a run, an evaluation or a comparison, by verdict, reason, source, difficulty, length, words."""

from __future__ import annotations

import html
from dataclasses import dataclass, field, replace
from typing import Any

import gradio as gr
import numpy as np

from redstar_geo.records import StepVerdict, Trace
from redstar_geo.report import names
from redstar_geo.report.text import to_html
from redstar_geo.viewing.address import Asked, asked_by, asked_of, tab_of
from redstar_geo.viewing.cards import markdown_link, problem_card, text_block, verdict_badge
from redstar_geo.viewing.exports import Exports
from redstar_geo.viewing.place import Place
from redstar_geo.viewing.runs import Runs
from redstar_geo.viewing.service import words_of
from redstar_geo.viewing.trace_store import FACETS, NO_REASON, Rows
from redstar_geo.viewing.wiring import errors_on_page, html_piece, private
from redstar_geo.viewing.words import Words

_ROWS = 20
_BARS = 12
_SEARCH_S = 3.0  # for words in texts, at a time
_TABLE_PX = 860  # all rows of a page without a bar beside them
_COLUMNS = ("problem", "verdict", "reason", "flip", "length", "difficulty", "sample", "filtered", "selected", "source")
_FIRST_FACETS = ("verdict", "reason", "flip")  # the others are folded


@dataclass(frozen=True)
class _Matches:
    """The rows that match a visitor's query.

    In `unsearched`, of `candidates` rows, the place's text has still to be searched for.
    """

    place: Place
    rows: Rows
    unsearched: Rows = field(default_factory=lambda: np.zeros(0, np.int32))
    candidates: int = 0

    @property
    def page_rows(self) -> Rows:
        return self.rows[self.place.page * _ROWS : (self.place.page + 1) * _ROWS]


def browse_tab(runs: Runs, t: gr.I18n, page: gr.Blocks, opened: gr.Tab, address: gr.HTML) -> None:
    """Lay the tab out and wire it; `address` takes the query that leads to what is shown."""
    tab = _BrowseTab(runs)
    which = gr.Dropdown(runs.names, value=runs.names[0], label=t("what"), elem_id="what", visible=len(runs.names) > 1)
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
    query, outputs = [which, *facets, *inputs], [matches, count, more, previous, following, table, detail, address]
    everything = [*query, *outputs, reasons]
    private(page.load, tab.opened, None, everything)
    private(which.input, tab.chosen, [which, matches], everything)
    private(address.went, tab.went, None, everything, show_progress="hidden")
    for event in (apply.click, *(box.submit for box in inputs)):
        private(event, tab.filter, query, [*outputs, reasons])
    private(more.click, tab.search_on, matches, [*outputs, reasons])
    private(previous.click, tab.previous, matches, outputs)
    private(following.click, tab.following, matches, outputs)
    private(table.select, tab.select, matches, [matches, detail, address], show_progress="hidden")
    private(opened.select, tab.address, matches, address, show_progress="hidden")
    private(export.click, tab.export, matches, file)
    page.unload(tab.forget)


def _filters(t: gr.I18n) -> tuple[list[Any], list[Any], gr.Button]:
    """The controls by which traces are filtered: facets, what is typed in, and the button."""

    def facet(name: str) -> gr.Dropdown:
        return gr.Dropdown([], multiselect=True, label=t(name), min_width=150, elem_id=f"by-{name}")

    with gr.Row(elem_id="first-filters"):
        facets = {name: facet(name) for name in _FIRST_FACETS}
        search = gr.Textbox(label=t("search"), max_length=200, min_width=200, elem_id="search")
        apply = gr.Button(t("apply"), variant="primary", elem_id="apply", min_width=110, scale=0)
    with gr.Accordion(t("filters"), open=False, elem_id="filters"):
        with gr.Row():
            facets |= {name: facet(name) for name in FACETS if name not in facets}
        with gr.Row():
            bounds = ("least_difficulty", "most_difficulty", "least_length", "most_length")
            numbers = [gr.Number(0, label=t(name), minimum=0, min_width=130) for name in bounds]
        text = gr.Textbox(label=t("search_text"), max_length=200, min_width=200, elem_id="search_text")
    return [facets[name] for name in FACETS], [*numbers, search, text], apply


class _BrowseTab:
    def __init__(self, runs: Runs) -> None:
        self.runs = runs
        self.exports = Exports()

    def opened(self, request: gr.Request) -> list[Any]:
        """All of it, as the address says."""
        asked = asked_of(request)
        return self._whole(Place.of(asked, self.runs.names), request, tab_of(asked) == "browse")

    def chosen(self, name: str, matches: _Matches | None, request: gr.Request) -> Any:
        """Another run, without filters; a list that is only left tells of an input too."""
        if matches is not None and matches.place.run == name:
            return gr.skip()
        return self._whole(Place.of({"run": [name]}, self.runs.names), request, True)

    def went(self, event: gr.EventData, request: gr.Request) -> list[Any]:
        """Back to where the visitor was before."""
        asked: Asked = asked_by(event)
        here = tab_of(asked) == "browse"
        return self._whole(Place.of(asked, self.runs.names), request, here)

    def _whole(self, place: Place, request: gr.Request, here: bool) -> list[Any]:
        """Controls and matches of a place; its address where the visitor is `here`. Empty facets are hidden."""
        with errors_on_page():
            values = [self.runs.open(place.run).values(facet) for facet in FACETS]
        place = place.among(values)
        language = words_of(request)["code"]
        facets = [
            gr.Dropdown(
                choices=[(names.facet(facet, value, language), value) for value in each],
                value=list(chosen),
                visible=bool(each),
            )
            for facet, each, chosen in zip(FACETS, values, place.facets, strict=True)
        ]
        *found, address, reasons = self._found(place, request)
        inputs = [*place.bounds, place.search, place.text]
        return [place.run, *facets, *inputs, *found, address if here else "", reasons]

    def filter(self, request: gr.Request, name: str, *inputs: Any) -> list[Any]:
        """The first page of the matches."""
        *facets, low, high, shortest, longest, search, text = inputs
        bounds = tuple(max(0, int(bound or 0)) for bound in (low, high, shortest, longest))
        chosen = tuple(tuple(values or ()) for values in facets)
        return self._found(Place(name, chosen, bounds, (search or "").strip(), (text or "").strip()), request)

    def _found(self, place: Place, request: gr.Request) -> list[Any]:
        """The matches of a place; of those in whose texts words are searched, the first."""
        with errors_on_page():
            rows = self.runs.open(place.run).find(place.wanted)
        if place.text:
            return self.search_on(_Matches(place, rows[:0], rows, len(rows)), request)
        return self._page_and_reasons(_Matches(place, rows), request)

    def search_on(self, matches: _Matches, request: gr.Request) -> list[Any]:
        """Search for the text in the remaining rows, for some seconds."""
        rows, searched = self.runs.open(matches.place.run).search(matches.unsearched, matches.place.text, _SEARCH_S)
        rows = np.concatenate([matches.rows, rows])
        matches = replace(matches, rows=rows, unsearched=matches.unsearched[searched:])
        return self._page_and_reasons(matches, request)

    def previous(self, matches: _Matches, request: gr.Request) -> list[Any]:
        return self._page(self._turned(matches, matches.place.page - 1), request)

    def following(self, matches: _Matches, request: gr.Request) -> list[Any]:
        return self._page(self._turned(matches, matches.place.page + 1), request)

    def _turned(self, matches: _Matches, page: int) -> _Matches:
        last = max(0, (len(matches.rows) - 1) // _ROWS)
        return replace(matches, place=matches.place.at(min(last, max(0, page))))

    def _page_and_reasons(self, matches: _Matches, request: gr.Request) -> list[Any]:
        if matches.place.page * _ROWS >= max(1, len(matches.rows)):
            matches = self._turned(matches, matches.place.page)
        reasons = self.runs.open(matches.place.run).reasons(matches.rows)
        return [*self._page(matches, request), _bars(reasons, words_of(request)["code"])]

    def _page(self, matches: _Matches, request: gr.Request) -> list[Any]:
        words, left = words_of(request), len(matches.unsearched)
        table = self._table(matches, words)
        detail = self._detail(matches, words)
        none = "" if len(matches.rows) else ' class="none"'
        count = f"<p{none}>{self._count(matches, words)}</p>"
        before = gr.Button(interactive=matches.place.page > 0)
        after = gr.Button(interactive=(matches.place.page + 1) * _ROWS < len(matches.rows))
        return [matches, count, gr.Button(visible=left > 0), before, after, table, detail, matches.place.link]

    def _count(self, matches: _Matches, words: Words) -> str:
        store, first, found = self.runs.open(matches.place.run), matches.place.page * _ROWS, len(matches.rows)
        count = words["count"].format(first=first + 1, last=first + len(matches.page_rows), found=found)
        if found < store.traces:
            count += words["count_of"].format(all=store.traces)
        if not found:
            count = words["nothing_found" if store.traces else "no_traces"]
        if matches.place.text:
            done = matches.candidates - len(matches.unsearched)
            count += " · " + words["searched"].format(done=done, all=matches.candidates)
        return count

    def _table(self, matches: _Matches, words: Words) -> dict[str, Any]:
        """The page's rows; columns that say nothing are left out."""
        store = self.runs.open(matches.place.run)
        columns = [name for name in _COLUMNS if name not in FACETS or store.values(name)]
        rows = store.rows(matches.page_rows, columns)
        told = [place for place, name in enumerate(columns) if _says_something(name, [row[place] for row in rows])]
        return {
            "headers": [words[f"column_{columns[place]}"] for place in told],
            "data": [[_cell(columns[place], row[place], words["code"]) for place in told] for row in rows],
        }

    def select(self, matches: _Matches, event: gr.SelectData, request: gr.Request) -> list[Any]:
        """Open a row of the page."""
        place = int(event.index[0])
        if place < len(matches.page_rows):
            matches = replace(matches, place=replace(matches.place, row=int(matches.page_rows[place])))
        return [matches, self._detail(matches, words_of(request)), matches.place.link]

    def _detail(self, matches: _Matches, words: Words) -> str:
        """The opened row: its problem, and its answers side by side."""
        row, store = matches.place.row, self.runs.open(matches.place.run)
        if row is None or row >= store.traces:
            return ""
        traces = store.together(row)
        blocks = [_trace_block(trace, words) for trace in traces]
        card = ""
        if problem := store.problem(traces[0].problem_id):
            card = problem_card(problem, words, gold=True)
            blocks = [block + markdown_link(problem, trace, words) for trace, block in zip(traces, blocks, strict=True)]
        return card + '<div class="beside-each-other">' + "".join(f"<div>{each}</div>" for each in blocks) + "</div>"

    def address(self, matches: _Matches | None) -> Any:
        """The address of what the tab shows, when it is turned to."""
        return gr.skip() if matches is None else matches.place.link

    def export(self, matches: _Matches, request: gr.Request) -> Any:
        """A file of the matches; the button says how many of them are in it."""
        with errors_on_page():
            tables = self.runs.open(matches.place.run).tables(matches.rows)
            path, rows = self.exports.write(str(request.session_hash), tables)
        return gr.DownloadButton(f"Parquet ({rows:,} / {len(matches.rows):,})", value=str(path), visible=True)

    def forget(self, request: gr.Request) -> None:
        self.exports.forget(str(request.session_hash))


def _says_something(column: str, values: list[Any]) -> bool:
    return column in ("problem", "verdict") or (
        any(value not in (None, NO_REASON) for value in values) and (column != "sample" or any(values))
    )


def _cell(column: str, value: Any, language: str) -> Any:
    if column == "sample":
        return value + 1
    return names.facet(column, value, language) if isinstance(value, str) else value


def _trace_block(trace: Trace, words: Words) -> str:
    verdict = trace.verdict
    told = [f"<b>{html.escape(names.answerer(trace.teacher, words['code']))}</b>"]
    told += [f"{words['sample']} {trace.sample + 1}"] * (trace.sample > 0)
    told += [f"{trace.completion_tokens:,} {words['tokens']}"] if trace.completion_tokens else []
    told += [] if trace.seconds is None else [f"{trace.seconds:.1f} {words['seconds']}"]
    told += [words["cut_off"]] * (trace.finish_reason == "length")
    badge = f"<p>{verdict_badge(verdict, words)}</p>" if verdict else ""
    thoughts = ""
    if trace.reasoning:
        length = f'<span class="note">{len(trace.reasoning):,} {words["characters"]}</span>'
        thoughts = f"<summary>{words['thought']} {length}</summary>{text_block(trace.reasoning)}"
        thoughts = f'<details class="thoughts" open>{thoughts}</details>'
    steps = "".join(_step(step, words) for step in verdict.steps) if verdict else ""
    claims = f'<details class="claims"><summary>{words["claims"]}</summary><ol>{steps}</ol></details>' if steps else ""
    return (
        f'<p class="status">{" · ".join(told)}</p>{badge}'
        f'<div class="steps">{thoughts}{text_block(trace.response)}{claims}</div>'
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
