"""Accepting an invitation: whoever has its link makes themself a person."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template

from engine.storage.audit import Actor, add_entry
from engine.storage.base import now
from engine.storage.invitations import InvitationGone, accept, invitation_by_secret
from engine.storage.people import ROLES, EmailTaken, password_hash
from web.brake import HASHING
from web.entrance.coming_in import come_in
from web.instance import instance
from web.new_password import NewPersonForm

blueprint = Blueprint("invitation", __name__, url_prefix="/invitation")


@blueprint.route("/<secret>", methods=["GET", "POST"])
def show(secret: str) -> Any:
    with instance().database.read() as session:
        invitation = invitation_by_secret(session, secret, now())
    if invitation is None:
        return _gone()
    form = NewPersonForm()
    if not form.validate_on_submit():
        page = render_template(
            "entrance/invitation.html",
            form=form,
            invitation=invitation,
            allows=ROLES[invitation.role],
        )
        return page, 422 if form.errors else 200
    with HASHING:
        hashed = password_hash(form.password.data)
    try:
        with instance().database.write() as session:
            person = accept(session, secret, hashed, form.name.data, now())
            add_entry(
                session,
                Actor(person.email, "studio"),
                "accept invitation",
                "person",
                person.email,
                {"role": invitation.role, "from": invitation.author.email},
            )
    except (InvitationGone, EmailTaken):
        return _gone()
    return come_in(person.id, ["password"])


def _gone() -> Any:
    return render_template("entrance/invitation_gone.html"), 404
