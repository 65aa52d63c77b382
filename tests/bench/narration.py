"""How varied and how fast narrations are, beside a plain template (the compact voice, one wording for everything).

`python -m tests.bench.narration [problems]` prints one JSON object: for real and for built-in problems, in English and
Chinese, over ten samples of one problem and then the mean over problems,

- distinct-n (Li et al., arXiv 1510.03055): different n-grams / n-grams; higher is more varied,
- self-BLEU (Zhu et al., arXiv 1802.01886): BLEU-4 of each sample against the others; lower is more varied,
- openings: different first sentences / samples, and the mean length in characters.
"""

from __future__ import annotations

import json
import random
import re
import sys
import time
from collections.abc import Iterator, Sequence
from statistics import fmean
from typing import Any

from sacrebleu.metrics import BLEU

from redstar_geo.geometry.construct import FAMILIES, construct
from redstar_geo.geometry.formal import FormalSolver
from redstar_geo.geometry.narrate import narrate
from redstar_geo.geometry.narrate.theorems import Language
from redstar_geo.geometry.proof import Proof
from redstar_geo.geometry.replay import ReplayError
from tests.paths import FORMALGEO7K

SAMPLES = 10
LANGUAGES: tuple[Language, ...] = ("en", "zh")
_TOKEN = re.compile(r"[一-鿿]|\w+|[^\w\s]")
_FIRST = re.compile(r"[.!?。！？\n]")


def real(count: int, seed: int = 0) -> Iterator[Proof]:
    """Proofs of problems of FormalGeo7k."""
    files = sorted((FORMALGEO7K / "problems").glob("*.json"))
    random.Random(seed).shuffle(files)
    solver = FormalSolver(FORMALGEO7K / "gdl")
    for file in files:
        try:
            yield solver.replay(json.loads(file.read_text(encoding="utf-8")))
        except ReplayError:
            continue
        count -= 1
        if not count:
            return


def builtin(count: int) -> Iterator[Proof]:
    """Proofs of built-in problems, families and difficulties taking turns."""
    families = list(FAMILIES)
    for number in range(count):
        yield construct(families[number % len(families)], number, 1 + number % 10).proof


def variety(samples: Sequence[str], language: str) -> dict[str, float]:
    """The figures of the samples of one problem."""
    found = {}
    tokens = [_TOKEN.findall(sample) for sample in samples]
    for size in (1, 2, 3):
        grams = [tuple(words[i : i + size]) for words in tokens for i in range(len(words) - size + 1)]
        found[f"distinct_{size}"] = len(set(grams)) / len(grams)
    bleu = BLEU(tokenize="zh" if language == "zh" else "13a", effective_order=True)
    scores = [
        bleu.sentence_score(sample, [*samples[:i], *samples[i + 1 :]]).score / 100 for i, sample in enumerate(samples)
    ]
    found["self_bleu"] = fmean(scores)
    found["openings"] = len({_FIRST.split(sample)[0] for sample in samples}) / len(samples)
    found["characters"] = fmean(map(len, samples))
    return found


def measured(proofs: Sequence[Proof], language: Language, voices: int | None) -> dict[str, float]:
    """The mean over problems."""
    rows = []
    for proof in proofs:
        told = [narrate(proof, form="long", language=language, seed=s, voices=voices) for s in range(SAMPLES)]
        rows.append(variety([telling.reasoning for telling in told], language))
    return {name: round(fmean(row[name] for row in rows), 3) for name in rows[0]}


def speed(proofs: Sequence[Proof]) -> float:
    """Long narrations per second on one core, four samples a problem, half English, half Chinese."""
    started = time.perf_counter()
    for seed in range(4):
        for proof in proofs:
            narrate(proof, form="long", language="zh" if seed % 2 else "en", seed=seed)
    return 4 * len(proofs) / (time.perf_counter() - started)


def bench() -> Iterator[dict[str, Any]]:
    """Narrations per second and their variety, against the plain template."""
    proofs = list(builtin(60))
    yield {
        "name": "geometry.narrations_per_s",
        "value": round(speed(proofs), 1),
        "unit": "narrations/s",
        "n": 4 * len(proofs),
    }
    ours, template = measured(proofs, "en", None), measured(proofs, "en", 1)
    for name in ("distinct_2", "self_bleu"):
        yield {
            "name": f"geometry.narration_{name}",
            "value": ours[name],
            "unit": "share",
            "against": "plain template",
            "ratio": round(ours[name] / template[name], 3),
            "n": len(proofs) * SAMPLES,
        }


def main(count: int) -> None:
    report: dict[str, Any] = {}
    for kind, proofs in (("real", list(real(count))), ("builtin", list(builtin(count)))):
        rate = round(speed(proofs), 1)
        report[kind] = {"problems": len(proofs), "narrations_per_s": rate}
        for language in LANGUAGES:
            report[kind][language] = {
                "ours": measured(proofs, language, None),
                "template": measured(proofs, language, 1),
            }
    print(json.dumps(report, ensure_ascii=False, indent=1))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100)
