"""The website's side: accepting, answering, ringing."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event, func, select

from engine.delivery import bell as bells
from engine.delivery import jobs
from engine.delivery.bell import Bell
from engine.delivery.intake import Posted, accept
from engine.delivery.schedule import ring_due
from engine.storage.base import now
from engine.storage.database import Database
from engine.storage.forms import form_by_key, save_form
from engine.storage.models import Form, RunState, Submission, SubmissionState
from engine.storage.runs import connections_with_work
from tests.builders import form_config, json_body, urlencoded
from tests.engine.delivery.world import World as MemoryWorld
from tests.valkey import Valkey


class Killed(BaseException):
    """The process is gone."""


def web_is_killed(memory: MemoryWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    def die(*_: object) -> None:
        raise Killed

    key = {"Idempotency-Key": "order-1"}
    posted = Posted(json_body(), "application/json", headers=key)
    with memory.instance.database.read() as session:
        form = form_by_key(session, "demo")
    assert form is not None
    engine = memory.instance.database.writer
    event.listen(engine, "commit", die)
    with pytest.raises(Killed):
        accept(memory.instance, form, posted)
    event.remove(engine, "commit", die)
    assert _count(memory.instance.database) == 0, "before the commit there is nothing"
    with monkeypatch.context() as patch:
        patch.setattr(bells, "ring", die)
        with pytest.raises(Killed):
            accept(memory.instance, form, posted)
    (kept,) = _stored(memory.instance.database)
    assert accept(memory.instance, form, posted).id == kept.public_id, "the client tries again"
    assert _count(memory.instance.database) == 1
    with memory.instance.database.read() as session:
        assert connections_with_work(session, now()) == [memory.connection_id], "the schedule rings"


def redis_is_away(memory: MemoryWorld, valkey: Valkey, monkeypatch: pytest.MonkeyPatch) -> None:
    ours = memory.instance.settings.model_copy(update={"redis_url": valkey.url})
    bell = Bell(valkey.url)
    monkeypatch.setattr(bells, "bell", lambda _: bell)
    memory.post()
    valkey.redis.flushall()
    ring_due(memory.instance.database, bell)
    assert valkey.redis.llen(f"rq:queue:{bells.QUEUE}") == 1, "what was forgotten is rung again"
    valkey.stop()
    try:
        memory.post(email="grace@example.org", phone="", company="Hopper")
        assert bell.missed
        monkeypatch.setattr(jobs, "_instance", lambda: memory.instance)
        jobs.drain_due()
    finally:
        valkey.start()
    assert memory.states() == {RunState.DELIVERED}, ours.redis_url


def flooded(client: FlaskClient, database: Database, form: Form) -> None:
    """Too fast: told so, and nobody else is. Spam: kept, for a person."""
    with database.write() as session:
        save_form(session, form_config(per_minute=2))
    statuses = [
        client.post("/f/callback", data=urlencoded(name=f"Ada {number}")).status_code
        for number in range(5)
    ]
    assert set(statuses) == {200, 429}
    assert _count(database) == statuses.count(200)
    elsewhere = {"REMOTE_ADDR": "198.51.100.9"}
    spam = urlencoded(_gotcha="buy", name="Mallory")
    answer = client.post("/f/callback", data=spam, environ_overrides=elsewhere)
    assert answer.status_code == 200
    assert _stored(database)[-1].state == SubmissionState.HELD


def _stored(database: Database) -> list[Submission]:
    with database.read() as session:
        return list(session.scalars(select(Submission).order_by(Submission.id)))


def _count(database: Database) -> int:
    with database.read() as session:
        return session.scalar(select(func.count(Submission.id))) or 0
