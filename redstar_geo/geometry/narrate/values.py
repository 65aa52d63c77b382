"""What is known at a point of a telling, and statements with the numbers put in; all of it exact."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from redstar_geo.geometry import cdl
from redstar_geo.geometry.cdl import Term
from redstar_geo.geometry.claims.numbers import Number, Unknown, constant, evaluate, same
from redstar_geo.geometry.narrate.say import say, with_decimal
from redstar_geo.geometry.proof import Proof


class Values:
    """Measures with their values, as text of the formal language."""

    def __init__(self, known: Mapping[str, str]) -> None:
        self.known: dict[str, str] = {}
        self.terms: dict[Term, Term] = {}
        for name, worth in known.items():
            self.learn(name, worth)

    def learn(self, name: str, worth: str) -> None:
        self.known[name] = worth
        self.terms[cdl.parse(name)] = with_decimal(cdl.parse(worth))

    def missing(self, term: Term) -> list[Term]:
        """The measures of an expression or equation that have no value yet."""
        return [measure for measure in dict.fromkeys(term.measures()) if measure not in self.terms]

    def number(self, term: Term) -> Number | None:
        """The value of an expression; None when something in it is unknown."""
        try:
            return evaluate(term, lambda measure: self._number(measure))
        except Unknown:
            return None

    def holds(self, equation: Term) -> bool:
        """Whether both sides have values, and the same one."""
        left, right = (self.number(side) for side in equation.terms)
        return left is not None and right is not None and same(left, right)

    def put_in(self, term: Term, language: str) -> str:
        """The statement with every known measure put in: `∠CAB + 87° + 58° = 180°`."""
        return say(str(self.replaced(term)), language)

    def replaced(self, term: Term) -> Term:
        """The same with every known measure put in."""
        return term.replaced(self.terms)

    def _number(self, measure: Term) -> Number | None:
        worth = self.known.get(str(measure))
        return None if worth is None else constant(worth)


def given_values(proof: Proof) -> dict[str, str]:
    """Measures that the givens value outright, and all that the proof's solutions call known."""
    values = dict(stated_values(proof.givens))
    for solve in proof.solves:
        values.update(solve.known)
    return values


def all_values(proof: Proof) -> dict[str, str]:
    """Every value that occurs in the proof, its answer included."""
    values = given_values(proof)
    values.update((solve.unknown, solve.value) for solve in proof.solves)
    return values


def stated_values(statements: Iterable[str]) -> Iterable[tuple[str, str]]:
    """`Equal(measure, number)` among statements, as measure and number."""
    for statement in statements:
        term = cdl.parse(statement)
        if term.head == "Equal" and term.terms[0].head in cdl.MEASURES and _closed(term.terms[1]):
            yield str(term.terms[0]), str(term.terms[1])


def _closed(term: Term) -> bool:
    """Whether it is a number; FormalGeo also writes a capital for a letter, which looks like a point."""
    return not list(term.measures()) and not any(part.head == "Points" for part in term.walk())
