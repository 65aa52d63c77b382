"""One self-contained HTML file: no script, no outside request, everything from a trace escaped."""

from __future__ import annotations

import base64
import io
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup
from matplotlib.figure import Figure

from redstar_geo.run import write_text

_TEMPLATES = Environment(
    loader=PackageLoader("redstar_geo.report", "."),
    autoescape=select_autoescape(default=True),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def write_page(path: Path, template: str, **context: Any) -> None:
    """Render `template` (a file of this package) to `path`, whole or not at all."""
    write_text(path, _TEMPLATES.get_template(template).render(context))


def picture(data: bytes) -> str:
    """A PNG as a data address for `src`."""
    return "data:image/png;base64," + base64.b64encode(data).decode()


def plot(figure: Figure) -> Markup:
    """A matplotlib figure as inline SVG that follows the page's text colour."""
    out = io.StringIO()
    figure.savefig(out, format="svg", bbox_inches="tight", transparent=True, metadata={"Date": None})
    svg = out.getvalue()
    return Markup(svg[svg.index("<svg") :])
