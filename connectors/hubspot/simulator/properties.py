"""The demo account's properties, in the shape of GET /crm/properties/{version}/{type}.

Source: developers.hubspot.com, Properties guide; default contact, company and deal properties.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from connectors.simulation import Record

Options = Sequence[tuple[str, str]]


def prop(
    name: str,
    label: str,
    type: str = "string",
    shown: str = "text",
    *,
    options: Options = (),
    **more: Any,
) -> Record:
    """One property's definition; ``options`` are value and label."""
    read_only = bool(more.get("calculated"))
    return {
        "name": name,
        "label": label,
        "type": type,
        "fieldType": shown,
        "description": "",
        "groupName": "information",
        "options": [
            {"label": text, "value": value, "displayOrder": at, "hidden": False}
            for at, (value, text) in enumerate(options)
        ],
        "displayOrder": -1,
        "calculated": False,
        "externalOptions": False,
        "hasUniqueValue": False,
        "hidden": False,
        "formField": True,
        "archived": False,
        "modificationMetadata": {
            "archivable": True,
            "readOnlyDefinition": False,
            "readOnlyValue": read_only,
        },
        **more,
    }


def _computed(name: str, label: str, type: str = "string") -> Record:
    return prop(name, label, type, "calculation_equation", calculated=True)


_OWNER = prop(
    "hubspot_owner_id",
    "Owner",
    "enumeration",
    "select",
    referencedObjectType="OWNER",
    externalOptions=True,
)
_OURS = (
    prop("formwire_id", "Formwire ID", hasUniqueValue=True),
    prop("formwire_tags", "Formwire tags", shown="textarea"),
)
_STAMPS = (
    _computed("createdate", "Create date", "datetime"),
    _computed("hs_object_id", "Record ID", "number"),
)
_MODIFIED = _computed("hs_lastmodifieddate", "Last modified", "datetime")

PROPERTIES: Mapping[str, Sequence[Record]] = {
    "contacts": [
        prop("firstname", "First name"),
        prop("lastname", "Last name"),
        prop("email", "Email"),
        prop("email_2", "Email 2"),
        prop("phone", "Phone number", shown="phonenumber"),
        prop("mobilephone", "Mobile phone number", shown="phonenumber"),
        prop("phone_2", "Phone 2", shown="phonenumber"),
        prop("company", "Company name"),
        prop("jobtitle", "Job title"),
        prop("website", "Website URL"),
        prop("message", "Message", shown="textarea"),
        prop("about", "About", shown="html"),
        prop("date_of_birth", "Birthday", "date", "date"),
        prop(
            "lifecyclestage",
            "Lifecycle stage",
            "enumeration",
            "radio",
            options=[("subscriber", "Subscriber"), ("lead", "Lead"), ("customer", "Customer")],
        ),
        prop(
            "preferred_contact",
            "Preferred contact",
            "enumeration",
            "radio",
            options=[("phone", "Phone"), ("email", "E-mail"), ("messenger", "Messenger")],
        ),
        _OWNER,
        *_OURS,
        prop("hs_additional_emails", "Additional emails", shown="text", calculated=True),
        _computed("hs_searchable_calculated_phone_number", "Phone, calculated"),
        _computed("hs_searchable_calculated_mobile_number", "Mobile phone, calculated"),
        *_STAMPS,
        _computed("lastmodifieddate", "Last modified", "datetime"),
    ],
    "companies": [
        prop("name", "Company name"),
        prop("domain", "Company domain name"),
        prop("email", "Email"),
        prop("phone", "Phone number", shown="phonenumber"),
        prop("phone_2", "Phone 2", "phone_number", "phonenumber"),
        prop("website", "Website URL"),
        prop(
            "industry",
            "Industry",
            "enumeration",
            "select",
            options=[
                ("RETAIL", "Retail"),
                ("MANUFACTURING", "Manufacturing"),
                ("SERVICES", "Services"),
                ("PUBLIC", "Public sector"),
            ],
        ),
        prop("numberofemployees", "Number of employees", "number", "number"),
        _OWNER,
        *_OURS,
        _computed("hs_searchable_calculated_phone_number", "Phone, calculated"),
        *_STAMPS,
        _MODIFIED,
    ],
    "deals": [
        prop("dealname", "Deal name"),
        prop(
            "pipeline", "Pipeline", "enumeration", "select", externalOptions=True, formField=False
        ),
        prop("dealstage", "Deal stage", "enumeration", "radio", externalOptions=True),
        prop("amount", "Amount", "number", "number", showCurrencySymbol=True),
        prop("closedate", "Close date", "datetime", "date"),
        prop("description", "Deal description", shown="textarea"),
        prop(
            "product_line",
            "Product line",
            "enumeration",
            "select",
            options=[
                ("software", "Software"),
                ("hardware", "Hardware"),
                ("enterprise", "Enterprise"),
            ],
        ),
        prop(
            "interests",
            "Interests",
            "enumeration",
            "checkbox",
            options=[
                ("demo", "Demo"),
                ("prices", "Prices"),
                ("partnership", "Partnership"),
                ("support", "Support"),
            ],
        ),
        prop("topic", "Topic"),
        prop("wanted_date", "Wanted date", "date", "date"),
        prop("meeting_at", "Meeting at", "datetime", "date"),
        prop(
            "newsletter",
            "Wants newsletter",
            "bool",
            "booleancheckbox",
            options=[("true", "Yes"), ("false", "No")],
        ),
        prop("delivery_cost", "Delivery cost", "number", "number", showCurrencySymbol=True),
        prop("seats", "Seats", "number", "number"),
        prop("utm_source", "UTM_SOURCE"),
        prop("utm_medium", "UTM_MEDIUM"),
        prop("utm_campaign", "UTM_CAMPAIGN"),
        prop(
            "second_owner",
            "Second owner",
            "enumeration",
            "select",
            referencedObjectType="OWNER",
            externalOptions=True,
        ),
        _OWNER,
        *_OURS,
        *_STAMPS,
        _MODIFIED,
    ],
    "tasks": [
        prop("hs_timestamp", "Due date", "datetime", "date"),
        prop("hs_task_subject", "Task title"),
        prop("hs_task_body", "Notes", shown="html"),
        prop(
            "hs_task_status",
            "Task status",
            "enumeration",
            "select",
            options=[
                ("NOT_STARTED", "Not started"),
                ("IN_PROGRESS", "In progress"),
                ("WAITING", "Waiting"),
                ("COMPLETED", "Completed"),
                ("DEFERRED", "Deferred"),
            ],
        ),
        prop(
            "hs_task_priority",
            "Priority",
            "enumeration",
            "select",
            options=[("LOW", "Low"), ("MEDIUM", "Medium"), ("HIGH", "High")],
        ),
        prop(
            "hs_task_type",
            "Task type",
            "enumeration",
            "select",
            options=[("TODO", "To-do"), ("CALL", "Call"), ("EMAIL", "Email")],
        ),
        _OWNER,
        *_STAMPS,
        _MODIFIED,
    ],
    "notes": [
        prop("hs_timestamp", "Activity date", "datetime", "date"),
        prop("hs_note_body", "Note body", shown="html"),
        prop("hs_attachment_ids", "Attachments"),
        _OWNER,
        *_STAMPS,
        _MODIFIED,
    ],
}
