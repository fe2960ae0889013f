"""What Prometheus is told, and who may ask."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import select, update

from engine.instance import Instance
from engine.settings import Settings
from engine.storage.base import now
from engine.storage.model_calls import Call
from engine.storage.models import (
    Connection,
    Form,
    Run,
    RunState,
    Wait,
)
from tests.builders import ADA
from tests.web.studio import world
from web import create_app

TOKEN = "a token that only Prometheus has"
GUIDE = Path(__file__).parents[2] / "docs" / "guide" / "load.md"


@pytest.fixture
def full(instance: Instance) -> Instance:
    world.fill(instance)
    return instance


def scraped(client: FlaskClient, **headers: str) -> dict[str, dict[tuple[str, ...], float]]:
    """Sample name to label values to value."""
    answer = client.get("/metrics", headers=headers)
    assert answer.status_code == 200, answer.text
    found: dict[str, dict[tuple[str, ...], float]] = {}
    for family in text_string_to_metric_families(answer.text):
        for sample in family.samples:
            found.setdefault(sample.name, {})[tuple(sample.labels.values())] = sample.value
    return found


def change(instance: Instance, **values: Any) -> None:
    with instance.database.write() as session:
        main = session.scalars(select(Connection).where(Connection.key == "main")).one()
        for name, value in values.items():
            setattr(main, name, value)


def test_runs_are_counted_by_state_and_by_what_they_wait_for(
    client: FlaskClient, full: Instance
) -> None:
    with full.database.write() as session:
        waiting = session.scalars(select(Run).where(Run.state == RunState.WAITING)).one()
        waiting.wait = Wait.BREAKER
        failed = session.scalars(select(Run).where(Run.state == RunState.FAILED)).one()
        failed.wait = Wait.RETRY  # what it once waited for is past
    runs = scraped(client)["formwire_runs"]
    expected = {("main", state.value, ""): 1.0 for state in RunState}
    del expected["main", "waiting", ""]
    assert runs == {**expected, ("main", "waiting", "breaker"): 1.0}


def test_due_runs_have_an_age(client: FlaskClient, full: Instance) -> None:
    told = scraped(client)
    assert told["formwire_due_runs"] == {("main",): 0, ("second",): 0}
    assert told["formwire_oldest_due_run_seconds"] == {("main",): 0, ("second",): 0}
    with full.database.write() as session:
        for number, state in enumerate((RunState.WAITING, RunState.QUEUED)):
            run = session.scalars(select(Run).where(Run.state == state)).one()
            run.due_at = now() - timedelta(hours=1 + number)
    told = scraped(client)
    assert told["formwire_due_runs"]["main",] == 2
    assert told["formwire_oldest_due_run_seconds"]["main",] == pytest.approx(7200, abs=60)


@pytest.mark.parametrize(("until_s", "state"), [(None, "closed"), (60, "open"), (-60, "half-open")])
def test_a_breaker_is_in_one_state(
    client: FlaskClient, full: Instance, until_s: int | None, state: str
) -> None:
    until = None if until_s is None else now() + timedelta(seconds=until_s)
    change(full, breaker_until=until, failures=6)
    told = scraped(client)
    states = {
        name: on for (key, name), on in told["formwire_breaker_state"].items() if key == "main"
    }
    assert states == {name: float(name == state) for name in ("closed", "open", "half-open")}
    assert told["formwire_failures_in_a_row"]["main",] == 6


def test_pace_pause_and_state_of_each_connection(client: FlaskClient, full: Instance) -> None:
    change(full, pace=3, not_before=now() + timedelta(minutes=10))
    told = scraped(client)
    assert told["formwire_pace"] == {("main",): 3, ("second",): 2}
    assert told["formwire_pause_seconds"]["main",] == pytest.approx(600, abs=60)
    assert told["formwire_pause_seconds"]["second",] == 0
    assert told["formwire_connection_state"]["main", "ok"] == 1
    assert told["formwire_connection_state"]["second", "blocked"] == 1
    assert told["formwire_connection_state"]["second", "ok"] == 0


def test_calls_are_counted_by_class(client: FlaskClient, full: Instance) -> None:
    with full.database.write() as session:
        session.query(Call).delete()
        main = session.scalars(select(Connection).where(Connection.key == "main")).one()
        for status, minutes in ((200, 0), (204, 1), (429, 1), (502, 1), (None, 1), (200, 6)):
            session.add(
                Call(
                    connection_id=main.id,
                    method="GET",
                    url="https://acme.kommo.com/",
                    status=status,
                    started_at=now() - timedelta(minutes=minutes),
                    ms=1,
                )
            )
    assert scraped(client)["formwire_calls_last_5_minutes"] == {
        ("main", "2xx"): 2,
        ("main", "429"): 1,
        ("main", "5xx"): 1,
        ("main", "none"): 1,
    }


def test_intake_notices_and_health_are_told(client: FlaskClient, full: Instance) -> None:
    with full.database.write() as session:
        session.scalars(select(Form)).one().submissions = 1234
    told = scraped(client)
    assert told["formwire_notices"] == {(): 1}
    assert told["formwire_submissions_total"] == {(): 1234}
    assert told["formwire_submissions_last_5_minutes"] == {("accepted",): 4}
    assert told["formwire_check"]["database",] == 1
    assert told["formwire_check"]["queue",] == 0


def test_no_personal_data_is_told(client: FlaskClient, full: Instance) -> None:
    text = client.get("/metrics").text
    assert "main" in text
    for private in (*map(str, ADA.values()), "192.0.2.7", "Callback", world.SECRET):
        assert private not in text


def test_an_empty_formwire_has_numbers_too(client: FlaskClient) -> None:
    assert scraped(client)["formwire_submissions_total"] == {(): 0}


@pytest.mark.parametrize(
    ("address", "headers", "status"),
    [
        ("127.0.0.1", {}, 200),
        ("127.3.2.1", {}, 200),
        ("::1", {}, 200),
        ("::ffff:127.0.0.1", {}, 200),
        ("192.0.2.7", {}, 403),
        ("10.0.0.1", {}, 403),
        ("::ffff:192.0.2.7", {}, 403),
        ("", {}, 403),
        # a proxy on this host that nobody told us of
        ("127.0.0.1", {"X-Forwarded-For": "192.0.2.7"}, 403),
        ("127.0.0.1", {"Forwarded": "for=192.0.2.7"}, 403),
        ("127.0.0.1", {"X-Real-IP": "127.0.0.1"}, 403),
    ],
)
def test_without_a_token_only_this_host_is_told(
    client: FlaskClient, address: str, headers: Mapping[str, str], status: int
) -> None:
    answer = client.get("/metrics", headers=headers, environ_overrides={"REMOTE_ADDR": address})
    assert answer.status_code == status
    assert ("formwire_" in answer.text) == (status == 200)


def test_behind_a_trusted_proxy_the_visitors_address_counts(settings: Settings) -> None:
    app = create_app(settings.model_copy(update={"trusted_proxies": 1}))
    for address, status in (("192.0.2.7", 403), ("127.0.0.1", 200)):
        answer = app.test_client().get("/metrics", headers={"X-Forwarded-For": address})
        assert answer.status_code == status
    app.extensions["database"].close()


@pytest.mark.parametrize(
    ("authorization", "status"),
    [
        (f"Bearer {TOKEN}", 200),
        (f"bearer {TOKEN}", 200),
        (f"Bearer {TOKEN}!", 401),
        (f"Bearer {TOKEN[:-1]}", 401),
        ("Bearer ", 401),
        ("Bearer \xe9", 401),
        (f"Basic {TOKEN}", 401),
        (TOKEN, 401),
        ("", 401),
    ],
)
def test_with_a_token_nothing_else_counts(
    settings: Settings, authorization: str, status: int
) -> None:
    app = create_app(settings.model_copy(update={"metrics_token": TOKEN}))
    answer = app.test_client().get("/metrics", headers={"Authorization": authorization})
    assert answer.status_code == status
    assert ("WWW-Authenticate" in answer.headers) == (status == 401)
    assert TOKEN not in answer.text
    app.extensions["database"].close()


def test_the_guide_lists_every_number(client: FlaskClient, full: Instance) -> None:
    with full.database.write() as session:
        session.execute(update(Call).values(started_at=now()))
    names = set(scraped(client))
    listed = {
        line.split("`")[1].split("{")[0]
        for line in GUIDE.read_text(encoding="utf-8").splitlines()
        if line.startswith("| `formwire_")
    }
    assert listed == names
