"""The GPU benchmark runs through on a CPU with tiny models, so that it will where there is a GPU."""

import pytest

from redstar_geo.models.load import load_config
from tests.gpu.bench_sft import Sizes, figures, main


@pytest.mark.parametrize(
    ("family", "kind"), [("qwen2_5_vl", "lora"), ("qwen3_vl", "frozen_vision"), ("internvl", "frozen_vision")]
)
def test_a_line_packed_and_one_padded(tiny, family, kind):
    sizes = Sizes(budget=900, samples=3, warm_up=1, steps=1)
    lines = list(figures("some/tiny", load_config(str(tiny(family))), kind, "cpu", sizes))
    assert [line["name"].split(".")[1:] for line in lines] == [["tiny", kind, "packed"], ["tiny", kind, "padded"]]
    assert all(line["value"] > 0 for line in lines)
    assert lines[0]["planned_gib"] > 0


def test_without_a_gpu_it_says_so(capsys):
    main([])
    assert "No CUDA device" in capsys.readouterr().out
