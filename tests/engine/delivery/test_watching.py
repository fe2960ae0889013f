"""Catalogs are read anew, and people hear which modules a change concerns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from connectors.base import Kind
from connectors.catalog import Catalog
from connectors.memory import Accident
from connectors.memory.account import CATALOG
from engine.delivery import schedule
from engine.delivery.catalogs import test_connection as check_connection
from engine.delivery.schedule import CatalogWatch
from engine.instance import Instance
from engine.storage.base import now
from engine.storage.connections import stored_catalog
from engine.storage.models import Connection, ConnectionState, RunState
from tests.engine.deciding.accounts import field, stages, user
from tests.engine.delivery.world import World, make_world

RENAMED = stages(incoming="Incoming", new="Fresh", talking="Talking", won="Won", lost="Lost")


@pytest.fixture
def world(wiped_instance: Instance, monkeypatch: pytest.MonkeyPatch) -> World:
    """The connection was tested once."""
    world = make_world(wiped_instance, monkeypatch)
    check_connection(world.instance, world.connection_id)
    return world


def change(world: World, how: Callable[[Catalog], Catalog]) -> None:
    world.crm.catalog = how(world.crm.catalog)


def age(world: World, minutes: int = 61) -> None:
    with world.instance.database.write() as session:
        connection = session.get_one(Connection, world.connection_id)
        connection.catalog_at = now() - timedelta(minutes=minutes)


def readings(world: World) -> int:
    return sum(call.operation == "catalog" for call in world.crm.calls)


def drift_messages(world: World) -> list[str]:
    return [notice.message for notice in world.notices() if notice.cause.startswith("drift:")]


def test_an_aged_catalog_is_read_anew_and_a_fresh_one_is_not(world: World) -> None:
    watch = CatalogWatch(world.instance)
    watch.look()
    assert readings(world) == 1
    age(world)
    change(world, RENAMED)
    watch.look()
    watch.look()
    assert readings(world) == 2
    stored = stored_catalog(world.connection())
    assert stored is not None
    assert stored.pipelines[0].stages[1].label == "Fresh"


@pytest.mark.parametrize("state", [ConnectionState.PAUSED, ConnectionState.BLOCKED])
def test_a_connection_that_is_not_in_use_is_left_alone(
    world: World, state: ConnectionState
) -> None:
    age(world)
    with world.instance.database.write() as session:
        session.get_one(Connection, world.connection_id).state = state
    CatalogWatch(world.instance).look()
    assert readings(world) == 1


def test_a_crm_that_asked_to_wait_is_left_alone(world: World) -> None:
    age(world)
    with world.instance.database.write() as session:
        waiting = session.get_one(Connection, world.connection_id)
        waiting.not_before = now() + timedelta(minutes=1)
    CatalogWatch(world.instance).look()
    assert readings(world) == 1


@pytest.mark.parametrize(("let_be", "tries"), [(schedule.LET_BE, 1), (timedelta(0), 2)])
def test_a_catalog_that_cannot_be_read_is_let_be_for_a_while(
    world: World, monkeypatch: pytest.MonkeyPatch, let_be: timedelta, tries: int
) -> None:
    monkeypatch.setattr(schedule, "LET_BE", let_be)
    age(world)
    watch = CatalogWatch(world.instance)
    world.crm.befall("catalog", Accident.NOT_APPLIED)
    watch.look()
    watch.look()
    assert readings(world) == 1 + tries
    assert world.connection().state == ConnectionState.OK


def test_refused_credentials_block_the_connection_and_tell_people(world: World) -> None:
    age(world)
    world.crm.befall("catalog", Accident.UNAUTHORISED)
    watch = CatalogWatch(world.instance)
    watch.look()
    watch.look()
    assert world.connection().state == ConnectionState.BLOCKED
    assert [notice.cause for notice in world.notices()] == ["auth:memory"]
    assert readings(world) == 2


def test_a_test_of_the_connection_tells_which_places_of_a_module_changed(world: World) -> None:
    change(world, RENAMED)
    change(world, user("anna", active=False))
    check_connection(world.instance, world.connection_id)
    check_connection(world.instance, world.connection_id)
    (notice,) = world.notices()
    assert notice.count == 1
    assert notice.connection_id == world.connection_id
    assert notice.form_id is not None
    assert notice.message == (
        "Memory has changed, and “sales” of “Demo” speaks of it. "
        "/deal/stage: the stage “New request” of the pipeline “Sales” is called “Fresh” now; "
        "/responsible/user: the user “Anna” is deactivated."
    )
    assert "go on" in notice.remedy


def test_what_no_module_names_is_told_to_nobody(world: World) -> None:
    change(world, field(Kind.DEAL, "seats"))
    check_connection(world.instance, world.connection_id)
    assert world.notices() == []


def test_a_module_that_names_a_stage_by_its_old_name_still_delivers(world: World) -> None:
    change(world, RENAMED)
    age(world)
    world.post()
    world.drain()  # reads the aged catalog itself
    assert world.run().state == RunState.DELIVERED, world.run().reason
    (deal,) = world.records(Kind.DEAL)
    assert deal.fields["stage"] == "new"
    assert len(drift_messages(world)) == 1


def test_only_what_cannot_be_carried_out_stops_and_goes_on_once_mended(world: World) -> None:
    change(world, field(Kind.DEAL, "topic"))
    CatalogWatch(world.instance).look()
    age(world)
    world.post()
    world.drain()
    assert world.run().state == RunState.FAILED
    (told,) = [notice for notice in world.notices() if notice.cause.startswith("drift:")]
    assert "/deal/fields/Topic: the deal's field “Topic” is gone" in told.message
    assert "cannot be planned" in told.remedy
    world.crm.catalog = CATALOG
    world.retry()
    world.drain_all()
    assert world.states() == {RunState.DELIVERED}


def test_a_stage_that_is_gone_is_looked_for_in_a_newer_catalog_first(world: World) -> None:
    world.save(deal__stage="Later")
    world.post()
    change(world, stages(incoming="Incoming", new="New request", later="Later"))
    world.drain()
    assert world.run().state == RunState.DELIVERED, world.run().reason


def test_very_many_places_are_told_in_part(world: World) -> None:
    fields = {f"f{number}": f"{number}" for number in range(30)}
    original = world.crm.catalog
    template = next(one for one in original.fields[Kind.DEAL] if one.id == "topic")
    more = tuple(replace(template, id=id, label=id) for id in fields)
    deal = (*original.fields[Kind.DEAL], *more)
    world.crm.catalog = replace(original, fields={**original.fields, Kind.DEAL: deal})
    check_connection(world.instance, world.connection_id)
    world.save(deal__fields=fields)
    world.crm.catalog = original
    check_connection(world.instance, world.connection_id)
    (message,) = drift_messages(world)
    assert message.endswith("; and 10 more.")


@pytest.mark.parametrize(
    ("days", "told"), [(60, 0), (14, 1), (10, 1), (3, 1), (-1, 0)], ids=lambda value: str(value)
)
def test_people_hear_in_time_that_an_access_runs_out(world: World, days: int, told: int) -> None:
    ends = now() + timedelta(days=days) - timedelta(minutes=1)
    change(world, lambda catalog: replace(catalog, access_ends=ends))
    for _ in range(2):
        check_connection(world.instance, world.connection_id)
    notices = [one for one in world.notices() if one.cause.startswith("access-ends:")]
    assert [(one.count, f"{ends:%Y-%m-%d}" in one.message) for one in notices] == [(1, True)] * told


def test_who_did_not_act_on_the_first_warning_hears_another(world: World) -> None:
    for days in (10, 2):
        ends = now() + timedelta(days=days)
        change(world, lambda catalog: replace(catalog, access_ends=ends))  # noqa: B023
        check_connection(world.instance, world.connection_id)
    causes = [one.cause for one in world.notices() if one.cause.startswith("access-ends:")]
    assert [cause.rpartition(":")[2] for cause in causes] == ["14", "3"]
