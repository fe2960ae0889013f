"""Invitations: letting somebody in who then chooses their own password."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_security import current_user
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import Field, RadioField, SelectChoice, SelectField, StringField, ValidationError
from wtforms.validators import DataRequired, InputRequired, Length

from connectors.errors import ConnectorError
from engine.delivery.invitation_mail import invitation_mail
from engine.delivery.mail import send_mail
from engine.mail_server import mail_address
from engine.storage.audit import add_entry
from engine.storage.base import now
from engine.storage.invitations import (
    LIFETIME,
    invitation_by_public_id,
    invite,
    withdraw,
)
from engine.storage.model_people import Invitation
from engine.storage.people import OWNER, ROLES, EmailTaken, has_role, person_by_public_id
from web.acting import actor, apart
from web.instance import instance
from web.language import LANGUAGES, spoken
from web.new_password import stripped
from web.sentences import speech_of, translated
from web.studio.finding import found
from web.studio.people import roles_to_give

MAIL_DEADLINE_S = 10.0
"""Whoever invites waits for it, and has the link in any case."""

blueprint = Blueprint("invitations", __name__, url_prefix="/people")


class InvitationForm(FlaskForm):
    """Who is invited, and as what."""

    email = StringField(
        _("E-mail"),
        [DataRequired(_("Enter the e-mail of whoever you invite.")), Length(max=254)],
        filters=[stripped],
        description=_("They sign in with it."),
        render_kw={"type": "email", "autocomplete": "off"},
    )
    language = SelectField(_("Language of the mail"))
    role = RadioField(_("Role"), [InputRequired(_("Choose a role."))], default="marketer")

    def validate_email(self, field: Field) -> None:
        try:
            field.data = mail_address(field.data)
        except ValueError:
            raise ValidationError(
                gettext("Enter one mail address, such as grace@example.org.")
            ) from None


@blueprint.get("/_new")
def new() -> str:
    return _page(_form())


@blueprint.post("/_new")
def create() -> Any:
    form = _form()
    if not form.validate_on_submit():
        return _page(form), 422
    try:
        with apart() as session:
            author = found(person_by_public_id(session, current_user.public_id))
            invitation, secret = invite(session, form.email.data, form.role.data, author, now())
            details = {"email": invitation.email, "role": invitation.role}
            add_entry(session, actor(), "invite", "invitation", invitation.public_id, details)
    except EmailTaken:
        form.email.errors = [gettext("They can sign in already.")]
        return _page(form), 422
    path = url_for("entrance.invitation.show", secret=secret)
    link = instance().settings.public_url + path
    mailed, problem = _mail(invitation, link, form.language.data)
    # In this answer only: a message after a redirect would keep the secret.
    page = render_template(
        "studio/invitation_link.html",
        invitation=invitation,
        link=link,
        days=LIFETIME.days,
        mailed=mailed,
        problem=problem,
    )
    return page, 201


@blueprint.post("/_invitations/<public_id>/withdraw")
def drop(public_id: str) -> Response:
    with apart() as session:
        invitation = found(invitation_by_public_id(session, public_id))
        if invitation.role == OWNER and not has_role(current_user, OWNER):
            abort(403)
        withdraw(session, invitation)
        details = {"email": invitation.email}
        add_entry(session, actor(), "withdraw", "invitation", public_id, details)
    flash(gettext("The link sent to %(email)s opens nothing.", email=invitation.email), "good")
    return redirect(url_for("studio.people.index"), 303)


def _mail(invitation: Invitation, link: str, language: str) -> tuple[bool, str]:
    """Whether the link is on its way by mail too, and if not, what went wrong when we tried."""
    settings = instance().settings
    if settings.mail_server is None:
        return False, ""
    mail = invitation_mail(
        speech_of(language),
        sender=settings.mail_from,
        to=invitation.email,
        author=current_user.name or current_user.email,
        link=link,
        id=invitation.public_id,
        at=invitation.created_at,
        days=LIFETIME.days,
    )
    try:
        send_mail(settings.mail_server, mail, deadline_s=MAIL_DEADLINE_S)
    except ConnectorError as error:
        return False, translated(error)
    return True, ""


def _form() -> InvitationForm:
    form = InvitationForm(language=spoken())
    form.language.choices = [SelectChoice(code, name) for code, name in LANGUAGES.items()]
    form.role.choices = [SelectChoice(role, ROLES[role]) for role in reversed(roles_to_give())]
    return form


def _page(form: InvitationForm) -> str:
    has_mail = instance().settings.mail_server is not None
    return render_template("studio/invitation_new.html", form=form, has_mail=has_mail)
