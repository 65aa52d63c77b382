"""Readers of pictures: what is read is merged, asked for again where it cannot be read, and always shown."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from redstar_geo.cli import app
from redstar_geo.errors import InputError, RedStarError
from redstar_geo.formalise import answered, corrected, in_words
from redstar_geo.formalise.agreement import agreed
from redstar_geo.generation.address import ServerAddress
from redstar_geo.geometry.construct import construct
from redstar_geo.geometry.reading import shown, written
from redstar_geo.models import shipped
from redstar_geo.models.tiny import TinySize, build_tiny
from redstar_geo.readers.model import PROMPT, in_folder, served
from redstar_geo.readers.named import Reader
from tests.servers.scripted import completion, refusal, scripted
from tests.train.small import SIZE

BUILT = construct("exterior_angle", seed=3, modality="picture")
PICTURE = BUILT.problem.images[0]
TRUE = written(shown(BUILT.figure))
QUESTION = BUILT.problem.question


def reads(replies: Callable[[Mapping[str, Any], int], str], samples: int = 1) -> tuple[Any, list[Mapping[str, Any]]]:
    with scripted(lambda request, count: completion(replies(request, count))) as server:
        return served(ServerAddress(url=server.url), samples=samples).read(PICTURE, QUESTION), server.asked


def test_a_picture_read_by_a_served_model_answers_its_question() -> None:
    depiction, asked = reads(lambda request, count: TRUE)
    assert depiction.words == TRUE and not depiction.unread and len(asked) == 1
    (message,) = asked[0]["messages"]
    assert message["content"][0]["type"] == "image_url" and message["content"][1]["text"] == PROMPT + QUESTION
    solution = answered(QUESTION, depiction).solution
    assert solution.value is not None and solution.value.exact == BUILT.proof.answer


def test_the_examples_of_the_prompt_can_be_read() -> None:
    examples = PROMPT.partition("Examples of whole replies:\n")[2].splitlines()[:2]
    assert all(in_words(each).statements and not in_words(each).unread for each in examples)


def test_what_cannot_be_read_is_told_to_the_model_and_asked_for_again() -> None:
    depiction, asked = reads(lambda request, count: f"{TRUE}; a nice picture" if count == 1 else TRUE)
    assert depiction.words == TRUE and not depiction.unread
    _, reply, again = asked[1]["messages"]
    assert reply["content"].endswith("a nice picture") and "'a nice picture'" in again["content"]


def test_what_is_never_in_the_form_is_used_as_far_as_it_is_and_the_rest_told() -> None:
    depiction, asked = reads(lambda request, count: f"{TRUE}; a nice picture" if count == 2 else "No idea; none at all")
    assert depiction.words == TRUE and depiction.unread == ("a nice picture",) and len(asked) == 3


def test_what_fewer_than_half_of_the_readings_say_is_told_and_not_used() -> None:
    depiction, asked = reads(lambda request, count: TRUE + ("; AB = 999" if count == 1 else ""), samples=3)
    assert depiction.words == TRUE and depiction.unread == ("AB = 999 (1 of 3 readings)",)
    assert len({(each["seed"], each["temperature"]) for each in asked}) == 3


def test_readings_agree_whatever_they_call_an_angle() -> None:
    lines = "lines ABC, CD, AD"
    found = agreed([f"{lines}; ∠DCA = 40°", f"{lines}; ∠DCB = 40°", f"{lines}; ∠DCB = 46°"])
    assert "∠BCD = 40°" in found.words and found.unread == ("∠BCD = 46° (1 of 3 readings)",)


def test_one_of_two_readings_is_no_majority() -> None:
    assert agreed(["AB = 3", "AB = 5"]).words == ""


def test_readings_that_do_not_come_are_told_and_none_at_all_is_an_error() -> None:
    def answer(request: Mapping[str, Any], count: int) -> Any:
        return completion(TRUE) if request["seed"] == 0 else refusal(400, "context_length_exceeded")

    with scripted(answer) as server:
        depiction = served(ServerAddress(url=server.url), samples=3).read(PICTURE, QUESTION)
    assert depiction.words == TRUE and depiction.unread == ("2 of 3 readings did not come",)
    refused = refusal(400, "maximum context length exceeded")
    with scripted(lambda request, count: refused) as server, pytest.raises(RedStarError, match="maximum context"):
        served(ServerAddress(url=server.url)).read(PICTURE, QUESTION)


def test_an_empty_reading_is_told() -> None:
    depiction, asked = reads(lambda request, count: " ")
    assert not depiction.words and depiction.unread == ("1 of 1 readings said nothing",) and len(asked) == 3


def test_a_model_that_the_server_has_not_is_refused() -> None:
    with scripted(lambda request, count: completion(TRUE)) as server, pytest.raises(InputError, match="no model 'vlm'"):
        served(ServerAddress(url=server.url), "vlm").read(PICTURE, QUESTION)


def test_a_model_in_a_folder_reads(tmp_path: Path) -> None:
    build_tiny(tmp_path, [TRUE, QUESTION], TinySize(**SIZE), seed=0)
    depiction = in_folder(str(tmp_path)).read(PICTURE, QUESTION)  # untrained: it says nothing that can be read
    assert not depiction.statements and depiction.unread


def test_a_model_that_sees_nothing_is_no_reader(tmp_path: Path) -> None:
    build_tiny(tmp_path, [TRUE, QUESTION], TinySize(**SIZE, family="qwen2"), seed=0)
    with pytest.raises(InputError, match="sees no pictures"):
        in_folder(str(tmp_path)).read(PICTURE, QUESTION)


def test_without_a_base_its_reader_is_refused_with_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shipped, "FOLDER", tmp_path)
    with pytest.raises(InputError, match="Install a release"):
        Reader(name="base").open()


def test_a_person_corrects_what_was_read() -> None:
    wrong = answered(QUESTION, agreed([TRUE.split("; ")[0]]))
    assert wrong.solution.value is None
    right = corrected(QUESTION, TRUE)
    assert right.solution.value is not None and right.solution.value.exact == BUILT.proof.answer
    assert any(line.startswith("Told by a person: ") for line in right.lines())
    assert right.row()["picture"] == TRUE


def test_the_command_reads_a_picture_and_shows_what_it_read(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(PICTURE.data)
    with scripted(lambda request, count: completion(TRUE)) as server:
        asked = ["solve", "--question", QUESTION, "--image", str(tmp_path / "a.png"), "--reader", server.url]
        told, plain = CliRunner().invoke(app, asked), CliRunner().invoke(app, [*asked, "--json"])
    assert told.exit_code == 0 and f"Answer: {BUILT.proof.answer}" in told.stdout and TRUE in told.stdout
    assert json.loads(plain.stdout)["picture"] == TRUE
    both = CliRunner().invoke(app, [*asked, "--statements", "AB = 3"])
    assert isinstance(both.exception, InputError)
    missing = CliRunner().invoke(app, ["solve", "--question", QUESTION, "--image", str(tmp_path / "none.png")])
    assert isinstance(missing.exception, InputError)
