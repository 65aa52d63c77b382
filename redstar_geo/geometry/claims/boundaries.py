"""Where a claim ends for sure: what is half read is not judged.

`BC = 2` is no claim of `BC = 2 cot x`, nor `angle B is AC` of `the side opposite angle B is AC`: to judge a part would
be to judge what nobody said.
"""

from __future__ import annotations

import re

from redstar_geo.geometry.cdl import Term
from redstar_geo.geometry.claims.rewriting import OBJECT, Rewriting, kinds

_NAMED, _MEASURE = kinds("angle", "segment", "arc"), kinds("angle", "segment", "arc", "measure")
_GOES_ON = re.compile(  # behind the last object of a claim
    r"[ \t]*[+*/^²³⁴×÷]| [rxyzhk](?![A-Za-z'’])|,[\d\ue007]|(?<=[\ue007\ue008].)[:：][\ue007\ue008]"
    r"|[ \t]*-(?=[\w(√\ue000-\ue009])|[A-Za-z_{\\%]|\.\d"
    r"|\((?![^()]*(?:[a-z]{3}|[一-龥]))(?=[^()]{0,40}[\d\ue000-\ue009])"
    rf"| ?{_MEASURE}(?!\s*[=≈≠<>≤≥∥⊥∼≅]| is\b| are\b)"
    r"|,? *(?:and |then |and then )?\b(?:minus|plus|times|multiplied|divided|over|squared|cubed|percent"
    r"|sin|cos|tan|cot|sec|csc|log)\b"
    r"|\s?(?:的(?:一半|平方|[\d二两三四五]倍)|[,，]?(?:再|然后)?(?:[减加乘]|除以)|倍|分之|[边上]*的)"
)
_BEGUN = re.compile(  # before the first one
    rf"[+*/^√π]\s*$|(?:{_MEASURE}|[\ue007\ue008].)(?::|\s[:：]\s)$|(?:{_NAMED}|[\ue007\ue008].)：$"
    r"|[\w)°²\U000f0000-\U000ffffd]\s*-\s*$|(?:^|[=≈<>+*/(,.;:\n-]|\bso|\bthen|\bthus|\bhence"
    r"|\bthat)\s*\d+(?:\.\d+)? $"
    r"|\b(?:minus|plus|times|multiplied by|divided by|over|half|half of|twice|double|thrice|triple|(?:sum|difference"
    r"|product|ratio)"
    r" of|(?:root|sine|cosine|tangent|third|quarter|rest|part|percent|fraction|multiple) of|sin|cos|tan|cot"
    r"|log)(?: the)? $"
    r"|\b(?:[Tt]wo|[Tt]hree|[Ff]our|[Ff]ive|[Ss]ix) $|(?:减去?|加上?|乘以?|除以|根号|[倍分]的?)$"
)
_NOT_THE_SUBJECT = re.compile(  # before an object with a verb behind it
    r"(?<!value )\b(?:of|on|opposite|to|at|between|from|by|through|along|for|near|beside|than|intercept\w*|subtend\w*"
    r"|facing|off"
    r"|under|across|joining|containing|inside|into|onto)(?: the| an?| its)?(?: [a-z]+){0,2} $|\bbetween\b[^.;,]*$"
    r"|\bmakes? with $|\bof\b[^.;=≈]*\band $"
    r"|(?:所对的?|对着|之间的?|[到与和]) ?$"
)
_OBJECT = re.compile(OBJECT)
_OF_ANOTHER = re.compile(  # the bisector of AB passes through M
    r"\b(?<!lengths )(?<!measures )(?<!sizes )(?<!values )(?<!areas )(?<!pair )(?<!pairs )(?<!because )"
    r"(?:of|opposite|beside|through|from|than|parallel to|perpendicular to)(?: the| side| line)? $"
)
_ZH_IS, _ZH_NOUN = re.compile("[是为]\\s?$"), re.compile("[边上中里所对度角弧弦]")  # OE是斜边AB上的中线
_AND = re.compile(r"(?:\band|,|&|与|和|、)\s*$")
_LISTED, _MORE = re.compile(rf"{_MEASURE}\s*[,、]\s*$"), re.compile("\\s*[,、]\\s*[\ue007\ue008].\\s*(?:[,.;、。]|$)")
_MANY = re.compile(r"\s(?:are|both|have|measure)\b|都|均")
_LENGTHS = frozenset(
    {"LengthOfLine", "RadiusOfCircle", "DiameterOfCircle", "LengthOfArc", "PerimeterOfTriangle", "PerimeterOfCircle"}
    | {"PerimeterOfQuadrilateral", "HeightOfTriangle"}
)
_KINDS_OF_VALUES = (
    _LENGTHS,
    frozenset({"MeasureOfAngle", "MeasureOfArc"}),
    frozenset({"AreaOfTriangle", "AreaOfQuadrilateral", "AreaOfCircle", "AreaOfSector"}),
)
_UNIT = re.compile(r"\d\s*([cmdk]?m|in|ft|厘米|毫米|分米|米)(?![A-Za-z])")
_DEGREES = re.compile(r"\d\s*\}?\s*\$?\s*(?:°|degrees?\b|\^\s*\{?\s*\\circ|度)\W*$")


def half_read(text: str, start: int, end: int, verb: str | None) -> bool:
    """Whether a comparison here is only a part of what the text says; `verb`: the words that join its sides."""
    before = text[max(0, start - 80) : start]
    if _BEGUN.search(before) or _GOES_ON.match(text, end):
        return True
    if _LISTED.search(before) and _MORE.match(text, end):
        return True  # AB, AC, BC = 5, 4, 3
    if verb is not None and _ZH_IS.search(verb) and _ZH_NOUN.match(text, end):
        return True
    if verb is None or verb.strip(" ,").startswith(("equal", "which", "being", "namely", "i.e")):
        return False
    return bool(_NOT_THE_SUBJECT.search(before) or (_MANY.match(verb) and _AND.search(before)))


def of_another(text: str, start: int) -> bool:
    """Whether the object here is not the subject of the verb behind it but belongs to what is."""
    return bool(_OBJECT.match(text, start) and _OF_ANOTHER.search(text, max(0, start - 40), start))


def of_one_kind(rewriting: Rewriting, left: Term, right: Term, start: int, end: int) -> bool:
    """Whether both sides can be equal at all: no length is an angle, nor a number of degrees."""
    found = {place for side in (left, right) for place, heads in enumerate(_KINDS_OF_VALUES) if side.head in heads}
    if len(found) > 1:
        return False
    first, last = rewriting.span(start, end)
    if len(set(_UNIT.findall(rewriting.original[first : last + 3]))) > 1:
        return False  # 5 cm = 50 mm
    is_length = 0 in found and right.head == "Number"
    return not (is_length and _DEGREES.search(rewriting.original[first:last]))
