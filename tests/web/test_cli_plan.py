"""``formwire plan --backtest`` and ``formwire cases``: a changed module before what happened."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result
from sqlalchemy import select

from connectors.memory import Accident
from engine.instance import Instance
from engine.storage.models import Submission
from tests.engine.deciding.test_planning import module
from tests.engine.delivery.world import World, make_world
from web.cli import main

Formwire = Callable[..., Result]


@pytest.fixture
def world(instance: Instance, monkeypatch: pytest.MonkeyPatch, rings: list[int]) -> World:
    """Ada posted twice, and both were delivered."""
    world = make_world(instance, monkeypatch)
    for topic in ("engines", "looms"):
        world.post(topic=topic)
        world.drain()
    return world


@pytest.fixture
def formwire(world: World, environ: dict[str, str]) -> Formwire:
    def invoke(*arguments: str) -> Result:
        return CliRunner().invoke(main, [*arguments, "--form", "demo"], env=environ)

    return invoke


@pytest.fixture
def draft(tmp_path: Path) -> str:
    """A file with the module that starts deals elsewhere."""
    file = tmp_path / "draft.yaml"
    file.write_text(yaml.safe_dump(module(deal__stage="Talking")), encoding="utf-8")
    return str(file)


def latest(world: World) -> str:
    with world.instance.database.read() as session:
        return session.scalars(select(Submission.public_id).order_by(Submission.id.desc())).all()[0]


def test_the_live_module_plans_what_was_done(formwire: Formwire) -> None:
    result = formwire("plan", "--backtest", "5")
    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines() == [
        "#2: same",
        "#1: same",
        "2 delivered submissions: 2 the same, 0 changed",
    ]


def test_a_draft_shows_what_it_would_have_done_otherwise(formwire: Formwire, draft: str) -> None:
    result = formwire("plan", "--backtest", "1", "--against", draft)
    assert result.exit_code == 2
    lines = result.stdout.splitlines()
    assert lines[0] == "#2: changed"
    assert "  +    * Stage: Talking (new record)" in lines
    assert lines[-1] == "1 delivered submissions: 0 the same, 1 changed"


def test_a_plan_is_shown_beside_the_drafts(formwire: Formwire, draft: str) -> None:
    assert formwire("plan").exit_code == 2
    result = formwire("plan", "--against", draft)
    assert result.exit_code == 2
    assert "+    * Stage: Talking (new record)" in result.stdout


@pytest.mark.parametrize("options", [("--last", "1"), ("--backtest", "1")])
def test_a_crm_that_refuses_us_is_one_line(
    formwire: Formwire, world: World, options: tuple[str, str]
) -> None:
    world.crm.befall("catalog", Accident.UNAUTHORISED)
    with world.instance.database.write() as session:
        session.merge(world.connection()).catalog = None
    result = formwire("plan", *options)
    assert result.exit_code == 1
    assert result.stderr.startswith("formwire: the CRM could not be read:")


def test_a_case_is_saved_listed_checked_and_removed(
    formwire: Formwire, world: World, draft: str
) -> None:
    added = formwire("cases", "add", "a new deal", "--submission", latest(world))
    assert added.exit_code == 0, added.output
    assert "+ create deal" in added.stdout
    assert formwire("cases", "list").stdout.startswith("a new deal  #2  ")
    checked = formwire("cases", "check")
    assert (checked.exit_code, checked.stdout) == (
        0,
        "a new deal: as expected\n1 cases: 1 as expected, 0 differ\n",
    )
    differs = formwire("cases", "check", "--against", draft)
    assert differs.exit_code == 2
    assert "a new deal: differs" in differs.stdout
    assert "  +    * Stage: Talking (new record)" in differs.stdout
    assert formwire("cases", "remove", "a new deal").stdout == "a new deal: removed\n"
    assert formwire("cases", "list").stdout == ""


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["cases", "remove", "nothing"], "there is no case 'nothing'"),
        (["cases", "add", "x", "--submission", "nothing"], "demo has no submission nothing"),
        (["cases", "check", "--module", "other"], "name one module with --module"),
        (["plan", "--submission", "nothing"], "there is no such submission"),
    ],
)
def test_what_cannot_be_done_is_said(
    formwire: Formwire, arguments: list[str], message: str
) -> None:
    result = formwire(*arguments)
    assert result.exit_code == 1
    assert message in result.stderr


def test_mistakes_in_a_draft_are_told_with_their_places(formwire: Formwire, draft: str) -> None:
    Path(draft).write_text("form: demo\nmodule: sales\nconnection: memory\ncolour: red\n")
    result = formwire("cases", "check", "--against", draft)
    assert result.exit_code == 1
    assert f"{draft}:4: /colour:" in result.stderr
