"""Who holds a lease: a thread of a process on a host, told so that others there see it die."""

from __future__ import annotations

import os
import socket
import threading
from functools import cache
from pathlib import Path


def this_thread() -> str:
    """The owner's name, such as ``web1/9f0c2d1e/4026531836:4711:140213``; at most 70 characters."""
    return f"{_here()}:{os.getpid()}:{threading.get_ident()}"


def is_surely_dead(owner: str) -> bool:
    """Whether ``owner`` was a process of this very host that is gone. Of others nobody here knows."""
    here, _, rest = owner.rpartition(":")[0].rpartition(":")
    if here != _here() or not rest.isdecimal():
        return False
    try:
        os.kill(int(rest), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False


@cache
def _here() -> str:
    """Host, boot and, where there are any, process namespace.

    Two hosts may bear one name, for instance when one is a copy of the other; containers number
    their processes apart.
    """
    boot, namespace = Path("/proc/sys/kernel/random/boot_id"), Path("/proc/self/ns/pid")
    id = boot.read_text()[:8] if boot.exists() else ""
    inode = namespace.stat().st_ino if namespace.exists() else 0
    return f"{socket.gethostname()[:24]}/{id}/{inode}"
