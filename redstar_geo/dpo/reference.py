"""The reference's log-probabilities of all pairs: computed once, with or without images, and kept on disk.

The reference is the model as the training starts with it. It is loaded on its own before anything of the training is
(under ZeRO too: a rank needs room for the weights, and for no gradient), goes through its share of the pairs and is
gone. Pieces are written as they are done, so a kill costs one piece, and any number of processes finds what others have
left.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import torch
from torch import Tensor

from redstar_geo.dpo.dataset import PairRows
from redstar_geo.dpo.model import PairModel
from redstar_geo.fingerprint import digest
from redstar_geo.progress import progress
from redstar_geo.run import write_rows

_PIECE = 256  # pairs
_KEPT = pa.schema([("row", pa.int64()), ("chosen", pa.float64()), ("rejected", pa.float64())])


def reference_key(model: str, data: Sequence[str], settings: Mapping[str, Any]) -> str:
    """What the log-probabilities depend on: fingerprints of model and data, and how pairs are encoded and computed."""
    return digest([model, list(data), dict(settings)])[:32]


def reference_log_probs(
    folder: Path,
    rows: Callable[[Sequence[int]], PairRows],
    pairs: Sequence[int],
    load: Callable[[], PairModel],
    precision: torch.dtype,
    share: tuple[int, int],
) -> Tensor:
    """Log-probabilities [N, 2] of chosen and rejected by number of the pair in the data; NaN where a pair is unfit.

    Args:
        folder: where they are kept, one for each `reference_key`.
        rows: the rows of one epoch over some of the fit pairs, given by their places in `pairs`.
        pairs: numbers of the fit pairs in the data.
        load: the reference on its device; called only if something is missing.
        precision: of the forward pass.
        share: this process's rank and the number of ranks. It computes every n-th piece and waits for the others.
    """
    pieces = [range(start, min(start + _PIECE, len(pairs))) for start in range(0, len(pairs), _PIECE)]
    files = [folder / f"{number:05}.parquet" for number in range(len(pieces))]
    rank, ranks = share
    missing = [number for number in range(rank, len(pieces), ranks) if not files[number].is_file()]
    if missing:
        model = load().eval()
        for number in progress(missing, "reference", len(missing)):
            write_rows(files[number], _KEPT, _of_piece(model, rows(pieces[number]), precision))
        del model
        if torch.cuda.is_available():
            torch.cuda.empty_cache()
    while not all(file.is_file() for file in files):
        time.sleep(0.5)
    log_probs = torch.full((max(pairs, default=-1) + 1, 2), torch.nan)
    for file in files:
        kept = pq.read_table(file)
        values = torch.tensor([kept.column("chosen").to_pylist(), kept.column("rejected").to_pylist()])
        log_probs[torch.tensor(kept.column("row").to_pylist())] = values.T.float()
    return log_probs


def _of_piece(model: PairModel, rows: PairRows, precision: torch.dtype) -> list[dict[str, Any]]:
    device = model.model.device
    rows_kept = []
    for number in range(len(rows)):
        row = rows[number]
        del row["reference"], row["sizes"]
        moved = {name: value.to(device) if isinstance(value, Tensor) else value for name, value in row.items()}
        with torch.inference_mode(), torch.autocast(device.type, precision, enabled=precision != torch.float32):
            log_probs = model(**moved)
        numbers = rows.numbers(number)
        for pair, chosen, rejected in zip(numbers, log_probs.chosen.tolist(), log_probs.rejected.tolist(), strict=True):
            rows_kept.append({"row": pair, "chosen": chosen, "rejected": rejected})
    return rows_kept
