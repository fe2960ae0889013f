"""The demo portal's fields, in the shape of crm.item.fields.

Source: apidocs.bitrix24.com, crm.item.fields and CRM object fields.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from connectors.simulation import Record

UTM = ("UTM_SOURCE", "UTM_MEDIUM", "UTM_CAMPAIGN", "UTM_CONTENT", "UTM_TERM")


def field(
    upper: str,
    title: str,
    type: str = "string",
    *,
    name: str = "",
    read_only: bool = False,
    required: bool = False,
    multiple: bool = False,
    status: str = "",
    options: Mapping[int, str] | None = None,
    settings: Mapping[str, Any] | None = None,
) -> tuple[str, Record]:
    """A field's name and description; those of our own making begin with UF_CRM_."""
    shape: dict[str, Any] = {
        "type": type,
        "isRequired": required,
        "isReadOnly": read_only,
        "isImmutable": False,
        "isMultiple": multiple,
        "isDynamic": upper.startswith("UF_CRM_"),
        "title": title,
        "upperName": upper,
    }
    if status:
        shape["statusType"] = status
    if options:
        shape["items"] = [{"ID": str(id), "VALUE": label} for id, label in options.items()]
    if settings:
        shape["settings"] = dict(settings)
    return name or camel(upper), shape


def camel(upper: str) -> str:
    """UF_CRM_1721244707107 is ufCrm_1721244707107, STAGE_ID is stageId."""
    first, *rest = upper.lower().split("_")
    if first == "uf":
        return f"ufCrm_{'_'.join(rest[1:])}"
    return first + "".join(part.capitalize() for part in rest)


_COMMON: Sequence[tuple[str, Record]] = (
    field("ID", "ID", "integer", read_only=True),
    field("CREATED_TIME", "Created on", "datetime", read_only=True),
    field("UPDATED_TIME", "Modified on", "datetime", read_only=True),
    field("CREATED_BY", "Created by", "user", read_only=True),
    field("UPDATED_BY", "Modified by", "user", read_only=True),
    field("ASSIGNED_BY_ID", "Responsible person", "user"),
    field("OPENED", "Available to everyone", "boolean", required=True),
    field("COMMENTS", "Comment", "text"),
    field("SOURCE_ID", "Source", "crm_status", status="SOURCE"),
    field("SOURCE_DESCRIPTION", "Source information", "text"),
    field("OBSERVERS", "Observers", "user", multiple=True),
    field("ORIGINATOR_ID", "External source"),
    field("ORIGIN_ID", "Item ID in external source"),
    *(field(code, code) for code in UTM),
)

_MONEY: Sequence[tuple[str, Record]] = (
    field("OPPORTUNITY", "Amount", "double"),
    field("CURRENCY_ID", "Currency", "crm_currency"),
    field("IS_MANUAL_OPPORTUNITY", "Calculate manually", "boolean"),
)

_SALE: Sequence[tuple[str, Record]] = (
    field("STAGE_ID", "Stage", "crm_status", status="DEAL_STAGE"),
    field("STAGE_SEMANTIC_ID", "Stage group", read_only=True),
    *_MONEY,
    field("COMPANY_ID", "Company", "crm_company"),
    field("CONTACT_ID", "Contact", "crm_contact"),
    field("CONTACT_IDS", "Contacts", "crm_contact", multiple=True),
    field(
        "UF_CRM_1101",
        "Product line",
        "enumeration",
        options={110101: "Software", 110102: "Hardware", 110103: "Enterprise"},
    ),
    field("UF_CRM_1102", "Topic", settings={"SIZE": 20, "ROWS": 1}),
    field(
        "UF_CRM_1103",
        "Interests",
        "enumeration",
        multiple=True,
        options={110301: "Demo", 110302: "Prices", 110303: "Partnership", 110304: "Support"},
    ),
    field("UF_CRM_1104", "Wanted date", "date"),
    field("UF_CRM_1105", "Meeting at", "datetime"),
    field("UF_CRM_1106", "Wants newsletter", "boolean"),
    field("UF_CRM_1107", "Delivery cost", "money"),
    field("UF_CRM_1108", "Seats", "integer"),
    field("UF_CRM_1109", "Tags", multiple=True),
    field("UF_CRM_1110", "Contract", "file"),
)

FIELDS: Mapping[str, Mapping[str, Record]] = {
    "deal": dict(
        (
            *_COMMON,
            field("TITLE", "Name"),
            field("TYPE_ID", "Deal type", "crm_status", status="DEAL_TYPE"),
            field("CATEGORY_ID", "Pipeline", "crm_category"),
            field("CLOSED", "Closed", "boolean", read_only=True),
            field("BEGINDATE", "Start date", "date"),
            field("CLOSEDATE", "End date", "date"),
            *_SALE,
        )
    ),
    "lead": dict(
        (
            *_COMMON,
            field("TITLE", "Lead name"),
            field("NAME", "First name"),
            field("LAST_NAME", "Last name"),
            field("COMPANY_TITLE", "Company name"),
            *_SALE,
            field("STAGE_ID", "Status", "crm_status", status="STATUS"),
        )
    ),
    "contact": dict(
        (
            *_COMMON,
            field("NAME", "First name"),
            field("SECOND_NAME", "Second name"),
            field("LAST_NAME", "Last name"),
            field("POST", "Position"),
            field("BIRTHDATE", "Date of birth", "date"),
            field("TYPE_ID", "Contact type", "crm_status", status="CONTACT_TYPE"),
            field("COMPANY_ID", "Company", "crm_company"),
            field("COMPANY_IDS", "Companies", "crm_company", multiple=True),
            field("FM", "Multifields", "crm_multifield", multiple=True),
            field(
                "UF_CRM_2102",
                "Preferred contact",
                "enumeration",
                options={210201: "Phone", 210202: "E-mail", 210203: "Messenger"},
            ),
            field("UF_CRM_2103", "Profile", "url"),
            field("UF_CRM_2104", "About", settings={"SIZE": 20, "ROWS": 5}),
            field("UF_CRM_2105", "Delivery address", "address"),
            field("UF_CRM_2106", "Tags", multiple=True),
        )
    ),
    "company": dict(
        (
            *_COMMON,
            field("TITLE", "Company name"),
            field("TYPE_ID", "Company type", "crm_status", status="COMPANY_TYPE"),
            field("INDUSTRY", "Industry", "crm_status", status="INDUSTRY"),
            field("EMPLOYEES", "Employees", "crm_status", status="EMPLOYEES"),
            field("REVENUE", "Annual revenue", "double"),
            field("CURRENCY_ID", "Currency", "crm_currency"),
            field("CONTACT_IDS", "Contacts", "crm_contact", multiple=True),
            field("FM", "Multifields", "crm_multifield", multiple=True),
            field("UF_CRM_3102", "Tags", multiple=True),
        )
    ),
}
"""Entity to its fields by name."""
