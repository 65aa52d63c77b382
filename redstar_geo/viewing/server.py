"""How the app is served: where it listens, who is let in, and what stands before it."""

from __future__ import annotations

import socket
import threading
from collections.abc import Sequence
from importlib.resources import as_file, files
from pathlib import Path

import gradio as gr
import uvicorn
from fastapi import FastAPI
from fastapi.responses import FileResponse
from gradio.utils import get_upload_folder

from redstar_geo.errors import InputError, RedStarError
from redstar_geo.report.page import CHINESE_FONT
from redstar_geo.viewing.connections import BoundedProtocol
from redstar_geo.viewing.fair_queue import FairQueue, Leave
from redstar_geo.viewing.guard import FONT, Guard
from redstar_geo.viewing.upload_folder import UploadFolder
from redstar_geo.viewing.uploads import MOST_BYTES
from redstar_geo.viewing.words import LABELS

_SESSIONS = 1_000
_CLEANED_S, _KEPT_S = 600, 3_600  # how often files are looked through, and how old they become
_STARTED_S, _ENDED_S = 30.0, 2
_FONT_CAME = """() => {
    const came = () => {
        if ([...document.fonts].some(font => font.status === "loaded")) document.documentElement.dataset.font = "came";
    };
    came();
    document.fonts.addEventListener("loadingdone", came);
}"""
_NAME = "redstar"
_SHADES = ("c50", *(f"c{shade}" for shade in range(100, 1000, 100)), "c950")
_ACCENT = (
    *("#f0f4ff", "#dfe7ff", "#c3d1ff", "#93adff", "#6b8cf5", "#4667da", "#2f55c8", "#2747a8", "#213b87", "#1c3068"),
    "#121e42",
)
_FONTS = (
    "system-ui",
    "PingFang SC",
    "Microsoft YaHei",
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "WenQuanYi Micro Hei",
    "RedStar CJK",
)


def page_of(title: str, on_leave: Leave | None = None) -> tuple[gr.Blocks, gr.I18n]:
    """An empty page without telemetry, and its labels in English and Chinese.

    Args:
        on_leave: called with the session of a visitor who went away while something was done for them.
    """
    page = gr.Blocks(title=title, analytics_enabled=False, delete_cache=(_CLEANED_S, _KEPT_S))
    page._queue = FairQueue(page, on_leave)
    return page, gr.I18n(**LABELS)


def launch(
    page: gr.Blocks,
    t: gr.I18n,
    *,
    host: str,
    port: int,
    password: str | None,
    block: bool,
    allowed_hosts: Sequence[str] = (),
    behind_proxy: str | None = None,
    framed_by: Sequence[str] = (),
) -> str:
    """Serve the page; its address.

    Args:
        password: asked from visitors, with the name `redstar`.
        allowed_hosts: names that it is served under, besides `host`, those of this machine, and the address that a
            visitor reached it at; any other `Host` is refused, as DNS rebinding sends it.
        behind_proxy: address or network of a reverse proxy; what it says of its visitors' addresses is believed.
        framed_by: origins whose pages may show the app in a frame.

    Raises:
        InputError: the port is taken.
    """
    listening = _listen(host, port)
    guard = Guard(_app(page, t, password), UploadFolder(Path(get_upload_folder())), host, allowed_hosts, framed_by)
    server = uvicorn.Server(_config(guard, behind_proxy))
    name = "localhost" if host in ("0.0.0.0", "::") else f"[{host}]" if ":" in host else host
    address = f"http://{name}:{listening.getsockname()[1]}/"
    if block:
        server.run([listening])
        return address
    threading.Thread(target=server.run, args=[[listening]], daemon=True).start()
    waiting = threading.Event()
    for _ in range(int(_STARTED_S * 100)):
        if server.started:
            return address
        waiting.wait(0.01)
    raise RedStarError(f"The app did not start within {_STARTED_S:g} s.")


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=2_048)
    except OSError as error:
        raise InputError(
            f"The app cannot listen on {host}:{port} ({error}). Choose another --port or --host."
        ) from None


def _config(app: Guard, behind_proxy: str | None) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=BoundedProtocol,
        ws="none",
        log_level="warning",
        server_header=False,
        proxy_headers=behind_proxy is not None,
        forwarded_allow_ips=behind_proxy,
        timeout_keep_alive=5,
        timeout_graceful_shutdown=_ENDED_S,
    )


def _font() -> FileResponse:
    """Chinese characters, which a browser asks for where the system has none."""
    return FileResponse(CHINESE_FONT, media_type="font/woff2", headers={"cache-control": "public, max-age=604800"})


def _theme() -> gr.themes.Base:
    """Gradio's plain theme in the page's one accent colour, with the fonts that a system has."""
    accent = {name: colour for name, colour in zip(_SHADES, _ACCENT, strict=True)}
    return gr.themes.Base(
        primary_hue=gr.themes.Color(**accent),
        neutral_hue="slate",
        font=[*_FONTS, "sans-serif"],
        font_mono=["ui-monospace", "monospace"],
    ).set(
        body_background_fill_dark="#121419",
        background_fill_primary_dark="#121419",
        block_background_fill_dark="#121419",
        border_color_primary_dark="#353a45",
        input_background_fill="white",
        input_background_fill_dark="#1b1e25",
        input_border_width="1px",
        input_border_color="#c9ced8",
        input_border_color_dark="#4a5160",
        button_secondary_background_fill="white",
        button_secondary_background_fill_dark="#1b1e25",
        button_secondary_border_color="#c9ced8",
        button_secondary_border_color_dark="#4a5160",
        button_border_width="1px",
        button_primary_background_fill="*primary_600",
        button_primary_background_fill_hover="*primary_700",
        button_primary_background_fill_dark="*primary_600",
        button_primary_background_fill_hover_dark="*primary_500",
        button_primary_text_color="white",
    )


def _app(page: gr.Blocks, t: gr.I18n, password: str | None) -> FastAPI:
    with as_file(files("redstar_geo.viewing") / "page.css") as css:
        style = css.read_text(encoding="utf-8")
    page.state_session_capacity = _SESSIONS
    page.api_open = False  # a call may not go around the queue
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    app.add_api_route(FONT, _font)
    return gr.mount_gradio_app(
        app,
        page,
        path="/",
        auth=(_NAME, password) if password else None,
        show_error=False,
        max_file_size=MOST_BYTES,
        theme=_theme(),
        css=style,
        js=_FONT_CAME,
        i18n=t,
        footer_links=["api", "settings"],
        run_history=False,
        ssr_mode=False,
        enable_monitoring=False,
        mcp_server=False,
    )
