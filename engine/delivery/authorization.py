"""Access to an account that its owner granted: tokens, renewed under the connection's lease.

A refresh token serves once, and two processes that use it at the same time kill both pairs. So only
whoever holds the lease renews: the drain, or a page or watch that takes it for this. A new pair is
stored before it is used. The refresh token before it is kept: when an answer was lost on the way,
or another process's late renewal undid ours, it is what the CRM still takes.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

import httpx
from sqlalchemy.orm import Session

from connectors.errors import (
    AuthError,
    ConnectorError,
    RateLimitedError,
    RejectedError,
    SettingsError,
    UnavailableError,
)
from connectors.http import MOVED, WATCHERS
from connectors.oauth import OAuth, Tokens, refresh
from engine.delivery.owners import this_thread
from engine.delivery.wire import serving
from engine.instance import Instance
from engine.settings import Settings
from engine.storage.base import now
from engine.storage.connections import settings_of
from engine.storage.grants import Grant, grant_of, keep_grant
from engine.storage.leases import Lease, LeaseLost, hold, release, take_lease
from engine.storage.models import Connection

REDIRECT_PATH = "/connections/_callback"
AHEAD = timedelta(minutes=5)
"""A token that ends so soon is renewed before it is used."""
MOST_IN_VAIN = 2
_PATIENCE_S = 30.0
_LOOK_EVERY_S = 0.1
_NOT_LET_IN = MOVED | {401}
"""Nothing was carried out, and a new token or address may help."""
_log = logging.getLogger(__name__)


def redirect_uri(settings: Settings) -> str:
    """Where CRMs send people back to; it must stand so in their integration's settings."""
    return settings.public_url + REDIRECT_PATH


@dataclass(frozen=True, slots=True)
class Way:
    """How one connection's CRM is reached for tokens. ``secrets`` are hidden in the log from then on."""

    instance: Instance
    connection_id: int
    oauth: OAuth
    http: httpx.Client
    secrets: list[str]


class Access(httpx.Auth):
    """Signs every request, with a token that is renewed when it ends or is refused.

    A call that is refused was not carried out: it is repeated once, with the new token. ``lease``
    is the drain's; without it the lease is taken for each renewal. Thread-safe.
    """

    def __init__(self, way: Way, grant: Grant, lease: Lease | None) -> None:
        self._way = way
        self._grant = grant
        self._lease = lease
        self._lock = threading.Lock()
        self._in_vain = 0  # renewals since a request was last let in
        _hide(way, grant)

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        token = self._token()
        response = yield self._signed(request, token)
        if response.status_code in _NOT_LET_IN and self._in_vain < MOST_IN_VAIN:
            _was_answered(request)
            response = yield self._signed(request, self._renewed(token))
        if response.status_code not in _NOT_LET_IN:
            self._in_vain = 0

    def _signed(self, request: httpx.Request, token: str) -> httpx.Request:
        if name := self._way.oauth.token_parameter:
            request.url = request.url.copy_set_param(name, token)
        else:
            request.headers["Authorization"] = f"Bearer {token}"
        return request

    def _token(self) -> str:
        grant = self._grant
        return grant.access if grant.expires_at - now() > AHEAD else self._renewed(grant.access)

    def _renewed(self, refused: str) -> str:
        """A token other than ``refused``. Raises ConnectorError."""
        with self._lock:
            if self._grant.access == refused:
                self._in_vain += 1
                self._grant = renewed(self._way, self._grant, self._lease)
            return self._grant.access


def renewed(way: Way, stale: Grant, lease: Lease | None = None) -> Grant:
    """A grant other than ``stale``: what somebody stored meanwhile, else new tokens of the CRM's.

    Raises AuthError when a person must grant access again, other ConnectorErrors when it may be
    tried again; none of them means that anything else was carried out.
    """
    if lease is not None:
        return _renew(way, stale, lease)
    ends_at = time.monotonic() + _PATIENCE_S
    while True:
        with way.instance.database.read() as session:
            current = _current(way, session.get_one(Connection, way.connection_id))
        if current.access != stale.access:
            _hide(way, current)
            return current
        with way.instance.database.write() as session:
            taken = take_lease(session, way.connection_id, this_thread())
        if taken is not None:
            try:
                return _renew(way, stale, taken)
            finally:
                with way.instance.database.write() as session:
                    release(session, taken)
        if time.monotonic() >= ends_at:
            raise UnavailableError("the access ended, and another process is busy; try again")
        time.sleep(_LOOK_EVERY_S)


def _renew(way: Way, stale: Grant, lease: Lease) -> Grant:
    connection = _held(way, lease)
    current = _current(way, connection)
    if current.access != stale.access:
        _hide(way, current)
        return current
    settings = settings_of(connection, way.instance.vault)
    with serving("renew access"), _nothing_else_done():
        new, at = _Renewal(way, lease, settings, current).run()
    _hide(way, new)
    with way.instance.database.write() as session:
        _hold(session, lease)
        row = session.get_one(Connection, way.connection_id, with_for_update=True)
        stored = grant_of(row, way.instance.vault)
        if stored != current:
            # A person connected or disconnected it meanwhile: theirs counts, ours is worth nothing.
            return _current(way, row)
        latest = settings_of(row, way.instance.vault)  # a person may have changed others meanwhile
        latest[way.oauth.account_setting] = at[way.oauth.account_setting]
        keep_grant(session, way.instance.vault, row, way.oauth, new, latest)
    if way.oauth.server(at) != way.oauth.server(settings):
        _log.warning("the account of connection %s was renamed", connection.key)
        raise UnavailableError("the account has a new address; it is used from the next try on")
    return new


@dataclass(frozen=True, slots=True)
class _Renewal:
    """The calls that one renewal may take. Each is preceded by a look whether the lease holds."""

    way: Way
    lease: Lease
    settings: Mapping[str, str]
    grant: Grant

    def run(self) -> tuple[Grant, Mapping[str, str]]:
        """The new grant, and the settings with the account's address as it is now."""
        try:
            return self._refreshed(self.grant.refresh, self.settings)
        except (AuthError, SettingsError):
            moved = self._moved()
            if moved is not None:
                return self._refreshed(self.grant.refresh, moved)
            if not self.grant.before:
                raise
            _log.warning("a refresh token was refused; trying the one before it, once")
            return self._refreshed(self.grant.before, self.settings)

    def _refreshed(
        self, token: str, settings: Mapping[str, str]
    ) -> tuple[Grant, Mapping[str, str]]:
        _held(self.way, self.lease)
        back = redirect_uri(self.way.instance.settings)
        tokens: Tokens = refresh(self.way.http, self.way.oauth, settings, token, redirect_uri=back)
        return self.grant.next(tokens, token), settings

    def _moved(self) -> Mapping[str, str] | None:
        """The settings with another address of the account, None when it has none."""
        oauth = self.way.oauth
        if oauth.whereabouts is None:
            return None
        _held(self.way, self.lease)
        try:
            host = oauth.whereabouts(self.way.http, oauth, self.settings, self.grant.tokens)
        except (AuthError, SettingsError, RejectedError):
            return None
        there = {**self.settings, oauth.account_setting: host}
        return there if oauth.server(there) != oauth.server(self.settings) else None


@contextmanager
def _nothing_else_done() -> Iterator[None]:
    """What a failed renewal means for the call that needed it: that was not carried out."""
    try:
        yield
    except RejectedError as error:
        raise AuthError(f"access is not renewed: {error}") from error
    except (AuthError, SettingsError, RateLimitedError, UnavailableError):
        raise
    except ConnectorError as error:
        raise UnavailableError(f"access is not renewed: {error}") from error


def _current(way: Way, connection: Connection) -> Grant:
    grant = grant_of(connection, way.instance.vault)
    if grant is None:
        raise AuthError("nobody is connected any more")
    return grant


def _held(way: Way, lease: Lease) -> Connection:
    with way.instance.database.write() as session:
        _hold(session, lease)
        return session.get_one(Connection, way.connection_id)


def _hold(session: Session, lease: Lease) -> None:
    try:
        hold(session, lease)
    except LeaseLost as lost:
        raise UnavailableError(f"not sent: {lost}") from lost


def _hide(way: Way, grant: Grant) -> None:
    way.secrets.extend(filter(None, (grant.access, grant.refresh, grant.before)))


def _was_answered(request: httpx.Request) -> None:
    """Let the gate know: it may be waiting to hear whether the CRM is back, and hold the renewal."""
    watchers = request.extensions.get(WATCHERS, [])
    while watchers:
        watchers.pop()(None)
