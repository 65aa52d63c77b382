"""`make bench` (all) or `make bench ONLY=geometry`: one JSON line a figure, ours and its peer side by side."""

from __future__ import annotations

import importlib
import json
import pkgutil
import sys
from pathlib import Path


def main(only: str) -> None:
    for module in sorted(found.name for found in pkgutil.iter_modules([str(Path(__file__).parent)])):
        if module != "__main__" and module.startswith(only):
            figures = vars(importlib.import_module(f"tests.bench.{module}")).get("bench")
            for figure in figures() if figures else ():
                print(json.dumps(figure, ensure_ascii=False), flush=True)


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "")
