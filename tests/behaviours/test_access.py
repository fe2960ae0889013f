"""Access that Kommo grants, renews, loses and gets back; what waits for it loses nothing."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import select, update

from connectors.errors import (
    UnavailableError,
)
from connectors.kommo.simulator.grants import expire, rename, revoke
from connectors.simulation import Fault, FaultKind
from engine.delivery.catalogs import test_connection as check_connection
from engine.delivery.granting import LET_BE, GrantWatch
from engine.storage.base import now
from engine.storage.connections import settings_of
from engine.storage.leases import release, take_lease
from engine.storage.models import Connection, ConnectionState, Event, Run, RunState, Wait
from tests.behaviours.access import (
    SETTINGS,
    change_grant,
    connect,
    connection,
    grant,
    granted,
    make_due,
    token_calls,
)
from tests.behaviours.world import CONTACT, World

__all__ = ["granted"]


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
    [notice] = [one for one in granted.notices() if one.cause.startswith("auth:")]
    assert "lets us in again" in notice.message
    assert not notice.remedy
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


def test_a_refused_token_closes_the_breaker_for_it_is_an_answer(granted: World) -> None:
    over = now() - timedelta(seconds=1)
    with granted.instance.database.write() as session:
        session.execute(update(Connection).values(failures=5, breaker_until=over))
    expire(granted.simulator.store)
    granted.deliver()
    assert connection(granted).breaker_until is None
    assert token_calls(granted) == 1


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
