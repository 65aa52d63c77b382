"""Leaked prompt text: template tokens, a system prompt, the instruction line, talk about the prompt, a next turn."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from redstar_geo.filters.rejection import Asked, Rejection, excerpt
from redstar_geo.generation.prompt import prompt_messages
from redstar_geo.records import Problem, Trace

TOKEN, PROMPT, TURN, MACHINE = "chat template token", "prompt text", "another chat turn", "speaks as a machine"


def _instruction(language: str) -> str:
    """The line that every prompt ends with."""
    empty = Problem("", "math", "", "", "", "", "", "expression", language)
    return re.escape(prompt_messages(empty)[0]["content"].strip())


@dataclass(frozen=True)
class _Leak:
    """A pattern, and parts of words without which a text need not be searched: looking for them is ten times faster."""

    reason: str
    cues: tuple[str, ...]
    pattern: re.Pattern[str]


_LEAKS = (
    _Leak(
        TOKEN,
        ("<|", "<｜", "INST]", "SYS>>", "_of_turn>", "</s>", "###"),
        re.compile(
            r"<\|[a-z][a-z0-9_]{1,30}\|>|<｜[^｜<>\n]{1,40}｜>|\[/?INST\]|<</?SYS>>|<(?:start|end)_of_turn>|</s>\s*\Z"
            r"|^###\s?(?:Instruction|Response|Input)\b:?",
            re.MULTILINE,
        ),
    ),
    _Leak(
        PROMPT,
        ("rompt", "nstruction", "ou are a", "ystem", "boxed{}", "提示", "指令", "你是一"),
        re.compile(
            rf"{_instruction('en')}|{_instruction('zh')}|\bYou are an? (?:very )?(?:helpful|expert|careful|AI)\b"
            r"|\b(?:the|my|these) (?:system )?(?:prompt|instructions?) (?:here )?"
            r"(?:says?|asks?|tells?|wants?|requires?|states?)\b"
            r"|\b(?:system (?:prompt|message)|according to (?:the|my) (?:prompt|instructions?))\b"
            r"|\bput your final answer (?:with)?in \\boxed\{\}"
            r"|系统提示|提示词|(?:根据|按照)(?:系统)?指令|指令要求|你是一[个名位][^。\n]{0,12}(?:助手|专家|老师)",
            re.IGNORECASE,
        ),
    ),
    _Leak(
        TURN,
        ("User", "Human", "Assistant", "System", "用户", "助手"),
        re.compile(r"^(?:#+ *|\*\*)?(?:User|Human|Assistant|System)(?:\*\*)? ?[:：]|^(?:用户|助手)[:：]", re.MULTILINE),
    ),
    _Leak(
        MACHINE,
        ("s an AI", "s an artificial", "language model", "y training data", "y knowledge", "作为"),
        re.compile(
            r"\bas an? (?:AI|artificial intelligence|(?:large )?language model)\b"
            r"|\bmy (?:training data|knowledge cutoff)\b"
            r"|作为(?:一个|一名)?(?:AI|人工智能|大?语言模型)",
            re.IGNORECASE,
        ),
    ),
)


def check_leak(trace: Trace, asked: Asked) -> Iterator[Rejection]:
    """Text of the prompt or of the chat format in the trace; what the question itself says is no leak."""
    question = asked.question.casefold()
    for leak in _LEAKS:
        for part in (trace.reasoning, trace.response):
            if any(cue in part for cue in leak.cues) and (rejection := _first(leak, part, question)):
                yield rejection
                break


def _first(leak: _Leak, part: str, question: str) -> Rejection | None:
    for match in leak.pattern.finditer(part):
        if match[0].casefold() not in question:
            return Rejection(leak.reason, excerpt(part, match.start()))
    return None
