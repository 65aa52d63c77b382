"""Hostile programs. Each tries one way out and prints ESCAPED where it worked, else `contained`.

@CANARY@, @PORT@, @PORT6@, @SOCKET@, @ABSTRACT@ and @LETTERS@ stand for what the host has set up as bait.
"""

from __future__ import annotations

import platform
from dataclasses import dataclass, field

from redstar_geo.sandbox import Limits

CONTAINED, ENDED = frozenset({"AC"}), frozenset({"RE"})  # refused, so that it printed `contained`; killed for asking
QUICK = Limits(cpu_s=0.5, wall_s=1.5, memory_mib=256)
FORKING = Limits(cpu_s=0.5, wall_s=1.5, memory_mib=256, processes=8)

_ATTEMPT = """
import ctypes, os, sys
libc = ctypes.CDLL(None, use_errno=True)
def attempt(*tries):
    worked = []
    for one in tries:
        try:
            if one() != -1:
                worked.append(one)
        except (OSError, RuntimeError, MemoryError, ValueError, ImportError):
            pass
    print("ESCAPED" if worked else "contained")
def syscall(number, *arguments):
    return libc.syscall(number, *[ctypes.c_long(a) if isinstance(a, int) else a for a in arguments])
"""


@dataclass(frozen=True)
class Hostile:
    """A program, and the verdicts that show that it was held. `secret`: it is after the expected output."""

    name: str
    code: str
    verdicts: frozenset[str] = CONTAINED
    limits: Limits = field(default_factory=lambda: QUICK)
    secret: bool = False


def tries(name: str, *expressions: str, verdicts: frozenset[str] = CONTAINED, limits: Limits = QUICK) -> Hostile:
    calls = ", ".join(f"lambda: {expression}" for expression in expressions)
    return Hostile(name, f"{_ATTEMPT}\nattempt({calls})", verdicts, limits)


FILES = (
    tries("read the password hashes", "open('/etc/shadow').read()", "open('/etc/passwd').read()"),
    tries("read a file of the host", "open('@CANARY@').read()"),
    tries("read it through another path", "open('/tmp/../../../../../../@CANARY@').read()"),
    tries(
        "read the judge's files", "open('/proc/1/environ').read()", "os.listdir('/proc/self')", "os.listdir('/home')"
    ),
    tries(
        "read the kernel's files",
        "open('/proc/kallsyms')",
        "os.listdir('/sys')",
        "open('/dev/mem')",
        "open('/dev/kmsg')",
    ),
    tries("overwrite a file of the host", "open('@CANARY@', 'w').write('x')", "os.remove('@CANARY@')"),
    tries(
        "write outside of /tmp",
        *(f"open('{d}/x', 'w')" for d in ("", "/dev", "/proc", "/lib", "/walls", "/walls/inside")),
    ),
    tries("change the interpreter", "open(os.__file__, 'a')", "os.remove(os.__file__)", "open(sys.executable, 'a')"),
    tries(
        "replace the judge's own code",
        "os.rename('/walls/inside', '/walls/x')",
        "open('/walls/inside/program.py', 'a')",
    ),
    tries(
        "link to a file of the host",
        "(os.symlink('@CANARY@', '/tmp/l'), open('/tmp/l').read())",
        "os.link(os.__file__, '/tmp/h')",
    ),
    Hostile(
        "symlink race",
        """
import os, threading; stop = False
def swap():
    while not stop:
        for target in ("/tmp/own", "@CANARY@", "/etc/shadow"):
            try:
                os.symlink(target, "/tmp/new"); os.replace("/tmp/new", "/tmp/link")
            except OSError:
                pass
open("/tmp/own", "w").write("own")
racer = threading.Thread(target=swap); racer.start()
seen = set()
for _ in range(3000):
    try:
        seen.add(open("/tmp/link").read())
    except OSError:
        pass
stop = True; racer.join()
print("contained" if seen <= {"own", ""} else "ESCAPED")
""",
    ),
    tries("escape by chroot", "os.chroot('/tmp')", "(os.mkdir('/tmp/d'), os.chroot('/tmp/d'))"),
    tries(
        "mount the host's disk",
        "libc.mount(b'tmpfs', b'/tmp', b'tmpfs', 0, None)",
        "libc.mount(b'/', b'/tmp', None, 4096, None)",
        "libc.mount(b'proc', b'/proc', b'proc', 0, None)",
        "libc.mount(None, b'/', None, 32, None)",
        "libc.umount2(b'/proc', 2)",
    ),
    tries("make a device", "os.mknod('/tmp/sda', 0o60666, os.makedev(8, 0))", "os.mkfifo('/tmp/fifo')"),
    tries("use an open file of the judge", *(f"os.fstat({number})" for number in range(3, 64))),
    tries("escape through an open directory", *(f"os.fchdir({number})" for number in range(0, 64))),
)

_CONNECT = "__import__('socket').create_connection(({host!r}, {port}), timeout=1)"
NETWORK = (
    tries(
        "IPv4 to the host",
        _CONNECT.format(host="127.0.0.1", port="@PORT@"),
        _CONNECT.format(host="0.0.0.0", port="@PORT@"),
    ),
    tries("IPv6 to the host", _CONNECT.format(host="::1", port="@PORT6@")),
    tries(
        "IPv4 to the world", _CONNECT.format(host="1.1.1.1", port=53), _CONNECT.format(host="93.184.215.14", port=80)
    ),
    tries(
        "every kind of socket",
        *(
            f"__import__('socket').socket({family}, {kind})"
            for family in (1, 2, 10, 16, 17, 40)
            for kind in (1, 2, 3, 5)
        ),
    ),
    Hostile(
        "a pair of sockets redirected to the host",
        """
import socket
worked = []
for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
    ours, theirs = socket.socketpair(socket.AF_UNIX, kind)
    for address in ("@SOCKET@", "\\x00@ABSTRACT@", "\\x00@LETTERS@"):
        for call in (lambda: ours.connect(address), lambda: ours.sendto(b"x", address)):
            try:
                call(); worked.append(address)
            except OSError:
                pass
print("ESCAPED" if worked else "contained")
""",
    ),
    tries("listen for others", "__import__('socket').create_server(('127.0.0.1', 0))"),
)

PROCESSES = (
    tries("fork", "os.fork()", "os.forkpty()", "os.posix_spawn(sys.executable, ['x'], {})"),
    tries(
        "fork by raw system calls",
        "libc.fork()",
        "libc.vfork()",
        "libc.syscall(435, 0, 0)",
        "libc.syscall(56, 17, 0, 0, 0, 0)",
    ),
    Hostile(
        "fork bomb",
        """
import os
while True:
    try:
        os.fork()
    except OSError:
        pass
""",
        frozenset({"TLE"}),
        FORKING,
    ),
    Hostile(
        "thread bomb",
        """
import threading, time
started = 0
try:
    for started in range(5000):
        threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
except RuntimeError:
    pass
print("contained" if started < 40 else "ESCAPED")
""",
    ),
    Hostile(
        "daemonise",
        """
import os, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        for number in range(3):
            os.close(number)
        while True:
            time.sleep(0.01)
    os._exit(0)
print("contained")
""",
        CONTAINED,
        FORKING,
    ),
    tries("kill the judge", "os.kill(os.getppid() or 99999, 9)", *(f"os.kill({pid}, 9)" for pid in range(2, 300))),
    Hostile(
        "kill everything",
        """
import os
for target in (-1, 0):
    for signal in (9, 15, 19):
        try:
            os.kill(target, signal)
        except OSError:
            pass
print("contained")
""",
        frozenset({"AC", "RE"}),
    ),
    Hostile(
        "ignore every signal",
        """
import signal
for number in range(1, 65):
    try:
        signal.signal(number, signal.SIG_IGN)
    except (OSError, ValueError):
        pass
while True:
    pass
""",
        frozenset({"TLE"}),
    ),
    Hostile("sleep for ever", "import time\ntime.sleep(1e6)", frozenset({"TLE"})),
    Hostile(
        "hide CPU time in threads",
        "import threading\nfor _ in range(8):\n    threading.Thread(target=lambda: sum(range(10**12))).start()",
        frozenset({"TLE"}),
    ),
    Hostile(
        "hide CPU time in processes",
        "import os\nfor _ in range(5):\n    if os.fork() == 0:\n        while True: pass\nos.wait()",
        frozenset({"TLE"}),
        FORKING,
    ),
    tries("raise its own limits", *(f"__import__('resource').setrlimit({kind}, (-1, -1))" for kind in (0, 1, 6, 7, 9))),
    tries(
        "raise its own priority",
        "os.setpriority(0, 0, -20)",
        "os.nice(-5)",
        "os.sched_setscheduler(0, 1, os.sched_param(1))",
    ),
    tries("become root", "os.setuid(0)", "os.setresuid(0, 0, 0)", "os.setgroups([0])", "os.setgid(0)"),
    tries(
        "regain capabilities",
        "libc.capset((0x20080522).to_bytes(8, 'little'), b'\\xff' * 24)",
        "libc.prctl(47, 2, 21, 0, 0)",
        "libc.prctl(38, 0, 0, 0, 0)",
        "libc.prctl(22, 0, 0, 0, 0)",
    ),
    tries(
        "run a privileged program",
        *(f"os.execv('{path}', ['x'])" for path in ("/usr/bin/su", "/bin/su", "/usr/bin/bwrap", "/bin/sh")),
    ),
    tries(
        "make namespaces",
        *(f"libc.unshare({flag})" for flag in (0x10000000, 0x20000, 0x40000000, 0x20000000)),
        "libc.setns(0, 0)",
    ),
)

EXHAUSTION = (
    Hostile("memory bomb", "x = []\nwhile True:\n    x.append(bytearray(1 << 24))", frozenset({"MLE"})),
    Hostile("memory bomb of small things", "x = []\nwhile True:\n    x.append([x])", frozenset({"MLE", "TLE"})),
    Hostile(
        "memory bomb of shared pages",
        "import mmap\nx = []\nwhile True:\n    m = mmap.mmap(-1, 1 << 24); m.write(bytes(1 << 24)); x.append(m)",
        frozenset({"MLE", "RE"}),
    ),
    Hostile(
        "memory bomb in many processes",
        """
import os
for _ in range(40):
    try:
        if os.fork() == 0:
            x = []
            while True:
                x.append(bytearray(1 << 22))
    except OSError:
        pass
os.wait()
print("contained")
""",
        frozenset({"AC", "TLE", "MLE", "RE"}),
        FORKING,
    ),
    Hostile(
        "fill the disk",
        """
written = 0
try:
    for number in range(1000):
        with open(f"/tmp/{number}", "wb", 0) as file:
            for _ in range(8):
                written += file.write(bytes(1 << 20))
except OSError:
    pass
print("contained" if written < 40 << 20 else "ESCAPED")
""",
    ),
    Hostile(
        "fill the table of files",
        """
import os
made = 0
try:
    for made in range(10**5):
        os.mkdir(f"/tmp/{made}")
except OSError:
    pass
print("contained" if made < 5000 else "ESCAPED")
""",
    ),
    tries(
        "a file of a terabyte",
        "open('/tmp/x', 'wb').truncate(1 << 40)",
        "os.posix_fallocate(os.open('/tmp/y', 66), 0, 1 << 40)",
    ),
    tries("files in memory", "os.memfd_create('x')", "open('/dev/shm/x', 'w')"),
    tries(
        "memory that outlives the program",
        "libc.shmget(7, 1 << 20, 0o1666)",
        "libc.msgget(7, 0o1666)",
        "libc.semget(7, 1, 0o1666)",
    ),
    Hostile(
        "1 GB of output",
        "import os\nx = b'x' * (1 << 20)\nfor _ in range(1000):\n    os.write(1, x)",
        frozenset({"OLE"}),
    ),
    Hostile(
        "1 GB of errors",
        "import os\ntry:\n    while os.write(2, bytes(1 << 20)): pass\nexcept OSError:\n    print('contained')",
    ),
    Hostile("extend the output file", "import os\nos.ftruncate(1, 1 << 40)", frozenset({"RE"})),
    Hostile("never read the input", "print('contained')"),
    Hostile(
        "open files for ever",
        "x = []\ntry:\n    while True:\n        x.append(open('/dev/null'))\nexcept OSError:\n    print('contained')",
    ),
    Hostile("crash the interpreter", "import ctypes\nctypes.string_at(0)", ENDED),
    Hostile("crash the compiler", "-" * 200_000 + "1", frozenset({"CE"})),
    Hostile("crash the compiler with brackets", "(" * 100_000, frozenset({"CE"})),
    Hostile("a program of a million lines", "x=1\n" * 1_000_000, frozenset({"CE", "WA"})),
)

_NUMBERS = {  # x86_64, aarch64
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "io_uring_setup": (425, 425),
    "keyctl": (250, 219),
    "kexec_load": (246, 104),
    "init_module": (175, 105),
    "process_vm_readv": (310, 270),
    "ptrace": (101, 117),
    "open_by_handle_at": (304, 265),
}
KERNEL = tuple(
    tries(name, f"syscall({numbers[platform.machine() == 'aarch64']}, 0, 0, 0, 0, 0)", verdicts=ENDED)
    for name, numbers in _NUMBERS.items()
)

BAIT = ("read a file of the host", "IPv4 to the host", "IPv6 to the host", "a pair of sockets redirected to the host")
BAIT += ("make namespaces", "files in memory", "every kind of socket", "link to a file of the host")

ALL: tuple[Hostile, ...] = (*FILES, *NETWORK, *PROCESSES, *EXHAUSTION, *KERNEL)

CPP = (
    Hostile("include the host's files", '#include "/etc/shadow"\nint main(){}', frozenset({"CE"})),
    Hostile("include without end", '#include "/dev/zero"\nint main(){}', frozenset({"CE"})),
    Hostile("build in the host's files", 'asm(".incbin \\"@CANARY@\\"");\nint main(){}', frozenset({"CE"})),
    Hostile(
        "the system calls of 32 bits",
        '#include <cstdio>\nint main(){ int r; asm volatile("int $0x80" : "=a"(r) : "a"(26)); puts("ESCAPED"); }'
        if platform.machine() == "x86_64"
        else "int main(){ return 1; }",
        ENDED,
    ),
    Hostile(
        "fork in C++",
        '#include <unistd.h>\n#include <cstdio>\nint main(){ puts(fork() == -1 ? "contained" : "ESCAPED"); }',
    ),
    Hostile(
        "recurse without end", "int f(int n){ return n ? f(n + 1) + f(n + 2) : 1; }\nint main(){ return f(1); }", ENDED
    ),
)
