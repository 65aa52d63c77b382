"""A histogram as an SVG file, drawn without matplotlib, which a data run has no other use for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np

_WIDTH, _HEIGHT = 600, 270
_LEFT, _TOP, _RIGHT, _BOTTOM = 60, 26, 15, 45  # of the page outside the axes
_TICKS = 5
_STYLE = """<style>
.histogram { font: 11px sans-serif; fill: #5a606b; } .histogram .axes { fill: none; stroke: #5a606b; }
.histogram .red { fill: #b3261e; } .histogram .blue { fill: #2b6cb0; }
@media screen and (prefers-color-scheme: dark) {
  .histogram { fill: #a3a9b5; } .histogram .axes { stroke: #a3a9b5; }
  .histogram .red { fill: #ff8a80; } .histogram .blue { fill: #7fb2ee; }
}
</style>"""  # on a page, and as a picture on the hub


def histogram(
    values: Sequence[float], edges: int | Sequence[float], x: str, y: str, colour: Literal["red", "blue"]
) -> str:
    """The SVG of how many values fall into each bin; the same values give the same bytes.

    Args:
        edges: of the bins, or how many of one width.
        x, y: what the axes say.
    """
    counts, borders = np.histogram(values, edges)
    low, high, most = borders[0], borders[-1], max(1, counts.max())
    across, up = (_WIDTH - _LEFT - _RIGHT) / (high - low), (_HEIGHT - _TOP - _BOTTOM) / most
    floor = _HEIGHT - _BOTTOM
    bars = [
        f'<rect x="{_LEFT + (left - low) * across:.1f}" y="{floor - n * up:.1f}" '
        f'width="{max(1.0, (right - left) * across - 1):.1f}" height="{n * up:.1f}" class="{colour}"/>'
        for left, right, n in zip(borders, borders[1:], counts, strict=False)
        if n
    ]
    below = [_text(_LEFT + (tick - low) * across, floor + 16, f"{tick:,g}") for tick in _ticks(low, high)]
    beside = [_text(_LEFT - 6, floor - tick * up + 4, f"{tick:,g}", "end") for tick in _ticks(0, most)]
    axes = f'<path d="M{_LEFT} {_TOP}V{floor}H{_WIDTH - _RIGHT}" class="axes"/>'
    names = [_text((_LEFT + _WIDTH - _RIGHT) / 2, _HEIGHT - 8, x), _text(_LEFT, _TOP - 13, y)]
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" width="{_WIDTH}" class="histogram">'
    )
    return "\n".join([head, _STYLE, *bars, axes, *below, *beside, *names, "</svg>\n"])


def _ticks(low: float, high: float) -> list[float]:
    """Up to six round whole numbers from `low` to `high`."""
    rough = max(1.0, (high - low) / _TICKS)
    decade = 10 ** np.floor(np.log10(rough))
    step = next(factor * decade for factor in (1, 2, 5, 10) if factor * decade >= rough)
    return [float(tick) for tick in np.arange(np.ceil(low / step) * step, high + step / 1000, step)]


def _text(x: float, y: float, text: str, anchor: str = "middle") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{text}</text>'
