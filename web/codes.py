"""Asking for the second step: the code of an app, or a recovery code."""

from __future__ import annotations

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import StringField
from wtforms.validators import InputRequired

from engine.storage.audit import Actor, add_entry
from engine.storage.base import now
from engine.storage.model_people import Person
from engine.storage.second_step import Proof, check_second_step, recovery_codes_left
from engine.storage.secrets import SecretsUnreadable
from engine.storage.sign_ins import TooManyTries
from web.brake import braked, told
from web.instance import instance


class CodeForm(FlaskForm):
    """One code, whichever of the two kinds."""

    code = StringField(
        _("Code"),
        [InputRequired(_("Enter the code that your app shows."))],
        description=_("The six digits that your app shows now, or one of your recovery codes."),
        render_kw={"autocomplete": "one-time-code", "spellcheck": "false", "autocapitalize": "off"},
    )


def code_fits(form: CodeForm, person: Person) -> bool:
    """Whether the form's code is right and serves for the first time; else its field says why not.

    The request may hold no transaction that writes.
    """
    form.code.errors = [
        gettext("This code is not right, or it was used before. Wait for your app’s next one.")
    ]
    try:
        return braked(brake_of(person), lambda: _spend(person, form.code.data or ""))
    except TooManyTries as error:
        form.code.errors = [told(error)]
    except SecretsUnreadable:
        form.code.errors = [
            gettext(
                "Codes of the app cannot be checked any more, since Formwire’s secret key has "
                "changed. Use a recovery code, or ask an owner to reset your second step."
            )
        ]
    return False


def brake_of(person: Person) -> str:
    """The account that tries of the person's codes are counted for."""
    return f"second step of {person.email}"


def _spend(person: Person, code: str) -> bool:
    """Whether the code fits. That a recovery code was used is noted."""
    with instance().database.write() as session:
        proof = check_second_step(session, instance().vault, person, code, now())
        if proof is Proof.RECOVERY_CODE:
            left = recovery_codes_left(session, person.id)
            actor = Actor(person.email, "studio")
            add_entry(session, actor, "use recovery code", "person", person.email, {"left": left})
    return proof is not None
