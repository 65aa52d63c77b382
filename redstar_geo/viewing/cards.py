"""Pieces of the page about one problem and its answers, and the same as Markdown to save."""

from __future__ import annotations

import base64
import html
from collections.abc import Sequence
from string import ascii_uppercase

from redstar_geo.records import Problem, Trace, Verdict
from redstar_geo.viewing.live_reply import LiveReply
from redstar_geo.viewing.permalink import OWN, link
from redstar_geo.viewing.text import to_html
from redstar_geo.viewing.words import Words


def problem_card(problem: Problem, words: Words, *, gold: bool = False) -> str:
    """Picture, question, choices and link; with `gold` the answer and where the problem comes from."""
    pictures = "".join(
        f'<img alt="{words["diagram"]}" src="data:image/png;base64,{base64.b64encode(image.data).decode()}">'
        for image in problem.images
    )
    choices = "".join(
        f"<li>{letter}. {to_html(choice)}</li>"
        for letter, choice in zip(ascii_uppercase, problem.choices, strict=False)
    )
    language = html.escape(problem.language)  # picks Chinese shapes of signs that Japanese writes differently
    text = f'<p class="question" lang="{language}">{to_html(problem.question)}</p><ul class="choices">{choices}</ul>'
    if gold:
        level = "" if problem.difficulty is None else f" · {words['difficulty']} {problem.difficulty:g}"
        origin = " · ".join(html.escape(part) for part in (problem.source, problem.split, problem.licence) if part)
        text += f"<p><b>{words['known']}:</b> {to_html(problem.answer)}</p>"
        text += f'<p class="note">{words["provenance"]}: {html.escape(problem.id)} · {origin}{level}</p>'
    else:
        name = "" if problem.source == OWN else f" · {html.escape(problem.id)}"
        text += f'<p class="note"><a href="{html.escape(link(problem))}">{words["link"]}</a>{name}</p>'
    return f'<div class="problem">{pictures}<div class="text">{text}</div></div>'


def verdict_badge(verdict: Verdict, words: Words) -> str:
    """The verdict in one word, and why."""
    return (
        f'<span class="verdict {verdict.status}">{words[verdict.status]}</span> '
        f'<span class="note">{html.escape(verdict.reason)}</span>'
    )


def status_line(reply: LiveReply, words: Words) -> str:
    """Who, how far, how long, with what outcome."""
    state = {"running": words["running"], "stopped": words["stopped"], "failed": words["failed"], "done": ""}
    badge = verdict_badge(reply.verdict, words) if reply.verdict else ""
    failure = f'<p class="failure">{html.escape(reply.failure)}</p>' if reply.failure else ""
    return (
        f'<p class="status"><b>{html.escape(reply.name)}</b> · {reply.tokens} {words["tokens"]} · '
        f"{reply.seconds:.1f} {words['seconds']} · {state[reply.state]} {badge}</p>{failure}"
    )


def samples_table(replies: Sequence[LiveReply], most: tuple[str, int] | None, words: Words) -> str:
    """Every sample with its verdict, and what most of them say."""
    rows = "".join(
        f"<li>{words['sample']} {number}: {status_line(reply, words)}</li>" for number, reply in enumerate(replies, 1)
    )
    majority = ""
    if most is not None:
        majority = f"<p><b>{words['majority']}:</b> {to_html(f'${most[0]}$')} · {most[1]}/{len(replies)}</p>"
    return f'<div class="samples">{majority}<ul>{rows}</ul></div>'


def text_block(text: str) -> str:
    """A model's text: formulas drawn, all else as it stands."""
    return f'<div class="told">{to_html(text)}</div>'


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
