"""Tests that are a script: it runs in one process and the program in another, behind the same walls.

Of the program the script has its one function, called over a socket with values as JSON. So what the script expects
never reaches the process of the program, no other name of the program stands in for one that the script uses, and only
the script's own end counts: a program that exits, prints or patches gains nothing.
"""

import builtins
import json
import socket
from collections.abc import Callable
from typing import Any, Self, TextIO

from .values import decode, encode

WRONG = 3  # exit status where an assertion of the script fails
BROKEN = 4  # where the script itself is at fault, whatever the program does
KILLED = 5  # where the process of the program was killed from outside

_BUILTIN_TYPES = {name: value for name, value in vars(builtins).items() if isinstance(value, type)}
_ERRORS = {name: kind for name, kind in _BUILTIN_TYPES.items() if issubclass(kind, Exception)}
for _name in ("StopIteration", "StopAsyncIteration"):  # they would end a loop of the script as if all were well
    _ERRORS[_name] = RuntimeError


def serve(channel: int, function: Callable) -> None:
    """In the program's process: answer calls until the script is done."""
    with socket.socket(fileno=channel) as connection, connection.makefile("rw") as stream:
        _send(stream, {"value": None})
        for line in stream:
            arguments, named = json.loads(line)
            _send(stream, _called(function, decode(arguments), decode(named)))


def _called(function: Callable, arguments: list, named: dict) -> dict:
    try:
        return {"value": encode(function(*arguments, **named))}
    except Exception as error:  # the program raises what it likes, and the script's tests are told
        known = [kind.__name__ for kind in type(error).__mro__ if kind in _ERRORS.values()]
        return {"error": known[0], "message": str(error)[:500]}


def _send(stream: TextIO, message: dict | list) -> None:
    stream.write(json.dumps(message) + "\n")
    stream.flush()


class Program:
    """In the script's process: the function of the program, each call of it a call to the other side.

    Attributes:
        failed: an error has come from the other side.
    """

    failed = False

    def __init__(self, channel: int) -> None:
        with socket.socket(fileno=channel) as connection:
            self._stream = connection.makefile("rw")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.close()

    def wait(self) -> None:
        """Until the program has defined its function."""
        self._answer()

    def function(self, *arguments: object, **named: object) -> Any:
        _send(self._stream, [encode(list(arguments)), encode(named)])
        return self._answer()

    def _answer(self) -> Any:
        try:
            return self._value(self._stream.readline())
        except BaseException:  # whatever it is goes on; only that it came from the other side is noted
            self.failed = True
            raise

    @staticmethod
    def _value(line: str) -> Any:
        if not line:
            raise RuntimeError("the program ended before its tests did")
        answer = json.loads(line)
        if "error" not in answer:
            return decode(answer["value"])
        raise _ERRORS.get(answer["error"], RuntimeError)(answer["message"])
