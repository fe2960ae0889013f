from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from rq import SimpleWorker
from rq.serializers import JSONSerializer
from rq.utils import now, utcformat

from engine.delivery.bell import QUEUE, SCHEDULE_HEARTBEAT
from engine.settings import Settings
from tests.databases import Databases
from tests.valkey import Valkey
from web import create_app


@pytest.fixture
def client(settings: Settings, valkey: Valkey) -> Iterator[FlaskClient]:
    app = create_app(settings.model_copy(update={"redis_url": valkey.url}))
    yield app.test_client()
    app.extensions["database"].close()


def start(valkey: Valkey, *, state: str = "idle", silent_s: float = 0) -> None:
    """Register a worker and the schedule as they do it themselves."""
    worker = SimpleWorker([QUEUE], connection=valkey.redis, serializer=JSONSerializer)
    worker.register_birth()
    heard = utcformat(now() - timedelta(seconds=silent_s))
    valkey.redis.hset(worker.key, mapping={"state": state, "last_heartbeat": heard})
    valkey.redis.set(SCHEDULE_HEARTBEAT, 1, ex=15)


def ask(client: FlaskClient) -> tuple[int, dict[str, Any]]:
    response = client.get("/healthz")
    assert response.json
    return response.status_code, response.json


def failing(told: dict[str, Any]) -> dict[str, str]:
    """Each failing check's remedy."""
    return {name: check["remedy"] for name, check in told["checks"].items() if not check["ok"]}


def test_all_is_well_once_everything_is_at_work(client: FlaskClient, valkey: Valkey) -> None:
    start(valkey)
    status, told = ask(client)
    assert (status, told["status"]) == (200, "ok")
    assert told["checks"].keys() == {"database", "tables", "queue", "workers", "schedule"}


@pytest.mark.parametrize(
    ("state", "silent_s", "status"),
    [("idle", 5, 200), ("idle", 20, 503), ("busy", 80, 200), ("busy", 150, 503)],
)
def test_a_worker_is_alive_while_it_is_heard_of(
    client: FlaskClient, valkey: Valkey, state: str, silent_s: float, status: int
) -> None:
    start(valkey, state=state, silent_s=silent_s)
    assert ask(client)[0] == status


def test_without_worker_and_schedule_nothing_is_delivered(
    client: FlaskClient, valkey: Valkey
) -> None:
    status, told = ask(client)
    assert (status, told["status"]) == (503, "unhealthy")
    assert failing(told) == {
        "workers": "Start one: formwire worker",
        "schedule": "Start it: formwire schedule",
    }


def test_a_queue_that_is_away_is_told(client: FlaskClient, app: Flask) -> None:
    status, told = ask(app.test_client())  # its queue was never started
    assert status == 503
    assert list(failing(told)) == ["queue"]
    assert "FORMWIRE_REDIS_URL" in failing(told)["queue"]


def test_tables_of_another_version_are_told(client: FlaskClient, valkey: Valkey) -> None:
    start(valkey)
    database = client.application.extensions["database"]
    with database.writer.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = 'old'")
    status, told = ask(client)
    assert status == 503
    assert list(failing(told)) == ["tables"]


def test_a_database_that_is_away_is_told(
    client: FlaskClient, valkey: Valkey, settings: Settings, databases: Databases
) -> None:
    start(valkey)
    client.application.extensions["database"].close()
    databases.take_away(settings.database_url)
    status, told = ask(client)
    assert status == 503
    assert list(failing(told)) == ["database"]
