"""How much is read of what nobody vouches for: one bound for numbers and one for text, in answers, claims and CDL.

Beyond a bound nothing is guessed: an answer is undecided, a claim unproven, a statement not in the language. Each bound
is a count, so that a verdict never depends on how busy the machine is.
"""

from __future__ import annotations

from fractions import Fraction

from redstar_geo.errors import RedStarError

DIGITS = 300
"""Characters of a number as it is written, and the size of its exponent: 1e300 is read, 1e301 is not."""

BITS = 4_096
"""Of the numerator, the denominator or the binary exponent of a value that is worked out."""

EXPRESSION = 600
"""Characters of an answer, or of an expression in a claim."""

STATEMENT = 4_000
"""Characters of a statement of the formal language."""

DEPTH = 40
"""Levels of brackets."""

OPERATIONS = 100
"""Operators in a row, each of which is a level of the tree as well."""

RESPONSE = 20_000
"""Characters after the thoughts in which an answer is looked for, counted from the end."""

TEXT = 100_000
"""Characters of a chain of thought whose claims are read, counted from its start."""

CLAIMS = 4_000
"""Claims of one text that are judged: what 100,000 characters of a usual narration hold, 55,000 of the densest."""

READINGS = 5_000
"""What these claims may mean together: ∠A + ∠B = ∠C means 27 things where three lines meet at each corner."""


class OutOfBounds(RedStarError):
    """More than is read; the message says of what, and how much is allowed."""


def fraction(text: str) -> Fraction:
    """The value of a number as it is written: `12`, `0.5`, `.5`, `3e8`.

    Raises:
        OutOfBounds: it has more than `DIGITS` characters, or an exponent beyond that.
    """
    if text.isdecimal() and len(text) <= DIGITS:  # most are whole
        return Fraction(int(text))
    mantissa, _, exponent = text.lower().partition("e")
    if len(text) > DIGITS or (exponent and abs(int(exponent)) > DIGITS):
        raise OutOfBounds(f"A number of {len(text)} characters, exponent {exponent or 0}; the limit is {DIGITS}.")
    return Fraction(mantissa.rstrip(".")) * Fraction(10) ** int(exponent or 0)
