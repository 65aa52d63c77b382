"""What problems of an evaluation are in the training run, or in another benchmark, by text or by picture."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from redstar_geo.errors import InputError
from redstar_geo.eval.questions import Questions
from redstar_geo.overlap.contamination import BenchmarkIndex, recognisable
from redstar_geo.overlap.picture import Fingerprint, PictureIndex, fingerprint
from redstar_geo.progress import progress
from redstar_geo.records import Image, Problem, read
from redstar_geo.run import read_manifest
from redstar_geo.scores.summary import Attempt, accuracy_of

_EXAMPLES = 20


class Fingerprints:
    """Of pictures, each taken once whatever it is compared with."""

    def __init__(self) -> None:
        self._known: dict[str, Fingerprint] = {}

    def of(self, image: Image) -> Fingerprint:
        if image.sha256 not in self._known:
            self._known[image.sha256] = fingerprint(image.data)
        return self._known[image.sha256]


class ProblemIndex:
    """The questions and pictures of an evaluation's problems, in which other problems are looked up."""

    def __init__(self, questions: Questions, prints: Fingerprints) -> None:
        self.name, self.problems, self.prints = questions.name, questions.problems, prints
        self._texts = BenchmarkIndex((each.id, self.name, each.question) for each in self.problems)
        self._pictures = PictureIndex()
        self._problems_with: dict[str, list[str]] = {}  # equal pictures are indexed once, whosoever they are
        self._recognisable = {each.id for each in self.problems if recognisable(each)}
        for each in self.problems:
            for image in each.images:
                key = prints.of(image).digest.hex()
                self._pictures.add(key, prints.of(image))
                self._problems_with.setdefault(key, []).append(each.id)

    def shared_with(self, others: Iterable[Problem]) -> dict[str, Any]:
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
            elif match is not None and recognisable(other) and match.item in self._recognisable:
                text.setdefault(match.item, (other.id, match.how, match.similarity))
            for image in other.images:
                same = self._pictures.match(self.prints.of(image))
                if same is not None:
                    for item in self._problems_with[same.id]:
                        picture.setdefault(item, (other.id, same.how, same.similarity))
        items = sorted(text.keys() | picture.keys())
        return {
            "items": len(items),
            "of": len(self.problems),
            "share": len(items) / len(self.problems),
            "by_text": dict(sorted(Counter(how for _, how, _ in text.values()).items())),
            "by_picture": dict(sorted(Counter(how for _, how, _ in picture.values()).items())),
            "template": len(template - set(items)),
            "ids": items,
            "examples": [_example(item, text, picture) for item in items[:_EXAMPLES]],
        }


def with_training(index: ProblemIndex, attempts: Sequence[Attempt], training: Path) -> dict[str, Any]:
    """What the evaluation has in common with a training run, and the score on the rest."""
    shared = index.shared_with(progress(trained(training), f"overlap: {index.name}"))
    seen = set(shared["ids"])
    rest = accuracy_of(each for each in attempts if each.problem not in seen)
    return shared | {"score_without": rest.as_dict()}


def between(indexes: Sequence[ProblemIndex]) -> list[dict[str, Any]]:
    """For every two benchmarks which problems of the first are in the second."""
    return [
        {"first": first.name, "second": second.name} | first.shared_with(second.problems)
        for first, second in combinations(indexes, 2)
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
