"""Whether a claim is told in words that leave no doubt what is claimed; only then can it be called false.

A text may say `∠A = 50°` of a guess, a trap, an option or another's mistake, and `5 = 30` is what is left of `shoe size
25 + shoe size 5 = 30`. A true claim needs no such care: by chance no reading comes out right.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from redstar_geo.geometry.claims.rewriting import OBJECT
from redstar_geo.geometry.claims.vocabulary import Word

_LONGEST = 240  # characters of a sentence before a claim that are looked at
_NEXT_TO = 40  # characters
_LINKS = 6  # of a chain of equations
_CLAUSE = re.compile(
    r"[,;:，；：()（）=≈≠<>≤≥∥⊥∼≅⇒→∴∵|\n]|\b(?:so|then|thus|hence|therefore|since|because|that|with|where|while|when|if"
    r"|other words|giv(?:es?|ing)|get|have|yields?|means|makes|is|are|as)\b|所以|则|得|因为|由于|即|故"
)
_OPENS = re.compile(r"(?:^|[.,;:!?。，；：！？、()（）\[\]|\"“”'‘’—–=≈≠<>≤≥⇒→∴∵一-龥\n-])\s*$")
_STARTS = re.compile(
    r"\b(?:so|then|thus|hence|therefore|since|because|as|and|is|are|was|get|gets|have|has|gives?|giving|with|from|that|where|or|when"
    r"|means|makes|yields?|becomes|leaves|namely|i\.e|compute|check|but|also|again|know|find|obtain|simply|now|first|next"
    r"|reads?|be|being|leav(?:es?|ing)|remains?|add(?:s|ing)?|[a-z]+ting|using|solving|product|proportion|relation|condition|identity|ratio|sum|equation|area|into|to|by|equals|see|indeed|just|write|calculate|follows|solve|finally|while)[.,]?\s*$",
    re.IGNORECASE,
)
_GOES_ON = re.compile(
    r"\s*(?:[\d_%‰({\[\\]|[*/^]|[a-z](?![A-Za-z])|R ?[\d\ue007]|余|(?:with )?(?:a )?rem(?:ainder|\.)?\b)"
)
# Signs that people write without the brackets that they mean: √4²+3², 4√3/2√3.
_LOOSE = re.compile(
    r"(?:√|\bsqrt)\s?\w+(?:[²³]|\^\d)?\s?[-+−]|/\s?\w*\d\s?[√(a-zπ]|\\(?:begin|end)\s*\{[a-zA-Z]*matrix"
)
_WORTH, _NAMED = "[\ue007\ue008].", "[\ue000\ue002\ue005\ue006]."  # = 2 AB = 6: two claims, or a product
_BEHIND_WORTH, _WORTH_BEFORE = re.compile(f"(?<={_WORTH}) (?:{_NAMED}|{_WORTH})"), re.compile(f"{_WORTH} $")
_LINK = re.compile(f"\\s*[=≈]\\s*{OBJECT}")
_WORKED_ON = re.compile(
    r"\s*[,，]?\s*(?:(?:and |then |and then |all )?(?:halve[sd]?|halving|doubled?|tripled?|squared|over|divided?"
    r"|times|plus|minus|cut in half)\b"
    r"|(?:再|然后)?(?:除以|[乘减加])|的一半|的[\d二两三四]|折半|减半|翻倍)"
)
_SPOKEN_OF = re.compile(  # AB = 6 is what you get
    r"\s*(?:(?:is|was) (?!given|known|true|our|(?:the )?[\ue000-\ue009]"
    r"|the (?:answer|required|desired|given|value|length|measure|angle|side|base|leg|hypotenuse|height|radius|diameter)"
    r"|also|a |an "
    r"|what (?:we|was|is) )"
    r"|(?:fails?|breaks?|contradicts?|clashes)\b|显然[大小]|[太偏][大小长短])"
)
_NUMERIC = re.compile(r"[\d√(\[-]|[\ue007\ue008]")


class Certainty:
    """What is known of the words of one text, rewritten as far as the grammar goes; `anew`: where it begins afresh."""

    def __init__(self, text: str, words: Sequence[Word], anew: Sequence[int]) -> None:
        self.text, self.anew = text, anew
        self.odd = [word.start for word in words if word.kind == "odd"]
        self.modifiers = [word.start for word in words if word.kind == "modifier"]

    def plain(self, begin: int, start: int, end: int, stop: int, arithmetic: bool) -> bool:
        """Whether nothing odd stands before a claim in its sentence or behind it in its clause, or touches it.

        Args:
            begin: where the sentence begins; `stop`: where the clause ends.
            arithmetic: it speaks of nothing in the figure, so that only its own clause counts.
        """
        place = bisect_right(self.anew, start) - 1
        begin = max(begin, start - _LONGEST, self.anew[place] if place >= 0 else 0)
        clauses = list(_CLAUSE.finditer(self.text, max(begin, start - _NEXT_TO), start))
        clause = clauses[-1].end() if clauses else begin
        if _within(self.odd, clause if arithmetic else begin, start):
            return False
        if _within(self.odd, end, min(stop, end + _NEXT_TO)) or _within(self.modifiers, clause, start):
            return False
        return not self._touched(start, end, arithmetic)

    @staticmethod
    def loose(words: str) -> bool:
        """Whether a claim is written so that its writer may have meant other brackets."""
        return _LOOSE.search(words) is not None

    def _touched(self, start: int, end: int, arithmetic: bool) -> bool:
        """Whether arithmetic goes on to the left or right of what was read, or the text makes it its subject."""
        last = end
        for _ in range(_LINKS):  # to the end of its chain
            last = link.end() if (link := _LINK.match(self.text, last)) else last
        if _WORKED_ON.match(self.text, last) or _SPOKEN_OF.match(self.text, last):
            return True
        after = self.text[end : end + 12]
        if _GOES_ON.match(after) and not re.match(r"\s*\((?!\s*[\d\ue007])", after):
            return True
        before = self.text[max(0, start - _NEXT_TO) : start]
        if _BEHIND_WORTH.match(self.text, end) or (
            _WORTH_BEFORE.search(before) and re.match(f"{_NAMED}|\ue008", self.text[start:])
        ):
            return True
        opens = _OPENS.search(before) or (start <= _NEXT_TO and not before.strip())
        return arithmetic and bool(_NUMERIC.match(self.text, start)) and not opens and not _STARTS.search(before)


def _within(places: Sequence[int], start: int, end: int) -> bool:
    at = bisect_left(places, start)
    return at < len(places) and places[at] < end
