import io
import json
import shutil
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from redstar_geo.errors import InputError
from redstar_geo.pictures.read import MIN_SIDE, PictureError
from redstar_geo.records import Problem
from redstar_geo.sources import Rejected, formalgeo7k
from redstar_geo.sources.pictures import normalise
from tests.paths import DOZEN

NUMBERS = (2865, 1293, 2951, 1126, 5835, 3156, 3419)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for part in ("problems", "diagrams"):
        (tmp_path / part).mkdir()
    for number in NUMBERS:
        shutil.copy(DOZEN / "problems" / f"{number}.json", tmp_path / "problems")
        shutil.copy(DOZEN / "diagrams" / f"{number}.png", tmp_path / "diagrams")
    return tmp_path


def test_an_origin_is_read_alone_and_what_asks_for_a_proof_is_counted(folder: Path) -> None:
    path = folder / "problems" / "2951.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"goal_cdl": "Relation(ParallelBetweenLine(AB,CD))"}))
    items = {item.id.removeprefix("formalgeo7k/"): item for item in formalgeo7k.problems(folder, "geoqa")}
    assert list(items) == ["2865", "2951", "3156", "3419", "5835"]
    assert items.pop("2951") == Rejected("formalgeo7k/2951", "asks_for_a_proof")
    assert all(isinstance(item, Problem) for item in items.values())


def test_every_kind_of_picture_becomes_rgb() -> None:
    modes = set()
    for item in formalgeo7k.problems(DOZEN):
        assert isinstance(item, Problem)
        with Image.open(DOZEN / "diagrams" / f"{item.id.partition('/')[2]}.png") as picture:
            modes.add(picture.mode)
        decode(item.images[0].data)
    assert modes == {"RGB", "RGBA", "P"}


def test_both_languages_of_one_problem(folder: Path) -> None:
    english = {p.id: p for p in formalgeo7k.problems(folder, language="en")}
    chinese = {p.id: p for p in formalgeo7k.problems(folder, language="zh")}
    assert english.keys() == chinese.keys() == {f"formalgeo7k/{n}" for n in NUMBERS}
    for name, problem in english.items():
        assert problem.answer == chinese[name].answer
        assert problem.images == chinese[name].images
        assert any("一" <= c <= "龥" for c in chinese[name].question)
        assert not any("一" <= c <= "龥" for c in problem.question)


def test_what_is_broken_is_counted_and_the_rest_goes_on(folder: Path) -> None:
    def change(number: int, **fields: object) -> None:
        path = folder / "problems" / f"{number}.json"
        path.write_text(json.dumps(json.loads(path.read_text()) | fields))

    (folder / "problems" / "2865.json").write_text('{"problem_id": 2865, ')
    (folder / "diagrams" / "1293.png").unlink()
    whole = (folder / "diagrams" / "2951.png").read_bytes()
    (folder / "diagrams" / "2951.png").write_bytes(whole[: len(whole) // 2])
    change(1126, problem_answer="fifteen or so")
    change(5835, problem_level=None)
    change(3156, problem_img="../../../../etc/passwd")
    items = list(formalgeo7k.problems(folder))
    reasons = Counter(item.reason for item in items if isinstance(item, Rejected))
    assert reasons == {"bad_json": 1, "missing_picture": 2, "bad_picture": 1, "bad_answer": 1, "missing_field": 1}
    assert [item.id for item in items if isinstance(item, Problem)] == ["formalgeo7k/3419"]


def test_an_empty_folder_is_the_users_mistake(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="has no problems"):
        list(formalgeo7k.problems(tmp_path))


def encode(picture: Image.Image, form: str = "PNG") -> bytes:
    out = io.BytesIO()
    picture.save(out, form)
    return out.getvalue()


def decode(data: bytes) -> np.ndarray:
    with Image.open(io.BytesIO(data)) as picture:
        assert picture.mode == "RGB"
        return np.asarray(picture)


def test_transparency_goes_on_white() -> None:
    picture = Image.new("RGBA", (80, 60), (0, 0, 0, 0))
    picture.paste("black", (5, 5, 10, 10))
    pixels = decode(normalise(encode(picture)).data)
    assert pixels.shape == (60, 80, 3)
    assert (pixels == 255).all(axis=2).sum() == 80 * 60 - 25
    assert (pixels[5:10, 5:10] == 0).all()


@pytest.mark.parametrize("size", [(20, 200), (58, 40), (300, 10)])
def test_small_pictures_grow_in_proportion(size: tuple[int, int]) -> None:
    picture = Image.new("RGB", size)
    picture.paste("white", (2, 2, 8, 8))
    height, width, _ = decode(normalise(encode(picture.quantize(2))).data).shape
    assert min(height, width) == MIN_SIDE
    assert width / height == pytest.approx(size[0] / size[1], rel=0.02)


@pytest.mark.parametrize("data", [b"", b"<svg onload='x'/>", b"\x89PNG\r\n\x1a\n" + b"0" * 50])
def test_what_is_no_picture_is_refused(data: bytes) -> None:
    with pytest.raises(PictureError):
        normalise(data)
