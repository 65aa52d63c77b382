"""The walls, the limits and the verdicts: what one run leaves to the next, and what a kill leaves on the machine."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import pytest

from redstar_geo.errors import InputError
from redstar_geo.pool import Killed
from redstar_geo.sandbox import Case, Limits, Submission, Tests, judge, judge_many
from redstar_geo.sandbox.file import judge_file
from redstar_geo.sandbox.judge import _in_the_crowd
from redstar_geo.sandbox.runner import Outcome, Worker, _outcome
from redstar_geo.sandbox.seccomp import bpf
from tests.killing import kill

ROOT = Path(__file__).resolve().parents[2]
SUM = Tests("stdin", (Case("1 2\n", "3\n"), Case("5 6\n", "11\n"), Case("-1 1\n", "0\n")))
HONEST = "print(sum(map(int, input().split())))"
CPP_SUM = "#include <iostream>\nint main() { long a, b; std::cin >> a >> b; std::cout << a + b << '\\n'; }"
needs_cpp = pytest.mark.skipif(shutil.which("g++") is None, reason="g++ is not installed")


@pytest.fixture
def worker() -> Iterator[Worker]:  # of each test its own: one of them kills every sandbox of this process
    with Worker() as made:
        yield made


@pytest.mark.parametrize(
    ("code", "verdict", "first_failure"),
    [
        (HONEST, "AC", None),
        ("a, b = map(int, input().split())\nprint(a + b if a < 5 else a)", "WA", 1),
        ("a, b = map(int, input().split())\nprint(a + b if a > 0 else 1 // 0)", "RE", 2),
        ("while int(input().split()[0]) != 5: print(3); break\nelse:\n    while True: pass", "TLE", 1),
        ("x = [0] * (1 << 40)", "MLE", 0),
        ("print('x' * (5 << 20))", "OLE", 0),
        ("print(", "CE", None),
        ("import sys\nsys.exit('no')", "RE", 0),
    ],
)
def test_verdict_and_first_failing_test(code: str, verdict: str, first_failure: int | None) -> None:
    judgement = judge(code, SUM, limits=Limits(cpu_s=0.3, output_mib=4))
    assert (judgement.verdict, judgement.first_failure) == (verdict, first_failure)


def test_all_tests_run_where_that_is_asked_for() -> None:
    judgement = judge("print(3)", SUM, stop_at_first=False)
    assert judgement.verdicts == ("AC", "WA", "WA")
    assert judge("print(3)", SUM).verdicts == ("AC", "WA")


@needs_cpp
def test_cpp_is_compiled_and_judged() -> None:
    assert judge(CPP_SUM, SUM, language="cpp").verdict == "AC"
    assert judge(CPP_SUM.replace("+", "-"), SUM, language="cpp").verdict == "WA"
    broken = judge("int main() { return x; }", SUM, language="cpp")
    assert broken.verdict == "CE" and "x" in broken.reason
    assert judge("int main() { int* p = 0; return *p = 1; }", SUM, language="cpp").verdict == "RE"
    with pytest.raises(InputError, match="kind call"):
        judge(CPP_SUM, Tests("call", (Case("[1]", "1"),), fn_name="f", checker="exact"), language="cpp")


@pytest.mark.parametrize(
    ("code", "verdict"),
    [
        ("def add(a, b):\n    print('noise')\n    return a + b", "AC"),
        (
            "class Solution:\n    def add(self, a: int, b: List[int]):\n        return reduce(operator.add, [a, b])",
            "AC",
        ),
        ("def add(a, b): return a - b", "WA"),
        ("def sub(a, b): return a + b", "RE"),
        ("def add(a, b): return object()", "RE"),
        ("def add(a, b): return [a + b]", "WA"),
    ],
)
def test_a_function_is_judged_by_its_value(code: str, verdict: str) -> None:
    tests = Tests("call", (Case("[1, 2]", "3"), Case("[5, 6]", "11")), fn_name="add", checker="exact")
    assert judge(code, tests).verdict == verdict


@pytest.mark.parametrize(
    ("code", "verdict"),
    [
        ("def twice(x): return double(x)\ndef double(x): return x * 2", "AC"),
        ("def twice(x): return x, x", "WA"),
        ("def twice(x): return list(x * 2)", "WA"),
        ("def twice(x):\n    if isinstance(x, int) and x < 0: raise KeyError(x)\n    return x * 2", "RE"),
    ],
)
def test_a_script_calls_the_program_from_its_own_process(code: str, verdict: str) -> None:
    script = """
def check(candidate):
    assert candidate((1, 2)) == (1, 2, 1, 2)
    assert candidate(2) == twice(2) == 4
    assert candidate(1j) == 2j and candidate("a") == "aa"
    assert candidate(-3) == -6
"""
    assert judge(code, Tests("script", fn_name="twice", script=script)).verdict == verdict


def test_large_output_and_long_input_pass_without_waiting(worker: Worker) -> None:
    lines = b"".join(b"%d\n" % number for number in range(100_000))
    outcome = worker.run("import sys\nprint(sum(map(int, sys.stdin)))", lines)
    assert outcome.stdout == b"4999950000\n"
    loud = "import sys\nfor _ in range(150):\n    sys.stdout.write('x' * (1 << 20))\nprint(len(sys.stdin.read()))"
    outcome = worker.run(loud, lines, limits=Limits(output_mib=151))
    assert (outcome.verdict, len(outcome.stdout)) == ("OK", (150 << 20) + len(f"{len(lines)}\n"))
    outcome = worker.run(loud, lines, limits=Limits(output_mib=149))
    assert (outcome.verdict, outcome.stdout) == ("OLE", b"")


@pytest.mark.parametrize(
    ("code", "printed"),
    [
        ("f = open(1, 'w')\nf.write('left open')", b"left open"),
        ("import sys, io, atexit\nsys.stdout = io.StringIO()\n"
         "atexit.register(lambda: sys.__stdout__.write(sys.stdout.getvalue()))\nprint('at exit')", b"at exit\n"),
        ("import threading, time\nthreading.Timer(0.05, print, ('late',)).start()", b"late\n"),
        ("import sys\nprint('before')\nsys.exit()", b"before\n"),
        ("import sys\nsys.stdout.close()", b""),
        ("import os, sys\nprint(sys.argv, __name__, os.getcwd())", b"['program.py'] __main__ /tmp\n"),
        ("import pickle\nclass A: pass\nprint(type(pickle.loads(pickle.dumps(A()))).__name__)", b"A\n"),
        ("print(input())\nprint(open(0).read(), end='')", b"\xc3\xa9\nrest\n"),
        ("import sys\nsys.setrecursionlimit(10**6)\nf = lambda n: n and 1 + f(n - 1)\nprint(f(10**5))", b"100000\n"),
        ("import threading\nthreading.stack_size(1 << 27)\nthreading.Thread(target=print, args=(1,)).start()", b"1\n"),
    ],
)  # fmt: skip
def test_a_program_runs_as_under_a_fresh_interpreter(code: str, printed: bytes, worker: Worker) -> None:
    given = "é\nrest\n".encode() if "open(0)" not in code else "é\n".encode()
    printed = printed if "open(0)" not in code else "é\n".encode()
    outcome = worker.run(code, given)
    assert (outcome.verdict, outcome.stdout) == ("OK", printed), outcome


def test_nothing_passes_from_run_to_run(worker: Worker) -> None:
    mark = """
import builtins, json, os, sys, random
seen = [os.listdir("/tmp"), hasattr(builtins, "mark"), hasattr(json, "mark"), "mark" in sys.modules, dict(os.environ)]
print(json.dumps(seen))
open("/tmp/mark", "w").write("x")
builtins.mark = json.mark = 1
sys.modules["mark"] = sys
os.environ["MARK"] = "1"
sys.setrecursionlimit(99)
if os.fork() == 0:
    import time
    time.sleep(100)
"""
    for _ in range(3):
        outcome = worker.run(mark, b"", limits=Limits(processes=4, wall_s=90))
        assert outcome.verdict == "OK", "the run waited for a process that was left behind"
        assert json.loads(outcome.stdout) == [[], False, False, False, {}]


def test_a_run_is_the_same_in_every_worker() -> None:
    code = "print({str(n) for n in range(50)})"
    with Worker() as one, Worker() as other:
        assert one.run(code, b"").stdout == other.run(code, b"").stdout


def test_many_are_judged_in_their_order_and_leave_nothing() -> None:
    judge(HONEST, SUM)
    before = len(psutil.Process().children(recursive=True)), psutil.Process().num_fds()
    codes = ["import time\ntime.sleep(0.2)\n" + HONEST, "print(3)", HONEST, "print("] * 3
    verdicts = [judgement.verdict for judgement in judge_many((Submission(code, SUM) for code in codes), workers=2)]
    assert verdicts == ["AC", "WA", "AC", "CE"] * 3
    assert (len(psutil.Process().children(recursive=True)), psutil.Process().num_fds()) == before


def test_no_file_descriptor_is_lost(worker: Worker) -> None:
    before = psutil.Process().num_fds()
    kept = 16  # compiled programs
    for number in range(60):
        worker.run(f"print({number})", b"")
    assert psutil.Process().num_fds() <= before + kept


def test_a_judge_killed_with_9_leaves_nothing_behind(tmp_path: Path) -> None:
    code = """
from redstar_geo.sandbox.runner import Worker
from redstar_geo.sandbox import Limits
worker = Worker()
print("up", flush=True)
worker.run("while True: pass", b"", limits=Limits(cpu_s=60))
"""
    killed = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, cwd=ROOT, env=os.environ | {"TMPDIR": str(tmp_path)}
    )
    family: list[psutil.Process] = []

    def begun() -> bool:
        family[:] = psutil.Process(killed.pid).children(recursive=True)
        return len(family) >= 4  # the walls, the interpreter and the program that never ends

    with killed:
        assert killed.stdout and killed.stdout.readline() == b"up\n"
        kill(killed, begun=begun)
    psutil.wait_procs(family)
    assert list(tmp_path.iterdir()) == []


def test_a_killed_sandbox_costs_one_run_at_most() -> None:
    assert judge(HONEST, SUM).verdict == "AC"
    sandboxes = [child for child in psutil.Process().children() if child.name() == "bwrap" and child.is_running()]
    assert sandboxes
    for sandbox in sandboxes:
        sandbox.kill()
    assert judge(HONEST, SUM).verdict == "AC"


def killing(times: int) -> threading.Thread:
    """A thread that kills the program in the sandbox, once it works, so many times."""

    def works() -> psutil.Process | None:
        with suppress(psutil.NoSuchProcess):  # a sandbox has ended
            for process in psutil.Process().children(recursive=True):
                with suppress(OSError, psutil.NoSuchProcess):
                    status = Path(f"/proc/{process.pid}/status").read_text()
                    namespaces = status.partition("NSpid:")[2].partition("\n")[0].split()
                    own = len(namespaces) >= 4  # behind the walls' and the parent's; a script's program has one more
                    if own and sum(process.cpu_times()[:2]) >= 0.3:
                        return process
        return None

    def run() -> None:
        for _ in range(times):
            while (found := works()) is None:
                time.sleep(0.01)
            found.kill()
            psutil.wait_procs([found])

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return thread


SLOW = "import time\nwhile time.process_time() < 1: pass\n"
SLOW_FUNCTION = f"def f():\n    {SLOW.replace(chr(10), chr(10) + '    ')}\n    return 1"
ONE = (Case("", "1\n"),)
CHECKED = Tests("stdin", ONE, checker="program", checker_code=SLOW)
SCRIPT = Tests("script", fn_name="f", script="def check(f):\n    assert f() == 1")


@pytest.mark.parametrize(
    ("code", "tests", "kills", "verdict"),
    [
        (f"{SLOW}print(1)", Tests("stdin", ONE), 1, "AC"),
        pytest.param(f"{SLOW}print(1)", Tests("stdin", ONE), 3, "AC", marks=pytest.mark.long),
        pytest.param(f"{SLOW}print(1)", Tests("stdin", ONE), 4, "SANDBOX_ERROR", marks=pytest.mark.long),
        (SLOW_FUNCTION, SCRIPT, 2, "AC"),
        pytest.param(SLOW_FUNCTION, SCRIPT, 4, "SANDBOX_ERROR", marks=pytest.mark.long),
        ("print(1)", CHECKED, 1, "AC"),
        pytest.param("print(1)", CHECKED, 4, "SANDBOX_ERROR", marks=pytest.mark.long),
    ],
)
def test_a_program_killed_from_outside_has_no_verdict_by_that(
    code: str, tests: Tests, kills: int, verdict: str
) -> None:
    assert judge("print(1)", Tests("stdin", ONE)).verdict == "AC"
    killer = killing(kills)
    judgement = judge(code, tests, limits=Limits(cpu_s=10))
    assert (judgement.verdict, judgement.accident) == (verdict, verdict == "SANDBOX_ERROR")
    killer.join()


def test_of_a_program_killed_again_and_again_a_file_of_verdicts_has_no_row(tmp_path: Path) -> None:
    programs, out = tmp_path / "programs.jsonl", tmp_path / "out.jsonl"
    line = {"code": f"{SLOW}print(1)", "tests": {"kind": "stdin", "cases": [{"input": "", "expected": "1"}]}}
    programs.write_text(f"{json.dumps(line | {'code': 'print(1)'})}\n{json.dumps(line)}\n")
    killer = killing(4)
    with pytest.raises(Killed, match="same command goes on"):
        judge_file(programs, out)
    killer.join()
    assert len(out.read_text().splitlines()) == 1
    assert judge_file(programs, out).counts == {"AC": 2}


@pytest.mark.parametrize("kills", [2, 4])
def test_a_sandbox_killed_at_its_start_starts_again(kills: int, monkeypatch: pytest.MonkeyPatch) -> None:
    begun = subprocess.Popen

    def killed_at_once(*command: Any, **options: Any) -> Any:
        nonlocal kills
        process = begun(*command, **options)
        if kills and command[0][0].endswith("bwrap"):
            kills -= 1
            process.send_signal(signal.SIGSTOP)  # what it starts before it asks to die with it would live on
            for child in psutil.Process(process.pid).children(recursive=True):
                child.kill()
            process.kill()
        return process

    with monkeypatch.context() as patch:
        patch.setattr("redstar_geo.sandbox.runner.subprocess.Popen", killed_at_once)
        if kills == 4:
            with pytest.raises(Killed):
                Worker()
        else:
            with Worker() as worker:
                assert worker.run("print(1)", b"").stdout == b"1\n"
    assert kills == 0


@pytest.mark.parametrize(
    ("code", "tests"),
    [
        ("import resource\nresource.setrlimit(resource.RLIMIT_CPU, (1, 1))\nwhile True: pass", Tests("stdin", ONE)),
        (
            "import os\ndef f():\n    os.kill(os.getpid(), 9)\n    return 0",
            SCRIPT,
        ),
        ("import os\ndef f():\n    os.abort()", SCRIPT),
    ],
)
def test_a_program_cannot_have_itself_killed_as_others_can(code: str, tests: Tests) -> None:
    assert judge(code, tests, limits=Limits(cpu_s=3)).verdict in ("RE", "WA")


def test_a_script_may_start_threads_and_processes_beside_the_program() -> None:
    code = "def f(): return 1"
    script = """
import threading, os
def check(f):
    thread = threading.Thread(target=print)
    thread.start()
    thread.join()
    child = os.fork()
    if child == 0:
        os._exit(7)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
    assert f() == 1
"""
    assert judge(code, Tests("script", fn_name="f", script=script), limits=Limits(processes=4)).verdict == "AC"


def test_a_fork_of_the_judge_has_a_sandbox_of_its_own() -> None:
    assert judge(HONEST, SUM).verdict == "AC"
    child = os.fork()
    if child == 0:
        os._exit(0 if judge(HONEST, SUM).verdict == "AC" else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert judge(HONEST, SUM).verdict == "AC"


def test_without_bubblewrap_nothing_runs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(InputError, match="apt-get install bubblewrap"):
        Worker()


def test_unconfined_only_where_asked_for_and_said_so() -> None:
    judgement = judge(HONEST, SUM, unconfined=True)
    assert (judgement.verdict, judgement.isolation) == ("AC", "NONE: programs are trusted (rlimits only)")
    assert judge(HONEST, SUM).isolation == "bubblewrap+namespaces+seccomp+rlimits"


@pytest.mark.skipif(os.getuid() != 0, reason="this run is an ordinary user's already")
def test_it_works_for_an_ordinary_user() -> None:
    import pyseccomp

    python = shutil.which("python3", path="/usr/bin")
    paths = os.pathsep.join([str(ROOT), str(Path(pyseccomp.__file__).parent)])
    program = "import os; print(os.getuid())"
    code = f"from redstar_geo.sandbox.runner import Worker; print(Worker().run({program!r}, b'').stdout)"
    probe = [python or "python3", "-c", "import pyseccomp, redstar_geo.sandbox.limits"]
    user = {"user": 65534, "group": 65534, "extra_groups": [], "env": {"PYTHONPATH": paths}, "capture_output": True}
    if subprocess.run(probe, **user).returncode:  # type: ignore[call-overload]
        pytest.skip("the user nobody can read no Python here")
    namespaces = subprocess.run(["unshare", "-U", "true"], **user)  # type: ignore[call-overload]
    if namespaces.returncode:
        pytest.skip("this kernel gives ordinary users no namespaces")
    ran = subprocess.run([python, "-c", code], **user)  # type: ignore[call-overload]
    assert ran.stdout == b"b'65534\\n'\n", ran.stderr


def outcomes(*kinds: Outcome) -> Iterator[Outcome]:
    return iter(kinds)


def test_a_near_miss_beside_others_is_tried_once_more_alone() -> None:
    late, right = Outcome("TLE", cpu_s=1.2, exit_status=0), Outcome("OK", cpu_s=0.9, exit_status=0)
    stopped = Outcome("TLE", cpu_s=0.6, exit_status=-9)
    release = threading.Event()
    started = threading.Event()

    def beside() -> Outcome:
        started.set()
        release.wait()
        return right

    for first, final in ((late, right), (stopped, stopped)):
        release.clear()
        started.clear()
        other = threading.Thread(target=_in_the_crowd, args=(beside,))
        other.start()
        started.wait()
        threading.Timer(0.05, release.set).start()
        assert _in_the_crowd(outcomes(first, right).__next__) is final
        other.join()


@pytest.mark.parametrize(
    ("ended", "report", "verdict"),
    [
        ("Traceback\nMemoryError", {"exit": 1}, "MLE"),
        ("Traceback\nRuntimeError", {"exit": 1, "memory_mib": 250}, "MLE"),
        ("x" * (2 << 20), {"exit": -signal.SIGXFSZ}, "OLE"),
        ("", {"exit": 0}, "TLE"),
        ("Traceback\nValueError", {"exit": 1}, "TLE"),
        ("Traceback\nMemoryError", {"exit": -signal.SIGKILL, "memory_mib": 250, "killed": True}, "TLE"),
        ("Traceback\nMemoryError", {"exit": -signal.SIGTERM, "stopped": True}, "TLE"),
    ],
)
def test_what_ended_a_late_program_names_the_verdict(
    ended: str, report: dict[str, Any], verdict: str, tmp_path: Path
) -> None:
    """A slow machine takes long to hand out memory or to take in output: that is not what ended the program."""
    told = {"problem": None, "killed": False, "stopped": False, "cpu_s": 0.7, "wall_s": 0.9, "memory_mib": 20} | report
    output = tmp_path / "output"
    output.write_text(ended)
    with output.open("rb") as file:
        limits = Limits(cpu_s=0.5, memory_mib=256, output_mib=1)
        assert _outcome("stdin", told, limits, file.fileno(), file.fileno()).verdict == verdict


BUSY = "import time\nstart = time.process_time()\nwhile time.process_time() - start < 0.15: pass\n"


def test_what_works_and_then_sleeps_is_run_once(monkeypatch: pytest.MonkeyPatch) -> None:
    runs: list[str] = []
    run = Worker.run
    monkeypatch.setattr(
        Worker, "run", lambda worker, code, *rest, **more: runs.append(code) or run(worker, code, *rest, **more)
    )
    limits = Limits(cpu_s=0.4, wall_s=0.6)
    sleepers = [Submission(f"{BUSY}time.sleep(100)  # {n}", SUM, limits=limits) for n in range(6)]
    assert [judgement.verdict for judgement in judge_many(sleepers, workers=6)] == ["TLE"] * 6
    assert len(runs) == 6


def test_waiting_for_a_processor_is_no_program_s_own_time() -> None:
    """Twelve on one processor: by the clock each takes twelve times what it takes alone."""
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(cores)})
    try:
        limits = Limits(cpu_s=1, wall_s=0.5)
        script = Tests("script", fn_name="f", script="def check(candidate): assert candidate() == 1")
        busy = [Submission(f"{BUSY}{HONEST}  # {n}", Tests("stdin", SUM.cases[:1]), limits=limits) for n in range(6)]
        busy += [Submission(f"{BUSY}def f(): return {n} * 0 + 1", script, limits=limits) for n in range(6)]
        assert [judgement.verdict for judgement in judge_many(busy, workers=12)] == ["AC"] * 12
    finally:
        os.sched_setaffinity(0, cores)


HUGE = 10**400
NONSENSE: dict[str, list[object]] = {
    "cpu_s": [0, -1, float("inf"), float("nan"), 1e300, HUGE, True, "2", None, [2]],
    "wall_s": [0, -1.0, float("inf"), float("nan"), HUGE, False, "2"],
    "memory_mib": [1, 2.5, HUGE, -HUGE, True, "512", None, float("inf")],
    "processes": [0, 1.0, HUGE, True],
    "threads": [-1, HUGE, False],
    "file_mib": [0, HUGE],
    "output_mib": [0, HUGE],
    "open_files": [1, HUGE],
}


@pytest.mark.parametrize("name", NONSENSE)
def test_limits_that_make_no_sense_are_refused(name: str) -> None:
    for value in NONSENSE[name]:
        with pytest.raises(InputError, match=name):
            Limits(**{name: value})  # type: ignore[arg-type]


MANY = """
import resource, sys
from redstar_geo.errors import InputError
from redstar_geo.pool import Killed
from redstar_geo.sandbox import Case, Submission, Tests, judge_many
tests = Tests("stdin", (Case("", "1"),))
programs = [Submission(f"print(1)  # {n}", tests) for n in range(60)]
resource.setrlimit(resource.RLIMIT_NOFILE, (96, int(sys.argv[1])))
try:
    print(*{judgement.verdict for judgement in judge_many(programs, 12)})
except InputError as error:
    print(error)
"""


@pytest.mark.parametrize(("most", "said"), [("1024", "AC\n"), ("96", "Take at most")])
def test_many_workers_have_the_files_they_need_or_are_refused(most: str, said: str) -> None:
    ran = subprocess.run([sys.executable, "-c", MANY, most], cwd=ROOT, capture_output=True, text=True)
    assert said in ran.stdout, ran.stderr


def test_the_filter_exists_for_both_processors() -> None:
    filters = {bpf(may_fork, machine) for may_fork in (False, True) for machine in ("x86_64", "aarch64")}
    assert len(filters) == 4
    assert all(len(instructions) % 8 == 0 and instructions for instructions in filters)
