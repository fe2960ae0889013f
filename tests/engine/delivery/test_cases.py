"""Cases that a person approved of, checked without the CRM."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import delete, select

from connectors.base import Kind, Ref
from connectors.errors import ConnectorError, SettingsError
from connectors.memory import Accident
from engine.delivery.cases import CaseDiff, add_case, check_cases
from engine.delivery.catalogs import test_connection as check_connection
from engine.instance import Instance
from engine.storage.cases import cases_of, remove_case
from engine.storage.models import Connection, Submission
from tests.engine.deciding.accounts import user
from tests.engine.delivery.test_replay import config, live_module
from tests.engine.delivery.world import World, make_world


@pytest.fixture
def world(wiped_instance: Instance, monkeypatch: pytest.MonkeyPatch) -> World:
    """Ada is known, and posts again."""
    world = make_world(wiped_instance, monkeypatch)
    world.save(deal__duplicates={"control": "formwire", "found": "update"})
    world.post()
    world.drain()
    world.post(topic="looms")
    return world


def add(world: World, name: str = "again") -> str:
    with world.instance.database.read() as session:
        latest = session.scalars(select(Submission).order_by(Submission.id.desc())).first()
        session.refresh(latest, ["form"])
    assert latest is not None
    return add_case(world.instance, live_module(world), live(), latest, name).expected


def live(**changes: Any) -> Any:
    return config(deal__duplicates={"control": "formwire", "found": "update"}, **changes)


def check(world: World, **changes: Any) -> list[CaseDiff]:
    return check_cases(world.instance, live_module(world), live(**changes))


def test_a_case_expects_what_the_live_module_makes_of_it(world: World) -> None:
    assert "+ create note" in add(world)
    assert "+ create deal" not in add(world)
    (one,) = check(world)
    assert (one.name, one.differs, one.lines) == ("again", False, ())


def test_a_check_asks_no_crm_and_no_change_there_makes_it_differ(world: World) -> None:
    add(world)
    world.drain()  # the submission itself is delivered now
    for kind in (Kind.DEAL, Kind.CONTACT):
        for record in world.records(kind):
            world.crm.delete(Ref(kind, record.id))
    asked = len(world.crm.calls)
    assert [one.differs for one in check(world)] == [False]
    assert len(world.crm.calls) == asked


def test_a_changed_module_shows_its_difference(world: World) -> None:
    add(world)
    (one,) = check(world, deal__on_match="overwrite")
    assert one.differs
    assert any("looms" in line for line in one.lines if line.startswith("+"))


def test_other_match_keys_are_looked_for_among_what_was_seen(world: World) -> None:
    add(world)
    (one,) = check(world, contact__match=["first_name"], contact__fields__first_name="Ada")
    assert "+ create contact" in one.planned
    (one,) = check(world, contact__match=["name"])
    assert "+ create contact" not in one.planned


def test_the_last_digits_of_phones_are_looked_for_among_what_was_seen(world: World) -> None:
    grace = {"name": "Grace", "email": ["grace@example.org"], "phone": ["8 (067) 999 88 77"]}
    world.crm.add(Kind.CONTACT, grace)
    world.post(email="grace@example.org", phone="067 999 88 77")
    add(world)
    (one,) = check(world, contact__match=["phone"])
    assert "+ create contact" in one.planned
    (one,) = check(world, contact__match=["phone"], contact__phones="last_digits")
    assert "matched by the last 10 digits of phone +380679998877" in one.planned


def test_a_change_of_the_account_shows_up(world: World) -> None:
    add(world)
    world.crm.catalog = user("anna", active=False)(world.crm.catalog)
    check_connection(world.instance, world.connection_id)
    (one,) = check(world)
    assert one.differs
    assert "Anna is deactivated" in one.planned


def test_without_a_catalog_nothing_can_be_checked(world: World) -> None:
    add(world)
    with world.instance.database.write() as session:
        session.get_one(Connection, world.connection_id).catalog = None
    with pytest.raises(SettingsError, match="test the connection"):
        check(world)


def test_a_case_of_the_same_name_is_replaced_and_one_is_forgotten(world: World) -> None:
    add(world)
    add(world)
    add(world, "other")
    assert [one.name for one in check(world)] == ["again", "other"]
    with world.instance.database.write() as session:
        assert remove_case(session, live_module(world).id, "again")
        assert not remove_case(session, live_module(world).id, "again")
    assert [one.name for one in check(world)] == ["other"]


def test_a_case_goes_with_its_submission(world: World) -> None:
    add(world)
    with world.instance.database.write() as session:
        session.execute(delete(Submission))
    with world.instance.database.read() as session:
        assert cases_of(session, live_module(world).id) == []


def test_a_case_is_not_saved_while_the_crm_cannot_be_asked(world: World) -> None:
    world.crm.befall("find", Accident.NOT_APPLIED)
    with pytest.raises(ConnectorError):
        add(world)
    assert check(world) == []
