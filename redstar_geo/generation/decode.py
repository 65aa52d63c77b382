"""The decoding loop: rows that have ended make room for prompts that wait, or leave.

Continuous batching (Orca; Yu et al., OSDI 2022) over a cache whose rows all end in the same column: a prompt that takes
a row's place is written so that it ends in the current one, with the positions it has alone. Transformers' own takes
tokens alone, no pictures, and counts positions by itself; its `generate` goes on with all rows until the last ends.
Responses to one prompt share its pass through the model. Which rows are decoded together changes nothing but rounding.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

import torch
import transformers
from packaging.version import Version
from torch import Tensor, distributed
from torch.nn.functional import pad
from transformers import PreTrainedModel, StopStringCriteria
from transformers.integrations import is_deepspeed_zero3_enabled

from redstar_geo.errors import TrainingDiverged
from redstar_geo.generation.encoded import Prompt, left_padded
from redstar_geo.generation.kv_cache import cache, growing
from redstar_geo.models.attention import PACKED
from redstar_geo.models.families import family_of

_CACHE = "cache" if Version(transformers.__version__) >= Version("5.23") else "past_key_values"
_LOOK = 8  # tokens between two looks at which rows have ended: each waits for all that a GPU has still to do
_WORTH = 8  # rows are replaced when one in so many has ended: to read a prompt takes as long as a token of all rows
_NO_TOKEN = 1 << 30

Pick = Callable[[Tensor, Tensor, Tensor], tuple[Tensor, Tensor]]
"""Logits [B, V], the prompt of each row and its tokens so far [B] → the next tokens and their log-probabilities [B]."""
EachToken = Callable[[int], bool]  # the token of a batch of one → whether to stop


@dataclass(frozen=True)
class Ends:
    """What ends a completion: tokens [E], and strings, where there are any. Rows that have ended go on as `padding`."""

    tokens: Tensor
    strings: StopStringCriteria | None
    padding: int


@dataclass(frozen=True)
class Decoded:
    """Of one prompt: tokens with the one that ended it, their log-probabilities, and whether it came to an end."""

    tokens: list[int]
    log_probs: list[float]
    ended: bool


def decode(
    model: PreTrainedModel,
    prompts: Sequence[Prompt],
    pick: Pick,
    ends: Ends,
    most: int,
    together: int | None = None,
    each_token: EachToken | None = None,
) -> list[Decoded]:
    """At most `most` tokens after each prompt, in the order of the prompts.

    Args:
        together: rows at a time, where there are more prompts; None: all. Needs full attention in every layer.
        each_token: called with every token of a batch of one as it comes.

    Raises:
        TrainingDiverged: a log-probability is no number.
    """
    return _Rows(model, prompts, pick, ends, most, together or len(prompts)).run(each_token)


class _Rows:
    """Rows that are decoded together; C columns, of which each row has the last ones, B rows.

    The longest prompts come first, so that memory fails at once or never, and none needs more columns than are there.
    """

    def __init__(self, model: Any, prompts: Sequence[Prompt], pick: Pick, ends: Ends, most: int, together: int) -> None:
        self.model, self.prompts, self.pick, self.ends, self.most = model, prompts, pick, ends, most
        device, config = model.device, model.config
        # transformers asks the device about every mask of rows and columns, but takes one that is ready as it is
        self.plain = family_of(config).packs and config.get_text_config()._attn_implementation in ("sdpa", PACKED)
        order = sorted(range(len(prompts)), key=lambda number: -len(prompts[number].input_ids))
        self.waiting = order[together:]
        self.tokens = torch.zeros(len(prompts), most + 1, dtype=torch.long, device=device)  # the last one is for none
        self.log_probs = torch.zeros(len(prompts), most + 1, device=device)
        self.lengths, self.by_itself = [0] * len(prompts), [False] * len(prompts)
        self.mine = order[:together]  # the prompt of each row
        self.prompt = torch.tensor(self.mine, device=device)  # [B]
        self.cache, self.logits, self.mask, self.position = self._read(self.mine)
        self.counts = torch.zeros_like(self.prompt)
        self.over = torch.zeros_like(self.prompt, dtype=torch.bool)
        self.stopped = torch.zeros_like(self.over)
        self.finite = torch.ones((), dtype=torch.bool, device=device)
        width = ends.strings.maximum_token_len if ends.strings is not None else 0
        self.tail = torch.full((len(self.mine), width), _NO_TOKEN, device=device)  # the last tokens, for strings

    def run(self, each_token: EachToken | None) -> list[Decoded]:
        look = _LOOK if each_token is None else 1
        for number in count(1):
            tokens = self._draw()
            if each_token is not None and each_token(int(tokens[0])):
                self.over = torch.ones_like(self.over)
            self._forward(tokens)
            if (number % look == 0 or number == self.most) and not self._settle():
                break
        rows = zip(self.tokens.cpu(), self.log_probs.cpu(), self.lengths, self.by_itself, strict=True)
        return [
            Decoded(tokens[:length].tolist(), probs[:length].tolist(), ended) for tokens, probs, length, ended in rows
        ]

    def _draw(self) -> Tensor:
        """The next token of each row [B]; of one that is over, padding."""
        drawn, log_probs = self.pick(self.logits, self.prompt, self.counts)
        self.finite = self.finite & ~log_probs.isnan().any()
        tokens = torch.where(self.over, self.ends.padding, drawn)
        place = torch.where(self.over, self.most, self.counts)
        self.tokens[self.prompt, place] = tokens
        self.log_probs[self.prompt, place] = log_probs
        self.counts = self.counts + ~self.over
        ends = torch.isin(tokens, self.ends.tokens)
        if self.ends.strings is not None:
            self.tail = torch.cat([self.tail[:, 1:], tokens[:, None]], dim=1)
            ends = ends | self.ends.strings(self.tail, None)
        self.stopped = self.stopped | (ends & ~self.over)
        self.over = self.over | ends | (self.counts >= self.most)
        return tokens

    def _forward(self, tokens: Tensor) -> None:
        self.mask = pad(self.mask, (0, 1), value=1)
        inputs = {"input_ids": tokens[:, None], "position_ids": self.position[..., None], _CACHE: self.cache}
        self.logits = self._logits(inputs, self.mask[:, None, None].bool() if self.plain else self.mask)
        self.position = self.position + 1

    def _logits(self, inputs: dict[str, Any], mask: Tensor) -> Tensor:
        """After the last column [B, V]."""
        output = self.model(**inputs, attention_mask=mask, use_cache=True, logits_to_keep=1)
        logits: Tensor = output.logits[:, -1]
        return logits

    def _settle(self) -> bool:
        """Note which rows are over, and let others take their places; false when nothing is left, on any rank."""
        if not self.finite:  # what would be drawn has no meaning
            raise TrainingDiverged(
                "The model gives log-probabilities that are not finite, so nothing can be sampled from it. In a "
                "training the last checkpoint is kept. Give a model whose weights are finite, or lower learning_rate."
            )
        over, stopped, counts = torch.stack([self.over.long(), self.stopped.long(), self.counts]).tolist()
        done = [row for row, is_over in enumerate(over) if is_over]
        for row in done:
            self.lengths[self.mine[row]], self.by_itself[self.mine[row]] = counts[row], bool(stopped[row])
        if len(done) == len(self.mine) and not self.waiting:
            return self._any_rank(False)
        if len(done) * _WORTH >= len(self.mine):
            new, self.waiting = self.waiting[: len(done)], self.waiting[len(done) :]
            if new:
                self._replace(done[: len(new)], new, counts)
            if len(new) < len(done):
                left = set(range(len(self.mine))) - set(done[len(new) :])
                self._keep(sorted(left))
        return self._any_rank(True)

    def _read(self, numbers: Sequence[int]) -> tuple[Any, Tensor, Tensor, Tensor]:
        """Of these prompts: keys and values, logits [B, V], mask [B, C] and the positions of their next tokens […, B].

        One that is asked several times is read once.
        """
        distinct = {id(self.prompts[number]): self.prompts[number] for number in numbers}
        given = left_padded(list(distinct.values()), self.model.config, self.ends.padding)
        inputs = {name: each.to(self.model.device) for name, each in given.items()}
        mask, held = inputs.pop("attention_mask"), cache(self.model.config)
        logits = self._logits({**inputs, _CACHE: held}, mask)
        position = inputs["position_ids"][..., -1] + 1
        if len(distinct) < len(numbers):
            places = {prompt: place for place, prompt in enumerate(distinct)}
            rows = torch.tensor([places[id(self.prompts[number])] for number in numbers], device=mask.device)
            held.batch_select_indices(rows)
            logits, mask, position = logits[rows], mask[rows], position[..., rows]
        return held, logits, mask, position

    def _replace(self, done: Sequence[int], new: Sequence[int], counts: list[int]) -> None:
        """Read new prompts into the rows that are done; `counts` of all rows is set to 0 there."""
        held, logits, mask, position = self._read(new)
        rows = torch.tensor(done, device=mask.device)
        for layer, other in zip(growing(self.cache), growing(held), strict=True):
            layer.replace(rows, other)
        self.mask[rows] = pad(mask, (self.mask.shape[1] - mask.shape[1], 0))
        self.logits[rows], self.position[..., rows] = logits, position
        self.counts[rows], self.over[rows], self.stopped[rows], self.tail[rows] = 0, False, False, _NO_TOKEN
        for row, number in zip(done, new, strict=True):
            self.mine[row], counts[row] = number, 0
        self.prompt[rows] = torch.tensor(new, device=mask.device)
        used = (len(self.prompts[number].input_ids) + own for number, own in zip(self.mine, counts, strict=True))
        unused = self.mask.shape[1] - max(used)
        for layer in growing(self.cache):
            layer.drop_first(unused)
        self.mask = self.mask[:, unused:]

    def _keep(self, rows: Sequence[int]) -> None:
        """Go on with these rows alone."""
        index = torch.tensor(rows, device=self.mask.device)
        self.cache.batch_select_indices(index)
        self.mine = [self.mine[row] for row in rows]
        self.position = self.position[..., index]
        self.logits, self.mask, self.prompt = self.logits[index], self.mask[index], self.prompt[index]
        self.counts, self.over, self.stopped = self.counts[index], self.over[index], self.stopped[index]
        self.tail = self.tail[index]

    def _any_rank(self, mine: bool) -> bool:
        """Whether this rank, or under ZeRO-3, whose weights all ranks gather together, any has rows left."""
        if not (is_deepspeed_zero3_enabled() and distributed.is_initialized()):
            return mine
        left = torch.tensor(float(mine), device=self.mask.device)
        distributed.all_reduce(left, op=distributed.ReduceOp.MAX)
        return bool(left)
