"""What `doctor` says of versions that do not belong together, and of a GPU that torch cannot use."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import torch

from redstar_geo import doctor, extras


def test_a_package_that_wants_another_version_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, version, needs in (
        (
            "redstar-vllm",
            "0.31.0",
            ["redstar-former<5.18,>=5.10", 'redstar-former<1; extra == "old"', "redstar-absent>9"],
        ),
        ("redstar-former", "5.24.0", []),
    ):
        folder = tmp_path / f"{name.replace('-', '_')}-{version}.dist-info"
        folder.mkdir()
        wanted = "".join(f"Requires-Dist: {need}\n" for need in needs)
        (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{wanted}")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(extras, "packages", lambda: {"gpu": ("redstar-vllm", "redstar-former")})
    (found,) = extras.misfits()
    assert found == "redstar-vllm 0.31.0 needs redstar-former <5.18,>=5.10, and 5.24.0 is installed"
    assert ("versions", found, "pip install that version, or the extra anew") in list(doctor.findings())


@pytest.mark.parametrize(
    ("built_for", "said"), [(None, "this torch is for CPUs"), ("13.0", "its driver does not run CUDA 13.0")]
)
def test_a_gpu_that_torch_cannot_use_is_told_why(
    built_for: str | None, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.version, "cuda", built_for)
    monkeypatch.setattr(shutil, "which", lambda program: f"/usr/bin/{program}")
    (found,) = [one for one in doctor.findings() if one[0] == "GPU"]
    assert said in found[1] and found[2] != "–"
