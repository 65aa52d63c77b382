"""The field in which a diagram is uploaded, pasted, photographed, drawn and cropped, and what comes out of it.

The browser uploads what it shows and then names the file. Such a name is a stranger's: only files in the folder of
uploads are opened, and none is decoded before `read_upload` has looked at it. So Gradio's own reading, which decodes
first, is left out: events that take from the editor are wired with `preprocess=False`.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import gradio as gr

from redstar_geo.records import Image
from redstar_geo.viewing.uploads import MOST_BYTES, BlankUpload, UploadError, read_upload


def diagram_editor(t: gr.I18n) -> gr.ImageEditor:
    """Gradio's editor below a line that says what it is for (its own label would lie under the tools on a phone)."""
    gr.Markdown(t("diagram"), elem_id="diagram-label")
    return gr.ImageEditor(
        label=t("diagram"),
        show_label=False,
        height=360,
        sources=("upload", "webcam", "clipboard"),
        format="png",
        elem_id="editor",
    )


def picture_in(uploads: Path, sent: Any) -> Image | None:
    """The picture as it stands in the editor; None for an empty one.

    Args:
        uploads: the folder of uploads.
        sent: the field's value from the browser: `{"composite": {"path": …}, …}`.

    Raises:
        UploadError: it is refused.
    """
    composite = sent.get("composite") if isinstance(sent, Mapping) else None
    name = composite.get("path") if isinstance(composite, Mapping) else None
    if not isinstance(name, str):
        return None
    try:
        return read_upload(_uploaded(uploads, name))
    except BlankUpload:
        return None


def _uploaded(uploads: Path, name: str) -> bytes:
    try:
        path = Path(name).resolve(strict=True)
        if not path.is_relative_to(uploads.resolve()) or not path.is_file():
            raise UploadError("The picture was not uploaded here.")
        with path.open("rb") as file:
            return file.read(MOST_BYTES + 1)
    except (OSError, ValueError):  # the second: a zero byte in the name
        raise UploadError("The picture was not uploaded here, or is gone by now. Send it again.") from None
