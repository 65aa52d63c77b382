"""Near duplicates inside a set: locality-sensitive hashing of MinHash signatures by sorting, the first one kept.

A signature is cut into bands of a few entries; two texts are compared when all entries of one band agree (Leskovec,
Rajaraman and Ullman, "Mining of Massive Datasets", chapter 3).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

NEAR = 0.7  # of a trace's word triples
NEAR_QUESTION = 0.5  # of a question's words and pairs, beside equal particulars
DUPLICATE = np.dtype([("later", np.int64), ("earlier", np.int64), ("similarity", np.float32)])

_RECALL = 0.98  # of pairs exactly at the threshold; those above are found more surely still
_CROWD = 64  # kept items of one bucket that are compared: what more texts share, all unlike, tells nothing
_CHUNK = 65_536  # items at a time where a copy is made
_ODD = np.uint64(0x9E3779B97F4A7C15)
_NOBODY = np.empty(0, np.int32)


def near_duplicates(
    signatures: NDArray[np.uint32], threshold: float = NEAR, particulars: NDArray[np.uint64] | None = None
) -> NDArray[np.void]:
    """`DUPLICATE` rows, by `later`: every item near an earlier kept one, with the earliest of those.

    `signatures` is uint32 [n, PERMUTATIONS] in the set's order; `similarity` is the share of equal entries, which
    estimates the Jaccard index. With `particulars` (the `particulars_key` of each) only items that are equal in them
    are compared, as questions need, where a template with other numbers is another problem. An item is kept if it
    is in no row; what was dropped never drops another, so a crowd of equal items costs no more than its number.
    """
    keys = np.zeros(len(signatures), np.uint64) if particulars is None else particulars
    buckets = _Buckets(band_keys(signatures, keys, band_rows(threshold, signatures.shape[1])))
    rows = []
    for item in buckets.shared_items():
        others, mine = buckets.kept_beside(item)
        if len(others):
            similar = (signatures[others] == signatures[item]).mean(axis=1)
            near = np.flatnonzero(similar >= threshold)
            if len(near):
                best = near[others[near].argmin()]
                rows.append((item, others[best], similar[best]))
                continue
        buckets.keep(item, mine)
    return np.array(rows, DUPLICATE)


def band_rows(threshold: float, permutations: int) -> int:
    """The most entries a band may have so that pairs at the threshold still meet in one of the bands."""
    rows = 1
    while 1 - (1 - threshold ** (rows + 1)) ** (permutations // (rows + 1)) >= _RECALL:
        rows += 1
    return rows


def band_keys(signatures: NDArray[np.uint32], numbers: NDArray[np.uint64], rows: int) -> NDArray[np.uint64]:
    """uint64 [bands, n]: one key for the `rows` entries of each band, the band's place and the item's numbers."""
    bands = signatures.shape[1] // rows
    place = np.arange(1, bands + 1, dtype=np.uint64) * _ODD
    keys = np.empty((bands, len(signatures)), np.uint64)
    for start in range(0, len(signatures), _CHUNK):
        entries = signatures[start : start + _CHUNK, : bands * rows].reshape(-1, bands, rows)
        mixed = numbers[start : start + _CHUNK, None] ^ place
        for row in range(rows):
            mixed = (mixed ^ entries[:, :, row]) * _ODD
            mixed ^= mixed >> np.uint64(32)
        keys[:, start : start + _CHUNK] = mixed.T
    return keys


class _Buckets:
    """The buckets in which two or more items meet, and for each the items kept so far (at most `_CROWD`)."""

    def __init__(self, keys: NDArray[np.uint64]) -> None:
        self.of_item = np.full(keys.shape[::-1], -1, np.int32)  # [n, bands]; -1: nobody else is there
        room: list[NDArray[np.int64]] = []
        total = 0
        for band, key in enumerate(keys):
            order = np.argsort(key)
            ordered = key[order]
            edges = np.flatnonzero(np.concatenate(([True], ordered[1:] != ordered[:-1], [True])))
            sizes = np.diff(edges)
            met = sizes > 1
            self.of_item[order, band] = np.repeat(np.where(met, total + np.cumsum(met) - 1, -1), sizes)
            room.append(np.minimum(sizes[met], _CROWD))
            total += len(room[-1])
        self.room = np.concatenate(room)
        self.start = np.cumsum(self.room) - self.room
        self.count = np.zeros(total, np.int32)
        self.kept = np.empty(self.room.sum(), np.int32)

    def shared_items(self) -> list[int]:
        """The items, in order, that meet another in some bucket."""
        return np.flatnonzero(self.of_item.max(axis=1, initial=-1) >= 0).tolist()

    def kept_beside(self, item: int) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """The kept items that share a bucket with this one (some more than once), and its buckets."""
        mine = self.of_item[item]
        mine = mine[mine >= 0]
        counts = self.count[mine]
        ranges = [self.kept[s : s + c] for s, c in zip(self.start[mine].tolist(), counts.tolist(), strict=True) if c]
        return (np.concatenate(ranges) if ranges else _NOBODY), mine

    def keep(self, item: int, mine: NDArray[np.int32]) -> None:
        """Later items that share one of these buckets are compared with this one."""
        open_ = mine[self.count[mine] < self.room[mine]]
        self.kept[self.start[open_] + self.count[open_]] = item
        self.count[open_] += 1
