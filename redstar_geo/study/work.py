"""Tasks at work: each a process of its own, that leaves its recipe, its output and how it ended beside its folder.

    STUDY/STAGE/KEY/  KEY.yaml  KEY.log  KEY.json

A task's process inherits a lock. When the study is killed its processes may go on; the next start waits for them
instead of working beside them.
"""

from __future__ import annotations

import fcntl
import os
import shlex
import subprocess
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

from pydantic import TypeAdapter, ValidationError

from redstar_geo.errors import InputError
from redstar_geo.progress import tell
from redstar_geo.recipe import written
from redstar_geo.run import read_json, write_json, write_text
from redstar_geo.study.plan import Task

_LOOK_AGAIN_S = 0.5
_NOT_STARTED = 127  # as a shell says
_TOLD = 600  # characters of a failed task's output


@dataclass(frozen=True)
class State:
    """How far a task is: `attempts` begun, `seconds` of the one that ended it, and why the last one failed, if so."""

    attempts: int = 0
    seconds: float | None = None
    finished: bool = False
    failure: str | None = None


class Workshop:
    """Does tasks, from any thread, each once. `stop` ends those at work and lets no other begin.

    Args:
        threads: of computing that each process may use; None leaves it to the process.
    """

    def __init__(self, threads: int | None, say: Callable[[str], None]) -> None:
        self.environment = dict(os.environ) | ({"OMP_NUM_THREADS": str(threads)} if threads else {})
        self.say = say
        self.stopped = threading.Event()
        self._at_work: set[subprocess.Popen[bytes]] = set()
        self._ended: dict[str, State] = {}
        self._turns: dict[str, threading.Lock] = defaultdict(threading.Lock)

    def do(self, task: Task) -> State:
        """The task's state after it was done, or had been; one that failed before is tried once more."""
        with self._turns[task.key]:
            if task.key not in self._ended:
                state = read_state(task)
                self._ended[task.key] = state if state.finished else self._run(task, state)
            return self._ended[task.key]

    def stop(self) -> None:
        """SIGTERM to all processes: a training leaves a checkpoint."""
        self.stopped.set()
        for process in list(self._at_work):
            process.terminate()

    def _run(self, task: Task, before: State) -> State:
        beside = _beside(task)
        task.folder.parent.mkdir(parents=True, exist_ok=True)
        with beside("lock").open("w") as lock:
            if not self._locked(lock, task):
                return before
            write_text(beside("yaml"), written(task.values))
            begun = State(before.attempts + 1)
            write_json(beside("json"), asdict(begun))
            started = time.monotonic()
            with beside("log").open("ab") as log:
                code = self._process(task, lock, log)
            if self.stopped.is_set() and code:
                return begun
            seconds = round(time.monotonic() - started, 1)
            failure = _failure(code, beside("log")) if code else None
            ended = State(begun.attempts, seconds, not code, failure)
            write_json(beside("json"), asdict(ended))
            return ended

    def _locked(self, lock: IO[str], task: Task) -> bool:
        """Wait for the lock, which lives as long as any process has the file open; False if the study was stopped."""
        said = False
        while not self.stopped.is_set():
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return True
            except BlockingIOError:
                if not said:
                    self.say(f"{task.stage} {task.key} is still at work: waiting")
                said = True
                self.stopped.wait(_LOOK_AGAIN_S)
        return False

    def _process(self, task: Task, lock: IO[str], log: IO[bytes]) -> int:
        command = [
            *(task.launch or (sys.executable,)),
            "-m",
            "redstar_geo",
            task.verb,
            str(_beside(task)("yaml")),
            "-q",
        ]
        log.write(f"$ {shlex.join(command)}\n".encode())
        log.flush()
        try:
            process = subprocess.Popen(
                command,
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                env=self.environment,
                pass_fds=[lock.fileno()],
                start_new_session=True,  # Ctrl+C reaches the study alone, which ends them by SIGTERM, with a checkpoint
            )
        except OSError as error:
            log.write(f"{command[0]} cannot be started: {error.strerror}\n".encode())
            return _NOT_STARTED
        self._at_work.add(process)
        if self.stopped.is_set():  # asked for between the last look and now
            process.terminate()
        code = process.wait()
        self._at_work.discard(process)
        return code


def read_state(task: Task) -> State:
    """As the last process left it."""
    path = _beside(task)("json")
    if not path.is_file():
        return State()
    try:
        return TypeAdapter(State).validate_python(read_json(path, dict))
    except (ValidationError, InputError) as error:
        tell(f"{path} is not as it was written ({' '.join(str(error).split())[:200]}): the task is looked at again.")
        return State()


def _beside(task: Task) -> Callable[[str], Path]:
    """Extension → the task's file of that kind."""

    def path(extension: str) -> Path:
        return task.folder.with_name(f"{task.key}.{extension}")

    return path


def _failure(code: int, log: Path) -> str:
    """Why a process failed: the end of what it said."""
    text = log.read_text(encoding="utf-8", errors="replace")
    said = text[text.rindex("\n$ ") + 1 :] if "\n$ " in text else text
    return f"exit code {code}: {' '.join(said.partition(chr(10))[2][-_TOLD:].split())}"
