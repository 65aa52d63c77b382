"""Where the real inputs lie, beside the checkout; a test that needs them says so when they are absent."""

from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[1].parent / "shared"
FORMALGEO7K = SHARED / "data" / "formalgeo7k_v1"

needs_formalgeo7k = pytest.mark.skipif(
    not FORMALGEO7K.is_dir(), reason="FormalGeo7k is not in ../shared/data/formalgeo7k_v1"
)
