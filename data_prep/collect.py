"""Collect: source → `problems.parquet`. What cannot become a problem is counted under its reason."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

from redstar_geo.errors import InputError
from redstar_geo.progress import progress
from redstar_geo.recipes.data import DataRecipe
from redstar_geo.records import SCHEMAS, Problem, read, to_row
from redstar_geo.run import Counts, Run, write_rows, write_text
from redstar_geo.sources import Rejected, accepted, catalogue
from redstar_geo.sources.catalogue import BuiltinSource, FolderSource, RunSource


def collect(run: Run, recipe: DataRecipe) -> None:
    """Write the problems of the recipe's sources, in their order; describe those that are not for teaching.

    Raises:
        InputError: there is none.
    """
    counts = Counts()
    write_rows(run.path("problems.parquet"), SCHEMAS[Problem], _rows(recipe, counts))
    if isinstance(recipe.source, BuiltinSource) and recipe.teacher is None:
        problems = read(Problem, run.path("problems.parquet"), images=False)
        write_text(run.path("README.md"), _exam_card(run, recipe, list(problems)))
    run.finish("collect", counts, ["problems.parquet"])


def items(recipe: DataRecipe) -> Iterator[Problem | Rejected]:
    """What the recipe's sources have, one by one; a problem that two of them have is the first one's."""
    taken: set[str] = set()
    for source in recipe.named_sources.values():
        if isinstance(source, RunSource):
            continue  # `merge_runs` brings their problems together with their traces
        for item in catalogue.read(source, recipe.seed):
            yield Rejected(item.id, "id_taken") if item.id in taken else item
            taken.add(item.id)


def _exam_card(run: Run, recipe: DataRecipe, problems: list[Problem]) -> str:
    """What the examination holds, and how to make it again."""
    digest = hashlib.sha256()
    for problem in problems:
        pictures = [image.sha256 for image in problem.images]
        digest.update(f"{problem.id}|{problem.question}|{problem.choices}|{problem.answer}|{pictures}\n".encode())
    families, levels, modalities = map(Counter, zip(*map(_cell, problems), strict=True))
    recipe_text = json.dumps(run.manifest["recipe"], ensure_ascii=False, indent=2)
    return f"""# {run.folder.name}

{len(problems)} problems made with seed {recipe.seed}, {len(families)} families with {min(families.values())} to
{max(families.values())} each, {", ".join(f"{count} {name}" for name, count in modalities.items())} by where the given
values stand. Their numbers belong to the {problems[0].split} side, which shares none with the other.

| difficulty, measured on the proof | problems |
|---:|---:|
{chr(10).join(f"| {level:g} | {levels[level]} |" for level in sorted(levels))}

The same recipe and seed give the same questions, choices, answers and pictures, of fingerprint
`{digest.hexdigest()}`.

```json
{recipe_text}
```
"""


def _cell(problem: Problem) -> tuple[str, float, str]:
    return str(problem.meta["family"]), problem.difficulty or 0.0, str(problem.meta["modality"])


def _rows(recipe: DataRecipe, counts: Counts) -> Iterator[dict[str, Any]]:
    yield from map(to_row, accepted(progress(items(recipe), "collect"), counts))
    if not counts.out:
        raise no_problem(recipe, counts)


def no_problem(recipe: DataRecipe, counts: Counts) -> InputError:
    """Which sources have none, why, and how that is mended."""
    sources = recipe.named_sources
    paths = [source.path for source in sources.values() if not isinstance(source, BuiltinSource) and source.path]
    where = ", ".join(paths or sources)
    reasons = ", ".join(f"{reason} {number}" for reason, number in counts.settle()["rejected"].items())
    why = f"rows rejected: {counts.in_} ({reasons})" if counts.in_ else "not a row is there"
    own = [source.path for source in sources.values() if counts.in_ and isinstance(source, FolderSource)]
    look = "".join(f"`python -m redstar_geo.sources.folder {path}` names each row and why. " for path in own)
    return InputError(
        f"No problem in {where}; {why}. {look}Mend it or name another source, then give the same command again."
    )
