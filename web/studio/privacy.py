"""Privacy: erasing a person, and what was erased so far."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, url_for
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import StringField
from wtforms.validators import InputRequired, Length, ValidationError

from engine.deciding.mentions import NobodySought, Sought, sought
from engine.delivery.privacy import REQUEST_PATIENCE_S, erase_person, find_person
from engine.storage.erasures import erasure_by_public_id, erasures
from engine.storage.submissions_list import submissions_by_id
from web.acting import actor
from web.database import db
from web.instance import instance
from web.sentences import translated
from web.studio.finding import found

SHOWN = 20

blueprint = Blueprint("privacy", __name__, url_prefix="/privacy")


class PersonForm(FlaskForm):
    """Whom to erase."""

    person = StringField(validators=[InputRequired(), Length(max=320)])

    def validate_person(self, field: StringField) -> None:
        try:
            sought(field.data or "")
        except NobodySought as error:
            raise ValidationError(translated(error)) from error

    @property
    def sought(self) -> Sought:
        return sought(self.person.data or "")


@blueprint.get("")
def index() -> str:
    return _page(PersonForm())


@blueprint.post("/find")
def find() -> str | tuple[str, int]:
    """What an erasure would be about; by POST, so that no address names the person."""
    form = PersonForm()
    if not form.validate():
        return _page(form), 422
    db.session.commit()  # no lock while all content is read
    ids = find_person(instance().database, form.sought)
    return render_template(
        "studio/privacy_confirm.html",
        form=form,
        count=len(ids),
        submissions=submissions_by_id(db.session(), ids[-SHOWN:]),
    )


@blueprint.post("/erase")
def erase() -> Response | tuple[str, int]:
    form = PersonForm()
    if not form.validate():
        return _page(form), 422
    who = actor()
    db.session.commit()  # it has transactions of its own
    erase_person(instance(), form.sought, who, patience_s=REQUEST_PATIENCE_S)
    newest = erasures(db.session(), 1)[0]
    return redirect(url_for(".show", public_id=newest.public_id), 303)


@blueprint.get("/<public_id>")
def show(public_id: str) -> str:
    erasure = found(erasure_by_public_id(db.session(), public_id))
    return render_template("studio/privacy_report.html", erasure=erasure)


def _page(form: PersonForm) -> str:
    return render_template("studio/privacy.html", form=form, erasures=erasures(db.session()))
