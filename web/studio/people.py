"""People: who signs in, as what, and keeping somebody outside."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_security import current_user
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from engine.storage.audit import add_entry
from engine.storage.base import now
from engine.storage.invitations import open_invitations
from engine.storage.model_people import Person
from engine.storage.people import (
    OWNER,
    ROLES,
    LastOwner,
    has_role,
    person_by_public_id,
    set_active,
    set_role,
)
from engine.storage.people_list import people_rows
from engine.storage.second_step import end_second_step, is_on
from engine.storage.web_sessions import end_sessions_of, sessions_of
from web.acting import actor, apart
from web.database import db
from web.studio.finding import found
from web.studio.words import role_words

blueprint = Blueprint("people", __name__, url_prefix="/people")


def roles_to_give() -> list[str]:
    """Only owners make owners."""
    return [role for role in ROLES if role != OWNER or has_role(current_user, OWNER)]


def may_change(person: Person) -> bool:
    """Whether the person who is signed in may decide about ``person``: about owners, owners do."""
    return has_role(current_user, OWNER) or not has_role(person, OWNER)


@blueprint.get("")
def index() -> str:
    at = now()
    return render_template(
        "studio/people.html",
        rows=people_rows(db.session(), at),
        invitations=open_invitations(db.session(), at),
    )


@blueprint.get("/<public_id>")
def show(public_id: str) -> str:
    person = found(person_by_public_id(db.session(), public_id))
    return render_template(
        "studio/person.html",
        person=person,
        sessions=sessions_of(db.session(), person.id, now()),
        second_step=is_on(db.session(), person.id),
        mine=may_change(person),
        owner=has_role(current_user, OWNER),
        roles=[(role, ROLES[role], has_role(person, role)) for role in roles_to_give()],
    )


@blueprint.post("/<public_id>/role")
def change_role(public_id: str) -> Any:
    role = request.form.get("role", "")
    if role not in roles_to_give():
        abort(400)
    with _deciding(public_id) as (session, person):
        set_role(session, person, role)
        add_entry(session, actor(), "change role", "person", person.email, {"role": role})
        flash(_("%(email)s is %(role)s now.", email=person.email, role=role_words(role)), "good")
    return _back(public_id)


@blueprint.post("/<public_id>/switch")
def switch_person(public_id: str) -> Any:
    active = request.form.get("on") == "yes"
    with _deciding(public_id) as (session, person):
        set_active(session, person, active)
        add_entry(session, actor(), "enable" if active else "disable", "person", person.email)
        told = _("%(email)s can sign in again.") if active else _("%(email)s stays outside now.")
        flash(told % {"email": person.email}, "good")
    return _back(public_id)


@blueprint.post("/<public_id>/sign-out")
def sign_out(public_id: str) -> Any:
    with _deciding(public_id) as (session, person):
        end_sessions_of(session, person.id)
        add_entry(session, actor(), "sign out everywhere", "person", person.email)
        flash(_("%(email)s is signed out everywhere.", email=person.email), "good")
    return _back(public_id)


@blueprint.post("/<public_id>/reset-second-step")
def reset_second_step(public_id: str) -> Any:
    """For who lost both app and recovery codes. Only owners: it makes an account weaker."""
    if not has_role(current_user, OWNER):
        abort(403)
    with _deciding(public_id) as (session, person):
        if end_second_step(session, person.id):
            end_sessions_of(session, person.id)
            add_entry(session, actor(), "reset second step", "person", person.email)
        flash(_("%(email)s signs in with the password only.", email=person.email), "good")
    return _back(public_id)


@contextmanager
def _deciding(public_id: str) -> Iterator[tuple[Session, Person]]:
    """A transaction in which something is decided about a person; a refusal is told, not raised."""
    try:
        with apart() as session:
            person = found(person_by_public_id(session, public_id))
            if not may_change(person):
                abort(403)
            yield session, person
    except LastOwner as error:
        problem = _(
            "Nothing was changed: %(email)s is the only owner who may sign in. Make another one first.",
            email=error,
        )
        flash(problem, "bad")


def _back(public_id: str) -> Response:
    return redirect(url_for(".show", public_id=public_id), 303)
