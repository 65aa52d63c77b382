"""Liger's fused kernels (Hsu et al., arXiv 2410.10989), where they are installed and there is a GPU.

RMSNorm and SwiGLU alone: the loss is ours, which needs no full logits either, and the rotary embedding stays that of
transformers, since Liger would replace it for every model of the process.
"""

from __future__ import annotations

import importlib.util
from importlib.metadata import version

import torch
from transformers import PreTrainedModel

from redstar_geo.errors import InputError


def check_liger() -> None:
    """Whether the kernels can run here.

    Raises:
        InputError: no GPU, or the package is not installed.
    """
    if not torch.cuda.is_available() or importlib.util.find_spec("liger_kernel") is None:
        raise InputError(
            "liger: true needs an NVIDIA or AMD GPU and the package liger-kernel. Install it by `pip install "
            "liger-kernel` on a machine with a GPU, or set liger: false: the training is the same, only slower."
        )


def use_liger(model: PreTrainedModel) -> None:
    """Put the kernels into a loaded model, before adapters are added.

    Raises:
        InputError: this release of liger-kernel knows the model only under another release of transformers.
    """
    from liger_kernel.transformers import _apply_liger_kernel_to_instance  # what transformers' own Trainer calls

    try:
        _apply_liger_kernel_to_instance(
            model, rope=False, cross_entropy=False, fused_linear_cross_entropy=False, rms_norm=True, swiglu=True
        )
    except ImportError as error:
        raise InputError(
            f"liger: true: liger-kernel {version('liger_kernel')} does not fit {model.config.model_type} in "
            f"transformers {version('transformers')} ({error}). Set liger: false, or take releases that go together."
        ) from None
