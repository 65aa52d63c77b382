"""Programs that stay behind the walls and want to be felt on the host, or by the next program, all the same."""

from __future__ import annotations

import platform

from tests.sandbox.escape_programs import CONTAINED, QUICK, Hostile, tries

ARM = platform.machine() == "aarch64"
_LIBRARY = "os.open(os.__file__, os.O_RDONLY)"  # a file of the host, in memory pages that it shares


def calls(name: str, *numbers: tuple[int, int], arguments: str = "0, 0, 0, 0, 0") -> Hostile:
    """A system call by its bare number on x86_64 and on aarch64; -1 where there is none."""
    known = [pair[ARM] for pair in numbers if pair[ARM] >= 0]
    return tries(name, *(f"syscall({number}, {arguments})" for number in known))


KERNEL = (
    Hostile(
        "asynchronous input and output",
        f"""
import ctypes
libc = ctypes.CDLL(None)
taken = 0
for _ in range(100):
    context = ctypes.c_ulong(0)
    taken += libc.syscall({0 if ARM else 206}, 65000, ctypes.byref(context)) == 0
print("ESCAPED" if taken else "contained")
""",
    ),
    tries("inotify", "libc.inotify_init()", "libc.inotify_init1(0)"),
    calls("watch a file", (254, 27), (255, 28)),
    tries("fanotify", "libc.fanotify_init(0, 0)", "libc.fanotify_mark(0, 1, 1, -100, b'/')"),
    tries("lock a file of the host", f"__import__('fcntl').flock({_LIBRARY}, 2 | 4)"),
    tries(
        "lock records of a file of the host",
        *(f"__import__('fcntl').fcntl({_LIBRARY}, {command}, bytes(32))" for command in (5, 6, 7, 36, 37, 38)),
    ),
    tries("lease a file of the host", f"__import__('fcntl').fcntl({_LIBRARY}, 1024, 0)"),
    tries("watch a folder for changes", "__import__('fcntl').fcntl(os.open('/lib', 0), 1026, 0x80000001)"),
    tries("large pipes", "__import__('fcntl').fcntl(os.pipe()[0], 1031, 1 << 20)"),
    calls("write out the host's disks", (162, 81)),
    tries(
        "write out one of the host's disks", f"libc.syncfs({_LIBRARY})", f"libc.sync_file_range({_LIBRARY}, 0, 0, 7)"
    ),
    calls("where the mounts come from", (457, 457), (458, 458)),
    tries("how full the host's disk is", f"os.statvfs({_LIBRARY})", "os.statvfs('/lib')", "os.statvfs('/tmp')"),
    calls("the host's table of file systems", (139, -1), (136, -1), arguments="3"),
    tries("drop the host's page cache", f"os.posix_fadvise({_LIBRARY}, 0, 0, 4)", f"libc.readahead({_LIBRARY}, 0, 99)"),
    calls("what the host has in memory", (27, 232), (451, 451)),
    calls("security modules", (459, 459), (460, 460), (461, 461), (444, 444)),
    calls("quotas", (179, 60), (443, 443)),
    calls("the calls of the newest kernels", *((number, number) for number in range(442, 600))),
    calls("protection keys and shadow stacks", (329, 288), (330, 289), (331, 290), (453, 453)),
    calls("secret memory", (447, -1), (319, 279)),
    calls("seccomp and its listener", (317, 277)),
    tries("lock memory", "libc.mlockall(1)", "libc.mlock(b'x' * 4096, 4096)", "libc.mlock2(b'x' * 4096, 4096, 0)"),
    tries("other processors", "os.sched_setaffinity(0, {0})", "libc.setns(0, 0)"),
    calls("the priority of reading", (251, 30), arguments="1, 0, 8192"),
    calls("timers of the kernel", (222, 107), arguments="0, 0, ctypes.c_buffer(8)"),
    calls("message queues", (240, 180), (68, 186), (69, 189)),
    calls("personality", (135, 92), arguments="0x0040000"),
    calls("file handles", (303, 264), arguments="-100, b'/lib', ctypes.c_buffer(b'\\x80', 256), ctypes.c_buffer(8), 0"),
    tries(
        "a program in a socket",
        "__import__('socket').socketpair()[0].setsockopt(1, 26, bytes(16))",
        "__import__('socket').socketpair()[0].setsockopt(1, 8, 1 << 24)",
    ),
    tries(
        "addresses for sockets",
        *(f"__import__('socket').socketpair()[0].{do}" for do in ("bind('/tmp/s')", "listen()")),
    ),
    calls("control of the process", (157, 167), arguments="15, b'bwrap', 0, 0, 0"),
    tries("pages of one process in another", "libc.vmsplice(1, 0, 0, 0)", "libc.tee(0, 1, 1, 0)"),
)

DEVICES = (
    tries(
        "set the times of a device",
        *(f"os.utime('/dev/{name}'{times})" for name in ("null", "zero", "random") for times in ("", ", (1, 1)")),
        "os.utime(os.open('/dev/null', os.O_RDWR))",
    ),
    tries("change a device", "os.chmod('/dev/null', 0)", "os.rename('/dev/null', '/dev/x')", "os.remove('/dev/null')"),
    tries("name a device", "os.link('/dev/null', '/tmp/null')", "os.setxattr('/dev/null', 'user.x', b'x')"),
    tries("more devices", "open('/dev/tty')", "open('/dev/ptmx')", "open('/dev/shm')", "open('/dev/console')"),
    tries("control a device", "__import__('fcntl').ioctl(os.open('/dev/random', 2), 0x5207, 0)"),
)

FELT = (*KERNEL, *DEVICES)

# Files that are there for the compiler's host, and not for the compiler.
CPP = tuple(
    Hostile(f"include {path}", f'#include "{path}"\nint main(){{}}', frozenset({"CE"}))
    for path in ("/usr/bin/python3", "/usr/share/common-licenses/GPL-3", "/usr/lib/os-release", "/proc/self/environ")
)

HONEST_USES = """
import asyncio, ctypes, os, random, selectors, shutil, signal, socket, subprocess, tempfile, threading, time
from concurrent.futures import ThreadPoolExecutor
with tempfile.NamedTemporaryFile("w+") as file:
    file.write("x"); file.flush(); os.fsync(file.fileno())
    shutil.copy2(file.name, "/tmp/copy"); os.truncate("/tmp/copy", 0)
    os.chmod("/tmp/copy", 0o600); os.utime("/tmp/copy")
os.makedirs("/tmp/a/b"); os.rename("/tmp/a", "/tmp/c"); shutil.rmtree("/tmp/c"); os.listdir("/tmp"); os.stat("/tmp")
async def one(): await asyncio.sleep(0.001); return 1
asyncio.run(one())
with ThreadPoolExecutor(4) as pool: assert sum(pool.map(int, "1234")) == 10
here, there = socket.socketpair(); here.send(b"x"); assert there.recv(1) == b"x"
read, write = os.pipe(); os.write(write, b"x"); assert selectors.DefaultSelector().register(read, 1)
signal.signal(signal.SIGALRM, lambda *_: None); signal.setitimer(signal.ITIMER_REAL, 0.001); time.sleep(0.01)
os.urandom(8); random.SystemRandom().random(); os.getpid(); os.cpu_count(); os.uname(); os.times()
os.sched_getaffinity(0); os.getpriority(0, 0); os.nice(1); os.umask(0); os.isatty(1); os.getcwd(); os.sync()
import mmap; mmap.mmap(-1, 1 << 20).close()
print("contained")
"""
HONEST = Hostile("what programs do", HONEST_USES, CONTAINED, QUICK)
