"""Periodic work: rings for every connection that has due runs and no drain."""

from __future__ import annotations

import logging
import signal
import threading

from sqlalchemy.exc import SQLAlchemyError

from engine.delivery.bell import Bell, bell
from engine.instance import Instance
from engine.settings import Settings
from engine.storage.base import now
from engine.storage.database import Database
from engine.storage.runs import connections_with_work

EVERY_S = 2.0
_log = logging.getLogger(__name__)


def run(settings: Settings) -> None:
    """Be the schedule until SIGTERM or SIGINT. Several at once do no harm."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    instance = Instance.open(settings)
    doorbell = bell(settings.redis_url)
    while not stop.is_set():
        doorbell.beat()
        try:
            ring_due(instance.database, doorbell)
        except SQLAlchemyError as error:
            _log.warning("the schedule cannot read the database: %s", error)
        stop.wait(EVERY_S)


def ring_due(database: Database, doorbell: Bell) -> None:
    """Ring for each connection with due runs that nobody drains."""
    with database.read() as session:
        due = connections_with_work(session, now())
    for connection_id in due:
        doorbell.ring(connection_id)
