"""Reports: the HTML files that stages and comparisons wrote into a run folder, each behind a wall of its own."""

from __future__ import annotations

import html
from pathlib import Path

import gradio as gr

from redstar_geo.viewing.wiring import html_piece, private

_LARGEST = 64 << 20
_DEEPEST = 2  # folders below the run


def reports_of(folder: Path) -> dict[str, Path]:
    """The reports by their place in the folder; links are not followed, since they may lead out of it."""
    folder = folder.resolve()
    paths = [path for depth in range(_DEEPEST + 1) for path in sorted(folder.glob("*/" * depth + "*.html"))]
    return {str(path.relative_to(folder)): path for path in paths if _is_report(path)}


def _is_report(path: Path) -> bool:
    return path == path.resolve() and path.is_file() and path.stat().st_size <= _LARGEST


def reports_tab(folder: Path, t: gr.I18n, page: gr.Blocks) -> None:
    """A list to choose from, and the chosen one, the first to begin with."""
    reports = reports_of(folder)
    if not reports:
        gr.Markdown(t("no_reports"), elem_id="no-reports")
        return
    which = gr.Dropdown(list(reports), value=next(iter(reports)), label=t("open"), elem_id="report")
    report = html_piece(elem_id="report-shown")

    def opened(name: str | None) -> str:
        path = reports.get(name or "")
        if path is None:
            return ""
        if not _is_report(path):  # since the page was made
            return ""
        text = html.escape(path.read_text(encoding="utf-8", errors="replace"), quote=True)
        return f'<iframe class="report" sandbox="" title="{html.escape(path.name)}" srcdoc="{text}"></iframe>'

    private(which.change, opened, which, report)
    private(page.load, opened, which, report)
