"""Commands for runs: to see them, and to decide about those that wait for a person."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import click
from sqlalchemy.exc import NoResultFound
from sqlalchemy.orm import Session

from connectors.errors import ConnectorError
from engine.delivery import bell, levers
from engine.delivery.adopting import adopt_told
from engine.delivery.bulk import order
from engine.delivery.levers import CHOSEN, NotNow, Verb
from engine.instance import Instance
from engine.storage.models import Run, RunState
from engine.storage.run_pages import run_by_public_id
from engine.storage.runs_list import Choice, chosen_runs
from engine.storage.secrets import SecretsUnreadable
from web.cli.choosing import choosing, refuse_unknown
from web.cli.replaying import REVISION, show_plan
from web.cli.start import TROUBLE, opened, operator, refuse

HELP = {
    Verb.RETRY: "Go on with waiting and failed runs at once, at their first unfinished step.",
    Verb.REPLAY: "Run submissions of ended runs again, and show the plan of the first before it asks. "
    "The ended runs stay as they are.",
    Verb.APPROVE: "Let held runs be carried out.",
    Verb.DISCARD: "Give up runs that are held, failed, waiting or queued.",
}


@click.group()
def runs() -> None:
    """Runs: what became of submissions."""


@runs.command(name="list")
@choosing
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True)
def list_(limit: int, **asked: Any) -> None:
    """List runs, the newest first."""
    instance = opened()
    refuse_unknown(instance, asked)
    with instance.database.read() as session:
        for run in chosen_runs(session, Choice(**asked), limit=limit):
            click.echo(_line(run))


def _command(verb: Verb) -> click.Command:
    @click.argument("ids", nargs=-1)
    @choosing
    @click.option("--yes", is_flag=True, help="Do not ask first.")
    @click.option(
        "--bulk", is_flag=True, help="Only give the order: the schedule carries it out bit by bit."
    )
    def command(
        ids: tuple[str, ...], yes: bool, bulk: bool, revision: str = "newest", **asked: Any
    ) -> None:
        choice = Choice(ids=ids, **asked)
        if not choice.asks_something:
            refuse("name runs by their ids, or choose them with --state, --form, --since and so on")
        if bulk and revision != "newest":
            refuse("a bulk order goes through the newest revisions; leave --revision out")
        instance = opened()
        refuse_unknown(instance, asked)
        chosen = _chosen(instance, verb, choice)
        if chosen and not yes:
            _ask(instance, verb, chosen, by_id=bool(ids), revision=revision)
        if bulk:
            _give_order(instance, verb, choice)
        else:
            _carry_out(instance, verb, chosen, revision)

    if verb is Verb.REPLAY:
        command = REVISION(command)
    return click.command(verb.value, help=HELP[verb])(command)


for _verb in Verb:
    runs.add_command(_command(_verb))


@runs.command()
@click.argument("run")
@click.argument("step")
@click.argument("record")
def adopt(run: str, step: str, record: str) -> None:
    """Say that RECORD, an id or its page's address, is what the STEP of a RUN has made."""
    instance = opened()
    id = _run_called(instance, run).id
    _about_step(instance, run, lambda: adopt_told(instance, id, step, record, operator()))


@runs.command()
@click.argument("run")
@click.argument("step")
def resend(run: str, step: str) -> None:
    """Say that what the STEP of a RUN would create is not in the CRM: it is sent again."""
    _step_command(run, step, levers.resend)


@runs.command()
@click.argument("run")
@click.argument("step")
def skip(run: str, step: str) -> None:
    """Go on with a RUN without its STEP, and without what cannot be without its record."""
    _step_command(run, step, levers.skip)


def _step_command(run: str, step: str, pull: Callable[..., Run]) -> None:
    instance = opened()
    id = _run_called(instance, run).id

    def do() -> Run:
        with instance.database.write() as session:
            return pull(session, id, step, operator())

    _about_step(instance, run, do)


def _about_step(instance: Instance, public_id: str, do: Callable[[], Run]) -> None:
    try:
        going = do()
    except NotNow as error:
        refuse(f"nothing was changed: {error}", status=TROUBLE)
    except (ConnectorError, SecretsUnreadable) as error:
        refuse(f"the CRM could not be asked: {error}", status=TROUBLE)
    click.echo(f"{public_id} goes on")
    bell.ring(instance.settings.redis_url, going.connection_id)


def _run_called(instance: Instance, public_id: str) -> Run:
    with instance.database.read() as session:
        run = run_by_public_id(session, public_id)
    if run is None:
        refuse(f"there is no run {public_id}; see: formwire runs list", status=TROUBLE)
    return run


def _chosen(instance: Instance, verb: Verb, choice: Choice) -> Sequence[Run]:
    """The oldest first, as they arrived. Runs chosen by what is true of them fit the verb."""
    with instance.database.read() as session:
        found = chosen_runs(session, choice)
    if missing := set(choice.ids) - {run.public_id for run in found}:
        refuse(*(f"there is no run {id} of which all this is true" for id in sorted(missing)))
    return [run for run in reversed(found) if choice.ids or run.state in CHOSEN[verb]]


def _ask(
    instance: Instance, verb: Verb, chosen: Sequence[Run], *, by_id: bool, revision: str
) -> None:
    if verb is Verb.REPLAY:
        show_plan(instance, chosen[0], revision)
    elif by_id:
        return
    click.confirm(f"{len(chosen)} runs: {verb}?", abort=True, err=True)


def _give_order(instance: Instance, verb: Verb, choice: Choice) -> None:
    try:
        with instance.database.write() as session:
            made = order(session, verb, choice, operator())
    except NotNow as error:
        refuse(f"nothing was ordered: {error}", status=TROUBLE)
    click.echo(f"order {made.public_id} is given; see: formwire bulk show {made.public_id}")


def _carry_out(instance: Instance, verb: Verb, chosen: Sequence[Run], revision: str) -> None:
    """Each in a transaction of its own, so that a long list keeps nobody waiting."""
    rung = set()
    for run in chosen:
        try:
            with instance.database.write() as session:
                going = _pull(session, verb, run, revision)
        except NotNow as error:
            click.echo(f"{run.public_id} is left alone: {error}")
        except NoResultFound:
            click.echo(f"{run.public_id} is gone meanwhile")
        else:
            if going.state == RunState.QUEUED:
                rung.add(going.connection_id)
            click.echo(f"{run.public_id} {_told(verb, going)}")
    for connection_id in rung:
        bell.ring(instance.settings.redis_url, connection_id)


def _pull(session: Session, verb: Verb, run: Run, revision: str) -> Run:
    if verb is Verb.REPLAY and revision != "newest":
        number = run.revision.number if revision == "same" else int(revision)
        return levers.replay(session, run.id, operator(), revision=number)
    return levers.decide(session, verb, run.id, operator())


def _told(verb: Verb, going: Run) -> str:
    return {
        Verb.RETRY: "is tried again",
        Verb.REPLAY: f"runs again as {going.public_id}",
        Verb.APPROVE: "is approved",
        Verb.DISCARD: "is given up",
    }[verb]


def _line(run: Run) -> str:
    return (
        f"{run.public_id}  {run.submission.received_at:%Y-%m-%d %H:%M}  {run.state:9}  "
        f"{run.module.form.key}/{run.module.key} r{run.revision.number}  "
        f"#{run.submission.number}  {run.reason}"
    ).rstrip()
