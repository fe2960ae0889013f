"""A simulated Kommo that stops answering, and what Formwire sends to it then."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import datetime, timedelta
from itertools import cycle

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.exc import OperationalError

from connectors.errors import RateLimitedError, UnavailableError
from connectors.kommo.spec import KOMMO
from connectors.simulation import Fault, FaultKind, Simulator
from engine.delivery import catalogs
from engine.delivery import drain as draining
from engine.delivery import gate as gates
from engine.delivery.breaker import FIRST_WAIT
from engine.delivery.gate import BreakerOpen, Gate
from engine.delivery.intake import Posted, accept
from engine.delivery.preview import looking
from engine.storage.base import now
from engine.storage.forms import form_by_key
from engine.storage.model_calls import Call
from engine.storage.models import (
    Connection,
    Notice,
    Run,
    RunState,
    Wait,
)
from engine.storage.runs import connections_with_work
from tests.behaviours.conftest import kommo, world
from tests.behaviours.world import CONTACT, World

__all__ = ["kommo", "world"]

DOWN = Fault(FaultKind.HTML_ERROR, times=None)


class Clock:
    """Formwire's clock; ahead of the true one as tests please."""

    def __init__(self) -> None:
        self.ahead = timedelta(0)

    def __call__(self) -> datetime:
        return now() + self.ahead


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    for module in (gates, draining):
        monkeypatch.setattr(module, "now", clock)
    return clock


@pytest.fixture
def queued(world: World, kommo: Simulator) -> World:
    """Twelve submissions, not yet delivered, and a catalog that was just read."""
    world.module(contact=CONTACT)
    catalogs.test_connection(world.instance, connection(world).id)
    kommo.calls.clear()
    with world.instance.database.read() as session:
        form = form_by_key(session, "demo")
    assert form is not None
    for number in range(12):
        answers = {"name": "Ada", "email": f"ada{number}@example.org", "phone": ""}
        accept(world.instance, form, Posted(json.dumps(answers).encode(), "application/json"))
    return world


def connection(world: World) -> Connection:
    with world.instance.database.read() as session:
        return session.scalars(select(Connection)).one()


def change(world: World, **values: object) -> None:
    with world.instance.database.write() as session:
        session.execute(update(Connection).values(**values))


def calls(kommo: Simulator) -> int:
    return sum(kommo.calls.values())


def standing(world: World) -> Notice:
    (notice,) = world.notices()
    return notice


def test_an_outage_opens_the_breaker_and_burns_no_attempts(queued: World, kommo: Simulator) -> None:
    kommo.faults.add(DOWN)
    queued.drain()
    opened = connection(queued)
    assert opened.breaker_until is not None
    assert opened.failures >= 5
    assert calls(kommo) < 8, "the calls under way when it opened, and no more"
    for run in queued.runs():
        assert (run.state, run.wait, run.attempt) == (RunState.WAITING, Wait.BREAKER, 0)
        assert run.reason == "waits until Kommo answers again"
        assert run.due_at <= now()
    assert opened.pace == 1


def test_while_it_is_open_nothing_is_sent_and_nobody_is_rung(
    queued: World, kommo: Simulator
) -> None:
    kommo.faults.add(DOWN)
    queued.drain()
    kommo.calls.clear()
    queued.drain()
    with pytest.raises(BreakerOpen, match=r"one call tries again at \d\d:\d\d:\d\d UTC"):
        catalogs.refresh_catalog(queued.instance, connection(queued))
    with (
        looking(queued.instance, connection(queued).id) as desk,
        pytest.raises(UnavailableError),
    ):
        desk.connector.check()
    with queued.instance.database.read() as session:
        assert not connections_with_work(session, now())
        assert connections_with_work(session, now() + FIRST_WAIT)
    assert calls(kommo) == 0


def test_one_probe_at_a_time_is_sent_and_its_success_delivers_all(
    queued: World, kommo: Simulator, clock: Clock
) -> None:
    kommo.faults.add(DOWN)
    queued.drain()
    waits = []
    for _ in range(3):
        until = connection(queued).breaker_until
        assert until is not None
        waits.append(until - clock())
        clock.ahead = until - now()
        kommo.calls.clear()
        queued.drain()
        assert calls(kommo) == 1
    assert [round(wait / FIRST_WAIT) for wait in waits] == [1, 2, 4]
    assert {run.attempt for run in queued.runs()} == {0}
    kommo.faults.clear()
    until = connection(queued).breaker_until
    assert until is not None
    clock.ahead = until - now()
    due(queued)
    queued.drain()
    assert {run.state for run in queued.runs()} == {RunState.DELIVERED}
    assert (connection(queued).failures, connection(queued).breaker_until) == (0, None)


def test_of_several_that_come_when_it_is_time_one_may_probe(queued: World) -> None:
    change(queued, breaker_until=now() - timedelta(seconds=1), failures=5)
    database = queued.instance.database
    mine, theirs, late = (Gate(database, connection(queued), 4) for _ in range(3))
    begun = mine.enter()
    assert begun.probe
    with pytest.raises(BreakerOpen):
        theirs.enter()
    mine.told(begun, None)
    assert not late.enter().probe
    assert connection(queued).breaker_until is None


def test_each_probe_is_made_for_another_run(queued: World, kommo: Simulator, clock: Clock) -> None:
    kommo.faults.add(DOWN)
    queued.drain()
    probed = []
    for _ in range(3):
        before = {run.id: run.due_at for run in queued.runs()}
        until = connection(queued).breaker_until
        assert until is not None
        clock.ahead = until - now()
        queued.drain()
        probed += [run.id for run in queued.runs() if run.due_at != before[run.id]]
        due(queued)
    assert len(set(probed)) == 3


def due(world: World) -> None:
    """Let waiting end now, in the order in which it would."""
    with world.instance.database.write() as session:
        runs = session.scalars(select(Run).order_by(Run.due_at)).all()
        for number, run in enumerate(runs):
            run.due_at = now() - timedelta(seconds=len(runs) - number)


def test_one_notice_tells_of_the_outage_its_next_try_and_its_end(
    queued: World, kommo: Simulator, clock: Clock
) -> None:
    kommo.faults.add(DOWN)
    queued.drain()
    first = standing(queued)
    until = connection(queued).breaker_until
    assert until is not None
    assert f"One call tries again at {until:%H:%M:%S} UTC" in first.message
    assert "status 502" in first.message
    clock.ahead = until - now()
    queued.drain()
    later = connection(queued).breaker_until
    assert later is not None
    assert f"{later:%H:%M:%S}" in standing(queued).message
    assert standing(queued).count == 1
    kommo.faults.clear()
    clock.ahead = later - now()
    queued.drain()
    assert "answers again" in standing(queued).message
    assert standing(queued).count == 1


def test_a_persons_test_passes_the_open_breaker_and_closes_it(
    queued: World, kommo: Simulator
) -> None:
    kommo.faults.add(DOWN)
    queued.drain()
    opened = connection(queued)
    with pytest.raises(UnavailableError):
        catalogs.test_connection(queued.instance, opened.id)
    assert connection(queued).breaker_until == opened.breaker_until
    kommo.faults.clear()
    catalogs.test_connection(queued.instance, opened.id)
    assert connection(queued).breaker_until is None
    queued.drain()
    assert {run.state for run in queued.runs()} == {RunState.DELIVERED}


def test_a_single_failure_is_forgotten_with_the_next_answer(
    queued: World, kommo: Simulator
) -> None:
    kommo.faults.add(Fault(FaultKind.HTML_ERROR, times=1))
    queued.drain()
    assert connection(queued).failures == 0
    assert sorted({run.attempt for run in queued.runs()}) == [0, 1]


def test_failures_of_every_second_call_open_it_too(
    queued: World, kommo: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    turns = cycle([Fault(FaultKind.NEVER_ARRIVES), None])
    monkeypatch.setattr(kommo.faults, "next", lambda *_: next(turns))
    with queued.instance.database.write() as session:
        session.execute(delete(Call))  # the fixture's test of the connection
    for _ in range(4):  # what earlier users of the connection met counts too
        with looking(queued.instance, connection(queued).id) as desk:
            for _ in range(8):
                with suppress(UnavailableError):
                    desk.connector.check()
    assert connection(queued).breaker_until is not None
    assert connection(queued).failures == 5
    assert calls(kommo) == 21


def test_a_limit_met_by_anybody_makes_everybody_wait(queued: World, kommo: Simulator) -> None:
    kommo.faults.add(Fault(FaultKind.RATE_LIMIT, times=1, seconds=90))
    id = connection(queued).id
    with looking(queued.instance, id) as desk, pytest.raises(RateLimitedError):
        desk.connector.check()
    until = connection(queued).not_before
    assert until is not None
    assert timedelta(seconds=85) < until - now() < timedelta(seconds=100)
    kommo.calls.clear()
    queued.drain()
    for refused in (
        lambda: catalogs.test_connection(queued.instance, id),
        lambda: catalogs.refresh_catalog(queued.instance, connection(queued)),
    ):
        with pytest.raises(RateLimitedError, match="asked us to wait until"):
            refused()
    assert calls(kommo) == 0
    assert connection(queued).pace == 1


def test_what_another_process_learns_is_soon_obeyed(
    queued: World, kommo: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gates, "_FRESH_S", 0.0)
    with looking(queued.instance, connection(queued).id) as desk:
        desk.connector.check()
        change(queued, not_before=now() + timedelta(minutes=1))
        with pytest.raises(RateLimitedError):
            desk.connector.check()
        change(queued, not_before=None, breaker_until=now() + timedelta(minutes=1), failures=5)
        with pytest.raises(BreakerOpen):
            desk.connector.check()
    assert calls(kommo) == 1


def test_a_shorter_wish_does_not_shorten_a_longer_one(
    queued: World, kommo: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    far = now() + timedelta(minutes=30)

    def meanwhile(*_: str) -> Fault:
        change(queued, not_before=far)  # another process has heard more
        return Fault(FaultKind.RATE_LIMIT, seconds=10)

    monkeypatch.setattr(kommo.faults, "next", meanwhile)
    with (
        looking(queued.instance, connection(queued).id) as desk,
        pytest.raises(RateLimitedError),
    ):
        desk.connector.check()
    assert connection(queued).not_before == far


def test_the_pace_grows_with_clean_calls_and_is_kept(queued: World, kommo: Simulator) -> None:
    assert connection(queued).pace == 2
    with looking(queued.instance, connection(queued).id) as desk:
        for _ in range(20 * KOMMO.parallel):
            desk.connector.check()
    assert connection(queued).pace == KOMMO.parallel


def test_a_call_does_not_go_out_while_the_database_is_away(
    queued: World, kommo: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> None:
        raise OperationalError("SELECT", {}, Exception("disk I/O error"))

    with looking(queued.instance, connection(queued).id) as desk:
        monkeypatch.setattr(gates, "throttle_of", away)
        with pytest.raises(UnavailableError, match="the database does not answer"):
            desk.connector.check()
    assert calls(kommo) == 0
