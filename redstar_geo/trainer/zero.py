"""DeepSpeed's ZeRO (Rajbhandari et al., arXiv 1910.02054): which preset or file a recipe means."""

from __future__ import annotations

import json
from importlib import resources
from pathlib import Path
from typing import Any

from redstar_geo.errors import InputError


def configuration(name: str) -> Path:
    """The file of a preset (`zero2`, `zero3`, `zero3_offload`), or the file itself.

    Raises:
        InputError: neither.
    """
    if Path(name).is_file():
        return Path(name)
    folder = Path(str(resources.files("redstar_geo.train"))) / "deepspeed"
    preset = folder / f"{name}.json"
    if not preset.is_file():
        known = ", ".join(sorted(path.stem for path in folder.glob("*.json")))
        raise InputError(f"deepspeed={name} is neither a file nor a preset. Presets: {known}.")
    return preset


def zero_optimization(name: str | None) -> dict[str, Any]:
    """The `zero_optimization` of a configuration without the offloading that is switched off; empty without DeepSpeed.

    Raises:
        InputError: no such configuration, or not JSON.
    """
    if name is None:
        return {}
    path = configuration(name)
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"deepspeed={path} cannot be read as JSON ({error}). Mend it, or name a preset.") from None
    zero: dict[str, Any] = values.get("zero_optimization", {})
    return {key: value for key, value in zero.items() if not key.startswith("offload") or value.get("device") != "none"}
