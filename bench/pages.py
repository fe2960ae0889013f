"""Measure the studio's pages: how long the server takes for each, beside a page that shows nothing.

    python -m bench.pages
    python -m bench.pages --submissions 100000 --times 10

Everything is in one process, the database too, and times are of the processor. The bare page is the
frame that all pages have, drawn for nobody and without a look into the database. Pages take turns,
so that noise meets all alike.
"""

from __future__ import annotations

import argparse
import re
import statistics
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from flask import Flask, render_template
from flask.testing import FlaskClient
from sqlalchemy import event

from engine.garbage import SERVING, collect_rarely
from engine.instance import Instance
from engine.settings import Settings
from engine.storage.database import upgrade
from engine.storage.people import create_person
from tests.web.studio import crowd
from tests.web.studio.every_page import FILES, every_page
from web import create_app

EMAIL, PASSWORD = "grace@formwire.test", "correct horse battery"
BARE = "the frame alone"
GOAL = 10


def main() -> None:
    options = _options()
    with tempfile.TemporaryDirectory(prefix="formwire-bench-", dir=options.folder) as folder:
        url = f"sqlite:///{folder}/formwire.db"
        upgrade(url)
        settings = Settings(data_dir=Path(folder), database_url=url, secret_key="of a bench " * 4)
        app, instance = create_app(settings), Instance.open(settings)
        app.add_url_rule("/_bare", "bare", lambda: render_template("entrance/_base.html"))
        with instance.database.write() as session:
            create_person(session, EMAIL, PASSWORD, role="owner", name="Grace")
        crowd.fill(instance, forms=options.forms, submissions=options.submissions, author=EMAIL)
        found = {name: at for name, at in every_page(app, instance) if name not in FILES}
        pages = {BARE: "/_bare", **found}
        client = _signed_in(app)
        queries = _queries_of(client, pages, app)
        collect_rarely(SERVING)  # as a web process does
        _report(_times_ms(client, pages, options.times), queries, options)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    add = parser.add_argument
    add("--forms", type=int, default=100, help="(%(default)s)")
    add("--submissions", type=int, default=10_000, help="of the last four weeks (%(default)s)")
    add("--times", type=int, default=40, help="how often each page is asked for (%(default)s)")
    add("--folder", help="where the database is put (the system's folder for such things)")
    return parser.parse_args()


def _signed_in(app: Flask) -> FlaskClient:
    client = app.test_client()
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.get("/login").text)
    assert token
    fields = {"csrf_token": token[1], "email": EMAIL, "password": PASSWORD}
    assert client.post("/login", data=fields).status_code == 302
    return client


def _queries_of(client: FlaskClient, pages: Mapping[str, str], app: Flask) -> dict[str, int]:
    """How many queries each page runs; its first run, which fills what is kept, is not counted."""
    asked: list[str] = []
    for engine in (app.extensions["database"].reader, app.extensions["database"].writer):
        event.listen(engine, "before_cursor_execute", lambda *_: asked.append(""))
    counts = {}
    for name, address in pages.items():
        client.get(address)
        asked.clear()
        client.get(address)
        counts[name] = len(asked)
    return counts


def _times_ms(
    client: FlaskClient, pages: Mapping[str, str], times: int
) -> Mapping[str, Sequence[float]]:
    taken: dict[str, list[float]] = {name: [] for name in pages}
    for _ in range(times):
        for name, address in pages.items():
            started = time.process_time_ns()
            with client.get(address) as answer:
                answer.get_data()
            taken[name].append((time.process_time_ns() - started) / 1e6)
    return taken


def _report(
    taken: Mapping[str, Sequence[float]], queries: Mapping[str, int], options: argparse.Namespace
) -> None:
    slow = {name: statistics.quantiles(times, n=20)[-1] for name, times in taken.items()}
    print(
        f"{options.forms} forms, {options.submissions:,} submissions, {options.times} times each\n"
    )
    print(f"{'page':<34}{'queries':>8}{'median':>11}{'p95':>11}{'x frame':>9}")
    for name, p95 in sorted(slow.items(), key=lambda one: -one[1]):
        ratio = p95 / slow[BARE]
        mark = " !" if ratio > GOAL else ""
        median = statistics.median(taken[name])
        print(f"{name:<34}{queries[name]:8}{median:8.1f} ms{p95:8.1f} ms{ratio:9.1f}{mark}")


if __name__ == "__main__":
    main()
