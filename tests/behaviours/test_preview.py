"""Plans that nobody carries out: they tell what would happen, and nothing happens."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from engine.deciding.module import load_module
from engine.deciding.plan import Action, Plan
from engine.delivery.preview import made_up, preview
from engine.storage.forms import form_by_key, module_by_key
from tests.behaviours.world import ADA, CONNECTION, CONTACT, DEAL, World, filled
from web.cli.plan import plan

UPDATED = {
    **DEAL,
    "fields": {"Topic": {"value": "{{ field.topic }}", "write": "overwrite"}},
    "note": "Wants {{ field.topic }}",
    "tasks": [{"text": "Call"}],
    "duplicates": {"control": "formwire", "found": "update"},
}


@pytest.fixture
def told(world: World) -> World:
    """Ada has a contact and a deal, and the module would change both."""
    world.add("contacts", name="Countess", **filled(EMAIL="ada@example.org"))
    world.module(contact={**CONTACT, "on_match": "overwrite"}, deal=UPDATED)
    world.deliver(topic="engines")
    return world


def planned(world: World, count: int, **answers: Any) -> list[Plan]:
    """The plans of ``count`` equal samples."""
    document = {"form": "demo", "module": "sales", "connection": CONNECTION}
    draft = load_module({**document, "contact": CONTACT, "deal": UPDATED})
    with world.instance.database.read() as session:
        form = form_by_key(session, "demo")
        module = module_by_key(session, "demo", "sales")
    assert form is not None
    assert module is not None
    body = json.dumps({**ADA, **answers}).encode()
    samples = [made_up(form, body, "application/json")] * count
    previews = preview(
        world.instance, form, draft, module.connection_id, samples, module_id=module.id
    )
    return [one.plan for one in previews if one.plan is not None]


def test_a_hundred_plans_change_nothing_in_the_crm(told: World) -> None:
    store = told.simulator.store
    truth, runs = list(store.truth), len(told.runs())
    told.simulator.calls.clear()
    plans = planned(told, 100, topic="looms")
    assert len(plans) == 100
    assert all(one == plans[0] for one in plans)
    assert plans[0].changes_anything
    assert list(store.truth) == truth
    assert {call.split()[0] for call in told.simulator.calls} == {"GET"}
    assert len(told.runs()) == runs


def test_what_was_planned_is_then_done(told: World) -> None:
    (before,) = planned(told, 1, topic="looms")
    done = told.deliver(topic="looms").plan
    assert [step["title"] for step in done["steps"]] == [step.title for step in before.steps]
    deal = before.step("deal")
    assert deal is not None
    assert deal.action is Action.UPDATE
    assert [(one.before, one.after) for one in deal.changes if one.writes] == [("engines", "looms")]


@pytest.fixture
def command(told: World, monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    monkeypatch.setattr("engine.instance.Instance.open", lambda settings: told.instance)
    monkeypatch.setattr("web.cli.start.begin", lambda: told.instance.settings)

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(plan, ["--form", "demo", *arguments], catch_exceptions=False)

    return run


def test_the_command_shows_before_and_after_and_sends_nothing(command, told: World) -> None:  # type: ignore[no-untyped-def]
    told.edit("leads", told.one("leads")["id"], name="Renamed")
    truth = len(told.simulator.store.truth)
    told.module(contact=CONTACT, deal={**UPDATED, "on_match": "overwrite"})
    result = command("--last", "5")
    assert result.exit_code == 2
    assert "Name: Renamed → Request of Ada Lovelace" in result.output
    assert "nothing was sent" in result.output
    assert len(told.simulator.store.truth) == truth


def test_a_plan_without_changes_ends_with_0(command, told: World) -> None:  # type: ignore[no-untyped-def]
    told.module(contact={**CONTACT, "on_match": "leave"})
    assert command().exit_code == 0


def test_a_draft_is_compared_with_the_live_module(command, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    draft = tmp_path / "draft.yaml"
    draft.write_text(
        f"{{form: demo, module: sales, connection: {CONNECTION}, "
        "deal: {pipeline: Service, name: Another}}"
    )
    result = command("--against", str(draft))
    assert result.exit_code == 2
    assert "+    * Pipeline: Service (new record)" in result.output
