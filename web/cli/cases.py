"""Commands for saved cases: submissions whose plan a person approved of."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from connectors.errors import ConnectorError
from engine.delivery.cases import add_case, check_cases
from engine.instance import Instance
from engine.storage.audit import add_entry
from engine.storage.cases import cases_of, remove_case
from engine.storage.models import Module, Submission
from engine.storage.secrets import SecretsUnreadable
from engine.storage.submissions import submission_by_public_id
from web.cli.choosing import AGAINST, FORM, MODULE, chosen_module, draft_config, live_config
from web.cli.start import TROUBLE, opened, operator, refuse

DIFFERS = 2


@click.group()
def cases() -> None:
    """Saved cases: submissions with the plan that a module must make of them."""


@cases.command()
@click.argument("name")
@FORM
@MODULE
@click.option("--submission", "public_id", required=True, help="The submission, by its id.")
def add(name: str, form_key: str, module_key: str | None, public_id: str) -> None:
    """Save what the live module makes of a submission today as the case NAME.

    What the CRM says about the submission's people and deals is saved with it, so that checks need
    no CRM. A case of the same name is replaced.
    """
    instance, module = _begin(form_key, module_key)
    submission = _submission(instance, module, public_id)
    live = live_config(instance, module)
    try:
        case = add_case(instance, module, live, submission, name)
    except (ConnectorError, SecretsUnreadable) as error:
        refuse(f"the CRM could not be read: {error}", status=TROUBLE)
    with instance.database.write() as session:
        add_entry(session, operator(), "save", "case", _target(module, name))
    click.echo(case.expected, nl=False)


@cases.command(name="list")
@FORM
@MODULE
def list_(form_key: str, module_key: str | None) -> None:
    """List the module's cases."""
    instance, module = _begin(form_key, module_key)
    with instance.database.read() as session:
        for case in cases_of(session, module.id):
            click.echo(
                f"{case.name}  #{case.submission.number}  {case.submission.public_id}  "
                f"saved {case.created_at:%Y-%m-%d}"
            )


@cases.command()
@FORM
@MODULE
@AGAINST
def check(form_key: str, module_key: str | None, against: Path | None) -> None:
    """Plan every case anew and show what differs. Asks no CRM. Ends with 2 when one differs."""
    instance, module = _begin(form_key, module_key)
    config = draft_config(against) if against else live_config(instance, module)
    try:
        checked = check_cases(instance, module, config)
    except ConnectorError as error:
        refuse(str(error), status=TROUBLE)
    for one in checked:
        click.echo(f"{one.name}: {'differs' if one.differs else 'as expected'}")
        for line in one.lines:
            click.echo(f"  {line}")
    differing = sum(one.differs for one in checked)
    click.echo(f"{len(checked)} cases: {len(checked) - differing} as expected, {differing} differ")
    sys.exit(DIFFERS if differing else 0)


@cases.command()
@click.argument("name")
@FORM
@MODULE
def remove(name: str, form_key: str, module_key: str | None) -> None:
    """Forget the case NAME."""
    instance, module = _begin(form_key, module_key)
    with instance.database.write() as session:
        gone = remove_case(session, module.id, name)
        if gone:
            add_entry(session, operator(), "remove", "case", _target(module, name))
    if not gone:
        refuse(f"there is no case {name!r}; see: formwire cases list", status=TROUBLE)
    click.echo(f"{name}: removed")


def _target(module: Module, name: str) -> str:
    return f"{module.form.key}/{module.key}: {name}"


def _begin(form_key: str, module_key: str | None) -> tuple[Instance, Module]:
    instance = opened()
    return instance, chosen_module(instance, form_key, module_key)


def _submission(instance: Instance, module: Module, public_id: str) -> Submission:
    with instance.database.read() as session:
        found = submission_by_public_id(session, public_id)
    if found is None or found.form_id != module.form_id:
        refuse(f"{module.form.key} has no submission {public_id}", status=TROUBLE)
    return found
