"""What a receiver's answers mean."""

from __future__ import annotations

import httpx
import pytest

from connectors.base import Change, Draft, Kind, Ref, Status
from connectors.errors import (
    AuthError,
    ConflictError,
    ConnectorError,
    NotFoundError,
    OutcomeUnknownError,
    RateLimitedError,
    RejectedError,
    SettingsError,
    UnavailableError,
)
from tests.connectors.webhook.wire import Wire

LATER = {"retry-after": "30"}
NEW = Draft({"name": "Ada"}, marker="run.contact")
NOTE = Draft({"text": "Hello"}, links=(Ref(Kind.CONTACT, "17"),), marker="run.note")


@pytest.mark.parametrize(
    ("status", "headers", "outcome", "error"),
    [
        (400, {}, Status.REFUSED, RejectedError),
        (422, {}, Status.REFUSED, RejectedError),
        (413, {}, Status.REFUSED, RejectedError),
        (409, {}, Status.REFUSED, ConflictError),
        (401, {}, Status.NOT_APPLIED, AuthError),
        (403, {}, Status.NOT_APPLIED, AuthError),
        (404, {}, Status.NOT_APPLIED, SettingsError),
        (405, {}, Status.NOT_APPLIED, SettingsError),
        (410, {}, Status.NOT_APPLIED, AuthError),
        (301, {}, Status.NOT_APPLIED, SettingsError),
        (429, {}, Status.NOT_APPLIED, RateLimitedError),
        (429, LATER, Status.NOT_APPLIED, RateLimitedError),
        (503, LATER, Status.NOT_APPLIED, RateLimitedError),
        (503, {}, Status.UNKNOWN, OutcomeUnknownError),
        (500, LATER, Status.UNKNOWN, OutcomeUnknownError),
        (502, {}, Status.UNKNOWN, OutcomeUnknownError),
        (408, {}, Status.UNKNOWN, OutcomeUnknownError),
        (302, {}, Status.UNKNOWN, OutcomeUnknownError),
    ],
)
def test_an_answer_to_a_creation(status, headers, outcome, error) -> None:
    wire = Wire(httpx.Response(status, headers=headers, text="t0psecret"))
    (told,) = wire.connector().create(Kind.CONTACT, [NEW])
    assert told.status is outcome
    assert type(told.error) is error
    assert getattr(told.error, "retry_after_s", 30) in (30, None)
    assert "t0psecret" not in str(told.error)
    assert "crm.example.com" in str(told.error)


def test_what_speaks_of_a_record_may_find_it_gone() -> None:
    crm = Wire(httpx.Response(404)).connector()
    outcomes = [
        *crm.create(Kind.NOTE, [NOTE]),
        *crm.update(Kind.CONTACT, [Change("17", {"name": "Ada"})]),
    ]
    assert [type(outcome.error) for outcome in outcomes] == [NotFoundError] * 2


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (httpx.ConnectError("no"), Status.NOT_APPLIED),
        (httpx.ConnectTimeout("no"), Status.NOT_APPLIED),
        (httpx.ReadTimeout("no"), Status.UNKNOWN),
        (httpx.RemoteProtocolError("no"), Status.UNKNOWN),
    ],
)
def test_a_silence(error, status) -> None:
    (told,) = Wire(error).connector().create(Kind.CONTACT, [NEW])
    assert told.status is status


@pytest.mark.parametrize("status", [200, 204, 401, 403, 404, 405])
def test_whoever_answers_a_check_is_there_and_was_told_nothing(status) -> None:
    wire = Wire(httpx.Response(status))
    assert wire.connector().check().label == "crm.example.com"
    assert [(one.method, one.content) for one in wire.requests] == [("OPTIONS", b"")]


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (410, AuthError),
        (429, RateLimitedError),
        (500, UnavailableError),
        (301, SettingsError),
    ],
)
def test_a_check_says_what_is_wrong(status, error) -> None:
    with pytest.raises(ConnectorError) as caught:
        Wire(httpx.Response(status)).connector().check()
    assert type(caught.value) is error
