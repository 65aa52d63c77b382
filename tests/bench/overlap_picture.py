"""Diagrams found again after each class of edit, other diagrams falsely found, and what a fingerprint and a look cost.

Our own drawings, and FormalGeo7k's diagrams (of GeoQA and Geometry3K) where they lie beside the checkout. The peer is a
perceptual hash as in wide use: 64 signs of the lowest cosine frequencies of the whole picture, equal up to 10 of them.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
from PIL import Image
from scipy.fft import dctn

from redstar_geo.geometry.draw import Layout, png
from redstar_geo.overlap.picture import Fingerprint, PictureIndex, fingerprint
from tests.overlap.drawn import layouts, renamed, same_form
from tests.overlap.picture_edits import EDITS, encoded, flat
from tests.paths import FORMALGEO7K, SHARED

Figure = dict[str, Any]
Pictures = Mapping[str, bytes]
Fingerprints = Mapping[str, Fingerprint]
FOUND, FALSE, MILLISECONDS = 0.99, 0.001, 10.0  # the bars
_DRAWN, _EDITED, _INDEXED = 1000, 250, 10_000
_SAME_HASH = 10


def _figure(name: str, value: float, unit: str, against: str, bar: float, n: int) -> Figure:
    ratio = round(value / bar, 3) if bar else None
    return {"name": f"overlap_picture.{name}", "value": value, "unit": unit, "against": against, "ratio": ratio, "n": n}


def indexed(fingerprints: Fingerprints) -> PictureIndex:
    index = PictureIndex()
    for name, one in fingerprints.items():
        index.add(name, one)
    return index


def peer_hash(picture: Image.Image) -> np.ndarray:
    """bool[64]"""
    low = dctn(np.asarray(picture.convert("L").resize((32, 32), Image.Resampling.LANCZOS), float))[:8, :8]
    return (low > np.median(low)).ravel()


def _found(name: str, originals: Pictures, prints: Fingerprints) -> Iterator[Figure]:
    """For each class of edit, the share found as the right picture, or as one that repeats it."""
    index = indexed(prints)
    chosen = random.Random(1).sample(sorted(originals), min(_EDITED, len(originals)))
    hashes = {key: peer_hash(flat(originals[key])) for key in chosen}
    for edit, change in EDITS.items():
        rng, ours, theirs = random.Random(2), 0, 0
        for key in chosen:
            changed = change(flat(originals[key]), rng)
            match = index.match(fingerprint(changed))
            if match is not None:
                ours += match.id == key or indexed({match.id: prints[match.id]}).match(prints[key]) is not None
            theirs += int((peer_hash(flat(changed)) ^ hashes[key]).sum()) <= _SAME_HASH
        against = f"bar {FOUND}; peer's hash {theirs / len(chosen):.3f}"
        yield _figure(f"found.{name}.{edit}", round(ours / len(chosen), 4), "share", against, FOUND, len(chosen))


def _false(pages: Mapping[str, Layout], index: PictureIndex) -> Iterator[Figure]:
    """Among other problems of the same families; and the same shapes with other letters and numbers."""
    hashes = np.array([peer_hash(flat(png(page))) for page in pages.values()])
    n = wrong = alike = peer = 0
    for page in layouts(2 * _DRAWN, seed=2):
        n += 1
        match = index.match(fingerprint(png(page)))
        same = match is not None and same_form(page, pages[match.id])
        wrong, alike = wrong + (match is not None and not same), alike + same
        peer += (hashes ^ peer_hash(flat(png(page)))).sum(axis=1).min() <= _SAME_HASH
    against = f"bar {FALSE}; peer's hash {peer / n:.3f}"
    yield _figure("false.drawn.another shape", round(wrong / n, 5), "share", against, FALSE, n)
    against = "no bar: suspected, never exact"
    yield _figure("flagged.drawn.the same shape in another problem", round(alike / n, 5), "share", against, 0, n)
    chosen = list(pages.values())[:_EDITED]
    renamings = [indexed({"": fingerprint(png(page))}).match(fingerprint(renamed(page))) for page in chosen]
    flagged = sum(match is not None for match in renamings) / len(chosen)
    yield _figure("flagged.drawn.all letters and numbers changed", round(flagged, 3), "share", against, 0, len(chosen))


def _repeats(prints: Fingerprints) -> Iterator[Figure]:
    """How many of a published set's pictures repeat an earlier one, in file order."""
    index, how = PictureIndex(), Counter[str]()
    for key, one in prints.items():
        match = index.match(one)
        how[match.how if match else "new"] += 1
        index.add(key, one)
    for name in ("exact", "perceptual"):
        yield _figure(f"repeats.formalgeo7k.{name}", how[name], "pictures", "all of them", len(prints), len(prints))


def _bare() -> Iterator[Figure]:
    """Geometry3K's own diagrams against the same with letters drawn over them, both as published."""
    folders = sorted((SHARED / "data" / "geometry3k" / "train").glob("*/"))
    index = indexed({one.name: fingerprint((one / "img_diagram_point.png").read_bytes()) for one in folders})
    matches = [index.match(fingerprint((one / "img_diagram.png").read_bytes())) for one in folders]
    found = sum(match is not None and match.id == one.name for match, one in zip(matches, folders, strict=True))
    if folders:
        share = round(found / len(folders), 4)
        yield _figure("found.geometry3k.letters added", share, "share", f"bar {FOUND}", FOUND, len(folders))


def _speed(originals: Pictures, prints: Fingerprints) -> Iterator[Figure]:
    """Against so many different pictures: the originals, and the same unevenly stretched."""
    chosen = dict(random.Random(1).sample(sorted(originals.items()), _EDITED))
    yield _cost("fingerprint_ms", fingerprint, list(chosen.values()))
    index, stretch = indexed(prints), 1.0
    while len(index) < _INDEXED:
        stretch += 0.15
        for key, data in originals.items():
            picture = flat(data)
            wider = picture.resize((round(picture.width * stretch), picture.height), Image.Resampling.BICUBIC)
            index.add(f"{key} × {stretch:.2f}", fingerprint(encoded(wider)))
            if len(index) == _INDEXED:
                break
    change, rng = EDITS["several at once"], random.Random(3)
    repeats = [fingerprint(change(flat(data), rng)) for data in chosen.values()]
    yield _cost("match_ms.repeat", index.match, repeats)
    yield _cost("match_ms.other", index.match, [fingerprint(png(page)) for page in layouts(_EDITED, seed=2)])


def _cost(name: str, call: Callable[[Any], object], arguments: list[Any]) -> Figure:
    """Mean processor time."""
    started = time.process_time()
    for argument in arguments:
        call(argument)
    taken = 1e3 * (time.process_time() - started) / len(arguments)
    return _figure(name, round(taken, 2), "ms", f"bar {MILLISECONDS:.0f} ms", MILLISECONDS, len(arguments))


def bench() -> Iterator[Figure]:
    """What is found of the planted, what is falsely found, and the costs."""
    pages = {f"1/{i}": page for i, page in enumerate(layouts(_DRAWN, seed=1))}
    drawn = {key: png(page) for key, page in pages.items()}
    prints = {key: fingerprint(data) for key, data in drawn.items()}
    yield from _found("drawn", drawn, prints)
    yield from _false(pages, indexed(prints))
    originals = drawn
    if FORMALGEO7K.is_dir():
        originals = {file.name: file.read_bytes() for file in sorted((FORMALGEO7K / "diagrams").iterdir())}
        prints = {key: fingerprint(data) for key, data in originals.items()}
        yield from _repeats(prints)
        yield from _bare()
        yield from _found("formalgeo7k", originals, prints)
    yield from _speed(originals, prints)
