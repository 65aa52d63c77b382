"""Filters on traces: which ones are not trained on, each for a named reason (RedStar, arXiv 2501.11284, section 2).

The paper drops overly repeated text, wrong languages and answers in another format than asked for; truncated traces,
refusals and leaked prompts are dropped here too. The filters look at the text only; whether an answer is right, the
verifier says.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from redstar_geo.filters.format import check_format, check_truncation
from redstar_geo.filters.language import check_language
from redstar_geo.filters.leak import check_leak
from redstar_geo.filters.refusal import check_refusal
from redstar_geo.filters.rejection import Asked, Rejection
from redstar_geo.filters.repetition import check_repetition
from redstar_geo.records import Domain, Trace

__all__ = ["FILTERS", "Asked", "Filters", "Rejection", "reasons", "reject"]

FILTERS: dict[str, Callable[[Trace, Asked], Iterator[Rejection]]] = {  # cheap ones first
    "truncation": check_truncation,
    "refusal": check_refusal,
    "leak": check_leak,
    "format": check_format,
    "repetition": check_repetition,
    "language": check_language,
}


@dataclass(frozen=True)
class Filters:
    """`language`: the language every trace must be in (ISO 639-1), or None for that of its problem."""

    language: str | None = None


def reject(
    trace: Trace, *, question: str, language: str, domain: Domain = "math", settings: Filters = Filters()
) -> Rejection | None:
    """The first reason not to train on a trace, or None.

    Args:
        trace: reasoning and response without think tags.
        question: the problem as it was asked; what it says itself is neither leaked nor foreign.
        language: the problem's language (ISO 639-1).
        domain: for `code` the final answer is a block of code.
        settings: what the recipe asks for.
    """
    asked = Asked(question, settings.language or language, domain)
    return next((rejection for check in FILTERS.values() for rejection in check(trace, asked)), None)


def reasons(
    trace: Trace, *, question: str, language: str, domain: Domain = "math", settings: Filters = Filters()
) -> tuple[Rejection, ...]:
    """Every reason not to train on a trace, in the order of the filters; arguments as for `reject`."""
    asked = Asked(question, settings.language or language, domain)
    return tuple(rejection for check in FILTERS.values() for rejection in check(trace, asked))
