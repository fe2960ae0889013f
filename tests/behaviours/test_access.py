"""Access that Kommo grants, renews, loses and gets back; what waits for it loses nothing."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import select, update

from connectors.errors import (
    AuthError,
    ConnectorError,
    OutcomeUnknownError,
    UnavailableError,
)
from connectors.kommo.simulator.grants import expire, new_code, rename, revoke
from connectors.kommo.spec import KOMMO
from connectors.oauth import WrongDomain
from connectors.simulation import Fault, FaultKind
from engine.delivery.authorization import redirect_uri
from engine.delivery.catalogs import free, open_for_calls
from engine.delivery.catalogs import test_connection as check_connection
from engine.delivery.granting import LET_BE, GrantWatch, accept_consent, disconnect
from engine.storage.base import now
from engine.storage.connections import connection_by_key, save_connection, settings_of
from engine.storage.grants import Grant, grant_of, keep_grant
from engine.storage.leases import release, take_lease
from engine.storage.models import Call, Connection, ConnectionState, Event, Run, RunState, Wait
from tests.behaviours.world import CONNECTION, CONTACT, World

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


def test_who_is_let_in_delivers(granted: World) -> None:
    granted.deliver()
    assert granted.counts() == {"leads": 1}
    assert token_calls(granted) == 0


def test_a_refused_call_is_repeated_once_with_a_new_token(granted: World) -> None:
    expire(granted.simulator.store)
    before = grant(granted)
    run = granted.deliver()
    assert (run.attempt, token_calls(granted)) == (0, 1)
    assert grant(granted).before == before.refresh
    assert grant(granted).granted_at == before.granted_at
    assert granted.counts() == {"leads": 1}


def test_a_token_that_is_about_to_end_is_renewed_before_it_is_used(granted: World) -> None:
    change_grant(granted, expires_at=now() + timedelta(minutes=4))
    granted.deliver()
    assert token_calls(granted) == 1
    assert grant(granted).expires_at > now() + timedelta(hours=23)


def test_access_that_is_lost_makes_runs_wait_and_burns_nothing(granted: World) -> None:
    revoke(granted.simulator.store)
    first = granted.submit()
    assert (first.state, first.wait, first.attempt) == (RunState.WAITING, Wait.AUTH, 0)
    assert connection(granted).state == ConnectionState.BLOCKED
    calls = granted.simulator.calls.total()
    second = granted.submit(name="Grace Hopper", email="grace@example.org", phone="")
    assert (second.state, second.wait, second.attempt) == (RunState.WAITING, Wait.AUTH, 0)
    assert second.reason == first.reason
    assert granted.simulator.calls.total() == calls
    [notice] = [one for one in granted.notices() if one.cause.startswith("auth:")]
    assert notice.count == 1
    assert granted.counts() == {}


def test_what_was_queued_when_access_was_lost_says_so_in_its_timeline(granted: World) -> None:
    revoke(granted.simulator.store)
    granted.submit()
    run = granted.submit(email="grace@example.org", phone="")
    with granted.instance.database.read() as session:
        told = session.scalars(select(Event).where(Event.run_id == run.id)).all()
    assert [(event.type, event.message) for event in told] == [("waiting", run.reason)]
    assert abs(told[0].at - now()) < timedelta(minutes=1)


def test_reconnecting_lets_all_go_on_at_once(granted: World, rings: list[int]) -> None:
    revoke(granted.simulator.store)
    granted.submit()
    granted.submit(name="Grace Hopper", email="grace@example.org", phone="")
    rings.clear()
    connect(granted)
    assert rings == [connection(granted).id]
    granted.drain()
    assert {run.state for run in granted.runs()} == {RunState.DELIVERED}
    assert [run.attempt for run in granted.runs()] == [0, 0]
    assert granted.counts() == {"leads": 2}


def test_a_test_that_works_lets_all_go_on_at_once(world: World, rings: list[int]) -> None:
    world.module(deal={"name": "Request"})
    world.simulator.faults.add(Fault(FaultKind.REFUSE, status=401))
    assert world.submit().wait == Wait.AUTH
    rings.clear()
    check_connection(world.instance, connection(world).id)
    assert rings == [connection(world).id]
    world.drain()
    assert world.run().state == RunState.DELIVERED


def test_days_without_access_do_not_count_towards_giving_up(granted: World) -> None:
    granted.module(contact=CONTACT, deal={"name": "Request"})
    revoke(granted.simulator.store)
    granted.submit()
    with granted.instance.database.write() as session:
        session.execute(update(Run).values(first_try_at=now() - timedelta(days=5)))
    connect(granted)
    granted.simulator.faults.add(Fault(FaultKind.NEVER_ARRIVES, path="*/contacts"))
    granted.drain()
    assert granted.run().state == RunState.WAITING, granted.run().reason
    make_due(granted)
    granted.drain()
    assert granted.run().state == RunState.DELIVERED


@pytest.mark.parametrize("kind", [FaultKind.LOSE_REPLY, FaultKind.GARBAGE, FaultKind.ERROR_AFTER])
def test_a_lost_refresh_is_mended_with_the_old_pair(granted: World, kind: FaultKind) -> None:
    expire(granted.simulator.store)
    granted.simulator.faults.add(Fault(kind, path="/oauth2/access_token"))
    assert granted.submit().state == RunState.WAITING
    assert connection(granted).state == ConnectionState.OK
    make_due(granted)
    granted.drain()
    assert granted.run().state == RunState.DELIVERED, granted.run().reason
    assert token_calls(granted) == 2


def test_a_late_refresh_of_another_process_is_mended_with_the_token_before(granted: World) -> None:
    before = grant(granted)
    expire(granted.simulator.store)
    check_connection(granted.instance, connection(granted).id)
    # That of a process which had lost its lease arrives last, and undoes the pair we stored.
    pairs = granted.simulator.store.all("oauth_pairs")
    for pair in pairs:
        over = pair["refresh"] != before.refresh
        state = "over" if over else "renewed"
        granted.simulator.store.replace("oauth_pairs", {**pair, "state": state})
    granted.deliver()
    assert grant(granted).before == before.refresh


def test_the_token_before_is_tried_once_and_then_a_person_must_act(granted: World) -> None:
    expire(granted.simulator.store)
    check_connection(granted.instance, connection(granted).id)
    revoke(granted.simulator.store)
    granted.simulator.calls.clear()
    assert granted.submit().wait == Wait.AUTH
    assert token_calls(granted) == 2


def test_two_processes_that_need_a_new_token_ask_for_one(granted: World) -> None:
    expire(granted.simulator.store)
    start = Barrier(4)

    def process(_: int) -> str:
        start.wait()
        return check_connection(granted.instance, connection(granted).id).label

    with ThreadPoolExecutor(4) as processes:
        labels = list(processes.map(process, range(4)))
    assert labels == ["Demo Kommo (demo)"] * 4
    assert token_calls(granted) == 1
    assert connection(granted).lease_owner is None


def test_a_page_waits_for_a_drain_and_takes_what_that_renewed(
    granted: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    expire(granted.simulator.store)
    id = connection(granted).id
    with granted.instance.database.write() as session:
        lease = take_lease(session, id, "a drain")
    assert lease is not None
    monkeypatch.setattr("engine.delivery.authorization._PATIENCE_S", 0)
    with pytest.raises(UnavailableError, match="another process is busy"):
        check_connection(granted.instance, id)
    assert token_calls(granted) == 0
    with granted.instance.database.write() as session:
        release(session, lease)
    check_connection(granted.instance, id)
    assert token_calls(granted) == 1


def test_a_crm_that_is_away_at_the_refresh_blocks_nothing(granted: World) -> None:
    expire(granted.simulator.store)
    granted.simulator.faults.add(
        Fault(FaultKind.HTML_ERROR, path="/oauth2/access_token", times=None, status=503)
    )
    run = granted.submit()
    assert (run.state, connection(granted).state) == (RunState.WAITING, ConnectionState.OK)
    assert run.wait != Wait.AUTH
    granted.simulator.faults.clear()
    make_due(granted)
    granted.drain()
    assert granted.run().state == RunState.DELIVERED
    assert granted.counts() == {"leads": 1}


def test_an_account_that_was_renamed_is_found_again(granted: World) -> None:
    rename(granted.simulator.store, "newer")
    assert granted.submit().state == RunState.WAITING
    settings = settings_of(connection(granted), granted.instance.vault)
    assert settings == {**SETTINGS, "subdomain": "newer.kommo.com"}
    assert connection(granted).state == ConnectionState.OK
    make_due(granted)
    granted.drain()
    assert granted.run().state == RunState.DELIVERED, granted.run().reason
    assert granted.notices() == []


def test_a_quiet_connection_is_renewed_before_its_grant_lapses(granted: World) -> None:
    watch = GrantWatch(granted.instance)
    watch.look()
    assert token_calls(granted) == 0
    due = connection(granted).renew_at
    assert due is not None
    assert timedelta(days=44) < due - now() < timedelta(days=46)
    make_lapsing(granted)
    watch.look()
    watch.look()
    assert token_calls(granted) == 1
    later = connection(granted).renew_at
    assert later is not None
    assert later > now() + timedelta(days=44)


def test_a_paused_connections_grant_is_kept_alive_too(granted: World) -> None:
    make_lapsing(granted, state=ConnectionState.PAUSED)
    GrantWatch(granted.instance).look()
    assert token_calls(granted) == 1
    assert connection(granted).state == ConnectionState.PAUSED


def test_a_grant_that_lapsed_is_told_once(granted: World) -> None:
    revoke(granted.simulator.store)
    make_lapsing(granted)
    watch = GrantWatch(granted.instance)
    watch.look()
    watch.look()
    assert connection(granted).state == ConnectionState.BLOCKED
    assert [notice.count for notice in granted.notices()] == [1]
    assert token_calls(granted) == 1


@pytest.mark.parametrize(("let_be", "tries"), [(LET_BE, 1), (timedelta(0), 2)])
def test_a_grant_that_cannot_be_renewed_is_let_be_for_a_while(
    granted: World, monkeypatch: pytest.MonkeyPatch, let_be: timedelta, tries: int
) -> None:
    monkeypatch.setattr("engine.delivery.granting.LET_BE", let_be)
    granted.simulator.faults.add(Fault(FaultKind.NEVER_ARRIVES, path="/oauth2/*", times=None))
    make_lapsing(granted)
    watch = GrantWatch(granted.instance)
    watch.look()
    watch.look()
    assert token_calls(granted) == tries
    assert connection(granted).state == ConnectionState.OK


def make_lapsing(world: World, **values: Any) -> None:
    with world.instance.database.write() as session:
        session.execute(update(Connection).values(renew_at=now() - timedelta(days=1), **values))


# Connecting


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
    file = granted.instance.settings.data_dir / "formwire.db"
    content = file.read_bytes() + file.with_name("formwire.db-wal").read_bytes()
    assert not any(secret.encode() in content for secret in given)
