"""Periodic work: due runs, bulk orders, parts of submissions, aged catalogs, grants, retention, channels."""

from __future__ import annotations

import logging
import signal
import threading
from datetime import datetime, timedelta
from typing import Protocol

from sqlalchemy.exc import SQLAlchemyError

from connectors.errors import AuthError, ConnectorError, SettingsError
from engine.delivery.bell import Bell, bell
from engine.delivery.bulk import carry_orders
from engine.delivery.catalogs import block, refresh_catalog
from engine.delivery.completing import release_due
from engine.delivery.granting import GrantWatch
from engine.delivery.owners import is_surely_dead
from engine.delivery.retention import Retention
from engine.delivery.speech import Speeches
from engine.delivery.sweeping import Broom
from engine.delivery.telling import Telling
from engine.instance import Instance
from engine.settings import Settings
from engine.storage.aged_catalogs import connections_to_refresh
from engine.storage.base import now
from engine.storage.database import Database, database_now
from engine.storage.leases import held_leases, release
from engine.storage.models import Connection
from engine.storage.runs import connections_with_work
from engine.storage.secrets import SecretsUnreadable

EVERY_S = 2.0
LET_BE = timedelta(minutes=10)
"""How long a catalog that could not be read is left alone."""
_log = logging.getLogger(__name__)


def run(settings: Settings, speeches: Speeches) -> None:
    """Be the schedule until SIGTERM or SIGINT. Several at once do no harm."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    instance = Instance.open(settings)
    doorbell = bell(settings.redis_url)
    # A CRM or a mail server may take a minute to answer; nobody's run waits for that.
    for watch in (
        CatalogWatch(instance),
        GrantWatch(instance),
        Retention(instance),
        Broom(instance.database),
        Telling(instance, speeches),
    ):
        threading.Thread(target=_watch, args=(watch, stop), daemon=True).start()
    while not stop.is_set():
        doorbell.beat()
        try:
            free_the_dead(instance.database)
            carry_orders(instance)
            release_due(instance)
            ring_due(instance.database, doorbell)
        except SQLAlchemyError as error:
            _log.warning("the schedule cannot read the database: %s", error)
        stop.wait(EVERY_S)


def free_the_dead(database: Database) -> None:
    """Give back leases whose process died on this host, instead of waiting until they run out."""
    with database.read() as session:
        dead = [lease for lease in held_leases(session) if is_surely_dead(lease.owner)]
    for lease in dead:
        _log.warning("process %s died holding connection %s", lease.owner, lease.connection_id)
        with database.write() as session:
            release(session, lease)


def ring_due(database: Database, doorbell: Bell) -> None:
    """Ring for each connection with due runs that nobody drains."""
    with database.read() as session:
        due = connections_with_work(session, database_now(session))
    for connection_id in due:
        doorbell.ring(connection_id)


class CatalogWatch:
    """Reads catalogs anew that nothing else has read for an hour, one at a time."""

    def __init__(self, instance: Instance) -> None:
        self._instance = instance
        self._let_be: dict[int, datetime] = {}  # connection id to when to try again

    def look(self) -> None:
        """Refresh the oldest catalog, when one is due. Raises SQLAlchemyError."""
        at = now()
        with self._instance.database.read() as session:
            aged = connections_to_refresh(session, at)
        due = [one for one in aged if self._let_be.get(one.id, at) <= at]
        if due:
            self._refresh(due[0])

    def _refresh(self, connection: Connection) -> None:
        try:
            refresh_catalog(self._instance, connection)
        except (AuthError, SettingsError, SecretsUnreadable) as error:
            block(self._instance, connection.id, SettingsError(str(error)))
        except ConnectorError as error:
            self._let_be[connection.id] = now() + LET_BE
            _log.warning("the catalog of connection %s is not renewed: %s", connection.key, error)


class Watch(Protocol):
    """Something that is looked after every few seconds, in a thread of its own."""

    def look(self) -> None:
        """See whether anything is to be done, and do it. Raises SQLAlchemyError."""


def _watch(watch: Watch, stop: threading.Event) -> None:
    while not stop.wait(EVERY_S):
        try:
            watch.look()
        except SQLAlchemyError as error:
            _log.warning("%s cannot look: %s", type(watch).__name__, error)
