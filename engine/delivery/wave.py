"""One wave: rules, values, look-ups, decisions, writes, endings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from connectors.base import Connector, Kind
from connectors.catalog import Catalog
from connectors.errors import ConnectorError
from engine.deciding.activity import activity
from engine.deciding.macros import MacroError
from engine.deciding.plan import Action, Plan
from engine.deciding.planning import (
    Found,
    LookUp,
    People,
    deal_queries,
    decide,
    key_name,
    match_people,
    people_queries,
)
from engine.deciding.wanting import Intent, ModuleOutdated, want
from engine.delivery.carrying import carry_out
from engine.delivery.endings import ending_for_error
from engine.delivery.journal import Journal
from engine.delivery.looking import Seen, look
from engine.delivery.pool import Pool
from engine.delivery.recovery import recover
from engine.delivery.wire import CallLog
from engine.delivery.work import Ending, Work
from engine.storage.database import Database
from engine.storage.known import known_records
from engine.storage.leases import Lease
from engine.storage.models import RunState, StepState
from rules.evaluation import RuleError


@dataclass(slots=True)
class Crew:
    """What a drain brings to each of its waves."""

    database: Database
    lease: Lease
    connector: Connector
    pool: Pool
    journal: Journal
    log: CallLog
    catalog: Callable[[], Catalog]  # as far as known; newer after `refresh_catalog`
    refresh_catalog: Callable[[], bool]  # False when it was read just now


@dataclass(slots=True)
class _Deciding:
    """A run on its way to a plan."""

    work: Work
    intent: Intent
    people: People | None = None


def carry_wave(works: Sequence[Work], crew: Crew) -> None:
    """Bring every run of the wave as far as it goes; each has an ending afterwards."""
    undecided = [work for work in works if work.plan is None]
    _decide_all(undecided, crew)
    _one_claim_each(works)
    fresh = [work for work in undecided if work.plan is not None and work.ending is None]
    if fresh:
        crew.journal.keep_plans(fresh, crew.log.take())
    under_way = [work for work in works if work.ending is None]
    for work in under_way:
        if work.plan is not None and work.plan.hold:
            work.ending = Ending(
                RunState.HELD, work.plan.hold, remedy="Choose in the CRM, then try again."
            )
    recover(
        [work for work in under_way if work.ending is None],
        crew.connector,
        crew.pool,
        crew.journal,
        crew.log,
    )
    carry_out(under_way, crew.connector, crew.pool, crew.journal, crew.log)
    for work in under_way:
        _conclude(work)


def _decide_all(works: Sequence[Work], crew: Crew) -> None:
    active = [work for work in works if _is_active(work)]
    deciding = [one for work in active if (one := _wish(work, crew)) is not None]
    if not deciding:
        return
    seen = _look(deciding, crew, lambda one: people_queries(one.intent))
    deciding = [one for one in deciding if one.work.ending is None]
    for one in deciding:
        one.people = match_people(one.intent, seen.found)
        _learn(one, seen)
    deals = _look(deciding, crew, lambda one: deal_queries(one.intent, _people(one)))
    found: Found = {**seen.found, **deals.found}
    for one in deciding:
        if one.work.ending is None:
            one.work.plan = decide(one.intent, _people(one), found, crew.catalog())
            one.work.decided = True


def _people(one: _Deciding) -> People:
    assert one.people is not None
    return one.people


def _is_active(work: Work) -> bool:
    try:
        verdict = activity(work.module, work.answers)
    except RuleError as error:
        work.ending = Ending(
            RunState.FAILED,
            f"a rule cannot be evaluated: {error}",
            remedy="Mend the module's rules.",
        )
        return False
    work.trace = list(verdict.trace)
    if not verdict.active:
        work.ending = Ending(RunState.SKIPPED, verdict.why)
    return verdict.active


def _wish(work: Work, crew: Crew) -> _Deciding | None:
    """What the run wants; when the account lacks something, its catalog is read anew first."""
    try:
        try:
            intent = _want(work, crew)
        except ModuleOutdated:
            if not crew.refresh_catalog():
                raise
            intent = _want(work, crew)
    except ModuleOutdated as error:
        work.ending = Ending(
            RunState.FAILED, str(error), remedy="Mend the module or the CRM, then try again."
        )
        return None
    except MacroError as error:
        work.ending = Ending(RunState.FAILED, f"a text of the module cannot be filled in: {error}")
        return None
    except ConnectorError as error:
        work.ending = ending_for_error(work, error)
        return None
    return _Deciding(work, intent)


def _want(work: Work, crew: Crew) -> Intent:
    return want(work.module, work.answers, crew.catalog(), work.form, work.received_at)


def _look(
    deciding: Sequence[_Deciding], crew: Crew, queries: Callable[[_Deciding], list[LookUp]]
) -> Seen:
    """Look up what all of ``deciding`` ask; a run whose look-up fails ends here."""
    asked: dict[LookUp, list[int]] = {}
    wishes = {one.work.run_id: queries(one) for one in deciding}
    for run_id, look_ups in wishes.items():
        for look_up in look_ups:
            asked.setdefault(look_up, []).append(run_id)
    if not asked:
        return Seen()
    keys = [
        key_name(kind, query.field, query.value) for kind, query in asked if kind is not Kind.DEAL
    ]
    with crew.database.read() as session:
        known = known_records(session, crew.lease.connection_id, keys)
    seen = look(crew.connector, crew.pool, asked, known)
    for one in deciding:
        errors = [seen.failed[wish] for wish in wishes[one.work.run_id] if wish in seen.failed]
        if errors:
            one.work.ending = ending_for_error(one.work, errors[0])
    return seen


def _learn(one: _Deciding, seen: Seen) -> None:
    """Note which record bears which identity, and which identities proved wrong."""
    for wanted, match in (
        (one.intent.company, _people(one).company),
        (one.intent.contact, _people(one).contact),
    ):
        if wanted is None or match is None:
            continue
        keys = {key_name(wanted.kind, field, value) for field, value in wanted.keys}
        one.work.forgotten |= keys & seen.stale
        if match.record is not None and match.record.id:
            bearing = {
                key_name(kind, query.field, query.value)
                for (kind, query), records in seen.found.items()
                if kind is wanted.kind and [record.id for record in records] == [match.record.id]
            }
            one.work.known.update(dict.fromkeys(keys & bearing, match.record.id))


def _one_claim_each(works: Sequence[Work]) -> None:
    """Put off runs that would write or create what an earlier run of the wave does."""
    claimed: set[str] = set()
    for work in sorted(works, key=lambda work: (work.decided, work.run_id)):
        if work.ending is not None or work.plan is None:
            continue
        claims = work.plan.claims
        if work.decided and claims & claimed:
            work.plan = None
            work.ending = Ending(RunState.QUEUED)
            continue
        claimed |= claims


def _conclude(work: Work) -> None:
    assert work.plan is not None
    for entry in work.entries.values():
        if entry.state is StepState.DONE and entry.step.action is Action.CREATE and entry.record_id:
            for claim in _identities(work.plan, entry.step.key):
                work.known[claim] = entry.record_id
    if work.ending is None:
        if work.unfinished:
            work.ending = Ending(RunState.QUEUED)  # the wave was cut short
        else:
            work.ending = Ending(RunState.DELIVERED)


def _identities(plan: Plan, key: str) -> tuple[str, ...]:
    step = plan.step(key)
    return step.claims if step is not None and step.kind in (Kind.CONTACT, Kind.COMPANY) else ()
