"""Pages ask the database little, however much there is."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from jinja2.runtime import Context
from sqlalchemy import event

from engine.instance import Instance
from engine.storage.database import Database
from tests.web.studio import crowd
from tests.web.studio.every_page import every_page

MOST = 15
ABSENT = {
    "studio.submissions.file": 404,  # no submission has one
    "studio.connecting.finish": 400,  # nobody began
}


@contextmanager
def asked(database: Database) -> Iterator[list[str]]:
    """The statements that are sent; a transaction's begin and end are none."""
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if not statement.startswith("BEGIN"):
            sent.append(statement)

    engines = (database.reader, database.writer)
    for engine in engines:
        event.listen(engine, "before_cursor_execute", note)
    yield sent
    for engine in engines:
        event.remove(engine, "before_cursor_execute", note)


def test_no_page_asks_the_database_more_than_fifteen_times(
    app: Flask, grace: FlaskClient, instance: Instance
):
    crowd.fill(instance, forms=100, submissions=300, author="owner@example.org")
    busy = {}
    for endpoint, address in every_page(app, instance):
        with asked(app.extensions["database"]) as sent, grace.get(address) as answer:
            assert answer.status_code == ABSENT.get(endpoint, 200), endpoint
            answer.get_data()  # what is downloaded is read while it is sent
        if len(sent) > MOST:
            busy[endpoint] = sent
    assert busy == {}


def contexts() -> int:
    return sum(isinstance(one, Context) for one in gc.get_objects())


def test_what_a_page_showed_does_not_wait_for_the_garbage_collector(grace: FlaskClient):
    grace.get("/")  # what all pages share stays
    gc.collect()
    gc.disable()
    try:
        before = contexts()
        assert grace.get("/").status_code == 200
        assert contexts() == before
    finally:
        gc.enable()
