"""Every number that decides between right and wrong; what each policy is stands in docs/answers.md."""

from __future__ import annotations

FILTER_DIGITS = 50  # two values are told apart with this many digits …
PROOF_DIGITS = 300  # … and are equal when so many agree, unless both are rational and compared exactly
ROUNDED_DIGITS = 3  # a decimal with fewer significant digits stands for itself only, not for what it is rounded from
FLOAT_DECIMALS = 12  # more decimals than that are the noise of a float
POINTS = 3  # two expressions with letters are equal when they are at so many random points
