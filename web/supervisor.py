"""Keeps a set of processes running: starts them, replaces what dies, stops them in order.

One thread does it all: it passes on what the children say, looks after them, and looks for a
signal, ten times a second.
"""

from __future__ import annotations

import ctypes
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from pathlib import Path

from web.processes import Program

Write = Callable[[str], None]

_TICK_S = 0.1
_FIRST_WAIT_S = 0.2
_LONGEST_WAIT_S = 5.0
_SOUND_AFTER_S = 10.0
_CHUNK_BYTES = 64 * 1024
_PR_SET_PDEATHSIG = 1
_AUTOGROUP = Path("/proc/self/autogroup")
_ASK_TIMES = 10
_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None


def supervise(
    programs: Sequence[Program],
    *,
    write: Write,
    tick: Callable[[], None],
    environ: Mapping[str, str] = os.environ,
) -> None:
    """Keep ``programs`` running until SIGTERM or SIGINT, then stop them and return.

    ``write`` gets each line that a child says, after its name; ``tick`` is called a few times a
    second from start to signal.
    """
    told_to_stop = False

    def stop(*_: object) -> None:
        nonlocal told_to_stop
        told_to_stop = True

    before = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGINT)}
    output = Output(write)
    children = [Child(program, environ, output) for program in programs]
    try:
        while not told_to_stop:
            for child in children:
                child.look_after()
            output.pass_on(_TICK_S)
            tick()
    finally:
        _stop_all(children, output)
        for number, handler in before.items():
            signal.signal(number, handler)


class Output:
    """What the children say, one line at a time, each after the name of who said it."""

    def __init__(self, write: Write) -> None:
        self._write = write
        self._selector = selectors.DefaultSelector()

    def follow(self, name: str, pipe: int) -> None:
        self._selector.register(pipe, selectors.EVENT_READ, _Speaker(name))

    def say(self, name: str, line: str) -> None:
        self._write(f"{name:<9} | {line}")

    def pass_on(self, timeout_s: float) -> None:
        """Write what is there, after waiting for it at most ``timeout_s``."""
        for key, _ in self._selector.select(timeout_s):
            chunk = os.read(key.fd, _CHUNK_BYTES)
            speaker: _Speaker = key.data
            *lines, speaker.unfinished = (speaker.unfinished + chunk).split(b"\n")
            if not chunk or len(speaker.unfinished) > _CHUNK_BYTES:
                lines, speaker.unfinished = [*lines, speaker.unfinished], b""
            for line in filter(None, lines):
                self.say(speaker.name, line.decode(errors="replace"))
            if not chunk:
                self._selector.unregister(key.fd)
                os.close(key.fd)


@dataclass(slots=True)
class _Speaker:
    name: str
    unfinished: bytes = b""


class Child:
    """A program's process, and when to start it again."""

    def __init__(self, program: Program, environ: Mapping[str, str], output: Output) -> None:
        self.program = program
        self._environ = environ
        self._output = output
        self._process: subprocess.Popen[bytes] | None = None
        self._started_at = self._due_at = 0.0
        self._wait_s = _FIRST_WAIT_S

    def look_after(self) -> None:
        """Start it when it does not run and is due."""
        now = time.monotonic()
        if self._process and self._process.poll() is not None:
            self._plan_restart(now, self._process.returncode)
        if not self._process and now >= self._due_at:
            self._try_to_start(now)

    @property
    def alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def ask_to_stop(self) -> None:
        if self._process and self.alive:
            self._process.terminate()

    def kill(self) -> None:
        """End it at once, with all that it started itself."""
        if self._process:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def _plan_restart(self, now: float, status: int) -> None:
        sound = now - self._started_at >= _SOUND_AFTER_S
        self._wait_s = _FIRST_WAIT_S if sound else min(2 * self._wait_s, _LONGEST_WAIT_S)
        self._due_at = now + self._wait_s
        self.kill()  # what it started itself might hold its port
        self._process = None
        self._output.say(self.program.name, f"ended with status {status}; starting it again")

    def _try_to_start(self, now: float) -> None:
        try:
            self._start(now)
        except OSError as error:  # no memory, processes or files left: others may give some back
            self._due_at = now + _LONGEST_WAIT_S
            self._output.say(self.program.name, f"cannot be started ({error}); trying again")

    def _start(self, now: float) -> None:
        self._started_at = now
        read, write = os.pipe()
        try:
            self._process = subprocess.Popen(  # noqa: S603 - the table's own programs
                self.program.command,
                stdin=subprocess.DEVNULL,
                stdout=write,
                stderr=write,
                env=self._environ,
                start_new_session=True,  # Ctrl-C at the terminal must reach the supervisor alone
                preexec_fn=partial(
                    _begin, self.program.niceness
                ),  # safe: this process has no other thread
            )
        except OSError:
            os.close(read)
            raise
        finally:
            os.close(write)
        self._output.follow(self.program.name, read)


def _begin(niceness: int) -> None:
    """What a child does before it becomes its program."""
    if _LIBC:  # have the kernel kill this process when the supervisor dies
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if niceness:
        os.nice(niceness)
        _stand_back_as_a_session(niceness)


def _stand_back_as_a_session(niceness: int) -> None:
    """Linux may share processors out among sessions first (sched(7), autogroups), and each child has its
    own: where it does, only the session's niceness tells in favour of others.
    """
    for _ in range(_ASK_TIMES):
        try:
            _AUTOGROUP.write_text(str(niceness))
            return
        except BlockingIOError:  # it may be asked ten times a second
            time.sleep(_TICK_S)
        except OSError:  # there are none
            return


def _stop_all(children: Sequence[Child], output: Output) -> None:
    """Stop the children stage by stage, the highest first; kill who outstays the grace."""
    by_stage = sorted(children, key=lambda child: child.program.stage, reverse=True)
    for _, group in groupby(by_stage, key=lambda child: child.program.stage):
        stage = list(group)
        for child in stage:
            child.ask_to_stop()
        deadline = time.monotonic() + max(child.program.grace_s for child in stage)
        while any(child.alive for child in stage) and time.monotonic() < deadline:
            output.pass_on(_TICK_S)
        for child in stage:
            child.kill()
    output.pass_on(0)
