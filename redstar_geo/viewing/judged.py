"""An answer whose every claim is judged, as one piece of a page: its text once, the figure, and why each claim holds.

Pointing at a claim lights up what it speaks of in the figure; a click or the tab key also shows the reason. Style
sheets do that alone, so that the piece holds no script.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from redstar_geo.geometry.claims import Claim, Decision, Judged
from redstar_geo.geometry.figure import Figure
from redstar_geo.report import names
from redstar_geo.report.text import WORST_FIRST, Marked, excerpt, merged, to_html
from redstar_geo.viewing.diagram import svg
from redstar_geo.viewing.words import Words

_MOST = 400  # claims that are underlined in one answer
Parts = tuple[str, str]  # thoughts and response
Asserted = Sequence[tuple[Claim, Decision]]


def asserted(judged: Judged) -> Asserted:
    """The claims that a text stands by, in order."""
    return [(claim, decision) for claim, decision in judged.claims if claim.standing == "asserted"]


def whole(parts: Parts) -> str:
    """The text whose characters claims count."""
    return "\n".join(filter(None, parts))


def steps_panel(
    parts: Parts,
    claims: Asserted,
    figures: Sequence[Figure],
    words: Words,
    steps: Mapping[int, str] | None = None,
) -> str:
    """The whole panel; without a figure (its givens could not be fitted) nothing lights up.

    Args:
        parts: thoughts and response, of which `claims` count the characters as `whole` joins them.
        steps: the steps of the proof in words, by their number.
    """
    tally, claims = _tally(claims, words), claims[:_MOST]
    drawn = "".join(svg(each, [claim.statement for claim, _ in claims]) for each in figures[:1] if each.segments)
    thought, response = _marks(parts, claims)
    marks = [*thought, *response]
    reasons = "".join(_why(whole(parts), mark, claims, words, steps or {}) for mark in marks)
    hint = words["point_at"] if drawn else words["point_at_text"]
    return (
        f'<div class="steps"><style>{_shown_by_focus(marks, len(claims))}</style>'
        f'<h3>{words["trust"]}</h3>{tally}<div class="two"><div>{_texts(parts, (thought, response), words)}</div>'
        f'<div class="beside">{drawn}<div class="whys"><p class="hint">{hint}</p>{reasons}</div></div></div></div>'
    )


def told(parts: Parts, words: Words) -> str:
    """Thoughts and response without any judgement."""
    return f'<div class="steps">{_texts(parts, ((), ()), words)}</div>'


def _texts(parts: Parts, marks: tuple[Sequence[Marked], Sequence[Marked]], words: Words) -> str:
    (thought, response), (of_thought, of_response) = parts, marks
    folded = ""
    if thought:
        count = f"{len(thought):,} {words['characters']}"
        folded = (
            f'<details class="thoughts" open><summary>{words["thought"]} <span class="note">{count}</span></summary>'
            f'<div class="told scrolls" tabindex="0">{to_html(thought, of_thought)}</div></details>'
        )
    return folded + (f'<div class="told response">{to_html(response, of_response)}</div>' if response else "")


def _marks(parts: Parts, claims: Asserted) -> tuple[list[Marked], list[Marked]]:
    """Where the claims stand in the thoughts and in the response; one that goes over both, in the response."""
    thought, response = parts
    start = len(thought) + 1 if thought else 0
    of_thought, of_response = list[Marked](), list[Marked]()
    for number, (claim, decision) in enumerate(claims):
        if claim.end <= len(thought):
            of_thought.append(Marked(claim.start, claim.end, decision.status, (number,)))
        else:
            first = max(0, claim.start - start)
            of_response.append(Marked(first, claim.end - start, decision.status, (number,)))
    return merged(thought, of_thought), merged(response, of_response)


def _tally(claims: Asserted, words: Words) -> str:
    """How many claims there are of each kind; a kind that there is none of is left out."""
    found = {status: sum(decision.status == status for _, decision in claims) for status in reversed(WORST_FIRST)}
    kinds = (
        f'<span class="verdict {status}">{count} {words[f"{status}_many"]}</span>'
        for status, count in found.items()
        if count
    )
    if not claims:
        return f'<p class="tally note">{words["no_claims"]}</p>'
    rest = f'<span class="note">{words["not_underlined"].format(_MOST)}</span>' if len(claims) > _MOST else ""
    checked = words["checked"].format(len(claims))
    return f'<p class="tally"><span class="note">{checked}</span> {" ".join(kinds)} {rest}</p>'


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
