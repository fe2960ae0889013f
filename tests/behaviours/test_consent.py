"""Connecting by consent, and what becomes of it when settings change."""

from __future__ import annotations

from datetime import datetime

import pytest
from sqlalchemy import select

from connectors.errors import (
    AuthError,
    ConnectorError,
    OutcomeUnknownError,
)
from connectors.kommo.simulator.grants import expire, rename
from connectors.oauth import WrongDomain
from connectors.simulation import Fault, FaultKind
from engine.delivery.catalogs import free, open_for_calls
from engine.delivery.catalogs import test_connection as check_connection
from engine.delivery.granting import accept_consent, disconnect
from engine.storage.base import now
from engine.storage.connections import settings_of
from engine.storage.model_calls import Call
from engine.storage.models import RunState, Wait
from engine.storage.tables import TABLES
from tests.behaviours.access import (
    answer,
    change_grant,
    connect,
    connection,
    grant,
    granted,
    save,
    token_calls,
)
from tests.behaviours.world import World

__all__ = ["granted"]


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"referer": "demo.kommo.com.evil.test"}, WrongDomain),
        ({"referer": ""}, WrongDomain),
        ({"error": "access_denied"}, AuthError),
        ({"code": "invented"}, AuthError),
        ({"client_id": "another"}, AuthError),
    ],
)
def test_a_wrong_answer_connects_nothing(
    world: World, wrong: dict[str, str], error: type[ConnectorError]
) -> None:
    save(world)
    with pytest.raises(error):
        connect(world, **wrong)
    assert connection(world).grant is None
    if error is WrongDomain:
        assert token_calls(world) == 0


def test_a_code_that_came_too_late_connects_nothing(world: World) -> None:
    save(world)
    late = answer(world)
    world.clock.behind_s -= 20 * 60 + 1
    with pytest.raises(AuthError):
        accept_consent(world.instance, connection(world).id, late, "verifier")
    assert connection(world).grant is None


def test_a_crm_that_is_away_when_a_person_comes_back_connects_nothing(world: World) -> None:
    save(world)
    world.simulator.faults.add(Fault(FaultKind.LOSE_REPLY, path="/oauth2/access_token"))
    with pytest.raises(OutcomeUnknownError):
        connect(world)
    assert connection(world).grant is None


def test_the_account_that_was_chosen_counts_not_the_one_that_was_entered(world: World) -> None:
    save(world, subdomain="typed")
    connect(world)
    assert settings_of(connection(world), world.instance.vault)["subdomain"] == "demo.kommo.com"
    assert check_connection(world.instance, connection(world).id).label == "Demo Kommo (demo)"


def test_what_was_known_of_another_account_is_forgotten(granted: World) -> None:
    assert connection(granted).catalog is not None
    rename(granted.simulator.store, "newer")
    connect(granted)
    assert connection(granted).catalog is None


def test_consent_takes_the_place_of_a_token_and_a_token_that_of_consent(granted: World) -> None:
    save(granted, token="demo-token")
    assert connection(granted).grant is None
    granted.deliver()
    connect(granted)
    assert "token" not in settings_of(connection(granted), granted.instance.vault)


@pytest.mark.parametrize(
    ("changes", "kept"),
    [
        ({"subdomain": "demo.kommo.com"}, True),
        ({"subdomain": "https://demo.kommo.com/leads"}, True),
        ({"marker_field": ""}, True),
        ({"client_secret": "made anew"}, True),
        ({"subdomain": "other"}, False),
        ({"base_url": "https://evil.test"}, False),
        ({"client_id": "another"}, False),
    ],
)
def test_a_grant_never_goes_to_another_server_or_integration(
    granted: World, changes: dict[str, str], kept: bool
) -> None:
    save(granted, **changes)
    assert (connection(granted).grant is not None) == kept


def test_a_person_may_disconnect_and_then_runs_wait(granted: World) -> None:
    disconnect(granted.instance, connection(granted).id)
    assert connection(granted).grant is None
    assert granted.submit().wait == Wait.AUTH
    assert granted.simulator.calls.total() == 0
    connect(granted)
    granted.drain()
    assert granted.run().state == RunState.DELIVERED


def test_who_was_disconnected_meanwhile_gets_no_new_token_stored(granted: World) -> None:
    change_grant(granted, expires_at=now())
    stale = connection(granted)
    opened = open_for_calls(granted.instance, stale)
    disconnect(granted.instance, stale.id)
    free(granted.instance, stale.id)
    with pytest.raises(AuthError):
        opened.connector.check()
    opened.close()
    assert connection(granted).grant is None


@pytest.mark.behaviour(128)
def test_no_token_is_readable_at_rest_or_in_the_log(granted: World) -> None:
    expire(granted.simulator.store)
    granted.deliver()
    granted.simulator.faults.add(Fault(FaultKind.GARBAGE, path="/oauth2/access_token"))
    change_grant(granted, expires_at=datetime.fromtimestamp(0, tz=now().tzinfo))
    granted.submit(email="grace@example.org", phone="")
    stored = grant(granted)
    with granted.instance.database.read() as session:
        calls = session.scalars(select(Call)).all()
    texts = [f"{call.url} {call.error} {call.request} {call.response}" for call in calls]
    given = {
        pair[name]
        for pair in granted.simulator.store.all("oauth_pairs")
        for name in ("access", "refresh")
    }
    assert {stored.access, stored.refresh} <= given
    assert len([call for call in calls if call.purpose in ("connect", "renew access")]) == 3
    for secret in (*given, "demo-secret"):
        assert not any(secret in text for text in texts)
    with granted.instance.database.reader.connect() as reader:
        rows = [repr(reader.execute(select(table)).all()) for table in TABLES.sorted_tables]
    at_rest = "".join(rows).encode()
    for file in granted.instance.settings.data_dir.glob("formwire.db*"):
        at_rest += file.read_bytes()
    assert b"demo" in at_rest
    assert not any(secret.encode() in at_rest for secret in given)
