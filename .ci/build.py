"""Wheel and source archive of the last commit, the same to the byte each time: `python .ci/build.py dist`.

Both are made of what is committed, with its time and the permissions of a umask of 022; setuptools writes neither the
time of the commit nor one owner into the source archive, so that is packed again.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]


def built(out: Path, *options: str) -> list[Path]:
    """The files, in `out`, which is made if it is not there."""
    epoch = int(subprocess.check_output(["git", "log", "-1", "--format=%ct"], cwd=ROOT))
    out = out.resolve()
    os.umask(0o022)
    with tempfile.TemporaryDirectory() as folder:
        archive = subprocess.check_output(["git", "archive", "HEAD"], cwd=ROOT)
        with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
            tar.extractall(folder, filter="data")
        command = [sys.executable, "-m", "build", *options, "--outdir", str(out), "."]
        environment = os.environ | {"SOURCE_DATE_EPOCH": str(epoch)}
        subprocess.run(command, cwd=folder, check=True, env=environment, stdout=subprocess.DEVNULL)
    for path in out.glob("*.tar.gz"):
        path.write_bytes(_packed_again(path, epoch))
    return sorted(out.iterdir())


def _packed_again(path: Path, epoch: int) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(path) as old, tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as new:
        for member in sorted(old, key=lambda member: member.name):
            member.mtime, member.uid, member.gid, member.uname, member.gname = epoch, 0, 0, "", ""
            member.mode = 0o755 if member.isdir() or member.mode & 0o100 else 0o644
            member.pax_headers = {}
            new.addfile(member, old.extractfile(member) if member.isfile() else None)
    return gzip.compress(packed.getvalue(), mtime=epoch)


if __name__ == "__main__":
    for file in built(Path(sys.argv[1]), *sys.argv[2:]):
        print(hashlib.sha256(file.read_bytes()).hexdigest(), file.name)
