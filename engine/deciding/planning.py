"""Decide: what a submission wants, and what the CRM has → a Plan. Pure.

The way there: `people_queries` → look → `match_people` → `deal_queries` → look → `decide`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from connectors.base import Json, Kind, Record, Ref
from connectors.catalog import Catalog
from engine.deciding.changes import (
    LEFT_TO_NEWER,
    Newer,
    Written,
    changes_of_created,
    changes_of_found,
    new_tags,
    plain_changes,
)
from engine.deciding.deals import DealDecision, KnownDeal, deal_queries, decide_deals
from engine.deciding.earlier import Earlier, earlier_deal, policies
from engine.deciding.matching import (
    Found,
    LookUp,
    Match,
    People,
    key_name,
    looked_up,
    match_people,
    people_queries,
    title_of,
)
from engine.deciding.parts import Policy
from engine.deciding.plan import Action, Candidate, FieldChange, Plan, Step
from engine.deciding.responsible import Assigned, settle
from engine.deciding.rows import Value
from engine.deciding.wanting import Addition, Intent, Wanted

__all__ = [
    "Found",
    "LookUp",
    "People",
    "deal_queries",
    "decide",
    "key_name",
    "match_people",
    "people_queries",
]


@dataclass(slots=True)
class _Scene:
    """What every step of one plan is decided with."""

    catalog: Catalog
    written: Written
    newer: Newer
    assigned: Assigned
    earlier: Earlier


def decide(
    intent: Intent,
    people: People,
    found: Found,
    catalog: Catalog,
    *,
    turn: int = 0,
    written: Written | None = None,
    newer: Newer | None = None,
    earlier: Earlier | None = None,
) -> Plan:
    """Every write that brings the CRM to what ``intent`` wants, and each one left out with its reason.

    ``turn`` counts the runs that took a turn so far; ``written`` is what we last wrote to records
    that `watched` fields belong to; ``newer`` are fields that later submissions wrote, which stay.
    ``earlier`` is what earlier posts of the same filling-in led to.
    """
    earlier = earlier or Earlier()
    merge = intent.deal is not None and intent.deal.duplicates.control == "crm"
    assigned = settle(intent.responsible, turn, _responsible_of(people))
    scene = _Scene(catalog, written or {}, newer or {}, assigned, earlier)
    warnings = list(intent.warnings)
    company = _person_steps(intent.company, people.company, scene)
    contact = _person_steps(intent.contact, people.contact, scene)
    steps = [*company, *contact, *_contact_company_link(company, contact, people, warnings)]
    deal = earlier_deal(intent.deal, earlier, found) or decide_deals(intent.deal, people, found)
    steps += _deal_steps(intent, deal, steps, scene)
    steps += _additions(intent, deal, people, steps, scene)
    holds = [match.hold for match in (people.company, people.contact) if match and match.hold]
    plan = Plan(
        steps=tuple(steps),
        warnings=tuple(warnings),
        hold="; ".join([*holds, *([deal.hold] if deal.hold else [])]) or None,
        looked_up=looked_up(
            [
                *people_queries(intent),
                *earlier.people_queries(),
                *deal_queries(intent, people),
                *earlier.deal_queries(),
            ],
            found,
        ),
        candidates=(*_candidates(people), *deal.candidates),
        takes_turn=assigned.takes_turn and any(_is_new_lead(step) for step in steps),
        merge=merge,
    )
    return plan.with_needs()


def _is_new_lead(step: Step) -> bool:
    """Whether somebody becomes responsible by it; a note on a found deal is nobody's turn."""
    return step.action is Action.CREATE and step.kind in (Kind.COMPANY, Kind.CONTACT, Kind.DEAL)


def _responsible_of(people: People) -> dict[Kind, str]:
    pairs = ((Kind.CONTACT, people.contact), (Kind.COMPANY, people.company))
    return {
        kind: str(match.record.fields["responsible"])
        for kind, match in pairs
        if match and match.record and match.record.fields.get("responsible")
    }


def _candidates(people: People) -> tuple[Candidate, ...]:
    matches = [match for match in (people.company, people.contact) if match is not None]
    return tuple(candidate for match in matches for candidate in match.candidates)


# People -----------------------------------------------------------------------------------------


def _person_steps(wanted: Wanted | None, match: Match | None, scene: _Scene) -> list[Step]:
    """The step of the record that is linked onwards, then those of others that are changed likewise."""
    if wanted is None or match is None:
        return []
    if match.record is None:
        claims = tuple(key_name(wanted.kind, key.field, key.value) for key in wanted.keys)
        return [_created(wanted, match.why, scene, claims=claims)]
    return [
        _found(wanted, record, match.why, scene, number=number)
        for number, record in enumerate([match.record, *match.others], start=1)
    ]


def _contact_company_link(
    company: Sequence[Step], contact: Sequence[Step], people: People, warnings: list[str]
) -> Iterator[Step]:
    if not company or not contact:
        return
    record = people.contact.record if people.contact else None
    theirs = [ref.id for ref in record.links if ref.kind is Kind.COMPANY] if record else []
    if company[0].record_id is not None and company[0].record_id in theirs:
        return
    if theirs:
        warnings.append("the contact belongs to another company in the CRM already, and keeps it")
        return
    yield _link("contact-company", contact[0], company[0])


# Deals ------------------------------------------------------------------------------------------


def _deal_steps(
    intent: Intent, deal: DealDecision, people_steps: Sequence[Step], scene: _Scene
) -> Iterator[Step]:
    if intent.deal is None or deal.hold:
        return
    parents = [step for step in people_steps if step.key in (Kind.CONTACT, Kind.COMPANY)]
    if not deal.known:
        links = tuple(parent.key for parent in parents)
        claims = tuple(_deal_claims(parents)) if deal.looked else ()
        yield _created(intent.deal.record, deal.why, scene, links=links, claims=claims)
        return
    for number, known in enumerate(deal.known, start=1):
        step = _known_deal(intent.deal.record, known, number, deal.keeps, scene)
        yield step
        yield from _deal_links(step, known.record, parents)


def _deal_claims(parents: Sequence[Step]) -> Iterator[str]:
    """A new deal of these people, lest two runs of one wave each make one."""
    for parent in parents:
        for claim in parent.claims or (f"{parent.kind}:{parent.record_id}",):
            yield f"deal of {claim}"


def _known_deal(wanted: Wanted, known: KnownDeal, number: int, keeps: bool, scene: _Scene) -> Step:
    record = known.record
    if keeps:
        return Step(
            key=_key(Kind.DEAL, number),
            kind=Kind.DEAL,
            action=Action.LEAVE,
            title=title_of(record.fields) or record.id,
            why=known.why,
            record_id=record.id,
        )
    step = _found(wanted, record, known.why, scene, number=number)
    if not known.move:
        return step
    if "stage" in scene.newer.get(record.ref, ()):
        return replace(step, changes=(*step.changes, *_not_moved(wanted, record, scene)))
    place = changes_of_created(
        [value for value in wanted.values if value.field.id in ("pipeline", "stage")],
        scene.catalog,
        before=record.fields,
        why="found one, so it moves on",
    )
    others = [change for change in step.changes if change.field not in ("pipeline", "stage")]
    return replace(step, action=Action.MOVE, changes=(*place, *others))


def _not_moved(wanted: Wanted, record: Record, scene: _Scene) -> Iterator[FieldChange]:
    """The move that a later submission makes obsolete."""
    values = [value for value in wanted.values if value.field.id == "stage"]
    moved = changes_of_created(values, scene.catalog, before=record.fields, why=LEFT_TO_NEWER)
    for change in moved:
        yield replace(change, after=change.before, writes=False, value=None)


def _deal_links(step: Step, deal: Record, parents: Sequence[Step]) -> Iterator[Step]:
    """Links of a found deal with the people of this submission; a deal keeps the company it has."""
    for parent in parents:
        theirs = [ref.id for ref in deal.links if ref.kind == parent.kind]
        if parent.record_id in theirs:
            continue
        if parent.kind is Kind.COMPANY and theirs:
            continue
        yield _link(f"{step.key}-{parent.key}", step, parent)


# Notes and tasks --------------------------------------------------------------------------------


def _additions(
    intent: Intent, deal: DealDecision, people: People, steps: Sequence[Step], scene: _Scene
) -> Iterator[Step]:
    records = {(one.kind, one.id): one for one in [*people.found(), *deal.records()]}
    wanted = (intent.company, intent.contact, intent.deal.record if intent.deal else None)
    by_kind = {one.kind: one for one in wanted if one is not None}
    for parent in steps:
        if parent.action is Action.LINK or parent.kind not in by_kind:
            continue
        known = Ref(parent.kind, parent.record_id or "")
        created = parent.action is Action.CREATE or known in scene.earlier.made
        additions = list(by_kind[parent.kind].additions)
        if parent.kind is Kind.DEAL and intent.deal and intent.deal.task and not created:
            additions.append(intent.deal.task)
        if not additions:
            continue
        theirs = records.get((parent.kind, parent.record_id or ""))
        user = scene.assigned.user if theirs is None else theirs.fields.get("responsible")
        counts: dict[Kind, int] = {}
        for addition in additions:
            number = counts[addition.kind] = counts.get(addition.kind, -1) + 1
            key = f"{parent.key}.{addition.kind}.{number}"
            if scene.earlier.repeats(key, addition.kind, addition.fields["text"]):
                continue
            if addition.when.fits(created=created) or addition is (
                intent.deal and intent.deal.task
            ):
                yield _addition(key, parent, addition, user, scene.catalog)


def _addition(key: str, parent: Step, addition: Addition, user: Json, catalog: Catalog) -> Step:
    fields = dict(addition.fields)
    if addition.kind is Kind.TASK and user and "responsible" not in fields:
        fields["responsible"] = user
    return Step(
        key=key,
        kind=addition.kind,
        action=Action.CREATE,
        title=str(fields["text"]).splitlines()[0][:80],
        why=f"on the {parent.kind}",
        changes=plain_changes(fields, catalog),
        links=(parent.key,),
    )


# Steps ------------------------------------------------------------------------------------------


def _key(kind: Kind, number: int) -> str:
    """The first step of a kind has the kind's name."""
    return kind if number == 1 else f"{kind}.{number}"


def _created(
    wanted: Wanted,
    why: str,
    scene: _Scene,
    *,
    links: tuple[str, ...] = (),
    claims: tuple[str, ...] = (),
) -> Step:
    values = [value for value in wanted.values if value.value is not None]
    changes = changes_of_created(values, scene.catalog)
    field = scene.catalog.field(wanted.kind, "responsible")
    if scene.assigned.user and field is not None:
        own = [Value(field, scene.assigned.user, Policy.LEAVE)]
        why_they = f"responsible: {scene.assigned.why}"
        changes += changes_of_created(own, scene.catalog, why=why_they)
    return Step(
        key=wanted.kind,
        kind=wanted.kind,
        action=Action.CREATE,
        title=title_of({value.field.id: value.value for value in values}),
        why=why,
        changes=changes,
        tags=tuple(tag for tag, when in wanted.tags if when.fits(created=True)),
        links=links,
        claims=claims,
        watched=_watched(wanted),
    )


def _found(wanted: Wanted, record: Record, why: str, scene: _Scene, *, number: int) -> Step:
    ref, earlier = record.ref, scene.earlier
    theirs = {**earlier.written.get(ref, {}), **scene.written.get(ref, {})}
    values = policies(wanted, ref, earlier)
    changes = changes_of_found(values, record, scene.catalog, theirs, scene.newer.get(ref, ()))
    tags: tuple[str, ...] = ()
    if wanted.on_match is not Policy.LEAVE or ref in earlier.made:
        meant = [tag for tag, when in wanted.tags if when.fits(created=False)]
        tags = new_tags(meant, record.tags)
    writes = bool(tags) or any(change.writes for change in changes)
    return Step(
        key=_key(wanted.kind, number),
        kind=wanted.kind,
        action=Action.UPDATE if writes else Action.LEAVE,
        title=title_of(record.fields) or record.id,
        why=why,
        record_id=record.id,
        changes=changes,
        tags=tags,
        claims=(f"{wanted.kind}:{record.id}",),
        watched=_watched(wanted),
    )


def _watched(wanted: Wanted) -> tuple[str, ...]:
    return tuple(value.field.id for value in wanted.values if value.policy is Policy.UNTOUCHED)


def _link(key: str, source: Step, target: Step) -> Step:
    return Step(
        key=key,
        kind=source.kind,
        action=Action.LINK,
        title=f"{source.kind} ↔ {target.kind}",
        why="they belong together",
        links=(source.key, target.key),
    )
