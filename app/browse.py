"""Look at runs and evaluations alone, without anybody who answers: `python -m redstar_geo.app.browse runs/NAME`."""

from __future__ import annotations

import sys
from pathlib import Path

import gradio as gr

from redstar_geo.errors import InputError
from redstar_geo.viewing.address import address_piece, follow_tabs
from redstar_geo.viewing.browse_tab import browse_tab
from redstar_geo.viewing.reports_tab import reports_tab
from redstar_geo.viewing.runs import Runs
from redstar_geo.viewing.server import launch, page_of


def main(
    run: Path, *, host: str = "127.0.0.1", port: int = 7860, password: str | None = None, block: bool = True
) -> str:
    """Start the browser of a run and return its address; with `block`, only when it is ended.

    Raises:
        InputError: there is nothing to browse in it.
    """
    runs = Runs(run)
    page, t = page_of(f"RedStar-Geo · {run.name}")
    with page:
        address = address_piece()
        with gr.Tabs() as tabs:
            with gr.Tab(t("browse"), id="browse", elem_id="tab-browse") as browse:
                browse_tab(runs, t, page, browse, address)
            with gr.Tab(t("reports"), id="reports", elem_id="tab-reports") as reports:
                reports_tab(run, t, page, reports, address)
        follow_tabs(page, tabs, address, "browse")
    return launch(page, t, host=host, port=port, password=password, block=block)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("Usage: python -m redstar_geo.app.browse runs/NAME")
    try:
        main(Path(sys.argv[1]))
    except InputError as error:
        sys.exit(f"Error: {error}")
