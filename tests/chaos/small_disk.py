"""A file system of its own, so small that it can be filled. Only root may make one."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SIZE = "1g"


@contextmanager
def small_disk(folder: Path) -> Iterator[Path | None]:
    """The folder, on a disk of its own; None, and a plain folder, where nobody may mount."""
    folder.mkdir(parents=True)
    mounted = os.getuid() == 0 and _run(
        "mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", folder
    )
    try:
        yield folder if mounted else None
    finally:
        if mounted:
            _run("umount", "--lazy", folder)


def _run(*command: object) -> bool:
    return not subprocess.run([str(part) for part in command], capture_output=True).returncode
