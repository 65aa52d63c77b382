"""The equations that are known, and which others they settle, step by step as they can be solved.

Linear equations are one system, those between products another; a quantity that either settles is known to both, and an
equation of another form joins the linear ones as soon as it has one unknown left. Only when all else is exhausted are
all equations taken as one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from redstar_geo.geometry.search.quantities import Equation
from redstar_geo.geometry.search.span import Array, Span, combination, matrix

_NO_MORE = 1e-6
_STAGES = ("linear", "products", "all")  # the system that is loosened by and by
_FOUND = 0.4  # what the value of a quantity costs that was not given, before its reasons are known


@dataclass(frozen=True)
class _Row:
    """A row of a system.

    Attributes:
        source: the application that gave it; -1: it is given.
        born: when it came into the system.
        because: the system that settled it, for the value of a quantity.
        held: it waits until all else is exhausted.
    """

    equation: Equation
    source: int
    born: int
    because: str = ""
    held: bool = False


@dataclass
class _System:
    rows: list[_Row] = field(default_factory=list)
    span: Span = field(default_factory=Span)
    taken: int = 0

    def update(self, columns: int) -> None:
        fresh, self.taken = self.rows[self.taken :], len(self.rows)
        if fresh:
            self.span.add(matrix([row.equation.slope for row in fresh], columns))


class Knowledge:
    """What is known of the quantities.

    Args:
        values: of all quantities, a list that grows.

    Attributes:
        clock: counts what was learnt.
    """

    def __init__(self, values: Sequence[float]) -> None:
        self.values, self.clock = values, 0
        self.systems = {"linear": _System(), "products": _System()}
        self._gated: list[tuple[Equation, int, bool]] = []  # of which a silent quantity is not known yet
        self._learnt: list[_Row] = []  # every other equation
        self._stage = 0
        self._unsolved: list[_Row] = []  # those that are not linear
        self._known: dict[str, set[int]] = {"linear": set(), "products": set(), "all": set()}

    def learn(self, equation: Equation, source: int, held: bool = False) -> None:
        if equation.silent:
            self._gated.append((equation, source, held))
            return
        self._accept(equation, source, held)

    def _accept(self, equation: Equation, source: int, held: bool) -> None:
        self.clock += 1
        row = _Row(equation, source, self.clock, held=held)
        self._learnt.append(row)
        if equation.linear:
            self.systems["linear"].rows.append(row)
        else:
            self._unsolved.append(row)
        if equation.product and (self._stage > 1 or not held):
            self.systems["products"].rows.append(row)

    def loosen(self) -> bool:
        """What is left when all else is exhausted; whether anything is.

        First equations that are held back are solved where they have one unknown, then they join the products, then all
        equations are taken as one system.
        """
        if self._stage == len(_STAGES):
            return False
        self._stage += 1
        self.clock += 1
        added = [row for row in self._learnt if self._stage == 3 or (row.held and row.equation.product)]
        if self._stage > 1:
            system = self.systems.setdefault(_STAGES[self._stage - 1], _System())
            system.rows += [_Row(row.equation, row.source, self.clock) for row in added]
        self.update()
        return True

    def update(self) -> None:
        """Solve on until nothing new is settled."""
        columns = len(self.values)
        while True:
            for system in self.systems.values():
                system.update(columns)
            if not (self._share(columns) or self._open_gates(columns) or self._solve(columns)):
                return

    def _open_gates(self, columns: int) -> bool:
        settled = self._settled_quantities(columns)
        gated, self._gated = self._gated, []
        for equation, source, held in gated:
            if equation.silent <= settled:
                self._accept(equation, source, held)
            else:
                self._gated.append((equation, source, held))
        return len(self._gated) < len(gated)

    def _settled_quantities(self, columns: int) -> set[int]:
        return {int(i) for name in self.systems for i in np.flatnonzero(self._open(name, columns) <= _NO_MORE)}

    def _share(self, columns: int) -> bool:
        """Tell each system of the quantities that another one settled."""
        changed = False
        for name, others in (("linear", ["products"]), ("products", ["linear"]), ("all", ["linear", "products"])):
            if name not in self.systems:
                continue
            settled = np.flatnonzero(self._open(name, columns) <= _NO_MORE)
            for column in map(int, settled):
                for other in others:
                    if column not in self._known[name] and column not in self._known[other]:
                        self.clock += 1
                        value = _Row(Equation({column: 1.0}, True, True), -1, self.clock, name)
                        self.systems[other].rows.append(value)
                        self._known[other].add(column)
                        changed = True
        return changed

    def _open(self, name: str, columns: int) -> Array:
        """How far each quantity is from being settled by a system (columns,)."""
        basis = self.systems[name].span.basis
        left = np.ones(columns)
        left[: basis.shape[1]] -= np.einsum("ij,ij->j", basis, basis)
        return np.sqrt(np.maximum(left, 0.0))

    def _solve(self, columns: int) -> bool:
        """Equations with one unknown, other quantities depending on it linearly, join the linear ones."""
        basis = self.systems["linear"].span.basis
        rest = np.eye(columns)
        rest[: basis.shape[1], : basis.shape[1]] -= basis.T @ basis
        unsolved, self._unsolved = self._unsolved, []
        changed = False
        for row in unsolved:
            if row.held and not self._stage:
                self._unsolved.append(row)
                continue
            places = list(row.equation.slope)
            block = rest[np.ix_(places, places)]
            pivot = int(block.diagonal().argmax())
            size = block[pivot, pivot]
            if size <= _NO_MORE:
                continue  # all is known
            alone = np.abs(block - np.outer(block[:, pivot], block[pivot]) / size).max() <= _NO_MORE
            slope = np.array([row.equation.slope[place] for place in places])
            if alone and not changed and abs(slope @ block[:, pivot]) > _NO_MORE:
                self.clock += 1
                self.systems["linear"].rows.append(_Row(row.equation, row.source, self.clock))
                changed = True
            else:
                self._unsolved.append(row)
        return changed

    def settled(self, groups: Sequence[Sequence[Equation]]) -> list[bool]:
        """For each group of equations, whether all are known."""
        self.update()
        flat = [equation for group in groups for equation in group]
        known = iter(self._settling(flat))
        return [all([bool(next(known)) for _ in group]) for group in groups]

    def has(self, equation: Equation) -> bool:
        return bool(self._settling([equation])[0])

    def _settling(self, equations: Sequence[Equation]) -> list[str]:
        """The system that settles each equation; empty for none."""
        found = [""] * len(equations)
        if not equations:
            return found
        rows = matrix([equation.slope for equation in equations], len(self.values))
        settled = self._settled_quantities(len(self.values)) if any(each.silent for each in equations) else set()
        for name, system in self.systems.items():
            for place, known in enumerate(system.span.has(rows)):
                fitting = (name != "products" or equations[place].product) and equations[place].silent <= settled
                if known and fitting and not found[place]:
                    found[place] = name
        return found

    def explain(
        self, equations: Iterable[Equation], stamp: int, chosen: set[int], cost: Callable[[int], float]
    ) -> bool:
        """Add to `chosen` the applications that these equations come from; False if they do not.

        Args:
            stamp: what was learnt later does not count.
            cost: of an application.
        """
        pending = [(stamp, equation, "") for equation in equations]
        explained: set[tuple[int, int]] = set()
        while pending:
            stamp, equation, name = pending.pop()
            rows = self._support(equation, stamp, name, cost)
            if rows is None:
                return False
            chosen |= {row.source for row in rows} - {-1}
            reasons = [(row.born, row.equation, row.because) for row in rows if row.because]
            for born, each in ((stamp, equation), *((row.born, row.equation) for row in rows)):
                reasons += [(born, Equation({column: 1.0}, True, True), "") for column in sorted(each.silent)]
            for reason in reasons:
                if (key := (min(reason[1].slope), reason[0])) not in explained:
                    explained.add(key)
                    pending.append(reason)
        return True

    def _support(self, equation: Equation, stamp: int, name: str, cost: Callable[[int], float]) -> list[_Row] | None:
        if not equation.slope:
            return []
        found = []
        for system in [name] if name else self.systems:
            rows = [row for row in self.systems[system].rows if row.born < stamp or (row.born == stamp and not name)]
            if rows and (system != "products" or equation.product):
                table = matrix([row.equation.slope for row in rows] + [equation.slope], len(self.values))
                costs = np.array([_FOUND if row.because else cost(row.source) for row in rows])
                used = combination(table[:-1], table[-1], costs)
                if used is not None:
                    found.append((float(costs[used].sum()), [rows[i] for i in used]))
        return min(found, key=lambda each: each[0], default=(0.0, None))[1]
