"""What a check says, and what all of them look at: problems with their pictures, and models on this machine.

Nothing is fetched: what is not on this machine is said to be unchecked.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Literal, TypeVar

import torch
from huggingface_hub import try_to_load_from_cache
from huggingface_hub.errors import HFValidationError
from huggingface_hub.utils import validate_repo_id
from transformers import PretrainedConfig

from redstar_geo.errors import InputError
from redstar_geo.models.families import Processor
from redstar_geo.models.load import load_config, load_processor
from redstar_geo.models.memory import Plan, device_bytes
from redstar_geo.models.shipped import located
from redstar_geo.pictures.read import PictureError, read_picture
from redstar_geo.recipe import RecipeError
from redstar_geo.records import Problem
from redstar_geo.records import read as read_records
from redstar_geo.sources import Rejected

_SHOWN = 3  # examples of an error
T = TypeVar("T")


@dataclass
class Report:
    """What a check says of a recipe. `errors` must be mended; `unchecked` says what was not looked at and why.

    Memory is planned for `gpus` devices of `gpu_gib` each; this machine's where it is not given.
    """

    recipe: str
    gpus: int | None = None
    gpu_gib: float | None = None
    errors: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    unchecked: list[str] = field(default_factory=list)
    plan: Plan | None = None

    @property
    def exit_code(self) -> int:
        """2 if something must be mended, else 0."""
        return 2 if self.errors else 0

    def lines(self) -> Iterator[str]:
        """The report for a reader."""
        yield from (f"error: {error}" for error in self.errors)
        yield from (f"not checked: {what}" for what in self.unchecked)
        yield from self.notes
        yield from self.plan.lines() if self.plan is not None else ()
        yield f"{self.recipe}: {len(self.errors) or 'no'} error{'s' * (len(self.errors) != 1)}"

    def trying(self, step: Callable[[], T]) -> T | None:
        """What the step returns; None where it raises an InputError, which is noted, each error of a recipe apart."""
        try:
            return step()
        except RecipeError as error:
            self.errors += error.errors
        except InputError as error:
            self.errors.append(str(error))
        return None

    def examples(self, what: str, cases: Sequence[str], looked_at: int) -> None:
        """An error for things of a kind, with a few of them."""
        if cases:
            self.errors.append(f"{len(cases)} of {looked_at} {what}: {'; '.join(cases[:_SHOWN])}")


def first_problems(path: str, report: Report, rows: int) -> list[Problem] | None:
    """Of a `problems.parquet`; None where it cannot be read, which is reported."""
    if not Path(path).is_file():
        report.errors.append(f"problems={path} is not there. Give the problems.parquet of a run of `redstar-geo data`.")
        return None
    return report.trying(lambda: list(islice(read_records(Problem, Path(path)), rows)))


def look_at_problems(where: str, rows: Sequence[Problem | Rejected], report: Report) -> None:
    problems = [one for one in rows if isinstance(one, Problem)]
    reasons = Counter(one.reason for one in rows if isinstance(one, Rejected))
    if not problems:
        report.errors.append(
            f"{where}: none of the first {len(rows)} rows is a problem ({dict(reasons) or 'no rows'})."
        )
        return
    if reasons:
        report.notes.append(f"{where}: of the first {len(rows)} rows rejected: {dict(reasons)}")
    unreadable = [
        f"{problem.id} ({error})"
        for problem in problems
        for image in problem.images
        if (error := unreadable_image(image.data))
    ]
    report.examples(f"pictures of {where} cannot be read", unreadable, sum(len(problem.images) for problem in problems))


def unreadable_image(data: bytes | None) -> str | None:
    """Why encoded bytes are no picture; None if they are."""
    if not data:
        return "no bytes"
    try:
        read_picture(data)
    except PictureError as error:
        return str(error)
    return None


@dataclass(frozen=True)
class LocalModel:
    """What is on this machine of a model."""

    config: PretrainedConfig
    processor: Processor


def local_model(name: str, report: Report) -> LocalModel | None:
    """Configuration and processor at a folder, or of a hub id in the cache; what is wrong with them is reported."""
    folder = _folder(name, report)
    if folder is None:
        return None
    config = report.trying(lambda: load_config(str(folder)))
    if config is None:
        return None
    processor = report.trying(lambda: load_processor(str(folder), config))
    if not any(folder.glob("*.safetensors")):
        report.unchecked.append(f"the weights of {name}: there are no *.safetensors in {folder}")
    return LocalModel(config, processor) if processor is not None else None


def _folder(name: str, report: Report) -> Path | None:
    """Where the model is on this machine; that it is not is an error where it can be nowhere else."""
    found = report.trying(lambda: located(name))
    if found is None or Path(found).is_dir():
        return None if found is None else Path(found)
    try:
        validate_repo_id(name)
    except HFValidationError:
        report.errors.append(
            f"Model {name!r} is no folder here, and no name of the hub either (owner/name). Give the folder that a "
            "training wrote, such as runs/NAME/model, or a name of the hub."
        )
        return None
    cached = try_to_load_from_cache(name, "config.json")
    if isinstance(cached, str):
        return Path(cached).parent
    report.unchecked.append(f"model {name}: it is not on this machine, and the hub is not asked")
    return None


def machine(report: Report) -> tuple[int, Literal["cpu", "cuda"], str]:
    """What memory is planned for: ranks, the device, and both in words with how to plan for another."""
    on_cpu = report.gpus is None and report.gpu_gib is None and not torch.cuda.is_available()
    devices = report.gpus or torch.cuda.device_count() or 1
    gib = f"{report.gpu_gib or device_bytes() / 2**30:.3g} GiB"
    if on_cpu:
        said = f"memory, planned for this machine (no GPU, {gib}); --gpus 8 --gpu-gib 80 plans for others:"
        return devices, "cpu", said
    several = f"{devices} GPU{'s' * (devices > 1)} of {gib}"
    if report.gpus is None and report.gpu_gib is None:
        return devices, "cuda", f"memory a GPU, planned for this machine ({several}):"
    guessed = "" if report.gpu_gib is not None else ", as much as this machine has; --gpu-gib gives another size"
    return devices, "cuda", f"memory a GPU, planned for {several}{guessed}:"
