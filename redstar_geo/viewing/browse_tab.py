"""Browse: the traces of a run by verdict, reason, source, difficulty and length, with problem and steps."""

from __future__ import annotations

import html
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import gradio as gr
import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray

from redstar_geo.difficulty.scale import HIGHEST
from redstar_geo.records import SCHEMAS, StepVerdict, Trace
from redstar_geo.viewing.answer_view import html_piece
from redstar_geo.viewing.cards import markdown_link, problem_card, text_block, verdict_badge
from redstar_geo.viewing.question_picker import private
from redstar_geo.viewing.service import words_of
from redstar_geo.viewing.text import to_html
from redstar_geo.viewing.trace_store import FACETS, Query, TraceStore
from redstar_geo.viewing.words import Words

_ROWS = 20
_BARS = 12
_COLUMNS = ("problem", "sample", "verdict", "reason", "filtered", "selected", "source", "difficulty", "length")
_MOST_LENGTH = 1_000_000


@dataclass(frozen=True)
class _Found:
    """What a visitor's last query found, and where the page stands."""

    rows: NDArray[np.int64]
    page: int = 0

    @property
    def shown(self) -> NDArray[np.int64]:
        return self.rows[self.page * _ROWS : (self.page + 1) * _ROWS]

    def turned(self, by: int) -> _Found:
        last = max(0, (len(self.rows) - 1) // _ROWS)
        return _Found(self.rows, min(last, max(0, self.page + by)))


def browse_tab(store: TraceStore, t: gr.I18n, page: gr.Blocks) -> None:
    """Lay the tab out and wire it."""
    tab = _BrowseTab(store)
    inputs: list[Any] = []
    with gr.Accordion(t("apply"), open=True):
        with gr.Row():
            for facet in FACETS:
                inputs.append(gr.Dropdown([], multiselect=True, label=t(facet), min_width=150, elem_id=f"by-{facet}"))
        with gr.Row():
            inputs.append(gr.Number(None, label=t("least_difficulty"), min_width=100))
            inputs.append(gr.Number(None, label=t("most_difficulty"), min_width=100))
            inputs.append(gr.Number(None, label=t("least_length"), min_width=100))
            inputs.append(gr.Number(None, label=t("most_length"), min_width=100))
            inputs.append(gr.Textbox(label=t("search"), max_length=200, min_width=200, elem_id="search"))
        apply = gr.Button(t("apply"), variant="primary", elem_id="apply")
    count = html_piece(elem_id="count")
    table = gr.Dataframe(headers=list(_COLUMNS), interactive=False, wrap=False, elem_id="traces", buttons=[])
    with gr.Row():
        previous = gr.Button(t("previous"), elem_id="previous", min_width=80)
        following = gr.Button(t("next"), elem_id="next", min_width=80)
        export = gr.Button(t("export"), elem_id="export", min_width=80)
        file = gr.DownloadButton("Parquet", visible=False, elem_id="export-file", min_width=80)
    detail = html_piece(elem_id="detail")
    with gr.Accordion(t("reasons"), open=True):
        reasons = html_piece(elem_id="reasons")
    found = gr.State(None)
    outputs = [found, count, table, reasons]
    private(page.load, tab.facets, None, inputs[: len(FACETS)]).then(
        tab.filter, inputs, outputs, api_visibility="private"
    )
    private(apply.click, tab.filter, inputs, outputs)
    private(inputs[-1].submit, tab.filter, inputs, outputs)
    private(previous.click, tab.previous, found, [found, count, table])
    private(following.click, tab.following, found, [found, count, table])
    private(table.select, tab.detail, found, detail)
    private(export.click, tab.export, found, file)
    page.unload(tab.forget)


class _BrowseTab:
    def __init__(self, store: TraceStore) -> None:
        self.store = store
        self.scratch = TemporaryDirectory(prefix="redstar-geo-export-")

    def facets(self) -> list[Any]:
        return [gr.Dropdown(choices=self.store.values(facet)) for facet in FACETS]

    def filter(self, *asked: Any) -> list[Any]:
        """The first page of what matches. The request is the last argument, as Gradio gives it."""
        *facets, low, high, shortest, longest, search = asked
        verdict, reason, filtered, selected, source = (tuple(facet or ()) for facet in facets)
        levels = (float(low or 0), float(high or HIGHEST)) if low or high else None
        lengths = (int(shortest or 0), int(longest or _MOST_LENGTH)) if shortest or longest else None
        query = Query(verdict, reason, filtered, selected, source, levels, lengths, search or "")
        found = _Found(self.store.find(query))
        return [*self._page(found), _bars(self.store.reasons(found.rows))]

    def previous(self, found: _Found) -> list[Any]:
        return self._page(found.turned(-1))

    def following(self, found: _Found) -> list[Any]:
        return self._page(found.turned(+1))

    def _page(self, found: _Found) -> list[Any]:
        first = found.page * _ROWS
        last = first + len(found.shown)
        told = f"<p>{first + 1:,} – {last:,} / {len(found.rows):,} / {self.store.traces:,}</p>" if last else "<p>0</p>"
        return [found, told, self.store.rows(found.shown, _COLUMNS)]

    def detail(self, found: _Found, event: gr.SelectData, request: gr.Request) -> str:
        place = int(event.index[0])
        if place >= len(found.shown):
            return ""
        words = words_of(request)
        trace = self.store.trace(int(found.shown[place]))
        problem = self.store.problem(trace.problem_id)
        shown = (
            "" if problem is None else problem_card(problem, words, gold=True) + markdown_link(problem, trace, words)
        )
        return shown + _told(trace, words)

    def export(self, found: _Found, request: gr.Request) -> Any:
        target = self._export_of(request)
        with pq.ParquetWriter(target, SCHEMAS[Trace], compression="zstd") as writer:
            for part in self.store.tables(found.rows):
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
