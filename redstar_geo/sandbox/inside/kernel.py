"""The system calls that Python has no function for, and what a program may use of the machine."""

import ctypes
import itertools
import math
import os
import pathlib
import resource
import struct

CLONE_NEWNS, CLONE_NEWIPC, CLONE_NEWUSER, CLONE_NEWPID = 0x20000, 0x8000000, 0x10000000, 0x20000000
MS_RDONLY, MS_NOSUID, MS_NODEV, MS_REMOUNT, MS_BIND, MNT_DETACH = 1, 2, 4, 32, 4096, 2
MS_NOEXEC, MS_NOATIME, MS_NODIRATIME, MS_RELATIME = 8, 1 << 10, 1 << 11, 1 << 21
ST_RELATIME = 1 << 12  # the others have the same bits in statvfs
PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS = 1, 4, 22, 38
SECCOMP_MODE_FILTER, CAPABILITY_VERSION_3 = 2, 0x20080522

OURS = 3  # processes of the user in the sandbox beside the program: the warm parent and its own, and a script's

libc = ctypes.CDLL(None, use_errno=True)


def call(function: "ctypes._NamedFuncPointer", *arguments: object) -> None:
    """A C function that returns 0 when all is well."""
    if function(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{function.__name__}: {os.strerror(number)}")


def mount_tmpfs(place: bytes, flags: int, options: str) -> None:
    call(libc.mount, b"tmpfs", place, b"tmpfs", ctypes.c_ulong(flags | MS_NOSUID | MS_NODEV), options.encode())


def freeze_devices() -> None:
    """Mount the devices read-only: they are the host's, and opening one for writing lets a program set its times."""
    for device in pathlib.Path("/dev").iterdir():
        told = os.statvfs(device).f_flag
        flags = told & (MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_NOATIME | MS_NODIRATIME)
        flags |= MS_RELATIME if told & ST_RELATIME else 0
        flags |= MS_REMOUNT | MS_BIND | MS_RDONLY
        call(libc.mount, None, bytes(device), None, ctypes.c_ulong(flags), None)


def close_all_but(*kept: int) -> None:
    edges = (-1, *sorted(kept), resource.getrlimit(resource.RLIMIT_NOFILE)[1])
    for last, after in itertools.pairwise(edges):
        if after > last + 1:
            os.closerange(last + 1, after)


def limit(job: dict, confined: bool) -> None:
    memory = job["memory_mib"] << 20
    stack, most_stack = resource.getrlimit(resource.RLIMIT_STACK)
    # a program may raise its stack, as many do without asking: the address space bounds it
    resource.setrlimit(resource.RLIMIT_STACK, (min(memory // 2, stack), most_stack))
    values = {
        resource.RLIMIT_CPU: math.ceil(job["cpu_s"]),
        resource.RLIMIT_AS: memory,
        resource.RLIMIT_FSIZE: job["file_bytes"],
        resource.RLIMIT_NOFILE: job["open_files"],
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_MEMLOCK: 0,
        resource.RLIMIT_MSGQUEUE: 0,
    }
    if confined:  # elsewhere it would count all processes of the user; here it counts ours
        values[resource.RLIMIT_NPROC] = OURS + job["processes"] + job["threads"]
    for kind, value in values.items():
        most = resource.getrlimit(kind)[1]
        value = value if most == resource.RLIM_INFINITY else min(value, most)
        resource.setrlimit(kind, (value, value))


def give_up_power(syscalls: bytes) -> None:
    """No capability, none to be had by starting another program, and the filter, which nothing takes off again."""
    header, nothing = struct.pack("II", CAPABILITY_VERSION_3, 0), bytes(24)
    call(libc.capset, header, nothing)
    call(libc.prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    instructions = ctypes.create_string_buffer(syscalls, len(syscalls))
    program = struct.pack("HxxxxxxP", len(syscalls) // 8, ctypes.addressof(instructions))
    call(libc.prctl, PR_SET_SECCOMP, SECCOMP_MODE_FILTER, program, 0, 0)
