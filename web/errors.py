"""From what went wrong to what is answered: one table, as JSON or as a page.

An answer says what happened and how to mend it. Causes and tracebacks go to the log only, under
the request's id, which every answer carries in ``X-Request-Id``.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from math import ceil

import structlog
from flask import Flask, Response, g, jsonify, render_template, request
from flask_babel import lazy_gettext as _
from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.wrappers import Response as AnyResponse

from engine.deciding.bodies import LimitExceeded, TooDeep, TooManyAnswers
from engine.deciding.lists import TooManySubmissions
from engine.delivery.files import NoSuchFile
from engine.delivery.intake import (
    CutOff,
    FormDisabled,
    KeyReused,
    NoSuchForm,
    NotStored,
    TooFast,
    TooLarge,
    Unproven,
)
from engine.delivery.verifying import HandshakeRefused
from engine.storage.database import DATABASE_AWAY
from engine.storage.forms import NoSuchThing
from web.headers import protect
from web.instance import instance
from web.sentences import translated

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a caller is told. ``code`` is for programs and never changes.

    Without a ``remedy`` the error's own words are told: those of `LimitExceeded` name the remedy.
    """

    status: int
    code: str
    message: str
    remedy: str = ""
    retry_after_s: float | None = None


_AWAY = Answer(
    503,
    "try_again",
    _("This could not be stored just now"),
    _("Nothing was accepted, so nothing will arrive twice: send it again in a few seconds."),
    retry_after_s=5,
)
_GONE = Answer(
    404,
    "not_found",
    _("There is nothing at this address"),
    _("Look for a typing error in the address, or start again from the front page."),
)

ANSWERS: Mapping[type[Exception], Answer] = {
    NoSuchForm: Answer(
        404,
        "no_such_form",
        _("There is no form at this address"),
        _(
            "Look for a typing error in the address. If the form is yours, copy its address again"
            " from its page in Formwire."
        ),
    ),
    FormDisabled: Answer(
        410,
        "form_disabled",
        _("This form takes no submissions any more"),
        _("Its owner has switched it off, and can switch it on again in Formwire."),
    ),
    CutOff: Answer(
        400,
        "cut_off",
        _("The submission broke off before its end"),
        _("Send it again; the connection was lost on the way."),
    ),
    TooLarge: Answer(
        413,
        "too_large",
        _("The submission is too large"),
        _(
            "Send at most 1 MB, or 10 MB with files: shorten the longest answer, or link to the file."
        ),
    ),
    LimitExceeded: Answer(413, "value_too_large", _("One answer is too long")),
    TooManyAnswers: Answer(422, "too_many_answers", _("The submission has too many answers")),
    TooManySubmissions: Answer(422, "too_many_submissions", _("The list has too many submissions")),
    TooDeep: Answer(422, "too_deep", _("The submission is nested too deeply")),
    KeyReused: Answer(
        422,
        "key_reused",
        _("This Idempotency-Key came before with another content"),
        _("Use a new key for each new submission, and the old one only to repeat it unchanged."),
    ),
    TooFast: Answer(
        429,
        "too_fast",
        _("Too many submissions came from this address"),
        _("Wait as long as Retry-After says, then send it again."),
    ),
    Unproven: Answer(
        403,
        "unproven",
        _("This form takes only what its sender has signed"),
        _(
            "Enter the same secret at the sender and on the form’s page Signature in Formwire, and see"
            " that the sender’s clock is right."
        ),
    ),
    HandshakeRefused: Answer(
        403,
        "handshake_refused",
        _("This form does not know who asks"),
        _(
            "Enter what the sender asks for on the form’s page Signature in Formwire, then try again."
        ),
    ),
    NoSuchFile: Answer(
        404,
        "no_such_file",
        _("There is no file at this address any more"),
        _("Links to files expire. The submission's page in Formwire has the file for longer."),
    ),
    NotStored: _AWAY,
    **dict.fromkeys(DATABASE_AWAY, _AWAY),
    NoSuchThing: _GONE,
}

HTTP_ANSWERS: Mapping[int, Answer] = {
    404: _GONE,
    405: Answer(
        405,
        "wrong_method",
        _("This address cannot be used in this way"),
        _("Use a method that the Allow header names: a form is sent to its address by POST."),
    ),
    413: ANSWERS[TooLarge],
    500: Answer(
        500,
        "our_mistake",
        _("Something went wrong on our side"),
        _("Try again later. If it stays so, tell the site's owner the number of the request."),
    ),
}


def init_app(app: Flask) -> None:
    app.before_request(_number_the_request)
    app.after_request(_finish)
    for kind, answer in ANSWERS.items():
        app.register_error_handler(kind, partial(_answer_error, answer))
    app.register_error_handler(HTTPException, _answer_http_error)


def wants_page() -> bool:
    """Whether a person's browser is navigating here, rather than a script or server calling.

    Fetch Metadata tells exactly; where a browser sends none, a navigation asks for HTML.
    """
    mode = request.headers.get("Sec-Fetch-Mode")
    if mode is not None:
        return mode == "navigate"
    if request.headers.get("X-Requested-With"):
        return False
    return "text/html" in request.headers.get("Accept", "").lower()


def show(answer: Answer) -> Response:
    """The answer as a page for a navigating browser, else as JSON."""
    if wants_page():
        response = Response(render_template("public/error.html", answer=answer))
    else:
        told = {"code": answer.code, "message": answer.message, "remedy": answer.remedy}
        response = jsonify(error={name: str(text) for name, text in told.items()})
    response.status_code = answer.status
    if answer.retry_after_s is not None:
        response.headers["Retry-After"] = str(max(1, ceil(answer.retry_after_s)))
    return response


def _answer_error(answer: Answer, error: Exception) -> Response:
    if answer.status >= 500:
        _log.error("%s %s could not be served: %s", request.method, request.path, _cause(error))
    wait_s = getattr(error, "retry_after_s", answer.retry_after_s)
    return show(replace(answer, remedy=answer.remedy or translated(error), retry_after_s=wait_s))


def _cause(error: Exception) -> str:
    """The driver's own words: SQLAlchemy's would add the statement's values, which are a visitor's."""
    database_error = error.__cause__ if isinstance(error, NotStored) else error
    return repr(getattr(database_error, "orig", database_error))


def _answer_http_error(error: HTTPException) -> AnyResponse:
    if error.response is not None or error.code is None:
        return error.get_response()  # somebody's finished answer, or a redirect
    answer = HTTP_ANSWERS.get(error.code) or _plain(error.code, error)
    response = show(answer)
    if isinstance(error, MethodNotAllowed) and error.valid_methods:
        response.headers["Allow"] = ", ".join(error.valid_methods)
    return response


def _plain(status: int, error: HTTPException) -> Answer:
    code = error.name.lower().replace(" ", "_")
    return Answer(status, code, error.name, error.description or "")


def _number_the_request() -> None:
    """Give the request its id, which every line that is logged meanwhile bears."""
    g.request_id = secrets.token_hex(8)
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=g.request_id)


def _finish(response: Response) -> Response:
    response.headers["X-Request-Id"] = g.request_id
    promised = instance().settings.public_url.startswith("https://")
    return protect(response, secure=promised or request.is_secure)
