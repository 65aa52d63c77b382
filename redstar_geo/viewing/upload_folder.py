"""The folder in which uploads lie until they are used: not many of one visitor, and no links out of it.

Gradio deletes by age (`page_of`), not by number.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

from starlette.types import Message, Send

_MOST_OF_ONE, _MOST = 32, 512  # files


class UploadFolder:
    """Knows the files that came through this app, and deletes the oldest of a visitor and of all when they are many."""

    def __init__(self, folder: Path, most_of_one: int = _MOST_OF_ONE, most: int = _MOST) -> None:
        self.folder = folder
        self._most_of_one, self._most = most_of_one, most
        self._files: dict[Path, str] = {}  # whose they are, the oldest first

    def holds(self, name: str) -> bool:
        """Whether this is a file in the folder by its own path, not by one that a link leads from."""
        try:
            path = Path(name)
            return path.is_file() and path == path.resolve() and path.is_relative_to(self.folder.resolve())
        except (OSError, ValueError):  # a name that is too long; a zero byte
            return False

    def noting(self, visitor: str, send: Send) -> Send:
        """Passes the answer to an upload on, and remembers the files that it names."""
        said = bytearray()

        async def noted(message: Message) -> None:
            if message["type"] == "http.response.body":
                said.extend(message.get("body", b""))
                if not message.get("more_body"):
                    self.add(visitor, said)
            await send(message)

        return noted

    def add(self, visitor: str, answer: bytes | bytearray) -> None:
        """Remember what an upload left here, and delete what is too much.

        Args:
            answer: Gradio's answer to the upload, a JSON list of paths; of a refused one anything else.
        """
        try:
            names = json.loads(answer)
        except ValueError:
            return
        for name in names if isinstance(names, list) else []:
            path = Path(str(name))
            self._files.pop(path, None)  # the same picture again counts as new
            self._files[path] = visitor
        kept = Counter[str]()
        for path, whose in reversed(list(self._files.items())):
            if kept.total() < self._most and kept[whose] < self._most_of_one:
                kept[whose] += 1
            else:
                path.unlink(missing_ok=True)
                del self._files[path]
