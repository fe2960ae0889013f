from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from engine.settings import Settings
from web.processes import Program, programs
from web.supervisor import supervise

AUTOGROUP = Path("/proc/self/autogroup")
UP = "print('up', os.getpid(), flush=True); time.sleep(60)"
ON_SIGTERM = "signal.signal(signal.SIGTERM, lambda *_: (print('leaving', flush=True), os._exit(0)))"
DEAF = "signal.signal(signal.SIGTERM, signal.SIG_IGN)"


def program(
    name: str, *code: str, stage: int = 0, grace_s: float = 10, niceness: int = 0
) -> Program:
    script = "\n".join(("import os, signal, sys, time", *code))
    command = (sys.executable, "-c", script)
    return Program(name, command, stage=stage, grace_s=grace_s, niceness=niceness)


def stop() -> None:
    os.kill(os.getpid(), signal.SIGTERM)


def run(*programs: Program, until: Callable[[list[str]], bool]) -> list[str]:
    """Supervise ``programs``, stop when ``until`` likes what they said, and return all of it."""
    said: list[str] = []

    def tick() -> None:
        if until(said):
            stop()

    supervise(programs, write=said.append, tick=tick)
    return said


def lines(said: list[str], name: str, word: str) -> list[str]:
    return [line for line in said if line.startswith(name) and word in line]


@pytest.fixture
def life(tmp_path: Path) -> Iterator[Life]:
    path = tmp_path / "life"
    os.mkfifo(path)
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    yield Life(path, descriptor)
    os.close(descriptor)


class Life:
    """A pipe that a process holds open for as long as it lives."""

    def __init__(self, path: Path, descriptor: int) -> None:
        self.hold = f"held = open({str(path)!r}, 'w')"
        self._descriptor = descriptor

    def has_ended(self) -> bool:
        """Wait for the end of whoever runs ``hold``."""
        os.set_blocking(self._descriptor, True)
        return os.read(self._descriptor, 1) == b""


def test_what_a_child_says_stands_after_its_name() -> None:
    said = run(program("web", UP), until=lambda said: bool(said))
    assert said[0].startswith("web       | up ")


def test_errors_and_unfinished_lines_are_passed_on_too() -> None:
    code = "os.write(2, b'half a line'); os.close(1); os.close(2); time.sleep(60)"
    said = run(program("web", code), until=lambda said: bool(said))
    assert said[0] == "web       | half a line"


@pytest.mark.parametrize("ending", ["os._exit(0)", "os._exit(3)", "os.kill(os.getpid(), 9)"])
def test_a_child_that_ends_in_whatever_way_is_started_again(ending: str, tmp_path: Path) -> None:
    once = f"first = not os.path.exists({str(tmp_path / 'been')!r})"
    mark = f"open({str(tmp_path / 'been')!r}, 'w').close()"
    said = run(
        program("worker 1", once, mark, f"if first: {ending}", UP),
        until=lambda said: bool(lines(said, "worker 1", "up")),
    )
    assert lines(said, "worker 1", "starting it again")


def test_a_child_that_cannot_be_started_is_tried_again_and_harms_no_other() -> None:
    gone = Program("worker 1", ("/no/such/program",), stage=0)
    said = run(gone, program("web", UP), until=lambda said: bool(lines(said, "web", "up")))
    assert lines(said, "worker 1", "cannot be started")


def test_stopping_goes_from_the_highest_stage_to_the_lowest() -> None:
    said = run(
        *(
            program(name, ON_SIGTERM, UP, stage=stage)
            for stage, name in enumerate(("valkey", "worker", "web"))
        ),
        until=lambda said: len(said) == 3,
    )
    assert [line.split()[0] for line in said if "leaving" in line] == ["web", "worker", "valkey"]


def test_a_child_that_will_not_leave_is_killed_after_its_grace(life: Life) -> None:
    deaf = program("web", DEAF, life.hold, UP, grace_s=0.01)
    run(deaf, until=lambda said: bool(said))
    assert life.has_ended()


def test_what_a_child_started_ends_with_it(life: Life) -> None:
    fork = f"if os.fork() == 0: {DEAF}; {life.hold}; {UP}"
    run(program("web", fork, "time.sleep(60)"), until=lambda said: bool(said))
    assert life.has_ended()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no full device")
def test_a_full_disk_under_the_log_ends_nothing() -> None:
    child = program("web", "print('up', flush=True)", "time.sleep(0.3)")
    code = f"""
import os, signal
from web.processes import Program
from web.startup import say_aloud
from web.supervisor import supervise
def write(line):
    say_aloud(line)
    if "starting it again" in line:
        os.write(2, b"still here")
        os.kill(os.getpid(), signal.SIGTERM)
supervise([{child!r}], write=write, tick=lambda: None)
"""
    with Path("/dev/full").open("w") as full:
        ended = subprocess.run([sys.executable, "-c", code], stdout=full, stderr=subprocess.PIPE)
    assert ended.stderr.startswith(b"still here")


def test_who_is_to_stand_back_does_so_in_truth() -> None:
    tell = "print('up', os.nice(0), flush=True); time.sleep(60)"
    said = run(
        program("web", tell),
        program("worker 1", tell, niceness=7),
        until=lambda said: len(said) == 2,
    )
    ((web,), (worker,)) = (lines(said, name, "up") for name in ("web", "worker 1"))
    assert int(worker.split()[-1]) == min(int(web.split()[-1]) + 7, 19)


@pytest.mark.skipif(not AUTOGROUP.exists(), reason="this system has no groups by session")
def test_where_sessions_share_the_processors_the_session_stands_back() -> None:
    tell = "print('up', open('/proc/self/autogroup').read(), flush=True); time.sleep(60)"
    children = [program(f"worker {number}", tell, niceness=7) for number in (1, 2)]
    said = run(*children, until=lambda said: len(said) == 2)
    assert [line.split()[-2:] for line in said] == [["nice", "7"]] * 2


def test_websites_are_answered_before_anything_is_delivered(tmp_path: Path) -> None:
    niceness = {one.name: one.niceness for one in programs(Settings(data_dir=tmp_path), demo=None)}
    assert niceness["web"] < min(niceness["schedule"], niceness["worker 1"], niceness["worker 2"])


def test_the_handlers_of_before_are_put_back() -> None:
    before = signal.getsignal(signal.SIGTERM)
    run(program("web", UP), until=lambda said: bool(said))
    assert signal.getsignal(signal.SIGTERM) is before


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells children of a parent's death")
def test_no_child_outlives_a_killed_supervisor(life: Life) -> None:
    child = program("web", life.hold, UP)
    code = f"""
from web.processes import Program
from web.supervisor import supervise
supervise([{child!r}], write=lambda line: print(line, flush=True), tick=lambda: None)
"""
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as supervisor:
        assert supervisor.stdout
        assert b"up" in supervisor.stdout.readline()
        supervisor.kill()
    assert life.has_ended()
