"""Held-out wordings: `python -m tests.bench.geometry_heldout` prints read rate and precision as one JSON object.

`tests/geometry/heldout_claims.jsonl` was written by others than the grammar's author, without sight of it. A claim
counts as read when its statement is found and taken as asserted; precision is the share of asserted claims that are
expected.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import sympy

from redstar_geo.geometry import cdl
from redstar_geo.geometry.claims import Facts, read
from redstar_geo.geometry.claims.meaning import readings
from redstar_geo.geometry.proof import Proof

ROWS = Path(__file__).parents[1] / "geometry" / "heldout_claims.jsonl"
_NOTHING = Facts(Proof((), "x", "1", ()))
_SYMMETRIC_TRIANGLES = {"IsoscelesTriangle": (0, 1, 2), "RightTriangle": (1, 0, 2)}  # which corner is special


def _normal(statement: cdl.Term) -> str:
    """One text for all ways of stating the same."""
    if statement.head in ("Equal", "About"):
        names = {m: sympy.Symbol(_NOTHING.key(m), positive=True) for side in statement.terms for m in side.measures()}
        try:
            sides = [sympy.simplify(cdl.to_sympy(side, names)) for side in statement.terms]
        except cdl.CDLError:
            return _NOTHING.key(statement)
        return "=".join(sorted(map(str, sides)))
    if statement.head in _SYMMETRIC_TRIANGLES:
        corner, *ends = (statement.points[0][place] for place in _SYMMETRIC_TRIANGLES[statement.head])
        return f"{statement.head}({corner}{''.join(sorted(ends))})"
    if statement.head == "Collinear":
        return f"Collinear({min(statement.points[0], statement.points[0][::-1])})"
    return _NOTHING.key(statement)


def _forms(statement: cdl.Term) -> set[str]:
    """Every statement that a claim as read can mean."""
    forms = readings(statement, lambda term: [term], ("O",))
    return {_normal(statement)} | {_normal(part) for form in forms for part in form if len(form) == 1}


def compare(row: dict[str, Any]) -> tuple[list[str], list[str], list[str]]:
    """Expected claims that were read, expected ones that were not, and asserted ones that nobody expected."""
    claims = [claim for claim in read(row["text"]).claims if claim.standing in ("asserted", "defined")]
    forms = [(claim, _forms(claim.statement)) for claim in claims]
    expected = [(text, _normal(cdl.parse(text))) for text in row["claims"]]
    found = [text for text, normal in expected if any(normal in form for _, form in forms)]
    missed = [text for text, _ in expected if text not in found]
    normals = {normal for _, normal in expected}
    extra = [f"{claim.text} | {claim.statement}" for claim, form in forms if not form & normals]
    return found, missed, extra


def report() -> dict[str, Any]:
    """Read rate and precision, with what went wrong."""
    rows = [json.loads(line) for line in ROWS.read_text(encoding="utf-8").splitlines()]
    compared = [(row, *compare(row)) for row in rows]
    found, missed, extra = (sum(len(part[place]) for part in compared) for place in (1, 2, 3))
    return {
        "rows": len(rows),
        "claims": found + missed,
        "read_rate": found / (found + missed),
        "precision": found / (found + extra),
        "missed": [[row["text"], part] for row, _, part, _ in compared if part],
        "unexpected": [[row["text"], part] for row, _, _, part in compared if part],
    }


if __name__ == "__main__":
    print(json.dumps(report(), ensure_ascii=False, indent=1))
