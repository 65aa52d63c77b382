"""Where a response declares its answer: after the thoughts, in `\\boxed{}` or in so many words."""

from __future__ import annotations

import re

_LONGEST = 20_000  # characters after the thoughts; an answer stands near the end
_THINK_END = "</think>"
_ANSWER_TAG = re.compile(r"<answer>(.{0,500}?)</answer>", re.DOTALL)
_PHRASE = re.compile(
    r"(?:the\s+(?:final\s+)?answer\s*(?:is|:)|answer\s*[:：]|答案(?:是|为|[:：]))\s*[:：]?\s*([^\n]{1,200})",
    re.IGNORECASE,
)
_CHOICE = re.compile(r"^[\s(（\[*]*(?:option|choice|选项)?\s*\(?([A-Z])\b\s*[)）\].:：*]*(?:\s|$)", re.IGNORECASE)


def declared(response: str) -> str | None:
    """The declared answer as written, or None when there is none.

    An unfinished thought holds no answer, whatever stands in it. Of several boxes the last one counts.
    """
    text = after_thoughts(response)
    boxed = _last_boxed(text)
    if boxed is not None:
        return boxed.strip() or None
    for pattern in (_ANSWER_TAG, _PHRASE):
        found = pattern.findall(text)
        if found:
            return str(found[-1]).strip().rstrip(".。 ") or None
    return None


def after_thoughts(response: str) -> str:
    """What follows the thoughts; all of it when there are none, nothing when they do not end."""
    _, ended, after = response.rpartition(_THINK_END)
    if not ended and "<think>" in response:
        return ""
    return (after if ended else response)[-_LONGEST:].strip()


def choice_letter(answer: str, choices: int) -> str | None:
    """The letter of a choice when the answer begins with one that exists: `B`, `(b)`, `B. 35°`."""
    plain = re.sub(r"\\(?:text|mathrm|mathbf|textbf)\{([^{}]*)\}", r"\1", answer.strip())
    match = _CHOICE.match(plain)
    if match is None:
        return None
    letter = match[1].upper()
    return letter if ord(letter) - ord("A") < choices else None


def _last_boxed(text: str) -> str | None:
    r"""What stands in the last `\boxed{…}` or `\fbox{…}` whose braces close."""
    for match in reversed(list(re.finditer(r"\\f?box(?:ed)?\s*\{", text))):
        depth = 1
        for place in range(match.end(), len(text)):
            if text[place] == "{":
                depth += 1
            elif text[place] == "}":
                depth -= 1
                if depth == 0:
                    return text[match.end() : place]
    return None
