"""How the reader of strokes fares beyond the drawings as they are made: saved, scaled, blurred, thicker, in other type.

Built-in problems, values in the picture only, each drawn or changed in one way; FormalGeo7k's own diagrams with their
questions; the diagrams of `diagram_reading`. A certificate is wrong where the value that question and reading determine
is not the gold one: that counts before all else, and what cannot be read has to be refused.

`python -m tests.bench.stroke_pictures [KIND,KIND…|all] [problems] [FILE]` prints a JSON object; what is in FILE, a line
a picture, is not done again.
"""

from __future__ import annotations

import io
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from functools import partial
from pathlib import Path
from random import Random
from typing import Any
from unittest.mock import patch

import matplotlib
from PIL import Image as Pillow
from PIL import ImageFilter, ImageFont

from redstar_geo.formalise import Depiction, read_question, solve
from redstar_geo.formalise.picture import read_or_refused, told_parts
from redstar_geo.geometry import draw, lettering
from redstar_geo.geometry.construct import Built
from redstar_geo.geometry.reading import compared, shown, written
from redstar_geo.pictures.read import encoded
from redstar_geo.readers.named import Reader
from redstar_geo.records import Image, Problem
from redstar_geo.scores.statements import agreement
from redstar_geo.sources import catalogue, formalgeo7k
from redstar_geo.sources.attached import picture
from tests.bench.formalise_answers import agrees
from tests.bench.formalise_reader import problems
from tests.paths import FORMALGEO7K

_FACES = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
Row = dict[str, Any]


def _jpeg(page: Pillow.Image, quality: int) -> Pillow.Image:
    out = io.BytesIO()
    page.save(out, "JPEG", quality=quality)
    return Pillow.open(out)


def _scaled(page: Pillow.Image, factor: float) -> Pillow.Image:
    return page.resize((round(page.width * factor), round(page.height * factor)), Pillow.Resampling.BICUBIC)


def _blurred(page: Pillow.Image, radius: float) -> Pillow.Image:
    return page.filter(ImageFilter.GaussianBlur(radius))


CHANGES: Mapping[str, Callable[[Pillow.Image], Pillow.Image]] = {
    "as drawn": lambda page: page,
    "JPEG 75": partial(_jpeg, quality=75),
    "JPEG 40": partial(_jpeg, quality=40),
    "0.5 x": partial(_scaled, factor=0.5),
    "0.75 x": partial(_scaled, factor=0.75),
    "1.5 x": partial(_scaled, factor=1.5),
    "2 x": partial(_scaled, factor=2.0),
    "blur 0.6": partial(_blurred, radius=0.6),
    "blur 1.0": partial(_blurred, radius=1.0),
}
LINES = {"lines 1.5 x": 1.5, "lines 2 x": 2.0, "lines 3 x": 3.0}
FONTS = {  # none of them is among the shapes that glyphs are compared with
    name: name.replace(" ", "") for name in ("DejaVuSans-Bold", "DejaVuSansMono", "DejaVuSerif-Bold", "cmb10", "cmtt10")
}


@contextmanager
def _lettered(name: str) -> Iterator[None]:
    """Labels in another typeface."""
    caches = lettering.ink, lettering.half_size
    for cache in caches:
        cache.cache_clear()
    with patch.object(lettering, "_font", lambda *, italic: ImageFont.truetype(_FACES / f"{name}.ttf", 16)):
        yield
    for cache in caches:
        cache.cache_clear()


def _page(built: Built, kind: str) -> Image:
    """The figure's picture, drawn or changed so."""
    if kind in LINES:
        with patch.object(draw, "_LINE", draw._LINE * LINES[kind]):
            return Image.of(draw.draw(built.figure))
    if kind in FONTS:
        with _lettered(FONTS[kind]):
            return Image.of(draw.draw(built.figure))
    return Image.of(encoded(CHANGES[kind](Pillow.open(io.BytesIO(built.problem.images[0].data)))))


def _asked(kind: str, count: int) -> Iterator[tuple[str, str, Image, str, str]]:
    """Id, question, picture, gold answer (none of a diagram to be read), and the statements that it shows."""
    if kind == "FormalGeo7k":
        rows = [raw for _, raw in formalgeo7k.rows(FORMALGEO7K) if raw is not None]
        Random(17).shuffle(rows)
        for raw in rows[:count]:
            yield (
                str(raw["problem_id"]),
                raw["problem_text_en"],
                picture(formalgeo7k.diagram(raw), FORMALGEO7K),
                raw["problem_answer"],
                "",
            )
    elif kind == "diagram_reading":
        source = catalogue.ReadingSource(kind="reading", count=count, split="test")
        for item in catalogue.read(source):
            if isinstance(item, Problem):
                yield item.id, item.question, item.images[0], "", item.answer
    else:
        for built in problems(count, 3):
            there = written(shown(built.figure))
            yield built.problem.id, built.problem.question, _page(built, kind), built.proof.answer, there


def _outcome(question: str, seen: Depiction | None, why: str, gold: str) -> str:
    if seen is None:
        return why
    if not gold:
        return "read"
    solution = solve(read_question(question), seen, explain=False)
    if solution.value is None:
        return solution.outcome
    return "right" if agrees(solution, gold) else "wrong"


def measured(kind: str, count: int, done: Mapping[tuple[str, str], Row], keep: Callable[[Row], None]) -> list[Row]:
    reader, found = Reader(name="strokes").open(), []
    for name, question, image, gold, there in _asked(kind, count):
        row = done.get((kind, name))
        if row is None:
            seen, why = read_or_refused(reader, image, question)
            what = _outcome(question, seen, why, gold)
            told, unread = (seen.words, seen.unread) if seen else ("", ())
            row = {"kind": kind, "id": name, "what": what, "there": there, "told": told, "unread": unread}
            keep(row)
        found.append(row)
    return found


def summary(rows: list[Row]) -> dict[str, Any]:
    outcomes = Counter(row["what"] for row in rows)
    read = agreement([compared(row["there"], written(told_parts(row["told"]).drawn)) for row in rows if row["there"]])
    return {
        "pictures": len(rows),
        "answered": (outcomes["right"] + outcomes["wrong"]) / len(rows),
        "wrong": [row["id"] for row in rows if row["what"] == "wrong"],
        "outcomes": outcomes,
        "precision": read["all"].precision if "all" in read else None,
        "recall": read["all"].recall if "all" in read else None,
    }


def main(kinds: list[str], count: int, kept: Path | None) -> dict[str, Any]:
    rows = map(json.loads, kept.open()) if kept and kept.exists() else ()
    done = {(row["kind"], row["id"]): row for row in rows}
    with nullcontext() if kept is None else kept.open("a") as out:

        def keep(row: Row) -> None:
            if out is not None:
                print(json.dumps(row, ensure_ascii=False), file=out, flush=True)

        return {kind: summary(measured(kind, count, done, keep)) for kind in kinds}


if __name__ == "__main__":
    args = sys.argv[1:] + ["all", "45", ""][len(sys.argv) - 1 :]
    every = [*CHANGES, *LINES, *FONTS, "FormalGeo7k", "diagram_reading"]
    wanted = every if args[0] == "all" else args[0].split(",")
    file = Path(args[2]) if args[2] else None
    print(json.dumps(main(wanted, int(args[1]), file), ensure_ascii=False, indent=1))
