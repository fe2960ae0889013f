"""Grants: the access that an account's owner gave us at the CRM, sealed beside the settings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from connectors.base import ConnectorSpec
from connectors.errors import SettingsError
from connectors.oauth import OAuth, Tokens
from engine.storage.base import now
from engine.storage.model_memories import KnownRecord, WrittenValue
from engine.storage.models import Connection, ConnectionState
from engine.storage.secrets import Vault


@dataclass(frozen=True, slots=True)
class Grant:
    """The tokens at hand. ``before`` is the refresh token that gave them, empty at first."""

    access: str = field(repr=False)
    refresh: str = field(repr=False)
    before: str = field(repr=False)
    granted_at: datetime
    expires_at: datetime  # of the access token

    @classmethod
    def first(cls, tokens: Tokens) -> Grant:
        return cls(tokens.access, tokens.refresh, "", now(), _end(tokens))

    def next(self, tokens: Tokens, used: str) -> Grant:
        """The same grant with new tokens, which the refresh token ``used`` was given for."""
        return Grant(tokens.access, tokens.refresh, used, self.granted_at, _end(tokens))

    @property
    def tokens(self) -> Tokens:
        return Tokens(self.access, self.refresh, (self.expires_at - now()).total_seconds())


def _end(tokens: Tokens) -> datetime:
    return now() + timedelta(seconds=tokens.lasts_s)


def grant_of(connection: Connection, vault: Vault) -> Grant | None:
    """The connection's grant, None when it has none. Raises SecretsUnreadable."""
    if connection.grant is None:
        return None
    stored = vault.open(_owner(connection), connection.grant)
    return Grant(
        access=stored["access"],
        refresh=stored["refresh"],
        before=stored["before"],
        granted_at=datetime.fromisoformat(stored["granted_at"]),
        expires_at=datetime.fromisoformat(stored["expires_at"]),
    )


def keep_grant(
    session: Session,
    vault: Vault,
    connection: Connection,
    oauth: OAuth,
    grant: Grant,
    settings: Mapping[str, str],
) -> None:
    """Store a new or renewed grant, and ``settings`` with it; a token in its place is gone."""
    kept = {key: value for key, value in settings.items() if key != oauth.access_setting}
    connection.settings = vault.seal(connection.key, kept)
    connection.grant = vault.seal(
        _owner(connection),
        {
            "access": grant.access,
            "refresh": grant.refresh,
            "before": grant.before,
            "granted_at": grant.granted_at.isoformat(),
            "expires_at": grant.expires_at.isoformat(),
        },
    )
    connection.renew_at = now() + oauth.idle / 2


def drop_grant(connection: Connection) -> None:
    connection.grant = connection.renew_at = None


def to_renew(session: Session, at: datetime) -> Sequence[Connection]:
    """Connections whose refresh token has not been used for long, the longest first."""
    return session.scalars(
        select(Connection)
        .where(Connection.renew_at <= at, Connection.state != ConnectionState.BLOCKED)
        .order_by(Connection.renew_at)
    ).all()


def server_of(spec: ConnectorSpec, settings: Mapping[str, str]) -> object:
    """What differs when settings lead to another server."""
    oauth = spec.oauth
    if oauth is not None:
        # Where the CRM does not tell which account it is, what was entered does.
        told = oauth.account_parameter or oauth.account_member
        account = "" if told else settings.get(oauth.account_setting, "")
        try:
            return oauth.server(settings), account
        except SettingsError:
            pass  # malformed: told when it is used
    return {key: settings.get(key, "") for key in spec.addresses}


def forget_account(session: Session, connection: Connection) -> None:
    """Forget all that is known of the account: the connection leads to another one now."""
    connection.catalog = connection.catalog_at = None
    connection.account = ""
    for table in (KnownRecord, WrittenValue):
        session.execute(delete(table).where(table.connection_id == connection.id))


def _owner(connection: Connection) -> str:
    """Not the owner of the settings: the one must not open in the other's place."""
    return f"{connection.key} (grant)"
