"""Whether submissions can be accepted and delivered, for supervisors, load balancers and people."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache

import alembic.config
from alembic.script import ScriptDirectory
from flask import Blueprint, Flask, Response, jsonify
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry
from rq import Queue, Worker
from rq.serializers import JSONSerializer
from rq.worker import BaseWorker, WorkerStatus
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from engine.delivery.bell import QUEUE, SCHEDULE_HEARTBEAT
from engine.instance import Instance
from engine.storage.database import MIGRATIONS, Database
from web.instance import instance

_REDIS_S = 0.5
_IDLE = timedelta(seconds=15)  # an idle worker tells every second that it lives
_BUSY = timedelta(seconds=120)  # a drain is silent until it ends, and is ended after 90 s

_log = logging.getLogger(__name__)
health = Blueprint("health", __name__)


def init_app(app: Flask) -> None:
    app.register_blueprint(health)


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that must work. ``remedy`` is empty when it does."""

    works: bool
    message: str
    remedy: str = ""


@health.get("/healthz")
def healthz() -> Response:
    """200 once submissions can be accepted and delivered, else 503 and what to mend."""
    checks = check_all(instance())
    works = all(check.works for check in checks.values())
    response = jsonify(
        status="ok" if works else "unhealthy",
        checks={name: _told(check) for name, check in checks.items()},
    )
    response.status_code = 200 if works else 503
    response.headers["Cache-Control"] = "no-store"
    return response


def check_all(instance: Instance) -> dict[str, Check]:
    """Every check by its name, in the order in which things depend on one another."""
    checks = {"database": _writable(instance.database)}
    if checks["database"].works:
        checks["tables"] = _up_to_date(instance.database)
    redis = Redis.from_url(
        instance.settings.redis_url,
        socket_connect_timeout=_REDIS_S,
        socket_timeout=_REDIS_S,
        retry=Retry(NoBackoff(), 0),
    )
    with redis:
        for name, check in QUEUE_CHECKS.items():
            try:
                checks[name] = check(redis)
            except RedisError as error:
                checks["queue"] = Check(
                    False,
                    f"the queue does not answer ({type(error).__name__})",
                    "Start Redis or Valkey again, or correct FORMWIRE_REDIS_URL. "
                    "Submissions are accepted meanwhile and delivered later.",
                )
                break
    return checks


def _writable(database: Database) -> Check:
    """Taking the write lock fails on a read-only file, a full disk's journal and a stuck writer."""
    try:
        with database.writer.connect() as connection:
            connection.execute(text("SELECT 1"))
            connection.rollback()
    except SQLAlchemyError as error:
        _log.warning("the database cannot be written: %s", getattr(error, "orig", error))
        return Check(
            False,
            f"the database cannot be written ({type(error).__name__}; the log says more)",
            "Look at FORMWIRE_DATABASE_URL, free space on its disk and who may write there.",
        )
    return Check(True, "can be written")


def _up_to_date(database: Database) -> Check:
    try:
        with database.reader.connect() as connection:
            found = connection.scalar(text("SELECT version_num FROM alembic_version"))
    except SQLAlchemyError:
        found = None
    if found == _newest_tables():
        return Check(True, f"at {found}")
    return Check(
        False,
        f"the tables are at {found or 'nothing'}, this Formwire needs {_newest_tables()}",
        "Stop Formwire and run: formwire upgrade",
    )


@cache
def _newest_tables() -> str | None:
    config = alembic.config.Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return ScriptDirectory.from_config(config).get_current_head()


def _answers(redis: Redis) -> Check:
    redis.ping()
    return Check(True, "answers")


def _workers(redis: Redis) -> Check:
    queue = Queue(QUEUE, connection=redis, serializer=JSONSerializer)
    alive = sum(map(_lives, Worker.all(queue=queue)))
    if alive:
        return Check(True, f"{alive} at work")
    return Check(False, "no worker is at work", "Start one: formwire worker")


def _lives(worker: BaseWorker) -> bool:
    if worker.last_heartbeat is None:
        return False
    silence = datetime.now(UTC) - worker.last_heartbeat.replace(tzinfo=UTC)
    return silence < (_BUSY if worker.get_state() == WorkerStatus.BUSY else _IDLE)


def _schedule(redis: Redis) -> Check:
    if redis.exists(SCHEDULE_HEARTBEAT):
        return Check(True, "at work")
    return Check(False, "the schedule is not at work", "Start it: formwire schedule")


QUEUE_CHECKS: dict[str, Callable[[Redis], Check]] = {
    "queue": _answers,
    "workers": _workers,
    "schedule": _schedule,
}


def _told(check: Check) -> dict[str, str | bool]:
    told: dict[str, str | bool] = {"ok": check.works, "message": check.message}
    return told | ({"remedy": check.remedy} if check.remedy else {})
