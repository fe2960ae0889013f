"""Pipedrive's fields, pipelines, users and activity types, as our Catalog."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from connectors.base import Kind
from connectors.catalog import Catalog, Field, FieldType, Option, Pipeline, Stage, User
from connectors.errors import SettingsError
from connectors.pipedrive.api import Item

PATHS: Mapping[Kind, str] = {
    Kind.CONTACT: "v2/persons",
    Kind.COMPANY: "v2/organizations",
    Kind.DEAL: "v2/deals",
    Kind.TASK: "v2/activities",
}
FIELD_PATHS: Mapping[Kind, str] = {
    Kind.CONTACT: "v2/personFields",
    Kind.COMPANY: "v2/organizationFields",
    Kind.DEAL: "v2/dealFields",
}

# What Field type a custom field has (API v2, DealFields, POST /dealFields). Those made of parts
# are in `PARTS`; the ids of people and organizations are numbers.
FIELD_TYPES: Mapping[str, FieldType] = {
    "varchar": FieldType.TEXT,
    "varchar_auto": FieldType.TEXT,
    "text": FieldType.LONG_TEXT,
    "phone": FieldType.PHONE,
    "double": FieldType.NUMBER,
    "monetary": FieldType.MONEY,
    "enum": FieldType.CHOICE,
    "set": FieldType.CHOICES,
    "date": FieldType.DATE,
    "user": FieldType.USER,
    "org": FieldType.NUMBER,
    "people": FieldType.NUMBER,
}

ZONE = "timezone_name"
_TEXT, _DATE = FieldType.TEXT, FieldType.DATE
PARTS: Mapping[str, Mapping[str, tuple[str, FieldType]]] = {
    "address": {"value": ("", _TEXT)},
    "daterange": {"value": (": from", _DATE), "until": (": until", _DATE)},
    "time": {"value": ("", _TEXT), ZONE: (": time zone", _TEXT)},
    "timerange": {
        "value": (": from", _TEXT),
        "until": (": until", _TEXT),
        ZONE: (": time zone", _TEXT),
    },
}
"""Type of a field whose value is an object to its members: what their labels end in, and types.

A member's field has the id of the whole, a dot, and the member's name, such as ``9a….until``.
"""

WON, LOST = "won", "lost"
CLOSING = (Stage(WON, "Won", closed=True), Stage(LOST, "Lost", closed=True))
"""Pipedrive closes a deal by its status, in whatever stage it is; every pipeline gets both."""

LABELS = "label_ids"
"""The code of the field whose options are the labels, which we call tags."""

MESSENGERS = (Option("skype", "Skype"), Option("whatsapp", "WhatsApp"))
"""Where the account lists none itself (API v2, GET /persons)."""

_NAME = Field("name", "Name", FieldType.TEXT, code="name")
_RESPONSIBLE = Field("responsible", "Owner", FieldType.USER, code="owner_id")
_PEOPLE: Mapping[Kind, tuple[Field, ...]] = {
    Kind.CONTACT: (
        _NAME,
        Field("first_name", "First name", FieldType.TEXT, code="first_name"),
        Field("last_name", "Last name", FieldType.TEXT, code="last_name"),
        Field("email", "E-mail", FieldType.EMAIL, code="emails", many=True),
        Field("phone", "Phone", FieldType.PHONE, code="phones", many=True),
        _RESPONSIBLE,
    ),
    Kind.COMPANY: (_NAME, _RESPONSIBLE),
}

# Fields of Pipedrive's own that an account may lack: some exist with contact sync only.
_OWN: Mapping[Kind, Mapping[str, FieldType]] = {
    Kind.CONTACT: {
        "im": FieldType.MESSENGER,
        "job_title": FieldType.TEXT,
        "birthday": FieldType.DATE,
    },
    Kind.COMPANY: {
        "address": FieldType.TEXT,
        "website": FieldType.URL,
        "linkedin": FieldType.URL,
        "industry": FieldType.CHOICE,
        "annual_revenue": FieldType.NUMBER,
        "employee_count": FieldType.NUMBER,
    },
    Kind.DEAL: {
        "probability": FieldType.NUMBER,
        "expected_close_date": FieldType.DATE,
        "lost_reason": FieldType.TEXT,
    },
}
_WHOLE = frozenset({"annual_revenue", "employee_count"})


@dataclass(frozen=True, slots=True)
class Reach:
    """Which fields of organizations hold phones and e-mails, by label or key; empty for none."""

    phone: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True)
class Lists:
    """An account's own lists, as the API answers them."""

    me: Item
    fields: Mapping[Kind, Sequence[Item]]
    pipelines: Sequence[Item]
    stages: Sequence[Item]
    users: Sequence[Item]
    activity_types: Sequence[Item]


def catalog_of(lists: Lists, reach: Reach) -> Catalog:
    """Build the catalog. Raises SettingsError when a field of ``reach`` is not there."""
    currency = lists.me.get("default_currency")
    own = {**_PEOPLE, Kind.DEAL: _deal_fields(currency)}
    fields = {
        kind: own[kind] + tuple(field for item in items for field in _fields(kind, item, currency))
        for kind, items in lists.fields.items()
    }
    fields[Kind.COMPANY] = _reachable(fields[Kind.COMPANY], reach)
    return Catalog(
        fields=fields,
        pipelines=_pipelines(lists.pipelines, lists.stages),
        users=tuple(_user(item) for item in lists.users if not item.get("is_deleted")),
        task_types=tuple(
            Option(str(item["key_string"]), item["name"])
            for item in lists.activity_types
            if item.get("active_flag", True)
        ),
        currency=currency,
        time_zone=_zone(lists.me.get("timezone_name")),
    )


def _zone(name: str | None) -> str | None:
    """The zone's name, None when this host does not know it."""
    try:
        return ZoneInfo(name).key if name else None
    except (ZoneInfoNotFoundError, ValueError):
        return None


def _deal_fields(currency: str | None) -> tuple[Field, ...]:
    return (
        replace(_NAME, code="title"),
        Field("budget", "Value", FieldType.MONEY, code="value", currency=currency),
        _RESPONSIBLE,
        Field("pipeline", "Pipeline", FieldType.PIPELINE, code="pipeline_id"),
        Field("stage", "Stage", FieldType.STAGE, code="stage_id"),
    )


def _fields(kind: Kind, item: Item, currency: str | None) -> Iterator[Field]:
    """Our fields for one of Pipedrive's: none, one, or one for each of its parts."""
    code, label = str(item["field_code"]), str(item["field_name"])
    if not item.get("is_custom_field"):
        yield from _own_field(kind, code, label, item)
        return
    vendors = str(item["field_type"])
    for part, (ending, type) in PARTS.get(vendors, {}).items():
        yield Field(f"{code}.{part}", f"{label}{ending}", type)
    if vendors in PARTS:
        return
    type = FIELD_TYPES.get(vendors, FieldType.OPAQUE)
    yield Field(
        code,
        label,
        type,
        read_only=type is FieldType.OPAQUE,
        options=tuple(_options(item)),
        currency=currency if type is FieldType.MONEY else None,
    )


def _own_field(kind: Kind, code: str, label: str, item: Item) -> Iterator[Field]:
    if code == LABELS:
        # Written as tags, so a module has one place for them.
        options = tuple(_options(item))
        yield Field(code, label, FieldType.CHOICES, read_only=True, options=options)
    elif type := _OWN[kind].get(code):
        messenger = type is FieldType.MESSENGER
        yield Field(
            code,
            label,
            type,
            many=messenger,
            options=tuple(_options(item)) or (MESSENGERS if messenger else ()),
            decimals=0 if code in _WHOLE else None,
        )


def _options(item: Item) -> Iterator[Option]:
    for option in item.get("options") or []:
        yield Option(str(option["id"]), str(option["label"]))


def _reachable(fields: tuple[Field, ...], reach: Reach) -> tuple[Field, ...]:
    """The fields of companies, of which two may serve as phone and e-mail."""
    for id, type, named in (
        ("phone", FieldType.PHONE, reach.phone),
        ("email", FieldType.EMAIL, reach.email),
    ):
        if not named:
            continue
        at = next((at for at, field in enumerate(fields) if _is_called(field, named)), None)
        if at is None or fields[at].type not in _HOLDING:
            raise SettingsError(
                f"company_{id}_field: must be the label or key of a text field of organizations"
            )
        # Its key becomes the code: that is where it is written.
        served = replace(fields[at], id=id, type=type, code=fields[at].id, many=True)
        fields = (*fields[:at], served, *fields[at + 1 :])
    return fields


_HOLDING = frozenset({FieldType.TEXT, FieldType.LONG_TEXT, FieldType.PHONE})


def _is_called(field: Field, named: str) -> bool:
    return is_custom(field.id) and (field.id == named or field.label.casefold() == named.casefold())


def is_custom(id: str) -> bool:
    """Whether this is the key of a custom field, of which every account has its own."""
    return _KEY.fullmatch(id) is not None


_KEY = re.compile(r"[0-9a-f]{40}")


def _pipelines(pipelines: Iterable[Item], stages: Sequence[Item]) -> tuple[Pipeline, ...]:
    """Pipelines in order; the first one is the account's usual one (API v2, GET /pipelines)."""
    found = sorted(
        (item for item in pipelines if not item.get("is_deleted")),
        key=lambda item: (item.get("order_nr", 0), item["id"]),
    )
    return tuple(
        Pipeline(
            str(item["id"]),
            item["name"],
            stages=(*_stages(item["id"], stages), *CLOSING),
            main=at == 0,
        )
        for at, item in enumerate(found)
    )


def _stages(pipeline_id: int, stages: Iterable[Item]) -> Iterator[Stage]:
    own = (one for one in stages if one["pipeline_id"] == pipeline_id)
    for item in sorted(own, key=lambda one: one.get("order_nr", 0)):
        if not item.get("is_deleted"):
            yield Stage(str(item["id"]), item["name"])


def _user(item: Item) -> User:
    return User(
        str(item["id"]),
        item["name"],
        email=item.get("email"),
        active=bool(item.get("active_flag", True)),
    )
