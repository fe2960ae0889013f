"""Several posts of one filling-in: a later one completes what an earlier one began.

Until anything of it was sent to a CRM, the submission itself is completed, and its runs are planned
anew. After that the later post is a submission of its own, whose runs go on with the records that the
earlier ones wrote; see `engine.deciding.earlier`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session, selectinload

from engine.deciding.answers import payload_digest
from engine.deciding.fillings import is_guessable, same_network
from engine.deciding.form import FormConfig
from engine.deciding.reading import Reading, read_body
from engine.deciding.senders.signatures import Verdict
from engine.deciding.spam import Suspicion
from engine.delivery import bell
from engine.delivery.content import Content
from engine.delivery.queueing import note_identities, queue_run, queue_runs
from engine.delivery.verifying import TEST
from engine.instance import Instance
from engine.storage.arrivals import StoredForm
from engine.storage.base import now
from engine.storage.fillings import MOST, filling_of, number_of, numbered, posts_of
from engine.storage.forms import enabled_modules
from engine.storage.models import (
    COMPLETED,
    Event,
    JournalStep,
    Run,
    RunIdentity,
    RunState,
    StepState,
    Submission,
    SubmissionState,
)
from engine.storage.runs import add_event

ID_COUNTS_FOR = timedelta(days=7)
_EARLIER = "_fw_earlier"
"""The technical value that has the digests of what arrived before it was completed."""
_LET_GO = timedelta(seconds=1)
_DIGESTS = 100
_NAMES = 10
_RELEASED = 50

_UNTOUCHED = (RunState.QUEUED, RunState.WAITING, RunState.HELD, RunState.SKIPPED, RunState.FAILED)
_APPLIED = (StepState.SENDING, StepState.UNKNOWN, StepState.DONE, StepState.SKIPPED)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a post belongs: it repeats ``again``, or may complete ``completes``; else it is a submission
    of its own under ``key``, perhaps one that goes on from ``after``. ``oddity`` tells a person so."""

    key: str
    again: Submission | None = None
    completes: Submission | None = None
    after: Submission | None = None
    oddity: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """The state of a submission, why it has it, and until when it waits for the rest."""

    state: SubmissionState
    reason: str = ""
    wait_until: datetime | None = None


def standing_of(
    config: FormConfig,
    key: str,
    reading: Reading,
    suspicion: Suspicion,
    verdict: Verdict,
    at: datetime,
) -> Standing:
    """How what is new begins. A part waits for the rest, if anything tells the rest from others."""
    if reading.problem is not None:
        why = " ".join(filter(None, [reading.problem, verdict.reason]))
        return Standing(SubmissionState.UNREADABLE, why)
    test = TEST if reading.test else ""
    doubts = [verdict.reason] if verdict.is_doubtful else []
    doubts += suspicion.reasons if suspicion.score >= config.spam.hold_at else ()
    if doubts or (test and config.tests == "hold"):
        return Standing(SubmissionState.HELD, " ".join(filter(None, [test, *doubts])))
    if not reading.finished and filling_of(key) and config.wait_for_final:
        until = at + timedelta(minutes=config.wait_for_final)
        return Standing(SubmissionState.PARTIAL, test, until)
    return Standing(SubmissionState.ACCEPTED, test)


def place_in_filling(
    session: Session, form: StoredForm, filling: str, reading: Reading, payload: str, source_ip: str
) -> Place | None:
    """Where a post belongs whose sender gave its filling-in an id. The form's row must be locked.

    None when it is related to nothing: somebody else may have guessed the id, who must not change
    anybody's answers, or there were more posts than any filling-in has.
    """
    posts = _that_count(session, posts_of(session, form.id, filling))
    if not posts:
        return Place(filling)
    latest = posts[-1]
    awaited = latest.state == SubmissionState.PARTIAL and reading.finished
    for post in posts:
        if payload in _digests(post) and not (awaited and post is latest):
            return Place(filling, again=post)
    if is_guessable(reading.id) and not same_network(source_ip, latest.source_ip):
        return None
    number = number_of(latest.idem_key) + 1
    if number > MOST:
        return None
    if _comes_late(latest, reading):
        message = "An earlier or smaller part of it came late; nothing was changed."
        session.add(Event(submission_id=latest.id, type="late", message=message))
        return Place(filling, again=latest)
    oddity = f"Its sender sent more for submission #{latest.number}."
    place = Place(numbered(filling, number), after=latest, oddity=oddity)
    lost_files = latest.files and not reading.finished  # a part's bytes are all there is of them
    untouched = all(map(_is_untouched, _locked_runs(session, latest)))
    return replace(place, completes=latest) if untouched and not lost_files else place


def _that_count(session: Session, posts: Sequence[Submission]) -> Sequence[Submission]:
    """``posts``, or none when the latest is so old that the id stands for another filling-in now."""
    if not posts or now() - posts[-1].received_at <= ID_COUNTS_FOR:
        return posts
    for post in posts:
        post.idem_key = f"past:{post.public_id}"
    session.flush()
    return ()


def _digests(post: Submission) -> set[str]:
    """Of all that arrived for it."""
    earlier = post.technical.get(_EARLIER, [])
    reading = read_body(post.raw, post.content_type, post.headers)
    return {
        payload_digest(reading, post.raw),
        *([earlier] if isinstance(earlier, str) else earlier),
    }


def _comes_late(latest: Submission, reading: Reading) -> bool:
    """Whether a post holds less than what is known, so that it was sent before: later posts hold more."""
    if reading.finished:
        return False
    if read_body(latest.raw, latest.content_type, latest.headers).finished:
        return True
    return reading.answers.keys() < latest.answers["field"].keys()


def _locked_runs(session: Session, submission: Submission) -> Sequence[Run]:
    return session.scalars(
        select(Run)
        .where(Run.submission_id == submission.id)
        .options(selectinload(Run.steps))
        .order_by(Run.id)
        .with_for_update(of=Run)
        .execution_options(populate_existing=True)
    ).all()


def _is_untouched(run: Run) -> bool:
    """Whether the run surely left nothing in the CRM, and nobody decided about it."""
    if run.state == RunState.DISCARDED:
        return True  # and stays so
    clean = not any(step.state in _APPLIED for step in run.steps)
    return run.state in _UNTOUCHED and clean and run.restored_at is None


# What a later post says ---------------------------------------------------------------------------


def complete(
    session: Session,
    form: StoredForm,
    submission: Submission,
    content: Content,
    standing: Standing,
) -> set[int]:
    """Give ``submission`` this content; the connections that got work.

    ``standing`` is what the content would have as a submission of its own: what waits for the rest
    gets it. What waits for a person, was given up or was let in stays so.
    """
    told = " ".join(["Its sender sent more.", *_changes(submission.answers, content["answers"])])
    digests = sorted(_digests(submission))[:_DIGESTS]
    for column, value in content.items():
        setattr(submission, column, value)
    submission.technical = {**submission.technical, _EARLIER: digests}
    submission.hits += 1
    session.add(Event(submission_id=submission.id, type=COMPLETED, message=told))
    if submission.state == SubmissionState.ACCEPTED:
        return _plan_anew(session, form, submission)
    if submission.state != SubmissionState.PARTIAL:
        return set()
    submission.state, submission.reason = standing.state, standing.reason
    submission.wait_until = standing.wait_until
    accepted = standing.state is SubmissionState.ACCEPTED
    return queue_runs(session, form, submission) if accepted else set()


def _changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    """Sentences about which answers are others now; the answers themselves stand in none."""
    before, after = old.get("field", {}), new["field"]
    if added := _names(name for name in after if name not in before):
        yield f"New answers: {added}."
    if changed := _names(name for name in after if name in before and before[name] != after[name]):
        yield f"Changed answers: {changed}."
    if gone := _names(name for name in before if name not in after):
        yield f"Answers no longer given: {gone}."


def _names(names: Iterator[str]) -> str:
    listed = [f"{name[:60]}…" if len(name) > 60 else name for name in names]
    return ", ".join([*listed[:_NAMES], *(["…"] if len(listed) > _NAMES else [])])


def _plan_anew(session: Session, form: StoredForm, submission: Submission) -> set[int]:
    """Let the runs go through their modules again, as if nothing had been planned."""
    runs = _locked_runs(session, submission)
    open_ = [run for run in runs if run.state != RunState.DISCARDED]
    ids = [run.id for run in open_]
    session.execute(delete(JournalStep).where(JournalStep.run_id.in_(ids)))
    session.execute(delete(RunIdentity).where(RunIdentity.run_id.in_(ids)))
    for run in open_:
        # A drain that looked for runs just before may have read the answers as they were: it finds
        # this one not due when it comes to take it.
        run.state, run.due_at = RunState.QUEUED, now() + _LET_GO
        run.plan, run.trace, run.reason, run.wait = None, None, "", None
        run.approved, run.attempt, run.first_try_at, run.finished_at = False, 0, None, None
        note_identities(session, form, submission, run, run.revision)
        add_event(session, run, COMPLETED, "It goes by what its sender sent since.")
    have = {run.module_id for run in runs}
    for module in enabled_modules(session, form.id):
        if module.id not in have:
            open_.append(queue_run(session, form, module, submission))
    return {run.connection_id for run in open_}


# The rest that does not come ----------------------------------------------------------------------


def release_due(instance: Instance) -> int:
    """Let those in whose rest has not come in time, as they are; how many. Each with its runs at once."""
    with instance.database.read() as session:
        if not _due(session):
            return 0
    with instance.database.write() as session:
        due = _due(session, lock=True)
        connections = {each for submission in due for each in release(session, submission)}
        for submission in due:
            message = "The rest of it did not come in time; it goes on as it is."
            session.add(Event(submission_id=submission.id, type="released", message=message))
    for connection_id in connections:
        bell.ring(instance.settings.redis_url, connection_id)
    return len(due)


def release(session: Session, submission: Submission) -> set[int]:
    """Let a submission go its way; the connections that got work."""
    submission.state, submission.wait_until = SubmissionState.ACCEPTED, None
    return queue_runs(session, submission.form, submission)


def _due(session: Session, *, lock: bool = False) -> Sequence[Submission]:
    wanted = (
        select(Submission)
        .where(Submission.wait_until <= now(), Submission.state == SubmissionState.PARTIAL)
        .order_by(Submission.wait_until)
        .limit(_RELEASED)
    )
    if lock:
        wanted = wanted.with_for_update(of=Submission, skip_locked=True)
    return session.scalars(wanted).all()
