"""Clean diagrams read by their strokes: ink, then labels, circles, lines, points, marks, values. No model."""

from __future__ import annotations

from redstar_geo.formalise.picture import Depiction
from redstar_geo.readers.strokes.drawing import drawing
from redstar_geo.readers.strokes.statements import depiction
from redstar_geo.records import Image


class StrokeReader:
    """Reads line drawings whose letters touch nothing; a `PictureReader`. The same picture is always read alike."""

    def read(self, picture: Image, question: str) -> Depiction:
        """See `PictureReader`.

        Raises:
            PictureError: the picture cannot be read, or is no line drawing (`strokes.ink.NotADrawingError`).
        """
        return depiction(drawing(picture.data, question))
