"""The gold answer of a reference solution, for data sets that have no column for it, and what kind of answer it is."""

from __future__ import annotations

import re

from redstar_geo.answer.extract import declared
from redstar_geo.answer.numbers import exact
from redstar_geo.answer.reading import readings
from redstar_geo.records import AnswerKind
from redstar_geo.sources.eaten import mended_answer
from redstar_geo.sources.row import UnusableRowError

_HASHES = re.compile(r"^[^\S\n]*####\s*(\S.*)$", re.MULTILINE)
_FIRST_PART, _SECOND_PART = re.compile(r"\((?:1|i|I|a)\)"), re.compile(r"\((?:2|ii|II|b)\)")
_PROVE = re.compile(r"\bprove\b|\b(?:show|verify|demonstrate|deduce)\s+that\b|证明|求证", re.IGNORECASE)
_ASK = re.compile(
    r"[?？]|\b(?:find|determine|compute|calculate|evaluate|solve|simplify|what|(?:for|of)\s+which|how\s+(?:many|much))\b"
    r"|求(?!证)|多少",
    re.IGNORECASE,
)
_MISSING = re.compile(
    r"(?:答案|解析|证明)?略|见(?:解析|详解|答案)|(?:暂)?无答案|暂无|#?n/a|#(?:ref!|value!|div/0!|name\?|num!|null!|spill!)|nan|null"
    r"|tbd|todo|unknown|(?:answer )?omitted|not available|no answer(?: given)?|see (?:the )?(?:solution|above)",
    re.IGNORECASE,
)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_PROVED = {"proof", "proved", "proven", "proofcomplete", "seeproof", "qed", "blacksquare"}


def from_solution(question: str, solution: str) -> str:
    """The answer that a solution ends with: its last box, else what follows its last `####` or "The answer is".

    Raises:
        UnusableRowError: `no_answer_in_solution`, or `several_answers`: the question has parts and their answers
            differ, so that the last box answers but one of them.
    """
    answers = declared(solution)
    boxes = [answer.text for answer in answers if answer.by == "box"]
    if len(set(boxes)) > 1 and _has_parts(question):
        raise UnusableRowError("several_answers")
    ending = [answer.text for answer in answers if answer.by == "said" and solution.rstrip().endswith(answer.text)]
    for answer in (*boxes[:1], *_HASHES.findall(solution)[-1:], *ending[:1]):
        return re.sub(r"(?<![.\\])\.$", "", answer.strip())
    raise UnusableRowError("no_answer_in_solution")


def kind(answer: str) -> AnswerKind:
    """`number` for what reads as a rational number, `expression` for all else, words too."""
    read = readings(answer)
    return "number" if read and exact(read[0]) is not None else "expression"


def whole(answer: str) -> str:
    """A gold answer or a choice with the backslashes that it had.

    Raises:
        UnusableRowError: `control_character`: one is left, so something is lost that nobody can see.
    """
    mended = mended_answer(answer)
    if _CONTROL.search(mended):
        raise UnusableRowError("control_character")
    return mended.strip()


def is_missing(answer: str) -> bool:
    """Whether an answer only says that there is none: `略`, `#N/A`, `None`, a dash."""
    bare = answer.strip().strip("()（）[]【】$.。…-–—_/?？ ")
    return not bare or bare == "None" or any(map(_MISSING.fullmatch, (bare, answer.strip())))


def asks_for_a_proof(question: str, answer: str = "") -> bool:
    """Whether there is nothing to compare: the question asks to prove and for no value, or the answer is "proof"."""
    bare = re.sub(r"\\text\w*|[^a-z]", "", answer.lower())
    return bare in _PROVED or bool(_PROVE.search(question) and not _ASK.search(question))


def _has_parts(question: str) -> bool:
    first = _FIRST_PART.search(question)
    return first is not None and _SECOND_PART.search(question, first.end()) is not None
