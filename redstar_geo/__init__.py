"""RedStar-Geo: verified long chains of thought for multimodal geometry, from problems to a measured model.

    import redstar_geo as rg

    rg.verify("5√3", "So the height is 8.66.")  # Verdict(status='correct', …)

The names of `__all__` are imported when they are first used. docs/python.md shows them all.
"""

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from redstar_geo import rewards
    from redstar_geo.answer import verify
    from redstar_geo.api import RunFolder, Step, families, judge_steps, make_problem, make_problems, narrate, read
    from redstar_geo.errors import InputError
    from redstar_geo.records import Problem, Trace
    from redstar_geo.verdict import Verdict

__version__ = "0.2.0.dev0"

__all__ = [
    "InputError",
    "Problem",
    "RunFolder",
    "Step",
    "Trace",
    "Verdict",
    "families",
    "judge_steps",
    "make_problem",
    "make_problems",
    "narrate",
    "read",
    "rewards",
    "verify",
]

_HOMES = {"verify": "answer", "InputError": "errors", "Problem": "records", "Trace": "records", "Verdict": "verdict"}

if not TYPE_CHECKING:  # else a type checker would take any name for one of these

    def __getattr__(name: str) -> object:
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        if name == "rewards":
            return importlib.import_module("redstar_geo.rewards")
        return getattr(importlib.import_module(f"redstar_geo.{_HOMES.get(name, 'api')}"), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
