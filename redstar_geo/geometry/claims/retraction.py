"""What a text takes back: claims that it replaces or denies behind a doubt, and what hung on them alone.

A doubt alone takes nothing back. A claim is withdrawn when, after a word of doubt that no confirmation closes, the text
says something else of the same quantity, or when the text denies it; and not if the text says it again later. A false
claim between a withdrawn one and its correction that uses its value or quantity, or follows from it in so many words,
goes with it.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from redstar_geo.geometry.claims.cues import Cue
from redstar_geo.geometry.claims.decision import TRUE_ANYHOW, Decision
from redstar_geo.geometry.claims.facts import Facts
from redstar_geo.geometry.claims.numbers import same
from redstar_geo.geometry.claims.read import Claim, Reading
from redstar_geo.geometry.claims.said import Said

_SENTENCE = re.compile(r"(?:[.!?。！？…]+[)）]?(?=\s|$|[一-龥])|\n)\s*")
_SO = re.compile(
    r"\b(?:so|then|thus|hence|therefore|gives?|giving|means?|making|makes|get|follows|yields?)\b"
    r"|[⇒∴→]|in that case|这时|此时|这样|所以|因此|从而|于是|故|那么|则|得|即|可知|说明",
    re.IGNORECASE,
)
_CONCLUSION = re.compile(
    r"\W*(?:so|therefore|hence|thus|(?:the )?(?:final )?answer)\b|\W*(?:所以|因此|故|综上|答)", re.IGNORECASE
)
_NEAR, _FAR = 160, 300  # characters from a claim to the word that denies it, or that admits an error
_EARLY = 12  # characters of a sentence
_NEARBY = 4  # claims before an admission
_LAST = 120  # characters in which a text gives its answer
_MOST = 50  # later claims about one quantity that are looked at, besides the last
UNSURE = "not told in so many words"
_Decided = Sequence[tuple[Claim, Decision]]


def retracted(reading: Reading, decided: _Decided, facts: Facts) -> tuple[tuple[Claim, Decision], ...]:
    """The same claims, `withdrawn` where the text takes them back."""
    if not any(decision.status == "false" for _, decision in decided):
        return tuple(decided)
    said: list[Said] = []
    for place, (claim, decision) in enumerate(decided):
        goes_on = bool(said) and said[-1].claim.start < claim.start < said[-1].claim.end
        said.append(Said(place, claim, decision, said[-1].names if goes_on else frozenset(), facts))
    back = _Retraction(reading, said).places()
    return tuple((one.claim, back.get(one.place, one.decision)) for one in said)


class _Retraction:
    """Looks for what one text takes back."""

    def __init__(self, reading: Reading, said: Sequence[Said]) -> None:
        self.text, self.said = reading.text, said
        self.cues = [cue for cue in reading.cues if cue.kind not in ("hint", "turn")]
        self.hints = [cue.start for cue in reading.cues if cue.kind in ("hint", "turn")]
        self.shaking = [cue for cue in reading.cues if cue.kind not in ("turn", "check", "amendment")]
        self.about: dict[str, list[Said]] = defaultdict(list)
        for one in said:
            for name in one.names if one.stands or one.claim.standing == "denied" else ():
                self.about[name].append(one)

    def places(self) -> dict[int, Decision]:
        """The new decision of each claim that is taken back."""
        until: dict[int, int] = {}  # place of the claim → where in the text it is taken back
        for one in self.said:
            if one.stands:
                where = self._replaced(one)
                if where is None and one.status == "false":
                    where = self._denied(one)
                if where is not None:
                    until[one.place] = where
        self._add_what_hung_on(until)
        until |= self._admitted(until)
        unsure = {
            place: replace(self.said[place].decision, status="unproven", reason=UNSURE) for place in self._unsure(until)
        }
        return unsure | {
            place: replace(
                (one := self.said[place]).decision,
                status="withdrawn",
                was=one.status,
                mended=one.status == "false" and any(o.status == "true" and o.stands for o in self._later(one)),
            )
            for place in until
        }

    def _later(self, one: Said) -> list[Said]:
        """What the text says of the same quantities afterwards, in order."""
        found: dict[int, Said] = {}
        for name in one.names:
            about = [other for other in self.about[name] if other.claim.start >= one.claim.end]
            found |= {other.place: other for other in (*about[:_MOST], *about[-1:])}
        return [found[place] for place in sorted(found)]

    def _replaced(self, one: Said) -> int | None:
        """Where the text says something else of the same quantity behind an open doubt, if it stays with that."""
        others = [other for other in self._later(one) if other.stands]
        against = [other for other in others if one.against(other) and self._is_against(one, other)]
        again = [other for other in others if one.agrees(other)]
        if not against or (again and again[-1].place > against[-1].place):
            return None
        by = against[0].claim
        if self._doubted(one, by):
            return by.start
        if one.status == "true" or one.decision.reason.startswith("given"):
            return None
        truth = next((other.claim for other in against if other.status == "true" and one.own & other.own), None)
        return truth.start if truth is not None and self._hinted(one.claim.end, truth) else None

    def _is_against(self, one: Said, other: Said) -> bool:
        """Whether one of two claims is false; a true one is only taken back by one that names the same quantity."""
        return one.status == "false" or (other.status == "false" and other.claim.plain and bool(one.own & other.own))

    def _doubted(self, one: Said, by: Claim) -> bool:
        """Whether a doubt stands before this claim, or in it, that is not confirmed away in between."""
        doubted = False
        for cue in self._cues(one.claim.end):
            if cue.start >= by.end:
                break
            if cue.kind in ("doubt", "denial") and self._is_of_another(cue, one, by):
                continue
            doubted = cue.kind != "confirmation" and (cue.kind != "check" or doubted or self._fails(cue, by))
        return doubted

    def _is_of_another(self, doubt: Cue, one: Said, by: Claim) -> bool:
        """Whether a doubt is spent on a nearer claim, which has nothing to do with this one and is mended first."""
        nearer = [near for near in self.said[one.place + 1 : one.place + _MOST] if near.claim.end <= doubt.start]
        for near in nearer[-_NEARBY:][::-1]:
            if near.names & one.names or self._rests_on(near, one):
                return False
            mends = [other for other in self._later(near) if doubt.end <= other.claim.start <= by.start]
            if any(other.stands and near.against(other) for other in mends):
                return True
        return False

    def _hinted(self, start: int, by: Claim) -> bool:
        """Whether, near a claim or what replaces it, the text says anything but how it goes on."""
        for cue in self._cues(start):
            if cue.start >= by.end:
                break
            start = cue.end if cue.kind == "confirmation" else start
        hints = self.hints[bisect_left(self.hints, start) : bisect_left(self.hints, by.end)]
        return any(self._near(start, hint) for hint in hints[:1]) or any(
            self._near(hint, by.start) for hint in hints[-1:]
        )

    def _fails(self, check: Cue, by: Claim) -> bool:
        """Whether a check ends badly: it says this at once, and no confirmation follows in the next sentence."""
        after = next((cue for cue in self._cues(by.end) if cue.kind != "check"), None)
        passed = after is not None and after.kind == "confirmation" and self._near(by.end, after.start)
        return self._near(check.end, by.start) and not passed

    def _near(self, start: int, end: int) -> bool:
        between = self.text[start:end]
        return len(between) <= _NEAR and len(_SENTENCE.findall(between)) <= 1

    def _denied(self, one: Said) -> int | None:
        """Where the text denies a false claim in so many words, if it does not come back to it all the same."""
        later = [other for other in self._later(one) if one.agrees(other)]
        if any(other.stands for other in later):
            return None
        if later:
            return later[0].claim.start
        doubted = False
        for cue in self._cues(one.claim.end):
            if not self._near(one.claim.end, cue.start) or self._true_between(one, cue.start):
                break
            denies = cue.kind == "denial" or (cue.kind == "amendment" and doubted)
            if denies and not self._false_behind(cue.start):
                return cue.start
            doubted = doubted or cue.kind != "confirmation"
        return None

    def _admitted(self, until: dict[int, int]) -> dict[int, int]:
        """The last false claims before an error is admitted, unless it was another one or something rests on them."""
        found: dict[int, int] = {}
        for cue in self.cues:
            if cue.kind != "admission" or any(
                cue.start - _FAR < self.said[place].claim.end <= cue.start for place in until
            ):
                continue
            before = [one for one in self.said if one.claim.end <= cue.start and one.place not in until]
            if before and not before[-1].stands and before[-1].decision.reason != TRUE_ANYHOW:
                continue  # it is of what the text only asked
            false = self._admittable([one for one in before if one.stands][-_NEARBY:])
            if (
                false
                and cue.start - false[0].claim.end <= _FAR
                and not any(self._used(one, cue.start) for one in false)
            ):
                found |= {one.place: cue.start for one in false}
        return found

    def _admittable(self, before: Sequence[Said]) -> list[Said]:
        """The last false claim, with those before it in its sentence and those that it rests on."""
        found: list[Said] = []
        for one in before[::-1]:
            if found and self._was_right(one, found[0]):
                break
            if one.status == "false" and (
                not found
                or any(self._rests_on(after, one) for after in found)
                or not _SENTENCE.search(self.text, one.claim.end, found[0].claim.start)
            ):
                found.insert(0, one)
        return found

    @staticmethod
    def _was_right(one: Said, until: Said) -> bool:
        """Whether up to this claim the derivation of a false one behind it was right."""
        return one.stands and one.status == "true" and bool(one.measures & until.measures)

    def _used(self, one: Said, place: int) -> bool:
        """Whether the text goes on with the value of a claim behind a place, or with anything false."""
        behind = [other for other in self.said if other.stands and other.claim.start >= place]
        if self._false_behind(place) or any(one.agrees(other) for other in behind):
            return True
        value = one.value
        if value is None or any(o.status == "true" and o.value == value for o in self.said[: one.place]):
            return False  # what comes back may be the other quantity that has this value
        ending = self.text[max(place, len(self.text) - _LAST) :]
        digits = re.escape(str(one.claim.statement.terms[-1]))
        uses = any(same(value, number) for other in behind for number in other.numbers)
        return uses or re.search(rf"(?<![\d.]){digits}(?!\.?\d)", ending) is not None

    def _false_behind(self, place: int) -> bool:
        return any(other.status == "false" and other.stands and other.claim.start >= place for other in self.said)

    def _unsure(self, until: dict[int, int]) -> set[int]:
        """The false claims that are not told in plain words, or go on from what is only supposed or told so."""
        found: set[int] = set()
        open_ones: list[Said] = []
        for one in self.said:
            supposed = one.claim.standing == "supposed" and one.decision.reason != TRUE_ANYHOW
            if one.status == "false" and one.place not in until:
                unsure = not one.claim.plain or one.is_elsewhere
                supposed = unsure or any(self._goes_on(one, other) for other in open_ones)
                found |= {one.place} if supposed or self._is_shaken(one, until) else set()
            elif one.status == "true" and one.stands:  # of this the text now speaks in earnest
                open_ones = [other for other in open_ones if not other.measures & one.measures]
            open_ones = [*open_ones, one][-_NEARBY:] if supposed else open_ones
        return found

    def _is_shaken(self, one: Said, until: dict[int, int]) -> bool:
        """Whether what a text says next may doubt a claim that it does not come back to."""
        end = one.claim.end
        limit = len(self.text)
        for other in self.said[one.place + 1 : one.place + _MOST]:  # to the end of the chain
            if other.claim.start >= end:
                limit = other.claim.start
                break
            end = max(end, other.claim.end)
        at = bisect_left(self.shaking, end, key=lambda cue: cue.start)
        stop = _SENTENCE.search(self.text, end)
        limit = max(limit, stop.start() if stop else len(self.text))  # or to the end of its sentence
        behind = [cue for cue in self.shaking[at : at + _NEARBY] if cue.start < limit and self._near(end, cue.start)]
        replaced = any(
            other.claim.start < limit
            and other.status == "true"
            and one.own & other.own
            and one.against(other)
            and self._hinted(end, other.claim)
            for other in self._later(one)
            if one.value is not None
        )
        shaking = next((cue for cue in behind if cue.kind != "hint" or self._speaks_of(one.place, end, cue)), None)
        if not replaced and (shaking is None or self._is_settled(shaking, until)):
            return False
        return not self._goes_by(one, limit)

    def _is_settled(self, cue: Cue, until: dict[int, int]) -> bool:
        """Whether a doubt is confirmed away in the next sentence, or another claim is withdrawn by it."""
        after = next((other for other in self._cues(cue.end) if other.kind != "check"), None)
        passed = after is not None and after.kind == "confirmation" and self._near(cue.end, after.start)
        mends = any(cue.end <= where and self._near(cue.end, where) for where in until.values())
        return cue.kind == "confirmation" or passed or mends

    def _speaks_of(self, place: int, end: int, hint: Cue) -> bool:
        """Whether an odd word, early in its sentence and before no claim of it, may be about what ends here."""
        between = self.text[end : hint.start]
        if not between.strip():
            return True  # AB = 6 ...
        begun = max([mark.end() for mark in _SENTENCE.finditer(between)], default=0)
        stop = _SENTENCE.search(self.text, hint.end)
        last = stop.start() if stop else len(self.text)
        if "\n\n" in between or len(between) - begun > _EARLY:
            return False
        return not any(hint.start <= one.claim.start < last for one in self.said[place : place + _MOST])

    def _goes_by(self, one: Said, place: int) -> bool:
        """Whether the text says it again behind a place."""
        behind = [other for other in self._later(one) if other.stands and other.claim.start >= place]
        return any(one.agrees(other) for other in behind)

    def _goes_on(self, one: Said, other: Said) -> bool:
        """Whether a claim goes on from one before it in the same paragraph."""
        start, end = other.claim.end, one.claim.start
        if end - start > _FAR or "\n\n" in self.text[start:end] or any(c.end < end for c in self._cues(start)[:1]):
            return False
        if self._concludes(start, end):
            return False
        follows = one.place == other.place + 1 and _SO.search(self.text, start, end) is not None
        within = not _SENTENCE.search(self.text, start, end)  # when ∠C = 180°, AB = 7
        shares = bool(one.measures & other.measures) and not (one.own & other.own and one.against(other))
        return follows or within or shares or self._takes_up(one, other)

    def _takes_up(self, one: Said, other: Said) -> bool:
        """Whether a claim uses the value of another one that the text has from nowhere else."""
        value = other.value
        if value is None or not any(same(value, number) for number in one.numbers):
            return False
        return not any(each.status == "true" and each.stands and value == each.value for each in self.said[: one.place])

    def _concludes(self, start: int, end: int) -> bool:
        """Whether a sentence that begins between two claims gives, in so many words, what the whole text comes to."""
        begun = max([mark.end() for mark in _SENTENCE.finditer(self.text, start, end)], default=-1)
        return begun >= 0 and len(self.text) - end <= _LAST and _CONCLUSION.match(self.text, begun) is not None

    def _cues(self, start: int) -> Sequence[Cue]:
        return self.cues[bisect_left(self.cues, start, key=lambda cue: cue.start) :]

    def _true_between(self, one: Said, end: int) -> bool:
        """Whether a true claim stands between this one and a place: it is that one which is denied there."""
        return any(
            other.status == "true" and one.claim.end <= other.claim.start < end
            for other in self.said[one.place + 1 : one.place + 8]
        )

    def _add_what_hung_on(self, until: dict[int, int]) -> None:
        """Adds the false claims between a withdrawn one and its correction that rest on it."""
        last = max(until.values(), default=0)
        for one in self.said:
            if one.claim.start >= last:
                break
            if one.status == "false" and one.stands and one.place not in until:
                open_ones = [
                    self.said[place] for place in until if place < one.place and until[place] > one.claim.start
                ][-_MOST:]
                rests = any(self._rests_on(one, other) for other in open_ones if other.status != "true")
                if rests and not any(one.agrees(other) for other in self._later(one) if other.stands):
                    until[one.place] = max(until[other.place] for other in open_ones)
        for place in sorted(until, reverse=True):  # and what such a claim follows from in its sentence
            one = self.said[place]
            for led in self.said[max(0, place - _NEARBY) : place][::-1]:
                if self._was_right(led, one):
                    break
                if led.place not in until and led.stands and self._leads_to(led, one):
                    until[led.place] = until[place]
                    one = led

    def _leads_to(self, one: Said, other: Said) -> bool:
        """Whether a false claim leads to one behind it in the same sentence."""
        between = self.text[one.claim.end : other.claim.start]
        follows = _SO.search(between) is not None and not _SENTENCE.search(between)
        computed = one.value is not None and next(one.claim.statement.measures(), None) is None
        if computed and other.value is not None and not same(one.value, other.value):
            return False  # 180 − 130 = 60, so ∠A = 50°
        return one.status == "false" and follows and not self._goes_by(one, other.claim.end)

    def _rests_on(self, one: Said, other: Said) -> bool:
        if next(one.claim.statement.measures(), None) is None and one.compares:
            return False  # arithmetic rests on nothing
        uses = other.value is not None and any(same(other.value, number) for number in one.numbers)
        follows = one.place == other.place + 1 and _SO.search(self.text, other.claim.end, one.claim.start) is not None
        return uses or bool(one.own & other.names) or follows
