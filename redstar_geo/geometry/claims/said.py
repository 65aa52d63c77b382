"""One claim as others are held against it: what it says, of which quantities, and whether it is of this figure."""

from __future__ import annotations

from functools import cached_property

from redstar_geo.geometry.claims.decision import Decision
from redstar_geo.geometry.claims.facts import Facts
from redstar_geo.geometry.claims.meaning import flaw, readings
from redstar_geo.geometry.claims.numbers import Number, Unknown, constant, evaluate, same
from redstar_geo.geometry.claims.read import Claim

_COMPARED = ("Equal", "About", "Unequal")


class Said:
    """What one claim says of which quantities; `chain` names those of the chain that it goes on with."""

    def __init__(self, place: int, claim: Claim, decision: Decision, chain: frozenset[str], facts: Facts) -> None:
        self.place, self.claim, self.decision, self.chain, self.facts = place, claim, decision, chain, facts
        self.status, self.compares = decision.status, claim.statement.head in _COMPARED
        self.stands = claim.standing in ("asserted", "defined")

    @cached_property
    def own(self) -> frozenset[str]:
        """The keys of its sides, however an angle with one letter is read; of a relation, those of its points.

        A side that is a number says nothing about which quantity it is of; of a sum of numbers the first side does.
        """
        statement = self.claim.statement
        if flaw(statement):
            return frozenset()
        if not self.compares:
            groups = ["".join(sorted(points)) for points in statement.points]
            of_lines = statement.head in ("ParallelBetweenLine", "PerpendicularBetweenLine")
            return frozenset(
                ["|".join(sorted(groups)), *(f"{statement.head}({name})" for name in groups if not of_lines)]
            )
        forms = [form for ways in readings(statement, self.facts.choices, self.facts.circles) for form in ways]
        both = [form.terms for form in forms if form.head == statement.head]
        sides = [side for terms in both for side in terms if any(side.measures())] or [terms[0] for terms in both]
        return frozenset(self.facts.key(self.facts.asked.get(str(side), side)) for side in sides)

    @cached_property
    def names(self) -> frozenset[str]:
        """With those of the chain: in ∠A = 180 − 45 = 125 the second claim is about ∠A, too."""
        measures = sorted({self.facts.key(term) for term in self.claim.statement.measures()} if self.compares else [])
        return self.own | self.chain | ({"&".join(measures)} if len(measures) > 1 else set())

    @cached_property
    def measures(self) -> frozenset[str]:
        return frozenset(self.facts.key(term) for term in self.claim.statement.measures())

    @cached_property
    def value(self) -> Number | None:
        """The number that it gives, if it gives one."""
        for side in self.claim.statement.terms[::-1] if self.compares else ():
            try:
                return evaluate(side, lambda term: None)
            except Unknown:
                continue
        return None

    @cached_property
    def numbers(self) -> list[Number]:
        return [constant(str(term)) for term in self.claim.statement.walk() if term.head == "Number"]

    @property
    def is_elsewhere(self) -> bool:
        """Whether it may be of another figure: of a shape with other points, by eye, for a letter of its own."""
        for term in self.claim.among:
            if term.head != "Points":
                if term.head == "Name" and self.facts.known(term) is None:
                    return True
            elif set(str(term.args[0])) - self.facts.points:
                return True
        return self.claim.seen and not self.decision.reason.startswith("given")

    def against(self, other: Said) -> bool:
        """Whether a later claim about the same says something else: another value, or a truth where this is false."""
        denies = (self.claim.statement.head == "Unequal") != (other.claim.statement.head == "Unequal")
        if self.value is not None:
            return other.value is not None and same(self.value, other.value) == denies
        return self.status == "false" and other.status == "true"

    def agrees(self, other: Said) -> bool:
        if self.claim.statement == other.claim.statement:
            return True
        alike = self.claim.statement.head == other.claim.statement.head and bool(self.own & other.own)
        return alike and self.value is not None and other.value is not None and same(self.value, other.value)
