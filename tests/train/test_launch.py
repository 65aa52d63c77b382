"""The DeepSpeed presets and the slurm example are what their programs accept."""

import json
import os
import shlex
import subprocess
from pathlib import Path

import pytest
from accelerate.commands.launch import launch_command_parser
from deepspeed.launcher import runner
from deepspeed.runtime.config import DeepSpeedConfig
from torch.distributed.run import get_args_parser
from transformers import TrainingArguments
from transformers.integrations.deepspeed import HfTrainerDeepSpeedConfig, unset_hf_deepspeed_config

from redstar_geo.errors import InputError
from redstar_geo.trainer.distributed import join_deepspeed
from redstar_geo.trainer.zero import configuration, zero_optimization

TRAIN = Path(__file__).parents[2] / "train"
PRESETS = sorted((TRAIN.parent / "redstar_geo" / "trainer" / "deepspeed").glob("*.json"), key=lambda path: path.stem)
ARGUMENTS = ["train/sft_geo_8b.yaml", "run=runs/a b", "deepspeed=zero3"]


def test_the_presets_of_the_issue_are_there():
    assert [path.stem for path in PRESETS] == ["zero2", "zero3", "zero3_offload"]


@pytest.mark.parametrize("path", PRESETS, ids=lambda path: path.stem)
def test_a_preset_is_filled_by_the_trainer_and_valid_for_deepspeed(path, tmp_path):
    arguments = TrainingArguments(
        output_dir=str(tmp_path),
        per_device_train_batch_size=1,
        gradient_accumulation_steps=4,
        max_grad_norm=0.5,
        bf16=True,
        use_cpu=True,
        report_to="none",
    )
    try:
        filled = HfTrainerDeepSpeedConfig(str(path))
        filled.trainer_config_process(arguments)
        filled.trainer_config_finalize(arguments, object(), 100)  # nothing in it depends on the model
        assert not filled.mismatches
        assert filled.is_zero3() == path.stem.startswith("zero3")
        assert filled.is_offload() == path.stem.endswith("offload")
    finally:
        unset_hf_deepspeed_config()
    assert "auto" not in json.dumps(filled.config)
    config = DeepSpeedConfig(filled.config)
    assert config.gradient_clipping == 0.5 and config.gradient_accumulation_steps == 4
    assert config.bfloat16_config.enabled and config.bfloat16_config.check_grad_overflow
    assert config.zero_optimization_stage == (2 if path.stem == "zero2" else 3)
    # DeepSpeed keeps a key that it does not know, in silence.
    assert not (config.zero_config.model_extra or config.bfloat16_config.model_extra)
    if filled.is_zero3():
        assert config.zero_config.gather_16bit_weights_on_model_save  # else a checkpoint has no model to load


def test_deepspeed_without_a_launcher_says_how_to_start_it(monkeypatch):
    monkeypatch.delenv("RANK", raising=False)
    with pytest.raises(InputError, match="torchrun --nproc_per_node"):
        join_deepspeed()


@pytest.mark.parametrize(("name", "stage"), [("zero2", 2), ("zero3_offload", 3), (None, None)])
def test_a_preset_is_found_by_its_name(name, stage):
    assert zero_optimization(name).get("stage") == stage
    if name:
        assert configuration(str(configuration(name))) == configuration(name)


def test_what_is_neither_a_preset_nor_a_file_is_refused(tmp_path):
    with pytest.raises(InputError, match="Presets: zero2, zero3, zero3_offload"):
        configuration("zero4")
    (tmp_path / "broken.json").write_text("{")
    with pytest.raises(InputError, match="cannot be read as JSON"):
        zero_optimization(str(tmp_path / "broken.json"))


def programs(folder: Path, **scripts: str) -> str:
    """Stand-ins for a cluster's programs, to be found first."""
    for name, script in scripts.items():
        (folder / name).write_text(f"#!/bin/bash\n{script}\n")
        (folder / name).chmod(0o755)
    return f"{folder}:{os.environ['PATH']}"


def launched(tmp_path: Path, launcher: str) -> list[str]:
    """What the launcher is called with on the second of two nodes."""
    job = {"SLURM_JOB_NODELIST": "node[1-2]", "SLURM_NNODES": "2", "SLURM_JOB_ID": "4711", "SLURM_NODEID": "1"}
    job |= {"SLURM_GPUS_ON_NODE": "8", "SLURM_CPUS_PER_TASK": "64", "LAUNCHER": launcher}
    show = 'printf "%s\\n" "$@"'
    path = programs(
        tmp_path,
        scontrol="echo node1; echo node2",
        srun='while [[ $1 == --* ]]; do shift; done; exec "$@"',
        torchrun=show,
        accelerate=show,
    )
    command = ["bash", str(TRAIN / "slurm" / "sft.sbatch"), *ARGUMENTS]
    done = subprocess.run(command, env=os.environ | job | {"PATH": path}, capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


def test_the_slurm_example_starts_torchrun_on_every_node(tmp_path):
    found = get_args_parser().parse_args(launched(tmp_path, "torchrun"))
    assert (found.nnodes, found.nproc_per_node, found.rdzv_endpoint) == ("2", "8", "node1:30211")
    assert found.module and found.training_script == "redstar_geo"
    assert found.training_script_args == ["train", *ARGUMENTS]


def test_the_slurm_example_starts_accelerate_on_every_node(tmp_path):
    command, *given = launched(tmp_path, "accelerate")
    found = launch_command_parser().parse_args(given)
    assert command == "launch"
    assert (found.num_machines, found.num_processes, found.machine_rank) == (2, 16, 1)
    assert (found.main_process_ip, found.main_process_port, found.rdzv_backend) == ("node1", 30211, "c10d")
    assert found.module and found.training_script == "redstar_geo"
    assert found.training_script_args == ["train", *ARGUMENTS]


def documented(launcher: str) -> list[str]:
    """The arguments of the line of docs/training.md that begins with the launcher."""
    lines = (TRAIN.parent / "docs" / "training.md").read_text(encoding="utf-8").splitlines()
    (line,) = [line for line in lines if line.startswith(f"{launcher} ")]
    return shlex.split(line)[1:]


def test_the_documented_launches_are_what_the_launchers_take():
    start = ["train", "train/sft_geo_8b.yaml"]
    found = get_args_parser().parse_args(documented("torchrun"))
    assert (found.module, found.training_script) == (True, "redstar_geo")
    assert found.training_script_args[:2] == start and found.nproc_per_node == "8"
    found = launch_command_parser().parse_args(documented("accelerate")[1:])
    assert (found.module, found.training_script, found.training_script_args) == (True, "redstar_geo", start)
    found = runner.parse_args(documented("deepspeed"))
    assert (found.module, found.user_script, found.user_args) == (True, "redstar_geo", start)
    assert found.no_local_rank  # else it adds an option of its own to the command


def test_the_slurm_example_says_what_is_missing(tmp_path):
    done = subprocess.run(["bash", str(TRAIN / "slurm" / "sft.sbatch")], capture_output=True, text=True)
    assert done.returncode == 2 and "Give a recipe" in done.stderr
