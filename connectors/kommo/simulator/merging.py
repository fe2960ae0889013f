"""What duplicate control makes of a complex lead: a part of leads that were there before.

Source: support.kommo.com, Duplicate control; developers.kommo.com, Complex leads. Left open there
and strict here: kept data takes nothing of the newcomer, not even a company where there was none.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from connectors.kommo.simulator.account import ACCOUNT_ID, LOST, WON
from connectors.kommo.simulator.complex_lead import ComplexLead, Person
from connectors.kommo.simulator.crm import Crm
from connectors.kommo.simulator.duplicates import DuplicateRule, rule_for
from connectors.kommo.simulator.element import Element
from connectors.kommo.simulator.fields import value_text
from connectors.kommo.simulator.links import connect
from connectors.kommo.simulator.tags import tags_after
from connectors.simulation import Address, Record

PLACE = frozenset(
    {"pipeline_id", "status_id", "closed_at", "loss_reason_id", "source_id", "metadata"}
)
"""What a merge leaves as it is: where the lead stands and where it came from."""


def merge(crm: Crm, lead: ComplexLead, first_new: int) -> dict[str, Any] | None:
    """Merge ``lead`` into its duplicates with ids below ``first_new``; None when it is a new one."""
    source = crm.store.get("sources", lead.draft.get("source_id", 0))
    rule = rule_for(crm.store, source["external_id"], lead.draft["pipeline_id"]) if source else None
    if rule is None:
        return None
    same = [
        other
        for other in crm.store.all("leads")
        if other["id"] < first_new and _in_scope(rule, other) and _same(crm, rule, lead, other)
    ]
    if not same or (len(same) > 1 and rule.several == "create"):
        return None
    newest = max(same, key=lambda other: (other["created_at"], other["id"]))
    if rule.conflict == "update":
        for other in same if rule.several == "all" else [newest]:
            _update_all(crm, lead, other)
    if rule.task:
        _add_task(crm, rule, newest)
    here = ("leads", newest["id"])
    return {
        "id": newest["id"],
        "contact_id": _main_contact(crm, here) if lead.contact else None,
        "company_id": _company(crm, here) if lead.company else None,
        "merged": True,
    }


# --- which leads are the same ----------------------------------------------------------------


def _in_scope(rule: DuplicateRule, other: Record) -> bool:
    status = other["status_id"]
    fits = status in rule.statuses if rule.statuses else status not in (WON, LOST)
    return fits and (not rule.pipelines or other["pipeline_id"] in rule.pipelines)


def _same(crm: Crm, rule: DuplicateRule, lead: ComplexLead, other: Record) -> bool:
    main = _main_contact(crm, ("leads", other["id"]))
    theirs = crm.store.get("contacts", main) if main else None
    ours = _person(crm, lead.contact) if lead.contact else None
    by_person = ours is not None and theirs is not None
    return (
        (rule.phone and by_person and _share(ours, theirs, "PHONE"))
        or (rule.email and by_person and _share(ours, theirs, "EMAIL"))
        or any(_share(lead.draft, other, field) for field in rule.fields)
    )


def _person(crm: Crm, person: Person) -> Record:
    known = crm.store.get(person.kind, person.id) if person.id is not None else None
    return known or person.draft


def _share(one: Record | None, other: Record | None, field: str | int) -> bool:
    """Whether two records have a value of a field, known by code or id, in common."""
    return bool(_values(one, field) & _values(other, field))


def _values(record: Record | None, field: str | int) -> set[str]:
    listed = (record or {}).get("custom_fields_values") or ()
    found = [
        value_text(value)
        for filled in listed
        if field in (filled["field_id"], filled["field_code"])
        for value in filled["values"]
    ]
    if field == "PHONE":
        return {"".join(filter(str.isdigit, text)) for text in found}
    return {text.strip().casefold() for text in found}


def _main_contact(crm: Crm, lead: Address) -> int | None:
    linked = crm.store.links(lead, "contacts").items()
    return next((id for id, facts in linked if facts["is_main"]), None)


def _company(crm: Crm, lead: Address) -> int | None:
    return next(iter(crm.store.links(lead, "companies")), None)


# --- what becomes of them --------------------------------------------------------------------


def _update_all(crm: Crm, lead: ComplexLead, other: Record) -> None:
    here = ("leads", other["id"])
    _update(crm, "leads", lead.element, other, lead.draft)
    if lead.contact:
        _update_person(crm, here, lead.contact, _main_contact(crm, here))
    if lead.company:
        _update_person(crm, here, lead.company, _company(crm, here))


def _update_person(crm: Crm, lead: Address, person: Person, there: int | None) -> None:
    before = crm.store.get(person.kind, there) if there else None
    if before is None:
        id = person.settle(crm)
        connect(crm, lead, (person.kind, id), is_main=person.kind == "contacts")
    elif person.id is None:
        _update(crm, person.kind, person.element, before, person.draft)


def _update(crm: Crm, entity: str, element: Element, before: Record, draft: Record) -> None:
    new = {key: value for key, value in draft.items() if key not in PLACE}
    values = _together(before["custom_fields_values"], draft.get("custom_fields_values"))
    tags = {tag["id"]: tag for tag in (*before["tags"], *tags_after(crm, entity, element, []))}
    stamp = {"updated_by": crm.acting_user(), "updated_at": crm.moment()}
    added = {"custom_fields_values": values, "tags": list(tags.values())}
    crm.store.replace(entity, {**before, **new, **stamp, **added})


def _together(
    before: Sequence[Record] | None, new: Sequence[Record] | None
) -> list[Mapping[str, Any]] | None:
    """The fields of both; phones and the like are added, all else is replaced."""
    after = {filled["field_id"]: filled for filled in before or ()}
    for filled in new or ():
        old = after.get(filled["field_id"])
        if old and filled["field_type"] == "multitext":
            filled = {**filled, "values": _distinct([*old["values"], *filled["values"]])}
        after[filled["field_id"]] = filled
    return list(after.values()) or None


def _distinct(values: Iterable[Record]) -> list[Record]:
    return list({value["value"]: value for value in values}.values())


def _add_task(crm: Crm, rule: DuplicateRule, lead: Record) -> None:
    moment = crm.moment()
    robot = {"created_by": 0, "updated_by": 0, "created_at": moment, "updated_at": moment}
    task = {
        "text": rule.task,
        "task_type_id": rule.task_type,
        "complete_till": moment + rule.task_due_s,
        "responsible_user_id": rule.task_user or lead["responsible_user_id"],
        "entity_type": "leads",
        "entity_id": lead["id"],
    }
    blank = {"duration": 0, "is_completed": False, "result": [], "group_id": 0}
    crm.store.add("tasks", {**robot, "account_id": ACCOUNT_ID, **blank, **task})
