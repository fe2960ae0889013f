"""Connecting an account by its owner's consent, disconnecting it, and keeping consent alive."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta

from connectors.errors import AuthError, ConnectorError, SettingsError
from connectors.oauth import OAuth, Tokens, account_host, authorise_url, exchange, granted_code
from engine.delivery.authorization import Way, redirect_uri, renewed
from engine.delivery.catalogs import block, free, open_wire
from engine.delivery.wire import serving
from engine.instance import Instance
from engine.storage.base import now
from engine.storage.calls import store_calls
from engine.storage.connections import settings_of, spec_for
from engine.storage.grants import (
    Grant,
    drop_grant,
    forget_account,
    grant_of,
    keep_grant,
    server_of,
    to_renew,
)
from engine.storage.models import Connection, ConnectionState
from engine.storage.secrets import SecretsUnreadable

LET_BE = timedelta(minutes=10)
"""How long a grant that could not be renewed is left alone."""
_log = logging.getLogger(__name__)


def consent_page(instance: Instance, connection: Connection, *, state: str, verifier: str) -> str:
    """Where the owner of the account lets us in. Raises SettingsError, SecretsUnreadable."""
    settings = settings_of(connection, instance.vault)
    back = redirect_uri(instance.settings)
    oauth = oauth_of(connection)
    return authorise_url(oauth, settings, state=state, verifier=verifier, redirect_uri=back)


def oauth_of(connection: Connection) -> OAuth:
    """Raises SettingsError when this CRM knows no consent."""
    oauth = spec_for(connection).oauth
    if oauth is None:
        raise SettingsError("this CRM is connected by its settings alone")
    return oauth


def accept_consent(
    instance: Instance, connection_id: int, answer: Mapping[str, str], verifier: str
) -> None:
    """Store the access that a person came back with, and let waiting runs go on.

    ``answer``: the parameters of the address they were sent back to, whose state is checked. Raises
    ConnectorError, SecretsUnreadable.
    """
    with instance.database.read() as session:
        connection = session.get_one(Connection, connection_id)
    oauth, settings = oauth_of(connection), settings_of(connection, instance.vault)
    code = granted_code(oauth, settings, answer)
    chosen: dict[str, str] = {}
    if oauth.account_parameter:
        host = account_host(oauth, answer.get(oauth.account_parameter))
        chosen = {oauth.account_setting: host}
    tokens = _exchange(instance, connection, {**settings, **chosen}, code, verifier)
    if oauth.account_member:
        chosen = {oauth.account_setting: account_host(oauth, tokens.host)}
    with instance.database.write() as session:
        row = session.get_one(Connection, connection_id, with_for_update=True)
        latest = settings_of(row, instance.vault)
        there = {**latest, **chosen}
        if server_of(spec_for(row), there) != server_of(spec_for(row), latest):
            forget_account(session, row)
        keep_grant(session, instance.vault, row, oauth, Grant.first(tokens), there)
    free(instance, connection_id)


def disconnect(instance: Instance, connection_id: int) -> None:
    """Forget the access to an account. Its runs wait until somebody connects it again."""
    with instance.database.write() as session:
        connection = session.get_one(Connection, connection_id, with_for_update=True)
        drop_grant(connection)
        connection.state, connection.reason = ConnectionState.BLOCKED, "a person disconnected it"


class GrantWatch:
    """Renews grants that nothing has used for long, one at a time, lest they lapse."""

    def __init__(self, instance: Instance) -> None:
        self._instance = instance
        self._let_be: dict[int, datetime] = {}  # connection id to when to try again

    def look(self) -> None:
        """Renew the longest unused grant, when one is due. Raises SQLAlchemyError."""
        at = now()
        with self._instance.database.read() as session:
            lapsing = to_renew(session, at)
        due = [one for one in lapsing if self._let_be.get(one.id, at) <= at]
        if due:
            self._let_be[due[0].id] = at + LET_BE
            self._renew(due[0])

    def _renew(self, connection: Connection) -> None:
        try:
            _renew_now(self._instance, connection)
        except (AuthError, SettingsError, SecretsUnreadable) as error:
            block(self._instance, connection.id, SettingsError(str(error)))
        except ConnectorError as error:
            _log.warning("the grant of connection %s is not renewed: %s", connection.key, error)


def _renew_now(instance: Instance, connection: Connection) -> None:
    grant = grant_of(connection, instance.vault)
    if grant is None:
        return
    wire = open_wire(instance, connection)
    way = Way(instance, connection.id, oauth_of(connection), wire.http, wire.secrets)
    try:
        renewed(way, grant)
    finally:
        wire.http.close()
        with instance.database.write() as session:
            store_calls(session, connection.id, connection.fence, wire.log.take())


def _exchange(
    instance: Instance,
    connection: Connection,
    settings: Mapping[str, str],
    code: str,
    verifier: str,
) -> Tokens:
    wire = open_wire(instance, connection, insists=True)
    wire.secrets.append(code)
    try:
        with serving("connect"):
            return exchange(
                wire.http,
                oauth_of(connection),
                settings,
                code,
                verifier=verifier,
                redirect_uri=redirect_uri(instance.settings),
            )
    finally:
        wire.http.close()
        with instance.database.write() as session:
            store_calls(session, connection.id, connection.fence, wire.log.take())
