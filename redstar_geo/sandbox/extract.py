"""The program in a model's response: its final fenced code block."""

from __future__ import annotations

import re
from dataclasses import dataclass

_FENCE = re.compile(r"^[ \t]{0,3}(`{3,}+|~{3,}+)[ \t]*+([^\s`]*+)[^`\n]*+$", re.MULTILINE)
_LANGUAGES = {"py": "python", "python": "python", "python3": "python", "cpp": "cpp", "c++": "cpp", "cc": "cpp"}


@dataclass(frozen=True)
class Extracted:
    """The program and its language, or the reason why there is none: `no_code_block`, `incomplete_code`."""

    code: str | None
    language: str | None
    reason: str | None


def final_code(response: str, default: str = "python") -> Extracted:
    """The last fenced block of Python or C++ in a response; a fence that names no language has the `default`.

    A response whose last fence never closes was cut off: that is incomplete, whatever came before. Blocks of other
    languages (an example's output, a shell line) are passed over.
    """
    code = language = opening = None
    start = 0
    for fence in _FENCE.finditer(response):
        marks, name = fence[1], fence[2].lower()
        if opening is None:
            opening, start, language_here = marks, fence.end() + 1, _LANGUAGES.get(name, default if not name else None)
        elif not name and marks.startswith(opening):
            if language_here is not None:
                code, language = response[start : fence.start()], language_here
            opening = None
    if opening is not None:
        return Extracted(None, None, "incomplete_code")
    if code is None or not code.strip():
        return Extracted(None, None, "no_code_block")
    return Extracted(code, language, None)
