"""The page that shows what holds deliveries back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from connectors.base import Rate
from engine.instance import Instance
from engine.storage import load_page
from engine.storage.base import now
from engine.storage.connections import save_connection
from engine.storage.load_page import Load, load_of_connections
from engine.storage.model_calls import Call
from engine.storage.models import (
    Connection,
    Run,
    RunState,
    Wait,
)


def change(instance: Instance, **values: Any) -> None:
    with instance.database.write() as session:
        main = session.scalars(select(Connection).where(Connection.key == "main")).one()
        for name, value in values.items():
            setattr(main, name, value)


def load(instance: Instance, key: str = "main") -> Load:
    with instance.database.read() as session:
        loads = load_of_connections(session, instance.vault, now())
    return next(one for one in loads if one.connection.key == key)


def call(instance: Instance, *statuses: int | None, minutes: float = 0.5) -> None:
    with instance.database.write() as session:
        main = session.scalars(select(Connection).where(Connection.key == "main")).one()
        for status in statuses:
            at = now() - timedelta(minutes=minutes)
            session.add(
                Call(
                    connection_id=main.id, method="GET", url="", status=status, started_at=at, ms=1
                )
            )


@pytest.fixture
def quiet(full: Instance) -> Instance:
    """The full Formwire, whose log of calls is empty."""
    with full.database.write() as session:
        session.query(Call).delete()
    return full


def test_unfinished_runs_are_counted_by_cause(quiet: Instance) -> None:
    with quiet.database.write() as session:
        run = session.scalars(select(Run).where(Run.state == RunState.WAITING)).one()
        run.wait = Wait.RECONCILE
    assert load(quiet).waits == {"queued": 1, "running": 1, "reconcile": 1}
    assert load(quiet, "second").waits == {}


def test_calls_of_the_last_hour_and_their_share_of_the_limit(quiet: Instance) -> None:
    call(quiet, *[200] * 30, 429, 500, None)
    call(quiet, *[200] * 40, minutes=30)
    call(quiet, *[200] * 50, minutes=61)
    shown = load(quiet)
    assert (shown.calls, shown.unanswered, shown.limited) == (73, 2, 1)
    assert shown.share == pytest.approx(33 / 420)
    assert load(quiet, "second").share == 0


@pytest.mark.parametrize(
    ("rates", "share"),
    [
        ((), None),
        ((Rate(10, 1),), 30 / 600),
        ((Rate(10, 1), Rate(100, 3600)), 70 / 100),  # the tightest counts
        ((Rate(10, 1), Rate(10_000, 3600)), 30 / 600),
    ],
)
def test_the_tightest_of_several_limits_counts(
    quiet: Instance, monkeypatch: pytest.MonkeyPatch, rates: tuple[Rate, ...], share: float | None
) -> None:
    monkeypatch.setattr(load_page, "_limits", lambda *_: rates)
    call(quiet, *[200] * 30)
    call(quiet, *[200] * 40, minutes=30)
    assert load(quiet).share == (None if share is None else pytest.approx(share))


def test_an_account_with_a_limit_of_its_own_is_measured_by_it(quiet: Instance) -> None:
    with quiet.database.write() as session:
        save_connection(
            session,
            quiet.vault,
            key="main",
            name="Main",
            connector="kommo",
            settings={"subdomain": "acme", "token": "t", "calls_per_s": "25"},
        )
    assert load(quiet).limits == (Rate(25, 1),)


def test_settings_that_cannot_be_read_hide_no_load(quiet: Instance) -> None:
    change(quiet, settings=b"not sealed by our key")
    assert load(quiet).limits == (Rate(7, 1),)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({}, "healthy"),
        ({"breaker_until": timedelta(minutes=2), "failures": 5}, "does not answer"),
        ({"breaker_until": -timedelta(minutes=2), "failures": 5}, "trying again"),
        ({"not_before": timedelta(minutes=2)}, "asked to wait"),
        ({"not_before": -timedelta(minutes=2)}, "healthy"),
        ({"state": "paused"}, "paused"),
    ],
)
def test_the_page_says_what_holds_calls_back(
    grace: FlaskClient, quiet: Instance, values: dict[str, Any], words: str
) -> None:
    change(
        quiet,
        **{
            name: now() + value if isinstance(value, timedelta) else value
            for name, value in values.items()
        },
    )
    page = grace.get("/load").text
    main = page[page.index("Main Kommo") : page.index("Second Kommo")]
    assert words in main
    assert "7 per 1 s" in main
    for other in {"healthy", "does not answer", "trying again", "paused"} - {words}:
        assert other not in main


@pytest.mark.parametrize("role", ["viewer", "marketer", "administrator"])
def test_everybody_who_reads_may_see_it(sign_in: Any, full: Instance, role: str) -> None:
    assert sign_in(role).get("/load").status_code == 200
