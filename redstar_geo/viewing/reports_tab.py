"""Reports: the HTML files that stages and comparisons wrote into a run folder, each behind a wall of its own."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

import gradio as gr

from redstar_geo.viewing.address import Asked, asked_by, asked_of, tab_of, text_of
from redstar_geo.viewing.wiring import html_piece, private

_LARGEST = 64 << 20
_DEEPEST = 2  # folders below the run
_HEAD = 4_096  # characters in which the title stands
_TITLE = re.compile(r"<title>([^<]{1,200})</title>", re.IGNORECASE)


def reports_of(folder: Path) -> dict[str, Path]:
    """The reports by their place in the folder; links are not followed, since they may lead out of it."""
    folder = folder.resolve()
    paths = [path for depth in range(_DEEPEST + 1) for path in sorted(folder.glob("*/" * depth + "*.html"))]
    return {str(path.relative_to(folder)): path for path in paths if _is_report(path)}


def _is_report(path: Path) -> bool:
    return path == path.resolve() and path.is_file() and path.stat().st_size <= _LARGEST


def titles(reports: Mapping[str, Path]) -> list[tuple[str, str]]:
    """What a person chooses from: each report by what it is and where, and its place in the folder."""
    return [(_title(path, name), name) for name, path in reports.items()]


def _title(path: Path, name: str) -> str:
    with path.open(encoding="utf-8", errors="replace") as file:
        match = _TITLE.search(file.read(_HEAD))
    return f"{html.unescape(match[1]).strip()} ({name})" if match else name


def reports_tab(folder: Path, t: gr.I18n, page: gr.Blocks, opened: gr.Tab, address: gr.HTML) -> None:
    """A list of what there is when the page is loaded, and the chosen one, the first to begin with."""
    none = gr.Markdown(t("no_reports"), visible=False, elem_id="no-reports")
    which = gr.Dropdown([], label=t("open"), visible=False, elem_id="report")
    report = html_piece(elem_id="report-shown")

    def shown(name: str | None) -> str:
        path = reports_of(folder).get(name or "")
        if path is None:
            return ""
        text = html.escape(path.read_text(encoding="utf-8", errors="replace"), quote=True)
        return f'<iframe class="report" sandbox="" title="{html.escape(path.name)}" srcdoc="{text}"></iframe>'

    def begun(request: gr.Request) -> list[Any]:
        return named(asked_of(request))

    def named(asked: Asked) -> list[Any]:
        reports, name = reports_of(folder), text_of(asked, "report", 400)
        name = name if name in reports else next(iter(reports), "")
        chosen = gr.Dropdown(choices=titles(reports), value=name or None, visible=bool(reports))
        return [gr.Markdown(visible=not reports), chosen, shown(name)]

    def went(event: gr.EventData) -> list[Any]:
        asked = asked_by(event)
        return named(asked) if tab_of(asked) == "reports" else [gr.skip()] * 3

    def link(name: str | None) -> Any:  # before the list is there the address says what is to be chosen
        return f"?tab=reports&report={quote(name)}" if name else gr.skip()

    private(which.input, shown, which, report).then(link, which, address, api_visibility="private")
    private(opened.select, link, which, address, show_progress="hidden")
    private(page.load, begun, None, [none, which, report])
    private(address.went, went, None, [none, which, report], show_progress="hidden")
