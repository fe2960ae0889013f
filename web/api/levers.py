"""What is decided about a run, or about one step of it."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from engine.deciding.documents import Document
from engine.delivery import bell, levers
from engine.delivery.adopting import MOST, adopt_told
from engine.delivery.levers import Verb
from engine.storage.models import Run, RunState
from engine.storage.tokens import Scope
from web.acting import actor
from web.api.operations import Operation, Told
from web.api.plans import asking_the_crm
from web.api.problems import possible
from web.api.reading import Number
from web.api.runs import RunSummary, run_called, summary_of
from web.database import db
from web.instance import instance


class Through(Document):
    """Through which revision of its module a submission runs again."""

    revision: Number | None = Field(
        None, description="The revision's number; the newest when left out."
    )


class AdoptedRecord(Document):
    """The record that a step has made: its id, or the address of its page in the CRM."""

    record: Annotated[str, StringConstraints(min_length=1, max_length=MOST)]


def retry_run(run: str) -> Told:
    """Go on with a waiting or failed run at once, at its first unfinished step.

    What was done is not done again, and a step whose outcome is unknown is looked up first.
    """
    return _decide(run, Verb.RETRY)


def replay_run(run: str, query: Through) -> Told:
    """Run the submission again, through a revision of its module: a run of its own, behind all others.

    The run stays as it is. It must have ended, lest the same be done twice. To see first what would
    happen, have the submission planned with that revision.
    """
    if query.revision is None:
        return _decide(run, Verb.REPLAY)
    with possible():
        again = levers.replay(db.session(), run_called(run).id, actor(), revision=query.revision)
    return _queued(again)


def approve_run(run: str) -> Told:
    """Let a held run be carried out."""
    return _decide(run, Verb.APPROVE)


def discard_run(run: str) -> Told:
    """Give up a run that has not ended well: nothing more of it is carried out."""
    return _decide(run, Verb.DISCARD)


def adopt_record(run: str, step: str, body: AdoptedRecord) -> Told:
    """Tell which record a step has made, and go on.

    For a creation of which nobody but a person can tell whether the CRM has it, or that the CRM
    refused since it has the record. The record is looked up first.
    """
    row = run_called(run)
    db.session.commit()  # no transaction may stay open while the CRM is asked
    with possible(), asking_the_crm():
        adopt_told(instance(), row.id, step, body.record, actor())
    db.session.expire_all()
    return _queued(run_called(run))


def resend_step(run: str, step: str) -> Told:
    """Say that what a step would create is not in the CRM: it is sent again."""
    with possible():
        return _queued(levers.resend(db.session(), run_called(run).id, step, actor()))


def skip_step(run: str, step: str) -> Told:
    """Go on without a step that went wrong, and without what cannot be without its record."""
    with possible():
        return _queued(levers.skip(db.session(), run_called(run).id, step, actor()))


def _decide(run: str, verb: Verb) -> RunSummary:
    with possible():
        return _queued(levers.decide(db.session(), verb, run_called(run).id, actor()))


def _queued(run: Run) -> RunSummary:
    """Store the run as it is now, and wake its drain when it goes on."""
    summary = summary_of(run)
    db.session.commit()
    if run.state == RunState.QUEUED:
        bell.ring(instance().settings.redis_url, run.connection_id)
    return summary


_STEP = "/runs/{run}/steps/{step}"

OPERATIONS = (
    *(
        Operation(
            "POST",
            f"/runs/{{run}}/{verb}",
            view,
            Scope.RUNS_WRITE,
            RunSummary,
            query=query,
            statuses=(status,),
            conflicts=True,
        )
        for verb, view, query, status in (
            ("retry", retry_run, None, 202),
            ("replay", replay_run, Through, 202),
            ("approve", approve_run, None, 202),
            ("discard", discard_run, None, 200),
        )
    ),
    Operation(
        "POST",
        f"{_STEP}/adopt",
        adopt_record,
        Scope.RUNS_WRITE,
        RunSummary,
        body=AdoptedRecord,
        statuses=(202,),
        conflicts=True,
        asks_crm=True,
    ),
    *(
        Operation(
            "POST",
            f"{_STEP}/{verb}",
            view,
            Scope.RUNS_WRITE,
            RunSummary,
            statuses=(202,),
            conflicts=True,
        )
        for verb, view in (("resend", resend_step), ("skip", skip_step))
    ),
)
