"""Limits that a process sets itself, before it works on what nobody vouches for."""

from __future__ import annotations

import resource
import sys
from pathlib import Path


def limit_memory(megabytes: int) -> None:
    """Allow so much beyond what the process holds now; where the system does not say how much that is, no limit."""
    if sys.platform == "linux":
        pages = int(Path("/proc/self/statm").read_text().split()[5])
        limit = pages * resource.getpagesize() + megabytes * 2**20
        _, hard = resource.getrlimit(resource.RLIMIT_DATA)
        allowed = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
        resource.setrlimit(resource.RLIMIT_DATA, (allowed, hard))
