"""How fast a submission is answered at a steady rate, beside a bare Flask app on the same server settings.

    python -m bench.intake
    python -m bench.intake --rate 100 --seconds 20

Each post is timed from when it was due, not from when a connection was free to send it, so that a
server which falls behind cannot hide it.
"""

from __future__ import annotations

import argparse
import http.client
import json
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from bench.stack import Formwire, SimulatedCrm, answers, free_port
from engine.settings import Settings

THREADS = 32
WARM_UP_S = 3.0
PATH = "/f/demo"
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


def main() -> None:
    options = _options()
    with tempfile.TemporaryDirectory() as folder:
        bare = _bare(Path(folder), options)
        ours = _formwire(Path(folder), options)
    print(f"{options.rate} posts a second for {options.seconds:g} s\n")
    print(f"{'':<12}{'median':>10}{'p95':>10}{'p99':>10}{'worst':>10}")
    for name, taken in (("bare Flask", bare), ("Formwire", ours)):
        cuts = statistics.quantiles(taken, n=100)
        figures = (statistics.median(taken), cuts[94], cuts[98], max(taken))
        print(f"{name:<12}" + "".join(f"{figure * 1000:7.1f} ms" for figure in figures))
    ratio = statistics.quantiles(ours, n=100)[98] / statistics.quantiles(bare, n=100)[98]
    print(f"\np99, Formwire to bare Flask: {ratio:.1f}")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=int, default=200, help="posts a second")
    parser.add_argument("--seconds", type=float, default=15.0)
    return parser.parse_args()


def _bare(folder: Path, options: argparse.Namespace) -> list[float]:
    settings = Settings(data_dir=folder / "bare", port=free_port())
    code = _BARE.replace("FOLDER", repr(str(settings.data_dir))).replace("PORT", str(settings.port))
    server = subprocess.Popen([sys.executable, "-c", code])
    try:
        _wait(lambda: answers(f"http://127.0.0.1:{settings.port}/healthz"))
        return _measured(settings.port, options)
    finally:
        server.terminate()
        server.wait()


def _formwire(folder: Path, options: argparse.Namespace) -> list[float]:
    """Deliveries to a simulated CRM go on meanwhile, on the same processors."""
    data = folder / "formwire"
    data.mkdir()
    crm = SimulatedCrm(folder, port=free_port())
    formwire = Formwire(data)
    try:
        crm.wait_until_ready()
        formwire.prepare(crm)
        formwire.start()
        return _measured(formwire.settings.port, options)
    finally:
        formwire.end()
        crm.end()


def _wait(ready: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not ready():
        if time.monotonic() > deadline:
            raise RuntimeError("the bare app did not start")
        time.sleep(0.05)


def _measured(port: int, options: argparse.Namespace) -> list[float]:
    """Seconds from when each post was due until its answer had come."""
    _posts(port, options.rate, WARM_UP_S)
    return _posts(port, options.rate, options.seconds)


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
