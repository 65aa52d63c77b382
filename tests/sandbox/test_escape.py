"""Hostile programs are held, every one, and the host and the judge are afterwards as they were before."""

from __future__ import annotations

import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from redstar_geo.sandbox import Case, Tests, judge
from redstar_geo.sandbox.runner import Language, Worker
from tests.sandbox import escape_programs, felt_programs
from tests.sandbox.escape_programs import Hostile
from tests.sandbox.forging_programs import FORGERY

HONEST = "print(sum(map(int, input().split())))"
SUM = Tests("stdin", (Case("1 2\n", "3\n"),))


@dataclass
class Host:
    """What hostile programs are after, and the ears that would hear them."""

    canary: Path
    bait: dict[str, str]
    ears: list[socket.socket]
    before: list[object]

    def prepared(self, code: str) -> str:
        for name, value in self.bait.items():
            code = code.replace(f"@{name}@", value)
        return code

    @staticmethod
    def felt() -> list[object]:
        """What of the host is in a program's sight and must not change: its devices, and slots that all share."""
        devices = [Path("/dev", name).stat() for name in ("null", "zero", "full", "random", "urandom")]
        times = [(device.st_mtime_ns, device.st_ctime_ns, device.st_mode) for device in devices]
        return [*times, Path("/proc/sys/fs/aio-nr").read_text()]

    def heard(self) -> list[socket.socket]:
        """What has been spoken to, all of it taken in: what stayed would be heard by the next test."""
        return [ear for ear in self.ears if list(_taken(ear))]


def _taken(ear: socket.socket) -> Iterator[bool]:
    while True:
        try:
            ear.recv(1) if ear.type == socket.SOCK_DGRAM else ear.accept()[0].close()
        except BlockingIOError:
            return
        yield True


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    folder = tmp_path_factory.mktemp("host")
    canary = folder / "canary"
    canary.write_text("untouched")
    ears = [socket.create_server(("127.0.0.1", 0))]
    bait = {"CANARY": str(canary), "PORT": str(ears[0].getsockname()[1]), "PORT6": "9"}
    if socket.has_dualstack_ipv6():
        ears.append(socket.create_server(("::1", 0), family=socket.AF_INET6))
        bait["PORT6"] = str(ears[-1].getsockname()[1])
    for name, address in (("SOCKET", str(folder / "socket")), ("ABSTRACT", f"\0{secrets.token_hex(8)}")):
        ears.append(socket.socket(socket.AF_UNIX))
        ears[-1].bind(address)
        ears[-1].listen()
        bait[name] = address.lstrip("\0")
    ears.append(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM))
    bait["LETTERS"] = secrets.token_hex(8)
    ears[-1].bind(f"\0{bait['LETTERS']}")
    for ear in ears:
        ear.setblocking(False)
    yield Host(canary, bait, ears, Host.felt())
    for ear in ears:
        ear.close()


def held(hostile: Hostile, host: Host, language: Language = "python") -> None:
    wanted = f"secret-{secrets.token_hex(16)}" if hostile.secret else "contained"
    tests = Tests("stdin", (Case("7\n" * 100_000, wanted),))
    family = sandboxed()
    judgement = judge(host.prepared(hostile.code), tests, language=language, limits=hostile.limits)
    assert judgement.verdict in hostile.verdicts, judgement
    assert judgement.isolation == "bubblewrap+namespaces+seccomp+rlimits"
    assert judge(HONEST, SUM).verdict == "AC", "the judge is no longer healthy"
    assert host.canary.read_text() == "untouched"
    assert host.heard() == []
    assert host.felt() == host.before
    for _ in range(100):  # a busy machine takes a while to bury the dead
        if sandboxed() <= max(family, OURS):
            return
        time.sleep(0.1)
    raise AssertionError(f"{sandboxed()} processes in sandboxes, {family} before: some were left behind")


def sandboxed() -> int:
    """The processes of all sandboxes that this one keeps."""
    roots = [child for child in psutil.Process().children() if child.name() == "bwrap"]
    return sum(1 + len(root.children(recursive=True)) for root in roots)


OURS = 8  # two warm sandboxes of four processes: bubblewrap outside and inside, the guardian and the interpreter


IN_PYTHON = (*escape_programs.ALL, *felt_programs.FELT, *FORGERY)
IN_CPP = (*escape_programs.CPP, *felt_programs.CPP)


def test_a_hundred_ways_out_are_tried() -> None:
    names = [hostile.name for hostile in (*IN_PYTHON, *IN_CPP)]
    assert len(names) == len(set(names)) >= 120


@pytest.mark.parametrize("hostile", IN_PYTHON, ids=lambda hostile: hostile.name)
def test_hostile_program_is_held(hostile: Hostile, host: Host) -> None:
    held(hostile, host)


@pytest.mark.parametrize("hostile", escape_programs.KERNEL, ids=lambda hostile: hostile.name)
def test_it_is_the_filter_that_ends_an_attack_on_the_kernel(hostile: Hostile) -> None:
    with Worker() as worker:
        assert worker.run(hostile.code, b"").exit_status == -signal.SIGSYS


@pytest.mark.parametrize("name", escape_programs.BAIT)
def test_without_walls_the_same_program_escapes(name: str, host: Host, tmp_path: Path) -> None:
    """Else the tests above would hold for programs that do nothing."""
    (hostile,) = (hostile for hostile in escape_programs.ALL if hostile.name == name)
    code = host.prepared(hostile.code.replace("/tmp/", f"{tmp_path}/"))
    bare = subprocess.run([sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True)
    host.heard()
    assert bare.stdout == "ESCAPED\n", bare.stderr


@pytest.mark.skipif(shutil.which("g++") is None, reason="g++ is not installed")
@pytest.mark.parametrize("hostile", IN_CPP, ids=lambda hostile: hostile.name)
def test_hostile_cpp_program_is_held(hostile: Hostile, host: Host) -> None:
    held(hostile, host, "cpp")


@pytest.mark.skipif(shutil.which("g++") is None, reason="g++ is not installed")
def test_what_the_compiler_says_quotes_no_file() -> None:
    header = '#include <cstdio>\n#include "/usr/include/stdlib.h"\nint main() { return undeclared_name; }'
    reason = judge(header, SUM, language="cpp").reason
    assert "undeclared_name" in reason and "return" not in reason
    missing = judge('#include "/usr/share/common-licenses/GPL-3"\nint main() {}', SUM, language="cpp")
    assert missing.verdict == "CE" and "No such file" in missing.reason


def test_an_honest_program_may_do_what_programs_do() -> None:
    honest = felt_programs.HONEST
    judgement = judge(honest.code, Tests("stdin", (Case("", "contained"),)))
    assert judgement.verdict == "AC", judgement.reason


@pytest.mark.parametrize(
    "code",
    [
        "import os\nos._exit(0)",
        "def f(x):\n    import os\n    os._exit(0)",
        "raise SystemExit",
        "class Right:\n    __eq__ = lambda *_: True\ndef f(x): return Right()",
        "def f(x): return 4\ndef check(candidate): pass",
        "def f(x): return 4\nimport builtins\nbuiltins.abs = abs = lambda x: 0\nbuiltins.all = all = lambda x: True",
        "import sys\nsys.stdout.write('AC')\nsys.settrace(None)\ndef f(x): sys.exit(0)",
        "def f(x):\n    import gc\n    gc.collect()\n    return [o for o in gc.get_objects() if o == 'secret-5']",
    ],
)
def test_a_program_cannot_forge_the_end_of_a_script(code: str) -> None:
    script = (
        "def check(candidate):\n    assert abs(candidate(2) - 5) < 1e-9\n    assert all([candidate(3) == 'secret-5'])"
    )
    judgement = judge(code, Tests("script", fn_name="f", script=script))
    assert judgement.verdict in {"WA", "RE"}


@pytest.mark.parametrize(
    "code",
    [
        "import json\njson.dumps = lambda *a, **k: '[5, 6]'\ndef f(x): return 5",
        "class Right(int):\n    __eq__ = lambda *_: True\ndef f(x): return Right(4)",
        "def f(x):\n    raise SystemExit(0)",
    ],
)
def test_a_call_counts_by_its_value_alone(code: str) -> None:
    judgement = judge(code, Tests("call", (Case("[2]", "6"),), fn_name="f", checker="exact"))
    assert judgement.verdict in {"WA", "RE"}


@pytest.mark.parametrize(("value", "verdict"), [("5", "WA"), ("6", "AC"), ("AC", "WA")])
def test_what_is_written_in_the_place_of_a_value_is_the_value(value: str, verdict: str) -> None:
    code = f"import os\nfor n in range(64):\n    try: os.write(n, b'{value}')\n    except OSError: pass\nos._exit(0)"
    tests = Tests("call", (Case("[2]", "6"),), fn_name="f", checker="exact")
    assert judge(code, tests).verdict == verdict
