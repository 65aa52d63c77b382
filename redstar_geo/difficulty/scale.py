"""The scale that all levels are on."""

from __future__ import annotations

import numpy as np

LOWEST, HIGHEST = 1.0, 10.0


def clipped(levels: np.ndarray) -> np.ndarray:
    """Levels outside 1 to 10 become the nearer end."""
    return np.clip(np.asarray(levels, dtype=np.float64), LOWEST, HIGHEST)
