"""Connections: CRM accounts, how they are, and what they offer. Never their secrets."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from connectors.catalog import Catalog
from connectors.errors import ConnectorError
from engine.deciding.documents import Document, Key
from engine.delivery.catalogs import test_connection as test_account
from engine.storage.connections import connection_by_key, settings_of, spec_for, stored_catalog
from engine.storage.health import Health, health_of, health_of_connections
from engine.storage.models import Connection, ConnectionState
from engine.storage.secrets import SecretsUnreadable
from engine.storage.tokens import Scope
from web.acting import note
from web.api.finding import found
from web.api.operations import Operation, Told
from web.database import db
from web.instance import instance


class ConnectionSummary(Document):
    """An account of a CRM.

    ``account`` is what the CRM calls it, once tested; ``waiting`` counts runs that are not finished.
    """

    connection: Key
    name: str
    connector: str
    state: ConnectionState
    reason: str
    account: str
    waiting: int
    modules: int
    catalog_at: datetime | None


class ConnectionDetail(ConnectionSummary):
    """A connection with its settings. Of secrets it only says in ``secrets`` which are stored.

    ``problem`` says why stored settings cannot be read, and is empty when they can.
    """

    settings: dict[str, str]
    secrets: tuple[str, ...]
    problem: str


class ConnectionList(Document):
    """Every connection, by name."""

    items: tuple[ConnectionSummary, ...]


class TestResult(Document):
    """Whether the CRM lets us in. ``account`` is how it calls the account, ``problem`` why not."""

    works: bool
    account: str = ""
    problem: str = ""


class CatalogDetail(Document):
    """What an account offers, as it was at ``read_at``: fields by kind, pipelines, users, task types."""

    connection: Key
    read_at: datetime
    catalog: Catalog


def list_connections() -> Told:
    """List the connections."""
    rows = health_of_connections(db.session())
    return ConnectionList(items=tuple(ConnectionSummary(**_summary(row)) for row in rows))


def get_connection(connection: str) -> Told:
    """Get a connection with its settings, without its secrets."""
    row = _connection(connection)
    try:
        settings, problem = settings_of(row, instance().vault), ""
    except SecretsUnreadable as error:
        settings, problem = {}, str(error)
    hidden = spec_for(row).secrets
    return ConnectionDetail(
        **_summary(health_of(db.session(), row)),
        settings={key: value for key, value in settings.items() if key not in hidden},
        secrets=tuple(sorted(settings.keys() & hidden)),
        problem=problem,
    )


def test_connection(connection: str) -> Told:
    """Ask the CRM whether it lets us in, and read its catalog anew.

    Nothing is changed in the CRM. A connection that was blocked and works again is freed.
    """
    id = _connection(connection).id
    db.session.commit()  # no transaction may stay open while the CRM is asked
    try:
        result = TestResult(works=True, account=test_account(instance(), id).label)
    except (ConnectorError, SecretsUnreadable) as error:
        result = TestResult(works=False, problem=str(error))
    note("test", "connection", connection, works=result.works)
    db.session.commit()
    return result


def get_catalog(connection: str) -> Told:
    """Get what the account offers, as last read. Test a connection to have it read anew."""
    row = _connection(connection)
    catalog = found(stored_catalog(row), "catalog yet; first test the connection", connection)
    return CatalogDetail(connection=row.key, read_at=row.catalog_at, catalog=catalog)


def _connection(connection: str) -> Connection:
    return found(connection_by_key(db.session(), connection), "connection", connection)


def _summary(health: Health) -> dict[str, Any]:
    row = health.connection
    return {
        "connection": row.key,
        "name": row.name,
        "connector": row.connector,
        "state": row.state,
        "reason": row.reason,
        "account": row.account,
        "waiting": health.waiting,
        "modules": health.modules,
        "catalog_at": row.catalog_at,
    }


_ONE = "/connections/{connection}"

OPERATIONS = (
    Operation("GET", "/connections", list_connections, Scope.CONNECTIONS_READ, ConnectionList),
    Operation("GET", _ONE, get_connection, Scope.CONNECTIONS_READ, ConnectionDetail),
    Operation("POST", f"{_ONE}/test", test_connection, Scope.CONNECTIONS_WRITE, TestResult),
    Operation("GET", f"{_ONE}/catalog", get_catalog, Scope.CONNECTIONS_READ, CatalogDetail),
)
