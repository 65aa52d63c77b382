"""Refusals: a response that declines instead of answering. Thoughts may doubt; only the response refuses."""

from __future__ import annotations

import re
from collections.abc import Iterator

from redstar_geo.filters.rejection import Asked, Rejection, excerpt
from redstar_geo.records import Trace

REFUSED = "refusal"
STOPPED = ("content_filter", "refusal", "SAFETY", "safety", "sensitive")  # finish reasons of moderation
_SCANNED = 600  # characters: a refusal opens the response, or is all of it

_CANNOT = r"(?:can'?t|can ?not|could not|couldn't|won't|(?:am |'m )?(?:not able|unable) to)"
_REFUSAL = re.compile(
    rf"\bI(?:'m| am)? (?:really |very |so )?(?:sorry|afraid)\b[^.\n]{{0,40}}?\bI(?: |'){_CANNOT}"
    rf"|\bI ?{_CANNOT} (?:help|assist|comply|fulfil|provide (?:an?|the|any) (?:answer|solution|help)"
    r"|answer (?:this|that|the)|solve (?:this|the) (?:problem|question|task)|continue with (?:this|that)"
    r"|(?:see|view|open|access|process) (?:the |this |that |an? |any |your )?(?:attached |uploaded )?"
    r"(?:image|picture|diagram|figure|photo))"
    r"|\b(?:no|without (?:the|an?)|need the|missing) (?:image|picture|diagram|figure) (?:was|is|has been|being)? ?"
    r"(?:provided|attached|visible|uploaded)"
    r"|\bplease (?:provide|upload|attach|share) (?:the |an? |your )?(?:image|picture|diagram|figure|full problem)"
    r"|\bi must decline\b|\bagainst my (?:guidelines|policy|policies)\b"
    r"|(?:抱歉|对不起|很遗憾)[^。\n]{0,20}(?:无法|不能|没有办法)|我(?:无法|不能)(?:回答|提供|帮助|解答|协助|查看|看到)",
    re.IGNORECASE,
)
_CUES = re.compile(
    r"orry|fraid|n[o']t |nable|rovided|ttached|isible|ploaded|lease|ecline|gainst my|抱歉|对不起|遗憾|我"
)


def check_refusal(trace: Trace, asked: Asked) -> Iterator[Rejection]:
    """A response that declines, or that the server's own moderation stopped."""
    if trace.finish_reason in STOPPED:
        yield Rejection(REFUSED, "stopped by the server's content filter")
        return
    opening = trace.response[:_SCANNED].replace("’", "'")
    if _CUES.search(opening) and (match := _REFUSAL.search(opening)):
        yield Rejection(REFUSED, excerpt(trace.response, match.start()))
