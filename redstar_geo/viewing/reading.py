"""A question of one's own without a model: what is read of it, what that determines, and what it says of an answer."""

from __future__ import annotations

import html
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace

from redstar_geo.errors import InputError
from redstar_geo.formalise import Depiction, Question, Said, in_words, read_question
from redstar_geo.formalise import solve as solved
from redstar_geo.formalise.certificate import decided
from redstar_geo.generation.request import Delta, GenerationSettings
from redstar_geo.geometry.narrate.say import is_angle, latex, say
from redstar_geo.geometry.narrate.say import value as worth
from redstar_geo.records import Problem
from redstar_geo.viewing.formal_answers import Proofs
from redstar_geo.viewing.words import LABELS, Words
from redstar_geo.workers import GaveUp

NAME = "worked out"
_MOST_LINES = 100
_UNCLEAR = "what the grammar does not read"


@dataclass(frozen=True)
class Read:
    """What was read of a question and what follows, as plain texts: it comes from another process.

    Attributes:
        lines: statements, as they were said. unread: clauses and lines that were not understood.
        goal: what is asked for, in words. outcome, why: of the `Solution`.
        value: what is asked for, as people write it; boxed: the same in LaTeX. Both empty where it is not determined.
        between: the least and the greatest value that it can have, where there are several.
        conflict: statements that cannot all hold. status: of the certificate of an answer, where there is one.
    """

    lines: tuple[str, ...]
    unread: tuple[str, ...]
    goal: str
    outcome: str
    why: str
    value: str = ""
    boxed: str = ""
    between: tuple[str, ...] = ()
    conflict: tuple[str, ...] = ()
    status: str = ""


def read(text: str, lines: Sequence[str] | None, response: str, finish_reason: str, language: str) -> Read:
    """Read a question and work it out; the work is bounded by counts.

    Args:
        lines: the statements as a person has them, instead of those that are read of the text.
        response: an answer to be certified; empty for none.
        language: of what is asked for, in words.
    """
    question, depiction = (read_question(text), Depiction()) if lines is None else _corrected(text, lines)
    solution = solved(question, depiction)
    unread = (*question.unread, *depiction.unread, *(said.words for said in solution.left_out))
    found = Read(
        tuple(dict.fromkeys(" ".join(said.words.split()) for said in question.statements))
        if lines is None
        else tuple(lines),
        tuple(dict.fromkeys(unread)),
        say(str(question.goal), language) if question.goal else "",
        solution.outcome,
        solution.why,
        conflict=tuple(said.words for said in solution.conflict.statements) if solution.conflict else (),
        status=decided(solution, question, response, depiction, (), finish_reason).status if response else "",
    )
    if question.goal is None:
        return found
    ends = dict.fromkeys(f"{each:.4g}" for each in solution.values[:: max(1, len(solution.values) - 1)])
    between = tuple(worth(str(question.goal), each, language) for each in ends)
    found = replace(found, between=between)
    if solution.value is None:
        return found
    exact = solution.value.text
    boxed = latex(exact, is_angle(question.goal))
    return replace(found, value=worth(str(question.goal), exact, language), boxed=boxed)


def _corrected(text: str, lines: Sequence[str]) -> tuple[Question, Depiction]:
    """The question with these statements: those of its text that still stand there, the others as a person's."""
    question = read_question(text)
    of_text = {" ".join(said.words.split()): said for said in question.statements}
    kept, drawn, unread = list[Said](), list[str](), list[str]()
    for line in lines[:_MOST_LINES]:
        if line in of_text:
            kept += [said for said in question.statements if " ".join(said.words.split()) == line]
            continue
        told, shown = read_question(line).statements, in_words(line, "person")
        kept += [replace(said, source="person") for said in told] or shown.statements
        drawn += shown.construction
        if not (told or shown.statements or shown.construction):
            unread.append(line)
    return replace(question, statements=tuple(kept)), Depiction(construction=tuple(drawn), unread=tuple(unread))


class WorkedOut:
    """Answers what is read of a question where that determines the answer: no model.

    Args:
        proofs: works beside the server, and searches for a proof where FormalGeo's theorems are there.
    """

    name = NAME

    def __init__(self, proofs: Proofs) -> None:
        self._proofs = proofs

    async def stream(self, problem: Problem, settings: GenerationSettings) -> AsyncIterator[Delta]:
        """Raises:
        InputError: there is no text, or what is read of it does not determine the answer.
        """
        if not problem.question:
            raise InputError(LABELS["en"]["no_text"])
        found = await self._proofs.workers.run(read, problem.question, None, "", "stop", problem.language)
        if not found.value:
            raise InputError(LABELS["en"]["not_worked_out"])
        words = LABELS["zh-CN" if problem.language == "zh" else "en"]
        yield Delta(f"{words['rests_on'].format('; '.join(found.lines))}\n\n{found.goal} = \\boxed{{{found.boxed}}}")
        if self._proofs.gdl is not None:
            yield await self._proof(problem.question, words)
        yield Delta(finish_reason="stop")

    async def _proof(self, question: str, words: Words) -> Delta:
        try:
            proof = await self._proofs.searched(question)
        except GaveUp:
            return Delta(f"\n\n{words['search_stopped']}")
        return Delta(reasoning=proof) if proof else Delta(f"\n\n{words['no_proof_found']}")


def panel(found: Read, words: Words) -> str:
    """What follows from what was read, and what that says of the answer, in words."""
    status, said = _decided(found, words)
    unread = ""
    if found.unread:
        parts = "; ".join(f"“{html.escape(part)}”" for part in found.unread)
        unread = f'<p class="note">{words["unread"]} {parts}</p>'
    return f'<div class="result {status}" role="status"><p>{said}</p></div>{unread}'


def _decided(found: Read, words: Words) -> tuple[str, str]:
    if found.value:
        value = f"<b>{html.escape(f'{found.goal} = {found.value}')}</b>"
        if found.status == "certified":
            return "correct", f"{words['certified']} {value}"
        if found.status == "refuted":
            return "wrong", f"{words['refuted']} {value}"
        return "", f"{words['determines']} {value}"
    unclear = found.outcome == "refused" and found.why == _UNCLEAR
    said = words["goal_unread" if unclear else f"outcome_{found.outcome.replace(' ', '_')}"]
    if found.outcome == "not determined" and len(found.between) > 1:
        said += " " + words["between"].format(*map(html.escape, found.between))
    if found.conflict:
        said += " " + html.escape("; ".join(found.conflict))
    return "undecided", said
