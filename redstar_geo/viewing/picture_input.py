"""The field for the picture of a question, and what comes out of it.

The browser makes a picture small, uploads it once and then names the file. Such a name is a stranger's: only files in
the folder of uploads are opened, and none is decoded before `read_upload` has looked at it.
"""

from __future__ import annotations

import base64
import io
import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import gradio as gr

from redstar_geo.pictures.read import read_picture
from redstar_geo.records import Image
from redstar_geo.viewing.uploads import LONGEST_SIDE, MOST_BYTES, UploadError, read_upload
from redstar_geo.viewing.words import LABELS

_PREVIEW_SIDE = 1_024
_SAID = (
    *("picture_hint", "choose", "photo", "draw", "crop", "undo", "done", "cancel", "remove", "sending"),
    *("picture_of_question", "first_of_many", "too_many_bytes", "not_sent", "not_in_link"),
)
_BUTTONS = {"idle": ("choose", "photo", "draw", "remove"), "drawing": ("crop", "undo", "cancel", "done")}


def picture_input() -> gr.HTML:
    """The field; its value is `{"kind": none | pending | upload | example | refused, …}`; `sent` comes with a path."""
    script = (files("redstar_geo.viewing") / "picture.js").read_text(encoding="utf-8")
    said = {language: {key: words[key] for key in _SAID} for language, words in LABELS.items()}
    constants = {"LABELS": said, "MOST_BYTES": MOST_BYTES, "LONGEST_SIDE": LONGEST_SIDE}
    head = "".join(f"const {name} = {json.dumps(value, ensure_ascii=False)};\n" for name, value in constants.items())
    return gr.HTML(
        {"kind": "none"},
        html_template=_template(),
        js_on_load=head + script,
        apply_default_css=False,
        elem_id="picture",
    )


def example_picture(image: Image | None) -> dict[str, str]:
    """The field's value for an example; without a picture it is empty."""
    return {"kind": "example", "src": preview(image) if image else ""}


def preview(image: Image) -> str:
    """A picture for the page, no larger than it is shown."""
    picture = read_picture(image.data)
    picture.thumbnail((_PREVIEW_SIDE, _PREVIEW_SIDE))
    out = io.BytesIO()
    picture.save(out, "PNG")
    return f"data:image/png;base64,{base64.b64encode(out.getvalue()).decode()}"


def read_sent(uploads: Path, path: Any) -> Image:
    """The picture of a path that a browser names.

    Raises:
        UploadError: it was not uploaded here, or is refused.
    """
    return read_upload(_uploaded(uploads, str(path)))


def _uploaded(uploads: Path, name: str) -> bytes:
    try:
        path = Path(name).resolve(strict=True)
        if not path.is_relative_to(uploads.resolve()) or not path.is_file():
            raise UploadError("not_here", "The picture was not uploaded here.")
        with path.open("rb") as file:
            return file.read(MOST_BYTES + 1)
    except (OSError, ValueError):  # the second: a zero byte in the name
        said = "The picture was not uploaded here, or is gone by now. Send it again."
        raise UploadError("not_here", said) from None


def _template() -> str:
    tools = "".join(
        f'<div class="tools {group}">'
        + "".join(f'<button type="button" data-does="{name}" data-say="{name}"></button>' for name in names)
        + "</div>"
        for group, names in _BUTTONS.items()
    )
    return (
        '<div class="picture-input" data-state="empty"><div class="stage"><img hidden alt=""><canvas tabindex="0">'
        '</canvas><p class="hint" data-say="picture_hint"></p></div><p class="note" role="alert" hidden></p>'
        f'{tools}<input class="file" type="file" accept="image/*,.heic,.heif" tabindex="-1">'
        '<input class="camera" type="file" accept="image/*" capture="environment" tabindex="-1"></div>'
    )
