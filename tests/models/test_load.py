"""A model that is not there is told in one paragraph, at once."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from redstar_geo.errors import InputError
from redstar_geo.models import shipped
from redstar_geo.models.load import load_config, load_processor, model_fingerprint
from redstar_geo.models.tiny import TinySize, build_tiny
from redstar_geo.recipe import Section
from redstar_geo.trainer.finetune import local
from tests.train.small import SIZE

LOAD = """
import sys
from redstar_geo.errors import InputError
from redstar_geo.models.load import load_config
try:
    load_config(sys.argv[1])
except InputError as error:
    print(error)
"""


@pytest.mark.parametrize("name", ["./model", "/nowhere/model", "~/model", "runs/first/model", "runs/model"])
def test_a_path_that_is_none_is_no_such_folder(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "runs").mkdir()
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match=rf"^Model '{name}': no such folder\."):
        load_config(name)


def test_base_is_the_model_that_ships(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Recipe(Section):
        model: str

    build_tiny(tmp_path / "model", ["So it is."], TinySize.model_validate(SIZE), seed=0)
    (tmp_path / "base").mkdir()
    monkeypatch.chdir(tmp_path)  # a folder of that name stands in no one's way
    monkeypatch.setattr(shipped, "FOLDER", tmp_path / "model")
    assert load_processor("base", load_config("base")).chat_template
    assert model_fingerprint("base") == model_fingerprint(str(tmp_path / "model")) != model_fingerprint("./base")
    assert local(Recipe(model="base"), "model") == ["model"], "known by its content: where it lies may change"
    assert shipped.located("./base") == "./base" and shipped.located("runs/base") == "runs/base"


def test_a_base_that_does_not_ship_is_told_with_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shipped, "FOLDER", tmp_path / "nowhere")
    with pytest.raises(InputError, match=r"ships with the package.*redstar-geo train train/base_tiny\.yaml"):
        load_config("base")


def test_a_hub_that_cannot_be_reached_is_tried_once(tmp_path: Path) -> None:
    kept = {name: value for name, value in os.environ.items() if name not in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE")}
    environment = kept | {"HF_ENDPOINT": "http://127.0.0.1:9", "HF_HOME": str(tmp_path)}
    command = [sys.executable, "-c", LOAD, "nobody/nothing"]
    ended = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr
    assert "Retrying" not in ended.stderr and "thrown while requesting" not in ended.stderr
    assert ended.stdout.startswith(
        "Model 'nobody/nothing' is not in the hub's cache, and http://127.0.0.1:9 cannot be reached ("
    )
    assert ended.stdout.endswith("). Check the connection and the name, or give the folder of a model.\n")
    assert ended.stdout.count("\n") == 1


def test_internvl2_is_said_to_have_no_form_that_can_be_used(tmp_path: Path) -> None:
    """The paper's own base: its hint must not lead to a variant that nobody has published."""
    config = {
        "model_type": "internvl_chat",
        "auto_map": {"AutoConfig": "configuration_internvl_chat.InternVLChatConfig"},
    }
    (tmp_path / "config.json").write_text(json.dumps(config))
    with pytest.raises(InputError, match=r"InternVL3-8B-hf\); InternVL2 and 2.5 are code of the hub only"):
        load_config(str(tmp_path))
