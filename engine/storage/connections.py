"""Stored connections. The only place that sees their secrets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

import httpx
from pydantic import TypeAdapter
from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session, defer

from connectors.base import Account, Connector, ConnectorSpec
from connectors.catalog import Catalog
from connectors.oauth import CLIENT_ID
from connectors.registry import CONNECTORS, open_connector
from engine.storage.base import now
from engine.storage.database import SETTINGS, alone
from engine.storage.grants import drop_grant, forget_account, grant_of, server_of
from engine.storage.models import Connection, ConnectionState
from engine.storage.secrets import SecretsUnreadable, Vault

CATALOG_AGE = timedelta(hours=1)
_CATALOG = TypeAdapter(Catalog)


def connection_by_key(session: Session, key: str) -> Connection | None:
    return session.scalars(select(Connection).where(Connection.key == key)).first()


def all_connections(session: Session) -> Sequence[Connection]:
    """Every connection by name. What their accounts offer is long, and read only when it is asked for."""
    return session.scalars(
        select(Connection).options(defer(Connection.catalog)).order_by(Connection.name)
    ).all()


def save_connection(
    session: Session,
    vault: Vault,
    *,
    key: str,
    name: str,
    connector: str,
    settings: Mapping[str, str],
) -> Connection:
    """Create or change a connection; its catalog is read anew when its settings changed."""
    alone(session, SETTINGS)
    connection = connection_by_key(session, key)
    if connection is None:
        connection = Connection(key=key, name=name, connector=connector, settings=b"")
        session.add(connection)
    elif settings_of(connection, vault) != dict(settings) or connection.connector != connector:
        connection.catalog = connection.catalog_at = None
        connection.state, connection.reason = ConnectionState.OK, ""
        _part(session, connection, settings_of(connection, vault), connector, settings)
    connection.name, connection.connector = name, connector
    connection.settings = vault.seal(key, settings)
    session.flush()
    return connection


def _part(
    session: Session,
    connection: Connection,
    before: Mapping[str, str],
    connector: str,
    settings: Mapping[str, str],
) -> None:
    """Give up what belongs to the account, or to the way in, that these settings lead away from."""
    old, spec = spec_for(connection), CONNECTORS[connector][0]
    moved = old is not spec or server_of(old, before) != server_of(spec, settings)
    if moved:
        forget_account(session, connection)
    replaced = spec.oauth is not None and bool(settings.get(spec.oauth.access_setting))
    if moved or replaced or before.get(CLIENT_ID) != settings.get(CLIENT_ID):
        drop_grant(connection)


def settings_of(connection: Connection, vault: Vault) -> dict[str, str]:
    """The connection's settings in the clear. Raises SecretsUnreadable."""
    return vault.open(connection.key, connection.settings)


def spec_for(connection: Connection) -> ConnectorSpec:
    return CONNECTORS[connection.connector][0]


def open_connection(connection: Connection, vault: Vault, http: httpx.Client) -> Connector:
    """The connector for this account. Raises SettingsError, SecretsUnreadable."""
    settings, oauth = settings_of(connection, vault), spec_for(connection).oauth
    if oauth is not None and (grant := grant_of(connection, vault)):
        settings[oauth.access_setting] = grant.access
    return open_connector(connection.connector, settings, http, stored_catalog(connection))


def is_authorised(connection: Connection, vault: Vault) -> bool:
    """Whether anybody ever let us into the account, as far as we can tell without asking there."""
    oauth = spec_for(connection).oauth
    if oauth is None or connection.grant is not None:
        return True
    return _has(oauth.access_setting, connection.key, connection.settings, vault)


@lru_cache(maxsize=1024)  # all pages of a module ask, and decrypting takes long
def _has(setting: str, owner: str, sealed: bytes, vault: Vault) -> bool:
    """Whether ``sealed`` holds that setting."""
    try:
        return bool(vault.open(owner, sealed).get(setting))
    except SecretsUnreadable:
        return False


def stored_catalog(connection: Connection) -> Catalog | None:
    """The catalog as last read, None when it was never read."""
    return _CATALOG.validate_python(connection.catalog) if connection.catalog else None


def catalog_is_fresh(connection: Connection, at: datetime) -> bool:
    return connection.catalog_at is not None and at - connection.catalog_at < CATALOG_AGE


def store_catalog(session: Session, connection_id: int, catalog: Catalog) -> None:
    document: Any = _CATALOG.dump_python(catalog, mode="json")
    session.execute(
        update(Connection)
        .where(Connection.id == connection_id)
        .values(catalog=document, catalog_at=now())
    )


def doubt_catalog(session: Session, connection_id: int) -> None:
    """Have the catalog read anew before it is used again."""
    session.execute(
        update(Connection).where(Connection.id == connection_id).values(catalog_at=None)
    )


def store_account(session: Session, connection_id: int, account: Account) -> None:
    session.execute(
        update(Connection).where(Connection.id == connection_id).values(account=account.label)
    )


def wait_until(session: Session, connection_id: int, instant: datetime) -> None:
    """Let nothing call this CRM before ``instant``; an earlier wish for longer stands."""
    session.execute(
        update(Connection)
        .where(
            Connection.id == connection_id,
            or_(Connection.not_before.is_(None), Connection.not_before < instant),
        )
        .values(not_before=instant)
    )


def note_lag(session: Session, connection_id: int, lag_s: float) -> None:
    """Remember how long a write took to show itself in a look-up, if none took longer yet."""
    session.execute(
        update(Connection)
        .where(Connection.id == connection_id, Connection.lag_s < lag_s)
        .values(lag_s=lag_s)
    )
