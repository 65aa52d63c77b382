"""One problem of every family on a page: `python -m redstar_geo.geometry.construct.contact_sheet docs/families.png`."""

from __future__ import annotations

import sys
import textwrap
from importlib.resources import as_file, files
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from redstar_geo.geometry.construct import FAMILIES, construct
from redstar_geo.pictures.read import read_picture

_CELL_WIDTH, _CELL_HEIGHT, _COLUMNS, _WRAP = 360, 392, 6, 42
_DEEPER = 6, 10  # difficulties of composed problems that are shown besides the common one


def contact_sheet(seed: int = 3, difficulty: int = 3) -> Image.Image:
    """A page with the picture, name and question of one problem of each family; composed ones at three difficulties."""
    cells = [(family, difficulty) for family in FAMILIES]
    cells += [(family, level) for family in FAMILIES if family.endswith("_chain") for level in _DEEPER]
    rows = -(-len(cells) // _COLUMNS)
    page = Image.new("RGB", (_COLUMNS * _CELL_WIDTH, rows * _CELL_HEIGHT), "white")
    draw = ImageDraw.Draw(page)
    font, bold = (_font(name) for name in ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf"))
    for number, (family, level) in enumerate(cells):
        x, y = number % _COLUMNS * _CELL_WIDTH, number // _COLUMNS * _CELL_HEIGHT
        problem = construct(family, seed, level, modality="both").problem
        picture = read_picture(problem.images[0].data)
        page.paste(picture, (x + (_CELL_WIDTH - picture.width) // 2, y + 24))
        draw.text((x + 12, y + 8), family if level == difficulty else f"{family}, difficulty {level}", "black", bold)
        draw.text((x + 12, y + picture.height + 28), textwrap.fill(problem.question, _WRAP), "black", font)
    return page


def _font(name: str) -> ImageFont.FreeTypeFont:
    with as_file(files("matplotlib") / "mpl-data/fonts/ttf" / name) as path:
        return ImageFont.truetype(path, 14)


if __name__ == "__main__":
    contact_sheet().save(Path(sys.argv[1]))
