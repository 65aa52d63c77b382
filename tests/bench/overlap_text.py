"""Planted near duplicates and contaminations, found and falsely found, by class; and what signatures and looks cost.

The planted texts are made from questions of our own (stories and algebra from small grammars), and from the real ones
where they lie beside the checkout. Omni-MATH's one false alarm is none: the set has one problem twice.
"""

from __future__ import annotations

import json
import random
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

import numpy as np
from datasketch import MinHash, MinHashLSH

from redstar_geo.overlap.contamination import BenchmarkIndex
from redstar_geo.overlap.near import NEAR, NEAR_QUESTION, near_duplicates
from redstar_geo.overlap.text import (
    PERMUTATIONS,
    QUESTION,
    TRACE,
    normalise,
    particulars,
    particulars_key,
    signatures,
)
from tests.paths import SHARED

Change = Callable[[str, random.Random], str]

_NAMES = "Amina Bruno Chloe Deniz Elif Farid Greta Hugo Ines Jonas Kenji Lucia Mateo Nadia Omar Priya Rosa"
_THINGS = (
    "apples pencils marbles stickers books candles tickets bottles stamps shells tiles lanterns ropes seeds bricks "
    "cakes chairs coins cards buckets boxes flowers kites lemons maps notebooks onions paintings"
)
_PLACES = "market library harbour school garden museum station bakery workshop village theatre orchard"
_DOINGS = "paints repairs collects sells packs polishes borrows plants weighs counts delivers stacks"
_OPENINGS = (
    "<name> <doing> <n> <thing> at the <place> every morning.",
    "In the <place> there are <n> shelves and each of them holds <m> <thing>.",
    "<name> bought <n> <thing> for <m> dollars each and gave a third of them to <name2>.",
    "A crate of <thing> weighs <n> kilograms when full and <m> kilograms when it is empty.",
    "<name> and <name2> share the work of carrying <n> <thing> from the <place> to the <place2>.",
    "Last week <name> earned <n> dollars by selling <thing>, which was <m> dollars more than <name2>.",
    "The ratio of <thing> to <thing2> kept in the <place> is <n> to <m>.",
    "It takes <name> <n> minutes to walk to the <place> and <m> minutes to come back.",
    "A ribbon of <n> metres is cut into pieces so that <m> children of the <place> receive one.",
    "Of all visitors of the <place>, <n> percent carried <thing> and the others came with nothing.",
    "<name> reads <n> pages before lunch, while <name2> manages <m> pages in the evening.",
    "The <place> opens with <n> workers, and every hour <m> more of them arrive by bus.",
)
_MIDDLES = (
    "Then <name2> <doing> <k> of them again without telling anybody.",
    "After <k> days half of what was left had been taken to the <place2>.",
    "Rain spoils <k> percent of everything that was stored outside.",
    "For every <k> <thing> the owner adds one free <thing2> as a present.",
    "<name2> promises to bring <k> more <thing2> before the weekend starts.",
    "The price goes up by <k> cents whenever somebody complains about it.",
    "Nobody works on Sundays, and on Saturdays only <k> hours are counted.",
    "Because of a mistake, <k> <thing> were counted twice by the clerk.",
)
_ASKS = (
    "How many <thing> are left at the end?",
    "How much money does <name> have now?",
    "What is the total number of <thing> and <thing2> together?",
    "How long does it take until everything is finished?",
    "How many more <thing> than before will <name2> need?",
    "What percentage of the <thing> was never used?",
    "Find the smallest number of trips that <name> has to make.",
    "How many <thing> does each person receive on average?",
)
_ALGEBRA = (
    "Let $x$ and $y$ be real numbers such that $\\frac{x+<n>}{y} = <k>$ and $x^2 + y^2 = <m>$. <ask>",
    "The polynomial $p(x) = x^3 - <n>x^2 + <m>x - <k>$ has three real roots $r, s, t$. <ask>",
    "In triangle $ABC$ the side $AB$ has length $<n>$, $\\angle ABC = <k>^\\circ$ and $BC = \\sqrt{<m>}$. <ask>",
    "A sequence satisfies $a_1 = <k>$ and $a_{n+1} = <n> a_n + <m>$ for every positive integer $n$. <ask>",
    "How many integers between $<k>$ and $1{,}<m>$ leave the remainder $<n>$ when they are divided by a prime? <ask>",
    "Points $P$ and $Q$ lie on a circle of radius $<n>$ with $PQ = <k>$ and $PM = <m>$. <ask>",
)
_ALGEBRA_ASKS = (
    "Determine the largest possible value of the expression that results.",
    "Compute the sum of all such values, written as a reduced fraction.",
    "Find the remainder when the answer is divided by <n>.",
    "Prove that it is bounded and give the best constant.",
    "Express the result in the form $a + b\\sqrt{c}$ with integers.",
)


def template(rng: random.Random) -> str:
    """A question with its names and things set and its numbers still open."""
    if rng.random() < 0.3:
        return rng.choice(_ALGEBRA).replace("<ask>", rng.choice(_ALGEBRA_ASKS))
    shape = " ".join([*rng.sample(_OPENINGS, 2), *rng.sample(_MIDDLES, rng.randint(0, 2)), rng.choice(_ASKS)])
    for kind, words in (("name", _NAMES), ("thing", _THINGS), ("place", _PLACES), ("doing", _DOINGS)):
        first, second = rng.sample(words.split(), 2)
        shape = shape.replace(f"<{kind}>", first).replace(f"<{kind}2>", second)
    return shape


def filled(shape: str, rng: random.Random) -> str:
    """A template with its numbers set."""
    return re.sub("<[nmk]>", lambda _: str(rng.randint(2, 999)), shape)


def question(rng: random.Random) -> str:
    """A story of two to four sentences, or a line of algebra; two of them are hardly ever alike."""
    return filled(template(rng), rng)


def trace(rng: random.Random, characters: int = 4096) -> str:
    """Sentences and small sums up to the length, as long as a distilled trace."""
    sentences: list[str] = []
    while sum(map(len, sentences)) < characters:
        sum_of = rng.randint(2, 999), rng.randint(2, 999)
        sentences.append(f"{question(rng)} So ${sum_of[0]} + {sum_of[1]} = {sum(sum_of)}$.")
    return " ".join(sentences)[:characters]


_COUNTED = re.compile("three|four|five|seven|eight|nine|eleven|twelve|area|perimeter|circumference|volume")
_WORD = re.compile(r"(?<![\\\w${])[a-z]{4,}(?![\w$}])")
_OTHER_WORDS = "quietly several yellow carefully wooden nearby ordinary together simply whole certain"
_SENTENCES = (
    "Show every step of the calculation.",
    "The weather was fine on that day.",
    "Assume that nothing else changes.",
    "Give the answer in its simplest form.",
)
_WIDE = str.maketrans("0123456789", "０１２３４５６７８９")
_PROMPTS = (
    "You are a careful tutor who explains mathematics to students. Solve the problem below and box the answer.",
    "The following exercise was taken from an old notebook that was found in a drawer. Think before you write.",
)


def words_changed(share: float, least: int = 2) -> Change:
    """`least` words, or a share of them, by others; no number and no asked quantity: that makes another problem."""

    def change(text: str, rng: random.Random) -> str:
        places = [found.span() for found in _WORD.finditer(text) if not _COUNTED.fullmatch(found[0])]
        chosen = rng.sample(places, min(len(places), max(least, round(share * len(places)))))
        for start, end in sorted(chosen, reverse=True):
            text = text[:start] + rng.choice(_OTHER_WORDS.split()) + text[end:]
        return text

    return change


def typos(text: str, rng: random.Random) -> str:
    """One letter of every thirtieth word, at least of two, doubled or gone."""
    places = [found.start() for found in _WORD.finditer(text) if not _COUNTED.fullmatch(found[0])]
    for start in sorted(rng.sample(places, min(len(places), max(2, len(places) // 30))), reverse=True):
        at = start + rng.randint(1, 2)
        text = text[:at] + rng.choice(("", text[at] * 2)) + text[at + 1 :]
    return text


def reordered(text: str, rng: random.Random) -> str:
    """One sentence moved to another place."""
    sentences = re.split(r"(?<=[.?!])\s+", text if text.endswith((".", "?", "!")) else text + ".")
    sentences.insert(rng.randrange(len(sentences)), sentences.pop(rng.randrange(len(sentences))))
    return " ".join(sentences)


def sentence_added(text: str, rng: random.Random) -> str:
    return rng.choice((f"{text} {rng.choice(_SENTENCES)}", f"{rng.choice(_SENTENCES)} {text}"))


def dressed(text: str, rng: random.Random) -> str:
    """Other white space, LaTeX of the same meaning, other forms of the same characters."""
    text = text.replace("\\frac", "\\dfrac").replace("\\leq", "\\le ").replace("^\\circ", "°").replace("\\angle", "∠")
    text = re.sub(r"\$([^$]*)\$", r"\\( \1 \\)" if rng.random() < 0.5 else r"$\\displaystyle \1$", text)
    text = re.sub(r"(?<=\d),(?=\d{3}\b)", "" if rng.random() < 0.5 else "{,}", text)
    text = re.sub(" ", lambda _: rng.choice((" ", " ", "  ", "\n")), text).replace("'", "’")
    return text.translate(_WIDE) if rng.random() < 0.3 else text


def embedded(text: str, rng: random.Random) -> str:
    return f"{rng.choice(_PROMPTS)} {question(rng)}\n\n{text}\n\n{rng.choice(_SENTENCES)}"


def two_thirds(text: str, rng: random.Random) -> str:
    """The first two thirds of a question, with something else after them."""
    return text[: text.rindex(" ", 0, 2 * len(text) // 3 + 1)] + ". " + rng.choice(_SENTENCES)


def verbatim(text: str, rng: random.Random) -> str:
    return text


def other_numbers(text: str, rng: random.Random) -> str:
    """The same template: every number but the exponents and indices is another one."""
    return re.sub(r"(?<![\d^_{.,])\d+(?:,\d{3})*", lambda _: str(rng.randint(1000, 9999)), text)


NEAR_CHANGES: dict[str, Change] = {
    "words": words_changed(0.05),
    "reordered": reordered,
    "dressed": dressed,
    "sentence": sentence_added,
    "typos": typos,
}
LEAKS: dict[str, Change] = {
    "verbatim": verbatim,
    "dressed": dressed,
    "embedded": embedded,
    "two_words": words_changed(0.0),
}


def planted_near(
    bases: Sequence[str], seed: int, questions: bool, changes: dict[str, Change] = NEAR_CHANGES
) -> tuple[dict[str, float], int, int]:
    """The share found by class, the false alarms, and among how many texts that are no duplicates.

    Every base is followed, far behind, by one copy of each class; a question also by its template with other numbers.
    """
    rng = random.Random(seed)
    texts, kinds, origin = list(bases), ["base"] * len(bases), list(range(len(bases)))
    for kind, change in {**changes, **({"other_numbers": other_numbers} if questions else {})}.items():
        for place, base in enumerate(bases):
            changed = change(base, rng)
            if kind != "other_numbers" or changed != base:
                texts.append(changed)
                kinds.append(kind)
                origin.append(place)
    if questions:
        keys = np.array([particulars_key(particulars(text)) for text in texts], np.uint64)
        found = near_duplicates(signatures(texts, QUESTION), NEAR_QUESTION, keys)
    else:
        found = near_duplicates(signatures(texts, TRACE), NEAR)
    pairs = Counter(kinds[row["later"]] for row in found if origin[row["later"]] == origin[row["earlier"]])
    strangers = ("base", "other_numbers")
    false = sum(kinds[row["later"]] in strangers for row in found)
    return {kind: pairs[kind] / len(bases) for kind in changes}, false, sum(kind in strangers for kind in kinds)


def planted_leaks(bases: Sequence[str], others: Sequence[str], seed: int) -> tuple[dict[str, float], int, int]:
    """The share of leaks found by class; false alarms among templates with other numbers and unrelated questions.

    Half of an item is asked for from 40 tokens on: half of a shorter one is a phrase.
    """
    rng = random.Random(seed)
    index = BenchmarkIndex((str(n), "planted", text) for n, text in enumerate(bases))
    found = {}
    for kind, change in {**LEAKS, "two_thirds": two_thirds}.items():
        asked = [base for base in bases if kind != "two_thirds" or len(normalise(base).split()) >= 40]
        found[kind] = _share_matched(index, [change(base, rng) for base in asked])
    clean = [*others, *(text for text in (other_numbers(base, rng) for base in bases) if text not in bases)]
    return found, round(_share_matched(index, clean) * len(clean)), len(clean)


def _share_matched(index: BenchmarkIndex, texts: Sequence[str]) -> float:
    matches = (index.contamination(text) for text in texts)
    return sum(match is not None and match.how != "template" for match in matches) / len(texts)


Figure = dict[str, object]


def _figure(name: str, value: float, unit: str, against: str, limit: float, n: int) -> Figure:
    ratio = {"ratio": round(value / limit, 3)} if limit else {}
    return {"name": f"overlap_text.{name}", "value": value, "unit": unit, "against": against, **ratio, "n": n}


def _sets() -> Iterator[tuple[str, list[str]]]:
    rng = random.Random(0)
    yield "made", [question(rng) for _ in range(2000)]
    for name, path, field in (
        ("gsm8k", "data/gsm8k_train/train.jsonl", "question"),
        ("omni_math", "data/omni_math/omni_math_numeric_400.jsonl", "problem"),
    ):
        if (SHARED / path).is_file():
            yield name, [json.loads(line)[field] for line in (SHARED / path).read_text().splitlines()]


def _planted() -> Iterator[Figure]:
    for name, questions in _sets():
        half = len(questions) // 2
        for what, (shares, false, clean) in (
            ("near", planted_near(questions, 1, True)),
            ("leak", planted_leaks(questions[:half], questions[half:], 1)),
        ):
            n = len(questions) if what == "near" else half
            for kind, share in shares.items():
                yield _figure(f"{name}.{what}.{kind}", round(share, 4), "share found", "bar 0.99", 0.99, n)
            yield _figure(f"{name}.{what}.false_alarms", false, "texts", "bar 0.1 %", 0.001 * clean, clean)
    rng = random.Random(2)
    shares, false, clean = planted_near([trace(rng) for _ in range(500)], 1, False)
    for kind, share in shares.items():
        yield _figure(f"traces.near.{kind}", round(share, 4), "share found", "bar 0.99", 0.99, 500)
    yield _figure("traces.near.false_alarms", false, "texts", "bar 0.1 %", 0.001 * clean, clean)


def _seconds(work: Callable[[], object]) -> float:
    """Of one core, so that what else runs on the machine does not count."""
    start = time.process_time()
    work()
    return time.process_time() - start


def _peer(text: str) -> MinHash:
    words = normalise(text).split()
    shingled = {" ".join(words[place : place + 3]).encode() for place in range(len(words) - 2)}
    minhash = MinHash(num_perm=PERMUTATIONS)
    minhash.update_batch(shingled)
    return minhash


def _peer_near(peers: Sequence[MinHash]) -> int:
    lsh, dropped = MinHashLSH(threshold=NEAR, num_perm=PERMUTATIONS), 0
    for place, minhash in enumerate(peers):
        if any(peers[other].jaccard(minhash) >= NEAR for other in lsh.query(minhash)):
            dropped += 1
        else:
            lsh.insert(place, minhash)
    return dropped


def _speed() -> Iterator[Figure]:
    rng = random.Random(3)
    traces = [trace(rng) for _ in range(1000)]
    ours = min(_seconds(lambda: signatures(traces)) for _ in range(3)) / len(traces)
    peers: list[MinHash] = []
    theirs = _seconds(lambda: peers.extend(map(_peer, traces))) / len(traces)
    yield _figure(
        "signature_ms", round(1e3 * ours, 3), "ms", f"datasketch {1e3 * theirs:.3f}", 1e3 * theirs, len(traces)
    )
    rows = signatures(traces)
    ours, theirs = _seconds(lambda: near_duplicates(rows)), _seconds(lambda: _peer_near(peers))
    yield _figure("near_s", round(ours, 3), "s", f"datasketch {theirs:.3f}", theirs, len(traces))
    for n in (10_000, 100_000, 1_000_000):
        drawn = np.random.default_rng(0).integers(0, 2**32, (n, PERMUTATIONS), np.uint32)
        copies = drawn[-n // 10 :]
        np.copyto(copies, drawn[: len(copies)], where=np.random.default_rng(1).random(copies.shape, np.float32) < 0.85)
        taken = _seconds(lambda rows=drawn: near_duplicates(rows))
        yield _figure("lsh_s", round(taken, 2), "s", "bar 60 s a million", 6e-5 * n, n)
    index = BenchmarkIndex((str(n), "made", question(rng)) for n in range(20_000))
    for name, questions in _sets():
        looks = min(_seconds(lambda asked=questions: [index.contamination(one) for one in asked]) for _ in range(3))
        yield _figure(
            f"look_ms.{name}", round(1e3 * looks / len(questions), 3), "ms", "bar 0.2 ms", 0.2, len(questions)
        )


def bench() -> Iterator[Figure]:
    """What is found of the planted, what is falsely found, and the costs."""
    yield from _planted()
    yield from _speed()
