"""LaTeX → MathML that may be put into a page: only known elements and attributes, every text escaped.

Browsers draw MathML by themselves, so nothing is fetched and no script runs.
"""

from __future__ import annotations

import html
import re
from functools import lru_cache
from xml.etree.ElementTree import Element

from latex2mathml import exceptions
from latex2mathml.converter import convert_to_element

_LONGEST, _DEEPEST = 2_000, 40
_REFUSED = re.compile(  # macros can grow without bound; the others set addresses and styles
    r"\\(?:(?:re)?new(?:command|environment)|providecommand|def|gdef|edef|let|DeclareMathOperator|href|url|style|class)"
)
_ELEMENTS = """
    math mrow mi mn mo mtext mspace msup msub msubsup mfrac msqrt mroot mover munder munderover
    mtable mtr mtd mstyle mpadded mphantom menclose mmultiscripts mprescripts none
"""
_ATTRIBUTES = """
    display displaystyle scriptlevel mathvariant stretchy fence form lspace rspace linethickness notation accent
    columnalign rowspacing columnspacing movablelimits minsize maxsize symmetric separator width height depth
"""
_ALLOWED_ELEMENTS, _ALLOWED_ATTRIBUTES = frozenset(_ELEMENTS.split()), frozenset(_ATTRIBUTES.split())
_DEGREES = re.compile(r"\^\s*(?:\\circ(?![A-Za-z])|\{\s*\\circ\s*\})|\\degree(?![A-Za-z])")
_VALUE = re.compile(r"[\w.+% -]{0,40}")
_UNREADABLE = (
    exceptions.NumeratorNotFoundError,
    exceptions.DenominatorNotFoundError,
    exceptions.ExtraLeftOrMissingRightError,
    exceptions.MissingSuperScriptOrSubscriptError,
    exceptions.DoubleSubscriptsError,
    exceptions.DoubleSuperscriptsError,
    exceptions.NoAvailableTokensError,
    exceptions.InvalidStyleForGenfracError,
    exceptions.MissingEndError,
    exceptions.InvalidAlignmentError,
    exceptions.InvalidWidthError,
    exceptions.LimitsMustFollowMathOperatorError,
    StopIteration,
    LookupError,
    ValueError,
    TypeError,
    AttributeError,
    RuntimeError,
)


@lru_cache(maxsize=4096)
def formula(latex: str, display: bool = False) -> str:
    """The formula as MathML; what cannot be read stands as its source, in `code`."""
    source = f"<code>{html.escape(latex)}</code>"
    if len(latex) > _LONGEST or _REFUSED.search(latex) or _depth(latex) > _DEEPEST:
        return source
    try:
        return _safe(convert_to_element(_DEGREES.sub("°", latex), display="block" if display else "inline"))
    except _UNREADABLE:
        return source


def _depth(latex: str) -> int:
    deepest = depth = 0
    for sign in re.findall(r"[{}]|\\left\b|\\right\b|\\begin\b|\\end\b|\\(?:frac|sqrt)(?=\\)|[_^]", latex):
        depth = max(0, depth + (-1 if sign in ("}", r"\right", r"\end") else 1 if sign not in "_^" else 0))
        deepest = max(deepest, depth)
    return deepest


def _safe(element: Element) -> str:
    """Serialised by ourselves: the package's own text form puts `<` back where LaTeX said it."""
    inner = html.escape(html.unescape(element.text or "")) + "".join(
        _safe(child) + html.escape(html.unescape(child.tail or "")) for child in element
    )
    tag = element.tag.rpartition("}")[2]
    if tag not in _ALLOWED_ELEMENTS:
        return f"<mrow>{inner}</mrow>"
    attributes = "".join(
        f' {name}="{value}"'
        for name, value in element.items()
        if name in _ALLOWED_ATTRIBUTES and _VALUE.fullmatch(value)
    )
    if tag == "menclose":  # browsers leave it out of MathML Core: a box is drawn by the style sheet
        return f'<mrow class="boxed">{inner}</mrow>'
    return f"<{tag}{attributes}>{inner}</{tag}>"
