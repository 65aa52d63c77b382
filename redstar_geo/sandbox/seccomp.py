"""The system calls that a program needs, as a filter in the kernel's own form.

Everything else is as if the kernel did not have it, what a later kernel will add included; and kills the program where
nothing but an attack would ask. What a program can do with the allowed calls, namespaces and limits bound.
"""

from __future__ import annotations

import errno
import fcntl
import socket
import tempfile
import termios
from functools import cache

from redstar_geo.errors import InputError

_KILLED = """
    ptrace process_vm_readv process_vm_writev process_madvise pidfd_getfd kcmp
    bpf perf_event_open userfaultfd io_uring_setup io_uring_enter io_uring_register
    add_key request_key keyctl open_by_handle_at
    kexec_load kexec_file_load init_module finit_module delete_module reboot
"""
_ALLOWED = """
    read readv write writev pread64 preadv preadv2 pwrite64 pwritev pwritev2 lseek _llseek sendfile copy_file_range
    open openat close close_range dup dup2 dup3 pipe pipe2
    stat fstat lstat newfstatat statx access faccessat faccessat2 readlink readlinkat getcwd chdir fchdir umask
    getdents getdents64 getxattr lgetxattr fgetxattr listxattr llistxattr flistxattr
    truncate ftruncate fallocate rename renameat renameat2 mkdir mkdirat rmdir unlink unlinkat
    link linkat symlink symlinkat chmod fchmod fchmodat utime utimes futimesat utimensat
    poll ppoll select pselect6 epoll_create epoll_create1 epoll_ctl epoll_wait epoll_pwait epoll_pwait2
    eventfd eventfd2 timerfd_create timerfd_settime timerfd_gettime signalfd signalfd4
    sendto recvfrom sendmsg recvmsg shutdown getsockname getpeername getsockopt
    mmap munmap mprotect mremap madvise brk
    execve execveat exit exit_group wait4 waitid kill tkill tgkill
    rt_sigaction rt_sigprocmask rt_sigreturn rt_sigpending rt_sigsuspend rt_sigtimedwait rt_sigqueueinfo sigaltstack
    restart_syscall pause alarm getitimer setitimer nanosleep clock_nanosleep clock_gettime clock_getres
    gettimeofday time times
    futex set_robust_list get_robust_list set_tid_address rseq membarrier arch_prctl getrandom
    getpid getppid gettid getuid geteuid getgid getegid getresuid getresgid getgroups getpgid getpgrp getsid
    setpgid setsid getpriority setpriority sched_yield sched_getaffinity sched_getparam sched_getscheduler
    getrlimit getrusage uname sysinfo getcpu
"""
_DONE_ALREADY = "fsync fdatasync"  # a program's own files are in memory; of the host's, none is to be written out
_LIMITS = range(1, 16)  # all but RLIMIT_CPU, by which a program could have itself killed as only others can
_CLONE_THREAD = 0x10000
_NAMESPACES = (0x80, 0x20000, 0x2000000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000)
_FCNTL = (fcntl.F_DUPFD, fcntl.F_DUPFD_CLOEXEC, fcntl.F_GETFD, fcntl.F_SETFD, fcntl.F_GETFL, fcntl.F_SETFL)
_IOCTL = (termios.TCGETS, termios.TIOCGWINSZ, termios.FIONREAD, termios.FIONBIO, termios.FIOCLEX, termios.FIONCLEX)


@cache
def bpf(may_fork: bool, machine: str | None = None) -> bytes:
    """The filter as an array of `struct sock_filter`, for this machine or for `x86_64` or `aarch64`.

    Raises:
        InputError: libseccomp is not installed.
    """
    try:
        import pyseccomp as seccomp
    except (ImportError, RuntimeError) as error:  # the latter: the package without the C library
        raise InputError(f"Programs cannot be confined: {error}. Type: sudo apt-get install libseccomp2") from error
    rules = seccomp.SyscallFilter(seccomp.ERRNO(errno.ENOSYS))
    if machine is not None and (other := vars(seccomp.Arch)[machine.upper()]) != seccomp.system_arch():
        rules.add_arch(other)
        rules.remove_arch(seccomp.system_arch())
    for action, names in (
        (seccomp.KILL_PROCESS, _KILLED),
        (seccomp.ALLOW, _ALLOWED + ("fork vfork" if may_fork else "")),
        (seccomp.ERRNO(0), _DONE_ALREADY),
    ):
        for name in names.split():
            rules.add_rule(action, name)
    rules.add_rule(seccomp.ALLOW, "socketpair", seccomp.Arg(0, seccomp.EQ, socket.AF_UNIX))
    for call, requests in (("fcntl", _FCNTL), ("ioctl", _IOCTL)):  # neither locks, leases nor a terminal's input
        for request in requests:
            rules.add_rule(seccomp.ALLOW, call, seccomp.Arg(1, seccomp.MASKED_EQ, 0xFFFFFFFF, request))
    for limit in _LIMITS:
        for call, place in (("setrlimit", 0), ("prlimit64", 1)):
            rules.add_rule(seccomp.ALLOW, call, seccomp.Arg(place, seccomp.MASKED_EQ, 0xFFFFFFFF, limit))
    rules.add_rule(seccomp.ALLOW, "prlimit64", seccomp.Arg(2, seccomp.EQ, 0))  # which only asks
    thread = 0 if may_fork else _CLONE_THREAD
    rules.add_rule(seccomp.ALLOW, "clone", seccomp.Arg(0, seccomp.MASKED_EQ, thread | sum(_NAMESPACES), thread))
    with tempfile.TemporaryFile() as file:
        rules.export_bpf(file)
        file.seek(0)
        return file.read()
