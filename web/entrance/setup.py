"""The first run: whoever knows the set-up code makes the owner."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, render_template
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import Field, StringField, ValidationError
from wtforms.validators import DataRequired, InputRequired, Length

from engine.mail_server import mail_address
from engine.storage.audit import Actor, add_entry
from engine.storage.people import OWNER, SomebodyIsThere, anybody, create_first_owner, password_hash
from web.brake import HASHING, here
from web.entrance.coming_in import come_in
from web.instance import instance
from web.new_password import NewPersonForm, stripped
from web.setup_code import is_setup_code

blueprint = Blueprint("setup", __name__, url_prefix="/setup")


class SetupForm(NewPersonForm):
    """The first owner, and the proof that they operate this Formwire."""

    code = StringField(
        _("Set-up code"),
        [InputRequired(_("Enter the set-up code."))],
        description=_(
            "Formwire printed it when it was started; “formwire people setup-code” shows it again."
        ),
        render_kw={
            "autocomplete": "off",
            "spellcheck": "false",
            "placeholder": "XXXX-XXXX-XXXX-XXXX",
        },
    )
    email = StringField(
        _("E-mail"),
        [DataRequired(_("Enter your e-mail.")), Length(max=254)],
        filters=[stripped],
        description=_("You sign in with it."),
        render_kw={"type": "email", "autocomplete": "username"},
    )

    def validate_code(self, field: Field) -> None:
        if not is_setup_code(instance().settings, field.data):
            raise ValidationError(gettext("This is not the set-up code of this Formwire."))

    def validate_email(self, field: Field) -> None:
        try:
            mail_address(field.data)
        except ValueError:
            raise ValidationError(
                gettext("Enter one mail address, such as grace@example.org.")
            ) from None


@blueprint.route("", methods=["GET", "POST"])
def show() -> Any:
    with instance().database.read() as session:
        if anybody(session):
            abort(404)
    form = SetupForm()
    if not form.validate_on_submit():
        return render_template("entrance/setup.html", form=form), 422 if form.errors else 200
    with HASHING:
        hashed = password_hash(form.password.data)
    try:
        with instance().database.write() as session:
            owner = create_first_owner(session, form.email.data, hashed, form.name.data)
            operator = Actor(f"somebody at {here()}", "studio")
            add_entry(session, operator, "set up", "person", owner.email, {"role": OWNER})
    except SomebodyIsThere:  # they were faster
        abort(404)
    return come_in(owner.id, ["password"])
