"""Canaries: secrets that are put everywhere they belong, and may be found nowhere else."""

from __future__ import annotations

import gzip
import json
import logging
from base64 import b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

import httpx
import pytest
from click.testing import CliRunner
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from connectors.kommo.spec import KOMMO
from connectors.oauth import Tokens
from engine.delivery import drain as draining
from engine.delivery.bell import bell
from engine.delivery.wire import MeteredTransport
from engine.instance import Instance
from engine.settings import Settings
from engine.storage.base import now
from engine.storage.connections import save_connection
from engine.storage.forms import save_form, save_module
from engine.storage.grants import Grant, keep_grant
from engine.storage.model_calls import Call
from engine.storage.model_channels import Channel, ChannelKind
from engine.storage.models import Connection, Run, Submission
from engine.storage.people import create_person
from engine.storage.tables import TABLES
from engine.storage.tokens import Scope
from tests.builders import form_config, module_config, urlencoded
from tests.databases import WITH_POSTGRES
from tests.security.places import OPEN, routes
from tests.valkey import Valkey
from tests.web.api.conftest import MakeToken
from tests.web.studio.conftest import post
from web.cli import main
from web.logs import log_formatter

TOKEN = "canary/crm+token&with=odd-signs"
ACCESS, REFRESH = "canary-oauth-access-0123456789", "canary-oauth-refresh-0123456789"
FRESH_ACCESS, FRESH_REFRESH = "canary-fresh-access-0123456789", "canary-fresh-refresh-012345"
CLIENT = "canary/client+secret&0123456789"
MAIL = "canary-mail-password-0123456789"
CHANNEL = "canary-channel-secret-0123456789"
SENDER = "canary/sender+secret&0123456789"
KEY = "canary-secret-key-0123456789-0123456789"
PASSWORD = "canary password 0123456789"
OWNER = "grace@example.org"
IN_BODIES = "the sender's secret"
"""It stays in the bytes of a submission, which are kept as they came and shown to nobody so."""


def forms_of(secret: str) -> set[str]:
    """How a secret may be written, told apart from the code that hides it."""
    base64 = {b64encode(f"{before}{secret}".encode()).decode()[4:-4] for before in ("", "x", "xy")}
    return {
        secret,
        quote(secret, safe=""),
        quote_plus(secret),
        json.dumps(secret)[1:-1],
        secret.replace("/", "\\/"),
        escape(secret),
        *base64,
    }


KEYS = {
    "studio.connections": "main",
    "studio.forms": "callback",
    "studio.signatures": "callback",
}
"""What ``key`` is in addresses of a room; elsewhere it is a module's."""


def hits(where: str, content: bytes | str, secrets: dict[str, str]) -> list[str]:
    text = content.decode("latin-1") if isinstance(content, bytes) else content
    return [
        f"{name} in {where}"
        for name, secret in secrets.items()
        for form in forms_of(secret)
        if form in text
    ]


@dataclass
class Echo(httpx.BaseTransport):
    """A CRM that repeats the request's credentials in every answer, in one way after another."""

    answers: list[Callable[[httpx.Request], httpx.Response]]
    asked: list[str] = field(default_factory=list)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(said(request))
        answer = self.answers[min(len(self.asked), len(self.answers)) - 1]
        made = answer(request)
        # as it comes over a wire: still to be read
        return httpx.Response(made.status_code, headers=made.headers, stream=made.stream)


def said(request: httpx.Request) -> str:
    """The credentials of a call, or of one that asks for tokens."""
    return request.headers.get("Authorization") or request.read().decode()


def problem(status: int, **headers: str) -> Callable[[httpx.Request], httpx.Response]:
    """A Kommo-like refusal whose every part repeats the credentials."""

    def answer(request: httpx.Request) -> httpx.Response:
        credentials = said(request)
        token = credentials.removeprefix("Bearer ")
        body = {
            "title": credentials,
            "detail": f"{quote(token, safe='')} {b64encode(token.encode()).decode()}",
            "validation-errors": [
                {
                    "request_id": token,
                    "errors": [{"code": token, "path": token, "detail": credentials}],
                }
            ],
        }
        return httpx.Response(status, json=body, headers={"X-Echo": credentials, **headers})

    return answer


def renews(request: httpx.Request) -> httpx.Response:
    """The old access has ended, and new tokens are given for it, to which nobody listens either."""
    if "access_token" not in request.url.path:
        return problem(401)(request)
    fresh = {"access_token": FRESH_ACCESS, "refresh_token": FRESH_REFRESH}
    return httpx.Response(200, json={**fresh, "token_type": "Bearer", "expires_in": 86400})


def zipped(request: httpx.Request) -> httpx.Response:
    body = gzip.compress(f"<html>{said(request)}</html>".encode())
    return httpx.Response(502, content=body, headers={"Content-Encoding": "gzip"})


def redirect(request: httpx.Request) -> httpx.Response:
    where = f"https://x.example/?token={quote(said(request))}"
    return httpx.Response(302, headers={"Location": where})


def garbage(request: httpx.Request) -> httpx.Response:
    return httpx.Response(200, content=b"not JSON: " + said(request).encode())


def breaks(request: httpx.Request) -> httpx.Response:
    raise httpx.LocalProtocolError(f"Illegal header value {said(request)!r}")


def resets(request: httpx.Request) -> httpx.Response:
    raise httpx.ReadError(f"reset while sending {request.url} {dict(request.headers)}")


ECHOES: dict[str, Callable[[httpx.Request], httpx.Response]] = {
    "400": problem(400),
    "401": problem(401),
    "renews": renews,
    "403": problem(403),
    "404": problem(404),
    "429": problem(429, **{"Retry-After": "0"}),
    "500": problem(500),
    "zipped": zipped,
    "redirect": redirect,
    "garbage": garbage,
    "breaks": breaks,
    "resets": resets,
}


@pytest.fixture
def settings(settings: Settings, valkey: Valkey) -> Settings:
    changes = {"smtp_url": f"smtp://ada:{MAIL}@127.0.0.1:1", "mail_from": "a@b.example"}
    changes |= {"secret_key": KEY, "redis_url": valkey.url}
    return settings.model_copy(update=changes)


@pytest.fixture
def secrets(instance: Instance, make_token: MakeToken) -> dict[str, str]:
    """Everything secret there is, by what it is."""
    return {
        "the CRM's token": TOKEN,
        "the access token": ACCESS,
        "the refresh token": REFRESH,
        "the new access token": FRESH_ACCESS,
        "the new refresh token": FRESH_REFRESH,
        "the client's secret": CLIENT,
        "the mail server's password": MAIL,
        "the channel's secret": CHANNEL,
        IN_BODIES: SENDER,
        "the secret key": KEY,
        "the password": PASSWORD,
        "the API token": make_token(*Scope),
    }


@pytest.fixture
def grace(app: Flask, instance: Instance, secrets: dict[str, str]) -> FlaskClient:
    with instance.database.write() as session:
        create_person(session, OWNER, PASSWORD, role="owner")
    client = app.test_client()
    assert post(client, "/login", page="/login", email=OWNER, password=PASSWORD).status_code == 302
    held = client.get_cookie("formwire")
    assert held
    secrets["the session"] = held.value
    return client


@pytest.fixture
def logs() -> Iterator[list[str]]:
    """What every logger wrote, as the product's formatter writes it."""
    lines: list[str] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(self.format(record))

    keep = Keep(logging.DEBUG)
    keep.setFormatter(log_formatter(plain=False))
    root = logging.getLogger()
    level = root.level
    root.addHandler(keep)
    root.setLevel(logging.DEBUG)
    yield lines
    root.removeHandler(keep)
    root.setLevel(level)


def connect(grace: FlaskClient, instance: Instance) -> None:
    """As a person does: the token is typed into the studio's form."""
    address = "/connections/_new/kommo"
    settings = {"setting-subdomain": "acme", "setting-token": TOKEN}
    fields = {"key": "main", "name": "Main", **settings}
    answer = post(grace, address, page=address, **fields)
    assert answer.status_code == 303, answer.text
    client = {"subdomain": "acme", "client_id": "ours", "client_secret": CLIENT}
    with instance.database.write() as session:
        granted = save_connection(
            session, instance.vault, key="granted", name="G", connector="kommo", settings=client
        )
        assert KOMMO.oauth
        grant = Grant.first(Tokens(ACCESS, REFRESH, 86400))
        keep_grant(session, instance.vault, granted, KOMMO.oauth, grant, client)
        sealed = instance.vault.seal("channel", {"secret": CHANNEL})
        session.add(Channel(kind=ChannelKind.WEBHOOK, address="https://x.example", secret=sealed))
        save_form(session, form_config())
        save_module(session, module_config())
    page = "/forms/callback/signature"
    assert post(grace, f"{page}/secrets", page=page, secret=SENDER).status_code == 303


def deliver(client: FlaskClient, instance: Instance) -> None:
    """A submission, drained until the CRM has said no in its way."""
    signature = {"Tally-Signature": b64encode(SENDER.encode()).decode()}  # a careless sender
    sent = client.post("/f/callback", data=urlencoded(HandshakeKey=SENDER), headers=signature)
    assert sent.json["status"] == "accepted"
    with instance.database.read() as session:
        connection = session.scalars(select(Connection).where(Connection.key == "main")).one()
    for _ in range(2):
        with instance.database.write() as session:
            session.execute(update(Run).values(due_at=now()))
            session.execute(update(Connection).values(not_before=None, breaker_until=None))
        draining.drain(instance, connection.id)
    bell(instance.settings.redis_url).ring(connection.id)


def pages(client: FlaskClient, instance: Instance, **headers: str) -> Iterator[tuple[str, bytes]]:
    """Everything that can be looked at, of everything that is there."""
    with instance.database.read() as session:
        run, sent = session.scalars(select(Run)).one(), session.scalars(select(Submission)).one()
    named = {
        "key": "callback",
        "form_key": "callback",
        "connector": "kommo",
        "public_id": sent.public_id,
        "filename": "public.css",
        "form": "callback",
        "module": "sales",
        "number": "1",
        "connection": "main",
        "run": run.public_id,
        "submission": sent.public_id,
        "order": "2" * 20,
        "move": "pause",
        "kind": "contact",
    }
    for route in routes(client.application):
        if route.method != "GET" or route.place in OPEN:
            continue
        room = route.rule.endpoint.rpartition(".")[0]
        key = KEYS.get(room, "sales")
        own = {"key": key}
        if room == "studio.runs":
            own["public_id"] = run.public_id
        with client.application.test_request_context():
            values = {name: (named | own).get(name, "1") for name in route.rule.arguments}
            address = client.application.url_for(route.rule.endpoint, **values)
        with client.get(address, headers=headers) as answer:
            assert answer.status_code in (200, 302, 400, 401, 404, 409, 503), (address, answer.text)
            yield address, answer.data
            yield f"the headers of {address}", str(answer.headers).encode()


def kept(instance: Instance) -> Iterator[tuple[str, bytes]]:
    """What the database holds: its very bytes, or what its tables tell."""
    if not WITH_POSTGRES:
        for file in Path(instance.settings.data_dir).glob("formwire.db*"):
            yield file.name, file.read_bytes()
        return
    with instance.database.read() as session:
        for table in TABLES.sorted_tables:
            for row in session.execute(select(table)):
                yield table.name, repr(row).encode()


def queued(valkey: Valkey) -> Iterator[tuple[str, bytes]]:
    for key in valkey.redis.scan_iter():
        yield f"Redis {key!r}", valkey.redis.dump(key)
        if valkey.redis.type(key) == b"hash":
            yield f"Redis {key!r}", repr(valkey.redis.hgetall(key)).encode()


def exported(settings: Settings) -> Iterator[tuple[str, bytes]]:
    environ = {
        "FORMWIRE_DATA_DIR": str(settings.data_dir),
        "FORMWIRE_DATABASE_URL": settings.database_url,
        "FORMWIRE_SECRET_KEY": KEY,
    }
    for command in (["export"], ["submissions", "export"], ["tokens", "list"], ["people", "list"]):
        told = CliRunner(env=environ).invoke(main, command)
        assert told.exit_code == 0, told.output
        yield " ".join(command), told.stdout_bytes + told.stderr_bytes


@pytest.mark.parametrize("way", ECHOES)
def test_no_secret_is_found_outside_the_sealed_columns(
    way: str,
    app: Flask,
    grace: FlaskClient,
    instance: Instance,
    settings: Settings,
    secrets: dict[str, str],
    valkey: Valkey,
    logs: list[str],
    monkeypatch: pytest.MonkeyPatch,
):
    echo = Echo([ECHOES[way]])
    metered = MeteredTransport.__init__

    def to_the_echo(self: MeteredTransport, _inner: object, **options: Any) -> None:
        metered(self, echo, **options)

    monkeypatch.setattr(MeteredTransport, "__init__", to_the_echo)
    connect(grace, instance)
    for key in ("main", "granted"):
        post(grace, f"/connections/{key}/test", page=f"/connections/{key}")
    deliver(app.test_client(), instance)
    assert {f"Bearer {TOKEN}", f"Bearer {ACCESS}"} <= set(echo.asked), "the CRM was really told"
    if way in ("401", "renews"):
        assert any(REFRESH in one and CLIENT in one for one in echo.asked)

    token = {"Authorization": f"Bearer {secrets['the API token']}"}
    places: list[tuple[str, bytes]] = [
        *pages(grace, instance),
        *pages(app.test_client(), instance, **token),
        *kept(instance),
        *queued(valkey),
        *exported(settings),
        ("the log", "\n".join(logs).encode()),
        ("settings", repr(settings).encode()),
    ]
    names = [where for where, _ in places]
    looked = {"/connections/main", "/forms/callback/signature", "/notices", "/submissions.csv"}
    assert looked | {"export", "the log"} <= set(names)
    found = [hit for where, content in places for hit in hits(where, content, secrets)]
    allowed = (
        "the session in the headers of",  # where a browser must be told: its own cookie
        f"{IN_BODIES} in formwire.db",
        f"{IN_BODIES} in submission",
    )
    assert [hit for hit in found if not hit.startswith(allowed)] == []


def test_the_canaries_would_be_found(instance: Instance, secrets: dict[str, str]):
    """The search finds what it looks for, in each of its forms."""
    for name, secret in secrets.items():
        for form in forms_of(secret):
            assert hits("x", f"before {form} after", {name: secret}) != []


def test_what_the_crm_said_is_kept_readable(
    grace: FlaskClient, app: Flask, instance: Instance, monkeypatch: pytest.MonkeyPatch
):
    """Hidden is the secret, not the reason; a packed answer is kept unpacked."""
    metered = MeteredTransport.__init__
    monkeypatch.setattr(
        MeteredTransport,
        "__init__",
        lambda self, _inner, **options: metered(self, Echo([zipped]), **options),
    )
    connect(grace, instance)
    post(grace, "/connections/main/test", page="/connections/main")
    with instance.database.read() as session:
        call = session.scalars(select(Call)).first()
    assert call
    assert call.response == "<html>Bearer •••</html>"
