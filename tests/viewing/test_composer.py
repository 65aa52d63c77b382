"""What is answered is what is shown: an example as it stands, else a question of the visitor's own."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from gradio.utils import get_upload_folder

from redstar_geo.errors import InputError
from redstar_geo.geometry.construct import construct
from redstar_geo.records import Image
from redstar_geo.viewing.composer import Sent, asked
from redstar_geo.viewing.permalink import OWN
from redstar_geo.viewing.words import words
from tests.viewing.test_uploads import PNG

EXAMPLE = construct("angle_sum", 1).problem
SENT = Sent("/a/path", Image.of(PNG))
EN = words("en")
SHOWN = {"kind": "example", "src": "data:"}


def test_an_example_is_itself_until_its_text_or_picture_is_another() -> None:
    assert asked(EXAMPLE, Sent(), f" {EXAMPLE.question}\n", SHOWN, "", EN) == EXAMPLE
    edited = asked(EXAMPLE, SENT, f"{EXAMPLE.question} Why?", SHOWN, "", EN)
    assert (edited.id, edited.answer, edited.choices, edited.images) == (OWN, "", (), EXAMPLE.images)
    mine = asked(EXAMPLE, SENT, EXAMPLE.question, {"kind": "upload", "path": SENT.path}, "", EN)
    assert (mine.id, mine.answer, mine.images) == (OWN, "", (SENT.picture,))
    bare = asked(EXAMPLE, SENT, EXAMPLE.question, {"kind": "none"}, "", EN)
    assert (bare.id, bare.images) == (OWN, ())


def test_an_example_without_a_picture_is_itself_too() -> None:
    plain = replace(EXAMPLE, images=())
    assert asked(plain, Sent(), plain.question, {"kind": "none"}, "", EN) == plain


def test_a_known_answer_makes_a_question_ones_own() -> None:
    assert asked(EXAMPLE, Sent(), EXAMPLE.question, SHOWN, "7", EN).answer == "7"


@pytest.mark.parametrize(
    ("picture", "said"),
    [
        ({"kind": "pending"}, "still being read"),
        ({"kind": "refused", "note": "no"}, "cannot be used"),
        ({"kind": "upload", "path": "/etc/passwd"}, "not uploaded here"),
        ({"kind": "upload", "path": ["x"]}, "not uploaded here"),
        ({"kind": "upload"}, "not uploaded here"),
    ],
)
def test_a_picture_is_never_left_out_silently(picture: Any, said: str) -> None:
    with pytest.raises(InputError, match=said):
        asked(EXAMPLE, SENT, "Find x.", picture, "", EN)


@pytest.mark.parametrize("picture", [None, {}, [], "x", {"kind": ["example"]}, {"kind": "nonsense"}])
def test_whatever_a_page_says_of_its_picture_there_is_no_harm(picture: Any) -> None:
    assert asked(None, Sent(), "Find x.", picture, "", EN).images == ()
    with pytest.raises(InputError, match="Write a question"):
        asked(None, Sent(), "  ", picture, "", EN)


def test_a_picture_that_came_earlier_is_read_again() -> None:
    folder = Path(get_upload_folder())
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "test_composer.png"
    path.write_bytes(PNG)
    try:
        assert asked(None, SENT, "", {"kind": "upload", "path": str(path)}, "", EN).images[0] != SENT.picture
    finally:
        path.unlink()
