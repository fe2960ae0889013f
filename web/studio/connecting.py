"""Connecting an account by its owner's consent: to the CRM's own page and back."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from flask_babel import LazyString
from flask_babel import gettext as _
from flask_babel import lazy_gettext as later
from werkzeug.wrappers import Response

from connectors.errors import AuthError, ConnectorError, SettingsError
from connectors.oauth import CLIENT_ID, CLIENT_SECRET, Denied, WrongDomain, new_secret
from engine.delivery.authorization import REDIRECT_PATH, redirect_uri
from engine.delivery.catalogs import test_connection
from engine.delivery.granting import accept_consent, consent_page, disconnect
from engine.storage.base import now
from engine.storage.connections import connection_by_key, spec_for
from engine.storage.grants import Grant, grant_of
from engine.storage.models import Connection
from engine.storage.secrets import SecretsUnreadable
from web.acting import note_apart
from web.database import db
from web.instance import instance
from web.sentences import translated
from web.studio.finding import found

LASTS = timedelta(minutes=20)
"""How long a person may take at the CRM; its codes last no longer either."""
_UNDER_WAY = "connecting"

blueprint = Blueprint("connecting", __name__)


@dataclass(frozen=True, slots=True)
class Failure:
    """What a person is told who comes back without access."""

    status: int
    title: LazyString
    advice: LazyString


@dataclass(frozen=True, slots=True)
class Way:
    """How a connection is, or may be, let in. ``ready``: all that consent needs is entered."""

    grant: Grant | None
    by_token: bool
    ready: bool
    redirect_uri: str


STALE = Failure(
    400,
    later("Connecting has to be begun anew"),
    later(
        "Connecting was begun more than 20 minutes ago, in another browser, or under another "
        "address than %(address)s, or this answer was used already. Nothing was changed: begin again."
    ),
)
FAILURES: Mapping[type[Exception], Failure] = {
    Denied: Failure(
        403,
        later("The CRM did not let Formwire in"),
        later(
            "Somebody pressed Deny on its page, or has no right to allow it there. Begin again as an "
            "administrator of the account and press Allow."
        ),
    ),
    WrongDomain: Failure(
        400,
        later("The answer names an account at a strange address"),
        later(
            "It is none of the CRM's own, so nothing was sent there. Begin again; if it stays so, "
            "somebody may be deceiving you."
        ),
    ),
    AuthError: Failure(
        400,
        later("The CRM gave no access for this answer"),
        later(
            "Its code lasts 20 minutes and serves once: begin again. If it stays so, compare ID and "
            "secret key with the integration's, and see that its redirect address is exactly "
            "%(redirect_uri)s"
        ),
    ),
    SettingsError: Failure(
        400,
        later("The connection's settings are not enough"),
        later("Mend them, then begin again."),
    ),
    SecretsUnreadable: Failure(
        500,
        later("The stored settings cannot be read"),
        later("Enter the settings again, then begin again."),
    ),
    ConnectorError: Failure(
        502,
        later("The CRM did not answer"),
        later("Nothing was changed. Wait a little, then begin again."),
    ),
}
"""Error to what is told; the first that fits counts."""


@blueprint.post("/connections/<key>/connect")
def begin(key: str) -> Any:
    """Remember that this browser began, and lead it to the CRM.

    By a page, not by a redirect: browsers hold the policy of a form against wherever the CRM sends
    them on.
    """
    connection = found(connection_by_key(db.session(), key))
    state, verifier = new_secret(), new_secret()
    try:
        address = consent_page(instance(), connection, state=state, verifier=verifier)
    except (SettingsError, SecretsUnreadable) as error:
        flash(_("It cannot be connected yet: %(problem)s", problem=translated(error)), "bad")
        return redirect(url_for("studio.connections.show", key=key), 303)
    until = (now() + LASTS).timestamp()
    session[_UNDER_WAY] = {"state": state, "verifier": verifier, "key": key, "until": until}
    return render_template(
        "studio/connecting.html",
        connection=connection,
        spec=spec_for(connection),
        address=address,
        host=urlsplit(address).netloc,
    )


@blueprint.get(REDIRECT_PATH)
def finish() -> Any:
    """Take what the CRM sent the person back with."""
    begun = _begun(request.args.get("state", ""))
    connection = connection_by_key(db.session(), begun["key"]) if begun else None
    if begun is None or connection is None:
        return _failed(STALE, None)
    id, key = connection.id, connection.key
    db.session.commit()  # no transaction may stay open while the CRM is asked
    try:
        accept_consent(instance(), id, request.args, begun["verifier"])
    except (ConnectorError, SecretsUnreadable) as error:
        failure = next(told for kind, told in FAILURES.items() if isinstance(error, kind))
        return _failed(failure, connection, translated(error))
    note_apart("connect", "connection", key)
    try:
        account = test_connection(instance(), id)
    except (ConnectorError, SecretsUnreadable) as error:
        told = _(
            "Connected. But the CRM could not be read yet: %(problem)s", problem=translated(error)
        )
        flash(told, "bad")
    else:
        flash(_("Connected: this is %(account)s.", account=account.label), "good")
    return redirect(url_for("studio.connections.show", key=key), 303)


@blueprint.post("/connections/<key>/disconnect")
def end(key: str) -> Response:
    id = found(connection_by_key(db.session(), key)).id
    db.session.commit()
    disconnect(instance(), id)
    note_apart("disconnect", "connection", key)
    flash(_("Disconnected. Its runs wait until it is connected again."), "good")
    return redirect(url_for("studio.connections.show", key=key), 303)


def way_of(connection: Connection, kept: Mapping[str, str]) -> Way | None:
    """How ``connection``, with the settings ``kept``, is let in; None when its CRM asks for none."""
    oauth = spec_for(connection).oauth
    if oauth is None:
        return None
    try:
        grant = grant_of(connection, instance().vault)
    except SecretsUnreadable:
        grant = None  # the page says so of the settings already
    return Way(
        grant=grant,
        by_token=grant is None and bool(kept.get(oauth.access_setting)),
        ready=bool(kept.get(CLIENT_ID) and kept.get(CLIENT_SECRET)),
        redirect_uri=redirect_uri(instance().settings),
    )


def _begun(state: str) -> dict[str, Any] | None:
    """What this browser began with ``state``, once and in time."""
    begun: dict[str, Any] | None = session.get(_UNDER_WAY)
    if begun is None or not hmac.compare_digest(begun["state"].encode(), state.encode()):
        return None
    del session[_UNDER_WAY]
    return begun if now().timestamp() < begun["until"] else None


def _failed(failure: Failure, connection: Connection | None, problem: str = "") -> Any:
    settings = instance().settings
    advice = str(failure.advice).replace("%(address)s", settings.public_url)
    page = render_template(
        "studio/connecting_failed.html",
        title=failure.title,
        advice=advice.replace("%(redirect_uri)s", redirect_uri(settings)),
        connection=connection,
        problem=problem,
    )
    return page, failure.status
