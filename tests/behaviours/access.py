"""A connection that Kommo's owner has let in, and what befalls it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import update

from connectors.kommo.simulator.grants import new_code
from connectors.kommo.spec import KOMMO
from engine.delivery.authorization import redirect_uri
from engine.delivery.catalogs import test_connection as check_connection
from engine.delivery.granting import accept_consent
from engine.storage.base import now
from engine.storage.connections import connection_by_key, save_connection, settings_of
from engine.storage.grants import Grant, grant_of, keep_grant
from engine.storage.models import Connection, Run
from tests.behaviours.world import CONNECTION, World

SETTINGS = {
    "subdomain": "demo",
    "client_id": "demo-integration",
    "client_secret": "demo-secret",
    "marker_field": "Formwire ID",
    "calls_per_s": "9999",
}
TOKEN_CALL = "POST /oauth2/access_token"


@pytest.fixture
def granted(world: World, rings: list[int]) -> World:
    """A connection without a token of its own, which Kommo's owner has let in."""
    save(world)
    connect(world)
    world.module(deal={"name": "Request"})
    check_connection(world.instance, connection(world).id)
    world.simulator.calls.clear()
    rings.clear()
    return world


def save(world: World, **changes: str) -> None:
    with world.instance.database.write() as session:
        save_connection(
            session,
            world.instance.vault,
            key=CONNECTION,
            name="Kommo",
            connector="kommo",
            settings={**SETTINGS, **changes},
        )


def answer(world: World, **changes: str) -> dict[str, str]:
    """What Kommo sends a person back with who pressed Allow."""
    account = world.simulator.extensions["kommo"]
    code = new_code(account, redirect_uri(world.instance.settings))
    return {"code": code, "referer": f"{account.subdomain()}.kommo.com", **changes}


def connect(world: World, **changes: str) -> None:
    accept_consent(world.instance, connection(world).id, answer(world, **changes), "verifier")


def connection(world: World) -> Connection:
    with world.instance.database.read() as session:
        found = connection_by_key(session, CONNECTION)
    assert found is not None
    return found


def grant(world: World) -> Grant:
    found = grant_of(connection(world), world.instance.vault)
    assert found is not None
    return found


def change_grant(world: World, **changes: Any) -> None:
    changed = replace(grant(world), **changes)
    with world.instance.database.write() as session:
        row = session.get_one(Connection, connection(world).id)
        settings = settings_of(row, world.instance.vault)
        assert KOMMO.oauth is not None
        keep_grant(session, world.instance.vault, row, KOMMO.oauth, changed, settings)


def make_due(world: World) -> None:
    with world.instance.database.write() as session:
        session.execute(update(Run).values(due_at=now()))


def token_calls(world: World) -> int:
    return world.simulator.calls[TOKEN_CALL]
