"""What went wrong, as RFC 9457 tells it: ``application/problem+json`` with a remedy."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from math import ceil
from types import MappingProxyType

from flask import Blueprint, Response, g
from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.wrappers import Response as AnyResponse

from engine.deciding.documents import Document, DocumentMistakes
from engine.delivery.levers import NotNow
from engine.storage.database import DATABASE_AWAY

MEDIA_TYPE = "application/problem+json"
_log = logging.getLogger(__name__)


class Mistake(Document):
    """One thing wrong with what was sent. ``pointer`` is a JSON Pointer (RFC 6901) into it."""

    pointer: str
    detail: str


class ProblemDocument(Document):
    """Why a request was refused. ``type`` never changes; ``remedy`` says what to do."""

    type: str
    title: str
    status: int
    detail: str
    remedy: str
    request_id: str
    errors: tuple[Mistake, ...] = ()


@dataclass(frozen=True, slots=True)
class Trouble:
    """A kind of problem, as a caller can meet it again."""

    status: int
    code: str
    title: str
    remedy: str

    @property
    def type(self) -> str:
        return f"urn:problem-type:formwire:{self.code}"


MALFORMED = Trouble(
    400, "malformed", "The body is no JSON that we read", "Send one JSON object, as UTF-8."
)
NO_TOKEN = Trouble(
    401,
    "no_token",
    "A valid token is needed",
    "Send the header “Authorization: Bearer fw_…”. An administrator makes tokens with: "
    "formwire tokens create",
)
NOT_ALLOWED = Trouble(
    403,
    "not_allowed",
    "This token may not do this",
    "Use a token with the scope that is named, of a person whose role allows it.",
)
NOT_FOUND = Trouble(
    404,
    "not_found",
    "There is nothing at this address",
    "Look for a typing error in the address; the lists tell every key and id there is.",
)
WRONG_METHOD = Trouble(
    405,
    "wrong_method",
    "This address cannot be used in this way",
    "Use a method that the Allow header names.",
)
CONFLICT = Trouble(
    409,
    "conflict",
    "It is not in a state for this",
    "Get it anew, and decide by what it is now.",
)
TOO_LARGE = Trouble(413, "too_large", "The body is too large", "Send a shorter document.")
NOT_JSON = Trouble(
    415,
    "not_json",
    "The body is not labelled as JSON",
    "Send the header “Content-Type: application/json”.",
)
INVALID = Trouble(
    422,
    "invalid",
    "There are mistakes in what was sent",
    "Mend every place that “errors” names, then send it again.",
)
TOO_FAST = Trouble(
    429, "too_fast", "Too many requests with this token", "Wait as long as Retry-After says."
)
OUR_MISTAKE = Trouble(
    500,
    "our_mistake",
    "Something went wrong on our side",
    "Try again later. If it stays so, tell the administrator the request_id.",
)
CRM_REFUSES = Trouble(
    502,
    "crm_refuses",
    "The CRM does not let us look",
    "Nothing was changed. Test the connection, and mend its settings.",
)
AWAY = Trouble(
    503,
    "try_again",
    "The database or the CRM could not be used just now",
    "Nothing was changed: send it again when Retry-After says.",
)

TROUBLES: Mapping[int, Trouble] = {
    trouble.status: trouble
    for trouble in (
        MALFORMED,
        NO_TOKEN,
        NOT_ALLOWED,
        NOT_FOUND,
        WRONG_METHOD,
        CONFLICT,
        TOO_LARGE,
        NOT_JSON,
        INVALID,
        TOO_FAST,
        OUR_MISTAKE,
        CRM_REFUSES,
        AWAY,
    )
}
_AWAY_S = 5


class Problem(Exception):
    """A request that is refused. ``detail`` tells this case apart from others of its kind."""

    def __init__(
        self,
        trouble: Trouble,
        detail: str,
        *,
        errors: tuple[Mistake, ...] = (),
        headers: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        super().__init__(detail)
        self.trouble = trouble
        self.detail = detail
        self.errors = errors
        self.headers = headers


def mistaken(error: DocumentMistakes) -> Problem:
    """The problem that lists everything wrong with a document."""
    mistakes = tuple(Mistake(pointer=issue.path, detail=issue.message) for issue in error.issues)
    count = "1 mistake" if len(mistakes) == 1 else f"{len(mistakes)} mistakes"
    return Problem(INVALID, f"{count}; nothing was changed", errors=mistakes)


@contextmanager
def possible() -> Iterator[None]:
    """Tell that a lever does not fit what a run, a step or an order is now, as a conflict."""
    try:
        yield
    except NotNow as error:
        raise Problem(CONFLICT, str(error)) from error


def wait(trouble: Trouble, detail: str, seconds: float) -> Problem:
    return Problem(trouble, detail, headers={"Retry-After": str(max(1, ceil(seconds)))})


def init_blueprint(blueprint: Blueprint) -> None:
    """Have every error below ``blueprint`` answered as a problem."""
    blueprint.register_error_handler(Problem, _answer)
    blueprint.register_error_handler(HTTPException, _answer_http_error)
    for kind in DATABASE_AWAY:
        blueprint.register_error_handler(kind, _answer_away)


def _answer(problem: Problem) -> Response:
    trouble = problem.trouble
    document = ProblemDocument(
        type=trouble.type,
        title=trouble.title,
        status=trouble.status,
        detail=problem.detail,
        remedy=trouble.remedy,
        request_id=g.request_id,
        errors=problem.errors,
    )
    return Response(
        json.dumps(document.model_dump(mode="json", exclude_defaults=True)),
        status=trouble.status,
        headers=dict(problem.headers),
        content_type=MEDIA_TYPE,
    )


def _answer_http_error(error: HTTPException) -> AnyResponse:
    trouble = TROUBLES.get(error.code or 500)
    if error.response is not None or trouble is None:
        return error.get_response()
    headers = {}
    if isinstance(error, MethodNotAllowed) and error.valid_methods:
        headers["Allow"] = ", ".join(error.valid_methods)
    return _answer(Problem(trouble, trouble.title, headers=headers))


def _answer_away(error: Exception) -> Response:
    # The driver's own words: SQLAlchemy's would add the statement's values, which are a visitor's.
    _log.error("the API could not use the database: %r", getattr(error, "orig", error))
    return _answer(wait(AWAY, "the database could not be used", _AWAY_S))
