"""The base that ships with the package, which recipes and commands call `base`: `redstar_geo/base/model/`."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from redstar_geo.errors import InputError

BASE = "base"
FOLDER = Path(str(resources.files("redstar_geo.base"))) / "model"


def located(model: str) -> str:
    """A hub id or folder as it is; for `base` the folder of the one that ships. A folder of that name is `./base`.

    Raises:
        InputError: it is not there.
    """
    if model != BASE:
        return model
    if not (FOLDER / "config.json").is_file():
        raise InputError(
            f"Model {BASE!r} is the one that ships with the package, and {FOLDER} does not hold it. Install a release, "
            "or make it: `redstar-geo train train/base_tiny.yaml`, then give the folder model/ of that run instead."
        )
    return str(FOLDER)
