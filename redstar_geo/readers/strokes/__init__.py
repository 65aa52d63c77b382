"""Clean diagrams read by their strokes: ink, then labels, circles, lines, points, marks, values. No model."""

from redstar_geo.readers.strokes.reader import StrokeReader

__all__ = ["StrokeReader"]
