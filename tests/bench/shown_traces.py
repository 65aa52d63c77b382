"""Ten traces worth reading, with pictures: `python -m tests.bench.shown_traces` writes docs/traces.md and .png."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from PIL import Image, ImageDraw

from redstar_geo.geometry.construct import Built, construct
from redstar_geo.geometry.narrate import Narration, narrate
from redstar_geo.pictures.read import read_picture

_DOCS = Path(__file__).parents[2] / "docs"
_HEAD = """# Ten traces

*For people who want to see what a model is trained on: ten chains of thought, as the narrator writes them.*

Long chains for built-in problems of the test split. Three of them (3, 6 and 9) make a mistake, notice it and correct
it. `python -m tests.bench.shown_traces` writes this page; `teacher.mistakes` sets how often mistakes are made.

![The pictures of the ten problems, in their order](traces.png)
"""
_WIDTH, _HEIGHT, _COLUMNS = 360, 330, 5


@dataclass(frozen=True)
class _Shown:
    family: str
    seed: int
    difficulty: int
    language: Literal["en", "zh"]
    voice: int
    mistake: bool = False

    def built(self) -> Built:
        return construct(self.family, self.seed, self.difficulty, self.language, split="test")

    def told(self, built: Built) -> Narration:
        return narrate(
            built.proof, form="long", language=self.language, seed=self.voice, mistakes=1.0 if self.mistake else 0.0
        )


_SHOWN = (
    _Shown("similar_triangles", 11, 4, "en", 3),
    _Shown("area_chain", 19, 5, "en", 14),
    _Shown("chord_distance", 13, 3, "en", 5, True),
    _Shown("angle_chain", 14, 7, "en", 21),
    _Shown("length_chain", 15, 6, "zh", 8),
    _Shown("inscribed_angle", 16, 4, "zh", 2, True),
    _Shown("circle_chain", 17, 6, "en", 9),
    _Shown("vertical_angles_in_x", 18, 3, "en", 13),
    _Shown("intersecting_chords", 19, 3, "en", 15, True),
    _Shown("congruent_sss", 20, 4, "zh", 12),
)


def section(number: int, shown: _Shown, built: Built) -> str:
    told = shown.told(built)
    if shown.mistake and told.mistake is None:
        raise ValueError(f"{shown} has no mistake to show")
    kind = f" · a mistake: {told.mistake.kind.replace('_', ' ')}" if told.mistake is not None else ""
    lines = [*told.reasoning.splitlines(), told.response]
    quoted = "\n".join(f"> {line}  " for line in lines)
    return f"## {number}. {built.problem.question}\n\n`{shown.family}`, level {shown.difficulty}{kind}\n\n{quoted}\n"


def pictures(problems: list[Built]) -> Image.Image:
    rows = -(-len(problems) // _COLUMNS)
    page = Image.new("RGB", (_COLUMNS * _WIDTH, rows * _HEIGHT), "white")
    draw = ImageDraw.Draw(page)
    for number, built in enumerate(problems):
        x, y = number % _COLUMNS * _WIDTH, number // _COLUMNS * _HEIGHT
        picture = read_picture(built.problem.images[0].data)
        picture.thumbnail((_WIDTH, _HEIGHT - 24))
        page.paste(picture, (x + (_WIDTH - picture.width) // 2, y + 24))
        draw.text((x + 12, y + 8), str(number + 1), "black")
    return page


if __name__ == "__main__":
    problems = [shown.built() for shown in _SHOWN]
    parts = [section(i + 1, shown, built) for i, (shown, built) in enumerate(zip(_SHOWN, problems, strict=True))]
    (_DOCS / "traces.md").write_text("\n".join([_HEAD, *parts]), encoding="utf-8")
    pictures(problems).save(_DOCS / "traces.png", optimize=True)
