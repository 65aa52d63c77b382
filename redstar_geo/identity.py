"""What makes a run the one that it is: what its recipe says and what it reads, wherever that lies.

A run that was moved or renamed, whose data were, or whose recipe spells a place in another way, is the same run. So is
one that a version made whose recipes lacked a key, as long as that key has its default.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import starmap, zip_longest
from pathlib import Path
from typing import Any

from pydantic import BaseModel

_OWN_PLACE = {"run", "study"}  # of a recipe: where the run itself lies


@dataclass(frozen=True)
class Settings:
    """A recipe as a run is given it.

    Attributes:
        values: of all keys. said: of those alone that have not their default; others may be newer than the run.
    """

    values: Mapping[str, Any]
    said: Mapping[str, Any]

    @classmethod
    def of(cls, recipe: BaseModel, exclude: Any = None) -> Settings:
        """Those of a recipe, without the keys that may change when a run goes on."""
        values, said = (recipe.model_dump(exclude=exclude, exclude_defaults=usual) for usual in (False, True))
        return cls(values, said)


def differences(
    manifest: Mapping[str, Any], recipe: Settings, inputs: Mapping[str, str], named: Collection[str]
) -> Iterator[tuple[str, str]]:
    """What makes these another run's than the manifest's: `recipe` or `inputs`, and a sentence.

    Args:
        named: keys (`source.path`) of the recipe that name what `inputs` has fingerprints of.
    """
    before = manifest.get("inputs")
    before = before if isinstance(before, dict) else {}
    for where, old, new in changes(manifest["recipe"], as_known(recipe.values, manifest["recipe"], recipe.said)):
        if where not in _OWN_PLACE and not _within(where, named) and not _same_place(old, new):
            yield "recipe", f"{where} was {old!r}, is {new!r}"
    pairs: Iterable[tuple[str, str]] = zip_longest(before.values(), inputs.values(), fillvalue="")
    if before.keys() == inputs.keys():
        pairs = ((before[key], inputs[key]) for key in before)
    if not all(starmap(_alike, pairs)):  # under other keys where the files have moved
        for where, old, new in changes(before, inputs):
            yield "inputs", f"{where} was {old!r}, is {new!r}"


def changes(before: Any, now: Any, where: str = "") -> Iterator[tuple[str, Any, Any]]:
    """The keys under which two recipes differ, with both values."""
    if isinstance(before, dict) and isinstance(now, dict):
        for key in sorted(before.keys() | now.keys()):
            yield from changes(before.get(key), now.get(key), f"{where}.{key}" if where else key)
    elif before != now:
        yield where, before, now


def as_known(now: Any, before: Any, said: Any) -> Any:
    """The values of `now` without the keys that `before` lacks and whose value is the default, so is not `said`."""
    if isinstance(now, dict) and isinstance(before, dict):
        told = said if isinstance(said, dict) else {}
        return {
            key: as_known(value, before[key], told.get(key)) if key in before else value
            for key, value in now.items()
            if key in before or key in told
        }
    if isinstance(now, list) and isinstance(before, list) and isinstance(said, list) and len(now) == len(before):
        return [as_known(*each) for each in zip(now, before, said, strict=False)]
    return now


def _alike(one: str, other: str) -> bool:
    """Whether two fingerprints are of one content; one may say several things of it, any of which is enough."""
    return not set(one.split()).isdisjoint(other.split())


def _within(key: str, named: Collection[str]) -> bool:
    return any(key == each or key.startswith(f"{each}.") for each in named)


def _same_place(old: Any, new: Any) -> bool:
    """Whether both are paths to one thing, however they are written."""
    if not isinstance(old, str) or not isinstance(new, str):
        return False
    try:
        return Path(old).expanduser().samefile(Path(new).expanduser())
    except (OSError, ValueError, RuntimeError):
        return False
