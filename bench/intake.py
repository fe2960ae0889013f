"""How fast a submission is answered at a steady rate, beside a bare Flask app on the same server settings.

    python -m bench.intake
    python -m bench.intake --rate 100 --seconds 20 --without-delivery

Each post is timed from when it was due, not from when a connection was free to send it, so that a
server which falls behind cannot hide it. Processor time per post stays the same on a busy machine,
where answers take longer.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import update

from bench.stack import Formwire, SimulatedCrm, answers, family, free_port, processor_s
from engine.settings import Settings
from engine.storage.database import Database
from engine.storage.models import Connection, ConnectionState

THREADS = 32
WARM_UP_S = 3.0
PATH = "/f/demo"
WEB = "web server"
_BARE = """
from flask import Flask
from engine.settings import Settings
from web import server

class Bare(server._Server):
    def load(self):
        app = Flask("bare")
        app.post("/f/demo", endpoint="post")(lambda: {"id": "0", "status": "accepted"})
        app.get("/healthz", endpoint="health")(lambda: "ok")
        return app

Bare(Settings(data_dir=FOLDER, port=PORT)).run()
"""


@dataclass(frozen=True, slots=True)
class Measured:
    """Seconds until each answer, and of processor time for each post, by what took it."""

    answers: Sequence[float]
    processor: Mapping[str, float]


def main() -> None:
    os.umask(0o077)  # Formwire starts on nothing that others can read
    options = _options()
    with tempfile.TemporaryDirectory() as folder:
        bare = _bare(Path(folder), options)
        ours = _formwire(Path(folder), options)
    meanwhile = "nothing is delivered" if options.without_delivery else "all is delivered"
    print(f"{options.rate} posts a second for {options.seconds:g} s; meanwhile {meanwhile}\n")
    print(f"{'until the answer':<20}{'median':>10}{'p95':>10}{'p99':>10}{'worst':>10}")
    for name, one in (("bare Flask", bare), ("Formwire", ours)):
        figures = (statistics.median(one.answers), *_cuts(one), max(one.answers))
        print(f"{name:<20}" + "".join(f"{figure * 1000:7.1f} ms" for figure in figures))
    print(f"\np99, Formwire to bare Flask: {_cuts(ours)[1] / _cuts(bare)[1]:.1f}\n")
    print("processor time per post")
    for name, one in (("bare Flask", bare), ("Formwire", ours)):
        for what, seconds in one.processor.items():
            print(f"{f'{name}, {what}':<30}{seconds * 1000:7.2f} ms")
    ratio = ours.processor[WEB] / bare.processor[WEB]
    print(f"\nprocessor time of the web server, Formwire to bare Flask: {ratio:.1f}")


def _cuts(one: Measured) -> tuple[float, float]:
    """The 95th and the 99th of 100."""
    cuts = statistics.quantiles(one.answers, n=100)
    return cuts[94], cuts[98]


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=int, default=200, help="posts a second")
    parser.add_argument("--seconds", type=float, default=15.0)
    parser.add_argument(
        "--without-delivery", action="store_true", help="measure intake alone: its CRM is paused"
    )
    return parser.parse_args()


def _bare(folder: Path, options: argparse.Namespace) -> Measured:
    settings = Settings(data_dir=folder / "bare", port=free_port())
    code = _BARE.replace("FOLDER", repr(str(settings.data_dir))).replace("PORT", str(settings.port))
    server = subprocess.Popen([sys.executable, "-c", code])
    try:
        _wait(lambda: answers(f"http://127.0.0.1:{settings.port}/healthz"))
        return _measured(settings.port, options, {WEB: family(server.pid)})
    finally:
        server.terminate()
        server.wait()


def _formwire(folder: Path, options: argparse.Namespace) -> Measured:
    """Deliveries to a simulated CRM go on meanwhile, on the same processors, unless that is paused."""
    data = folder / "formwire"
    data.mkdir()
    crm = SimulatedCrm(folder, port=free_port())
    formwire = Formwire(data)
    try:
        crm.wait_until_ready()
        formwire.prepare(crm)
        if options.without_delivery:
            _pause(formwire)
        running = formwire.start()
        web = running.family("web.cli", "web", "--quiet")
        processes = {WEB: web, "all the rest": set(running.family()) - {*web}}
        return _measured(formwire.settings.port, options, processes)
    finally:
        formwire.end()
        crm.end()


def _wait(ready: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not ready():
        if time.monotonic() > deadline:
            raise RuntimeError("the bare app did not start")
        time.sleep(0.05)


def _pause(formwire: Formwire) -> None:
    database = Database(formwire.settings.database_url)
    with database.write() as session:
        session.execute(update(Connection).values(state=ConnectionState.PAUSED))
    database.close()


def _measured(
    port: int, options: argparse.Namespace, processes: Mapping[str, Collection[int]]
) -> Measured:
    """Seconds from when each post was due until its answer had come, and what it took."""
    _posts(port, options.rate, WARM_UP_S)
    before = {name: processor_s(pids) for name, pids in processes.items()}
    taken_s = _posts(port, options.rate, options.seconds)
    taken = {name: processor_s(pids) - before[name] for name, pids in processes.items()}
    return Measured(taken_s, {name: each / len(taken_s) for name, each in taken.items()})


def _posts(port: int, rate: int, seconds: float) -> list[float]:
    count, start = int(rate * seconds), time.perf_counter() + 0.2
    taken: list[float] = []
    threads = [
        threading.Thread(target=_post, args=(port, range(n, count, THREADS), start, rate, taken))
        for n in range(THREADS)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if len(taken) < count:
        raise RuntimeError(f"{count - len(taken)} of {count} posts were not answered with 200")
    return taken


def _post(port: int, numbers: Sequence[int], start: float, rate: int, taken: list[float]) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    for number in numbers:
        due = start + number / rate
        time.sleep(max(0.0, due - time.perf_counter()))
        connection.request("POST", PATH, _lead(due, number), {"Content-Type": "application/json"})
        response = connection.getresponse()
        response.read()
        if response.status == 200:
            taken.append(time.perf_counter() - due)
    connection.close()


def _lead(due: float, number: int) -> bytes:
    return json.dumps(
        {
            "first_name": "Ada",
            "email": f"ada{due:.0f}.{number}@example.org",
            "phone": f"+38067{number % 10_000_000:07}",
            "company": "Analytical",
            "message": "Please call me back about the engine. " * 5,
        }
    ).encode()


if __name__ == "__main__":
    main()
