"""A picture from a stranger → a picture as models take it, or a sentence that says what is wrong with it."""

from __future__ import annotations

from redstar_geo.errors import InputError
from redstar_geo.pictures.apart import normalised
from redstar_geo.pictures.bounds import PictureError
from redstar_geo.records import Image

MOST_BYTES = 8 << 20
_LONGEST_SIDE = 2_048


class UploadError(InputError):
    """A picture that is refused; the message is for the person who sent it."""


class BlankUpload(UploadError):
    """A picture that shows nothing."""


def read_upload(data: bytes) -> Image:
    """PNG, RGB, upright, on white, at most 2,048 pixels a side; decoded in a process of its own.

    Raises:
        UploadError: too large in bytes or pixels, not a picture (SVG is a program), animated, or damaged.
        BlankUpload: nothing is seen on it.
    """
    if len(data) > MOST_BYTES:
        raise UploadError(
            f"The picture has {len(data) >> 20} MB; at most {MOST_BYTES >> 20} are accepted. Make it smaller."
        )
    try:
        return Image.of(normalised(data, longest=_LONGEST_SIDE, still=True))
    except PictureError as error:
        refused = BlankUpload if error.reason == "blank_picture" else UploadError
        raise refused(f"The picture cannot be used: {error.what}. Send a PNG or JPEG that stands still.") from None
