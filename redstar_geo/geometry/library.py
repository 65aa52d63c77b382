"""Problem → proof and facts, kept in one cache, so that each is replayed and fitted once, whoever asks."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Self

from redstar_geo.cache import Cache
from redstar_geo.geometry.claims import Facts
from redstar_geo.geometry.construct import rebuild
from redstar_geo.geometry.figure import Circle, Figure
from redstar_geo.geometry.fit import fit
from redstar_geo.geometry.formal import FormalSolver
from redstar_geo.geometry.proof import Proof
from redstar_geo.geometry.replay import ReplayError
from redstar_geo.records import Problem


class Library:
    """The proofs and figures of problems; use it as a context manager.

    Several processes may share one file. Built-in problems are rebuilt, which costs less than keeping them.

    Args:
        path: the file; None for memory alone.
        gdl: FormalGeo's folder of predicates and theorems, needed for its problems.
    """

    def __init__(self, path: Path | None, gdl: Path | None) -> None:
        self.gdl = gdl
        self.cache = Cache(path)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.cache.__exit__(*error)

    def proof(self, problem: Problem) -> Proof:
        """The proof of a FormalGeo or built-in problem.

        Raises:
            ReplayError: there is none; `reason` says why.
        """
        if problem.source == "builtin":
            return rebuild(problem).proof
        if problem.source != "formalgeo7k" or self.gdl is None:
            raise ReplayError("no_formal_statement", problem.id)
        failure, body = self._kept(problem, "proof") or self._replayed(problem, self.gdl)
        if failure is not None:
            raise ReplayError(failure, body)
        return Proof.from_json(body)

    def facts(self, problem: Problem) -> Facts:
        """What is known of the problem; its figures are fitted when a claim first needs them.

        Raises:
            ReplayError: it has no proof.
        """
        if problem.source == "builtin":
            built = rebuild(problem)
            return Facts(built.proof, (built.figure,))
        proof = self.proof(problem)
        lines = [text[10:-1] for text in problem.meta["construction_cdl"] if text.startswith("Collinear(")]
        return Facts(proof, lambda: self._figures(problem, proof), lines)

    def _replayed(self, problem: Problem, gdl: Path) -> tuple[str | None, str]:
        failure: str | None = None
        try:
            body = _solver(gdl).replay(problem.meta).to_json()
        except ReplayError as error:
            failure, body = error.reason, str(error)
        self._keep(problem, "proof", failure, body)
        return failure, body

    def _figures(self, problem: Problem, proof: Proof) -> Sequence[Figure]:
        kept = self._kept(problem, "figures")
        if kept is None:
            fitted = fit(problem.meta["construction_cdl"], proof.givens)
            kept = fitted.reason or None, json.dumps([_plain(figure) for figure in fitted.figures])
            self._keep(problem, "figures", *kept)
        return [_figure(plain) for plain in json.loads(kept[1])]

    def _kept(self, problem: Problem, kind: str) -> tuple[str | None, str] | None:
        """The failure and the body that are kept; `kind` is proof or figures."""
        kept = self.cache.get(_key(problem, kind))
        if kept is None:
            return None
        failure, body = json.loads(kept)
        return failure, body

    def _keep(self, problem: Problem, kind: str, failure: str | None, body: str) -> None:
        self.cache.add(_key(problem, kind), json.dumps([failure, body]))


def _key(problem: Problem, kind: str) -> str:
    return hashlib.sha256(json.dumps([kind, problem.id, dict(problem.meta)], sort_keys=True).encode()).hexdigest()


@lru_cache(maxsize=1)
def _solver(gdl: Path) -> FormalSolver:
    return FormalSolver(gdl)


def _plain(figure: Figure) -> dict[str, object]:
    return {
        "points": figure.points,
        "segments": figure.segments,
        "circles": {name: [circle.centre, circle.radius] for name, circle in figure.circles.items()},
        "symbols": figure.symbols,
        "tolerance": figure.tolerance,
    }


def _figure(plain: dict[str, dict[str, list[float]]]) -> Figure:
    kept = dict(plain)
    points = {name: (x, y) for name, (x, y) in kept.pop("points").items()}
    circles = {name: Circle(str(centre), float(radius)) for name, (centre, radius) in kept.pop("circles").items()}
    return Figure(points=points, circles=circles, **kept)  # type: ignore[arg-type]
