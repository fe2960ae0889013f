from contextlib import suppress

import httpx
import pytest

from connectors import http as wire
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
from connectors.http import Answer, call, new_client

TOKEN = "s3cret-token"


def client_of(answer):
    """A client whose every request meets ``answer``: a response, or an error to raise."""

    def meet(request: httpx.Request) -> httpx.Response:
        if isinstance(answer, Exception):
            raise answer
        return answer

    return new_client("https://crm.test", {"Authorization": TOKEN}, httpx.MockTransport(meet))


def error_of(answer, *, writes: bool, **options) -> ConnectorError:
    with pytest.raises(ConnectorError) as caught:
        call(client_of(answer), "POST", "/leads", writes=writes, **options)
    return caught.value


@pytest.mark.parametrize(
    ("response", "value"),
    [
        (httpx.Response(200, json={"id": 1}), {"id": 1}),
        (httpx.Response(200, json=[]), []),
        (httpx.Response(202, content=b"12.5"), 12.5),
        (httpx.Response(204), None),
        (httpx.Response(200, content=b"  "), None),
    ],
)
def test_an_answer_is_its_decoded_body(response, value):
    assert call(client_of(response), "GET", "/leads", writes=False) == value


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (httpx.Response(204), type(None)),
        (httpx.Response(422), RejectedError),
        (httpx.Response(429), RateLimitedError),
        (httpx.Response(200, content=b"<h1>"), UnavailableError),
        (httpx.ConnectError("refused"), UnavailableError),
    ],
    ids=str,
)
def test_a_watcher_is_told_what_an_exchange_came_to(answer, told):
    heard = []

    def meet(request: httpx.Request) -> httpx.Response:
        request.extensions[wire.WATCHERS].append(heard.append)
        if isinstance(answer, Exception):
            raise answer
        return answer

    client = new_client("https://crm.test", {}, httpx.MockTransport(meet))
    with suppress(ConnectorError):
        call(client, "GET", "/leads", writes=False)
    assert [type(one) for one in heard] == [told]


@pytest.mark.parametrize("writes", [True, False])
@pytest.mark.parametrize(
    "error",
    [
        httpx.ConnectError("refused"),
        httpx.ConnectTimeout("slow"),
        httpx.PoolTimeout("busy"),
        httpx.ProxyError("no"),
        httpx.UnsupportedProtocol("gopher"),
    ],
)
def test_what_was_never_sent_is_surely_not_applied(error, writes):
    assert type(error_of(error, writes=writes)) is UnavailableError


@pytest.mark.parametrize(
    ("writes", "kind"), [(True, OutcomeUnknownError), (False, UnavailableError)]
)
@pytest.mark.parametrize(
    "answer",
    [
        httpx.ReadTimeout("slow"),
        httpx.WriteTimeout("slow"),
        httpx.ReadError("reset"),
        httpx.WriteError("reset"),
        httpx.RemoteProtocolError("closed"),
        httpx.DecodingError("bad gzip"),
        httpx.Response(408),
        httpx.Response(500, json={"title": "no"}),
        httpx.Response(502, html="<h1>Bad gateway</h1>"),
        httpx.Response(504),
        httpx.Response(302, headers={"Location": "/elsewhere"}),
        httpx.Response(200, html="<h1>Hello</h1>"),
        httpx.Response(200, content=b'{"id": 1'),
        httpx.Response(200, content=b'{"id": NaN}'),
        httpx.Response(200, content=b"[" * 100_000),
        httpx.Response(200, content=b"\xff\xfe\x00"),
    ],
    ids=str,
)
def test_a_lost_or_unreadable_answer_leaves_a_write_unknown(answer, writes, kind):
    if isinstance(answer, httpx.Response):
        answer = httpx.Response(answer.status_code, headers=answer.headers, content=answer.content)
    assert type(error_of(answer, writes=writes)) is kind


@pytest.mark.parametrize("writes", [True, False])
@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (301, SettingsError),
        (308, SettingsError),
        (400, RejectedError),
        (401, AuthError),
        (402, AuthError),
        (403, AuthError),
        (404, NotFoundError),
        (405, RejectedError),
        (409, ConflictError),
        (422, RejectedError),
        (429, RateLimitedError),
    ],
)
def test_a_status_has_one_meaning(status, kind, writes):
    assert type(error_of(httpx.Response(status), writes=writes)) is kind


@pytest.mark.parametrize(
    ("headers", "wait_s"),
    [
        ({}, None),
        ({"Retry-After": "7"}, 7.0),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "-7"}, None),
        (
            {
                "Date": "Sat, 21 Nov 2026 08:00:00 GMT",
                "Retry-After": "Sat, 21 Nov 2026 08:01:30 GMT",
            },
            90.0,
        ),
        ({"Retry-After": "Sat, 21 Nov 2020 08:01:30 GMT"}, 0.0),
    ],
)
def test_the_wait_is_the_crms_own_wish(headers, wait_s):
    error = error_of(httpx.Response(429, headers=headers), writes=True)
    assert isinstance(error, RateLimitedError)
    assert error.retry_after_s == wait_s


def test_the_vendor_may_say_more_than_the_status():
    def refine(answer: Answer) -> ConnectorError | None:
        return AuthError("blocked") if answer.json() == {"blocked": True} else None

    blocked = httpx.Response(400, json={"blocked": True})
    assert type(error_of(blocked, writes=True, refine=refine)) is AuthError
    other = httpx.Response(400, json={})
    assert type(error_of(other, writes=True, refine=refine)) is RejectedError


def test_an_address_that_cannot_be_called_is_a_mistake_of_the_settings():
    with pytest.raises(SettingsError), new_client() as http:
        call(http, "GET", "http://crm.test:port/leads", writes=False)


@pytest.mark.parametrize("own", [UnavailableError("the lease was lost"), AuthError("no")])
def test_a_connector_error_of_the_transport_passes_unchanged(own):
    assert error_of(own, writes=True) is own


def test_an_endless_answer_is_given_up(monkeypatch):
    monkeypatch.setattr(wire, "LARGEST_ANSWER_BYTES", 1000)
    answer = httpx.Response(200, content=b" " * 1001)
    assert type(error_of(answer, writes=False)) is UnavailableError


@pytest.mark.parametrize(
    "answer",
    [
        httpx.LocalProtocolError(f"Illegal header value {TOKEN}"),
        httpx.Response(400, json={"detail": "ada@example.org"}),
        httpx.Response(500, text="ada@example.org"),
    ],
)
def test_messages_hold_no_secrets_and_no_personal_data(answer):
    error = error_of(answer, writes=True, params={"query": "ada@example.org"})
    assert TOKEN not in str(error)
    assert "ada" not in str(error)


def test_a_client_follows_no_redirect_and_trusts_no_environment(monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.test")
    with new_client() as client:
        assert not client.follow_redirects
        assert not client.trust_env
        assert client.timeout == httpx.Timeout(connect=5, write=10, read=20, pool=5)
