"""The models of the simulated database and their fields, as fields_get tells them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any


@dataclass(frozen=True, slots=True)
class Field:
    """One field. ``inverse``: the field of ``relation`` by which a one2many is kept."""

    type: str
    string: str
    required: bool = False
    readonly: bool = False
    selection: tuple[tuple[str, str], ...] = ()
    relation: str = ""
    inverse: str = ""
    store: bool = True
    default: Any = False

    @property
    def is_many(self) -> bool:
        return self.type in ("many2many", "one2many")

    def described(self) -> dict[str, Any]:
        """The field as fields_get tells it."""
        told: dict[str, Any] = {
            "type": self.type,
            "string": self.string,
            "required": self.required,
            "readonly": self.readonly,
            "store": self.store,
        }
        if self.type == "selection":
            told["selection"] = [list(option) for option in self.selection]
        if self.relation:
            told["relation"] = self.relation
        return told


Fields = Mapping[str, Field]


def _of(type: str, label: str, **more: Any) -> Field:
    return Field(type, label, **more)


def _to(label: str, relation: str, **more: Any) -> Field:
    return Field("many2one", label, relation=relation, **more)


def _many(label: str, relation: str) -> Field:
    return Field("many2many", label, relation=relation)


def _choice(label: str, *options: tuple[str, str], **more: Any) -> Field:
    return Field("selection", label, selection=options, **more)


_LOG: Fields = {
    "id": _of("integer", "ID", readonly=True),
    "display_name": _of("char", "Display Name", readonly=True, store=False),
    "create_date": _of("datetime", "Created on", readonly=True),
    "create_uid": _to("Created by", "res.users", readonly=True),
    "write_date": _of("datetime", "Last Updated on", readonly=True),
    "write_uid": _to("Last Updated by", "res.users", readonly=True),
}
_ACTIVE = _of("boolean", "Active", default=True)
_NAME = _of("char", "Name", required=True)
_SANITIZED = _of("char", "Sanitized Number", readonly=True)
_NORMALIZED = _of("char", "Normalized Email", readonly=True)
_NUMBER_SEARCH = _of("char", "Phone Number", readonly=True, store=False)
_NAMED: Fields = {"name": _NAME}
_RANKED: Fields = {"name": _NAME, "sequence": _of("integer", "Sequence")}

_PARTNER: Fields = {
    "name": _of("char", "Name"),
    "is_company": _of("boolean", "Is a Company"),
    "type": _choice(
        "Address Type",
        ("contact", "Contact"),
        ("invoice", "Invoice"),
        ("delivery", "Delivery"),
        ("other", "Other"),
        default="contact",
    ),
    "parent_id": _to("Related Company", "res.partner"),
    "child_ids": Field("one2many", "Contact", relation="res.partner", inverse="parent_id"),
    "email": _of("char", "Email"),
    "email_normalized": _NORMALIZED,
    "phone": _of("char", "Phone"),
    "phone_sanitized": _SANITIZED,
    "phone_mobile_search": _NUMBER_SEARCH,
    "website": _of("char", "Website Link"),
    "function": _of("char", "Job Position"),
    "street": _of("char", "Street"),
    "city": _of("char", "City"),
    "zip": _of("char", "Zip"),
    "country_id": _to("Country", "res.country"),
    "vat": _of("char", "Tax ID"),
    "comment": _of("html", "Notes"),
    "category_id": _many("Tags", "res.partner.category"),
    "user_id": _to("Salesperson", "res.users"),
    "industry_id": _to("Industry", "res.partner.industry"),
    "ref": _of("char", "Reference"),
    "color": _of("integer", "Color Index"),
    "image_1920": _of("binary", "Image"),
    "message_follower_ids": _many("Followers", "res.partner"),
    "active": _ACTIVE,
    "x_birthday": _of("date", "Birthday"),
    "x_kind": _choice("Kind of customer", ("new", "New"), ("regular", "Regular")),
}

_LEAD: Fields = {
    "name": _of("char", "Opportunity", required=True),
    # A team that uses leads makes leads of what does not say what it is.
    "type": _choice(
        "Type", ("lead", "Lead"), ("opportunity", "Opportunity"), required=True, default="lead"
    ),
    "partner_id": _to("Customer", "res.partner"),
    "partner_name": _of("char", "Company Name"),
    "contact_name": _of("char", "Contact Name"),
    "email_from": _of("char", "Email"),
    "email_normalized": _NORMALIZED,
    "phone": _of("char", "Phone"),
    "phone_sanitized": _SANITIZED,
    "phone_mobile_search": _NUMBER_SEARCH,
    "expected_revenue": _of("monetary", "Expected Revenue"),
    "stage_id": _to("Stage", "crm.stage"),
    "team_id": _to("Sales Team", "crm.team"),
    "user_id": _to("Salesperson", "res.users"),
    "priority": _choice(
        "Priority",
        ("0", "Low"),
        ("1", "Medium"),
        ("2", "High"),
        ("3", "Very High"),
        default="0",
    ),
    "date_deadline": _of("date", "Expected Closing"),
    "description": _of("html", "Notes"),
    "tag_ids": _many("Tags", "crm.tag"),
    "campaign_id": _to("Campaign", "utm.campaign"),
    "medium_id": _to("Medium", "utm.medium"),
    "source_id": _to("Source", "utm.source"),
    "referred": _of("char", "Referred By"),
    "probability": _of("float", "Probability"),
    "won_status": _choice(
        "Is Won", ("won", "Won"), ("lost", "Lost"), ("pending", "Pending"), readonly=True
    ),
    "lost_reason_id": _to("Lost Reason", "crm.lost.reason"),
    "activity_ids": Field("one2many", "Activities", relation="mail.activity", inverse="res_id"),
    "active": _ACTIVE,
    "x_topic": _of("char", "Topic"),
    "x_product": _choice("Product", ("software", "Software"), ("hardware", "Hardware")),
    "x_interest_ids": _many("Interests", "x_interest"),
    "x_meeting": _of("datetime", "Meeting"),
    "x_newsletter": _of("boolean", "Newsletter"),
    "x_area": _of("float", "Area"),
    "x_seats": _of("integer", "Seats"),
}

_ACTIVITY: Fields = {
    "res_model_id": _to("Document Model", "ir.model", required=True),
    "res_model": _of("char", "Related Document Model", readonly=True),
    "res_id": _of("many2one_reference", "Related Document ID"),
    "activity_type_id": _to("Activity Type", "mail.activity.type"),
    "summary": _of("char", "Summary"),
    "note": _of("html", "Note"),
    "date_deadline": _of("date", "Due Date", required=True),
    "user_id": _to("Assigned to", "res.users"),
}

_MESSAGE: Fields = {
    "model": _of("char", "Related Document Model"),
    "res_id": _of("many2one_reference", "Related Document ID"),
    "message_type": _choice(
        "Type", ("comment", "Comment"), ("notification", "System notification"), required=True
    ),
    "subtype_id": _to("Subtype", "mail.message.subtype"),
    "body": _of("html", "Contents"),
    "author_id": _to("Author", "res.partner"),
    "date": _of("datetime", "Date"),
}

_BARE: Mapping[str, Fields] = {
    "res.partner": _PARTNER,
    "crm.lead": _LEAD,
    "mail.activity": _ACTIVITY,
    "mail.message": _MESSAGE,
    "mail.message.subtype": _NAMED,
    "mail.activity.type": {**_RANKED, "category": _of("char", "Action")},
    "crm.stage": {
        **_RANKED,
        "is_won": _of("boolean", "Is Won Stage?"),
        "fold": _of("boolean", "Folded in Pipeline"),
        "team_ids": _many("Sales Teams", "crm.team"),
    },
    "crm.team": {**_RANKED, "active": _ACTIVE},
    "crm.tag": _NAMED,
    "crm.lost.reason": {**_NAMED, "active": _ACTIVE},
    "utm.source": _NAMED,
    "utm.medium": _NAMED,
    "utm.campaign": _NAMED,
    "res.partner.category": {**_NAMED, "active": _ACTIVE},
    "res.partner.industry": {**_NAMED, "active": _ACTIVE},
    "res.country": {**_NAMED, "code": _of("char", "Country Code")},
    "res.currency": {**_NAMED, "active": _ACTIVE},
    "res.company": {
        **_NAMED,
        "currency_id": _to("Currency", "res.currency"),
        "country_id": _to("Country", "res.country"),
    },
    "res.users": {
        **_NAMED,
        "login": _of("char", "Login", required=True),
        "email": _of("char", "Email"),
        "active": _ACTIVE,
        "share": _of("boolean", "Share User"),
        "lang": _of("char", "Language"),
        "tz": _of("char", "Timezone"),
        "company_id": _to("Company", "res.company"),
        "partner_id": _to("Related Partner", "res.partner"),
    },
    "res.users.apikeys": {
        **_NAMED,
        "user_id": _to("User", "res.users"),
        "scope": _of("char", "Scope", readonly=True),
        "expiration_date": _of("datetime", "Expiration Date", readonly=True),
    },
    "x_interest": _NAMED,
    "ir.model": {"name": _NAME, "model": _of("char", "Model", required=True)},
    "ir.model.data": {
        "module": _of("char", "Module", required=True),
        "name": _of("char", "External Identifier", required=True),
        "model": _of("char", "Model Name", required=True),
        "res_id": _of("many2one_reference", "Record ID"),
    },
}

MODELS: Mapping[str, Fields] = {model: {**_LOG, **fields} for model, fields in _BARE.items()}
"""Odoo 19's, with some fields that an administrator has added."""

ADMINISTRATORS_ONLY = frozenset({"ir.model", "ir.model.data"})
"""base/security/ir.model.access.csv of Odoo 18: other people may not read them."""

UNIQUE_NAMES = frozenset({"crm.tag", "utm.source", "utm.medium", "utm.campaign"})


@cache
def models_of(version: int) -> Mapping[str, Fields]:
    """The models of a version. Before 19 contacts have a second number."""
    if version >= 19:
        return MODELS
    mobile = _of("char", "Mobile")
    stage = dict(MODELS["crm.stage"])
    del stage["team_ids"]
    lead = dict(MODELS["crm.lead"])
    del lead["won_status"]
    return {
        **MODELS,
        "res.partner": {**MODELS["res.partner"], "mobile": mobile},
        "crm.lead": {**lead, "mobile": mobile},
        "crm.stage": {**stage, "team_id": _to("Sales Team", "crm.team")},
    }
