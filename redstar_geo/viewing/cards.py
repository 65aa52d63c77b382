"""Pieces of the page about one problem and its answers, and the same as Markdown to save."""

from __future__ import annotations

import base64
import html
from collections.abc import Sequence
from string import ascii_uppercase

from redstar_geo.answer.extract import after_thoughts, declared
from redstar_geo.records import Problem, Trace, Verdict
from redstar_geo.report import names
from redstar_geo.report.shown import picture, right_answer, value
from redstar_geo.report.text import to_html
from redstar_geo.viewing.live_reply import LiveReply
from redstar_geo.viewing.reading import Read
from redstar_geo.viewing.words import LABELS, Words

_OURS = ("proof_only", "proof_lost", "not_worked_out", "no_text")  # what those who answer here say when they cannot


def problem_card(problem: Problem, words: Words, *, gold: bool = False) -> str:
    """Picture, question and choices; with `gold` the answer and where the problem comes from."""
    pictures = "".join(
        f'<img alt="{words["picture_of_question"]}" src="{picture(image.data)}">' for image in problem.images
    )
    language = html.escape(problem.language)  # picks Chinese shapes of signs that Japanese writes differently
    text = f'<p class="question" lang="{language}">{to_html(problem.question)}</p>{choices_list(problem)}'
    if gold:
        text += f"<p><b>{words['known']}:</b> {right_answer(problem)}</p>"
        text += f'<p class="note">{words["provenance"]}: {about(problem, words)}</p>'
    return f'<div class="problem">{pictures}<div class="text">{text}</div></div>'


def choices_list(problem: Problem) -> str:
    """The choices that are asked about, one a line."""
    rows = (
        f"<li>{letter}. {to_html(choice)}</li>"
        for letter, choice in zip(ascii_uppercase, problem.choices, strict=False)
    )
    return f'<ul class="choices">{"".join(rows)}</ul>' if problem.choices else ""


def kind(problem: Problem, words: Words) -> str:
    """What a problem is, in words."""
    family = problem.meta.get("family")
    parts = [names.family(str(family), words["code"]) if family else problem.source]
    if problem.difficulty is not None:
        parts.append(words["level_of"].format(problem.difficulty))
    return " · ".join(map(html.escape, parts))


def about(problem: Problem, words: Words) -> str:
    """The same with its licence and its id."""
    licence = f" · {html.escape(problem.licence)}" if problem.licence else ""
    return f'{kind(problem, words)}{licence} <code class="id">{html.escape(problem.id)}</code>'


def verdict_badge(verdict: Verdict, words: Words) -> str:
    """The verdict in one word, and why."""
    reason = html.escape(names.verdict_reason(verdict.reason, words["code"]))
    return f'<span class="verdict {verdict.status}">{words[verdict.status]}</span> <span class="note">{reason}</span>'


def answer_of(reply: LiveReply) -> str | None:
    """What a reply gives as its answer; None as long as it gives none."""
    if reply.verdict is not None and reply.verdict.extracted is not None:
        return reply.verdict.extracted
    answers = [] if reply.state == "failed" else declared(after_thoughts(reply.parts()[1]))
    return answers[0].text if answers else None


def answer_card(problem: Problem, reply: LiveReply, words: Words, found: Read | None = None) -> str:
    """What was answered, large, and whether it is right, or else whether it follows from what was `found`."""
    verdict, said = reply.verdict, answer_of(reply)
    large = f'<p class="large">{with_choice(problem, said)}</p>' if said else ""
    if reply.state != "done":
        return f'<div class="result">{large}</div>' if large else ""
    none = "" if large else f"<p>{words['no_final_answer']}</p>"
    if verdict is None and large and found is not None and found.value and found.status != "not certified":
        return _following(large, found, words)
    status = verdict.status if verdict else ""
    return f'<div class="result {status}">{large}{none}{_verdict(problem, verdict, words)}</div>'


def with_choice(problem: Problem, said: str) -> str:
    """An answer as HTML; a letter with the choice that it stands for."""
    at = ascii_uppercase.find(said.strip().upper()) if len(said.strip()) == 1 else -1
    if not 0 <= at < len(problem.choices):
        return value(said)
    return f"{ascii_uppercase[at]}. {value(problem.choices[at])}"


def _following(large: str, found: Read, words: Words) -> str:
    if found.status == "refuted":
        said = f'<p class="decided">✗ {words["follows_not"]} <b>{html.escape(found.value)}</b></p>'
        return f'<div class="result wrong">{large}{said}</div>'
    return f'<div class="result correct">{large}<p class="decided">✓ {words["follows"]}</p></div>'


def _verdict(problem: Problem, verdict: Verdict | None, words: Words) -> str:
    if verdict is None:
        return f'<p class="note">{words["no_known_answer"]}</p>'
    reason = html.escape(names.verdict_reason(verdict.reason, words["code"]))
    if verdict.status == "correct":
        return f'<p class="decided">✓ {words["right"]} <span class="note">{reason}</span></p>'
    right = right_answer(problem)
    if verdict.status == "wrong":
        return f'<p class="decided">✗ {words["not_right"]} <b>{right}</b> <span class="note">{reason}</span></p>'
    known = f" {words['right_is']} <b>{right}</b>" if problem.answer_kind != "tests" else ""
    return f'<p class="decided">{words["no_verdict"]}: {reason}.{known}</p>'


def status_line(reply: LiveReply, words: Words, doing: str = "") -> str:
    """Who, how far, how long; and what went wrong, in the words of whoever said it."""
    state = {"running": words["running"], "stopped": words["stopped"], "failed": words["failed"], "done": doing}
    ours = (words[name] for name in _OURS if LABELS["en"][name] == reply.failure)
    failure = next(ours, reply.failure)
    said = f'<p class="failure" role="alert">{html.escape(failure)}</p>' if failure else ""
    parts = [
        f"<b>{html.escape(words.get(reply.name, reply.name))}</b>",
        f"{reply.seconds:.1f} {words['seconds']}",
        *([f"{reply.tokens:,} {words['tokens']}"] if reply.tokens else []),
        *([f"<span>{state[reply.state]}</span>"] if state[reply.state] else []),
    ]
    return f'<p class="status {reply.state}">{" · ".join(parts)}</p>{said}'


def samples_table(replies: Sequence[LiveReply], most: tuple[str, int] | None, words: Words) -> str:
    """Every sample with its verdict, and what most of them say."""
    rows = "".join(
        f"<li>{words['sample']} {number}: {status_line(reply, words)}"
        f"{verdict_badge(reply.verdict, words) if reply.verdict else ''}</li>"
        for number, reply in enumerate(replies, 1)
    )
    majority = ""
    if most is not None:
        majority = f"<p><b>{words['majority']}:</b> {value(most[0])} ({most[1]}/{len(replies)})</p>"
    return f'<div class="samples">{majority}<ul>{rows}</ul></div>'


def text_block(text: str) -> str:
    """A model's text: formulas drawn, all else as it stands."""
    return f'<div class="told">{to_html(text)}</div>' if text else ""


def markdown(problem: Problem, trace: Trace) -> str:
    """A trace to save. What a model wrote stands between fences longer than any of its own."""
    verdict = trace.verdict
    verdict_line = "" if verdict is None else f"\n- verdict: {verdict.status} ({verdict.reason})"
    return (
        f"# {_line(problem.id)}\n\n- answered by: {_line(trace.teacher)}, sample {trace.sample}\n"
        f"- known answer: {_line(problem.answer) or '–'}{verdict_line}\n"
        f"- tokens: {trace.completion_tokens or '–'} · seconds: {trace.seconds or 0:.1f}\n\n"
        f"## Question\n\n{_fenced(problem.question)}\n\n## Thought\n\n{_fenced(trace.reasoning)}\n\n"
        f"## Answer\n\n{_fenced(trace.response)}\n"
    )


def markdown_link(problem: Problem, trace: Trace, words: Words) -> str:
    """A link that holds the Markdown itself, so that no file is left on the server."""
    encoded = base64.b64encode(markdown(problem, trace).encode()).decode()
    return f'<p><a download="trace.md" href="data:text/markdown;base64,{encoded}">{words["download"]}</a></p>'


def _line(text: str) -> str:
    return " ".join(text.split()).replace("<", "‹").replace("`", "'")[:200]


def _fenced(text: str) -> str:
    longest = max((len(run) for run in "".join(c if c == "`" else " " for c in text).split()), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}text\n{text.strip()}\n{fence}"
