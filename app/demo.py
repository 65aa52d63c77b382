"""`redstar-geo app`: ask a geometry question and watch the answer being found; look at a run.

Safe by default: loopback only, no sharing, no file of the server readable, nothing fetched from outside.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

import gradio as gr

from redstar_geo import extras
from redstar_geo.generation.address import ServerAddress
from redstar_geo.generation.events import first_model
from redstar_geo.generation.request import Streaming
from redstar_geo.generation.served import ServedStream
from redstar_geo.viewing.address import address_piece, follow_tabs, name_tab
from redstar_geo.viewing.answers_api import add_api
from redstar_geo.viewing.ask_tab import ask_tab
from redstar_geo.viewing.browse_tab import browse_tab
from redstar_geo.viewing.compare_tab import compare_tab
from redstar_geo.viewing.embedded import EmbeddedModel, shipped
from redstar_geo.viewing.formal_answers import FormalAnswers, Proofs
from redstar_geo.viewing.guard import LOCAL_NAMES
from redstar_geo.viewing.reading import WorkedOut
from redstar_geo.viewing.reports_tab import reports_tab
from redstar_geo.viewing.runs import Runs
from redstar_geo.viewing.server import launch, page_of
from redstar_geo.viewing.service import Service


def main(
    model: str | None = None,
    endpoint: str | None = None,
    run: Path | None = None,
    *,
    against: str | None = None,
    key_env: str | None = None,
    gdl: Path | None = None,
    host: str = "127.0.0.1",
    port: int = 7860,
    password: str | None = None,
    block: bool = True,
    allowed_hosts: Sequence[str] = (),
    behind_proxy: str | None = None,
    framed_by: Sequence[str] = (),
    own_servers: bool | None = None,
) -> str:
    """Start the app and return its address; with `block`, only when it is ended.

    Args:
        model: hub id or folder of a model to run in this process; the built-in teacher answers in any case.
        endpoint: an OpenAI-compatible server up to `/v1`; its first model is asked.
        run: folder of `redstar-geo data`, `eval` or `compare`, or of several such, to browse and to take problems from.
        against: a second model, to compare with (before and after tuning).
        key_env: environment variable with the endpoint's key.
        gdl: FormalGeo's folder of predicates and theorems, so that its problems have proofs.
        password: asked from visitors, with the name `redstar`.
        allowed_hosts, behind_proxy, framed_by: see `launch`.
        own_servers: whether visitors may type in the address of a server, which this machine then calls; by default
            only where the app is for this machine alone.

    Raises:
        InputError: a model, server or run cannot be used.
    """
    runs = Runs(run) if run else None
    proofs = Proofs(gdl or (runs.first.gdl if runs else None))
    answerers = [*_models(model, against), *_endpoint(endpoint, key_env), *_base(), *_formal(proofs)]
    if own_servers is None:
        own_servers = host in LOCAL_NAMES and not allowed_hosts and behind_proxy is None
    service = Service(answerers, proofs, runs, own_servers=own_servers)
    return launch(
        *build(service),
        host=host,
        port=port,
        password=password,
        block=block,
        allowed_hosts=allowed_hosts,
        behind_proxy=behind_proxy,
        framed_by=framed_by,
    )


def build(service: Service) -> tuple[gr.Blocks, gr.I18n]:
    """The page with all its tabs, and its labels."""
    page, t = page_of("RedStar-Geo", service.stop)
    with page:
        gr.Markdown(t("intro"), elem_id="intro")
        address = address_piece()
        with gr.Tabs() as tabs:
            with gr.Tab(t("ask"), id="ask", elem_id="tab-ask") as ask:
                composer = ask_tab(service, t, page)
            with gr.Tab(t("compare"), id="compare", elem_id="tab-compare") as compare:
                compare_tab(service, composer, t, page, compare)
            if service.runs is not None:
                with gr.Tab(t("browse"), id="browse", elem_id="tab-browse") as browse:
                    browse_tab(service.runs, t, page, browse, address)
                with gr.Tab(t("reports"), id="reports", elem_id="tab-reports") as reports:
                    reports_tab(service.runs.folder, t, page, reports, address)
        for tab in (ask, compare):
            name_tab(tab, composer.link, address)
        follow_tabs(page, tabs, address, "ask")
        page.unload(service.stop_of)
        add_api(service)
    return page, t


def _models(*names: str | None) -> list[Streaming]:
    if not any(names):
        return []
    from redstar_geo.generation.streamed import LocalStream  # brings torch along

    return [LocalStream(name) for name in names if name]


def _endpoint(url: str | None, key_env: str | None) -> list[Streaming]:
    if not url:
        return []
    server = ServerAddress(url=url, key_env=key_env)
    return [ServedStream(asyncio.run(first_model(server)), server)]


def _base() -> list[Streaming]:
    """The model that ships with the package, where what it needs is installed."""
    folder = shipped()
    return [EmbeddedModel(folder)] if folder is not None and not extras.missing("train") else []


def _formal(proofs: Proofs) -> list[Streaming]:
    return [FormalAnswers(proofs, "long"), FormalAnswers(proofs, "short"), WorkedOut(proofs)]
