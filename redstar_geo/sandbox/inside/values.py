"""Values that leave a process as JSON: with their types for a script of tests, without for a checker."""

import json
from collections import deque
from collections.abc import Callable, Iterator
from decimal import Decimal
from fractions import Fraction
from typing import Any

EXACT = (type(None), bool, int, float, str)
_KINDS = {"tuple": tuple, "set": set, "frozenset": frozenset, "deque": deque, "iterator": Iterator}
_MADE_BY: dict[str, Callable] = _KINDS | {"iterator": iter}


def as_json(value: Any) -> str:
    """A value as what it would be in plain JSON: any collection as a list, any number as a number, any key as a text.

    Raises:
        TypeError: a value that is none of these.
    """
    try:
        return json.dumps(value, default=_simpler)
    except TypeError:  # the keys, perhaps, for which `default` is not asked
        return json.dumps(_with_plain_keys(value), default=_simpler)


def _simpler(value: Any) -> Any:
    if isinstance(value, bytes | bytearray):
        return value.decode(errors="backslashreplace")
    if isinstance(value, Decimal | Fraction):
        whole = value.is_finite() and value == int(value) if isinstance(value, Decimal) else value.denominator == 1
        return int(value) if whole else float(value)
    return list(value)


def _with_plain_keys(value: Any) -> Any:
    if isinstance(value, dict):
        return {key if isinstance(key, EXACT) else str(key): _with_plain_keys(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_with_plain_keys(item) for item in value]
    return value


def encode(value: Any) -> Any:
    """A value as JSON that `decode` makes the same value of. Subclasses go as what they derive from.

    Raises:
        TypeError: a value of another type.
    """
    if isinstance(value, EXACT):
        return value
    if isinstance(value, list):
        return [encode(item) for item in value]
    if isinstance(value, dict):
        return {"dict": [[encode(key), encode(item)] for key, item in value.items()]}
    if isinstance(value, complex):
        return {"complex": [value.real, value.imag]}
    if isinstance(value, bytes | bytearray):
        return {"bytes": list(value)}
    if isinstance(value, Decimal):
        return {"decimal": str(value)}
    if isinstance(value, Fraction):
        return {"fraction": [value.numerator, value.denominator]}
    if isinstance(value, range):
        return {"range": [value.start, value.stop, value.step]}
    for tag, kind in _KINDS.items():
        if isinstance(value, kind):
            return {tag: [encode(item) for item in value]}
    raise TypeError(f"a {type(value).__name__} cannot be handed over")


def decode(value: Any) -> Any:
    """The inverse of `encode`. Raises ValueError, KeyError, TypeError or ArithmeticError at anything else."""
    if isinstance(value, list):
        return [decode(item) for item in value]
    if not isinstance(value, dict):
        return value
    ((tag, parts),) = value.items()
    if tag == "dict":
        return {decode(key): decode(item) for key, item in parts}
    if tag == "bytes":
        return bytes(parts)
    if tag == "decimal":
        return Decimal(parts)
    if tag in ("complex", "fraction", "range"):
        return {"complex": complex, "fraction": Fraction, "range": range}[tag](*parts)
    return _MADE_BY[tag](decode(item) for item in parts)
