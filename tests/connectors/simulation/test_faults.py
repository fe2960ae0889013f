"""What befalls a request on its way to a simulated CRM."""

from __future__ import annotations

from threading import enumerate as enumerate_threads

import httpx
import pytest

from connectors.simulation import Fault, FaultKind
from tests.connectors.simulation.toys import add, client_of


@pytest.mark.parametrize(
    ("fault", "status", "text", "added"),
    [
        (Fault(FaultKind.REFUSE), 400, "refused", 0),
        (Fault(FaultKind.REFUSE, status=403), 403, "refused", 0),
        (Fault(FaultKind.RATE_LIMIT, seconds=7), 429, "wait 7, 1 in a row", 0),
        (Fault(FaultKind.BLOCK), 403, "blocked", 0),
        (Fault(FaultKind.SLOW, seconds=30), 200, '{"id":10,"name":"Car"}\n', 1),
        (Fault(FaultKind.HTML_ERROR), 502, "502 BAD GATEWAY", 0),
        (Fault(FaultKind.HTML_ERROR, status=503), 503, "503 SERVICE UNAVAILABLE", 0),
        (Fault(FaultKind.ERROR_AFTER), 500, "failed", 1),
        (Fault(FaultKind.GARBAGE), 200, '{"id":10,"n', 1),
    ],
    ids=lambda value: f"{value.kind} {value.status}" if isinstance(value, Fault) else None,
)
def test_a_fault_answers_and_applies(simulator, web, fault, status, text, added):
    simulator.faults.add(fault)
    response = add(web)
    assert response.status_code == status
    assert text in response.text
    assert simulator.store.count("toys") == 1 + added


@pytest.mark.parametrize(
    ("kind", "added"), [(FaultKind.LOSE_REPLY, 1), (FaultKind.NEVER_ARRIVES, 0)]
)
def test_a_cut_connection_looks_the_same_whether_applied_or_not(simulator, web, kind, added):
    simulator.faults.add(Fault(kind))
    with pytest.raises(httpx.RemoteProtocolError, match="without sending a response"):
        add(web)
    assert simulator.store.count("toys") == 1 + added


def test_what_is_applied_late_is_applied_when_nobody_waits_any_more(simulator, web):
    """The simulator's own clock goes on in a thread: what matters here is that it happens at all."""
    simulator.faults.add(Fault(FaultKind.APPLY_LATE, seconds=0))
    before = set(enumerate_threads())
    with pytest.raises(httpx.RemoteProtocolError, match="without sending a response"):
        add(web)
    for thread in set(enumerate_threads()) - before:
        thread.join()
    assert simulator.store.count("toys") == 2


def test_an_answer_that_drips_is_cut_in_the_end(simulator, web, clock):
    before = clock.now()
    simulator.faults.add(Fault(FaultKind.DRIP, seconds=3))
    with pytest.raises(httpx.RemoteProtocolError):
        add(web)
    assert clock.now() - before == pytest.approx(3)
    assert simulator.store.count("toys") == 2


def test_a_slow_answer_takes_its_time(simulator, web, clock):
    before = clock.now()
    simulator.faults.add(Fault(FaultKind.SLOW, seconds=30))
    add(web)
    assert clock.now() - before == 30


@pytest.mark.parametrize(
    ("faults", "statuses"),
    [
        ([Fault(FaultKind.REFUSE)], [400, 200, 200, 200]),
        ([Fault(FaultKind.REFUSE, skip=2)], [200, 200, 400, 200]),
        ([Fault(FaultKind.REFUSE, times=2)], [400, 400, 200, 200]),
        ([Fault(FaultKind.REFUSE, times=None)], [400, 400, 400, 400]),
        ([Fault(FaultKind.REFUSE), Fault(FaultKind.BLOCK)], [400, 403, 200, 200]),
        ([Fault(FaultKind.REFUSE, method="GET")], [200, 200, 200, 200]),
        ([Fault(FaultKind.REFUSE, path="/api/t*")], [400, 200, 200, 200]),
        ([Fault(FaultKind.REFUSE, path="/api/cars")], [200, 200, 200, 200]),
    ],
)
def test_a_fault_befalls_the_requests_it_names(simulator, web, faults, statuses):
    simulator.faults.add(*faults)
    assert [add(web).status_code for _ in statuses] == statuses


def test_random_faults_repeat_with_their_seed(build):
    def course() -> list[int]:
        simulator = build()
        simulator.faults.at_random(seed=5, share=0.5, kinds=[FaultKind.REFUSE, FaultKind.BLOCK])
        return [add(client_of(simulator)).status_code for _ in range(20)]

    assert course() == course()
    assert set(course()) == {200, 400, 403}


def test_pages_suffer_no_faults(simulator, web):
    simulator.faults.add(Fault(FaultKind.HTML_ERROR))
    assert web.get("/").status_code == 200


def test_the_limiter_refuses_what_is_too_much_for_a_second(build, clock):
    web = client_of(build(calls_per_s=2))
    assert [add(web).status_code for _ in range(3)] == [200, 200, 429]
    assert add(web).text == "wait 1, 2 in a row"
    clock.sleep(1)
    assert add(web).status_code == 200


def test_every_call_takes_the_latency(build, clock):
    web, before = client_of(build(latency_s=0.25)), clock.now()
    add(web)
    add(web)
    assert clock.now() - before == 0.5


def test_search_sees_a_record_only_after_the_lag(build, clock):
    simulator = build(search_lag_s=5)
    added = simulator.store.add("toys", {"name": "Car"})
    assert simulator.store.search("toys", "car") == []
    assert simulator.store.get("toys", added["id"]) == added
    clock.sleep(5)
    assert simulator.store.search("toys", "car") == [added]


def test_seeded_records_are_never_too_new_to_be_found(build):
    assert build(search_lag_s=5).store.search("toys", "bear")
