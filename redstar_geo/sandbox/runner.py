"""One run of one program behind the walls: what it put out and what it cost.

A `Worker` is a warm interpreter inside bubblewrap (`inside.py`) that forks for every run. Input and output are files in
memory, so that neither side can make the other wait. The kernel ends a worker with the thread that started it.
"""

from __future__ import annotations

import base64
import fcntl
import hashlib
import json
import os
import select
import signal
import socket
import subprocess
import tempfile
import time
from collections import OrderedDict
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Any, Literal, Self

from redstar_geo.errors import InputError
from redstar_geo.pool import killed
from redstar_geo.sandbox import isolation, seccomp
from redstar_geo.sandbox.inside.examined import BROKEN, KILLED, WRONG
from redstar_geo.sandbox.limits import Limits
from redstar_geo.sandbox.tests import Kind

Language = Literal["python", "cpp"]
Verdict = Literal["OK", "WA", "TLE", "MLE", "OLE", "RE", "CE", "SANDBOX_ERROR"]

OVERTIME = 1.5  # a program is stopped only here, to tell one that needs a little more from one that never ends
COMPILING = {
    "python": Limits(cpu_s=10, memory_mib=1024, output_mib=16),
    "cpp": Limits(cpu_s=30, wall_s=120, memory_mib=2048, processes=8, file_mib=64, output_mib=64),
}
_TAIL = 2000  # bytes of standard error kept
_KEPT_PROGRAMS = 2  # that of the tests under way and that of their checker
_START_S = 60.0
_LONGEST = 20  # wall limits, after which a program is given up that could not run for want of a processor
_GRACE_S = 10.0  # beyond that, which is the warm parent's to keep
_MESSAGE = 1 << 17
_ACCIDENTS = 4  # in a row before a run, or a sandbox at its start, is given up
_PAUSE_S = 0.5  # times their number: memory may be free by then
_GOING_S = 5.0  # for the end of a sandbox that has closed its socket
_ENDED_BY_OTHERS = {-signal.SIGKILL, -signal.SIGTERM, 128 + signal.SIGKILL, 128 + signal.SIGTERM}
_KILLED = "it was killed from outside: most often the system does so when memory runs short"
_OUT_OF_MEMORY = ("MemoryError", "bad_alloc", "Cannot allocate memory")
_SEALS = fcntl.F_SEAL_WRITE | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_SEAL


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one run ended. OK says that it ended by itself with exit 0, and nothing about what it put out; only a script
    of tests says WA.

    Attributes:
        stdout: standard output, or the JSON of the value returned; never more than the limit.
        stderr_tail: the end of standard error, and the signal that ended it; of SANDBOX_ERROR the cause.
        exit_status: as the shell's for exits, minus the signal's number where a signal ended it.
        accident: of SANDBOX_ERROR, that other processes ended it, again and again; later it may end otherwise.
    """

    verdict: Verdict
    stdout: bytes = b""
    stderr_tail: str = ""
    cpu_s: float = 0.0
    wall_s: float = 0.0
    memory_mib: float = 0.0
    exit_status: int | None = None
    accident: bool = False


class Worker:
    """A sandbox that runs one program at a time. Use it in the thread that made it, and close it.

    Args:
        unconfined: no walls at all, for programs that you trust.

    Raises:
        InputError: no bubblewrap, or the kernel does not let it build the walls.
        RedStarError: it was killed from outside at every start.
    """

    def __init__(self, *, unconfined: bool = False, toolchain: bool = False) -> None:
        self.isolation = isolation.UNCONFINED if unconfined else isolation.CONFINED
        self._unconfined, self._toolchain = unconfined, toolchain
        self._compiler: Worker | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._programs: OrderedDict[tuple[str, bytes], int | Outcome] = OrderedDict()
        self._start()

    def run(
        self,
        code: str,
        stdin: bytes | Iterable[bytes],
        *,
        kind: Kind = "stdin",
        fn_name: str | None = None,
        language: Language = "python",
        limits: Limits | None = None,
    ) -> Outcome:
        """Run a program once.

        Args:
            stdin: standard input, in parts if that saves memory; of `call` the JSON of the list of arguments; of
                `script` the script.
            fn_name: the function, or method of class Solution, that is called, or handed to the script's `check`.

        Raises:
            InputError: tests that call a function, and a program in C++.
        """
        if language == "cpp" and kind != "stdin":
            raise InputError(f"Tests of kind {kind} call Python functions; the program is C++. Use kind stdin.")
        program = self.compile(code, language)
        if isinstance(program, Outcome):
            return program
        mode = "binary" if language == "cpp" else kind
        return self._job(mode, program, stdin, limits or Limits(), fn_name or "")

    def compile(self, code: str, language: Language = "python") -> int | Outcome:
        """The file descriptor of the compiled program, or the outcome that says why there is none. Some are kept."""
        key = language, hashlib.sha256(code.encode(errors="surrogatepass")).digest()
        if key in self._programs:
            self._programs.move_to_end(key)
            return self._programs[key]
        program = self._compiled(code.encode(errors="replace"), language)
        if isinstance(program, Outcome) and program.verdict == "SANDBOX_ERROR":
            return program
        self._programs[key] = program
        if len(self._programs) > _KEPT_PROGRAMS:
            _, oldest = self._programs.popitem(last=False)
            if isinstance(oldest, int):
                os.close(oldest)
        return program

    def _compiled(self, code: bytes, language: Language) -> int | Outcome:
        worker = self
        if language == "cpp" and not isolation.has_compiler():
            return Outcome("SANDBOX_ERROR", stderr_tail="g++ is not installed. Type: sudo apt-get install g++")
        if language == "cpp" and not self._unconfined:
            worker = self._compiler = self._compiler or Worker(toolchain=True)
        source = _memory_file("source", code)
        try:
            outcome = worker._job(f"compile_{language}", source, b"", COMPILING[language])
        finally:
            os.close(source)
        if outcome.verdict == "SANDBOX_ERROR":
            return outcome
        if outcome.verdict != "OK" or not outcome.stdout:
            return Outcome("CE", stderr_tail=outcome.stderr_tail or outcome.verdict, cpu_s=outcome.cpu_s)
        return _memory_file("program", outcome.stdout)

    def _job(
        self, mode: str, program: int, stdin: bytes | Iterable[bytes], limits: Limits, fn_name: str = ""
    ) -> Outcome:
        """A run; one that other processes ended is tried again."""
        given = _memory_file("stdin", stdin)
        try:
            for accidents in range(_ACCIDENTS):
                time.sleep(_PAUSE_S * accidents)
                os.lseek(given, 0, os.SEEK_SET)
                outcome = self._tried(mode, program, given, limits, fn_name)
                if not outcome.accident:
                    break
            return outcome
        finally:
            os.close(given)

    def _tried(self, mode: str, program: int, stdin: int, limits: Limits, fn_name: str) -> Outcome:
        files = [program, stdin, _memory_file("stdout"), _memory_file("stderr")]
        try:
            report = self._ask(_request(mode, limits, fn_name), files, _LONGEST * limits.patience_s)
            return _outcome(mode, report, limits, *files[2:])
        finally:
            for file in files[2:]:
                os.close(file)

    def _ask(self, request: dict[str, Any], files: list[int], patience_s: float) -> dict[str, Any]:
        """The report on a job; where none comes, a fresh worker for the next and the problem as the report."""
        try:
            socket.send_fds(self._control, [json.dumps(request).encode()], files)
            report: dict[str, Any] = json.loads(self._answer(patience_s + _GRACE_S) or "{}")
        except OSError as error:
            report = {"problem": f"the sandbox is gone: {error}"}
        if "exit" not in report:
            problem = report.get("problem") or f"the sandbox ended: {self._output_tail()}"
            report = {"problem": problem, "killed": self._was_killed()}
            self._stop()
            self._start()
        return report

    def _answer(self, patience_s: float) -> bytes:
        if not select.select([self._control], [], [], patience_s)[0]:
            return b'{"problem": "the sandbox did not answer"}'
        return self._control.recv(_MESSAGE)

    def _start(self) -> None:
        for accidents in range(_ACCIDENTS):
            time.sleep(_PAUSE_S * accidents)
            greeting = self._started()
            if "python" in greeting:
                return
            message, by_others = greeting.get("problem") or self._output_tail(), self._was_killed()
            self._stop()
            if not by_others:
                raise isolation.failed(message)
        raise killed(1)

    def _started(self) -> dict[str, Any]:
        """What a new sandbox says of itself; nothing, if it came to its end before."""
        walls = [] if self._unconfined else isolation.walls(self._toolchain)
        filters = {} if self._unconfined else {int(fork): seccomp.bpf(may_fork=fork) for fork in (False, True)}
        setup = {
            "confined": not self._unconfined,
            "filters": {fork: base64.b64encode(syscalls).decode() for fork, syscalls in filters.items()},
        }
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._output = tempfile.TemporaryFile()  # noqa: SIM115  closed by _stop
        self._folder = tempfile.TemporaryDirectory(prefix="redstar-geo-") if self._unconfined else None
        with theirs:
            self._process = subprocess.Popen(
                [*walls, *isolation.interpreter(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=self._output,
                stderr=self._output,
                env=isolation.environment(self._unconfined),
                cwd=self._folder.name if self._folder else "/",
                start_new_session=True,  # an interrupt from the keyboard is the judge's alone
            )
        try:
            self._control.send(json.dumps(setup).encode())
            greeting: dict[str, Any] = json.loads(self._answer(_START_S) or "{}")
        except OSError:
            return {}
        return greeting

    def _output_tail(self) -> str:
        self._output.seek(0)
        return self._output.read().decode(errors="replace")[-_TAIL:].strip()

    def _was_killed(self) -> bool:
        """Whether other processes ended the sandbox, which has closed its socket."""
        assert self._process is not None
        with suppress(subprocess.TimeoutExpired):
            return self._process.wait(_GOING_S) in _ENDED_BY_OTHERS
        return False

    def _stop(self) -> None:
        if self._process is None:
            return
        self._control.close()
        self._process.kill()
        self._process.wait()
        self._process = None
        self._output.close()
        if self._folder:
            self._folder.cleanup()

    def close(self) -> None:
        """End the sandbox and everything in it."""
        self._stop()
        for program in self._programs.values():
            if isinstance(program, int):
                os.close(program)
        self._programs.clear()
        if self._compiler:
            self._compiler.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __del__(self) -> None:
        self.close()


def _request(mode: str, limits: Limits, fn_name: str) -> dict[str, Any]:
    return asdict(limits) | {
        "mode": mode,
        "fn_name": fn_name,
        "cpu_s": OVERTIME * limits.cpu_s,
        "wall_s": limits.patience_s,
        "longest_s": _LONGEST * limits.patience_s,
        "file_bytes": (max(limits.output_mib, limits.file_mib) << 20) + 1,
    }


def _outcome(mode: str, report: dict[str, Any], limits: Limits, stdout: int, stderr: int) -> Outcome:
    if report["problem"] is not None:
        return Outcome("SANDBOX_ERROR", stderr_tail=report["problem"][-_TAIL:], accident=report["killed"])
    in_script = mode == "script" and report["exit"] == KILLED
    if (report["killed"] or in_script) and report["cpu_s"] <= limits.cpu_s:  # else the kernel did it, at its limit
        return Outcome("SANDBOX_ERROR", stderr_tail=_KILLED, accident=True)
    size, errors = os.fstat(stdout).st_size, os.fstat(stderr).st_size
    tail = os.pread(stderr, _TAIL, max(0, errors - _TAIL)).decode(errors="replace")
    ended: int = report["exit"]
    if ended < 0:
        tail = f"{tail}\nended by signal {-ended}: {signal.strsignal(-ended)}".strip()
    verdict: Verdict = "OK" if ended == 0 else "RE"
    if mode == "script" and ended in (WRONG, BROKEN):
        verdict = "WA" if ended == WRONG else "SANDBOX_ERROR"
    # What ended it names the verdict; one that came to another end within the overtime is only then called late.
    late = report["cpu_s"] > limits.cpu_s
    if report["stopped"] or (late and (in_script or ended in (-signal.SIGKILL, -signal.SIGXCPU))):
        verdict = "TLE"
    elif size > limits.output_mib << 20:
        verdict = "OLE"
    elif ended != 0 and (report["memory_mib"] > 0.9 * limits.memory_mib or _names_memory(tail)):
        verdict = "MLE"
    elif late:
        verdict = "TLE"
    return Outcome(
        verdict=verdict,
        stdout=_read(stdout, size) if verdict == "OK" else b"",
        stderr_tail=tail,
        cpu_s=report["cpu_s"],
        wall_s=report["wall_s"],
        memory_mib=report["memory_mib"],
        exit_status=ended,
    )


def _names_memory(errors: str) -> bool:
    last = errors.strip().splitlines()[-3:]
    return any(name in line for line in last for name in _OUT_OF_MEMORY)


def _read(file: int, size: int) -> bytes:
    os.lseek(file, 0, os.SEEK_SET)
    with open(file, "rb", closefd=False) as opened:
        return opened.read(size)


def _memory_file(name: str, content: bytes | Iterable[bytes] | None = None) -> int:
    """A file without a place; with content it can no longer be changed."""
    if content is None:
        return os.memfd_create(name)
    file = os.memfd_create(name, os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    with open(file, "wb", closefd=False) as opened:
        opened.writelines([content] if isinstance(content, bytes) else content)
    os.lseek(file, 0, os.SEEK_SET)
    fcntl.fcntl(file, fcntl.F_ADD_SEALS, _SEALS)
    return file
