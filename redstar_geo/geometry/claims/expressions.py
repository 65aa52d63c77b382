"""Arithmetic over numbers, letters and measures → one object an expression."""

from __future__ import annotations

import re

from redstar_geo.bounds import DEPTH, DIGITS, EXPRESSION, OPERATIONS
from redstar_geo.geometry.cdl import Term
from redstar_geo.geometry.claims.rewriting import Rewriting, kinds
from redstar_geo.numerals import ONES, TENS, chinese

_MEASURE = kinds("angle", "segment", "arc", "measure")
_CORNER = re.compile(kinds("corner"))
_BEHIND, _AHEAD = r"(?<=[\d)²³\U000f0000-\U000ffffd])", r"(?=[\d(√\ue000-\ue009]|(?:sin|cos|tan) )"
_TOKEN = re.compile(
    r"(?P<object>[\ue000-\ue009][\U000f0000-\U000ffffd])"
    r"|(?P<number>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)"
    r"|(?P<function>(?:arc)?(?:[Ss]in|[Cc]os|[Tt]an|cot)(?![a-z])|sqrt|√)"
    r"|(?P<name>π|[a-zα-ωSR][₁-₉]|[a-zα-ω](?![A-Za-z])|R(?=\s*[=≈²^])|(?<=[\d*])R(?![A-Za-z]))"
    r"|(?P<raised>[²³⁴])"
    r"|(?P<sign>[-+*/^:()\[\]])"
)
_RUN = re.compile(rf"(?: *(?:{_TOKEN.pattern}))*")
_START = re.compile(
    r"[\ue000-\ue009]|(?<![A-Za-z\d_.])\d|√|(?<![A-Za-z])(?:arc)?(?:[Ss]in|[Cc]os|[Tt]an|sqrt)"
    r"|π|(?<![A-Za-z\d_])(?:[a-zα-ω](?![A-Za-z'’])|[SR][₁-₉]|R(?=\s*[=≈²^]))|(?<!-)-|[(\[]"
)
_RELATED = re.compile(r"\s*[=≈≠<>≤≥]|\s+(?:is|equals|be|must be|comes to|gives)\s|等于|[为是]\s*[\d\ue000-\ue009√(]")
_ENDED = re.compile(r"\s*°?\s*(?:[,.;，。；]|$)")
_BINDING = {"+": ("Add", 1), "-": ("Sub", 1), "*": ("Mul", 2), "/": ("Div", 2), ":": ("Div", 2), "^": ("Pow", 4)}
_NUMBER_BEFORE = re.compile(  # 2, 3√2, √3/2
    r"[=≈<>≤≥+*/(-]\s*(?:\d+(?:\.\d+)?|\d{0,9}√\(?\d{1,9}\)?|\(\(√?\(?\d{1,9}\)?\)/\(\d{1,9}\)\))\Z"
)
_FRACTION_BEFORE, _FRACTION_WIDTH = re.compile(r"(?:\(\(\d{1,9}\)/\(\d{1,9}\)\)|\(\d{1,9}/\d{1,9}\))\Z"), 25
_RAISED = {"²": "2", "³": "3", "⁴": "4"}
_TRIPLE = re.compile(  # a 30-60-90 triangle, AB = 10 (6-8-10)
    r"(?<!\b[Ii]n a )(?<!\b[Ff]or a )(?<!\bof a )(?<![\d.])"
    r"(?P<a>\d{1,4})°?[-:](?P<b>\d{1,4})°?[-:](?P<c>\d{1,4})°?(?P<right> right(?:[- ]angled)?)?"
    r"(?= (?:special )?(?:triangle|△))|\((?P<d>\d{1,4})°?-(?P<e>\d{1,4})°?-(?P<f>\d{1,4})°?\)"
)
_UNITS = re.compile(
    r"(?<=[\d)π\U000f0000-\U000ffffd²³])\s*"
    r"(?:°|deg(?:rees?|s)?\b|度"
    r"|(?:square |sq\.? )?(?:[cmdk]m|inch(?:es)?|feet|foot|ft|units?|(?:centi)?met(?:er|re)s?)\b"
    r"(?:\s*\^\s*\(?[23]\)?|[²³])?|平方(?:厘米|毫米|分米|米|单位)|厘米|毫米|分米|千米|米|个?单位长?度?)"
)
_MINUTES = re.compile(r"(?<![\d.])(\d+)\s*°\s*(\d{1,2})\s*(?:['′’]|分)(?:\s*(\d{1,2})\s*(?:[\"″”]|秒))?")
_TEN, _UNIT = "|".join(TENS), "|".join(sorted(ONES, key=len, reverse=True))
_SPELLED = re.compile(
    rf"\b(?:(?P<hundred>(?:{_UNIT}|a) hundred)(?: and)?[ -]?)?(?:(?P<ten>{_TEN})[ -]?)?(?P<unit>{_UNIT})?"
    r"(?=[ -]degrees?\b)",
    re.IGNORECASE,
)
_NUMBER_WORDS = re.compile(  # where only a value can stand
    rf"(?:(?<=\bis )|(?<=\bare )|(?<=times )|(?<=plus )|(?<=minus )|(?<=equals )|(?<=equal )|(?<=half of )"
    rf"|(?<=namely ))(?!one\b)"
    rf"(?:(?P<hundred>(?:{_UNIT}|a) hundred)(?: and)?[ -]?)?(?:(?P<ten>{_TEN})[ -]?)?(?P<unit>{_UNIT})?\b"
    r"(?=\s*(?:[.,;:)!]|$)| (?:times|plus|minus|units?|which|because|since|too|as well|long)\b)",
    re.IGNORECASE,
)
_TRIGONOMETRY = re.compile(rf"\b(?:the )?(sine|cosine|tangent) of (?:the )?{_AHEAD}")
_FUNCTIONS = {"sine": "sin", "cosine": "cos", "tangent": "tan"}
_ZH_SPELLED = re.compile(r"(?<![一二三四五六七八九十百零两])[一二三四五六七八九十百零两]{1,20}(?=度(?!数))")
_SUM = re.compile(rf"(?:\b[Tt]he )?\bsum of (?:the )?(?:lengths )?({_MEASURE}(?:, {_MEASURE})*,? and {_MEASURE})")
_ZH_SUM = re.compile(rf"({_MEASURE}(?:、{_MEASURE}){{1,10}}[与和]{_MEASURE})(?:的|之)和")
_WORD_OPERATORS = r"times|multiplied by|divided by|over|乘以?|除以"
_RATIOS = (  # wordings of products and sums with one operand each side
    (re.compile(rf"(?<![\d/(])(\d+/\d+)(?= ?(?:{_WORD_OPERATORS}) ?\d)"), r"(\1)"),
    (re.compile(rf"((?:{_WORD_OPERATORS}) ?)(\d+/\d+)"), r"\1(\2)"),
    (re.compile(rf"\b(?:one[- ])?half (?:of )?(?:the )?(?:(?:measure|length) of )?{_AHEAD}", re.I), "1/2*"),
    (re.compile(rf"(?:1/2|\(1/2\)) of (?={_MEASURE})"), "1/2*"),
    (re.compile(rf"\b(?:an?|one)[- ]third of (?:the )?{_AHEAD}", re.I), "1/3*"),
    (re.compile(rf"\b(?:an?|one)[- ](?:quarter|fourth) of (?:the )?{_AHEAD}", re.I), "1/4*"),
    (re.compile(rf"\btwo[- ]thirds (?:of )?(?:the )?{_AHEAD}", re.I), "2/3*"),
    (re.compile(rf"\bthree[- ](?:quarters|fourths) (?:of )?(?:the )?{_AHEAD}", re.I), "3/4*"),
    (re.compile(rf"(?<![\d.])(\(?\d+/\d+\)?) of (?:the )?(?={_MEASURE})"), r"\1*"),
    (re.compile(rf"\b(?:twice|double|two times) (?:the )?(?:(?:measure|length) of )?{_AHEAD}", re.I), "2*"),
    (re.compile(rf"\b(?:three times|thrice|triple) (?:the )?{_AHEAD}", re.I), "3*"),
    (re.compile(rf"\b(?:four times) (?:the )?{_AHEAD}", re.I), "4*"),
    (re.compile(rf"{_BEHIND} ?\btimes (?:the )?{_AHEAD}"), "*"),
    (re.compile(rf"{_BEHIND} ?\bmultiplied by (?:the )?{_AHEAD}"), "*"),
    (re.compile(rf"(?<=[\d)]) [xX] {_AHEAD}"), "*"),
    (re.compile(r"(?<=\d) ?(?:square )?(?:root|rt) (?=\d)"), "√"),
    (re.compile(rf"{_BEHIND} ?\bplus (?:the )?{_AHEAD}"), "+"),
    (re.compile(rf"{_BEHIND} ?\bminus (?:the )?{_AHEAD}"), "-"),
    (re.compile(rf"{_BEHIND} ?\b(?:divided by|over) (?:the )?{_AHEAD}"), "/"),
    (re.compile(rf"{_BEHIND} squared\b"), "²"),
    (re.compile(rf"(?:\b[Tt]he )?\b[Ss]quare (?:of|on) (?:the )?({_MEASURE})"), r"\1²"),
    (re.compile(rf"({_MEASURE}|\d)的平方(?!根)"), r"\1²"),
    (re.compile(rf"\b(?:the )?(?:square )?root of (?:the )?{_AHEAD}"), "√"),
    (re.compile(rf"{_BEHIND}(?:再|然后)?乘以?{_AHEAD}"), "*"),
    (re.compile(rf"{_BEHIND}(?:再|然后)?除以{_AHEAD}"), "/"),
    (re.compile(rf"{_BEHIND}(?:再|然后)?减去?{_AHEAD}"), "-"),
    (re.compile(rf"{_BEHIND}(?:再|然后)?加上?{_AHEAD}"), "+"),
    (re.compile(rf"({_MEASURE})的一半"), r"1/2*\1"),
    (re.compile(rf"({_MEASURE})的(?:2|两|二)倍"), r"2*\1"),
    (re.compile(rf"({_MEASURE})的(\d)倍"), r"\2*\1"),
    (re.compile(rf"({_MEASURE})[与和]({_MEASURE})(?:的|之)和"), r"(\1+\2)"),
    (re.compile(rf"(?:\b[Tt]he )?\bproduct of ({_MEASURE}) and ({_MEASURE})"), r"(\1*\2)"),
    (re.compile(rf"(?:\b[Tt]he )?\bratio (?:of )?({_MEASURE}) to ({_MEASURE})"), r"(\1/\2)"),
    (re.compile(rf"((?:\({_MEASURE}/{_MEASURE}\)|{_MEASURE}/{_MEASURE}) (?:is|equals) \d+) to (?=\d)"), r"\1/"),
    (re.compile(rf"({_MEASURE}) is to ({_MEASURE}) as (\d+) is to (\d+)"), r"\1/\2 = \3/\4"),
    (re.compile(rf"({_MEASURE}) and ({_MEASURE}) are in the ratio (\d+) ?(?::|to) ?(\d+)"), r"\1/\2 = \3/\4"),
    (re.compile(rf"({_MEASURE})[与和]({_MEASURE})之比"), r"(\1/\2)"),
    (re.compile(rf"({_MEASURE})的三分之一"), r"1/3*\1"),
    (re.compile(rf"({_MEASURE})的三分之二"), r"2/3*\1"),
    (re.compile(rf"({_MEASURE})的\(?(\d+/\d+)\)?(?![\d/])"), r"\2*\1"),
)


def find(rewriting: Rewriting) -> None:
    """Put an object for every number and every expression; letters count where a relation follows or precedes.

    What is beyond the bounds is one expression as far as it goes on, without a value: a part of it would say otherwise.
    """
    rewriting.rewrite(_SPELLED, _number_word)
    rewriting.rewrite(_ZH_SPELLED, lambda match: str(chinese(match[0])))
    rewriting.rewrite(_MINUTES, lambda match: f"{int(match[1]) + int(match[2]) / 60 + int(match[3] or 0) / 3600:.2f}")
    rewriting.rewrite(_NUMBER_WORDS, _number_word)
    rewriting.rewrite(_UNITS, lambda match: "")
    rewriting.rewrite(_TRIPLE, _triple)
    rewriting.rewrite(_TRIGONOMETRY, lambda match: f"{_FUNCTIONS[match[1]]} ")
    for pattern in (_SUM, _ZH_SUM):
        rewriting.rewrite(pattern, lambda match: f"({'+'.join(re.findall(_MEASURE, match[1]))})")
    for pattern, new in _RATIOS:
        rewriting.expand(pattern, new)
    edits, at = [], 0
    failed: set[int] = set()
    while (start := _START.search(rewriting.text, at)) is not None:
        at = start.start()
        reader = _Reader(rewriting, at, failed)
        try:
            term = reader.expression(0, 0)
        except _Beyond:
            reader.at = _RUN.match(rewriting.text, at).end()  # type: ignore[union-attr]  # it matches nothing at least
            reader.single_letter, term = False, Term("TooLong", (f"{reader.at - at} characters",))
        if term is None or (reader.single_letter and not _related(rewriting.text, at, reader.at)):
            at += 1
            continue
        old = rewriting.text[at : reader.at]
        if len(old) > 2 or not old[0] >= "\ue000":
            kind = "number" if term.head == "Number" else "expression"
            edits.append((at, reader.at, rewriting.put(kind, term)))
        at = reader.at
    rewriting.replace(edits)


def value_of(rewriting: Rewriting, sign: str) -> Term | None:
    """What an object is worth: of a corner, ABC, the angle; None for a shape."""
    term = rewriting.term(sign)
    if _CORNER.match(sign):
        return Term("MeasureOfAngle", term.args)
    return None if term.head == "Points" else term


def _related(text: str, start: int, end: int) -> bool:
    before = text[max(0, start - 4) : start].rstrip()
    if before[-1:] in ("=", "≈", "≠", "<", ">", "≤", "≥") or _RELATED.match(text, end):
        return True
    return before.endswith((" is", "是", "为")) and _ENDED.match(text, end) is not None  # "the arc is x, …"


class _Beyond(Exception):
    """An expression beyond the bounds."""


class _Reader:
    """Reads one expression from a place, by precedence climbing.

    Args:
        failed: places of brackets that are none, known and added to: within forty others one would be read forty times.
    """

    def __init__(self, rewriting: Rewriting, at: int, failed: set[int]) -> None:
        self.rewriting, self.text, self.start, self.at = rewriting, rewriting.text, at, at
        self.failed = failed
        self.single_letter = True  # until something else is read
        self.operations = 0

    def expression(self, binding: int, depth: int) -> Term | None:
        self._check(depth)
        left = self._operand(depth)
        while left is not None:
            before = self.at
            operator = self._operator()
            if operator is None:
                break
            head, strength = _BINDING[operator]
            if strength <= binding:
                self.at = before
                break
            self.operations += 1
            right = self.expression(strength - (head == "Pow"), depth + 1)  # powers bind to the right
            if right is None:
                self.at = before
                break
            left = Term(head, (left, right))
            self.single_letter = False
        return left

    def _check(self, depth: int) -> None:
        if depth > DEPTH or self.operations > OPERATIONS or self.at - self.start > EXPRESSION:
            raise _Beyond

    def _next(self, pattern: re.Pattern[str] = _TOKEN, spaces: bool = True) -> re.Match[str] | None:
        at = self.at
        while spaces and at < len(self.text) and self.text[at] == " ":
            at += 1
        return pattern.match(self.text, at)

    def _operator(self) -> str | None:
        """The operator that follows and is followed by an operand; `*` where two operands touch."""
        match = self._next()
        if match is None:
            return None
        sign = match["sign"]
        space_before = match.start() > self.at
        if sign in _BINDING:
            if sign == ":" and space_before != (self.text[match.end() : match.end() + 1] == " "):
                return None  # "Step 2: 60 + 40", not a ratio
            self.at = match.end()
            return sign
        fraction_of = (match["object"] or sign == "(") and self._is_behind_fraction()  # 1/2 AB
        if space_before and (match["function"] or ((match["object"] or sign == "(") and self._is_coefficient(match))):
            return "*"  # 2 sin 60°, = 2 AB
        if space_before and self._last() == "π" and (match["name"] or sign in ("(", "[")):
            return "*"  # π r², π (6)²
        if (
            match["raised"]
            or (sign and not fraction_of)
            or (space_before and not fraction_of and match["function"] != "√" and match["name"] != "π")
        ):
            return "*" if sign in ("(", "[") and not space_before else None
        if match["number"] or (match["object"] and self._last() >= "\ue000"):
            return None
        return "*"

    def _is_coefficient(self, match: re.Match[str]) -> bool:
        """Whether a number with a space behind it, right of a relation or an operator, is a factor of what follows."""
        number = _NUMBER_BEFORE.search(self.text, max(0, self.at - _FRACTION_WIDTH), self.at)
        if number is None:
            return False
        follows = self.text[match.end() : match.end() + 12]
        if match["sign"] == "(":
            return (
                re.match(r"[^()]*[\ue000-\ue009a-zα-ω√][^()]*\)", self.text[match.end() : match.end() + 60]) is not None
            )
        return not _RELATED.match(follows) and not re.match(r"\s*[∥⊥∼≅]", follows)

    def _is_behind_fraction(self) -> bool:
        window = max(0, self.at - _FRACTION_WIDTH)
        return self._last() == ")" and _FRACTION_BEFORE.search(self.text, window, self.at) is not None

    def _last(self) -> str:
        return self.text[self.at - 1]

    def _operand(self, depth: int) -> Term | None:
        """A number, letter, measure, root, function or bracket, with its powers."""
        term = self._bare_operand(depth)
        if term is None:
            return None
        raised = self._next(spaces=False)
        while raised is not None and raised["raised"]:
            self.at = raised.end()
            self.single_letter = False
            term = Term("Pow", (term, Term("Number", (_RAISED[raised["raised"]],))))
            raised = self._next(spaces=False)
        if self.text[self.at : self.at + 1] == "°":
            self.at += 1
        return term

    def _bare_operand(self, depth: int) -> Term | None:
        match = self._next(spaces=self.at > self.start)
        if match is None:
            return None
        start, self.at = self.at, match.end()
        term = self._primary(match, depth)
        if term is None:
            self.at = start
        return term

    def _primary(self, match: re.Match[str], depth: int) -> Term | None:
        if match["object"]:
            self.single_letter = False
            return value_of(self.rewriting, match["object"])
        if match["number"]:
            self.single_letter = False
            if len(match["number"]) > DIGITS:
                raise _Beyond
            return Term("Number", (match["number"].replace(",", ""),))
        if match["name"]:
            return Term("Name", ("pi" if match["name"] == "π" else match["name"],))
        if match["function"]:
            self.single_letter = False
            return self._function(match["function"].lower(), depth)
        if match["sign"] == "-" and self.text[self.at : self.at + 1] not in (" ", "-"):
            inner = self.expression(1, depth + 1)
            return None if inner is None else Term("Neg", (inner,))
        if match["sign"] in ("(", "[") and match.start() not in self.failed:
            inner = self.expression(0, depth + 1)
            closing = self._next()
            if inner is None or closing is None or closing[0] not in ")]":
                self.failed.add(match.start())
                return None
            self.at = closing.end()
            return inner
        return None

    def _function(self, name: str, depth: int) -> Term | None:
        self._check(depth)
        power = None
        if name in ("sin", "cos", "tan") and (raised := self._next(spaces=False)) is not None and raised["raised"]:
            self.at, power = raised.end(), Term("Number", (_RAISED[raised["raised"]],))
        inner = self._bare_operand(depth + 1)  # sin(a)² is the square of the sine, √3² that of the root
        if inner is None or name.endswith("cot"):
            return None
        if name in ("√", "sqrt"):
            return Term("sqrt", (inner,))
        if name.startswith("arc"):
            return Term("a" + name[3:], (inner,))
        heads = {part.head if part.terms else str(part) for part in inner.walk()}
        inverse = bool(heads & {"asin", "acos", "atan"})
        radians = "180" not in heads if inverse else "pi" in heads  # 180 · arccos(3/5) / π are degrees, 43π/180 are not
        term = Term(name if radians else name.capitalize(), (inner,))
        return term if power is None else Term("Pow", (term, power))


def _triple(match: re.Match[str]) -> str | None:
    """What the angles or the sides of a right triangle, named in a row, say of each other."""
    first, second, third = match["a"] or match["d"], match["b"] or match["e"], match["c"] or match["f"]
    if third == "90":
        return f", {first}+{second} = 90"
    squares = int(first) ** 2 + int(second) ** 2 == int(third) ** 2
    return f", {first}²+{second}² = {third}²" if match["right"] or squares else None


def _number_word(match: re.Match[str]) -> str | None:
    if not match[0].strip():
        return None
    total = 0
    if match["hundred"]:
        word = match["hundred"].lower().removesuffix(" hundred")
        total += 100 * (1 if word == "a" else ONES.index(word) + 1)
    total += 10 * (TENS.index(match["ten"].lower()) + 2) if match["ten"] else 0
    total += ONES.index(match["unit"].lower()) + 1 if match["unit"] else 0
    return str(total)
