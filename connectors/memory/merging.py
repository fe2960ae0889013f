"""A duplicate control such as CRMs have: enquiries of one person become one deal."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import combinations

from connectors.base import Bundle, Draft, Fields, Kind, Record, Ref
from connectors.memory.crm import MemoryCrm, same

IDENTITIES = ("phone", "email")


def merge(crm: MemoryCrm, bundle: Bundle) -> dict[Kind, Ref] | None:
    """Add ``bundle`` to the newest open deal of its contact, known by phone or e-mail.

    None when there is none. A part that the deal lacks is created, the others are updated.
    """
    merged = _open_deal(crm, bundle.contact) if bundle.contact else None
    if merged is None:
        return None
    deal, ada = merged
    there = {Kind.DEAL: deal.ref, Kind.CONTACT: ada.ref, Kind.COMPANY: _company(deal)}
    refs: dict[Kind, Ref] = {}
    for kind, draft in bundle.parts.items():
        ref, fields = there[kind], _unplaced(draft.fields)
        if ref:
            crm.change(ref, fields, draft.tags)
            crm.mark(ref, draft.marker)
        else:
            ref = crm.add(kind, fields, tags=draft.tags, marker=draft.marker).ref
        refs[kind] = ref
    for source, target in combinations(refs.values(), 2):
        crm.connect(source, target)
    return refs


def awaiting(crm: MemoryCrm, deal: Draft) -> Fields:
    """The fields of a deal that comes as an incoming lead."""
    wanted = deal.fields.get("pipeline")
    lines = crm.catalog.pipelines
    line = next((one for one in lines if one.id == wanted), lines[0])
    stage = next((stage.id for stage in line.stages if stage.incoming), line.stages[0].id)
    return {**deal.fields, "pipeline": line.id, "stage": stage}


def _unplaced(fields: Fields) -> Fields:
    return {id: value for id, value in fields.items() if id not in ("pipeline", "stage")}


def _open_deal(crm: MemoryCrm, contact: Draft) -> tuple[Record, Record] | None:
    people = {one.ref: one for one in crm.records(Kind.CONTACT) if _is(crm, contact, one)}
    for deal in reversed(crm.records(Kind.DEAL)):
        known = next((people[link] for link in deal.links if link in people), None)
        if known and not deal.closed:
            return deal, known
    return None


def _is(crm: MemoryCrm, contact: Draft, record: Record) -> bool:
    return any(
        same(crm.field(Kind.CONTACT, id), wanted, there)
        for id in IDENTITIES
        for wanted in _values(contact.fields, id)
        for there in _values(record.fields, id)
    )


def _values(fields: Fields, id: str) -> Iterable[str]:
    values: Iterable[str] = fields.get(id) or ()
    return values


def _company(deal: Record) -> Ref | None:
    return next((link for link in deal.links if link.kind is Kind.COMPANY), None)
