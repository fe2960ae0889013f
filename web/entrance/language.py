"""Choosing the language, whether signed in or not."""

from __future__ import annotations

from flask import Blueprint, redirect, request, url_for
from flask_security import current_user
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response

from engine.storage.model_people import Person
from web.acting import apart
from web.database import looking_only
from web.language import LANGUAGES, set_language
from web.studio.finding import local_address

blueprint = Blueprint("language", __name__)


@blueprint.post("/language")
def choose() -> Response:
    """Keep the chosen language in this browser and of whoever is signed in; go back to where it was."""
    chosen = request.form.get("language", "")
    if chosen not in LANGUAGES:
        raise BadRequest
    with looking_only():
        person_id = current_user.id if current_user.is_authenticated else None
    if person_id is not None:
        with apart() as session:
            session.get_one(Person, person_id).language = chosen
    back = local_address(request.form.get("back", "")) or url_for("studio.home.index")
    answer = redirect(back, 303)
    set_language(chosen, answer)
    return answer
