"""A trace whose every claim is judged, as one piece of a page: the text, the figure, and the claims with their reasons.

Pointing at a claim, or reaching it with the keyboard, lights up what it speaks of in the figure. That is done by style
sheet alone, so that the piece holds no script.
"""

from __future__ import annotations

import html
from collections.abc import Iterator, Sequence

from redstar_geo.geometry.claims import Claim, Decision, Judged
from redstar_geo.geometry.figure import Figure
from redstar_geo.viewing.diagram import svg
from redstar_geo.viewing.text import Marked, excerpt, to_html
from redstar_geo.viewing.words import Words

_WORST_FIRST = ("false", "withdrawn", "unproven", "true")
_MOST = 400  # claims that are shown of one trace
Asserted = Sequence[tuple[Claim, Decision]]


def asserted(judged: Judged) -> Asserted:
    """The claims that a text stands by, in order."""
    return [(claim, decision) for claim, decision in judged.claims if claim.standing == "asserted"][:_MOST]


def steps_panel(text: str, claims: Asserted, figures: Sequence[Figure], words: Words) -> str:
    """The whole panel; without a figure (its givens could not be fitted) nothing lights up."""
    shown = [figure for figure in figures[:1] if figure.segments]
    drawn = "".join(svg(figure, [claim.statement for claim, _ in claims]) for figure in shown)
    tally = {status: sum(decision.status == status for _, decision in claims) for status in _WORST_FIRST}
    counts = " · ".join(
        f'<span class="verdict {status}">{tally[status]} {words[status]}</span>' for status in reversed(_WORST_FIRST)
    )
    rows = "".join(_row(text, number, claim, decision, words) for number, (claim, decision) in enumerate(claims))
    hint = "point_at" if drawn else "no_figure"
    return (
        f'<div class="steps"><style>{_light(len(claims))}</style><p>{counts}</p><div class="two">'
        f'<div class="told">{to_html(text, list(_marks(claims)))}</div>'
        f'<div class="beside">{drawn}<p class="note">{words[hint]}</p></div></div>'
        f'<details class="claims" open><summary>{words["claims"]}</summary><ol>{rows}</ol></details></div>'
    )


def _row(text: str, number: int, claim: Claim, decision: Decision, words: Words) -> str:
    return (
        f'<li tabindex="0" class="claim {decision.status}" data-claims="{number}">'
        f'<span class="verdict {decision.status}">{words[decision.status]}</span> '
        f"<span>{excerpt(text, claim.start, claim.end)}</span> "
        f'<span class="note">{html.escape(decision.reason)}</span></li>'
    )


def _light(claims: int) -> str:
    """While a claim is pointed at or has the focus, its group in the figure is seen."""
    return "".join(
        f'.steps:has([data-claims~="{i}"]:is(:hover,:focus)) .lit-{i}{{visibility:visible!important}}'
        for i in range(claims)
    )


def _marks(claims: Asserted) -> Iterator[Marked]:
    """Claims that share words (a = b = c is two) make one mark, as bad as the worst of them."""
    open_mark: Marked | None = None
    for number, (claim, decision) in enumerate(claims):
        if open_mark is not None and claim.start < open_mark.end:
            worst = min(open_mark.status, decision.status, key=_WORST_FIRST.index)
            end = max(open_mark.end, claim.end)
            open_mark = Marked(open_mark.start, end, worst, (*open_mark.numbers, number))
            continue
        if open_mark is not None:
            yield open_mark
        open_mark = Marked(claim.start, claim.end, decision.status, (number,))
    if open_mark is not None:
        yield open_mark
