"""Files of one JSON object a line that grow line by line, so that a kill costs at most the line being written."""

from __future__ import annotations

from pathlib import Path


def cut_torn_line(path: Path) -> int:
    """The number of whole lines; what a kill left of a last one is cut off. A missing file has none."""
    if not path.is_file():
        return 0
    with path.open("rb+") as file:
        lines = end = 0
        for line in file:
            if line.endswith(b"\n"):
                lines += 1
                end += len(line)
        file.truncate(end)
    return lines
