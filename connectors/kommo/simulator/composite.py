"""POST /leads/complex: a lead with its contact and company in one call.

Source: developers.kommo.com, Complex leads. Duplicate control is off until its rules are set up.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint
from werkzeug import Response

from connectors.kommo.simulator.complex_lead import ComplexLead, Person
from connectors.kommo.simulator.crm import Crm, crm
from connectors.kommo.simulator.dialect import answer
from connectors.kommo.simulator.drafts import changes, create, incoming_status
from connectors.kommo.simulator.element import Element, read_elements, settle
from connectors.kommo.simulator.links import connect
from connectors.kommo.simulator.merging import merge
from connectors.kommo.simulator.records import read_source
from connectors.simulation import Record

LARGEST_COMPLEX = 50
MOST_VALUES = 40
CATEGORIES = ("forms", "sip")
FORM_KEYS = ("form_id", "form_name", "form_page", "form_sent_at")

composite = Blueprint("composite", __name__)


@composite.post("/leads/complex")
def create_complex() -> Response:
    account, elements = crm(), read_elements(LARGEST_COMPLEX)
    leads = [_read(account, element) for element in elements]
    settle(elements)
    # Elements of one request are not compared with one another.
    first_new = account.store.next_id("leads")
    rows: dict[int, dict[str, Any]] = {}
    for lead in leads:
        row = merge(account, lead, first_new) or _create(account, lead)
        told = rows.setdefault(row["id"], {**row, "request_id": []})
        told["request_id"].append(lead.element.request_id)
    return answer(list(rows.values()))


def _read(crm: Crm, element: Element) -> ComplexLead:
    draft = _draft(crm, "leads", element) | read_source(crm, element)
    if element.embeds("metadata"):
        draft["metadata"] = _metadata(element)
        # A status that is not the incoming one is ignored beside metadata.
        pipeline = crm.pipeline(draft.get("pipeline_id", 0))
        if pipeline:
            draft |= {"status_id": incoming_status(pipeline), "closed_at": None}
    return ComplexLead(
        element, draft, _person(crm, element, "contacts"), _person(crm, element, "companies")
    )


def _person(crm: Crm, element: Element, kind: str) -> Person | None:
    people = element.embedded(kind)
    if len(people) > 1:
        element.refuse("InvalidType", f"_embedded.{kind}", "Only one element is allowed.")
    if not people:
        return None
    person = people[0]
    id = person.body.get("id")
    if id is None:
        return Person(kind, person, None, _draft(crm, kind, person))
    if not isinstance(id, int) or crm.store.get(kind, id) is None:
        person.refuse("NotSupportedChoice", "id")
        return None
    return Person(kind, person, id, {})


def _draft(crm: Crm, kind: str, element: Element) -> dict[str, Any]:
    filled = element.body.get("custom_fields_values")
    if isinstance(filled, list) and len(filled) > MOST_VALUES:
        detail = f"No more than {MOST_VALUES} values are allowed."
        element.refuse("InvalidType", "custom_fields_values", detail)
    return changes(crm, kind, element)


def _metadata(element: Element) -> Record:
    embedded = element.body["_embedded"]
    metadata = element.child("_embedded.metadata", embedded["metadata"])
    if metadata.body.get("category") not in CATEGORIES:
        metadata.refuse("NotSupportedChoice", "category")
    if metadata.body.get("category") == "forms":
        metadata.require(*FORM_KEYS)
    return metadata.body


def _create(crm: Crm, lead: ComplexLead) -> dict[str, Any]:
    record = create(crm, "leads", lead.element, lead.draft)
    here = ("leads", record["id"])
    unsorted = record["metadata"] is not None
    contact_id = lead.contact.settle(crm, is_unsorted=unsorted) if lead.contact else None
    company_id = lead.company.settle(crm) if lead.company else None
    if contact_id:
        connect(crm, here, ("contacts", contact_id), is_main=True)
    if company_id and lead.company and lead.company.id is None:
        # A company that existed before is not linked, while a contact is.
        # Source: github.com/amocrm/amocrm-api-php, issue 370.
        connect(crm, here, ("companies", company_id))
        if contact_id and lead.contact and lead.contact.id is None:
            connect(crm, ("contacts", contact_id), ("companies", company_id))
    return {
        "id": record["id"],
        "contact_id": contact_id,
        "company_id": company_id,
        "merged": False,
    }
