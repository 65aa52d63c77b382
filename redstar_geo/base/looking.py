"""The first stage: from every image token, what lies in its cell of the picture.

A sentence about a picture is a handful of tokens; its layout knows the place of ten glyphs and what they are about.
Each has a code, and the tower's output is taught to be their sum.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy, normalize
from transformers.models.qwen2_5_vl.modeling_qwen2_5_vl import Qwen2_5_VisionTransformerPretrainedModel
from transformers.vision_utils import get_vision_window_index

from redstar_geo.geometry.cells import ABOUT, GLYPHS, LETTERS, MARKS, SLOTS, Cells, cells, lettering
from redstar_geo.geometry.construct import FAMILIES, construct
from redstar_geo.geometry.draw import Layout, layout, render
from redstar_geo.geometry.figure import Figure
from redstar_geo.geometry.pages import page
from redstar_geo.models.families import Processor

TOKEN = 28  # pixels of an image token's edge
_KINDS = len(GLYPHS) + 1  # and none
_EMPTY = 0.05  # what a place weighs that holds nothing: there are many of them to one that does
_BESIDES = 0.3  # what letters and marks weigh beside glyphs
_STRENGTH = 6.0  # length of a code
_SHARPNESS = 9.0  # of what is named by its code
_HARDEST = 3  # difficulty of the figures
_SEEDS = 10**9


class Held(NamedTuple):
    """What there is in each of N cells of some pictures, as in `Cells`."""

    glyphs: Tensor  # [N, SLOTS]
    about: Tensor  # [N, 6, 26]
    marks: Tensor  # [N, 21]
    patches: Tensor  # [N, 4]


@dataclass(frozen=True)
class Batch:
    """B pictures of C image tokens each, and what there is in each of the N = B·C cells."""

    pixels: Tensor  # [patches, values], as the processor makes them
    grid: Tensor  # [B, 3]
    held: Held


class Codes(nn.Module):
    """What a cell holds as a vector: the sum of fixed random codes, one for each glyph in its slot, letter and mark.

    A tower that is taught by a head of its own hides what it sees among much else, and a language model needs thousands
    of samples to find it; from the sum of codes it learns in hundreds.
    """

    glyphs: Tensor  # [SLOTS, kinds, width]
    about: Tensor  # [6, 26, width]
    marks: Tensor  # [21, width]

    def __init__(self, width: int, seed: int) -> None:
        super().__init__()
        rng = torch.Generator().manual_seed(seed)
        marks = torch.linalg.qr(torch.randn(width, len(MARKS), generator=rng)).Q.T
        for name, size in {"glyphs": (SLOTS, _KINDS), "about": (len(ABOUT), len(LETTERS))}.items():
            codes = torch.randn(*size, width, generator=rng)
            codes = normalize(codes - codes @ marks.T @ marks, dim=-1)  # lines are in most cells: not to disturb others
            self.register_buffer(name, _STRENGTH * codes, persistent=False)
        self.register_buffer("marks", _STRENGTH * marks, persistent=False)
        self.glyphs[:, 0] = 0  # none

    def sums(self, held: Held) -> Tensor:
        """The vectors [N, width] of these cells."""
        glyphs = self.glyphs[torch.arange(SLOTS), held.glyphs].sum(1)
        about = torch.einsum("nal,alw->nw", held.about.float(), self.about)
        return glyphs + about + held.marks.float() @ self.marks

    def forward(self, tokens: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """From image tokens [N, width] to logits: of glyphs [N, SLOTS, kinds], letters [N, 6, 26], marks [N, 21]."""
        tokens = tokens.float() * _SHARPNESS / _STRENGTH**2
        glyphs = torch.einsum("nw,skw->nsk", tokens, self.glyphs)
        glyphs[..., 0] = _SHARPNESS / 2
        about = torch.einsum("nw,alw->nal", tokens, self.about) - _SHARPNESS / 2
        return glyphs, about, tokens @ self.marks.T - _SHARPNESS / 2

    def losses(self, tokens: Tensor, held: Held) -> dict[str, Tensor]:
        """The means of how far these tokens are from the sums and of what they name wrongly; `loss` has them all."""
        glyphs, about, marks = self(tokens)
        weight = torch.where(held.glyphs > 0, 1.0, _EMPTY)
        wrong = cross_entropy(glyphs.flatten(0, 1), held.glyphs.flatten(), reduction="none")
        wanted = self.sums(held)
        filled = torch.where(wanted.any(-1), 1.0, _EMPTY)
        away = (tokens.float() - wanted).square().sum(-1) / _STRENGTH**2
        parts = {
            "away": (away * filled).sum() / filled.sum(),
            "glyph_loss": (wrong * weight.flatten()).sum() / weight.sum(),
            "about_loss": _each_wrong(about, held.about),
            "mark_loss": _each_wrong(marks, held.marks),
        }
        return parts | {
            "loss": parts["away"] + parts["glyph_loss"] + _BESIDES * (parts["about_loss"] + parts["mark_loss"])
        }


class Looker(nn.Module):
    """The vision tower of a Qwen2.5-VL model, the codes that it is taught, and half-way through it the patches' glyphs.

    Asked for at its end alone, a tower names hardly a glyph after 500 steps of 8 pictures; with each patch's glyph
    asked for at half of its depth too, half of them.
    """

    def __init__(self, tower: Qwen2_5_VisionTransformerPretrainedModel, codes: Codes) -> None:
        super().__init__()
        self.tower, self.codes = tower, codes
        self.spell = nn.Linear(tower.config.hidden_size, _KINDS)  # thrown away afterwards

    def tokens(self, batch: Batch) -> Tensor:
        """Image tokens [N, width]."""
        tokens: Tensor = self.tower(batch.pixels, grid_thw=batch.grid).pooler_output
        return tokens

    def losses(self, batch: Batch) -> dict[str, Tensor]:
        """See `Codes.losses`; `loss` has the patches' in it."""
        half: list[Tensor] = []
        block = self.tower.blocks[len(self.tower.blocks) // 2]
        hook = block.register_forward_hook(lambda module, args, output: half.append(output))
        losses = self.codes.losses(self.tokens(batch), batch.held)
        hook.remove()
        spelt = self._spelt(half[0], batch)
        return losses | {"patch_loss": spelt, "loss": losses["loss"] + spelt}

    def _spelt(self, patches: Tensor, batch: Batch) -> Tensor:
        """How wrongly the glyph of each patch is named from the tower's states [patches, width]."""
        tower, wanted = self.tower, batch.held.patches
        windows, _ = get_vision_window_index(
            batch.grid, tower.spatial_merge_size, tower.config.window_size, TOKEN // tower.spatial_merge_size
        )
        cells = patches.reshape(*wanted.shape, -1)[torch.argsort(windows)]  # inside they lie window by window
        wrong = cross_entropy(self.spell(cells).float().flatten(0, 1), wanted.flatten(), reduction="none")
        weight = torch.where(wanted.flatten() > 0, 1.0, _EMPTY)
        return (wrong * weight).sum() / weight.sum()


def _each_wrong(logits: Tensor, wanted: Tensor) -> Tensor:
    """Binary cross-entropy of groups of names [N, …, names], those without any counting little."""
    weight = torch.where(wanted.any(-1), 1.0, _EMPTY)
    wrong = binary_cross_entropy_with_logits(logits, wanted.float(), reduction="none").sum(-1)
    return (wrong * weight).sum() / weight.sum()


Drawing = tuple[Figure | None, Layout]  # what is drawn and where; of pages of loose labels only that


def held_by(drawings: Iterable[Drawing]) -> Held:
    """What the image tokens of these drawings hold, at native size, one drawing after the other."""
    held = [_cells(figure, page) for figure, page in drawings]
    return Held(
        torch.from_numpy(np.concatenate([each.glyphs for each in held])),
        torch.from_numpy(np.concatenate([each.about for each in held])),
        torch.from_numpy(np.concatenate([each.marks for each in held])),
        torch.from_numpy(np.concatenate([each.patches for each in held])),
    )


def _cells(figure: Figure | None, page: Layout) -> Cells:
    columns, rows = (round(edge / TOKEN) for edge in page.size)
    return lettering(page, rows, columns) if figure is None else cells(figure, page, rows, columns)


class Pictures:
    """Batches of pictures, each made when it is asked for; the same numbers give the same batch.

    Args:
        processor: of the model, from whose image size the grid of tokens follows.
        pages: the share that are pages of loose labels.
        split: `test` has numbers that `train` never has.
    """

    def __init__(self, processor: Processor, seed: int, pages: float, split: str = "train") -> None:
        self.images = processor.image_processor
        self.seed, self.pages, self.split = seed, pages, split

    def batch(self, numbers: Sequence[int]) -> Batch:
        drawn = [self._drawn(Random(f"{self.seed}/{self.split}/{number}")) for number in numbers]
        pictures = [render(layout).convert("RGB") for _, layout in drawn]
        made = self.images(images=pictures, return_tensors="pt")
        return Batch(made["pixel_values"], made["image_grid_thw"], held_by(drawn))

    def _drawn(self, rng: Random) -> Drawing:
        if rng.random() < self.pages:
            return None, page(rng)
        family, difficulty = rng.choice(tuple(FAMILIES)), rng.randint(1, _HARDEST)
        figure = construct(family, rng.randrange(_SEEDS), difficulty, modality="picture", split=self.split).figure
        return figure, layout(figure)


@torch.no_grad()
def measure(looker: Looker, batches: Sequence[Batch]) -> dict[str, float]:
    """Shares of what the pictures hold that the head names: glyphs in their place and order, marks, letters by `ABOUT`.

    Cells that hold nothing do not count. Letters are right when all of a cell are named, and no others.
    """
    right: dict[str, list[Tensor]] = {}
    looker.eval()
    for batch in batches:
        for name, each in _right(looker, batch):
            right.setdefault(name, []).append(each)
    looker.train()
    return {name: round(float(torch.cat(each).float().mean()), 4) for name, each in right.items()}


def _right(looker: Looker, batch: Batch) -> Iterator[tuple[str, Tensor]]:
    glyphs, about, marks = looker.codes(looker.tokens(batch))
    held = batch.held
    yield "glyphs", (glyphs.argmax(-1) == held.glyphs)[held.glyphs > 0]
    yield "marks", ((marks > 0) == held.marks)[held.marks.any(-1)].all(-1)
    for place, name in enumerate(ABOUT):
        wanted = held.about[:, place]
        yield name, ((about[:, place] > 0) == wanted)[wanted.any(-1)].all(-1)
