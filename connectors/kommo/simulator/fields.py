"""The demo account's custom fields, in the shape of GET /{entity}/custom_fields.

Field ids differ per entity type; only predefined fields have codes one can rely on.
Source: developers.kommo.com, Custom fields.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from connectors.simulation import Record

CHOICE_TYPES = frozenset({"select", "radiobutton", "category", "multiselect"})
PHONE_TYPES = ("WORK", "WORKDD", "MOB", "FAX", "HOME", "OTHER")
EMAIL_TYPES = ("WORK", "PRIV", "OTHER")
MESSENGER_TYPES = ("SKYPE", "ICQ", "JABBER", "GTALK", "MSN", "OTHER")
ADDRESS_PARTS = ("address_line_1", "address_line_2", "city", "state", "zip", "country")
TRACKING = (
    *("UTM_CONTENT", "UTM_MEDIUM", "UTM_CAMPAIGN", "UTM_SOURCE", "UTM_TERM", "UTM_REFERRER"),
    *("OPENSTAT_SERVICE", "OPENSTAT_CAMPAIGN", "OPENSTAT_AD", "OPENSTAT_SOURCE"),
    *("REFERRER", "FROM", "ROISTAT", "GCLIENTID", "GCLID", "YCLID", "FBCLID"),
    *("_YM_UID", "_YM_COUNTER"),
)


def field(
    entity: str,
    id: int,
    name: str,
    type: str,
    *,
    code: str | None = None,
    options: Sequence[str] = (),
    currency: str | None = None,
    lists: Sequence[tuple[int, str]] = (),
) -> Record:
    """A field's definition. The options of a multitext are its codes, of a choice its labels.

    ``lists`` are the id and title of each list that a chained list chooses from.
    """
    return {
        "id": id,
        "name": name,
        "type": type,
        "code": code,
        "sort": 500 + id % 500,
        "is_api_only": False,
        "enums": _enums(id, type, options),
        "group_id": "statistic" if type == "tracking_data" else None,
        "required_statuses": [],
        "hidden_statuses": [],
        "is_deletable": code is None,
        "is_predefined": code is not None,
        "entity_type": entity,
        "tracking_callback": "" if type == "tracking_data" else None,
        "remind": "never" if type == "birthday" else None,
        "currency": currency,
        "chained_lists": _chained(lists),
    }


def _chained(lists: Sequence[tuple[int, str]]) -> list[Record] | None:
    """Each list below the one before it. Source: github.com/amocrm/amocrm-api-php, ChainedLists."""
    parents = [None, *(id for id, _ in lists)]
    return [
        {"catalog_id": id, "title": title, "parent_catalog_id": parent}
        for (id, title), parent in zip(lists, parents, strict=False)
    ] or None


def _enums(field_id: int, type: str, options: Sequence[str]) -> list[Record] | None:
    # The parts of an address are numbered 1 to 6 in every account.
    first = 1 if type == "smart_address" else 100 * field_id + 1
    coded = type not in CHOICE_TYPES
    return [
        {"id": first + place, "value": option, "sort": place, "code": option if coded else None}
        for place, option in enumerate(options)
    ] or None


def value_text(value: Record) -> str:
    """One of a field's values as text; of an object its members, one a line."""
    whole = value["value"] if "value" in value else value["catalog_element_id"]
    if isinstance(whole, Mapping):
        return "\n".join(f"{name}: {part}" for name, part in whole.items() if part is not None)
    return str(whole)


FIELDS: Mapping[str, Sequence[Record]] = {
    "leads": [
        *(
            field("leads", 1001 + place, code.lower(), "tracking_data", code=code)
            for place, code in enumerate(TRACKING)
        ),
        field(
            "leads", 1101, "Product line", "select", options=("Software", "Hardware", "Enterprise")
        ),
        field("leads", 1102, "Topic", "text"),
        field(
            "leads",
            1103,
            "Interests",
            "multiselect",
            options=("Demo", "Prices", "Partnership", "Support"),
        ),
        field("leads", 1104, "Wanted date", "date"),
        field("leads", 1105, "Meeting at", "date_time"),
        field("leads", 1106, "Wants newsletter", "checkbox"),
        field("leads", 1107, "Delivery cost", "monetary", currency="UAH"),
        field("leads", 1108, "Seats", "numeric"),
        field("leads", 1109, "Formwire ID", "text"),
        field("leads", 1110, "Contract", "file"),
        field("leads", 1111, "Goods", "chained_list", lists=((801, "Range"), (802, "Model"))),
    ],
    "contacts": [
        field("contacts", 2001, "Position", "text", code="POSITION"),
        field("contacts", 2002, "Phone", "multitext", code="PHONE", options=PHONE_TYPES),
        field("contacts", 2003, "Email", "multitext", code="EMAIL", options=EMAIL_TYPES),
        field("contacts", 2004, "Messenger", "multitext", code="IM", options=MESSENGER_TYPES),
        field("contacts", 2101, "Birthday", "birthday"),
        field(
            "contacts",
            2102,
            "Preferred contact",
            "radiobutton",
            options=("Phone", "E-mail", "Messenger"),
        ),
        field("contacts", 2103, "Profile", "url"),
        field("contacts", 2104, "About", "textarea"),
        field("contacts", 2105, "Delivery address", "smart_address", options=ADDRESS_PARTS),
    ],
    "companies": [
        field("companies", 3001, "Phone", "multitext", code="PHONE", options=PHONE_TYPES),
        field("companies", 3002, "Email", "multitext", code="EMAIL", options=EMAIL_TYPES),
        field("companies", 3003, "Web", "url", code="WEB"),
        field("companies", 3004, "Address", "textarea", code="ADDRESS"),
        field(
            "companies",
            3101,
            "Industry",
            "select",
            options=("Retail", "Manufacturing", "Services", "Public sector"),
        ),
        field("companies", 3102, "Requisites", "legal_entity"),
    ],
}
