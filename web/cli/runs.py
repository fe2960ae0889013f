"""Commands for runs: to see them, and to decide about those that wait for a person."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import click
from sqlalchemy.orm import Session

from engine.delivery import bell
from engine.delivery.replay import ENDED, CannotReplay, replay
from engine.instance import Instance
from engine.storage.base import now
from engine.storage.models import Run, RunState
from engine.storage.runs import approve, discard, retry_now
from engine.storage.runs_list import Choice, chosen_runs
from web.cli.start import opened, refuse

_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


class Since(click.ParamType):
    """A span before now such as 90m, 24h or 7d, or an instant in ISO 8601, in UTC unless it says more."""

    name = "since"

    def convert(self, value: Any, param: click.Parameter | None, ctx: Any) -> datetime:
        try:
            if span := re.fullmatch(r"(\d{1,5})([mhd])", value):
                return now() - timedelta(**{_UNITS[span[2]]: int(span[1])})
            instant = datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is neither like 24h or 7d nor like 2026-11-21T09:00", param, ctx)
        return instant if instant.tzinfo else instant.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Decision:
    """Something to do about each chosen run. ``carry_out`` says what became of it."""

    verb: str
    states: Collection[RunState]
    carry_out: Callable[[Session, Run], str]
    help: str


def _retry(session: Session, run: Run) -> str:
    retry_now(session, run.id)
    return "is tried again"


def _approve(session: Session, run: Run) -> str:
    approve(session, run.id)
    return "is approved"


def _discard(session: Session, run: Run) -> str:
    discard(session, run.id)
    return "is given up"


def _replay(session: Session, run: Run) -> str:
    try:
        return f"runs again as {replay(session, run.submission, run.module).public_id}"
    except CannotReplay as error:
        return f"is left alone: {error}"


DECISIONS = (
    Decision(
        "retry",
        (RunState.WAITING, RunState.FAILED),
        _retry,
        "Go on with waiting and failed runs at once, at their first unfinished step.",
    ),
    Decision(
        "replay",
        ENDED,
        _replay,
        "Run submissions of ended runs again, through their modules as they are now. The ended runs "
        "stay as they are. To see first what it would do: formwire plan --submission ID",
    ),
    Decision("approve", (RunState.HELD,), _approve, "Let held runs be carried out."),
    Decision(
        "discard",
        (RunState.HELD, RunState.FAILED, RunState.WAITING, RunState.QUEUED),
        _discard,
        "Give up runs that are held, failed, waiting or queued.",
    ),
)


@click.group()
def runs() -> None:
    """Runs: what became of submissions."""


def _choosing(command: Callable[..., None]) -> Callable[..., None]:
    """The options by which runs are chosen."""
    states = click.Choice([state.value for state in RunState])
    for option in (
        click.option("--since", type=Since(), help="Received since: 90m, 24h, 7d or an instant."),
        click.option("--form", help="Only of this form, by its key."),
        click.option("--state", "states", multiple=True, type=states, help="Once for each state."),
    ):
        command = option(command)
    return command


@runs.command(name="list")
@_choosing
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True)
def list_(limit: int, **asked: Any) -> None:
    """List runs, the newest first."""
    instance = opened()
    with instance.database.read() as session:
        for run in chosen_runs(session, Choice(**asked), limit=limit):
            click.echo(_line(run))


def _command(decision: Decision) -> click.Command:
    @click.argument("ids", nargs=-1)
    @_choosing
    @click.option("--yes", is_flag=True, help="Do not ask first.")
    def decide(ids: tuple[str, ...], yes: bool, **asked: Any) -> None:
        if not ids and not any(asked.values()):
            refuse("name runs by their ids, or choose them with --state, --form or --since")
        instance = opened()
        chosen = _chosen(instance, decision, Choice(ids=ids, **asked))
        if not (ids or yes or not chosen):
            click.confirm(f"{len(chosen)} runs: {decision.verb}?", abort=True, err=True)
        _carry_out(instance, decision, chosen)

    return click.command(decision.verb, help=decision.help)(decide)


for _decision in DECISIONS:
    runs.add_command(_command(_decision))


def _chosen(instance: Instance, decision: Decision, choice: Choice) -> Sequence[Run]:
    """The oldest first, as they arrived. Runs chosen by what is true of them fit the decision."""
    with instance.database.read() as session:
        found = chosen_runs(session, choice)
    if missing := set(choice.ids) - {run.public_id for run in found}:
        refuse(*(f"there is no run {id} of which all this is true" for id in sorted(missing)))
    return [run for run in reversed(found) if choice.ids or run.state in decision.states]


def _carry_out(instance: Instance, decision: Decision, chosen: Sequence[Run]) -> None:
    """Each in a transaction of its own, so that a long list keeps nobody waiting."""
    rung = set()
    for one in chosen:
        with instance.database.write() as session:
            run = session.get_one(Run, one.id)
            if run.state in decision.states:
                told = decision.carry_out(session, run)
                rung.add(run.connection_id)
            else:
                told = f"is left alone: it is {run.state}"
        click.echo(f"{one.public_id} {told}")
    for connection_id in rung:
        bell.ring(instance.settings.redis_url, connection_id)


def _line(run: Run) -> str:
    return (
        f"{run.public_id}  {run.submission.received_at:%Y-%m-%d %H:%M}  {run.state:9}  "
        f"{run.module.form.key}/{run.module.key} r{run.revision.number}  "
        f"#{run.submission.number}  {run.reason}"
    ).rstrip()
