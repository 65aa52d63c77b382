"""Tests that are a script: it runs in one process and the program in another, behind the same walls.

The script calls the program's functions over a socket, values as JSON. So what the script expects never reaches the
process of the program, and only the script's own end counts: a program that exits, prints or patches gains nothing.
"""

import builtins
import json
import socket
from collections import deque
from collections.abc import Callable
from typing import Any, Self, TextIO

WRONG = 3  # exit status where an assertion of the script fails

_EXACT = (type(None), bool, int, float, str)
_BUILTIN_TYPES = {name: value for name, value in vars(builtins).items() if isinstance(value, type)}
_ERRORS = {name: kind for name, kind in _BUILTIN_TYPES.items() if issubclass(kind, Exception)}
_TAGGED = {"tuple": tuple, "set": set, "frozenset": frozenset, "deque": deque}


def encode(value: Any) -> Any:
    """A value as JSON. Subclasses go as what they derive from.

    Raises:
        TypeError: a value of another type.
    """
    if isinstance(value, _EXACT):
        return value
    if isinstance(value, list):
        return [encode(item) for item in value]
    if isinstance(value, dict):
        return {"dict": [[encode(key), encode(item)] for key, item in value.items()]}
    if isinstance(value, complex):
        return {"complex": [value.real, value.imag]}
    if isinstance(value, bytes | bytearray):
        return {"bytes": list(value)}
    for tag, kind in _TAGGED.items():
        if isinstance(value, kind):
            return {tag: [encode(item) for item in value]}
    raise TypeError(f"a {type(value).__name__} cannot be handed over")


def decode(value: Any) -> Any:
    """The inverse of `encode`. Raises ValueError, KeyError or TypeError at anything else."""
    if isinstance(value, list):
        return [decode(item) for item in value]
    if not isinstance(value, dict):
        return value
    ((tag, parts),) = value.items()
    if tag == "dict":
        return {decode(key): decode(item) for key, item in parts}
    if tag == "complex":
        return complex(*parts)
    if tag == "bytes":
        return bytes(parts)
    return _TAGGED[tag](decode(item) for item in parts)


def serve(channel: int, names: dict) -> None:
    """In the program's process: tell the names it defines, then answer calls until the script is done."""
    with socket.socket(fileno=channel) as connection, connection.makefile("rw") as stream:
        functions = [name for name, value in names.items() if callable(value)]
        constants = {name: encode(value) for name, value in names.items() if isinstance(value, _EXACT)}
        _send(stream, {"functions": functions, "constants": constants})
        for line in stream:
            name, arguments, named = json.loads(line)
            _send(stream, _called(names[name], decode(arguments), decode(named)))


def _called(function: Callable, arguments: list, named: dict) -> dict:
    try:
        return {"value": encode(function(*arguments, **named))}
    except tuple(set(_ERRORS.values()) - {Exception}) as error:  # others, of the program's own making, end it
        return {"error": type(error).__name__, "message": str(error)[:500]}


def _send(stream: TextIO, message: dict | list) -> None:
    stream.write(json.dumps(message) + "\n")
    stream.flush()


class Program:
    """In the script's process: the functions of the program, each a call to the other side."""

    def __init__(self, channel: int) -> None:
        with socket.socket(fileno=channel) as connection:
            self._stream = connection.makefile("rw")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.close()

    def names(self) -> dict:
        """What the script may use of the program's names: none that would stand in for a builtin."""
        told = self._receive()
        offered = {name: self._function(name) for name in told["functions"]}
        offered |= {name: decode(value) for name, value in told["constants"].items()}
        return {name: value for name, value in offered.items() if name not in vars(builtins)}

    def _function(self, name: str) -> Callable:
        def function(*arguments: object, **named: object) -> object:
            _send(self._stream, [name, encode(list(arguments)), encode(named)])
            answer = self._receive()
            if "value" in answer:
                return decode(answer["value"])
            raise _ERRORS.get(answer["error"], RuntimeError)(answer["message"])

        function.__name__ = name
        return function

    def _receive(self) -> dict:
        line = self._stream.readline()
        if not line:
            raise RuntimeError("the program ended before its tests did")
        return json.loads(line)
