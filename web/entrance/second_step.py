"""The second step at sign-in, after the password."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, url_for

from web.brake import note_failure
from web.codes import CodeForm, code_fits
from web.entrance.coming_in import come_in
from web.half_way import end_half_way, who_is_half_way
from web.instance import instance

blueprint = Blueprint("second_step", __name__, url_prefix="/login/code")


@blueprint.route("", methods=["GET", "POST"])
def show() -> Any:
    with instance().database.read() as session:
        person = who_is_half_way(session)
    if person is None:
        return redirect(url_for("security.login"), 303)
    form = CodeForm()
    if form.validate_on_submit():
        if code_fits(form, person):
            return come_in(person.id, ["password", "authenticator"], end_half_way())
        note_failure(person.email, "code")
    return render_template("entrance/second_step.html", form=form), 422 if form.errors else 200
