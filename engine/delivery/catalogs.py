"""Opening connections for use, and keeping their catalogs."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import httpx

from connectors.base import Account, Connector, Rate
from connectors.catalog import Catalog
from connectors.errors import AuthError, ConnectorError, SettingsError
from connectors.guarded import GuardedTransport
from connectors.http import new_client
from engine.delivery import bell
from engine.delivery.authorization import Access, Way
from engine.delivery.gate import Gate
from engine.delivery.limits import Budget
from engine.delivery.quick_redis import quick_redis
from engine.delivery.redis_book import RedisBook
from engine.delivery.watching import keep_catalog
from engine.delivery.wire import CallLog, MeteredTransport, serving
from engine.instance import Instance
from engine.storage import connections
from engine.storage.base import now
from engine.storage.calls import store_calls
from engine.storage.grants import grant_of
from engine.storage.leases import Lease
from engine.storage.models import Connection, ConnectionState
from engine.storage.notices import change_notice, give_notice
from engine.storage.parked import park, unpark

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Wire:
    """The metered and logged road to one account's CRM; ``secrets`` are hidden in the log.

    ``pace``: how many calls to make side by side.
    """

    http: httpx.Client
    log: CallLog
    secrets: list[str]
    pace: Callable[[], int]


@dataclass(slots=True)
class Opened:
    """A connector ready for calls; close it when done. ``pace``: how many to make side by side."""

    connector: Connector
    http: httpx.Client
    log: CallLog
    pace: Callable[[], int]

    def close(self) -> None:
        self.http.close()


def open_for_calls(
    instance: Instance,
    connection: Connection,
    *,
    guard: Callable[[], None] = lambda: None,
    insists: bool = False,
    lease: Lease | None = None,
) -> Opened:
    """The connector of a stored connection, on a metered and logged wire.

    ``lease``: what the caller holds of the connection. See `open_wire`.
    """
    wire = open_wire(instance, connection, guard=guard, insists=insists)
    oauth = connections.spec_for(connection).oauth
    if oauth is not None and (grant := grant_of(connection, instance.vault)):
        way = Way(instance, connection.id, oauth, wire.http, wire.secrets)
        wire.http.auth = Access(way, grant, lease)
    connector = connections.open_connection(connection, instance.vault, wire.http)
    return Opened(connector, wire.http, wire.log, wire.pace)


def open_wire(
    instance: Instance,
    connection: Connection,
    *,
    guard: Callable[[], None] = lambda: None,
    insists: bool = False,
) -> Wire:
    """The road without a connector.

    ``insists``: a person wants to know whether the CRM answers again. Raises SettingsError and
    SecretsUnreadable.
    """
    spec = connections.spec_for(connection)
    settings = connections.settings_of(connection, instance.vault)
    gate = Gate(instance.database, connection, spec.parallel, insists=insists)
    log, secrets = CallLog(), [settings[key] for key in spec.secrets if key in settings]
    transport = MeteredTransport(
        GuardedTransport(instance.settings.targets),
        budget=_budget(instance.settings.redis_url, connection.id, spec.rates_for(settings)),
        gate=gate,
        log=log,
        secrets=secrets,
        guard=guard,
    )
    return Wire(new_client(transport=transport), log, secrets, gate.pace)


@cache
def _budget(redis_url: str, connection_id: int, rates: tuple[Rate, ...]) -> Budget:
    """This process's own view of what the connection may still call."""
    return Budget(rates, shared=RedisBook(quick_redis(redis_url), connection_id))


def test_connection(instance: Instance, connection_id: int) -> Account:
    """Ask the CRM who we are and read its catalog anew. Only reads. Raises ConnectorError.

    A connection that works again is freed for the runs that wait for it, even before the breaker
    would have tried.
    """
    with instance.database.read() as session:
        connection = session.get_one(Connection, connection_id)
    opened = open_for_calls(instance, connection, insists=True)
    try:
        with serving("test"):
            account = opened.connector.check()
            catalog = opened.connector.catalog()
    finally:
        opened.close()
        with instance.database.write() as session:
            store_calls(session, connection_id, connection.fence, opened.log.take())
    with instance.database.write() as session:
        connections.store_account(session, connection_id, account)
        keep_catalog(session, connection_id, catalog)
    free(instance, connection_id)
    return account


def refresh_catalog(instance: Instance, connection: Connection) -> None:
    """Read anew what the account offers. Raises ConnectorError, SecretsUnreadable."""
    opened = open_for_calls(instance, connection)
    try:
        CatalogReader(instance, connection, opened.connector).refresh()
    finally:
        opened.close()
        with instance.database.write() as session:
            store_calls(session, connection.id, connection.fence, opened.log.take())


class CatalogReader:
    """The catalog during one drain: the stored one while it is fresh, else read anew."""

    def __init__(self, instance: Instance, connection: Connection, connector: Connector) -> None:
        self._instance = instance
        self._connection_id = connection.id
        self._connector = connector
        self._catalog = connections.stored_catalog(connection)
        self._fresh = connections.catalog_is_fresh(connection, now())
        self._read = False

    def catalog(self) -> Catalog:
        """Raises ConnectorError when there is none yet and it cannot be read."""
        if self._catalog is None or not (self._fresh or self._read):
            self._refresh_if_possible()
        assert self._catalog is not None
        return self._catalog

    def refresh(self) -> bool:
        """Read it anew, once a drain. False when that was done already. Raises ConnectorError."""
        if self._read:
            return False
        with serving("catalog"):
            read = self._connector.catalog()
        self._read = True
        with self._instance.database.write() as session:
            self._catalog = keep_catalog(session, self._connection_id, read)
        return True

    def _refresh_if_possible(self) -> None:
        try:
            self.refresh()
        except ConnectorError as error:
            if self._catalog is None or isinstance(error, AuthError | SettingsError):
                raise
            self._read = True  # an hour-old catalog is better than waiting
            _log.warning("catalog of connection %s is not renewed: %s", self._connection_id, error)


def block(instance: Instance, connection_id: int, error: ConnectorError) -> None:
    """Stop using a connection whose credentials are refused, and tell people, once."""
    with instance.database.write() as session:
        connection = session.get_one(Connection, connection_id)
        if connection.state == ConnectionState.OK:
            connection.state, connection.reason = ConnectionState.BLOCKED, str(error)
            give_notice(
                session,
                _cause(connection),
                f"{connection.name} refuses our access: {error}",
                remedy="Connect it again, or renew its settings and test it; then what waits goes on.",
                connection_id=connection_id,
            )
            park(session, connection)


def free(instance: Instance, connection_id: int) -> None:
    """Use a blocked connection again: what waits for it goes on at once."""
    with instance.database.write() as session:
        connection = session.get_one(Connection, connection_id)
        blocked = connection.state == ConnectionState.BLOCKED
        if blocked:
            connection.state, connection.reason = ConnectionState.OK, ""
            told = f"{connection.name} lets us in again since {now():%H:%M:%S} UTC"
            change_notice(session, _cause(connection), told, over=True)
            unpark(session, connection_id)
    if blocked:
        bell.ring(instance.settings.redis_url, connection_id)


def _cause(connection: Connection) -> str:
    """Of the notice that access is lost."""
    return f"auth:{connection.key}"
