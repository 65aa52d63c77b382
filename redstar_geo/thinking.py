"""Where a model's thoughts end and its response begins, in every spelling that models and servers use.

One list of marks for all who read what a model wrote: replies of servers, local completions, the verifier, filters.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from redstar_geo.notation import words

_NAME = (
    r"(?:[\w:.-]*(?:think|thought|reason|reflect|scratch_?pad|monologue|ponder|deliberat|brainstorm|思考|推理)[\w:.-]*"
    r"|(?:\w+:)?(?:analysis|rationale|cot|critique))"
)
_LEFT, _RIGHT = r"(?:<|&lt;)", r"(?:\\?>|&gt;)"
_BAR = "[|｜]"
_PIPED = r"[^<>|｜\n]{0,30}(?:think|thought|reason)[^<>|｜\n]{0,30}"
_ENDING = r"/|(?:[^<>|｜\n]{0,30}[_ ▁])?(?:end|stop|close)[_ ▁]"
_TO_MESSAGE = r"(?:(?!<\|message\|>)[^\n]){0,200}<\|message\|>"
_CLOSES = "|".join(
    (
        rf"{_LEFT}\s?/\s?{_NAME}\s*{_RIGHT}",
        r"[\[({【《⟨＜]\s?/\s?(?:think(?:ing)?|thoughts?|reasoning|analysis|scratch_?pad|思考|推理)\s?[\])}】》⟩＞]",
        r"◁\s?/(?:think|thinking)\s?▷",
        rf"<{_BAR}(?={_ENDING}){_PIPED}{_BAR}>",
        rf"<{_BAR}{_PIPED}(?:end|stop){_BAR}>",
        r"<\|inner_suffix\|>|<unused95>|<channel\|>|\.\.\.done thinking\.?",
        rf"<\|channel\|>\s*final{_TO_MESSAGE}",
    )
)
_OPENS = "|".join(
    (
        rf"{_LEFT}\s?{_NAME}(?:\s[^<>\n/]{{0,80}})?\s*{_RIGHT}",
        r"\[(?:think|thinking|thoughts?)\]",
        r"◁\s?(?:think|thinking)\s?▷",
        rf"<{_BAR}{_PIPED}{_BAR}>",
        r"<\|inner_prefix\|>|<unused94>(?:thought\b)?|<\|channel>\s*(?:thought|analysis)\b",
        rf"<\|channel\|>\s*(?:analysis|commentary){_TO_MESSAGE}",
    )
)
_HIDES = (  # comments, and what pages fold away
    rf"<!--(?:\s*{_NAME}\b:?)?|<details\b[^<>]{{0,80}}\btype=\W?reasoning\b[^<>]{{0,80}}>"
    r"|<details\b[^<>]{0,80}>\s*<summary>[^<>]{0,60}(?:think|thought|reason|思考)[^<>]{0,60}</summary>"
)
_MARK = re.compile(rf"(?P<closes>{_CLOSES})|(?P<opens>{_OPENS})|(?P<hides>{_HIDES})|(?P<fence>```|~~~)", re.I)
_FIRST = re.compile(
    r"<(?=\s?/?\s?[^\W\d]|[|｜]|!--)|&lt;|\[(?=[Tt][Hh])|[\[({【《⟨＜](?=\s?/)|◁|```|~~~|\.\.\.d"
)  # where a mark may begin, found fast
_BARE_HARMONY = re.compile(r"\A\s*analysis(?=[A-Z])(.*?)(?:assistantfinal|\Z)", re.DOTALL)
_THOUGHT_FENCE = re.compile(rf"(?:```|~~~)[ \t]*{_NAME}(?=\s)", re.I)
_FENCE = re.compile(r"^[ \t]*(?:```|~~~)[ \t]*(\w*)|(?:```|~~~)[ \t]*$", re.MULTILINE)
_QUOTES = frozenset("`\"'“”‘’「」")

_TURN_ENDS = re.compile(
    r"<\|(?:im_end|eot_id|eom_id|end_of_text|endoftext|end_of_turn|end|return|call|eot|eos|END_OF_TURN_TOKEN)\|>"
    r"|</s>|<eos>|<end_of_turn>|<turn\|>|<｜end▁of▁sentence｜>|\[EOS\]"
)
_SPECIAL = rf"(?:<{_BAR}[^<>|｜\n]{{1,40}}{_BAR}>(?:assistant\b)?|<s>|<start_of_turn>(?:model\b)?)"
_LEADING, _LAST = re.compile(rf"\A(?:\s*{_SPECIAL})+"), re.compile(rf"{_SPECIAL}\s*\Z")
_LONGEST_SPECIAL = 60
_BOX = re.compile(r"<\|begin_of_box\|>(.{0,600}?)<\|end_of_box\|>", re.DOTALL)
_BRACES = re.compile(r"\\.|([{}])", re.DOTALL)

_TAG = re.compile(r"<(/?)([A-Za-z][\w:.-]{0,40})(?:\s[^<>\n]{0,80})?>")
_PLAIN = words(
    "answer final_answer finalanswer final solution conclusion output response result boxed box point ref quad"
    " a b i u s em strong small mark sub sup br p q div span center font pre code kbd samp var tt blockquote cite"
    " h1 h2 h3 h4 h5 h6 ul ol li dl dt dd table thead tbody tr td th img svg math mi mn mo mrow msup msub mfrac msqrt"
)  # of answers, of formatting
_ANSWER = re.compile(r"<(?:final_?)?answer\b|<(?:conclusion|solution|final|output|response|result)>", re.I)


def split_thinking(text: str) -> tuple[str, str]:
    """Reasoning and response of a text, both without the marks around them.

    A thought that never ends is all reasoning; what stands before an end without a beginning (a template that opened
    the thought in the prompt, or the outer one of two nested thoughts) is reasoning too. Marks in quotes or backticks,
    and in code outside them, are text. A comment, and a fence that says so (```` ```thinking ````), hold thoughts.
    """
    if bare := _BARE_HARMONY.match(text):  # the server has left out harmony's special tokens
        return bare[1].strip(), unmarked(text[bare.end() :])
    thoughts, said = list[str](), list[str]()
    start, thinking = 0, False
    code_ends = 0
    for mark in _marks(text):
        if mark.start() < start:  # in a comment, or in a fence of thoughts
            continue
        if mark["fence"] or mark["hides"]:
            if thinking or mark.start() < code_ends or (mark["hides"] and _is_text(text, mark)):
                continue
            if hidden := _hidden(text, mark):
                said.append(text[start : mark.start()])
                thoughts.append(text[hidden[0] : hidden[1]])
                start = hidden[2]
            else:
                code_ends = _end_of_code(text, mark)
            continue
        if _is_text(text, mark) or (mark.start() < code_ends and not _alone(text, mark)):
            continue
        piece = text[start : mark.start()]
        if mark["closes"] and not thinking:
            thoughts += [*said, piece]
            said = []
        else:
            (thoughts if thinking else said).append(piece)
        thinking, start = not mark["closes"], mark.end()
    (thoughts if thinking else said).append(text[start:])
    return _joined(map(_trimmed, thoughts)), unmarked(_joined(said))


def unmarked(response: str) -> str:
    r"""A response without the special tokens of its model: it ends with its turn, and a box token is `\boxed{}`."""
    if "<" not in response and "[EOS]" not in response:
        return response.strip()
    response = _LEADING.sub("", _BOX.sub(_boxed, response))
    for end in _TURN_ENDS.finditer(response):
        if not _is_text(response, end):
            response = response[: end.start()]
            break
    return _without_last(response).strip()


def has_unknown_block(response: str) -> bool:
    """Whether a block in tags that nobody knows stands before the end: it may hold thoughts, or the answer."""
    if "</" not in response:
        return False
    ends = len(response.rstrip())
    declared = max((answer.start() for answer in _ANSWER.finditer(response)), default=-1)
    opened = set[str]()
    for tag in _TAG.finditer(response):
        name = tag[2].lower()
        if not tag[1] and name not in _PLAIN:
            opened.add(name)
        elif name in opened and declared < tag.end() < ends:
            return True
    return False


def mark_of_thought(text: str) -> int | None:
    """Where the first mark of a thought stands; None without one."""
    marks = (mark for mark in _marks(text) if (mark["opens"] or mark["closes"]) and not _is_text(text, mark))
    return next((mark.start() for mark in marks), None)


def _marks(text: str) -> Iterator[re.Match[str]]:
    """Every mark, every comment and every fence at the start of a line."""
    end = 0
    for first in _FIRST.finditer(text):
        if first.start() < end or (mark := _MARK.match(text, first.start())) is None:
            continue
        before = text[max(0, mark.start() - 4) : mark.start()].rpartition("\n")
        if mark["fence"] and (before[2].strip(" \t") or not (before[1] or mark.start() < 4)):
            continue
        end = mark.end()
        yield mark


def _hidden(text: str, mark: re.Match[str]) -> tuple[int, int, int] | None:
    """Where the inside of a comment or a fence of thoughts begins and ends, and where the mark behind it does.

    None for a fence of anything else. What never ends goes to the end of the text.
    """
    if mark["hides"]:
        closing = "-->" if mark["hides"].startswith("<!") else "</details>"
        end = text.find(closing, mark.end())
        return (mark.end(), end, end + len(closing)) if end >= 0 else (mark.end(), len(text), len(text))
    if not (begins := _THOUGHT_FENCE.match(text, mark.start())):
        return None
    depth = 1
    for fence in _FENCE.finditer(text, mark.end()):
        depth += 1 if fence[1] else -1
        if not depth:
            return begins.end(), fence.start(), fence.end()
    return begins.end(), len(text), len(text)


def _end_of_code(text: str, fence: re.Match[str]) -> int:
    """Where the code ends that a fence begins; at the fence itself if it does not."""
    end = text.find("\n" + fence[0].strip(), fence.end())
    return fence.end() if end < 0 else end + 1


def _is_text(text: str, mark: re.Match[str]) -> bool:
    """Whether a mark is quoted; after its closing quote a thought may well end."""
    before, after = text[mark.start() - 1 : mark.start()], text[mark.end() : mark.end() + 1]
    return before in _QUOTES and (after in _QUOTES or text[mark.start() + 1 : mark.start() + 2] not in "/|｜")


def _alone(text: str, mark: re.Match[str]) -> bool:
    """Whether a mark has a line of its own."""
    before, after = text.rfind("\n", 0, mark.start()), text.find("\n", mark.end())
    line = text[before + 1 : after if after >= 0 else len(text)]
    return line.strip() == mark[0].strip()


def _trimmed(thought: str) -> str:
    """A thought without the special tokens around it, such as the end of its harmony message."""
    return _without_last(_LEADING.sub("", thought))


def _without_last(text: str) -> str:
    end = len(text)
    while last := _LAST.search(text, max(0, end - _LONGEST_SPECIAL), end):
        end = last.start()
    return text[:end]


def _joined(parts: list[str] | map[str]) -> str:
    return "\n\n".join(stripped for part in parts if (stripped := part.strip()))


def _boxed(box: re.Match[str]) -> str:
    inside = box[1].strip()
    depth, lowest = 0, 0
    for brace in _BRACES.finditer(inside):
        depth += {"{": 1, "}": -1}.get(brace[1], 0)
        lowest = min(lowest, depth)
    return inside if "\\boxed" in inside or depth or lowest < 0 else f"\\boxed{{{inside}}}"
