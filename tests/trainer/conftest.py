"""The tiny models of tests/models serve here too."""

from tests.models.conftest import tiny

__all__ = ["tiny"]
