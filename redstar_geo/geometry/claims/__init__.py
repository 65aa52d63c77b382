"""Claims: what a chain of thought asserts, and whether it is so.

`judge(text, facts)` reads a text in English or Chinese, in unicode, LaTeX or words, without a model, and gives every
claim **true**, **false** or **unproven** with the proof step, the arithmetic or the figure's value that decides it.
Arithmetic is exact; geometry goes by the proof's facts and, beyond them, by several independent figures of the givens:
what holds in all is true, what differs by the same amount in all is false, the rest the givens do not determine.

Steps as the unit of verification follow SGVR (arXiv 2601.05073) and TrustGeoGen (arXiv 2504.15780).
"""

from redstar_geo.geometry.claims.decision import Decision, Judged
from redstar_geo.geometry.claims.facts import Facts
from redstar_geo.geometry.claims.judge import judge, judge_reading
from redstar_geo.geometry.claims.read import Claim, Reading, read

__all__ = ["Claim", "Decision", "Facts", "Judged", "Reading", "judge", "judge_reading", "read"]
