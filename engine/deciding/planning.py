"""Decide: what a submission wants, and what the CRM has → a Plan. Pure.

The ways to go: `people_queries` → look → `match_people` → `deal_queries` → look → `decide`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from connectors.base import Json, Kind, Query, Record, Ref
from connectors.catalog import Catalog
from engine.deciding.changes import changes_of_created, changes_of_found, new_tags, plain_changes
from engine.deciding.plan import Action, Plan, Step
from engine.deciding.wanting import Intent, Wanted, WantedDeal

LookUp = tuple[Kind, Query]
Found = Mapping[LookUp, Sequence[Record]]
"""What each look-up brought; every look-up asked for has an entry."""


@dataclass(frozen=True, slots=True)
class Match:
    """The record that a wanted one already is, or None, and why. ``hold``: a person must choose."""

    record: Record | None
    why: str
    hold: str | None = None


@dataclass(frozen=True, slots=True)
class People:
    """Contact and company of one submission as far as the CRM has them."""

    company: Match | None
    contact: Match | None


def key_name(kind: Kind, field: str, value: str) -> str:
    """One identity of one kind as text, such as ``contact:email=ada@example.org``."""
    return f"{kind}:{field}={value.casefold()}"


def people_queries(intent: Intent) -> list[LookUp]:
    """The look-ups that tell whether contact and company exist."""
    return [
        (wanted.kind, Query(field, value))
        for wanted in (intent.company, intent.contact)
        if wanted is not None
        for field, value in wanted.keys
    ]


def match_people(intent: Intent, found: Found) -> People:
    return People(
        company=_match(intent.company, found) if intent.company else None,
        contact=_match(intent.contact, found) if intent.contact else None,
    )


def deal_queries(intent: Intent, people: People) -> list[LookUp]:
    """The look-ups for deals of the people found; none when the module does not look for deals."""
    if intent.deal is None or intent.deal.duplicates.control == "none":
        return []
    return [
        (Kind.DEAL, Query(match.record.kind, match.record.id))
        for match in (people.contact, people.company)
        if match is not None and match.record is not None
    ]


def decide(intent: Intent, people: People, found: Found, catalog: Catalog) -> Plan:
    """Every write that brings the CRM to what ``intent`` wants, and each one left out with its reason."""
    company = _person_step(intent.company, people.company, catalog)
    contact = _person_step(intent.contact, people.contact, catalog)
    warnings = list(intent.warnings)
    steps = [step for step in (company, contact) if step is not None]
    steps += _contact_company_link(company, contact, people, warnings)
    holds = [match.hold for match in (people.company, people.contact) if match and match.hold]
    if intent.deal is not None:
        deal_steps, hold = _deal_steps(intent.deal, people, found, catalog, steps)
        steps += deal_steps
        holds += [hold] if hold else []
    steps += _additions(intent, steps)
    return Plan(tuple(steps), tuple(warnings), hold="; ".join(holds) or None)


# People -----------------------------------------------------------------------------------------


def _match(wanted: Wanted, found: Found) -> Match:
    records: dict[str, Record] = {}
    keys_of: dict[str, set[tuple[str, str]]] = {}
    for field, value in wanted.keys:
        for record in found[wanted.kind, Query(field, value)]:
            records[record.id] = record
            keys_of.setdefault(record.id, set()).add((field, value))
    if wanted.match_all:
        fields = {field for field, _ in wanted.keys}
        records = {
            id: record
            for id, record in records.items()
            if {field for field, _ in keys_of[id]} == fields
        }
    looked = ", ".join(f"{field} {value}" for field, value in wanted.keys)
    if not records:
        return Match(None, f"nobody has {looked}" if looked else "nothing to recognise it by")
    best = max(len(keys_of[id]) for id in records)
    candidates = [record for id, record in records.items() if len(keys_of[id]) == best]
    if len(candidates) > 1 and wanted.several == "hold":
        ids = ", ".join(sorted(record.id for record in candidates))
        return Match(None, "", hold=f"several {wanted.kind} records match {looked}: {ids}")
    chosen = _newest(candidates) if wanted.several != "oldest" else _oldest(candidates)
    by = ", ".join(f"{field} {value}" for field, value in sorted(keys_of[chosen.id]))
    which = f", the {wanted.several} of {len(records)}" if len(records) > 1 else ""
    return Match(chosen, f"matched by {by}{which}")


def _person_step(wanted: Wanted | None, match: Match | None, catalog: Catalog) -> Step | None:
    if wanted is None or match is None:
        return None
    if match.record is None:
        return _created(wanted, match.why, catalog)
    return _found(wanted, match.record, match.why, catalog)


def _contact_company_link(
    company: Step | None, contact: Step | None, people: People, warnings: list[str]
) -> Iterator[Step]:
    if company is None or contact is None:
        return
    record = people.contact.record if people.contact else None
    theirs = [ref.id for ref in record.links if ref.kind is Kind.COMPANY] if record else []
    if company.record_id is not None and company.record_id in theirs:
        return
    if theirs:
        warnings.append("the contact belongs to another company in the CRM already, and keeps it")
        return
    yield _link("contact-company", contact, company)


# Deals ------------------------------------------------------------------------------------------


def _deal_steps(
    wanted: WantedDeal, people: People, found: Found, catalog: Catalog, people_steps: Sequence[Step]
) -> tuple[list[Step], str | None]:
    parents = [step for step in people_steps if step.key in (Kind.CONTACT, Kind.COMPANY)]
    duplicates = wanted.duplicates
    if duplicates.control == "none":
        return [_new_deal(wanted, "every submission makes a deal", catalog, parents)], None
    deals = _open_deals(wanted, people, found)
    if not deals:
        return [_new_deal(wanted, "no open deal to go on with", catalog, parents)], None
    many = f"{len(deals)} open deals found"
    if duplicates.found == "create" or (len(deals) > 1 and duplicates.several == "create"):
        return [_new_deal(wanted, f"{many}; the module makes a new one", catalog, parents)], None
    if len(deals) > 1 and duplicates.several == "hold":
        ids = ", ".join(sorted(deal.id for deal in deals))
        return [], f"several open deals match: {ids}"
    deal = _newest(deals)
    why = f"newest of {len(deals)} open deals" if len(deals) > 1 else "the one open deal"
    step = _known_deal(wanted, deal, why, catalog)
    return [step, *_deal_links(step, deal, parents)], None


def _open_deals(wanted: WantedDeal, people: People, found: Found) -> list[Record]:
    deals: dict[str, Record] = {}
    for match in (people.contact, people.company):
        if match is None or match.record is None:
            continue
        for deal in found[Kind.DEAL, Query(match.record.kind, match.record.id)]:
            deals[deal.id] = deal
    return [deal for deal in deals.values() if not deal.closed and _looked_for(wanted, deal)]


def _looked_for(wanted: WantedDeal, deal: Record) -> bool:
    place = (deal.fields.get("pipeline"), deal.fields.get("stage"))
    return (not wanted.pipelines or place[0] in wanted.pipelines) and (
        not wanted.stages or place in wanted.stages
    )


def _new_deal(wanted: WantedDeal, why: str, catalog: Catalog, parents: Sequence[Step]) -> Step:
    step = _created(wanted.record, why, catalog)
    looks = wanted.duplicates.control != "none"
    claims = (
        [f"deal of {claim}" for parent in parents for claim in _identity(parent)] if looks else []
    )
    return replace(step, links=tuple(parent.key for parent in parents), claims=tuple(claims))


def _identity(step: Step) -> tuple[str, ...]:
    return step.claims or (f"{step.kind}:{step.record_id}",)


def _known_deal(wanted: WantedDeal, deal: Record, why: str, catalog: Catalog) -> Step:
    if wanted.duplicates.found == "keep":
        return Step(
            key=Kind.DEAL,
            kind=Kind.DEAL,
            action=Action.LEAVE,
            title=_title(deal.fields),
            why=f"{why}; it is kept as it is, and no new one is made",
            record_id=deal.id,
        )
    step = _found(wanted.record, deal, why, catalog)
    if wanted.duplicates.found != "move":
        return step
    moved, reason = _may_move(wanted, deal)
    if not moved:
        return replace(step, why=f"{why}; {reason}")
    place = changes_of_created(
        [value for value in wanted.record.values if value.field.id in ("pipeline", "stage")],
        catalog,
        before=deal.fields,
        why="found one, so it moves on",
    )
    others = [change for change in step.changes if change.field not in ("pipeline", "stage")]
    return replace(step, action=Action.MOVE, changes=(*place, *others))


def _may_move(wanted: WantedDeal, deal: Record) -> tuple[bool, str]:
    target = wanted.record.value("stage")
    at = deal.fields.get("stage")
    if target is None or target == at:
        return False, "it is in the wanted stage already"
    order = wanted.stage_order
    same_pipeline = deal.fields.get("pipeline") == wanted.record.value("pipeline")
    further = at is not None and order.get(target, 0) < order.get(at, 0)
    if same_pipeline and further and not wanted.duplicates.backwards:
        return False, "it is further along, and stages never move backwards"
    return True, ""


def _deal_links(step: Step, deal: Record, parents: Sequence[Step]) -> Iterator[Step]:
    """Links of a found deal with the people of this submission; a deal keeps the company it has."""
    for parent in parents:
        theirs = [ref for ref in deal.links if ref.kind == parent.kind]
        if parent.record_id is not None and Ref(parent.kind, parent.record_id) in theirs:
            continue
        if parent.kind is Kind.COMPANY and theirs:
            continue
        yield _link(f"deal-{parent.key}", step, parent)


# Notes and tasks --------------------------------------------------------------------------------


def _additions(intent: Intent, steps: Sequence[Step]) -> Iterator[Step]:
    """Notes are always added; tasks are set for records that this plan creates."""
    wanted = (intent.company, intent.contact, intent.deal.record if intent.deal else None)
    by_key = {step.key: step for step in steps}
    for record in wanted:
        parent = by_key.get(record.kind) if record else None
        if record is None or parent is None:
            continue
        if parent.action is Action.CREATE:
            for number, task in enumerate(record.tasks):
                yield _addition(f"{parent.key}.task.{number}", Kind.TASK, parent, task.fields)
        if record.note:
            yield _addition(f"{parent.key}.note", Kind.NOTE, parent, {"text": record.note})


def _addition(key: str, kind: Kind, parent: Step, fields: Mapping[str, Json]) -> Step:
    return Step(
        key=key,
        kind=kind,
        action=Action.CREATE,
        title=str(fields["text"]).splitlines()[0][:80],
        why=f"on the {parent.kind}",
        changes=plain_changes(fields),
        links=(parent.key,),
    )


# Steps ------------------------------------------------------------------------------------------


def _created(wanted: Wanted, why: str, catalog: Catalog) -> Step:
    return Step(
        key=wanted.kind,
        kind=wanted.kind,
        action=Action.CREATE,
        title=_title({value.field.id: value.value for value in wanted.values}),
        why=why,
        changes=changes_of_created(wanted.values, catalog),
        tags=wanted.tags,
        claims=tuple(key_name(wanted.kind, field, value) for field, value in wanted.keys),
    )


def _found(wanted: Wanted, record: Record, why: str, catalog: Catalog) -> Step:
    changes = changes_of_found(wanted.values, record, catalog)
    leave = wanted.on_match == "leave"
    tags = () if leave else new_tags(wanted.tags, record.tags)
    writes = bool(tags) or any(change.writes for change in changes)
    return Step(
        key=wanted.kind,
        kind=wanted.kind,
        action=Action.UPDATE if writes else Action.LEAVE,
        title=_title(record.fields) or record.id,
        why=why,
        record_id=record.id,
        changes=changes,
        tags=tags,
        claims=(f"{wanted.kind}:{record.id}",),
    )


def _link(key: str, source: Step, target: Step) -> Step:
    return Step(
        key=key,
        kind=source.kind,
        action=Action.LINK,
        title=f"{source.kind} ↔ {target.kind}",
        why="they belong together",
        links=(source.key, target.key),
    )


def _title(fields: Mapping[str, Json]) -> str:
    if fields.get("name"):
        return str(fields["name"])
    names = (fields.get("first_name"), fields.get("last_name"))
    return " ".join(str(name) for name in names if name)


_LONG_AGO = datetime.min.replace(tzinfo=UTC)


def _newest(records: Iterable[Record]) -> Record:
    return max(records, key=lambda record: (record.updated_at or _LONG_AGO, record.id))


def _oldest(records: Iterable[Record]) -> Record:
    return min(records, key=lambda record: (record.created_at or _LONG_AGO, record.id))
