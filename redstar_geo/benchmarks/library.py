"""The benchmarks that are shipped, and those of other files, by name."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from importlib import resources
from pathlib import Path

import yaml

from redstar_geo import recipe
from redstar_geo.benchmarks.benchmark import Benchmark, HarnessTask
from redstar_geo.errors import InputError

_FOLDER = resources.files("redstar_geo.benchmarks")
_SUITES = "suites.yaml"


def names() -> list[str]:
    """Those that are shipped."""
    files = (entry.name for entry in _FOLDER.iterdir())
    return sorted(name.removesuffix(".yaml") for name in files if name.endswith(".yaml") and name != _SUITES)


def suites() -> dict[str, list[str]]:
    """The names in every suite."""
    by_name: dict[str, list[str]] = yaml.safe_load((_FOLDER / _SUITES).read_text(encoding="utf-8"))
    return by_name


def load(name: str) -> Benchmark | HarnessTask:
    """A shipped benchmark by its name, or one of your own by the path of its file.

    Raises:
        InputError: there is none, with the nearest name; or all that is wrong with its file, one line an error.
    """
    if name in names():
        path = Path(str(_FOLDER / f"{name}.yaml"))
    elif name.endswith((".yaml", ".yml")) and Path(name).is_file():
        path = Path(name)
    else:
        known = [*names(), *suites()]
        nearest = difflib.get_close_matches(name, known, n=1, cutoff=0.4)
        hint = f" Did you mean {nearest[0]}?" if nearest else ""
        raise InputError(f"{name!r} is neither a benchmark, a suite nor the file of one.{hint} There are {known}.")
    values = recipe.read(path) | {"name": path.stem}
    del values["run"]
    if "harness" in values:
        return recipe.check(HarnessTask, values, str(path))
    return recipe.check(Benchmark, values, str(path))


def resolve(wanted: Iterable[str]) -> list[Benchmark | HarnessTask]:
    """The benchmarks of these suites, names and files, each once, in the order named.

    Raises:
        InputError: see `load`; or two different files have the same name.
    """
    by_name: dict[str, Benchmark | HarnessTask] = {}
    for name in wanted:
        for each in suites().get(name, [name]):
            benchmark = load(each)
            if by_name.setdefault(benchmark.name, benchmark) != benchmark:
                raise InputError(f"{each!r} has the name of another benchmark, {benchmark.name}. Rename its file.")
    return list(by_name.values())
