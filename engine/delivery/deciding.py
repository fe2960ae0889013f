"""From claimed runs to plans: rules, values, look-ups, decisions. Reads only; previews use it too."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from connectors.base import Connector, Kind
from connectors.catalog import Catalog
from connectors.errors import ConnectorError
from engine.deciding.activity import activity, awaited_modules, surrounded
from engine.deciding.compiling import CompiledModule
from engine.deciding.earlier import Earlier, apart_from_the_crm, with_earlier
from engine.deciding.form import FormConfig
from engine.deciding.macros import MacroError
from engine.deciding.module import ModuleConfig
from engine.deciding.plan import Action, Plan, load
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
from engine.deciding.wanting import Intent, ModuleOutdated
from engine.delivery.endings import ending_for_error
from engine.delivery.looking import Seen, look
from engine.delivery.pool import Pool
from engine.delivery.work import Ending, Work
from engine.storage.base import now
from engine.storage.database import Database
from engine.storage.fillings import earlier_runs
from engine.storage.journal import people_in_doubt
from engine.storage.known import known_records
from engine.storage.memories import later_writes, newer_than, turns, written
from engine.storage.models import (
    UNFINISHED,
    Run,
    RunState,
    StepState,
    Submission,
    Wait,
)
from engine.storage.runs import module_states
from rules.evaluation import RuleError

AWAIT_MODULE = timedelta(seconds=5)
AWAIT_DOUBT = timedelta(seconds=5)
_PEOPLE = (Kind.CONTACT, Kind.COMPANY)


@dataclass(slots=True)
class Desk:
    """What deciding needs of one connection. ``refresh_catalog`` says no when it was read just now.

    ``compiled`` are the modules met so far, each made ready once for its form and the catalog.
    """

    database: Database
    connection_id: int
    connector: Connector
    pool: Pool
    catalog: Callable[[], Catalog]
    refresh_catalog: Callable[[], bool]
    turns: dict[int, int] = field(default_factory=dict)  # module id to turns taken so far
    compiled: list[CompiledModule] = field(default_factory=list)

    def compile(self, module: ModuleConfig, form: FormConfig) -> CompiledModule:
        """``module`` made ready for the account as its catalog says now."""
        catalog = self.catalog()
        for known in self.compiled:
            if known.module is module and known.form is form and known.catalog is catalog:
                return known
        self.compiled.append(CompiledModule(module, form, catalog))
        return self.compiled[-1]


@dataclass(slots=True)
class _Case:
    """A run on its way to a plan."""

    work: Work
    intent: Intent
    people: People

    @property
    def open(self) -> bool:
        return self.work.ending is None


def decide_all(works: Sequence[Work], desk: Desk, claimed: set[str]) -> None:
    """Give each of ``works`` a plan, or an ending that says why it has none.

    ``claimed`` is what plans under way write; a run whose plan would write any of it is put off.
    """
    _add_surroundings(works, desk)
    _add_earlier(works, desk)
    active = [work for work in works if work.ending is None and _is_active(work)]
    cases = [case for work in active if (case := _case(work, desk)) is not None]
    if not cases:
        return
    seen = _look(cases, desk, _people)
    for case in cases:
        if case.open:
            matched = match_people(case.intent, seen.found)
            case.people = with_earlier(matched, case.work.earlier, seen.found)
            _learn(case, seen)
    deals = _look([case for case in cases if case.open], desk, _deals)
    _plan_all([case for case in cases if case.open], desk, {**seen.found, **deals.found}, claimed)


def _people(case: _Case) -> list[LookUp]:
    return [*people_queries(case.intent), *case.work.earlier.people_queries()]


def _deals(case: _Case) -> list[LookUp]:
    return [*deal_queries(case.intent, case.people), *case.work.earlier.deal_queries()]


def _plan_all(cases: Sequence[_Case], desk: Desk, found: Found, claimed: set[str]) -> None:
    if not cases:
        return
    refs = [record.ref for records in found.values() for record in records]
    with desk.database.read() as session:
        theirs = written(session, desk.connection_id, refs) if refs else {}
        later = later_writes(session, desk.connection_id, refs, _oldest(cases)) if refs else []
        doubted = _in_doubt(session, desk.connection_id)
        missing = {case.work.module_id for case in cases} - desk.turns.keys()
        desk.turns |= turns(session, missing) if missing else {}
    for case in cases:
        work = case.work
        plan = decide(
            case.intent,
            case.people,
            found,
            desk.catalog(),
            turn=desk.turns[work.module_id],
            written=theirs,
            newer=newer_than(work.told_at, later),
            earlier=work.earlier,
        )
        if plan.claims & claimed:
            work.ending = Ending(RunState.QUEUED)
            continue
        if creating := _people_created(plan) & doubted:
            work.ending = _after_doubt(creating)
            continue
        claimed |= plan.claims
        work.plan = replace(plan, approval=work.approval)
        if plan.takes_turn:
            desk.turns[work.module_id] += 1


def _in_doubt(session: Session, connection_id: int) -> set[str]:
    """Whom other runs may have created already, without an answer that says so."""
    steps = [load(plan).step(key) for plan, key in people_in_doubt(session, connection_id)]
    return {claim for step in steps if step is not None for claim in step.claims}


def _people_created(plan: Plan) -> set[str]:
    steps = [step for step in plan.steps if step.action is Action.CREATE and step.kind in _PEOPLE]
    return {claim for step in steps for claim in step.claims}


def _after_doubt(creating: set[str]) -> Ending:
    """Searches may not see yet what another run has perhaps created: it is looked for first."""
    kinds = " and ".join(sorted({claim.partition(":")[0] for claim in creating}))
    return Ending(
        RunState.WAITING,
        f"waits until it is known whether another submission has created the {kinds}",
        due_at=now() + AWAIT_DOUBT,
        wait=Wait.RECONCILE,
    )


def _oldest(cases: Sequence[_Case]) -> datetime:
    return min(case.work.told_at for case in cases)


def _add_surroundings(works: Sequence[Work], desk: Desk) -> None:
    """Let rules and macros see the time, the module, and what became of the form's other modules.

    A run whose rules ask for another module's outcome waits until there is one.
    """
    awaited = {work.run_id: awaited_modules(work.module) for work in works}
    asking = [work.submission_id for work in works if awaited[work.run_id]]
    with desk.database.read() as session:
        states = module_states(session, asking) if asking else {}
    for work in works:
        theirs = states.get(work.submission_id, {})
        work.answers = surrounded(
            work.answers, work.module, at=work.received_at, zone=work.form.zone, outcomes=theirs
        )
        pending = sorted(key for key in awaited[work.run_id] if theirs.get(key) in UNFINISHED)
        if pending:
            reason = f"waits for the outcome of module {', '.join(pending)}"
            work.ending = Ending(
                RunState.WAITING, reason, due_at=now() + AWAIT_MODULE, wait=Wait.MODULE
            )


def _add_earlier(works: Sequence[Work], desk: Desk) -> None:
    """Let runs of later posts of a filling-in go on with what runs of earlier ones led to.

    One of which nobody knows yet what it did must be cleared up first.
    """
    later = [work for work in works if work.is_later_post and work.ending is None]
    for work in later:
        with desk.database.read() as session:
            submission = session.get_one(Submission, work.submission_id)
            runs = earlier_runs(session, submission, work.module_id, desk.connection_id)
        if asking := next((run for run in runs if _is_in_doubt(run)), None):
            work.ending = Ending(
                RunState.HELD,
                f"run {asking.public_id} of an earlier post of it ended without an answer from the CRM",
                remedy="Say there what the CRM has, then try this one again.",
                replan=True,
            )
            continue
        planned = (run for run in runs if run.plan is not None)
        work.earlier = Earlier.of((load(run.plan), _done(run)) for run in planned)


def _is_in_doubt(run: Run) -> bool:
    stopped = run.state in (RunState.HELD, RunState.FAILED)
    return stopped and any(step.state == StepState.UNKNOWN for step in run.steps)


def _done(run: Run) -> dict[str, str]:
    return {step.key: step.record_id or "" for step in run.steps if step.state == StepState.DONE}


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
    work.trace, work.approval = list(verdict.trace), verdict.approval
    if not verdict.active:
        work.ending = Ending(RunState.SKIPPED, verdict.why)
    return verdict.active


def _case(work: Work, desk: Desk) -> _Case | None:
    """What the run wants; when the account lacks something, its catalog is read anew first."""
    try:
        try:
            intent = _want(work, desk)
        except ModuleOutdated:
            if not desk.refresh_catalog():
                raise
            intent = _want(work, desk)
    except ModuleOutdated as error:
        work.ending = Ending(
            RunState.FAILED, str(error), remedy="Mend the module or the CRM, then try again."
        )
    except (MacroError, RuleError) as error:
        work.ending = Ending(RunState.FAILED, f"the module cannot be applied: {error}")
    except ConnectorError as error:
        work.ending = ending_for_error(work, error)
    else:
        return _Case(work, intent, People(None, None))
    return None


def _want(work: Work, desk: Desk) -> Intent:
    intent = desk.compile(work.module, work.form).want(work.answers, work.received_at)
    return apart_from_the_crm(intent, work.earlier)


def _look(cases: Sequence[_Case], desk: Desk, queries: Callable[[_Case], list[LookUp]]) -> Seen:
    """Look up what all of ``cases`` ask; a run whose look-up fails ends here."""
    asked: dict[LookUp, list[int]] = {}
    wishes = {case.work.run_id: queries(case) for case in cases}
    for run_id, look_ups in wishes.items():
        for look_up in look_ups:
            asked.setdefault(look_up, []).append(run_id)
    if not asked:
        return Seen()
    keys = [
        key_name(kind, query.field, query.value) for kind, query in asked if kind is not Kind.DEAL
    ]
    with desk.database.read() as session:
        known = known_records(session, desk.connection_id, keys) if keys else {}
    seen = look(desk.connector, desk.pool, asked, known)
    for case in cases:
        errors = [seen.failed[wish] for wish in wishes[case.work.run_id] if wish in seen.failed]
        if errors:
            case.work.ending = ending_for_error(case.work, errors[0])
    return seen


def _learn(case: _Case, seen: Seen) -> None:
    """Note which record bears which identity, and which identities proved wrong."""
    pairs = (
        (case.intent.company, case.people.company),
        (case.intent.contact, case.people.contact),
    )
    for wanted, match in pairs:
        if wanted is None or match is None:
            continue
        keys = {key_name(wanted.kind, key.field, key.value) for key in wanted.keys}
        case.work.forgotten |= keys & seen.stale
        if match.record is not None:
            bearing = {
                key_name(kind, query.field, query.value)
                for (kind, query), records in seen.found.items()
                if kind is wanted.kind and [record.id for record in records] == [match.record.id]
            }
            case.work.known.update(dict.fromkeys(keys & bearing, match.record.id))
