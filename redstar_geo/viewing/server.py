"""How the app is served: who can reach it, how much may be sent, and what the page may load."""

from __future__ import annotations

from importlib.resources import as_file, files

import gradio as gr
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from redstar_geo.errors import InputError
from redstar_geo.viewing.uploads import MOST_BYTES
from redstar_geo.viewing.words import LABELS

_QUEUE, _SESSIONS = 64, 200
_CLEANED_S = 3_600
_NAME = "redstar"
_MOST_SENT = MOST_BYTES + (1 << 20)  # a picture and what goes with it
_FONTS = ("system-ui", "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "Noto Sans SC", "WenQuanYi Micro Hei")
_POLICY = (  # nothing from outside; Gradio's own page needs inline scripts and styles
    b"default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:; style-src 'self' 'unsafe-inline'; "
    b"img-src 'self' data: blob:; media-src 'self' data: blob:; font-src 'self' data:; connect-src 'self' data: blob:; "
    b"worker-src 'self' blob:; frame-src 'self'; object-src 'none'; base-uri 'self'; form-action 'self'"
)


def page_of(title: str) -> tuple[gr.Blocks, gr.I18n]:
    """An empty page without telemetry, and its labels in English and Chinese."""
    page = gr.Blocks(title=title, analytics_enabled=False, delete_cache=(_CLEANED_S, _CLEANED_S))
    return page, gr.I18n(**LABELS)


def launch(page: gr.Blocks, t: gr.I18n, *, host: str, port: int, password: str | None, block: bool) -> str:
    """Serve the page; its address.

    Raises:
        InputError: the port is taken.
    """
    page.queue(max_size=_QUEUE)
    with as_file(files("redstar_geo.viewing") / "page.css") as css:
        style = css.read_text(encoding="utf-8")
    try:
        _, address, _ = page.launch(
            server_name=host,
            server_port=port,
            auth=(_NAME, password) if password else None,
            share=False,
            quiet=True,
            show_error=False,
            prevent_thread_lock=not block,
            max_file_size=MOST_BYTES,
            state_session_capacity=_SESSIONS,
            theme=gr.themes.Default(font=[*_FONTS, "sans-serif"], font_mono=["ui-monospace", "monospace"]),
            css=style,
            i18n=t,
            footer_links=["api", "settings"],
            ssr_mode=False,
            enable_monitoring=False,
            app_kwargs={"middleware": [Middleware(_Walls)]},
        )
    except OSError as error:
        raise InputError(f"The app cannot listen on {host}:{port} ({error}). Choose another --port.") from None
    return address


class _Walls:
    """Refuses what is too large before it is read, and tells the browser to load nothing from elsewhere."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        length = dict(scope["headers"]).get(b"content-length", b"0")
        chunked = any(name == b"transfer-encoding" for name, _ in scope["headers"])
        if chunked or not length.isdigit() or int(length) > _MOST_SENT:
            await send({"type": "http.response.start", "status": 413, "headers": [(b"content-length", b"0")]})
            await send({"type": "http.response.body", "body": b""})
            return

        async def walled(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [
                    *message["headers"],
                    (b"content-security-policy", _POLICY),
                    (b"x-content-type-options", b"nosniff"),
                    (b"referrer-policy", b"no-referrer"),
                ]
            await send(message)

        await self.app(scope, receive, walled)
