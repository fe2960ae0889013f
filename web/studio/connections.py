"""Connections: CRM accounts, how they are, and what they offer."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from connectors.base import ConnectorSpec
from connectors.errors import ConnectorError
from connectors.registry import CONNECTORS
from engine.delivery.catalogs import test_connection
from engine.storage.connections import (
    connection_by_key,
    is_authorised,
    save_connection,
    settings_of,
    spec_for,
    stored_catalog,
)
from engine.storage.health import health_of, health_of_connections, modules_using
from engine.storage.models import Connection
from engine.storage.secrets import SecretsUnreadable
from web.acting import note
from web.database import db
from web.instance import instance
from web.sentences import translated
from web.studio.connecting import way_of
from web.studio.connection_form import (
    ConnectionForm,
    NewConnectionForm,
    connection_form,
    connection_values,
)
from web.studio.editor.choices import MARKS
from web.studio.finding import found, suggested_key

blueprint = Blueprint("connections", __name__, url_prefix="/connections")


@blueprint.get("")
def index() -> str:
    return render_template(
        "studio/connections.html",
        rows=health_of_connections(db.session()),
        specs=[spec for spec, _open in CONNECTORS.values()],
        labels={key: spec.label for key, (spec, _open) in CONNECTORS.items()},
    )


@blueprint.get("/<key>")
def show(key: str) -> str:
    connection = _connection(key)
    kept, problem = _kept(connection)
    values = connection_values(connection.name, kept)
    form = connection_form(spec_for(connection), ConnectionForm, kept)(data=values)
    return _page(connection, form, problem)


@blueprint.post("/<key>")
def save(key: str) -> Any:
    connection = _connection(key)
    kept, problem = _kept(connection)
    form = connection_form(spec_for(connection), ConnectionForm, kept)()
    if not form.validate_on_submit() or form.asks_again(kept) or form.is_wrong(kept):
        return _page(connection, form, problem), 422
    _store(key, connection.connector, form, kept)
    _say_what_next(_("Saved."), key)
    return redirect(url_for(".show", key=key), 303)


@blueprint.post("/<key>/test")
def test(key: str) -> Response:
    id = _connection(key).id
    db.session.commit()  # no transaction may stay open while the CRM is asked
    try:
        account = test_connection(instance(), id)
    except (ConnectorError, SecretsUnreadable) as error:
        flash(_("The CRM could not be used: %(problem)s", problem=translated(error)), "bad")
        note("test", "connection", key, works=False)
    else:
        flash(_("It works: this is %(account)s.", account=account.label), "good")
        note("test", "connection", key, works=True)
    db.session.commit()
    return redirect(url_for(".show", key=key), 303)


@blueprint.get("/_new/<connector>")
def new(connector: str) -> str:
    spec = _spec(connector)
    return _new_page(spec, connection_form(spec, NewConnectionForm, {})())


@blueprint.post("/_new/<connector>")
def create(connector: str) -> Any:
    spec = _spec(connector)
    form = connection_form(spec, NewConnectionForm, {})()
    if not form.validate_on_submit() or form.is_wrong({}):
        return _new_page(spec, form), 422
    key = form.data["key"] or suggested_key(form.data["name"])
    if not key:
        form["key"].errors = [_("Enter one: nothing of the name can stand in a key.")]
        return _new_page(spec, form), 422
    if connection_by_key(db.session(), key):
        form["key"].errors = [_("There is a connection %(key)s already.", key=key)]
        return _new_page(spec, form), 409
    _store(key, connector, form, {})
    _say_what_next(_("Added."), key)
    return redirect(url_for(".show", key=key), 303)


def _connection(key: str) -> Connection:
    return found(connection_by_key(db.session(), key))


def _spec(connector: str) -> ConnectorSpec:
    if connector not in CONNECTORS:
        abort(404)
    return CONNECTORS[connector][0]


def _kept(connection: Connection) -> tuple[dict[str, str], str]:
    """The stored settings, and what is wrong with them when they cannot be read."""
    try:
        return settings_of(connection, instance().vault), ""
    except SecretsUnreadable as error:
        return {}, translated(error)


def _store(key: str, connector: str, form: ConnectionForm, kept: dict[str, str]) -> None:
    save_connection(
        db.session(),
        instance().vault,
        key=key,
        name=str(form.data["name"]),
        connector=connector,
        settings=form.settings(kept),
    )
    note("save", "connection", key)
    db.session.commit()


def _say_what_next(done: str, key: str) -> None:
    if is_authorised(_connection(key), instance().vault):
        next_step = _("Test it to see whether the CRM accepts it, and to have its fields read.")
    else:
        next_step = _("Now connect it by the button below, so that the CRM lets Formwire in.")
    flash(f"{done} {next_step}", "good")


def _page(connection: Connection, form: ConnectionForm, problem: str) -> str:
    spec = spec_for(connection)
    return render_template(
        "studio/connection.html",
        connection=connection,
        spec=spec,
        labels={setting.key: setting.label for setting in spec.settings},
        form=form,
        problem=problem,
        way=way_of(connection, _kept(connection)[0]),
        health=health_of(db.session(), connection),
        modules=modules_using(db.session(), connection.id),
        catalog=stored_catalog(connection),
        marks=MARKS,
    )


def _new_page(spec: ConnectorSpec, form: ConnectionForm) -> str:
    return render_template("studio/connection_new.html", spec=spec, form=form)
