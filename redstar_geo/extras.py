"""The optional dependencies of pyproject.toml, its extras: what each holds, what is missing, how to install it."""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Mapping
from functools import cache
from importlib import metadata

from redstar_geo.errors import InputError

_FOR_ALL_ELSE = {"all", "dev"}  # made up of the others
_NEEDING_TRAIN = {"check", "quickstart", "study"}
_MODULES = {"scikit-learn": "sklearn"}  # where the module is not called as the package
_REQUIREMENT = re.compile(r"""([\w.-]+)(?:\[([\w,-]+)\])?[^;]*;.*extra == ["']([\w-]+)["']""")


@cache
def packages() -> Mapping[str, tuple[str, ...]]:
    """The packages of each extra, by the metadata of the installation and in the order of pyproject.toml."""
    held: dict[str, tuple[str, ...]] = {}
    for requirement in metadata.requires("redstar-geo") or ():
        match = _REQUIREMENT.match(requirement)
        if match is not None and match[3] not in _FOR_ALL_ELSE:
            names = held[match[2]] if match[1] == "redstar-geo" else (match[1],)
            held[match[3]] = (*held.get(match[3], ()), *names)
    return held


def missing(extra: str) -> list[str]:
    """The packages of an extra that cannot be imported here."""
    return [name for name in packages()[extra] if importlib.util.find_spec(module_of(name)) is None]


def misfits() -> list[str]:
    """Installed packages of the extras that want another version of something than is installed, a sentence each."""
    if importlib.util.find_spec("packaging") is None:  # none of them is there
        return []
    from packaging.requirements import Requirement

    names = dict.fromkeys(name for held in packages().values() for name in held)
    found = []
    for name in ("redstar-geo", *names):
        own = _version(name)
        for line in metadata.requires(name) or () if own is not None else ():
            wanted = Requirement(line)
            here, asked_for = _version(wanted.name), wanted.marker is None or wanted.marker.evaluate({"extra": ""})
            if here is None or not (asked_for or name == "redstar-geo") or wanted.specifier.contains(here, True):
                continue
            found.append(f"{name} {own} needs {wanted.name} {wanted.specifier}, and {here} is installed")
    return found


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def install(extra: str) -> str:
    """The command that installs an extra."""
    return f"pip install 'redstar-geo[{extra}]'"


def error(module: str, command: str) -> InputError | None:
    """What to say when `command` could not import a module; None if that belongs to no extra."""
    root = module.partition(".")[0]
    holding = [extra for extra, names in packages().items() if root in map(module_of, names)]
    if not holding:
        return None
    wanted = "train" if command in _NEEDING_TRAIN else command
    extra = wanted if wanted in holding else holding[0]
    return InputError(f"`redstar-geo {command}` needs {root}, which is not installed: {install(extra)}")


def module_of(package: str) -> str:
    """What a package is imported as."""
    return _MODULES.get(package, package.replace("-", "_"))
