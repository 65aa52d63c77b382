"""What problems of an evaluation are in the training run, or in another benchmark, by text or by picture."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from redstar_geo.errors import InputError
from redstar_geo.eval.asked import Asked
from redstar_geo.overlap.contamination import BenchmarkIndex
from redstar_geo.overlap.picture import Fingerprint, PictureIndex, fingerprint
from redstar_geo.overlap.text import tokens
from redstar_geo.progress import progress
from redstar_geo.records import Image, Problem, read
from redstar_geo.run import read_manifest
from redstar_geo.scores.summary import Attempt, share_right

_TELLING = 12  # words: a shorter question beside a diagram ("Find x.") says nothing without it
_EXAMPLES = 20


class Fingerprints:
    """Of pictures, each taken once whatever it is compared with."""

    def __init__(self) -> None:
        self._known: dict[str, Fingerprint] = {}

    def of(self, image: Image) -> Fingerprint:
        if image.sha256 not in self._known:
            self._known[image.sha256] = fingerprint(image.data)
        return self._known[image.sha256]


class Looked:
    """The questions and pictures of an evaluation's problems, ready to be asked about other problems."""

    def __init__(self, asked: Asked, prints: Fingerprints) -> None:
        self.name, self.problems, self.prints = asked.name, len(asked.problems), prints
        self._texts = BenchmarkIndex((each.id, asked.name, each.question) for each in asked.problems)
        self._pictures = PictureIndex()
        self._shown: dict[str, list[str]] = {}  # equal pictures are indexed once, whosoever they are
        self._telling = {each.id for each in asked.problems if telling(each)}
        for each in asked.problems:
            for image in each.images:
                taken = prints.of(image)
                self._pictures.add(taken.digest.hex(), taken)
                self._shown.setdefault(taken.digest.hex(), []).append(each.id)

    def in_(self, others: Iterable[Problem]) -> dict[str, Any]:
        """Which of the problems are among the others.

        Returns:
            `items`: how many are, by text or picture; `share` of all; `by_text` and `by_picture`: how they were found →
            how many; `template`: how many have only the wording in common, which is another problem; `examples`.
        """
        text: dict[str, tuple[str, str, float]] = {}
        picture: dict[str, tuple[str, str, float]] = {}
        template: set[str] = set()
        for other in others:
            match = self._texts.contamination(other.question)
            if match is not None and match.how == "template":
                template.add(match.item)
            elif match is not None and telling(other) and match.item in self._telling:
                text.setdefault(match.item, (other.id, match.how, match.similarity))
            for image in other.images:
                shown = self._pictures.match(self.prints.of(image))
                if shown is not None:
                    for item in self._shown[shown.id]:
                        picture.setdefault(item, (other.id, shown.how, shown.similarity))
        items = sorted(text.keys() | picture.keys())
        return {
            "items": len(items),
            "of": self.problems,
            "share": len(items) / self.problems,
            "by_text": dict(sorted(Counter(how for _, how, _ in text.values()).items())),
            "by_picture": dict(sorted(Counter(how for _, how, _ in picture.values()).items())),
            "template": len(template - set(items)),
            "ids": items,
            "examples": [_example(item, text, picture) for item in items[:_EXAMPLES]],
        }


def telling(problem: Problem) -> bool:
    """Whether the words of a question are enough to know it by."""
    return not problem.images or len(tokens(problem.question)) >= _TELLING


def with_training(asked: Asked, looked: Looked, attempts: Sequence[Attempt], training: Path) -> dict[str, Any]:
    """What the evaluation has in common with a training run, and the score on the rest."""
    found = looked.in_(progress(trained(training), f"overlap: {asked.name}"))
    seen = set(found["ids"])
    rest = share_right(each for each in attempts if each.problem not in seen)
    return found | {"score_without": rest.as_dict()}


def between(sets: Sequence[tuple[Looked, Asked]]) -> list[dict[str, Any]]:
    """For every two benchmarks which problems of the first are in the second."""
    return [
        {"first": first.name, "second": second.name} | first.in_(second.problems)
        for place, (first, _) in enumerate(sets)
        for _, second in sets[place + 1 :]
    ]


def trained(folder: Path) -> Iterator[Problem]:
    """The problems whose traces a run exported, or a training was run on; those of a run that exports none are all.

    Raises:
        InputError: the folder is neither.
    """
    data = folder
    if not (folder / "problems.parquet").is_file():
        exported = read_manifest(folder)["recipe"].get("data")
        data = Path(exported).parent.parent if exported else folder
    path, export = data / "problems.parquet", data / "sft" / "train.parquet"
    if not path.is_file():
        raise InputError(
            f"training={folder} leads to no problems: {path} is not there. Give the folder of a run of `redstar-geo "
            "data`, or of a training on the export of one."
        )
    used = None
    if export.is_file():
        used = {row.rpartition("#")[0] for row in pq.read_table(export, columns=["id"]).column("id").to_pylist()}
    return (problem for problem in read(Problem, path) if used is None or problem.id in used)


def _example(item: str, text: dict[str, Any], picture: dict[str, Any]) -> dict[str, Any]:
    by = "text" if item in text else "picture"
    other, how, similarity = (text if item in text else picture)[item]
    return {"id": item, "other": other, "by": by, "how": how, "similarity": round(similarity, 3)}
