"""An answer whose every claim is judged, as one piece of a page: its text once, the figure, and why each claim holds.

Pointing at a claim lights up what it speaks of in the figure; a click or the tab key also shows the reason. Style
sheets do that alone, so that the piece holds no script.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from redstar_geo.geometry.claims import Claim, Decision, Judged
from redstar_geo.geometry.figure import Figure
from redstar_geo.report import names
from redstar_geo.report.text import Marked, excerpt, to_html
from redstar_geo.viewing.diagram import svg
from redstar_geo.viewing.words import Words

_WORST_FIRST = ("false", "withdrawn", "unproven", "true")
_MOST = 400  # claims that are shown of one answer
Asserted = Sequence[tuple[Claim, Decision]]


def asserted(judged: Judged) -> Asserted:
    """The claims that a text stands by, in order."""
    return [(claim, decision) for claim, decision in judged.claims if claim.standing == "asserted"][:_MOST]


def steps_panel(
    parts: tuple[str, str],
    claims: Asserted,
    figures: Sequence[Figure],
    words: Words,
    steps: Mapping[int, str] | None = None,
) -> str:
    """The whole panel; without a figure (its givens could not be fitted) nothing lights up.

    Args:
        parts: thoughts and response; `claims` count their characters in both together, a line apart.
        steps: the steps of the proof in words, by their number.
    """
    text = "\n".join(parts).strip()
    shown = [figure for figure in figures[:1] if figure.segments]
    drawn = "".join(svg(figure, [claim.statement for claim, _ in claims]) for figure in shown)
    marks = list(_marks(claims))
    reasons = "".join(_why(text, mark, claims, words, steps or {}) for mark in marks)
    hint = words["point_at"] if drawn else words["point_at_text"]
    return (
        f'<div class="steps"><style>{_shown_by_focus(marks, len(claims))}</style>'
        f'<h3>{words["trust"]}</h3>{_tally(claims, words)}<div class="two"><div>{_texts(parts, marks, words)}</div>'
        f'<div class="beside">{drawn}<div class="whys"><p class="hint">{hint}</p>{reasons}</div></div></div></div>'
    )


def told(parts: tuple[str, str], words: Words) -> str:
    """Thoughts and response without any judgement."""
    return f'<div class="steps">{_texts(parts, [], words)}</div>'


def _texts(parts: tuple[str, str], marks: Sequence[Marked], words: Words) -> str:
    thought, response = parts
    start = len(thought) + 1 if thought else 0
    of_thought = [mark for mark in marks if mark.end <= len(thought)]
    of_response = [_moved(mark, start) for mark in marks if mark.end > len(thought)]
    folded = ""
    if thought:
        count = f"{len(thought):,} {words['characters']}"
        folded = (
            f'<details class="thoughts" open><summary>{words["thought"]} <span class="note">{count}</span></summary>'
            f'<div class="told scrolls" tabindex="0">{to_html(thought, of_thought)}</div></details>'
        )
    return folded + (f'<div class="told response">{to_html(response, of_response)}</div>' if response else "")


def _moved(mark: Marked, start: int) -> Marked:
    return Marked(max(0, mark.start - start), mark.end - start, mark.status, mark.numbers)


def _tally(claims: Asserted, words: Words) -> str:
    """How many claims there are of each kind; a kind that there is none of is left out."""
    found = {status: sum(decision.status == status for _, decision in claims) for status in reversed(_WORST_FIRST)}
    kinds = (
        f'<span class="verdict {status}">{count} {words[f"{status}_many"]}</span>'
        for status, count in found.items()
        if count
    )
    if not claims:
        return f'<p class="tally note">{words["no_claims"]}</p>'
    return f'<p class="tally"><span class="note">{words["checked"].format(len(claims))}</span> {" ".join(kinds)}</p>'


def _why(text: str, mark: Marked, claims: Asserted, words: Words, steps: Mapping[int, str]) -> str:
    """What is decided of each claim of a mark, and why."""
    rows = []
    for number in mark.numbers:
        claim, decision = claims[number]
        reason = f"{decision.was}{', mended' * decision.mended}: {decision.reason}" if decision.was else decision.reason
        rows.append(
            f'<p><span class="verdict {decision.status}">{names.status(decision.status, words["code"])}</span> '
            f'<span class="said">{excerpt(text, claim.start, claim.end)}</span></p>'
            f"<p>{to_html(names.why(decision.status, reason, words['code'], steps))}</p>"
        )
    return f'<div class="why why-{mark.numbers[0]}" role="status">{"".join(rows)}</div>'


def _shown_by_focus(marks: Sequence[Marked], claims: int) -> str:
    """While a claim is pointed at or has the focus its group in the figure is seen; with the focus its reason too."""
    lit = "".join(
        f'.steps:has([data-claims~="{i}"]:is(:hover,:focus)) .lit-{i}{{visibility:visible!important}}'
        for i in range(claims)
    )
    return lit + "".join(
        f'.steps:has([data-claims~="{i}"]:focus) .why-{i}{{display:block!important}}'
        for i in (mark.numbers[0] for mark in marks)
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
