"""Break a whole running Formwire in every way for a while, then count what was lost or doubled.

    python -m tests.chaos --submissions 20000 --kills 500 --seed 7
    python -m tests.chaos --seconds 45

Real processes, a real database, a real Valkey, real HTTP; the CRM is simulated and keeps its own
log of what really happened. Ends with 1 when anything was lost, doubled, torn or stuck.
"""

from __future__ import annotations

import argparse
import math
import shutil
import signal
import sys
import tempfile
import threading
import time
from dataclasses import asdict
from pathlib import Path
from random import Random

from sqlalchemy import func, select, update

from bench.stack import Formwire, SimulatedCrm, free_port
from connectors.registry import CONNECTORS
from engine.storage.base import now
from engine.storage.database import Database
from engine.storage.models import UNFINISHED, Connection, ConnectionState, Run, RunState
from tests.acceptance.people import Truth, new_people
from tests.chaos.acts import ACTS, Stage, next_act
from tests.chaos.oracle import Verdict, judge
from tests.chaos.small_disk import small_disk
from tests.chaos.websites import Websites
from tests.databases import Postgres

SETTLE_S = 4.0  # more than the simulated CRM applies late
ENDS_WITHIN_S = 600


def main() -> int:
    asked = _arguments()
    print(f"chaos: seed {asked.seed}", flush=True)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # leave nothing running
    with (
        tempfile.TemporaryDirectory(prefix="formwire-chaos-") as folder,
        small_disk(Path(folder) / "disk") as disk,
    ):
        return _play(asked, Path(folder), disk)


def _play(asked: argparse.Namespace, folder: Path, disk: Path | None) -> int:
    data = disk or folder / "disk"
    postgres = Postgres() if asked.postgres else None
    crm = SimulatedCrm(folder, port=free_port(), crm=asked.crm)
    settings = {"database_url": postgres.fresh(data)} if postgres else {}
    formwire = Formwire(data / "formwire", settle_s=SETTLE_S, **settings)
    try:
        crm.wait_until_ready()
        formwire.prepare(crm)
        formwire.start()
        database = Database(formwire.settings.database_url)
        random, log = Random(asked.seed), _Log(asked.log)
        longest_s = asked.seconds / 10 if asked.seconds else math.inf
        stage = Stage(formwire, crm, random, log, postgres, disk, asked.only, longest_s)
        truth = Truth(crm)
        websites = _storm(asked, stage)
        _calm_down(stage, database)
        verdict = judge(database, truth, websites.acks)
        database.close()
        if asked.keep and not verdict.holds:
            shutil.copytree(data, asked.keep, ignore=shutil.ignore_patterns("*.sock"))
        return _report(asked, stage, websites, verdict)
    finally:
        formwire.end()
        crm.end()
        if postgres:
            postgres.close()


def _storm(asked: argparse.Namespace, stage: Stage) -> Websites:
    """Post and break until enough of both has happened."""
    people = new_people(asked.submissions)
    websites = Websites(f"{stage.formwire.url}/f/demo", people, asked.seed, asked.pause_s)
    end = time.monotonic() + asked.seconds if asked.seconds else None
    enough = threading.Event()
    signal.signal(signal.SIGINT, lambda *_: enough.set())  # what happened so far is judged
    visitors = threading.Thread(target=websites.run)
    visitors.start()
    while visitors.is_alive() or stage.kills < asked.kills:
        if enough.is_set() or (end is not None and time.monotonic() > end):
            break
        next_act(stage)
        stage.sleep(0, 2 * asked.every_s)
    websites.over.set()
    visitors.join()
    return websites


def _calm_down(stage: Stage, database: Database) -> None:
    """Stop breaking, and wait until every run has ended. What waits for later is due now."""
    stage.crm.http.delete("/faults").raise_for_status()
    deadline = time.monotonic() + ENDS_WITHIN_S
    while True:
        with database.write() as session:
            left = session.scalar(select(func.count(Run.id)).where(Run.state.in_(UNFINISHED)))
            if not left:
                return
            session.execute(
                update(Run)
                .where(Run.state == RunState.WAITING, Run.wait != "reconcile")
                .values(due_at=now())
            )
            session.execute(
                update(Connection).values(
                    not_before=None, breaker_until=None, state=ConnectionState.OK
                )
            )
        assert stage.formwire.command is not None
        if stage.formwire.command.process.poll() is not None:
            said = stage.formwire.command.said.read_text(errors="replace")
            print("FORMWIRE ENDED BY ITSELF, with these words:", said[-10_000:], sep="\n")
            return
        if time.monotonic() > deadline:
            return  # the oracle names what is stuck
        time.sleep(1)


class _Log:
    """What was done when, in a file and on the screen."""

    def __init__(self, path: Path | None) -> None:
        self._file = path.open("a", encoding="utf-8") if path else None
        self._start = time.monotonic()

    def __call__(self, what: str) -> None:
        line = f"{time.monotonic() - self._start:8.1f} {what}"
        if self._file:
            self._file.write(line + "\n")
            self._file.flush()


def _report(asked: argparse.Namespace, stage: Stage, websites: Websites, verdict: Verdict) -> int:
    acts = ", ".join(f"{name} {number}" for name, number in sorted(stage.counts.items()))
    print(f"acts: {acts}")
    print(
        f"{verdict.acknowledged} acknowledged, {websites.refused} times told to come again, "
        f"{len(websites.unknown)} never answered; {stage.kills} kills; "
        f"{verdict.delivered} delivered, {verdict.adopted} writes adopted, {verdict.asked} asked about"
    )
    for name, found in asdict(verdict).items():
        if isinstance(found, list) and found:
            print(f"{name.upper()}: {len(found)}", *found[:20], sep="\n  ")
    print(f"seed {asked.seed}: lost {len(verdict.lost)}, doubled {len(verdict.doubled)}")
    return 0 if verdict.holds else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--seed", type=int, default=Random().randrange(10**6))
    parser.add_argument("--submissions", type=int, default=2000, help="how many people post")
    parser.add_argument("--kills", type=int, default=0, help="go on until so many processes died")
    parser.add_argument("--seconds", type=float, default=0, help="end the storm after so long")
    parser.add_argument("--every-s", type=float, default=1.0, help="time between two acts, about")
    parser.add_argument("--pause-s", type=float, default=0.2, help="of a visitor thread, about")
    parser.add_argument("--crm", choices=sorted(CONNECTORS), default="kommo", help="to deliver to")
    parser.add_argument("--postgres", action="store_true", help="instead of SQLite")
    names = [act.__name__ for act in ACTS]
    parser.add_argument(
        "--only", nargs="*", default=(), choices=names, help="of all that may happen"
    )
    parser.add_argument("--keep", type=Path, help="copy the data folder here if anything is wrong")
    parser.add_argument("--log", type=Path, help="append what was done when to this file")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
