"""Licences of what ships and of what it needs, by its metadata: `python -m tests.licences` writes `docs/licences.md`.

A package that is not installed where the command runs keeps the row that the page has. A test holds the page to it.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "licences.md"
FOREIGN = {  # files of others in the wheel → what they are, their licence, and where that stands
    "redstar_geo/geometry/fonts/*.ttf": (
        "STIX General, in diagrams",
        "OFL-1.1",
        "redstar_geo/geometry/fonts/LICENSE_STIX",
    ),
    "redstar_geo/report/fonts/*.woff2": (
        "Noto Sans SC, in the app and in reports",
        "OFL-1.1",
        "redstar_geo/report/fonts/LICENSE_NOTO",
    ),
}
_HEAD = """# Licences

*For people who ship or review it: under what licence every file and every direct dependency is.*

The toolkit itself is under the [Apache License 2.0](../LICENSE), and so is the base model that ships with it
(`redstar_geo/base/model/`), which has learned from nothing but the toolkit's own figures and sums. `python -m
tests.licences` writes this page, and tests hold it to the wheel and to `pyproject.toml`. No data sets of others ship
with it; what a recipe fetches is under its owners' licences, which every problem keeps in its column `licence`.

## Files of others in the package

| files | what | licence | its text |
|---|---|---|---|
"""
_NEEDED = """
A dozen problems of FormalGeo7k (MIT, `tests/fixtures/formalgeo7k`) are in the repository for its tests and do not
ship.

## Direct dependencies

None of them is part of the package: `pip` fetches them. The licence is what the package's own metadata say, in their
words. What only developers need (the extra `dev`) is left out.

| package | needed by | licence |
|---|---|---|
"""


def page() -> str:
    """The page in Markdown."""
    foreign = [f"| `{files}` | {what} | {licence} | `{kept}` |\n" for files, (what, licence, kept) in FOREIGN.items()]
    needed = [
        f"| {name} | {', '.join(extras)} | {_licence(name)} |\n" for name, extras in sorted(dependencies().items())
    ]
    return _HEAD + "".join(foreign) + _NEEDED + "".join(needed)


def dependencies() -> dict[str, list[str]]:
    """Every direct dependency → the extras that need it; `core` is the installation without any."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    found: dict[str, list[str]] = {}
    for extra, requirements in {"core": project["dependencies"], **project["optional-dependencies"]}.items():
        for requirement in requirements:
            name = re.split(r"[^\w.-]", requirement)[0]
            if name != project["name"] and extra != "dev":
                found.setdefault(name, []).append(extra)
    return found


def _licence(name: str) -> str:
    try:
        told = next(_told(metadata.metadata(name)), "")
    except metadata.PackageNotFoundError:
        told = _kept(name)
    if not told:
        raise SystemExit(f"{name} says no licence in its metadata, and {PAGE} has none: look it up, and add its row.")
    return told


def _told(package: metadata.PackageMetadata) -> Iterator[str]:
    """An SPDX expression, a short name, classifiers: what there is, best first."""
    for key in ("License-Expression", "License"):
        text = (package[key] or "") if key in package else ""
        if 0 < len(text) < 200 and "\n" not in text:
            yield text
    for classifier in package.get_all("Classifier") or []:
        if classifier.startswith("License :: OSI Approved :: "):
            yield classifier.rpartition(" :: ")[2]


def _kept(name: str) -> str:
    row = re.search(rf"^\| {re.escape(name)} \| [^|]* \| ([^|]*) \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    return row[1] if row else ""


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
