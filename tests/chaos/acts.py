"""What can happen to a running Formwire: each act is drawn from a seed, and undone by itself."""

from __future__ import annotations

import math
import os
import signal
import sqlite3
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import psycopg
from redis import Redis
from redis.exceptions import RedisError
from sqlalchemy import make_url

from bench.stack import Formwire, SimulatedCrm
from tests.databases import Postgres

FAULTS = (
    "rate limit",
    "lose reply",
    "never arrives",
    "html error",
    "error after applying",
    "garbage",
)
Log = Callable[[str], None]


@dataclass(slots=True)
class Stage:
    """What acts act upon. ``counts`` is how often each came; ``kills`` the processes that died of it."""

    formwire: Formwire
    crm: SimulatedCrm
    random: Random
    log: Log
    postgres: Postgres | None = None
    full_disk: Path | None = None  # a small file system that holds the data folder
    only: Sequence[str] = ()  # the names of the acts to draw from, all if there are none
    longest_s: float = math.inf  # that one act may take, so that a short storm has several
    counts: dict[str, int] = field(default_factory=dict)
    kills: int = 0

    def pids(self, *words: str) -> list[int]:
        assert self.formwire.command is not None
        return self.formwire.command.family(*words)

    def signal(self, number: signal.Signals, *pids: int) -> None:
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, number)
                self.kills += number is signal.SIGKILL

    def one_of(self, *words: str) -> list[int]:
        found = self.pids(*words)
        return [self.random.choice(found)] if found else []

    def sleep(self, least_s: float, most_s: float) -> None:
        time.sleep(min(self.random.uniform(least_s, most_s), self.longest_s))


# Processes --------------------------------------------------------------------------------------


def kill_worker(stage: Stage) -> None:
    stage.signal(signal.SIGKILL, *stage.one_of("web.cli", "worker"))


def kill_web(stage: Stage) -> None:
    stage.signal(signal.SIGKILL, *stage.one_of("web.cli", " web "))


def kill_schedule(stage: Stage) -> None:
    stage.signal(signal.SIGKILL, *stage.one_of("web.cli", "schedule"))


def kill_valkey(stage: Stage) -> None:
    stage.signal(signal.SIGKILL, *stage.one_of("valkey-server"))


def kill_all_but_the_supervisor(stage: Stage) -> None:
    stage.signal(signal.SIGKILL, *stage.pids()[1:])


def kill_everything(stage: Stage) -> None:
    """As a power cut does, but for what the kernel had not written yet."""
    pids = stage.pids()
    stage.signal(signal.SIGKILL, *pids)
    assert stage.formwire.command is not None
    stage.formwire.command.process.wait()
    stage.sleep(0, 2)
    stage.formwire.start()


def stop_worker_politely(stage: Stage) -> None:
    stage.signal(signal.SIGTERM, *stage.one_of("web.cli", "worker"))


def freeze_worker(stage: Stage) -> None:
    """Longer than a lease, unless the storm is short, so that it wakes up as nobody."""
    pids = stage.one_of("web.cli", "worker")
    stage.signal(signal.SIGSTOP, *pids)
    stage.sleep(5, 75)
    stage.signal(signal.SIGCONT, *pids)


def freeze_valkey(stage: Stage) -> None:
    pids = stage.one_of("valkey-server")
    stage.signal(signal.SIGSTOP, *pids)
    stage.sleep(1, 10)
    stage.signal(signal.SIGCONT, *pids)


# What they rely on ------------------------------------------------------------------------------


def flush_queue(stage: Stage) -> None:
    with suppress(RedisError), Redis.from_url(stage.formwire.settings.redis_url) as redis:
        redis.flushall()


def lock_database(stage: Stage) -> None:
    if stage.postgres is not None:
        _lock_tables(stage)
        return
    path = make_url(stage.formwire.settings.database_url).database or ""
    with suppress(sqlite3.OperationalError), closing(sqlite3.connect(path, timeout=20)) as other:
        other.isolation_level = None
        other.execute("BEGIN IMMEDIATE")
        stage.sleep(1, 17)
        other.execute("ROLLBACK")


def _lock_tables(stage: Stage) -> None:
    """As a migration or somebody's careless statement does."""
    name = stage.random.choice(["connection", "form", "run", "step", "submission"])
    where = make_url(stage.formwire.settings.database_url).set(drivername="postgresql")
    with psycopg.connect(where.render_as_string(hide_password=False)) as other:
        other.execute(f'LOCK TABLE "{name}" IN ACCESS EXCLUSIVE MODE'.encode())
        stage.sleep(1, 17)


def restart_database(stage: Stage) -> None:
    """A clean end of it, or one as after a power cut."""
    if stage.postgres is not None:
        stage.postgres.stop(stage.random.choice(["fast", "immediate"]))
        stage.sleep(0, 5)
        stage.postgres.start()


def fill_disk(stage: Stage) -> None:
    if stage.full_disk is None:
        return
    ballast = stage.full_disk / "ballast"
    with suppress(OSError), ballast.open("wb", buffering=0) as file:
        while True:
            file.write(b"\0" * 65_536)
    stage.sleep(2, 8)
    ballast.unlink(missing_ok=True)


# The CRM ----------------------------------------------------------------------------------------


def crm_stumbles(stage: Stage) -> None:
    """For a while, some calls meet an accident."""
    seed, share = stage.random.randrange(2**31), stage.random.uniform(0.02, 0.3)
    chance = {"seed": seed, "share": share, "kinds": FAULTS}
    stage.crm.http.post("/faults/random", json=chance).raise_for_status()
    stage.sleep(2, 10)
    stage.crm.http.delete("/faults").raise_for_status()


def crm_is_away(stage: Stage) -> None:
    kind = stage.random.choice(["never arrives", "html error", "rate limit"])
    outage = {"kind": kind, "times": None, "seconds": 2}
    stage.crm.http.post("/faults", json=outage).raise_for_status()
    stage.sleep(2, 15)
    stage.crm.http.delete("/faults").raise_for_status()


def crm_applies_late(stage: Stage) -> None:
    late = {"kind": "apply late", "method": "POST", "seconds": stage.random.uniform(0.1, 1.5)}
    stage.crm.http.post("/faults", json=late).raise_for_status()


def crm_loses_a_reply(stage: Stage) -> None:
    kind = stage.random.choice(["lose reply", "garbage", "error after applying"])
    lost = {"kind": kind, "method": stage.random.choice(["POST", "PATCH", "GET"])}
    stage.crm.http.post("/faults", json=lost).raise_for_status()


ACTS: Mapping[Callable[[Stage], None], int] = {
    kill_worker: 30,
    kill_web: 12,
    kill_schedule: 4,
    kill_valkey: 4,
    kill_all_but_the_supervisor: 4,
    kill_everything: 1,
    stop_worker_politely: 6,
    freeze_worker: 3,
    freeze_valkey: 2,
    flush_queue: 4,
    lock_database: 2,
    restart_database: 2,
    fill_disk: 2,
    crm_stumbles: 5,
    crm_is_away: 2,
    crm_applies_late: 8,
    crm_loses_a_reply: 10,
}
"""Each act and how likely it is beside the others."""


def next_act(stage: Stage) -> None:
    """Draw an act and carry it out."""
    acts = [act for act in ACTS if not stage.only or act.__name__ in stage.only]
    (act,) = stage.random.choices(acts, [ACTS[act] for act in acts])
    stage.log(act.__name__)
    stage.counts[act.__name__] = stage.counts.get(act.__name__, 0) + 1
    act(stage)
