"""The forked child, which turns into the program. All here that runs text, it runs behind every wall."""

import array
import atexit
import bisect
import builtins
import cmath
import collections
import contextlib
import copy
import dataclasses
import datetime
import decimal
import enum
import fractions
import functools
import gc
import heapq
import io
import itertools
import json
import marshal
import math
import operator
import os
import queue
import random
import re
import socket
import statistics
import string
import sys
import threading
import time
import traceback
import types
import typing
from importlib.machinery import SourceFileLoader

from . import examined, kernel

PROGRAM = "program.py"
HERE = __file__.rpartition("/")[0]

# What solutions written for sites that call a function find without an import.
MODULES: tuple[types.ModuleType, ...] = (array, bisect, cmath, collections, copy, dataclasses, datetime, decimal)
MODULES += (enum, fractions, functools, heapq, io, itertools, json, math, operator, os, queue, random, re)
MODULES += (statistics, string, sys, time, typing)


def become_program(job: dict, files: list[int], starting: int, syscalls: bytes | None) -> None:
    mode, channel = job["mode"], -1
    try:
        program = files[0]
        for standard, file in enumerate(files[1:]):
            os.dup2(file, standard)
        if mode == "script":
            mode, channel = part()
        else:
            channel = os.dup(1)
        kernel.close_all_but(0, 1, 2, program, channel, starting)
        confine(job, syscalls)
        if mode != "answer_calls":
            os.write(starting, b"ready")
    finally:
        problem = sys.exc_info()[1]
        if problem is not None:
            os.write(starting, "".join(traceback.format_exception(problem)).encode()[-4000:])
            os._exit(1)
    os.close(starting)
    sys.modules["__main__"] = types.ModuleType("__main__")
    try:
        MODES[mode](job, program, channel)
    finally:
        leave()


def part() -> tuple[str, int]:
    """Two processes out of one: that of the script, which is the first of its namespace, and the program's."""
    ours, theirs = socket.socketpair()
    if os.fork():
        return "examine", ours.detach()
    return "answer_calls", theirs.detach()


def confine(job: dict, syscalls: bytes | None) -> None:
    os.setsid()  # a signal to the process group reaches through every namespace
    kernel.limit(job, confined=syscalls is not None)
    if syscalls is not None:
        os.chdir("/tmp")
        kernel.give_up_power(syscalls)


def compile_python(job: dict, program: int, answer: int) -> None:
    code = SourceFileLoader("__main__", PROGRAM).source_to_code(contents(program), PROGRAM)
    with open(answer, "wb") as file:
        file.write(marshal.dumps(code))


def compile_cpp(job: dict, program: int, answer: int) -> None:
    os.lseek(program, 0, os.SEEK_SET)
    os.dup2(program, 0)
    command = ["/usr/bin/g++", "-O2", "-std=c++17", "-static", "-x", "c++", "-", "-o", "program"]
    status = os.waitpid(os.posix_spawn(command[0], command, {"PATH": "/usr/bin:/bin"}), 0)[1]
    if status:
        sys.exit(1)
    with open(answer, "wb") as file:
        file.write(contents(os.open("program", os.O_RDONLY)))


def run_binary(job: dict, program: int, answer: int) -> None:
    os.close(answer)
    os.set_inheritable(program, False)
    os.execve(program, ["program"], {})


def run_python(job: dict, program: int, answer: int) -> None:
    os.close(answer)
    run_main(loaded(program))


def call_function(job: dict, program: int, answer: int) -> None:
    """The value of the function, or of the method of class Solution, as JSON; what it prints joins its errors."""
    arguments = json.loads(contents(0))
    silence()
    namespace = run_main(loaded(program), known_but(job["fn_name"]))
    name, owner = job["fn_name"], namespace.get("Solution")
    function = getattr(owner(), name) if owner is not None and hasattr(owner, name) else namespace[name]
    text = json.dumps(function(*arguments), default=list)
    with open(answer, "w") as file:
        file.write(text)


def answer_calls(job: dict, program: int, channel: int) -> None:
    silence()
    given = known_but(job["fn_name"])
    namespace = run_main(loaded(program), given)
    examined.serve(channel, {name: value for name, value in namespace.items() if given.get(name) is not value})


def examine(job: dict, program: int, channel: int) -> None:
    script = SourceFileLoader("__main__", PROGRAM).source_to_code(contents(0), "tests.py")
    silence()
    os.close(program)
    try:
        with examined.Program(channel) as other:
            namespace = run_main(script, known_but(job["fn_name"]) | other.names())
            if "check" in namespace:
                namespace["check"](namespace[job["fn_name"]])
    except AssertionError:
        traceback.print_exc()
        sys.exit(examined.WRONG)
    finally:
        os.wait()  # so that the time of the program's process counts


def silence() -> None:
    """No input, and what is printed joins the errors."""
    os.dup2(os.open("/dev/null", os.O_RDONLY), 0)
    os.dup2(2, 1)


def known_but(name: str) -> dict:
    """What a function may use unasked, without what could stand in for the function itself."""
    names = {module.__name__: module for module in MODULES}
    for module in MODULES:
        names |= {key: value for key, value in vars(module).items() if is_offered(key)}
    return {key: value for key, value in names.items() if key != name}


def is_offered(name: str) -> bool:
    return not name.startswith("_") and name not in vars(builtins)


def loaded(program: int) -> types.CodeType:
    code = marshal.loads(contents(program))
    os.close(program)
    return code


def contents(file: int) -> bytes:
    os.lseek(file, 0, os.SEEK_SET)
    with open(file, "rb", closefd=False) as opened:
        return opened.read()


def run_main(code: types.CodeType, known: dict | None = None) -> dict:
    """Run a compiled program as the main module, with standard streams of its own; its names afterwards."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        stream = standard_stream(number)
        vars(sys).update({name: stream, f"__{name}__": stream})
    sys.argv = [PROGRAM]
    namespace = vars(sys.modules["__main__"])
    namespace.update(known or {}, __builtins__=builtins, __name__="__main__")
    types.FunctionType(code, namespace)()
    return namespace


def standard_stream(number: int) -> typing.IO:
    mode, buffering = ("w" if number else "r"), (1 if number == 2 else -1)
    errors = "backslashreplace" if number == 2 else "surrogateescape"
    return open(number, mode, buffering, encoding="utf-8", errors=errors, closefd=False)


def leave() -> typing.NoReturn:
    """Do what the interpreter does at its end, save for the milliseconds in which it puts its own modules away."""
    status = 120
    try:
        outcome = exit_status(sys.exc_info()[1])
        threading._shutdown()  # type: ignore[attr-defined]  # waits for threads that are no daemons
        atexit._run_exitfuncs()
        vars(sys.modules["__main__"]).clear()  # files that the program left open are written out
        gc.collect()
        for stream in (sys.stdout, sys.__stdout__, sys.stderr):
            with contextlib.suppress(ValueError, AttributeError):  # closed, or replaced by something else
                stream.flush()  # type: ignore[union-attr]
        status = outcome
    finally:
        os._exit(status)


def exit_status(error: BaseException | None) -> int:
    if error is None:
        return 0
    if not isinstance(error, SystemExit):
        trace = error.__traceback__
        while trace and trace.tb_frame.f_code.co_filename.startswith(HERE):
            trace = trace.tb_next
        traceback.print_exception(error.with_traceback(trace))
        return 1
    if error.code is None or isinstance(error.code, int):
        return (error.code or 0) & 0xFF
    print(error.code, file=sys.stderr)
    return 1


MODES = {
    "compile_python": compile_python,
    "compile_cpp": compile_cpp,
    "stdin": run_python,
    "binary": run_binary,
    "call": call_function,
    "examine": examine,
    "answer_calls": answer_calls,
}
