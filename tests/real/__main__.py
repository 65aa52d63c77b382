"""`python -m tests.real [--larger]`: say what it takes, then fetch weights and environment (`make test-real`)."""

from __future__ import annotations

import argparse
import shutil
import sys

from tests.real import environment
from tests.real.weights import CACHE, LARGER, SMALL

_ENVIRONMENT_GB, _ENVIRONMENT_MINUTES = 4.0, 10


def main() -> None:
    """Fetch what is not there yet.

    Raises:
        SystemExit: the disk has too little room.
    """
    parser = argparse.ArgumentParser()
    parser.add_argument("--larger", action="store_true", help="the 1.5B too")
    wanted = [SMALL, LARGER] if parser.parse_args().larger else [SMALL]
    CACHE.mkdir(parents=True, exist_ok=True)
    missing = [each for each in wanted if not each.folder.exists()]
    made = environment.ready()
    space = sum(each.peak for each in missing) + (0 if made else _ENVIRONMENT_GB)
    minutes = sum(each.minutes for each in missing) + (0 if made else _ENVIRONMENT_MINUTES)
    room = shutil.disk_usage(CACHE).free / 1e9
    if space:
        what = ", ".join([each.name for each in missing] + ([] if made else ["vLLM for CPUs"]))
        print(f"{what}: {space:.1f} GB in {CACHE} ({room:.0f} GB are free), about {minutes} minutes on 2 idle cores.")
    if space > room:
        sys.exit(f"{CACHE} has {room:.1f} GB free. Make room, or set XDG_CACHE_HOME to a folder on another disk.")
    environment.make()
    environment.version_4()
    for each in missing:
        each.convert(environment.python())
    print(f"Ready in {CACHE}; `rm -r` it whenever you like.")


if __name__ == "__main__":
    main()
