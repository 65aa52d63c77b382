"""What an evaluation says of whether pictures are seen: with others' pictures, in pairs, and read as statements."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from redstar_geo.report.page import interval, percent
from redstar_geo.report.shown import group_name

LOOK_COLUMNS = ("does it look?", "own picture", "another's", "none", "own over another's", "problems")
PAIR_COLUMNS = ("counterfactual pairs", "both right", "95 % interval", "one right", "none right", "pairs")
STATEMENT_COLUMNS = ("statements", "there", "said", "precision", "recall", "F1")


def look_rows(sets: Mapping[str, Mapping[str, Any]]) -> list[list[str]]:
    """The accuracy by what was shown, a row a set under `LOOK_COLUMNS`; none of sets that were not asked so.

    Args:
        sets: the scores of each set by its name.
    """
    return [
        [
            name,
            *(_share(looks[shown]) for shown in ("own", "swapped", "none")),
            _points(looks["over_swapped"]),
            f"{looks['problems']:,}",
        ]
        for name, one in sets.items()
        if (looks := one.get("looks"))
    ]


def pair_rows(sets: Mapping[str, Mapping[str, Any]]) -> list[list[str]]:
    """Both right, one, none, a row a set under `PAIR_COLUMNS`; none of sets without pairs."""
    return [_pairs(name, one["pairs"]) for name, one in sets.items() if "pairs" in one]


def pair_family_rows(scores: Mapping[str, Any]) -> list[list[str]]:
    """The same of one set, a row a family."""
    families = scores["pairs"]["by_family"] if "pairs" in scores else {}
    return [_pairs(group_name(name), one) for name, one in families.items()]


def _pairs(name: str, pairs: Mapping[str, Any]) -> list[str]:
    both, one, none = (pairs[key] for key in ("both", "one", "none"))
    shares = [percent(both["accuracy"]), interval(both["low"], both["high"])]
    return [name, *shares, percent(one["accuracy"]), percent(none["accuracy"]), f"{pairs['pairs']:,}"]


def statement_rows(scores: Mapping[str, Any]) -> list[list[str]]:
    """How well diagrams were read, a row a kind under `STATEMENT_COLUMNS`; none where none were."""
    return [
        [
            kind,
            f"{one['there']:,}",
            f"{one['said']:,}",
            *(percent(one[key]) for key in ("precision", "recall", "f1")),
        ]
        for kind, one in scores["statements"].items()
    ]


def _share(accuracy: Mapping[str, Any]) -> str:
    return f"{percent(accuracy['accuracy'])} ({100 * accuracy['low']:.0f} – {100 * accuracy['high']:.0f})"


def _points(estimate: Mapping[str, Any]) -> str:
    """A difference in points; fewer than ten problems have no interval."""
    reach = "" if estimate["low"] is None else f" ({100 * estimate['low']:+.0f} – {100 * estimate['high']:+.0f})"
    return f"{100 * estimate['value']:+.1f}{reach}"
