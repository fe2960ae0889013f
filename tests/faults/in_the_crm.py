"""What a CRM, and the wire to it, can do to us."""

from __future__ import annotations

import json
import socket
import time

import httpx
import pytest
from sqlalchemy import select

from connectors.addresses import Targets
from connectors.base import Kind
from connectors.errors import OutcomeUnknownError, RateLimitedError
from connectors.guarded import GuardedTransport
from connectors.http import call, new_client
from connectors.memory import Accident
from connectors.simulation import Fault, FaultKind
from engine.deciding.plan import load as load_plan
from engine.delivery import catalogs
from engine.delivery.levers import Verb, decide
from engine.storage.models import Connection, ConnectionState, RunState, StepState, Submission
from tests.behaviours.world import API, CONTACT, DEAL, World
from tests.engine.deciding.test_planning import ANSWERS
from tests.engine.delivery.world import World as MemoryWorld
from tests.faults.stories import ONE_OF_EACH, assert_delivered_once, pass_time, post, runs, story
from tests.simulation.crm import Fate
from tests.simulation.play import Theatre
from tests.simulation.world import GRACE
from tests.wires import head_of, served

HOUR = 3600.0
COMPLEX = f"{API}/leads/complex"


def lost_and_not_applied(world: World) -> None:
    _module(world)
    world.simulator.faults.add(Fault(FaultKind.NEVER_ARRIVES, method="POST", path=COMPLEX))
    world.submit()
    world.drain()
    assert world.run().state == RunState.DELIVERED, world.run().reason
    assert world.counts() == {"contacts": 1, "leads": 1}
    assert world.simulator.calls[f"POST {COMPLEX}"] == 2
    looks = [number for path, number in world.simulator.calls.items() if path == f"GET {API}/leads"]
    assert sum(looks) >= 2, "two empty looks before it is sent again"


def applied_but_unanswered(theatre: Theatre) -> None:
    """At once, or within the time that a lost write is given to show itself."""
    for fate in (Fate.REPLY_LOST, Fate.LATE):
        for skip in range(2, 7):
            with story(theatre, search_lag_s=30.0, bundles=False) as world:
                world.weather.script += [Fate.FINE] * skip + [fate]
                post(world)
                pass_time(world, 900)
                assert_delivered_once(world)
                assert world.counts() == ONE_OF_EACH


def broken_answers(world: World) -> None:
    _module(world)
    kinds = [FaultKind.GARBAGE, FaultKind.LOSE_REPLY, FaultKind.ERROR_AFTER, FaultKind.HTML_ERROR]
    for number, kind in enumerate(kinds, 1):
        world.simulator.faults.add(Fault(kind, method="POST", path=COMPLEX))
        world.submit(email=f"p{number}@example.org", phone="")
        world.drain()
        assert world.run().state == RunState.DELIVERED, (kind, world.run().reason)
        assert world.counts() == {"contacts": number, "leads": number}
    _drips()


def _drips() -> None:
    """A byte at a time, for ever: no single wait is long, and yet it ends."""
    road = GuardedTransport(Targets.parse("127.0.0.1"), deadline_s=0.3)

    def drip(wire: socket.socket) -> None:
        head_of(wire)
        wire.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 9999999\r\n\r\n")
        while True:
            time.sleep(0.02)
            wire.sendall(b" ")

    with (
        served(drip) as port,
        new_client(transport=road) as http,
        pytest.raises(OutcomeUnknownError),
    ):
        call(http, "POST", f"http://127.0.0.1:{port}/", writes=True)


LIMITS = {
    "in seconds": ({"Retry-After": "17"}, 17.0),
    "as a date": (
        {"Retry-After": "Sat, 21 Nov 2026 09:00:40 GMT", "Date": "Sat, 21 Nov 2026 09:00:00 GMT"},
        40.0,
    ),
    "without saying how long": ({}, None),
}


def too_many_calls(theatre: Theatre) -> None:
    for headers, wait_s in LIMITS.values():
        answer = lambda _, headers=headers: httpx.Response(429, headers=headers)  # noqa: E731
        with (
            new_client(transport=httpx.MockTransport(answer)) as http,
            pytest.raises(RateLimitedError) as limit,
        ):
            call(http, "GET", "https://crm.test/leads", writes=False)
        assert limit.value.retry_after_s == wait_s
    with story(theatre) as world:
        world.weather.script.append(Fate.TOO_MANY)
        post(world)
        post(world, 2, person=2)
        pass_time(world, 0.9)
        sent = len([line for line in world.stage.story if ": " in line])
        pass_time(world, 3.9)
        assert len([line for line in world.stage.story if ": " in line]) == sent, "all of it waits"
        pass_time(world, 60)
        assert_delivered_once(world)
        assert {run.attempt for run in runs(world)} == {0}


def out_of_order_for_days(theatre: Theatre) -> None:
    with story(theatre) as world:
        world.weather.odds = {Fate.AWAY: 1.0}
        post(world)
        pass_time(world, 71 * HOUR)
        (run,) = runs(world)
        assert run.state == RunState.WAITING
        probes = len([line for line in world.stage.story if "503" in line])
        assert probes < 72 * 6, "a probe every quarter of an hour, no storm"
        pass_time(world, 10 * HOUR)
        world.weather.odds = {}
        world.mend()
        pass_time(world, HOUR)
        assert_delivered_once(world)


def refuses_our_access(world: World) -> None:
    _module(world)
    world.simulator.faults.add(Fault(FaultKind.REFUSE, status=401, times=None))
    world.submit()
    (run,) = world.runs()
    assert (run.state, run.attempt) == (RunState.WAITING, 0)
    connection = _connection(world)
    assert connection.state == ConnectionState.BLOCKED
    assert ["refuses our access" in notice.message for notice in world.notices()] == [True]
    calls = sum(world.simulator.calls.values())
    world.drain()
    assert sum(world.simulator.calls.values()) == calls, "nobody asks again and again"
    world.simulator.faults.clear()
    catalogs.test_connection(world.instance, connection.id)
    world.drain()
    assert world.run().state == RunState.DELIVERED


def something_was_removed(memory: MemoryWorld) -> None:
    memory.save(deal__stage="Gone")
    memory.post()
    memory.drain()
    assert memory.run().state == RunState.FAILED
    assert "no stage 'Gone'" in memory.run().reason
    assert [notice.message for notice in memory.notices()] == [memory.run().reason]
    memory.save(deal__stage="New request")
    memory.post(email="grace@example.org", phone="", company="Hopper")
    memory.drain()
    assert memory.runs()[1].state == RunState.DELIVERED, "others go on"
    with memory.instance.database.write() as session:
        decide(session, Verb.REPLAY, memory.runs()[0].id, GRACE)
    memory.drain_all()
    assert memory.runs()[-1].state == RunState.DELIVERED
    assert set(memory.counts().values()) == {2}


def contact_is_gone(memory: MemoryWorld) -> None:
    memory.post()
    memory.drain()
    (ada,) = memory.records(Kind.CONTACT)
    memory.crm.delete(ada.ref)
    memory.post(topic="looms")
    memory.drain_all()
    assert memory.states() == {RunState.DELIVERED}
    (again,) = memory.records(Kind.CONTACT)
    assert again.id != ada.id


def nobody_can_look(memory: MemoryWorld) -> None:
    """A write without an answer, and a search that fails: it stays unknown, and is not sent again."""
    for operation in ("create", "create_bundles"):
        memory.crm.befall(operation, Accident.LOSE_REPLY)
    for _ in range(5):
        memory.crm.befall("find_created", Accident.NOT_APPLIED)
    memory.post()
    for _ in range(4):
        memory.make_due()
        memory.drain()
        assert StepState.UNKNOWN in {step.state for step in memory.steps()}
        sent = [one.operation for one in memory.crm.calls if one.operation.startswith("create")]
        assert sent == ["create_bundles"]
    memory.crm.calm()
    memory.drain_all()
    assert set(memory.counts().values()) == {1}


def newer_was_first(memory: MemoryWorld) -> None:
    name = {"value": "{{ field.topic }}", "write": "overwrite"}
    memory.save(contact__fields={"email": "{{ field.email }}", "Position": name})
    memory.post(topic="first")
    memory.drain()
    memory.crm.befall("update", Accident.REFUSE)
    memory.post(topic="older")
    memory.drain()
    assert memory.runs()[1].state == RunState.FAILED
    memory.post(topic="newer")
    memory.drain()
    memory.retry()
    memory.drain_all()
    assert memory.states() == {RunState.DELIVERED}
    (ada,) = memory.records(Kind.CONTACT)
    assert ada.fields["position"] == "newer"


def edited_meanwhile(memory: MemoryWorld) -> None:
    memory.crm.befall("create_bundles", Accident.NOT_APPLIED)
    memory.post()
    memory.drain()
    planned = memory.run().plan
    memory.save(deal__name="Another name", deal__note=None)
    memory.drain_all()
    assert memory.run().plan == planned
    (deal,) = memory.records(Kind.DEAL)
    step = load_plan(planned).step(Kind.DEAL)
    assert step is not None
    assert deal.fields["name"] == step.fields["name"] != "Another name"
    assert len(memory.records(Kind.NOTE)) == 1


def cannot_be_evaluated(memory: MemoryWorld) -> None:
    half_a_word = {"==": [{"/": [{"var": "field.topic"}, 2]}, 1]}
    memory.save(active={"rules": [{"activate": half_a_word}]})
    memory.post()
    memory.drain()
    assert memory.run().state == RunState.FAILED, memory.run().reason
    assert "a rule cannot be evaluated" in memory.run().reason
    assert len(memory.notices()) == 1
    assert set(memory.counts().values()) == {0}
    with memory.instance.database.read() as session:
        assert session.scalars(select(Submission.raw)).one() == json.dumps(ANSWERS).encode()


def _module(world: World) -> None:
    world.module(contact=CONTACT, deal=DEAL)


def _connection(world: World) -> Connection:
    with world.instance.database.read() as session:
        return session.scalars(select(Connection)).one()
