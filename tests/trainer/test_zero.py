"""Which DeepSpeed configurations can share which weights."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from redstar_geo.errors import InputError
from redstar_geo.models.adapters import Lora
from redstar_geo.trainer.zero import check_shards

QLORA = Lora(rank=4, quantise=True)


def test_weights_of_4_bits_are_not_shared_by_zero3_of_a_preset_or_a_file(tmp_path: Path) -> None:
    own = tmp_path / "own.json"
    own.write_text(json.dumps({"zero_optimization": {"stage": 3, "offload_param": {"device": "none"}}}))
    for name in ("zero3", "zero3_offload", str(own)):
        with pytest.raises(InputError, match=r"4 bits kept as bytes.*Take zero2"):
            check_shards(name, QLORA)
        check_shards(name, Lora(rank=4))
        check_shards(name, None)
    for name in ("zero2", None):
        check_shards(name, QLORA)
