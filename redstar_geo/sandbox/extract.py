"""The program in a model's response: its final fenced code block."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass, field

_MARKS = re.compile(r"(`{3,}+|~{3,}+)([ \t]*+)([^\s`]*+)([^\n]*+)")
_LAST_MARKS = re.compile(r"(?:`{3,}+|~{3,}+)[ \t]*+$", re.MULTILINE)
_NAME = re.compile(r"[\w+#-]*")
_LANGUAGES = {"py": "python", "python": "python", "python3": "python", "cpp": "cpp", "c++": "cpp", "cc": "cpp"}
_BEFORE = " \t>*+-.0123456789"  # what may stand before a fence: an indentation, a quotation mark, a list's bullet
_CODE = re.compile(r"^[ \t]*+(?:#include|import|from|def|class|for|while|if|print)\b|\w\(|\w[ \t]*+=[^=]", re.MULTILINE)


@dataclass(frozen=True)
class Extracted:
    """The program and its language, or the reason why there is none: `no_code_block`, `incomplete_code`."""

    code: str | None
    language: str | None
    reason: str | None


@dataclass
class _Block:
    """A fenced block.

    Attributes:
        before: what stands before the opening marks on their line.
        doubted: its opening fence was due to close another block, and may have been meant to.
    """

    marks: str
    name: str
    before: str
    doubted: bool
    lines: list[str] = field(default_factory=list)

    @property
    def indentation(self) -> int:
        nested = self.before if not self.before.strip(_BEFORE) else _leading(self.before)
        return len(nested.expandtabs())

    @property
    def code(self) -> str:
        """The lines without what stands before all of them: a quotation mark, and the indentation of the first."""
        lines = self.lines
        if self.before.strip() == ">":
            lines = [line.removeprefix(self.before).removeprefix(">") for line in lines]
        indentation = _leading(next((line for line in lines if line.strip()), ""))
        if not indentation:
            return "".join(lines)
        cut = (line.removeprefix(indentation) if line.startswith(indentation) else line.lstrip(" \t") for line in lines)
        return "".join(cut)


def final_code(response: str, default: str = "python") -> Extracted:
    """The last fenced block of Python or C++ in a response.

    Where no block names its language, it is the last that looks like a program, in the `default`: what stands behind a
    program is often a sample of its output. Blocks of other languages are passed over.

    A response whose last fence never closes was cut off: that is incomplete, whatever came before. A fence may be
    indented, quoted or in a list, and may be closed with words behind the marks, by its own name again, or by marks
    behind the last line of code.
    """
    blocks, cut_off = _blocks(response)
    if cut_off:
        return Extracted(None, None, "incomplete_code")
    programs = [block for block in blocks if block.name in _LANGUAGES]
    if not programs:
        bare = [block for block in blocks if not block.name]
        programs = [block for block in bare if _CODE.search(block.code)] or bare
    if not programs or not programs[-1].code.strip():
        return Extracted(None, None, "no_code_block")
    return Extracted(programs[-1].code, _LANGUAGES.get(programs[-1].name, default), None)


def _blocks(response: str) -> tuple[list[_Block], bool]:
    """The fenced blocks of a response, and whether it ends within one."""
    blocks: list[_Block] = []
    block: _Block | None = None
    for line in io.StringIO(response, newline="\n"):
        if block is None:
            block = _opened(line)
        elif _closes(line, block):
            blocks.append(block)
            block = _opened(line, doubted=True)
        else:
            block.lines.append(line)
    if block is None:
        return blocks, False
    text = "".join(block.lines)
    if blocks and not text.strip():
        return blocks, bool(block.name) and not block.doubted
    ends = list(_LAST_MARKS.finditer(text))
    if ends:
        block.lines = text[: ends[-1].start()].splitlines(keepends=True)
        blocks.append(block)
    return blocks, not ends


def _opened(line: str, doubted: bool = False) -> _Block | None:
    """The block that a line opens; a fence that closes another opens one of its own only if it names a language."""
    found = _MARKS.search(line)
    if found is None or "`" in found[4]:
        return None
    before, name = line[: found.start()], found[3].strip("{.}").lower().partition(":")[0]
    nested = not before.strip(_BEFORE)
    known = name in _LANGUAGES and not found[4].strip()
    if not (known or (nested and not doubted) or (nested and name and not found[2] and _NAME.fullmatch(name))):
        return None
    return _Block(found[1], name, before, doubted)


def _closes(line: str, block: _Block) -> bool:
    found = _MARKS.search(line)
    if found is None or not found[1].startswith(block.marks) or "`" in found[4]:
        return False
    before = line[: found.start()]
    return not before.strip(" \t>") and len(before.expandtabs()) <= block.indentation + 3


def _leading(line: str) -> str:
    """The blanks that a line begins with."""
    return line[: len(line) - len(line.lstrip(" \t"))]
