"""The folder of a Space: its settings are valid, and its own start command serves it as a Space would be."""

from __future__ import annotations

import inspect
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from importlib.metadata import metadata, requires
from pathlib import Path

import pytest
from gradio_client import Client
from huggingface_hub import SpaceCard, SpaceCardData
from packaging.requirements import Requirement

FOLDER = Path(__file__).parents[2] / "app" / "space"
PORT = 7860  # where a Space is looked for


def test_its_settings_are_known_and_fit_this_package() -> None:
    given = SpaceCard.load(FOLDER / "README.md").data
    assert set(given.to_dict()) <= set(inspect.signature(SpaceCardData).parameters)
    assert given.sdk == "gradio" and (FOLDER / given.app_file).is_file()
    (gradio,) = [one for one in map(Requirement, requires("redstar-geo") or ()) if one.name == "gradio"]
    assert gradio.specifier.contains(given.sdk_version)
    assert f">={given.python_version}" == metadata("redstar-geo")["Requires-Python"]
    wanted = Requirement((FOLDER / "requirements.txt").read_text(encoding="utf-8").strip())
    assert wanted.name == "redstar-geo" and wanted.url
    assert wanted.extras <= set(metadata("redstar-geo").get_all("Provides-Extra") or ())


@pytest.fixture
def space(tmp_path: Path) -> Iterator[str]:
    """Started by `python app.py` in a folder with nothing else in it."""
    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1", PORT)) == 0:
            pytest.skip(f"something else listens on port {PORT}")
    shutil.copytree(FOLDER, tmp_path / "space")
    with subprocess.Popen([sys.executable, "app.py"], cwd=tmp_path / "space") as process:
        try:
            address = f"http://127.0.0.1:{PORT}/"
            while status(address) != 200:
                assert process.poll() is None
                time.sleep(0.5)
            yield address
        finally:
            process.terminate()


def status(address: str, host: str = "127.0.0.1") -> int:
    try:
        with urllib.request.urlopen(urllib.request.Request(address, headers={"Host": host}), timeout=60) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as refusal:
        return refusal.code
    except urllib.error.URLError:  # not there yet
        return 0


@pytest.mark.long
def test_its_start_command_serves_it_in_the_frame_of_the_hub(space: str) -> None:
    assert status(space, "owner-name.hf.space") == 200 and status(space, "elsewhere.example.org") == 421
    with urllib.request.urlopen(space, timeout=60) as answer:
        assert "frame-ancestors https://huggingface.co" in answer.headers["content-security-policy"]
    trace = Client(space, verbose=False).predict(
        problem="builtin/angle_sum/en-1-000003", who="formal, short", api_name="/answer"
    )
    assert trace["verdict"]["status"] == "correct"  # graded by a process beside it, which read app.py too
