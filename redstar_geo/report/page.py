"""One self-contained HTML file: no script, no outside request, everything from a trace escaped."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from redstar_geo.report import shown
from redstar_geo.report.shown import picture as picture
from redstar_geo.report.shown import shortened as shortened
from redstar_geo.run import write_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_INK = {  # colours of plots → those of the page, which are others in the dark
    "#000000": "currentColor",
    "#b3261e": "var(--red)",
    "#2b6cb0": "var(--blue)",
    "#178a4c": "var(--green)",
    "#8a5a00": "var(--brown)",
    "#6b3fa0": "var(--violet)",
    "#c43c3c": "var(--red)",
    **dict.fromkeys(("#555555", "#888888"), "var(--grey)"),
}
CHINESE_FONT = Path(str(files("redstar_geo.report"))) / "fonts" / "NotoSansSC.woff2"
_CHINESE = re.compile("[\u4e00-\u9fff]")
_TEMPLATES = Environment(
    loader=PackageLoader("redstar_geo.report", "."),
    autoescape=select_autoescape(default=True),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_FILTERS = (shown.told, shown.said, shown.value, shown.word, shown.reason, shown.unbroken, shown.plain)
_TEMPLATES.filters.update({each.__name__: each for each in _FILTERS})


def write_page(path: Path, template: str, **context: Any) -> None:
    """Render `template` (a file of this package) to `path`, whole or not at all; Chinese comes with its characters."""
    page = _TEMPLATES.get_template(template).render(context)
    if _CHINESE.search(page):
        page = page.replace("</style>", f"{_font_face()}</style>", 1)
    write_text(path, page)


@cache
def _font_face() -> str:
    """A style that a browser turns to where the system has no font with Chinese characters; 0.8 MB."""
    font = base64.b64encode(CHINESE_FONT.read_bytes()).decode()
    return f'@font-face {{ font-family: "RedStar CJK"; src: url(data:font/woff2;base64,{font}) format("woff2"); }}\n'


def percent(share: float | None) -> str:
    """A share of 1 in per cent, a dash for none."""
    return "–" if share is None else f"{100 * share:.1f} %"


def interval(low: float | None, high: float | None) -> str:
    """An interval of shares in per cent, a dash for none."""
    return "–" if low is None or high is None else f"{percent(low)} – {percent(high)}"


def model_line(recipe: Mapping[str, Any]) -> str:
    """Which model a run is about, and where it is asked unless it runs here; empty where it has none."""
    served = ", asked at a server" if recipe.get("endpoint") else ""
    return f"Model: {recipe['model']}{served}" if recipe.get("model") else ""


def new_plot(width: float, height: float) -> tuple[Figure, Axes]:
    """A figure of so many inches, its axes without the lines above and to the right."""
    from matplotlib.figure import Figure  # an extra: pages without plots need none

    figure = Figure(figsize=(width, height))
    axes = figure.subplots()
    axes.spines[["top", "right"]].set_visible(False)
    return figure, axes


def plot(figure: Figure) -> Markup:
    """A matplotlib figure as inline SVG in the page's colours, light or dark; the same figure gives the same bytes."""
    from matplotlib import rc_context

    out = io.StringIO()
    with rc_context({"svg.hashsalt": "redstar-geo"}):  # else its ids are new ones each time
        figure.savefig(out, format="svg", bbox_inches="tight", transparent=True, metadata={"Date": None})
    svg = out.getvalue()
    for drawn, ink in _INK.items():
        svg = svg.replace(drawn, ink)
    return Markup(svg[svg.index("<svg") :])
