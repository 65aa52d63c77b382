"""Lists of words and signs, written as text."""

from __future__ import annotations


def words(text: str) -> frozenset[str]:
    """The words of a text, which spaces part."""
    return frozenset(text.split())
