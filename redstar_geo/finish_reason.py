"""Why a completion ended, in the words of many servers: by itself, or cut off under one of many names."""

from __future__ import annotations

from redstar_geo.notation import words

_BY_ITSELF = words(
    "stop eos eos_token eos_found end end_turn end_of_turn stop_sequence stop_word stop_token stop_str"
    " complete completed done finished success null none"
)


def is_truncated(finish_reason: str | None) -> bool:
    """Whether a completion did not end by itself: its length, a filter, a fault, a call of a tool.

    A server that gives no reason (`none` here) has sent a whole response and says nothing against it; one that says
    that it does not know (`unknown`, `unspecified`) does not vouch for it.
    """
    if not finish_reason:
        return False
    return finish_reason.strip().lower().removeprefix("finish_reason_").replace("-", "_") not in _BY_ITSELF
