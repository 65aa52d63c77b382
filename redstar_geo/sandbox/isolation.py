"""The walls around programs: a bubblewrap command, and what it reached in words."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

from redstar_geo.errors import InputError

CONFINED = "bubblewrap+namespaces+seccomp+rlimits"
UNCONFINED = "NONE: programs are trusted (rlimits only)"

INSIDE = Path(__file__).with_name("inside")
_FLAGS = ("-s", "-P", "-S", "-B", "-X", "utf8")  # -I would not let us settle the seed of hashing
_DIGITS = ("-X", "int_max_str_digits=0")  # CPU time bounds how long a number may be
_LINKED = ("_ctypes", "zlib", "_bz2", "_lzma", "_hashlib")  # modules with C libraries of their own
_DEVICES = ("null", "zero", "full", "random", "urandom")
_COMPILER = "/usr/bin/g++"
_COMPILER_PARTS = ("cc1plus", "collect2", "as", "ld")
_LINKED_STATICALLY = ("crt1.o", "crti.o", "crtn.o", "libc.a", "libpthread.a", "libm.a")
_LOCAL = "/usr/local/"  # what this machine's owner has put there, and among the compiler's folders by default


def environment(unconfined: bool = False) -> dict[str, str]:
    """What the warm interpreter starts with. It empties it before any program."""
    return {"PYTHONHASHSEED": "0", "PYTHONPATH": str(INSIDE.parent) if unconfined else "/walls"}


def interpreter(control: int) -> list[str]:
    """What starts the warm interpreter; `control` is the file descriptor of its socket."""
    return [_executable(), *_FLAGS, *_DIGITS, "-m", INSIDE.name, str(control)]


def _executable() -> str:
    """The Python that runs here, outside of its virtual environment."""
    return str(Path(sys.base_prefix) / "bin" / f"python{sys.version_info.major}.{sys.version_info.minor}")


def walls(toolchain: bool = False) -> list[str]:
    """The command that builds the walls and runs what follows it behind them.

    Args:
        toolchain: show the C++ compiler and its own headers too; else only Python.

    Raises:
        InputError: this is not Linux, or bubblewrap is not installed.
    """
    if sys.platform != "linux":
        raise InputError(
            f"Programs are judged behind walls that only Linux has, and this is {sys.platform}. Use Linux, or a "
            "container that runs it and has bubblewrap."
        )
    bubblewrap = shutil.which("bwrap")
    if bubblewrap is None:
        raise InputError(
            "Programs cannot be isolated: bubblewrap (bwrap) was not found. Type: sudo apt-get install bubblewrap"
        )
    command = [bubblewrap, "--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try"]
    if os.getuid() != 0:  # root needs no user namespace to build the walls, and leaves root behind inside
        command += ["--unshare-user", "--uid", "65534", "--gid", "65534"]
    command += ["--die-with-parent", "--new-session", "--hostname", "sandbox"]
    visible = _toolchain() if toolchain else _python()
    for folder in sorted({str(parent) for path in visible for parent in Path(path).parents[:-1]} | {"/dev", "/walls"}):
        command += ["--dir", folder]  # else bubblewrap makes them for root alone
    for path in visible:
        command += ["--ro-bind", path, path]
    packages = Path(os.__file__).with_name("site-packages")
    if packages.is_dir():
        command += ["--tmpfs", str(packages), "--remount-ro", str(packages)]
    for name in _DEVICES:
        command += ["--dev-bind", f"/dev/{name}", f"/dev/{name}"]
    command += ["--proc", "/proc", "--dir", "/tmp", "--ro-bind", str(INSIDE), f"/walls/{INSIDE.name}"]
    return [*command, "--remount-ro", "/", "--chdir", "/tmp", "--"]


@cache
def _python() -> tuple[str, ...]:
    """The files without which Python does not start: itself, its library, and the C libraries both are linked to."""
    python, library = _executable(), str(Path(os.__file__).parent)
    linked = [spec.origin for name in _LINKED if (spec := importlib.util.find_spec(name)) and spec.origin]
    return (python, library, *_libraries(python, *(path for path in linked if path.startswith("/"))))


@cache
def _toolchain() -> tuple[str, ...]:
    """What the compiler is made of: its programs, its headers and what it links to, beside Python."""

    def asked(*question: str) -> str:
        return subprocess.run([_COMPILER, *question], capture_output=True, text=True, check=False).stdout.strip()

    parts = (shutil.which(asked(f"-print-prog-name={part}")) for part in _COMPILER_PARTS)
    programs = [_COMPILER, *(part for part in parts if part)]
    search = ("-E", "-x", "c++", "-v", os.devnull)
    told = subprocess.run([_COMPILER, *search], capture_output=True, text=True, check=False).stderr
    headers = [line[1:] for line in told.splitlines() if line.startswith(" /") and Path(line[1:]).is_dir()]
    objects = [asked(f"-print-file-name={name}") for name in _LINKED_STATICALLY]
    objects += map(str, Path(objects[-1]).parent.glob("libm*.a"))  # libm.a may be a script that names others
    own = [*headers, str(Path(asked("-print-libgcc-file-name")).parent), *programs, *objects, *_libraries(*programs)]
    shown = {os.path.normpath(path) for path in own if path.startswith("/") and not path.startswith(_LOCAL)}
    shown |= set(_python())
    return tuple(sorted(path for path in shown if shown.isdisjoint(map(str, Path(path).parents))))


def _libraries(*programs: str) -> tuple[str, ...]:
    """The C libraries that programs are linked to."""
    listing = subprocess.run(["ldd", *programs], capture_output=True, text=True, check=False).stdout
    return tuple(sorted(set(re.findall(r"(/\S+) \(0x", listing))))


def has_compiler() -> bool:
    return shutil.which(_COMPILER) is not None


def failed(message: str) -> InputError:
    """Why the walls could not be built here, and what helps."""
    return InputError(
        f"Programs cannot be isolated here: {message.strip() or 'bubblewrap gave no reason'}. User namespaces may be "
        "switched off: sudo sysctl -w kernel.unprivileged_userns_clone=1 "
        "kernel.apparmor_restrict_unprivileged_userns=0, or run as root"
    )
