"""A picture from a stranger → a picture as models take it, or a sentence that says what is wrong with it."""

from __future__ import annotations

from redstar_geo.errors import InputError
from redstar_geo.pictures.apart import normalised
from redstar_geo.pictures.bounds import PictureError
from redstar_geo.records import Image

MOST_BYTES = 8 << 20
LONGEST_SIDE = 2_048


class UploadError(InputError):
    """A picture that is refused; the message is for the person who sent it.

    `reason` is that of `PictureError`, or `not_here` for a file that is not, or no longer, among the uploads.
    """

    def __init__(self, reason: str, said: str) -> None:
        super().__init__(said)
        self.reason = reason


def read_upload(data: bytes) -> Image:
    """PNG, RGB, upright, on white, at most 2,048 pixels a side; decoded in a process of its own.

    Raises:
        UploadError: too large in bytes or pixels, not a picture (SVG is a program), animated, damaged, or blank.
    """
    if len(data) > MOST_BYTES:
        said = f"The picture has {len(data) >> 20} MB; at most {MOST_BYTES >> 20} are accepted. Make it smaller."
        raise UploadError("picture_too_large", said)
    try:
        return Image.of(normalised(data, longest=LONGEST_SIDE, still=True))
    except PictureError as error:
        remedy = "Send one that shows the figure" if error.reason == "blank_picture" else "Send a PNG or JPEG"
        raise UploadError(error.reason, f"The picture cannot be used: {error.what}. {remedy}.") from None
