"""A warm interpreter that forks once a run.

It waits for jobs on a socket. For each it forks the program into a process namespace of its own, with a fresh /tmp, no
capabilities, the system call filter and the limits; then it reports how the program ended. The program is the first
process of its namespace: when it ends the kernel ends what it left behind. This parent never runs a line of it.
"""

import base64
import contextlib
import ctypes
import gc
import json
import os
import resource
import select
import signal
import socket
import sys
import time

from .kernel import (
    CLONE_NEWIPC,
    CLONE_NEWNS,
    CLONE_NEWPID,
    CLONE_NEWUSER,
    MNT_DETACH,
    MS_RDONLY,
    PR_SET_DUMPABLE,
    PR_SET_PDEATHSIG,
    call,
    freeze_devices,
    libc,
    mount_tmpfs,
)
from .program import become_program

NOBODY = 65534  # the user and group of every program
STACK = 256 << 20
THREAD_STACK = 8 << 20  # the C library would take the whole STACK for each thread
HERE = __file__.removesuffix("/inside/__main__.py")
MESSAGE = 1 << 17
SHORTEST_WAIT_S = 0.02
SIGKILL = signal.SIGKILL  # the first process of a namespace cannot be killed from within


def grow_stack() -> None:
    """Start again with a large stack: how far it may grow is settled when a program is loaded."""
    _, hard = resource.getrlimit(resource.RLIMIT_STACK)
    wanted = STACK if hard == resource.RLIM_INFINITY else min(STACK, hard)
    if resource.getrlimit(resource.RLIMIT_STACK)[0] != wanted:
        resource.setrlimit(resource.RLIMIT_STACK, (wanted, hard))
        os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])
    attributes = ctypes.create_string_buffer(256)
    call(libc.pthread_attr_init, attributes)
    call(libc.pthread_attr_setstacksize, attributes, ctypes.c_size_t(THREAD_STACK))
    call(libc.pthread_setattr_default_np, attributes)


def leave_root() -> None:
    """Become an ordinary user, then the master of a world of one's own in which that user is all there is.

    The namespaces of the runs need a process namespace that is this world's, so the work goes on in its first process.
    """
    if os.getuid() == 0:
        os.setgroups([])
        os.setresgid(NOBODY, NOBODY, NOBODY)
        os.setresuid(NOBODY, NOBODY, NOBODY)
    user, group = os.getuid(), os.getgid()
    call(libc.prctl, PR_SET_DUMPABLE, 1, 0, 0, 0)  # else the files under /proc/self are root's
    call(libc.unshare, CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWPID)
    files = {"setgroups": "deny", "uid_map": f"{NOBODY} {user} 1", "gid_map": f"{NOBODY} {group} 1"}
    for name, text in (files | {"oom_score_adj": "500"}).items():
        file = os.open(f"/proc/self/{name}", os.O_WRONLY)
        os.write(file, text.encode())
        os.close(file)
    call(libc.prctl, PR_SET_DUMPABLE, 0, 0, 0, 0)
    mount_tmpfs(b"/proc", MS_RDONLY, "size=4k")
    freeze_devices()
    child = os.fork()
    if child:
        os.closerange(0, resource.getrlimit(resource.RLIMIT_NOFILE)[1])
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        os._exit(code if code >= 0 else 128 - code)  # as shells do
    call(libc.prctl, PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def serve(control: socket.socket) -> None:
    setup = json.loads(control.recv(MESSAGE))
    confined = setup["confined"]
    filters = {int(may_fork): base64.b64decode(text) for may_fork, text in setup["filters"].items()}
    processes = os.open("/proc", os.O_RDONLY | os.O_DIRECTORY)
    if confined:
        leave_root()
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    os.environ.clear()
    sys.path = [folder for folder in sys.path if folder != HERE]
    own = os.pidfd_open(os.getpid())
    gc.collect()
    gc.freeze()
    control.send(json.dumps({"python": sys.version.split()[0]}).encode())
    while True:
        text, files, _, _ = socket.recv_fds(control, MESSAGE, 8)
        if not text:
            return
        job = json.loads(text)
        report = run(job, files, own, processes, filters[job["processes"] > 1] if confined else None)
        for file in files:
            os.close(file)
        control.send(json.dumps(report).encode())


def run(job: dict, files: list[int], own: int, processes: int, syscalls: bytes | None) -> dict:
    """One program from its start to the end of everything that it started."""
    if syscalls is not None:
        mount_tmpfs(b"/tmp", 0, f"size={job['file_mib']}m,nr_inodes=4096,mode=700")
        call(libc.unshare, CLONE_NEWPID)
    started, starting = os.pipe2(os.O_CLOEXEC)
    child = os.fork()
    if child == 0:
        become_program(job, files, starting, syscalls)
    os.close(starting)
    if syscalls is not None:
        call(libc.setns, own, CLONE_NEWPID)
    ended = os.pidfd_open(child)
    wall_s, queued_s, stopped = outwait(ended, job, processes)
    _, status, usage = os.wait4(child, 0)
    os.close(ended)
    if syscalls is not None:
        call(libc.umount2, b"/tmp", MNT_DETACH)
    else:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child, signal.SIGKILL)
    problem = os.read(started, 4096).decode(errors="replace") or "it did not come to start"
    os.close(started)
    if stopped and wall_s >= job["longest_s"]:
        problem = f"the machine is too busy: of {wall_s:.1f} s it had no processor for {queued_s:.1f} s"
    return {
        "problem": None if problem == "ready" else problem,
        "stopped": stopped,
        "killed": syscalls is not None and not stopped and os.WIFSIGNALED(status) and os.WTERMSIG(status) == SIGKILL,
        "exit": os.waitstatus_to_exitcode(status),
        "cpu_s": usage.ru_utime + usage.ru_stime,
        "wall_s": wall_s,
        "memory_mib": usage.ru_maxrss / 1024,
    }


def outwait(ended: int, job: dict, processes: int) -> tuple[float, float, bool]:
    """Wait for a program, and stop it when its time by the clock is over. What it stood in line for a processor is not
    its time, so that a busy machine is not its fault.

    Returns:
        Seconds by the clock, those of them in line, and whether it was stopped.
    """
    began, patience, queued_s = time.monotonic(), job["wall_s"], 0.0
    while not select.select([ended], [], [], max(0.0, began + patience - time.monotonic()))[0]:
        if job["processes"] == 1:  # several could stand in each other's way for ever
            queued_s = in_line(ended, processes, with_child=job["mode"] == "script")
        allowed = min(job["wall_s"] + queued_s, job["longest_s"])
        if allowed < patience + SHORTEST_WAIT_S:
            signal.pidfd_send_signal(ended, signal.SIGKILL)
            return time.monotonic() - began, queued_s, True
        patience = allowed
    return time.monotonic() - began, queued_s, False


def in_line(program: int, processes: int, with_child: bool) -> float:
    """Seconds that a process was ready to run and had no processor: of its threads, the one that waited longest.

    Where the kernel does not count them, none.

    Args:
        with_child: and those of its child, while which runs it waits.
    """

    def told(path: str) -> str:
        with contextlib.suppress(OSError), os.fdopen(os.open(path, os.O_RDONLY, dir_fd=processes)) as file:
            return file.read()
        return ""  # it has ended, or the kernel does not tell

    def waits(pid: str) -> list[int]:
        try:
            threads = os.open(f"{pid}/task", os.O_RDONLY | os.O_DIRECTORY, dir_fd=processes)
        except OSError:
            return []
        names = os.listdir(threads)  # noqa: PTH208  of an open folder
        os.close(threads)
        return [int(figures[1]) for name in names if (figures := told(f"{pid}/task/{name}/schedstat").split())]

    pids = [line.split()[1] for line in told(f"self/fdinfo/{program}").splitlines() if line.startswith("Pid:")]
    if pids and with_child:
        pids += told(f"{pids[0]}/task/{pids[0]}/children").split()
    return sum(max(waits(pid), default=0) for pid in pids) / 1e9


if __name__ == "__main__":
    grow_stack()
    serve(socket.socket(fileno=int(sys.argv[1])))
