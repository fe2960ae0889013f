"""Measure deliveries: how fast forms are taken, how fast they reach a CRM, and what a bare script does.

    make bench
    make bench ARGS="--submissions 1000 --latency-ms 150"

How to read the numbers: docs/bench.md.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import httpx
from floor import BareScript, Lead
from sqlalchemy import func, select
from stack import Command, Formwire, SimulatedCrm, free_port

from connectors.kommo.spec import KOMMO
from engine.storage.database import Database
from engine.storage.models import Run, RunState

PROCESSES = {"web": "web.cli web", "workers": "web.cli worker", "schedule": "web.cli schedule"}
PATIENCE_S = 600


@dataclass(frozen=True, slots=True)
class Measured:
    """One Formwire under load. Seconds count from the first post."""

    accepted_s: float
    delivered_s: float
    calls: Counter[str]
    peak_mb: dict[str, tuple[int, int]]  # kind of process → how many, megabytes of all


def main() -> None:
    options = _options()
    leads = [_lead(number) for number in range(options.submissions)]
    with tempfile.TemporaryDirectory(prefix="formwire-bench-") as folder:
        crm = SimulatedCrm(Path(folder), port=free_port(), latency_ms=options.latency_ms)
        try:
            crm.wait_until_ready()
            measured = _measure(crm, Path(folder) / "formwire", leads, options.threads)
            _report(measured, options)
            _report_floor(crm, leads, measured, options.sample)
        finally:
            crm.end()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    add = parser.add_argument
    add("--submissions", type=int, default=300, help="how many forms to post (%(default)s)")
    add("--threads", type=int, default=16, help="how many to post at a time (%(default)s)")
    add("--latency-ms", type=float, default=50, help="the CRM's time for a call (%(default)s)")
    add("--sample", type=int, default=30, help="leads for the one-by-one script (%(default)s)")
    return parser.parse_args()


def _lead(number: int) -> Lead:
    return {
        "first_name": f"Ada{number:06}",
        "email": f"ada{number:06}@example.org",
        "phone": f"+38067{number:07}",
        "company": f"Analytical {number:06}",
        "budget": "1 500,50",
    }


# Formwire ---------------------------------------------------------------------------------------


def _measure(crm: SimulatedCrm, folder: Path, leads: Sequence[Lead], threads: int) -> Measured:
    formwire = Formwire(folder)
    formwire.prepare(crm)
    database = Database(formwire.settings.database_url)
    try:
        command = formwire.start()
        url = f"{formwire.url}/f/demo"
        _post_all(url, [_lead(999_999)], 1)  # the first one reads the CRM's catalog
        _await_delivered(database, 1)
        calls_before = Counter(crm.calls())
        started = time.time()
        accepted_s = _post_all(url, leads, threads)
        last = _await_delivered(database, len(leads) + 1)
        return Measured(
            accepted_s=accepted_s,
            delivered_s=last - started,
            calls=Counter(crm.calls()) - calls_before,
            peak_mb=_peak_mb(command),
        )
    finally:
        database.close()
        formwire.end()


def _post_all(url: str, leads: Sequence[Lead], threads: int) -> float:
    """The seconds until the last of ``leads`` was accepted."""
    started = time.monotonic()
    with httpx.Client(timeout=60, trust_env=False) as http, ThreadPoolExecutor(threads) as pool:
        for response in pool.map(lambda lead: http.post(url, data=lead), leads):
            response.raise_for_status()
    return time.monotonic() - started


def _await_delivered(database: Database, number: int) -> float:
    """When the last of ``number`` runs was delivered, in Unix seconds."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        with database.read() as session:
            delivered, last = session.execute(
                select(func.count(), func.max(Run.finished_at)).where(
                    Run.state == RunState.DELIVERED
                )
            ).one()
        if delivered == number:
            return float(last.timestamp())
        time.sleep(0.1)
    sys.exit(f"only {delivered} of {number} were delivered within {PATIENCE_S} s")


def _peak_mb(command: Command) -> dict[str, tuple[int, int]]:
    found = {kind: command.family(words) for kind, words in PROCESSES.items()}
    named = {pid for pids in found.values() for pid in pids}
    found["supervisor and queue"] = [pid for pid in command.family() if pid not in named]
    return {kind: (len(pids), sum(map(_peak_kb, pids)) // 1024) for kind, pids in found.items()}


def _peak_kb(pid: int) -> int:
    """The most memory the process ever had, what it shares with others included."""
    status = Path(f"/proc/{pid}/status").read_text()
    (line,) = [line for line in status.splitlines() if line.startswith("VmHWM:")]
    return int(line.split()[1])


# What is said -----------------------------------------------------------------------------------


def _report(measured: Measured, options: argparse.Namespace) -> None:
    number = options.submissions
    print(f"{number} submissions of new people, {options.latency_ms:g} ms for each CRM call\n")
    print("Formwire")
    print(f"  accepted            {number / measured.accepted_s:8.1f} /s")
    print(f"  delivered           {number / measured.delivered_s:8.1f} /s")
    print(f"  CRM calls           {measured.calls.total() / number:8.2f} per submission")
    for call, times in measured.calls.most_common():
        print(f"    {times:6} {call}")
    print(f"  peak memory         {sum(mb for _, mb in measured.peak_mb.values()):8} MB")
    for kind, (processes, mb) in measured.peak_mb.items():
        print(f"    {mb:6} MB {kind} ({processes} processes)")


def _report_floor(
    crm: SimulatedCrm, leads: Sequence[Lead], measured: Measured, sample: int
) -> None:
    """Run the bare scripts against the same CRM, emptied before each."""
    bulk = -(-len(leads) // max(1, measured.calls["POST /api/v4/leads/complex"]))
    print("\nA bare script that knows everybody is new     leads/s  calls/lead  Formwire is")
    for name, script, some in (
        (
            f"the same calls, {KOMMO.parallel} at a time",
            BareScript(crm.url, parallel=KOMMO.parallel, bulk=bulk),
            leads,
        ),
        (
            f"the same calls, one at a time ({sample} leads)",
            BareScript(crm.url, parallel=1, bulk=bulk),
            leads[:sample],
        ),
        (
            f"lead by lead, one at a time ({sample} leads)",
            BareScript(crm.url, parallel=1, bulk=1),
            leads[:sample],
        ),
    ):
        crm.http.post("/reset").raise_for_status()
        per_s = len(some) / script.deliver(some)
        calls = sum(crm.calls().values()) / len(some)
        ratio = len(leads) / measured.delivered_s / per_s
        print(f"  {name:<43} {per_s:7.1f}  {calls:10.2f}  {ratio:5.2f} x as fast")


if __name__ == "__main__":
    main()
