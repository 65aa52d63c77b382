"""The embedded scorer: words, notation and counts of a question, to its level, trained in seconds on a CPU.

The mean of two regressors: ridge regression on TF-IDF words and pairs of words beside the counted features, which knows
the vocabulary, and extremely randomised trees (Geurts et al., Machine Learning 2006) on the counted features alone,
which know thresholds and conjunctions. What tells only where a question was published (mark-up, how formulas are
delimited, a signature at its end) is taken out first, so that the scorer cannot lean on it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from scipy.sparse import csr_matrix, hstack
from sklearn.ensemble import ExtraTreesRegressor
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import Ridge
from sklearn.preprocessing import StandardScaler

from redstar_geo.difficulty.scale import clipped
from redstar_geo.errors import InputError
from redstar_geo.run import read_json, write_json, write_rows

_SIGNATURE = re.compile(r"(\[(\w)\][^\[\]]{0,60}\[/\2\]|\*?\(?proposed by[^\n]{0,80})\s*$", re.IGNORECASE)
_MARKUP = re.compile(r"\[/?(?:i|b|u|list|hide|quote|url|img|asy|center)\]")
_DELIMITER = re.compile(r"\\[()\[\]]|\$+")
_TOKEN = re.compile(r"\\[a-z]+|[a-z]{2,}|\d+|[=<>+*/^_|!{}()]")
_FORMULA = re.compile(r"\$(.*?)\$")
_VARIABLE = re.compile(r"(?<![A-Za-z\\])[A-Za-z](?![A-Za-z])")
_SENTENCE_END = re.compile(r"[.?!](?:\s|$)")
_ORDER = re.compile(r"\\[lg]eq?\b|[<>]")

# Word stems of a topic or of a way of asking; a token belongs to every topic one of whose stems it starts with, short
# stems being whole words.
_TOPICS: dict[str, tuple[str, ...]] = {
    "extremum": ("maxim", "minim", "largest", "smallest", "greatest", "least", "fewest", "most"),
    "for all": ("every", "all", "any", "each", r"\forall"),
    "exists": ("exist", r"\exists"),
    "find": ("determine", "prove", "find"),
    "compute": ("compute", "evaluate", "calculate"),
    "everyday question": ("how", "what", "which"),
    "let": ("let", "suppose", "given", "consider", "denote", "define", "call"),
    "condition": ("if", "such", "satisf", "where", "when"),
    "integers": ("integer", "natural", r"\mathbb"),
    "reals": ("real", "complex", "rational"),
    "function": ("function", "map", "maps"),
    "polynomial": ("polynomial", "root", "coefficient", "degree"),
    "primes": ("prime", "divisor", "divisible", "divid", "remainder", "modul", "factor", "gcd", r"\gcd", r"\equiv"),
    "sequence": ("sequence", "recurs", "term", r"\ldots", r"\cdots", r"\dots"),
    "sum": ("sum", "sums", r"\sum", r"\prod", "product"),
    "probability": ("probab", "expect", "random", "uniform", "dice", "coin"),
    "counting": ("many", "number", "way", "ways", "arrang", "permut", "combin", "distinct"),
    "sets": ("set", "sets", "subset", "pair", "tuple", "tripl", "element"),
    "games": ("game", "player", "move", "turn", "strategy", "win", "wins", "board", "chess"),
    "graphs": ("graph", "vert", "edge", "colour", "color", "path"),
    "polygons": ("triangle", "quadrilateral", "polygon", "square", "rectangle", "hexagon", r"\triangle"),
    "circles": ("circle", "circum", "incircle", "tangent", "radius", "chord", "sphere"),
    "angles": ("angle", r"\angle", "parallel", "perpendicular", "bisect"),
    "measures": ("area", "perimeter", "volume", "length", "distance"),
    "picture": ("shown", "figure", "diagram", "graph", "table", "grid"),
    "everyday": ("average", "mean", "percent", "cost", "price", "hour", "minute", "km", "cm", "day", "days", "total"),
    "analysis": ("limit", r"\lim", r"\int", "integral", "derivative", "continuous", r"\infty", "converge"),
    "functions named": (r"\sin", r"\cos", r"\tan", r"\log", r"\ln", r"\sqrt"),
    "fractions": (r"\frac", r"\dfrac"),
}


_EXAMPLES = pa.schema([("question", pa.string()), ("level", pa.float64())])
_BATCH = 10_000
_COUNT_WEIGHT = 0.1  # standardised counts beside TF-IDF rows of length 1
_TREES = 300


class TextScorer:
    """A trained scorer; `train` makes one. The same examples and seed give the same scorer and the same levels."""

    kind = "text"
    name = "text regression"

    def __init__(self, questions: Sequence[str], levels: np.ndarray, seed: int) -> None:
        self.questions, self.levels, self.seed = questions, levels, seed
        texts = [plain(question) for question in questions]
        counted = counts(texts)
        self._words = TfidfVectorizer(
            lowercase=True, token_pattern=_TOKEN.pattern, ngram_range=(1, 2), min_df=2, sublinear_tf=True
        )
        self._scale = StandardScaler().fit(counted)
        words = self._words.fit_transform(texts)
        self._linear = Ridge(alpha=1.0).fit(self._beside(words, counted), levels)
        self._trees = ExtraTreesRegressor(
            _TREES, min_samples_leaf=2, max_features=0.3, random_state=seed, n_jobs=-1
        ).fit(counted, levels)
        self._trees.n_jobs = 1  # threads add the trees up in any order, which changes the last digits

    def score(self, questions: Sequence[str]) -> np.ndarray:
        """Levels from 1 to 10, shape (questions,), float64."""
        if not len(questions):
            return np.empty(0)
        batches = (questions[start : start + _BATCH] for start in range(0, len(questions), _BATCH))
        return np.concatenate([self._score(batch) for batch in batches])

    def _score(self, questions: Sequence[str]) -> np.ndarray:
        texts = [plain(question) for question in questions]
        counted = counts(texts)
        linear = self._linear.predict(self._beside(self._words.transform(texts), counted))
        return clipped((linear + self._trees.predict(counted)) / 2)

    def _beside(self, words: csr_matrix, counted: np.ndarray) -> csr_matrix:
        return hstack([words, csr_matrix(_COUNT_WEIGHT * self._scale.transform(counted))], format="csr")

    def save(self, folder: Path) -> None:
        """Write what it was trained from (`examples.parquet`, `scorer.json`), no pickled object; see `load`."""
        pairs = zip(self.questions, self.levels, strict=True)
        rows = ({"question": question, "level": float(level)} for question, level in pairs)
        write_rows(folder / "examples.parquet", _EXAMPLES, rows)
        write_json(folder / "scorer.json", {"kind": self.kind, "seed": self.seed})

    @classmethod
    def load(cls, folder: Path) -> TextScorer:
        """The scorer of the examples in `folder`, trained again: seconds, and safe with files of unknown origin."""
        try:
            seed = int(read_json(folder / "scorer.json", dict)["seed"])
            table = pq.read_table(folder / "examples.parquet", schema=_EXAMPLES)
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise InputError(f"The scorer in {folder} is damaged ({error}). Bring it back, or make it anew.") from None
        return train(table["question"].to_pylist(), table["level"].to_numpy(), seed)


def train(questions: Sequence[str], levels: Sequence[float] | np.ndarray, seed: int = 0) -> TextScorer:
    """Train on labelled questions; `levels` from 1 to 10, one a question. A few seconds for a thousand."""
    return TextScorer(list(questions), np.asarray(levels, dtype=np.float64), seed)


def plain(question: str) -> str:
    """The question without mark-up, with `$` around every formula and single spaces."""
    text = _MARKUP.sub("", _SIGNATURE.sub("", question))
    return " ".join(_DELIMITER.sub("$", text).split())


def counts(texts: Sequence[str]) -> np.ndarray:
    """Counted features of `plain` texts, shape (texts, features)."""
    return np.array([_counts(text) for text in texts], dtype=np.float64)


def _counts(text: str) -> list[float]:
    """Size, share and variety of notation, numbers, sentences, then the topics. Sizes as log(1 + n)."""
    tokens = _TOKEN.findall(text.lower())
    words = [token for token in tokens if token[0].isalpha()]
    commands = [token for token in tokens if token[0] == "\\"]
    numbers = [token for token in tokens if token[0].isdigit()]
    formulas = " ".join(_FORMULA.findall(text))
    variables = set(_VARIABLE.findall(formulas))
    sizes = (
        len(text),
        len(words),
        len(commands),
        len(set(commands)),
        len(numbers),
        min(10**12, max((int(number[:12]) for number in numbers), default=0)),
        len(_SENTENCE_END.findall(text)),
        text.count("^"),
        text.count("_"),
        text.count("$"),
        len(_ORDER.findall(text)),
    )
    shares = (
        len(formulas) / max(1, len(text)),
        100 * len(commands) / max(1, len(text)),
        sum(map(len, words)) / max(1, len(words)),
        len(set(words)) / max(1, len(words)),
        len(variables),
        "n" in variables,
        text.endswith("?"),
    )
    topics = [0] * len(_TOPICS)
    for token in tokens:
        for place in _topics_of(token):
            topics[place] += 1
    return [*np.log1p(sizes), *map(float, shares), *np.log1p(topics)]


@lru_cache(maxsize=100_000)
def _topics_of(token: str) -> tuple[int, ...]:
    return tuple(
        place
        for place, stems in enumerate(_TOPICS.values())
        if any(token == stem or (len(stem) > 3 and token.startswith(stem)) for stem in stems)
    )
