"""The score on the problems that have no known fault, beside the score on all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from redstar_geo.errors import InputError
from redstar_geo.jsonl import read_rows
from redstar_geo.scores.summary import Attempt, accuracy_of

_SHAPE = {"id": str, "kind": str, "left_out": bool}


def faulty(path: Path) -> dict[str, str]:
    """Problem → its first fault for which it is to be left out.

    Args:
        path: an `errata.jsonl`, as `redstar-geo errata` writes it.

    Raises:
        InputError: there is none, or it holds something else.
    """
    if not path.is_file():
        raise InputError(f"errata={path} is not there. Give the errata.jsonl that `redstar-geo errata` wrote.")
    known: dict[str, str] = {}
    for row in read_rows(path, _SHAPE):
        if row["left_out"]:
            known.setdefault(row["id"], row["kind"])
    return known


def without_errata(attempts: Sequence[Attempt], known: Mapping[str, str]) -> dict[str, Any]:
    """The accuracy on the other problems, and how many were left out, by their fault."""
    asked = dict.fromkeys(each.problem for each in attempts)
    left_out = Counter(known[problem] for problem in asked if problem in known)
    rest = [each for each in attempts if each.problem not in known]
    return {
        "problems": len(asked) - left_out.total(),
        "left_out": dict(sorted(left_out.items())),
        "of_all": accuracy_of(rest).as_dict(),
    }
