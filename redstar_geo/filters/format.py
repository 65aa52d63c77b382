"""Format: the trace ended by itself, its think tags are in order, and the response gives exactly one final answer."""

from __future__ import annotations

import re
from collections.abc import Iterator

from redstar_geo.answer.compare import any_same
from redstar_geo.answer.extract import LONGEST, Declared, declared
from redstar_geo.answer.reading import read_declared, readings, written
from redstar_geo.filters.refusal import STOPPED
from redstar_geo.filters.rejection import Asked, Rejection, excerpt
from redstar_geo.finish_reason import is_truncated
from redstar_geo.records import Trace
from redstar_geo.thinking import mark_of_thought

TRUNCATED = "truncated"
TAGS = "think tags"
NO_ANSWER = "no final answer"
HIDDEN = "answer in the thoughts only"
SEVERAL = "several final answers"
NO_CODE = "no final code"
TORN_CODE = "incomplete code"

_FENCE = re.compile(r"^[ \t]{0,3}(?:```|~~~)", re.MULTILINE)
_ELIDED = re.compile(
    r"^[ \t]*(?:#|//|/\*)[ \t.…]*(?:(?:the )?rest of (?:the|your|my)|your code|existing code|same as (?:before|above)"
    r"|(?:add|write|put|insert) (?:the |your )?(?:code|implementation|logic))",
    re.IGNORECASE | re.MULTILINE,
)
_SAYS_SOMETHING = re.compile(r"[^\W_]|[∅∞]")
_PLACEHOLDER = re.compile(
    r"\s*+(?:\\text\s*+\{\s*+)?(?:(?:the |your )?(?:final )?answer(?: here)?|答案|todo|result|\\[lcd]?dots)\s*+\}?\s*+",
    re.IGNORECASE,
)
_PART = re.compile(r"[(（](?:[a-c]|i{1,3}|[1-4])[)）]|[①②③]|\b(?:Part|Question) [A-C1-3]\b")
_BARE_ANSWER = 100  # characters of a response that is nothing but an answer
_COMPARED = 6  # answers of one response that are compared with the last


def check_truncation(trace: Trace, asked: Asked) -> Iterator[Rejection]:
    """The response did not end by itself: the length limit, a fault; what a filter stopped is a refusal."""
    if is_truncated(trace.finish_reason) and trace.finish_reason not in STOPPED:
        yield Rejection(TRUNCATED, "… " + excerpt((trace.response or trace.reasoning)[-100:]))


def check_format(trace: Trace, asked: Asked) -> Iterator[Rejection]:
    """The tags and the final answer: code where code is asked for, else one declared answer after the thoughts."""
    for part in (trace.reasoning, trace.response):
        if (place := mark_of_thought(part)) is not None:  # both parts come without their tags
            yield Rejection(TAGS, excerpt(part, place))
            break
    yield from _code(trace) if asked.domain == "code" else _answer(trace, asked)


def _code(trace: Trace) -> Iterator[Rejection]:
    fences = [fence.start() for fence in _FENCE.finditer(trace.response)]
    if not fences:
        hidden = len(_FENCE.findall(trace.reasoning)) > 1
        yield Rejection(HIDDEN if hidden else NO_CODE, excerpt(trace.response))
    elif len(fences) % 2:
        yield Rejection(TORN_CODE, excerpt(trace.response, fences[-1]))
    elif not trace.response[fences[-2] : fences[-1]].partition("\n")[2].strip():
        yield Rejection(NO_CODE, excerpt(trace.response, fences[-2]))
    elif match := _ELIDED.search(trace.response, fences[-2], fences[-1]):
        yield Rejection(TORN_CODE, excerpt(trace.response, match.start()))


def _answer(trace: Trace, asked: Asked) -> Iterator[Rejection]:
    response = trace.response[-LONGEST:].strip()
    answers = [answer for answer in declared(response) if _is_answer(answer)]
    if not answers:
        if _bare(response):
            return
        hidden = any(_is_answer(answer) for answer in declared(trace.reasoning[-LONGEST:]))
        yield Rejection(HIDDEN if hidden else NO_ANSWER, "… " + excerpt(response[-100:]) if response else "")
        return
    firm = [answer for answer in answers if answer.by in ("box", "tag")] or answers
    if len(firm) > 1 and not _asks_for_several(asked.question):
        for other in firm[1:_COMPARED]:
            if _differ(firm[0], other):
                yield Rejection(SEVERAL, excerpt(f"{other.text} … {firm[0].text}"))
                return


def _is_answer(answer: Declared) -> bool:
    return bool(_SAYS_SOMETHING.search(answer.text)) and not _PLACEHOLDER.fullmatch(answer.text)


def _bare(response: str) -> bool:
    """Whether a response is one short line that can be read as an answer: `x = 12`."""
    return 0 < len(response) <= _BARE_ANSWER and "\n" not in response and bool(readings(response))


def _asks_for_several(question: str) -> bool:
    """Whether the question has parts, each with its own answer."""
    return len(set(_PART.findall(question))) > 1


def _differ(a: Declared, b: Declared) -> bool:
    """Whether two answers are certainly not the same; what cannot be read is only compared as written."""
    if written(a.text) == written(b.text):
        return False
    first, second = read_declared(a), read_declared(b)
    if not first or not second:
        return a.by == b.by == "box"
    return any_same(first, second) is False
