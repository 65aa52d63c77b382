"""Scores that can be believed: each with its number of items and its 95 % interval.

`wilson`: shares, also of several attempts a problem · `attempts`: pass@k, maj@k and best-of-k of one problem ·
`bootstrap`: the interval of a mean over problems · `paired`: two runs over the same problems · `summary`: all of it
from a run's items.
"""

from redstar_geo.scores.wilson import Accuracy, accuracy, clustered

__all__ = ["Accuracy", "accuracy", "clustered"]
