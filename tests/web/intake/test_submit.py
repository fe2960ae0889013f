from __future__ import annotations

import io
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from engine.storage.database import Database
from engine.storage.forms import save_form
from engine.storage.models import Form, Submission
from tests.builders import form_config, json_body, multipart, urlencoded

URLENCODED = "application/x-www-form-urlencoded"
JSON = "application/json"
MULTIPART = "multipart/form-data; boundary=Ada"
BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8", "Sec-Fetch-Mode": "navigate"}
pytestmark = pytest.mark.usefixtures("form", "rings")


def post(client: FlaskClient, raw: bytes | None = None, **options: Any) -> TestResponse:
    options = {"content_type": URLENCODED} | options
    return client.post("/f/callback", data=urlencoded() if raw is None else raw, **options)


def stored(database: Database) -> list[Submission]:
    with database.read() as session:
        return list(session.scalars(select(Submission).order_by(Submission.id)))


def chunked(body: io.IOBase) -> dict[str, Any]:
    """What a WSGI server makes of a body in chunks: no length, and a stream that ends by itself."""
    return {
        "HTTP_TRANSFER_ENCODING": "chunked",
        "CONTENT_LENGTH": "",
        "wsgi.input": body,
        "wsgi.input_terminated": True,
    }


# Told by the bytes, not by the label ------------------------------------------------------------

ADA = {"first_name": "Ada", "email": "ada@example.org"}
ADA_JSON = b'{"first_name": "Ada", "email": "ada@example.org"}'
ADA_URLENCODED = b"first_name=Ada&email=ada%40example.org"
ADA_MULTIPART = multipart(("first_name", "Ada"), ("email", "ada@example.org"))


@pytest.mark.parametrize(
    ("raw", "content_type", "answers"),
    [
        (ADA_URLENCODED, URLENCODED, ADA),
        (ADA_URLENCODED, f"{URLENCODED};charset=UTF-8", ADA),
        (ADA_URLENCODED, "text/plain", ADA),
        (ADA_URLENCODED, None, ADA),
        (ADA_URLENCODED, JSON, ADA),
        (ADA_MULTIPART, MULTIPART, ADA),
        (ADA_MULTIPART, "multipart/form-data", ADA),
        (ADA_JSON, JSON, ADA),
        (ADA_JSON, "application/vnd.example.v1+json", ADA),
        (ADA_JSON, URLENCODED, ADA),
        (ADA_JSON, "text/plain;charset=UTF-8", ADA),
        (ADA_JSON, None, ADA),
        (b"\xef\xbb\xbf" + ADA_JSON, JSON, ADA),
        (b"\n  " + ADA_JSON, JSON, ADA),
        (b'{"fields": {"first_name": "Ada"}, "meta": {"ip": "x"}}', JSON, {"first_name": "Ada"}),
        (b'[{"name": "City", "value": "Kyiv"}]', JSON, {"City": "Kyiv"}),
        (b"a=1&a=2", URLENCODED, {"a": ["1", "2"]}),
        (b"a[]=1", URLENCODED, {"a": ["1"]}),
        (b"a%5Bb%5D=1", URLENCODED, {"a.b": "1"}),
        (multipart(("a", "1"), ("a", "2")), MULTIPART, {"a": ["1", "2"]}),
        (b'{"a": 1, "a": 2}', JSON, {"a": ["1", "2"]}),
        (b'{"id": 12345678901234567890123}', JSON, {"id": "12345678901234567890123"}),
        (b'{"a": true, "b": null, "c": 1.50}', JSON, {"a": "true", "b": "", "c": "1.50"}),
        (b'{"a": "x\\u0000y"}', JSON, {"a": "x\ufffdy"}),
        (b'{"a": "\\ud83d"}', JSON, {"a": "\ufffd"}),
        (b"a=x%00y", URLENCODED, {"a": "x\ufffdy"}),
        (b"name=Jos%E9", URLENCODED, {"name": "José"}),
        ("name=Ганна".encode("cp1251"), f"{URLENCODED}; charset=windows-1251", {"name": "Ганна"}),
        ("name=Ґанна".encode(), URLENCODED, {"name": "Ґанна"}),
        (multipart(("a", "1"), ("cv", "", b"")), MULTIPART, {"a": "1"}),
        (b"empty=", URLENCODED, {"empty": ""}),
    ],
)
def test_a_body_is_read_for_what_it_is(
    client: FlaskClient,
    database: Database,
    raw: bytes,
    content_type: str | None,
    answers: dict[str, Any],
) -> None:
    response = post(client, raw, content_type=content_type)
    assert (response.status_code, response.json and response.json["status"]) == (200, "accepted")
    (kept,) = stored(database)
    assert kept.answers["field"] == answers


@pytest.mark.parametrize(
    ("raw", "content_type"),
    [
        (b"", URLENCODED),
        (b"\r\n", JSON),
        (b'{"first_name": "Ada', JSON),
        (b'{"quote": "she said "hi""}', JSON),
        (b'{"a": NaN}', JSON),
        (b"just text", "text/plain"),
        (b"<?xml version='1.0'?>", "text/xml"),
        (bytes(range(128, 256)), "application/octet-stream"),
        (b"--Ada\r\nno headers", MULTIPART),
    ],
)
def test_what_cannot_be_read_is_kept_and_never_refused(
    client: FlaskClient, database: Database, raw: bytes, content_type: str | None
) -> None:
    response = post(client, raw, content_type=content_type)
    assert response.status_code == 200
    assert response.json == {"id": stored(database)[0].public_id, "status": "unreadable"}


def test_a_chunked_body_has_no_length(client: FlaskClient, database: Database) -> None:
    response = post(client, environ_overrides=chunked(io.BytesIO(ADA_JSON)))
    assert response.status_code == 200
    assert stored(database)[0].answers["field"] == ADA


# Refusals ---------------------------------------------------------------------------------------


def many(number: int) -> bytes:
    return b"&".join(b"a%d=1" % n for n in range(number))


REFUSED = [
    pytest.param(many(501), URLENCODED, 422, "too_many_answers", "500", id="501 answers"),
    pytest.param(b"&".join([b"a=1"] * 501), URLENCODED, 422, "too_many_answers", "500", id="list"),
    pytest.param(
        b'{"a": [' + b",".join([b"1"] * 501) + b"]}",
        JSON,
        422,
        "too_many_answers",
        "500",
        id="JSON",
    ),
    pytest.param(
        multipart(*((f"a{n}", "1") for n in range(501))),
        MULTIPART,
        422,
        "too_many_answers",
        "500",
        id="501 parts",
    ),
    pytest.param(b'{"a":' * 17 + b"1" + b"}" * 17, JSON, 422, "too_deep", "flatter", id="deep"),
    pytest.param(b"[" * 100_000, URLENCODED, 422, "too_deep", "flatter", id="a bomb, mislabelled"),
    pytest.param(
        b"a" + b"[b]" * 20 + b"=1", URLENCODED, 422, "too_deep", "flatter", id="deep brackets"
    ),
    pytest.param(
        b"a=" + b"x" * 70_000, URLENCODED, 413, "value_too_large", "as a file", id="long value"
    ),
    pytest.param(b"x" * 1_100_000, URLENCODED, 413, "too_large", "1 MB", id="more than 1 MB"),
    pytest.param(
        multipart(*((f"a{n}", "x" * 60_000) for n in range(18))),
        MULTIPART,
        413,
        "too_large",
        "1 MB",
        id="more than 1 MB without files",
    ),
    pytest.param(
        multipart(("cv", "ada.pdf", b"x" * 10_500_000)),
        MULTIPART,
        413,
        "too_large",
        "10 MB",
        id="more than 10 MB of files",
    ),
]


@pytest.mark.parametrize(("raw", "content_type", "status", "code", "remedy"), REFUSED)
def test_what_is_over_a_limit_is_refused_with_a_remedy(
    client: FlaskClient,
    database: Database,
    raw: bytes,
    content_type: str,
    status: int,
    code: str,
    remedy: str,
) -> None:
    response = post(client, raw, content_type=content_type)
    error = (response.json or {})["error"]
    assert (response.status_code, error["code"]) == (status, code)
    assert remedy in error["remedy"]
    assert error["message"]

    page = post(client, raw, content_type=content_type, headers=BROWSER)
    assert (page.status_code, page.mimetype) == (status, "text/html")
    assert str(error["message"]) in page.text
    assert remedy in page.text
    assert stored(database) == []


def test_500_answers_are_not_too_many(client: FlaskClient) -> None:
    assert post(client, many(500)).status_code == 200


def test_a_chunked_body_is_measured_while_it_is_read(
    client: FlaskClient, database: Database
) -> None:
    class Endless(io.RawIOBase):
        given = 0

        def readable(self) -> bool:
            return True

        def readinto(self, buffer: Any) -> int:
            self.given += len(buffer)
            buffer[:] = b"x" * len(buffer)
            return len(buffer)

    body = Endless()
    assert post(client, environ_overrides=chunked(body)).status_code == 413
    assert body.given <= 1024 * 1024 + 64 * 1024
    assert stored(database) == []


@pytest.mark.parametrize("terminated", [True, False])
def test_a_body_that_breaks_off_is_refused(
    client: FlaskClient, database: Database, terminated: bool
) -> None:
    environ: dict[str, Any] = {"CONTENT_LENGTH": str(len(ADA_URLENCODED) + 1)}
    if terminated:
        environ |= {"wsgi.input_terminated": True}
    response = post(client, ADA_URLENCODED, environ_overrides=environ)
    assert response.status_code == 400
    assert response.json
    assert response.json["error"]["code"] == "cut_off"
    assert stored(database) == []


@pytest.mark.parametrize("method", ["post", "options", "head"])
def test_an_unknown_form_is_not_found(client: FlaskClient, method: str) -> None:
    response = getattr(client, method)("/f/nothing")
    assert response.status_code == 404
    if method != "head":
        assert response.json["error"]["code"] == "no_such_form"
        assert "copy its address" in response.json["error"]["remedy"]


def test_a_switched_off_form_is_gone(client: FlaskClient, database: Database) -> None:
    with database.write() as session:
        save_form(session, form_config(enabled=False))
    response = post(client)
    assert response.status_code == 410
    assert response.json
    assert response.json["error"]["code"] == "form_disabled"
    assert "switch it on again" in response.json["error"]["remedy"]


def test_who_posts_too_fast_is_told_when_to_come_back(
    client: FlaskClient, database: Database
) -> None:
    with database.write() as session:
        save_form(session, form_config(per_minute=2))
    statuses = [post(client, b"n=%d" % n).status_code for n in range(3)]
    assert statuses == [200, 200, 429]
    response = post(client)
    assert 1 <= int(response.headers["Retry-After"]) <= 30
    assert response.json
    assert response.json["error"]["code"] == "too_fast"
    assert "Retry-After" in response.json["error"]["remedy"]
    elsewhere = post(client, environ_overrides={"REMOTE_ADDR": "198.51.100.9"})
    assert elsewhere.status_code == 200, "others are not slowed down"
    assert len(stored(database)) == 3


@pytest.mark.parametrize("headers", [{}, BROWSER])
def test_without_the_database_the_answer_is_no(
    client: FlaskClient, database: Database, headers: dict[str, str]
) -> None:
    with database.writer.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE event RENAME TO happening")
    response = post(client, headers=headers)
    with database.writer.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE happening RENAME TO event")
    assert response.status_code == 503
    assert int(response.headers["Retry-After"]) > 0
    assert "Nothing was accepted" in response.text
    assert "event" not in response.text, "no cause of ours is told to strangers"
    assert stored(database) == []


def test_an_api_clients_key_with_another_content_is_refused(client: FlaskClient) -> None:
    key = {"Idempotency-Key": "order-1"}
    first = post(client, json_body(), content_type=JSON, headers=key)
    again = post(client, json_body(), content_type=JSON, headers=key)
    other = post(client, json_body(email="grace@example.org"), content_type=JSON, headers=key)
    assert first.json == again.json
    assert other.status_code == 422
    assert other.json
    assert other.json["error"]["code"] == "key_reused"


# Answers ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Accept": "*/*"}, 200),
        ({"Accept": "application/json"}, 200),
        ({"User-Agent": "WordPress/6.8; https://example.org", "Accept": "*/*"}, 200),
        ({"Accept": "*/*", "Sec-Fetch-Mode": "cors"}, 200),
        ({"Accept": "*/*", "Sec-Fetch-Mode": "no-cors"}, 200),
        ({"Accept": "text/html", "Sec-Fetch-Mode": "cors"}, 200),
        ({"Accept": "text/html", "X-Requested-With": "XMLHttpRequest"}, 200),
        ({"Accept": "text/html,*/*"}, 303),
        (BROWSER, 303),
    ],
)
def test_only_a_navigating_browser_is_sent_on(
    client: FlaskClient, database: Database, headers: dict[str, str], status: int
) -> None:
    response = post(client, headers=headers)
    assert response.status_code == status
    (kept,) = stored(database)
    if status == 200:
        assert response.json == {"id": kept.public_id, "status": "accepted"}
    else:
        assert response.location == "/f/callback/thanks"


@pytest.mark.parametrize(
    ("wanted", "location"),
    [
        ("", "https://example.org/thanks"),
        ("https://shop.example/done?a=1", "https://shop.example/done?a=1"),
        ("https://SHOP.example/done", "https://shop.example/done"),
        ("http://localhost/f/callback/thanks", "http://localhost/f/callback/thanks"),
        ("/f/callback/thanks", "/f/callback/thanks"),
        ("https://evil.example/", "https://example.org/thanks"),
        ("//evil.example/", "https://example.org/thanks"),
        ("/\\evil.example/", "https://example.org/thanks"),
        ("/\t/evil.example/", "https://example.org/thanks"),
        ("https:evil.example", "https://example.org/thanks"),
        ("https://shop.example@evil.example/", "https://example.org/thanks"),
        ("https://shop.example.evil.example/", "https://example.org/thanks"),
        ("https://evil.example\\@shop.example/", "https://example.org/thanks"),
        ("javascript:alert(1)", "https://example.org/thanks"),
        ("https://[broken", "https://example.org/thanks"),
        ("thanks.html", "https://example.org/thanks"),
    ],
)
def test_a_visitor_is_sent_only_where_the_owner_allows(
    client: FlaskClient, database: Database, wanted: str, location: str
) -> None:
    with database.write() as session:
        save_form(
            session,
            form_config(redirect="https://example.org/thanks", redirects=["shop.example"]),
        )
    response = post(client, urlencoded(_next=wanted), headers=BROWSER)
    assert (response.status_code, response.location) == (303, location)


def test_a_held_submission_looks_like_any_other_to_a_browser(
    client: FlaskClient, database: Database
) -> None:
    response = post(client, urlencoded(_gotcha="spam"), headers=BROWSER)
    assert (response.status_code, response.location) == (303, "/f/callback/thanks")
    assert stored(database)[0].state == "held"


def test_a_ping_is_answered_and_not_kept(client: FlaskClient, database: Database) -> None:
    response = post(client, b"test=test")
    assert response.status_code == 200
    assert response.json == {"id": None, "status": "ping"}
    assert stored(database) == []


def test_an_empty_probe_is_answered(client: FlaskClient, database: Database) -> None:
    assert client.head("/f/callback").status_code == 200
    assert stored(database) == []


def test_a_person_who_opens_the_address_is_told_what_it_is_for(client: FlaskClient) -> None:
    response = client.get("/f/callback", headers=BROWSER)
    assert response.status_code == 405
    assert "POST" in response.headers["Allow"]
    assert "by POST" in response.text


# What is kept of a request ----------------------------------------------------------------------


def test_no_cookie_or_credential_is_kept_or_given(client: FlaskClient, database: Database) -> None:
    client.set_cookie("session", "secret-1")
    headers = {
        "Authorization": "Bearer secret-2",
        "X-Api-Key": "secret-3",
        "Referer": "https://example.org/contact",
        "User-Agent": "Firefox",
    }
    response = post(client, headers=headers)
    (kept,) = stored(database)
    assert kept.headers["Referer"] == "https://example.org/contact"
    assert kept.headers["User-Agent"] == "Firefox"
    assert "secret" not in str(kept.headers)
    assert "Set-Cookie" not in response.headers


def test_a_forwarded_address_is_not_believed(client: FlaskClient, database: Database) -> None:
    post(client, headers={"X-Forwarded-For": "203.0.113.5", "Forwarded": "for=203.0.113.5"})
    assert stored(database)[0].source_ip == "127.0.0.1"


def test_a_long_header_is_cut(client: FlaskClient, database: Database) -> None:
    post(client, headers={"User-Agent": "x" * 5_000})
    assert len(stored(database)[0].headers["User-Agent"]) == 1_000


# Other origins ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("origins", "origin", "allowed"),
    [
        ([], "https://any.example", "*"),
        (["https://shop.example"], "https://shop.example", "https://shop.example"),
        (["https://shop.example"], "https://evil.example", None),
        (["https://shop.example"], "http://shop.example", None),
        (["https://shop.example"], "null", None),
        (["https://shop.example"], None, None),
    ],
)
@pytest.mark.parametrize("method", ["POST", "OPTIONS"])
def test_scripts_of_the_forms_origins_may_read_the_answer(
    client: FlaskClient,
    database: Database,
    method: str,
    origins: list[str],
    origin: str | None,
    allowed: str | None,
) -> None:
    with database.write() as session:
        save_form(session, form_config(origins=origins))
    headers = {"Origin": origin} if origin else {}
    response = client.open("/f/callback", method=method, headers=headers, data=b"a=1")
    assert response.headers.get("Access-Control-Allow-Origin") == allowed
    assert "Origin" in response.headers["Vary"]
    assert "Access-Control-Allow-Credentials" not in response.headers


def test_a_preflight_allows_what_scripts_send(client: FlaskClient, database: Database) -> None:
    response = client.options(
        "/f/callback",
        headers={
            "Origin": "https://shop.example",
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "content-type, idempotency-key",
        },
    )
    assert response.status_code == 204
    assert "POST" in response.headers["Access-Control-Allow-Methods"]
    allowed = response.headers["Access-Control-Allow-Headers"].lower()
    assert {"content-type", "idempotency-key"} <= set(allowed.split(", "))
    assert int(response.headers["Access-Control-Max-Age"]) > 0


def test_a_script_may_read_why_it_was_refused(client: FlaskClient) -> None:
    response = client.post("/f/nothing", headers={"Origin": "https://shop.example"})
    assert response.status_code == 404
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert "Retry-After" in response.headers["Access-Control-Expose-Headers"]


def test_a_form_that_was_deleted_meanwhile_is_not_found(
    client: FlaskClient, database: Database, form: Form, monkeypatch: pytest.MonkeyPatch
) -> None:
    with database.write() as session:
        session.execute(update(Form).values(enabled=False))
    from web.intake import routes

    monkeypatch.setattr(routes, "form_at", lambda *_: form)
    assert post(client).status_code == 410


# Lists ------------------------------------------------------------------------------------------


def test_a_list_of_submissions_is_answered_with_all_their_ids(
    client: FlaskClient, database: Database
) -> None:
    body = b'[{"email": "ada@example.org"}, {"email": "grace@example.org"}]'
    answer = post(client, body, content_type=JSON).get_json()
    rows = stored(database)
    assert [row.answers["field"]["email"] for row in rows] == [
        "ada@example.org",
        "grace@example.org",
    ]
    assert [one["id"] for one in answer["submissions"]] == [row.public_id for row in rows]
    assert answer["id"] == rows[0].public_id
    assert post(client, body, content_type=JSON).get_json() == answer
    assert [row.hits for row in stored(database)] == [2, 2]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"[" + b",".join([b'{"n": "1"}'] * 51) + b"]", 422),
        (b'[{"n": "1"}, {"n": "' + b"x" * 70_000 + b'"}]', 413),
    ],
    ids=["too many", "one of them is too long"],
)
def test_of_a_list_that_is_refused_nothing_is_kept(
    client: FlaskClient, database: Database, body: bytes, status: int
) -> None:
    assert post(client, body, content_type=JSON).status_code == status
    assert stored(database) == []


def test_each_of_a_list_has_a_key_of_its_own(client: FlaskClient, database: Database) -> None:
    headers = {"Idempotency-Key": "batch-1"}
    for _ in range(2):
        post(client, b'[{"n": "1"}, {"n": "2"}]', content_type=JSON, headers=headers)
    changed = post(client, b'[{"n": "1"}, {"n": "3"}]', content_type=JSON, headers=headers)
    assert changed.status_code == 422
    assert [row.hits for row in stored(database)] == [2, 2]


def test_a_list_of_answers_is_one_submission(client: FlaskClient, database: Database) -> None:
    body = b'[{"id": "1", "name": "Name", "value": "Ada"}, {"id": "2", "name": "City", "value": "Kyiv"}]'
    post(client, body, content_type=JSON)
    (row,) = stored(database)
    assert row.answers["field"] == {"Name": "Ada", "City": "Kyiv"}
