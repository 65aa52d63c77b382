import io
import json
import shutil
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from redstar_geo.errors import InputError
from redstar_geo.records import Problem
from redstar_geo.sources import Rejected, formalgeo7k
from redstar_geo.sources.pictures import MIN_SIDE, PictureError, normalise
from tests.paths import FORMALGEO7K, needs_formalgeo7k

NUMBERS = (2865, 1293, 3904, 1142, 5197, 238, 4847)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for part in ("problems", "diagrams"):
        (tmp_path / part).mkdir()
    for number in NUMBERS:
        shutil.copy(FORMALGEO7K / "problems" / f"{number}.json", tmp_path / "problems")
        shutil.copy(FORMALGEO7K / "diagrams" / f"{number}.png", tmp_path / "diagrams")
    return tmp_path


@needs_formalgeo7k
def test_all_geoqa_prompts_are_read() -> None:
    items = list(formalgeo7k.problems(FORMALGEO7K, "geoqa"))
    assert len({item.id for item in items}) == 3499
    assert [item.reason for item in items if isinstance(item, Rejected)] == ["asks_for_a_proof"]


@needs_formalgeo7k
def test_both_languages_of_one_problem(folder: Path) -> None:
    english = {p.id: p for p in formalgeo7k.problems(folder, language="en")}
    chinese = {p.id: p for p in formalgeo7k.problems(folder, language="zh")}
    assert english.keys() == chinese.keys() == {f"formalgeo7k/{n}" for n in NUMBERS}
    for name, problem in english.items():
        assert problem.answer == chinese[name].answer
        assert problem.images == chinese[name].images
        assert any("一" <= c <= "龥" for c in chinese[name].question)
        assert not any("一" <= c <= "龥" for c in problem.question)


@needs_formalgeo7k
def test_what_is_broken_is_counted_and_the_rest_goes_on(folder: Path) -> None:
    def change(number: int, **fields: object) -> None:
        path = folder / "problems" / f"{number}.json"
        path.write_text(json.dumps(json.loads(path.read_text()) | fields))

    (folder / "problems" / "2865.json").write_text('{"problem_id": 2865, ')
    (folder / "diagrams" / "1293.png").unlink()
    whole = (folder / "diagrams" / "3904.png").read_bytes()
    (folder / "diagrams" / "3904.png").write_bytes(whole[: len(whole) // 2])
    change(1142, problem_answer="fifteen or so")
    change(5197, problem_level=None)
    change(238, problem_img="../../../../etc/passwd")
    items = list(formalgeo7k.problems(folder))
    reasons = Counter(item.reason for item in items if isinstance(item, Rejected))
    assert reasons == {"bad_json": 1, "missing_picture": 2, "bad_picture": 1, "bad_answer": 1, "missing_field": 1}
    assert [item.id for item in items if isinstance(item, Problem)] == ["formalgeo7k/4847"]


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
    picture.putpixel((5, 5), (0, 0, 0, 255))
    pixels = decode(normalise(encode(picture)).data)
    assert pixels.shape == (60, 80, 3)
    assert (pixels == 255).all(axis=2).sum() == 80 * 60 - 1
    assert (pixels[5, 5] == 0).all()


@pytest.mark.parametrize("size", [(20, 200), (58, 40), (300, 10)])
def test_small_pictures_grow_in_proportion(size: tuple[int, int]) -> None:
    height, width, _ = decode(normalise(encode(Image.new("P", size))).data).shape
    assert min(height, width) == MIN_SIDE
    assert width / height == pytest.approx(size[0] / size[1], rel=0.02)


@pytest.mark.parametrize("data", [b"", b"<svg onload='x'/>", b"\x89PNG\r\n\x1a\n" + b"0" * 50])
def test_what_is_no_picture_is_refused(data: bytes) -> None:
    with pytest.raises(PictureError):
        normalise(data)
