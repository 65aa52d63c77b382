"""Strangers' pictures are decoded in a process that can be killed, has no keys, and costs nobody else's picture."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from redstar_geo.pictures import apart
from redstar_geo.pictures.read import PictureError
from tests.pictures.files import TOO_LARGE, drawn, stored

PICTURE = stored(drawn())


def decoder() -> int:
    """The process that decodes for this one."""
    assert apart._DECODER._idle is not None
    return apart._DECODER._idle.process.pid


def test_a_bad_picture_costs_itself_alone() -> None:
    good = apart.normalised(PICTURE)
    first = decoder()
    for data in (b"", b"text", PICTURE[:60], *TOO_LARGE.values()):
        with pytest.raises(PictureError):
            apart.normalised(data)
    assert apart.normalised(PICTURE) == good and decoder() == first


def test_a_killed_decoder_costs_no_picture() -> None:
    good = apart.normalised(PICTURE)
    for sign in (signal.SIGKILL, signal.SIGTERM):
        os.kill(decoder(), sign)
        assert apart.normalised(PICTURE) == good


def started_as(program: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let what is started be a program that is no decoder."""
    popen: Callable[..., subprocess.Popen[bytes]] = subprocess.Popen

    def other(command: list[str], **settings: object) -> subprocess.Popen[bytes]:
        return popen([sys.executable, "-c", program], **settings)

    apart._DECODER.close()
    apart._DECODER.forget()
    monkeypatch.setattr(subprocess, "Popen", other)


def test_a_decoder_that_always_dies_rejects_the_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    started_as("import os; os.write(1, b'+'); os.read(0, 9); os.abort()", monkeypatch)
    with pytest.raises(PictureError, match="exit code -6") as refusal:
        apart.normalised(PICTURE)
    assert refusal.value.reason == "picture_worker_died"


def test_too_much_work_ends_the_decoder_and_is_not_tried_again(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    tries = tmp_path / "tries"
    busy = (
        f"import os; open({str(tries)!r}, 'a').write('.'); os.write(1, b'+'); os.read(0, 9)\n"
        "from redstar_geo.pictures.worker import allow; allow(0)\nwhile True: pass"
    )
    started_as(busy, monkeypatch)
    with pytest.raises(PictureError, match="s of work") as refusal:
        apart.normalised(PICTURE)
    assert refusal.value.reason == "picture_too_slow" and tries.read_text() == "."


def test_a_decoder_that_cannot_start_is_no_fault_of_the_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    started_as("raise SystemExit(3)", monkeypatch)
    with pytest.raises(apart.RedStarError, match="does not start"):
        apart.normalised(PICTURE)


def test_the_decoder_has_no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    apart.normalised(PICTURE)
    os.kill(decoder(), signal.SIGKILL)
    apart.normalised(PICTURE)
    assert b"sk-secret" not in Path(f"/proc/{decoder()}/environ").read_bytes()


def test_threads_get_each_their_own_picture() -> None:
    sizes = [(80 + number, 60) for number in range(24)]
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(apart.normalised, [stored(drawn(size=size)) for size in sizes]))
    assert [int.from_bytes(data[16:20], "big") for data in found] == [width for width, _ in sizes]


def test_a_fork_has_a_decoder_of_its_own() -> None:
    good = apart.normalised(PICTURE)
    parents = decoder()
    child = os.fork()
    if not child:
        same = apart.normalised(PICTURE) == good and decoder() != parents
        apart._DECODER.close()
        os._exit(not same)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert apart.normalised(PICTURE) == good and decoder() == parents


def test_a_picture_is_made_smaller_and_an_animation_refused() -> None:
    assert apart.normalised(stored(drawn(size=(4_000, 1_000))), longest=2_048)[16:24] == bytes((0, 0, 8, 0, 0, 0, 2, 0))
    moving = stored(drawn(), "GIF", save_all=True, append_images=[drawn().rotate(90)])
    assert apart.normalised(moving)
    with pytest.raises(PictureError, match="animated"):
        apart.normalised(moving, still=True)
