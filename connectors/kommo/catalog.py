"""Kommo's account, pipelines, users and custom fields, as our Catalog."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from connectors.base import Kind
from connectors.catalog import Catalog, Field, FieldType, Option, Pipeline, Stage, User
from connectors.kommo.api import Item
from connectors.kommo.parts import parts_of

PATHS: Mapping[Kind, str] = {
    Kind.CONTACT: "contacts",
    Kind.COMPANY: "companies",
    Kind.DEAL: "leads",
    Kind.TASK: "tasks",
}

# developers.kommo.com/docs/custom-fields: the kinds of custom fields.
FIELD_TYPES: Mapping[str, FieldType] = {
    "text": FieldType.TEXT,
    "textarea": FieldType.LONG_TEXT,
    "streetaddress": FieldType.LONG_TEXT,
    "url": FieldType.URL,
    "numeric": FieldType.NUMBER,
    "price": FieldType.MONEY,
    "monetary": FieldType.MONEY,
    "checkbox": FieldType.YES_NO,
    "date": FieldType.DATE,
    "birthday": FieldType.DATE,
    "date_time": FieldType.DATETIME,
    "select": FieldType.CHOICE,
    "radiobutton": FieldType.CHOICE,
    "category": FieldType.CHOICE,
    "multiselect": FieldType.CHOICES,
    "multitext": FieldType.TEXT,
    "tracking_data": FieldType.TEXT,
}

MULTITEXTS: Mapping[str | None, tuple[str, FieldType]] = {
    "PHONE": ("phone", FieldType.PHONE),
    "EMAIL": ("email", FieldType.EMAIL),
}
"""Code of a predefined multitext field to our field id and type."""

MESSENGER_CODE = "IM"
"""Code of the predefined multitext field for messengers, whose kinds of value are the messengers."""

MESSENGER_LABELS: Mapping[str, str] = {
    "SKYPE": "Skype",
    "JABBER": "Jabber",
    "GTALK": "Google Talk",
    "OTHER": "Other",
}
"""How people write those of Kommo's codes for messengers that they do not write in capitals."""

# 142 is won and 143 is lost in every pipeline (developers.kommo.com/docs/leads).
CLOSED_STAGES = frozenset({142, 143})
INCOMING = 1

_NAME = Field("name", "Name", FieldType.TEXT)
_RESPONSIBLE = Field("responsible", "Responsible user", FieldType.USER)
_PEOPLE: Mapping[Kind, tuple[Field, ...]] = {
    Kind.CONTACT: (
        _NAME,
        Field("first_name", "First name", FieldType.TEXT),
        Field("last_name", "Last name", FieldType.TEXT),
        _RESPONSIBLE,
    ),
    Kind.COMPANY: (_NAME, _RESPONSIBLE),
}


def catalog_of(
    account: Item,
    pipelines: Iterable[Item],
    users: Iterable[Item],
    custom_fields: Mapping[Kind, Sequence[Item]],
    *,
    price_decimals: int,
) -> Catalog:
    """Build the catalog from Kommo's own lists."""
    currency = account.get("currency")
    own = {**_PEOPLE, Kind.DEAL: _deal_fields(currency, price_decimals)}
    embedded = account.get("_embedded") or {}
    return Catalog(
        fields={
            kind: own[kind] + tuple(field for item in items for field in _fields(item))
            for kind, items in custom_fields.items()
        },
        pipelines=tuple(_pipeline(item) for item in pipelines if not item.get("is_archive")),
        users=tuple(_user(item) for item in users),
        task_types=tuple(
            Option(str(item["id"]), item["name"]) for item in embedded.get("task_types") or []
        ),
        currency=currency,
        time_zone=_zone((embedded.get("datetime_settings") or {}).get("timezone")),
        merges=True,
    )


def _zone(name: str | None) -> str | None:
    """The zone's name, None when this host does not know it."""
    try:
        return ZoneInfo(name).key if name else None
    except (ZoneInfoNotFoundError, ValueError):
        return None


def _deal_fields(currency: str | None, price_decimals: int) -> tuple[Field, ...]:
    return (
        _NAME,
        Field("budget", "Budget", FieldType.MONEY, decimals=price_decimals, currency=currency),
        _RESPONSIBLE,
        Field("pipeline", "Pipeline", FieldType.PIPELINE),
        Field("stage", "Stage", FieldType.STAGE),
    )


def _fields(item: Item) -> list[Field]:
    """Our fields for one of Kommo's: one, or one for each of its parts."""
    if parts := parts_of(item):
        return parts
    id, label, code = str(item["id"]), item["name"], item.get("code")
    type = FIELD_TYPES.get(item["type"], FieldType.OPAQUE)
    many = item["type"] == "multitext"
    if many and code in MULTITEXTS:
        id, type = MULTITEXTS[code]
    elif many and code == MESSENGER_CODE:
        type = FieldType.MESSENGER
    return [
        Field(
            id,
            label,
            type,
            code=code,
            many=many,
            read_only=type is FieldType.OPAQUE,
            options=tuple(_options(type, item.get("enums") or [])),
            currency=item.get("currency"),
        )
    ]


def _options(type: FieldType, enums: Iterable[Item]) -> Iterator[Option]:
    for enum in enums:
        if type is FieldType.MESSENGER:
            # Codes are the same in every account, ids are not.
            code = str(enum.get("code") or enum["value"])
            yield Option(code, MESSENGER_LABELS.get(code, code))
        elif type in (FieldType.CHOICE, FieldType.CHOICES):
            yield Option(str(enum["id"]), enum["value"])


def _pipeline(item: Item) -> Pipeline:
    stages = (item.get("_embedded") or {}).get("statuses") or []
    return Pipeline(
        str(item["id"]),
        item["name"],
        stages=tuple(
            Stage(
                str(stage["id"]),
                stage["name"],
                closed=stage["id"] in CLOSED_STAGES,
                incoming=stage.get("type") == INCOMING,
            )
            for stage in sorted(stages, key=lambda stage: stage.get("sort", 0))
        ),
        main=bool(item.get("is_main")),
    )


def _user(item: Item) -> User:
    rights = item.get("rights") or {}
    return User(
        str(item["id"]),
        item["name"],
        email=item.get("email"),
        active=bool(rights.get("is_active", True)),
    )
