"""Two evaluations of the same problems, item by item: is one better, by how much, and on which problems?"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from redstar_geo.errors import InputError
from redstar_geo.eval.items import LEFT_TO_JUDGE
from redstar_geo.fingerprint import sha256
from redstar_geo.jsonl import read_rows
from redstar_geo.recipes.evaluation import CompareRecipe, EvalRecipe
from redstar_geo.records import Problem, read
from redstar_geo.report.compare import Flip, write_report
from redstar_geo.run import read_manifest, write_json
from redstar_geo.scores.paired import difference, mcnemar
from redstar_geo.scores.summary import ITEM, Attempt, summary

_ANSWERING = {"run", "model", "engine", "endpoint", "batch_size", "dtype"}  # who answers, and how fast
_SHAPE = {name: kind for name, kind in ITEM.items() if name not in ("sample", "seconds")}  # what is compared
_MAY_DIFFER = _ANSWERING | {"gdl", "training", "shown", "k", "pictures", "looks"}  # and what is made of the answers
_NAMED = 10  # differences in a message


@dataclass(frozen=True)
class Evaluation:
    """What one of the two folders holds: its problems and its items by problem, in the order of the problems."""

    folder: Path
    manifest: dict[str, Any]
    problems: dict[str, Problem]
    items: dict[str, list[dict[str, Any]]]

    def score(self) -> dict[str, Any]:
        """Its folder, its model, and the summary of its items."""
        attempts = [Attempt.of(item) for items in self.items.values() for item in items]
        return {"run": str(self.folder), "model": str(self.manifest["recipe"]["model"])} | summary(attempts)


def main(recipe: CompareRecipe) -> dict[str, Any]:
    """Compare; returns what `compare.json` holds.

    Raises:
        InputError: not two finished evaluations, or of different problems or settings, with what differs.
    """
    first, second = _evaluation(recipe.first), _evaluation(recipe.second)
    if differences := [*_settings(first, second), *_problems(first, second)]:
        more = f" … and {len(differences) - _NAMED} more" if len(differences) > _NAMED else ""
        raise InputError(
            f"{first.folder} and {second.folder} cannot be compared: {'; '.join(differences[:_NAMED])}{more}. Evaluate "
            "both with the same problems and settings."
        )
    comparison = compare(first, second)
    flips = {
        name: [Flip(first.problems[each], first.items[each], second.items[each]) for each in ids]
        for name, ids in comparison["flips"].items()
    }
    write_json(recipe.folder / "compare.json", comparison)
    write_report(recipe.folder / "compare.html", comparison, flips, recipe.shown)
    return comparison


def compare(first: Evaluation, second: Evaluation) -> dict[str, Any]:
    """The scores of both, their difference with its interval, McNemar's test, and the problems that flipped.

    Where problems have several attempts, their share of right ones is compared, and there is no McNemar's test.
    """
    shares = {each: (_share(first.items[each]), _share(second.items[each])) for each in first.problems}
    single = all(len(items) == 1 for run in (first, second) for items in run.items.values())
    pairs = list(shares.values())
    groups: dict[str, list[tuple[float, float]]] = {}
    for each, problem in first.problems.items():
        groups.setdefault(str(problem.meta.get("family", problem.source)), []).append(shares[each])
    return {
        "first": first.score(),
        "second": second.score(),
        "problems": len(pairs),
        "difference": _difference(pairs),
        "mcnemar": mcnemar([a == 1 for a, _ in pairs], [b == 1 for _, b in pairs]).as_dict() if single else None,
        "verdicts": _verdicts(first, second) if single else None,
        "difference_by_group": {name: _difference(group) for name, group in sorted(groups.items())},
        "flips": {
            "gained": [each for each, (a, b) in shares.items() if a < b],
            "lost": [each for each, (a, b) in shares.items() if a > b],
        },
    }


def _difference(pairs: list[tuple[float, float]]) -> dict[str, Any]:
    return difference([a for a, _ in pairs], [b for _, b in pairs]).as_dict()


def _verdicts(first: Evaluation, second: Evaluation) -> dict[str, dict[str, int]]:
    """How often each verdict of the first became each of the second."""
    counts = Counter((first.items[each][0]["verdict"], second.items[each][0]["verdict"]) for each in first.problems)
    return {a: {b: n for (x, b), n in sorted(counts.items()) if x == a} for a in sorted({a for a, _ in counts})}


def _share(items: list[dict[str, Any]]) -> float:
    return sum(item["verdict"] == "correct" for item in items) / len(items)


def _settings(first: Evaluation, second: Evaluation) -> list[str]:
    # a key that the version of an evaluation did not have has its default
    usual = {name: field.get_default(call_default_factory=True) for name, field in EvalRecipe.model_fields.items()}
    one, other = (usual | each.manifest["recipe"] for each in (first, second))
    return [
        f"{key} is {one.get(key)!r} in the first, {other.get(key)!r} in the second"
        for key in sorted((one.keys() | other.keys()) - _MAY_DIFFER - {"problems"})
        if one.get(key) != other.get(key)
    ]


def _problems(first: Evaluation, second: Evaluation) -> list[str]:
    """What differs: problems that one of them lacks, counted, and those that are not the same under one id."""
    differences = []
    for name, only in (
        ("first", first.problems.keys() - second.problems.keys()),
        ("second", second.problems.keys() - first.problems.keys()),
    ):
        if only:
            differences.append(f"{len(only)} problems only in the {name} ({', '.join(sorted(only)[:3])}, …)")
    both = first.problems.keys() & second.problems.keys()
    if changed := [each for each in sorted(both) if _content(first.problems[each]) != _content(second.problems[each])]:
        differences.append(
            f"{len(changed)} problems have other questions, answers or pictures ({', '.join(changed[:3])}, …)"
        )
    if uneven := [each for each in sorted(both) if len(first.items[each]) != len(second.items[each])]:
        differences.append(f"{len(uneven)} problems have other numbers of attempts ({', '.join(uneven[:3])}, …)")
    return differences


def _content(problem: Problem) -> tuple[Any, ...]:
    pictures = [image.sha256 for image in problem.images]
    return problem.question, problem.answer, problem.choices, problem.tests, pictures


def _evaluation(folder: str) -> Evaluation:
    manifest = read_manifest(folder)
    if "evaluate" not in manifest["counts"]:
        raise InputError(
            f"{folder} is no finished evaluation: its run.json counts {', '.join(manifest['counts']) or 'nothing'}. "
            "Finish it with the same `redstar-geo eval`, which goes on where it stopped."
        )
    items = _items(Path(folder) / "items.jsonl")
    if any(item["reason"] == LEFT_TO_JUDGE for attempts in items.values() for item in attempts):
        raise InputError(
            f"{folder} is scored by a judge, so its answers are neither right nor wrong. Compare `of_judged` of the "
            "two scores.json, with their intervals."
        )
    asked = Path(str(manifest["recipe"].get("problems")))
    known = set(manifest.get("inputs", {}).values())
    places = (asked, Path(folder) / "problems.parquet")  # the second where a benchmark's folder was moved
    path = next((each for each in places if each.is_file() and sha256(each) in known), None)
    if path is None:
        raise InputError(
            f"{folder} was evaluated on {asked}, which is {'another file now' if asked.is_file() else 'not there'}. "
            "Bring it back, or make it again with the recipe in the run.json beside it."
        )
    problems = {problem.id: problem for problem in read(Problem, path) if problem.id in items}
    if unknown := items.keys() - problems.keys():
        raise InputError(
            f"{folder} has {len(unknown)} items of no problem in {path}: {min(unknown)}, … Evaluate again."
        )
    return Evaluation(Path(folder), manifest, problems, {each: items[each] for each in problems})


def _items(path: Path) -> dict[str, list[dict[str, Any]]]:
    items: dict[str, list[dict[str, Any]]] = {}
    for item in read_rows(path, _SHAPE):
        items.setdefault(item["id"], []).append(item)
    return items
