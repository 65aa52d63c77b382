"""The forked child, which turns into the program. All here that runs text, it runs behind every wall."""

import _thread
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
import signal
import site
import socket
import statistics
import string
import sys
import threading
import time
import traceback
import types
import typing
from collections.abc import Callable
from importlib.machinery import SourceFileLoader

from . import examined, kernel, values

PROGRAM = "program.py"
TESTS = "tests.py"
HERE = __file__.rpartition("/")[0]

site.setquit()  # `exit` and `quit`, which the interpreter has from `site` alone

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
            mode, channel = part(walled=syscalls is not None)
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
    try:
        MODES[mode](job, program, channel)
    finally:
        leave()


def part(walled: bool) -> tuple[str, int]:
    """Two processes out of one: that of the script, and the program's.

    Behind walls each is the first of its namespace, which cannot be killed from within: SIGKILL is no program's work.
    """
    ours, theirs = socket.socketpair()
    own = os.pidfd_open(os.getpid())
    if walled:
        kernel.call(kernel.libc.unshare, kernel.CLONE_NEWPID)
    if os.fork() == 0:
        return "answer_calls", theirs.detach()
    if walled:
        kernel.call(kernel.libc.setns, own, kernel.CLONE_NEWPID)  # what the script starts is of its own namespace
    return "examine", ours.detach()


def confine(job: dict, syscalls: bytes | None) -> None:
    os.setsid()  # a signal to the process group reaches through every namespace
    kernel.limit(job, confined=syscalls is not None)
    bound_thread_stacks((job["memory_mib"] << 20) // 2)
    if syscalls is not None:
        os.chdir("/tmp")
        kernel.give_up_power(syscalls)


def bound_thread_stacks(most: int) -> None:
    """Let a program ask for as large a stack as it likes, as it may where no address space is counted."""
    set_size = _thread.stack_size

    def stack_size(size: int = 0) -> int:
        return set_size(min(size, most))

    threading.stack_size = _thread.stack_size = stack_size


def compile_python(job: dict, program: int, answer: int) -> None:
    code = SourceFileLoader("__main__", PROGRAM).source_to_code(contents(program), PROGRAM)
    with open(answer, "wb") as file:
        file.write(marshal.dumps(code))


def compile_cpp(job: dict, program: int, answer: int) -> None:
    os.lseek(program, 0, os.SEEK_SET)
    os.dup2(program, 0)
    command = ["/usr/bin/g++", "-O2", "-std=c++17", "-static", "-fno-diagnostics-show-caret"]
    command += ["-x", "c++", "-", "-o", "program"]
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
    text = values.as_json(defined(program, job["fn_name"])(*arguments))
    with open(answer, "w") as file:
        file.write(text)


def answer_calls(job: dict, program: int, channel: int) -> None:
    silence()
    examined.serve(channel, defined(program, job["fn_name"]))


def defined(program: int, name: str) -> Callable:
    """The function of a program, or the method of its class Solution.

    Its main block is not run, and what else it does besides defining cannot fail it once the function is there: it has
    no input here to do it with.
    """
    namespace = start_module("program", known_but(name))
    try:
        types.FunctionType(loaded(program), namespace)()
    except (Exception, SystemExit):
        if function_in(namespace, name) is None:
            raise
        traceback.print_exc()
    function = function_in(namespace, name)
    if function is None:
        raise NameError(f"the program defines no {name}")
    return function


def function_in(namespace: dict, name: str) -> Callable | None:
    owner = namespace.get("Solution")
    return getattr(owner(), name) if isinstance(owner, type) and hasattr(owner, name) else namespace.get(name)


def examine(job: dict, program: int, channel: int) -> None:
    text, name = contents(0), job["fn_name"]
    silence()
    os.close(program)
    other = examined.Program(channel)
    try:
        with other:
            other.wait()
            script = SourceFileLoader("__main__", PROGRAM).source_to_code(text, TESTS)
            namespace = start_module("__main__", known_but(name) | {name: other.function})
            types.FunctionType(script, namespace)()
            check = namespace.get("check", other.function)
            if check != other.function:
                check(other.function)
    except AssertionError:
        traceback.print_exc()
        sys.exit(examined.WRONG)
    except (SyntaxError, NameError, ImportError):
        if other.failed:
            raise
        traceback.print_exc()
        sys.exit(examined.BROKEN)
    finally:
        ended = os.waitstatus_to_exitcode(os.wait()[1])  # so that the time of the program's process counts
        if other.failed and ended == -signal.SIGKILL and os.getpid() == 1:  # behind walls
            sys.exit(examined.KILLED)


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


def run_main(code: types.CodeType) -> None:
    types.FunctionType(code, start_module("__main__", {}))()


def start_module(name: str, known: dict) -> dict:
    """The names of a new module that takes the place of `__main__`, with standard streams of its own."""
    for number, stream_name in enumerate(("stdin", "stdout", "stderr")):
        stream = standard_stream(number)
        vars(sys).update({stream_name: stream, f"__{stream_name}__": stream})
    sys.argv = [PROGRAM]
    module = types.ModuleType(name)
    sys.modules[name] = sys.modules["__main__"] = module
    namespace = vars(module)
    namespace.update(known, __builtins__=builtins)
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
