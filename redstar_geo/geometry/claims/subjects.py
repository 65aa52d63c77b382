"""Subjects that a text does not name again: relative clauses, possessives, pronouns with one antecedent; and lists."""

from __future__ import annotations

import re

from redstar_geo.geometry.cdl import Term
from redstar_geo.geometry.claims.rewriting import OBJECT, Rewriting, kind_of, kinds, wording

_VALUE = kinds("angle", "segment", "arc", "measure")
_HEADS = {
    "area": "AreaOf", "perimeter": "PerimeterOf", "circumference": "PerimeterOf", "radius": "RadiusOf",
    "diameter": "DiameterOf", "面积": "AreaOf", "周长": "PerimeterOf", "半径": "RadiusOf", "直径": "DiameterOf",
}  # fmt: skip
_OF_SHAPE = wording(
    r"{triangle|polygon|circle},? (?:whose |with (?:an? )?|has (?:an? )?|having (?:an? )?|of (?=radius|diameter))"
    r"(area|perimeter|circumference|radius|diameter)(?: of| is|:| equal to)? (?=[\d√(a-z])"
)
_RULES = (
    (
        re.compile(rf"\b([Ll]et|[Cc]all|[Dd]enote) (?:the length of )?({_VALUE}) (?:be|by|as|equal) (?=[a-z]\b)"),
        r"\1 \2 = ",
    ),
    (
        re.compile(rf"\b([Ll]et) ([a-z]) (?:be|denote|stand for|represent) (?:the length of )?({_VALUE})"),
        r"\1 \2 = \3",
    ),
    (re.compile(rf"设({_VALUE})(?:的?长)?为(?=[a-z](?![a-z]))"), r"设\1="),
    (
        re.compile(rf"({_VALUE}) ?[(（] ?(?:=|which (?:is|equals)|i\.e\.,?|being|即|[等长]于?为?) ?(?=[\d√])"),
        r"\1 = ",
    ),
    (re.compile(rf"({_VALUE}),? which (?:has|is of) (?:a )?(?:length|measure)(?: of)? (?=[\d√(])"), r"\1 is "),
    (
        re.compile(rf"({_VALUE}) is (?:a|the) (?:chord|segment|side|tangent|radius) (?:that|which) is (?=[\d√])"),
        r"\1 is ",
    ),
    (re.compile(r"\b([Ii]t)'s(?= [\d√(])"), r"\1 is"),
    (re.compile(rf"({OBJECT}),? whose (?:length|measure|size) (?:is |equals |measures )"), r"\1 is "),
    (re.compile(rf"({OBJECT}),? (?:with|of|has|having) (?:a )?(?:length|measure)(?: of)? (?=[\d√(])"), r"\1 is "),
    (
        re.compile(
            rf"({OBJECT}), which (?!is |are |was |has |measures |equals |comes |gives )[^,.;\n]{{1,60}}, (?=is "
            rf"|equals |has |measures )"
        ),
        r"\1 ",
    ),
    (re.compile(rf"(?:, namely|, that is,?|, i\.e\.,?) ({OBJECT}),? (?=is |equals |has |measures )"), r"; \1 "),
    (
        re.compile(rf"({OBJECT}(?:,? and | & ){OBJECT}),? (?:both|each) of which (?:is|are|equals?|measures?) "),
        r"\1; \1 are both ",
    ),
    (re.compile(rf"({OBJECT})和({OBJECT})，(?:它们|二者|两者)(?:都|均)(?:是|为|等于)"), r"\1和\2都等于"),
    (re.compile(rf"(?:, which is (?:the )?|, (?:the )?)({OBJECT}), is "), r", \1 is "),
    (re.compile(rf"({OBJECT}), (?:like|just like|as well as) {OBJECT}, "), r"\1 "),
    (re.compile(rf"({OBJECT})[,，]?(?:它的|其)(?:长度?|度数|大小)"), r"\1"),
    (
        wording(
            r"{triangle},? (?:whose right angle is|which has (?:a|its) right angle|with (?:a|its|the) right angle) at "
        ),
        r"\1 has its right angle at ",
    ),
)
_ITS = re.compile(r"\b[Ii]ts (area|perimeter|circumference|radius|diameter)\b|(?:它的|其)(面积|周长|半径|直径)")
_IT = re.compile(
    r"\b(?:[Ii]t|[Tt](?:his|hat) (?P<angle>angle))"
    r"(?= (?:also |then |therefore |thus |just )?(?:is|equals|measures|must be)(?: also| exactly| just)? [\d√(])"
    r"|(?:它|(?P<zh>[该此这那]个?角))(?=(?:也|就|应)?(?:等于|[是为]) ?[\d√(])"
)
_LIKEWISE = re.compile(
    r"(?:,? and (?:so (?:is|does)|likewise|similarly)|,? as (?:is|does)"
    r"|[;,] (?:so is|likewise|the same (?:goes|holds) for)) "
    rf"({_VALUE})(?! ?[=≈(]| is| are)|[,，] ?({_VALUE})也(?:是|一样|相同|如此)(?= ?[。；，,.]|$)"
)
_SAID = re.compile(r"(?:=|\bis|\bequals|\bmeasures|[是为]|等于) ?([\d./√]+ ?(?:°|degrees|度)?)\Z")
_THEY = re.compile(
    r"\b(?:[Tt]hey|[Bb]oth|[Ee]ach(?: of them)?|[Bb]oth of them|[Tt]hese(?: two)?(?: angles| segments| sides)?)"
    r"(?: is| are| equals?| measures?)(?: both| each| all)? (?=[\d√])"
    r"|(?:它们|[二两]者)(?:都|均)?(?:等于|[是为]) ?(?=[\d√])"
)
_THEY_ARE = re.compile(
    r"\b[Tt]hey are (?=(?:also |both )?(?:parallel|perpendicular|equal|congruent|similar)\b)"
    r"|(?:它们|[二两]者)(?=(?:互相)?(?:平行|垂直|相等))"
)
_IT_IS = re.compile(
    r"\b(?:[Ii]t|[Tt]his triangle) is (?:also |therefore |thus )?"
    r"(?=(?:an? )?(?P<triangle>isosceles|equilateral|right[- ](?:angled|triangle))\b|(?:parallel|perpendicular) to)"
)
_MAKES_IT = re.compile(r"\b(?:[Tt]hat|[Tt]his|[Ww]hich) makes it (?:exactly |just )?(?=[\d√(])")
_ASIDE = re.compile(r"\b(?:with|since|as|because|when|for|if|given)\b", re.IGNORECASE)  # with AB = 5, it is 12
_SHAPE = re.compile(kinds("triangle", "polygon", "circle", "corner"))
_PAIRWISE = (
    r"(?:parallel|perpendicular|equal|congruent|similar|supplementary|complementary|the same|collinear|vertical"
    r"|adjacent|at right)"
)
_LISTED = kinds("segment", "angle", "triangle", "corner", "arc", "polygon", "circle", "measure")
_LIST = re.compile(
    # in "M is the midpoint of AB, CD and EF are equal" the list begins behind the first of them
    r"(?<!\bto )(?<!point of )(?<!sector of )(?<!meter of )(?<!dian of )(?<!tude of )(?<!bisects )(?<!\bis )(?<![∥⊥=])"
    rf"{_LISTED}(?:(?:,|、) ?{_LISTED}){{0,10}}(?:,? (?:and|&) |、| ?[和与] ?){_LISTED}"
    rf"(?=(?: are| both| each| have| measure)\b(?! (?:both |all |mutually |also )?{_PAIRWISE}(?! to| with))|都是"
    rf"|均为|都为|都等于)"
)
_OBJECT = re.compile(OBJECT)
_LONGEST_SENTENCE = 300


def find(rewriting: Rewriting) -> None:
    """Put the object in the place of what stands for it."""
    rewriting.rewrite(_OF_SHAPE, lambda match: f"{measure(rewriting, match[2], match[1])} is ")
    for pattern, new in _RULES:
        rewriting.expand(pattern, new)
    rewriting.rewrite(_LIKEWISE, lambda match: _said_before(rewriting, match))
    rewriting.rewrite(_ITS, lambda match: _possessed(rewriting, match))
    for they in (_THEY, _THEY_ARE):
        rewriting.rewrite(they, lambda match: _two(rewriting, match.start()))
    rewriting.rewrite(_IT_IS, lambda match: _only_one(rewriting, match))
    rewriting.rewrite(_IT, lambda match: _only(rewriting, match.start(), bool(match["angle"] or match["zh"])))
    rewriting.rewrite(
        _MAKES_IT, lambda match: f"{sign} is " if (sign := _only(rewriting, match.start(), False)) else None
    )


def measure(rewriting: Rewriting, word: str, sign: str) -> str:
    """The object of the area, perimeter … of a shape."""
    points = rewriting.term(sign)
    shape = {1: "Circle", 3: "Triangle"}.get(len(str(points.args[0])), "Quadrilateral")
    return rewriting.put("measure", Term(_HEADS[word] + shape, (points,)))


def _sentences(before: str) -> list[str]:
    """The sentence that a text ends in and the one before it, the last first."""
    *earlier, last = re.split(r"[.!?。！？\n]", before)
    return [last, *[sentence for sentence in earlier if sentence.strip()][:-2:-1]]


def _possessed(rewriting: Rewriting, match: re.Match[str]) -> str | None:
    """`Its area`: of the only shape that the sentence, or else the one before it, speaks of."""
    word = match[1] or match[2]
    before = rewriting.text[max(0, match.start() - _LONGEST_SENTENCE) : match.start()]
    for sentence in _sentences(before):
        shapes = {sign for sign in _SHAPE.findall(sentence)}
        names = {rewriting.term(sign) for sign in shapes}
        if len(names) > 1:
            return None
        if names:
            sign = shapes.pop()
            round_ = len(str(rewriting.term(sign).args[0])) == 1
            fits = round_ == (word in ("radius", "diameter", "circumference", "半径", "直径")) or word in (
                "area",
                "面积",
            )
            return measure(rewriting, word, sign) if fits else None
    return None


def _only(rewriting: Rewriting, place: int, angle: bool) -> str | None:
    """`It`: the only quantity that the sentence, or else the one before it, speaks of; `this angle`: the only angle."""
    before = rewriting.text[max(0, place - _LONGEST_SENTENCE) : place]
    for sentence in _sentences(before):
        if _ASIDE.search(sentence):
            return None
        signs = re.findall(kinds("angle") if angle else _VALUE, sentence)
        if len({rewriting.term(sign) for sign in signs}) > 1 or (not angle and _SHAPE.search(sentence)):
            return None
        if signs:
            return signs[0]
    return None


def _said_before(rewriting: Rewriting, match: re.Match[str]) -> str | None:
    """`AB = 5, and so is CD`: the number that was just said of another."""
    number = _SAID.search(rewriting.text, max(0, match.start() - 24), match.start())
    return None if number is None else f"; {match[1] or match[2]} = {number[1]}"


def _two(rewriting: Rewriting, place: int) -> str | None:
    """`They are`: the only two things of one kind that the sentence, or else the one before it, speaks of."""
    for sentence in _sentences(rewriting.text[max(0, place - _LONGEST_SENTENCE) : place]):
        signs = list({rewriting.term(sign): sign for sign in _OBJECT.findall(sentence)}.values())
        if signs or _ASIDE.search(sentence):
            two = len(signs) == 2 and kind_of(signs[0]) == kind_of(signs[1]) and not _ASIDE.search(sentence)
            return f"{signs[0]} and {signs[1]} are " if two else None
    return None


def _only_one(rewriting: Rewriting, match: re.Match[str]) -> str | None:
    """`It is isosceles`, `It is parallel to`: the only triangle or line of the sentence, or else of the one before."""
    wanted = kinds("triangle", "corner") if match["triangle"] else kinds("segment")
    for sentence in _sentences(rewriting.text[max(0, match.start() - _LONGEST_SENTENCE) : match.start()]):
        signs = {rewriting.term(sign): sign for sign in re.findall(wanted, sentence)}
        if signs:
            return f"{next(iter(signs.values()))} is " if len(signs) == 1 else None
    return None


def list_all(rewriting: Rewriting) -> None:
    """One object for a list of subjects that are each said to be something."""
    rewriting.rewrite(_LIST, lambda match: _listed(rewriting, match[0]))


def _listed(rewriting: Rewriting, text: str) -> str | None:
    signs = _OBJECT.findall(text)
    kind = kind_of(signs[0])
    if any(kind_of(sign) != kind for sign in signs):
        return None
    return rewriting.put(kind, Term("Each", tuple(map(rewriting.term, signs))))
