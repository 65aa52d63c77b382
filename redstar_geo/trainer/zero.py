"""DeepSpeed's ZeRO (Rajbhandari et al., arXiv 1910.02054): which preset or file a recipe means."""

from __future__ import annotations

import json
from importlib import resources
from pathlib import Path
from typing import Any

from redstar_geo.errors import InputError
from redstar_geo.models.adapters import Lora

_PRESETS = Path(str(resources.files("redstar_geo.trainer"))) / "deepspeed"


def configuration(name: str) -> Path:
    """The file of a preset (`zero2`, `zero3`, `zero3_offload`), or the file itself.

    Raises:
        InputError: neither.
    """
    if Path(name).is_file():
        return Path(name)
    preset = _PRESETS / f"{name}.json"
    if not preset.is_file():
        known = ", ".join(sorted(path.stem for path in _PRESETS.glob("*.json")))
        raise InputError(f"deepspeed={name} is neither a file nor a preset. Presets: {known}.")
    return preset


def read_configuration(name: str) -> dict[str, Any]:
    """The values of a configuration.

    Raises:
        InputError: no such configuration, not JSON, or none of DeepSpeed.
    """
    path = configuration(name)
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"deepspeed={path} cannot be read as JSON ({error}). Mend it, or name a preset.") from None
    sections = [values, *(values[key] for key in ("zero_optimization", "bf16") if key in values)]
    if not all(isinstance(section, dict) for section in sections):
        raise InputError(
            f"deepspeed={path} is no DeepSpeed configuration: it must be a mapping, and so must be its "
            "zero_optimization and bf16. Mend it, or name a preset."
        )
    return dict(values)


def check_shards(name: str | None, lora: Lora | None) -> None:
    """Whether a configuration can share a base in 4 bits.

    Raises:
        InputError: it is ZeRO-3, or no configuration.
    """
    if lora is not None and lora.quantise and zero_optimization(name).get("stage") == 3:
        raise InputError(
            f"deepspeed={name} is ZeRO-3, which cannot share weights of 4 bits kept as bytes, as lora.quantise keeps "
            "them. Take zero2 (each GPU then holds the base, a quarter of its size), or lora.quantise=false."
        )


def zero_optimization(name: str | None) -> dict[str, Any]:
    """The `zero_optimization` of a configuration without the offloading that is switched off; empty without DeepSpeed.

    Raises:
        InputError: as `read_configuration`.
    """
    zero: dict[str, Any] = read_configuration(name).get("zero_optimization", {}) if name is not None else {}
    return {key: value for key, value in zero.items() if not key.startswith("offload") or value.get("device") != "none"}
