"""HubSpot's account, pipelines, owners and properties, as our Catalog."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from connectors.base import Kind
from connectors.catalog import Catalog, Field, FieldType, Option, Pipeline, Stage, User
from connectors.hubspot.api import Item

PEOPLE = (Kind.CONTACT, Kind.COMPANY)
KINDS = (*PEOPLE, Kind.DEAL)

OWNER = "hubspot_owner_id"
OWN: Mapping[Kind, Mapping[str, str]] = {
    Kind.CONTACT: {
        "first_name": "firstname",
        "last_name": "lastname",
        "phone": "phone",
        "email": "email",
        "responsible": OWNER,
    },
    Kind.COMPANY: {"name": "name", "phone": "phone", "email": "email", "responsible": OWNER},
    Kind.DEAL: {
        "name": "dealname",
        "budget": "amount",
        "responsible": OWNER,
        "pipeline": "pipeline",
        "stage": "dealstage",
    },
}
"""Our field id to HubSpot's property, where they differ or the id means the same in every CRM."""

_CANONICAL = frozenset(
    "name first_name last_name phone email budget responsible pipeline stage".split()
)
_TYPES: Mapping[str, FieldType] = {
    "budget": FieldType.MONEY,
    "phone": FieldType.PHONE,
    "email": FieldType.EMAIL,
    "responsible": FieldType.USER,
    "pipeline": FieldType.PIPELINE,
    "stage": FieldType.STAGE,
}

MANY = ("phone", "email")
_PLACES: Mapping[str, tuple[str, ...]] = {
    "phone": ("phone", "mobilephone", *(f"phone_{number}" for number in range(2, 10))),
    "email": ("email", *(f"email_{number}" for number in range(2, 10))),
}
"""HubSpot's properties hold one value each: those that the values of ours go to, in this order."""

# Further addresses of a contact that was merged, or that a person added; the objects API reads them.
ADDITIONAL = "hs_additional_emails"
RICH = ".html"
"""How the id of a rich-text field ends."""

# developers.hubspot.com, Tasks: hs_task_type
TASK_TYPES = (Option("TODO", "To-do"), Option("CALL", "Call"), Option("EMAIL", "Email"))


def catalog_of(
    account: Item,
    pipelines: Iterable[Item],
    owners: Iterable[Item],
    properties: Mapping[Kind, Iterable[Item]],
) -> Catalog:
    """Build the catalog from HubSpot's own lists."""
    currency = account.get("companyCurrency")
    return Catalog(
        fields={kind: _fields(kind, items, currency) for kind, items in properties.items()},
        pipelines=tuple(_pipelines(pipelines)),
        users=tuple(_user(one) for one in owners if one.get("type") != "QUEUE"),
        task_types=TASK_TYPES,
        currency=currency,
        time_zone=_zone(account.get("timeZone")),
    )


def places(kind: Kind, id: str, catalog: Catalog) -> list[str]:
    """The properties that the values of the field ``id``, which may have many, go to."""
    there = {field.code for field in catalog.fields.get(kind, ()) if not field.read_only}
    return [name for name in _PLACES[id] if name in there]


def _zone(name: str | None) -> str | None:
    """The zone's name, None when this host does not know it."""
    try:
        return ZoneInfo(name).key if name else None
    except (ZoneInfoNotFoundError, ValueError):
        return None


def _fields(kind: Kind, items: Iterable[Item], currency: str | None) -> tuple[Field, ...]:
    """Those that HubSpot computes are left out; they are hundreds, and nobody writes them."""
    ours = {name: id for id, name in OWN[kind].items()}
    fields = [
        _field(item, ours.get(str(item["name"])), currency)
        for item in items
        if _is_shown(item) or item["name"] in ours
    ]
    order = list(OWN[kind])
    known = sorted(
        (field for field in fields if field.id in order), key=lambda field: order.index(field.id)
    )
    whole = [Field("name", "Name", FieldType.TEXT)] if kind is Kind.CONTACT else []
    return (*whole, *known, *(field for field in fields if field.id not in order))


def _is_shown(item: Item) -> bool:
    meta = item.get("modificationMetadata") or {}
    hidden = item.get("hidden") or item.get("archived") or item.get("calculated")
    return not hidden and not meta.get("readOnlyValue")


def _field(item: Item, ours: str | None, currency: str | None) -> Field:
    name = str(item["name"])
    type = _TYPES.get(ours or "") or _type(item)
    id = ours or name
    if ours is None and name in _CANONICAL:
        id = f"{name}_property"
    if ours is None and item.get("fieldType") == "html":
        id += RICH
    return Field(
        id,
        str(item.get("label") or name),
        type,
        code=name,
        many=ours in MANY,
        read_only=type is FieldType.OPAQUE,
        options=_options(type, item),
        currency=currency if type is FieldType.MONEY else None,
    )


def _type(item: Item) -> FieldType:
    """Our type of a property (Properties guide: type and fieldType)."""
    type, shown = str(item.get("type")), str(item.get("fieldType"))
    if item.get("referencedObjectType") == "OWNER":
        return FieldType.OPAQUE if shown == "checkbox" else FieldType.USER
    if type == "enumeration":
        if item.get("externalOptions"):
            return FieldType.OPAQUE
        return {"booleancheckbox": FieldType.YES_NO, "checkbox": FieldType.CHOICES}.get(
            shown, FieldType.CHOICE
        )
    if type == "string":
        return {
            "textarea": FieldType.LONG_TEXT,
            "html": FieldType.LONG_TEXT,
            "phonenumber": FieldType.PHONE,
            "file": FieldType.OPAQUE,
        }.get(shown, FieldType.TEXT)
    if type == "number":
        return FieldType.MONEY if item.get("showCurrencySymbol") else FieldType.NUMBER
    return {
        "bool": FieldType.YES_NO,
        "date": FieldType.DATE,
        "datetime": FieldType.DATETIME,
        "phone_number": FieldType.PHONE,
    }.get(type, FieldType.OPAQUE)


def _options(type: FieldType, item: Item) -> tuple[Option, ...]:
    if type not in (FieldType.CHOICE, FieldType.CHOICES):
        return ()
    options = sorted(item.get("options") or [], key=_order)
    return tuple(
        Option(str(one["value"]), str(one.get("label") or one["value"]))
        for one in options
        if not one.get("hidden")
    )


def _order(item: Item) -> int:
    # A part of HubSpot's own lists has -1 for "at the end".
    place = item.get("displayOrder")
    return place if isinstance(place, int) and place >= 0 else 1_000_000


def _pipelines(items: Iterable[Item]) -> Iterable[Pipeline]:
    active = sorted((item for item in items if not item.get("archived")), key=_order)
    for place, item in enumerate(active):
        stages = sorted(
            (one for one in item.get("stages") or [] if not one.get("archived")), key=_order
        )
        yield Pipeline(
            str(item["id"]),
            str(item["label"]),
            stages=tuple(
                Stage(str(one["id"]), str(one["label"]), closed=_is_closed(one)) for one in stages
            ),
            main=place == 0,
        )


def _is_closed(stage: Item) -> bool:
    told = (stage.get("metadata") or {}).get("isClosed")
    return str(told).lower() == "true"


def _user(item: Item) -> User:
    names = (str(item.get(key) or "") for key in ("firstName", "lastName"))
    email = item.get("email") or None
    return User(
        str(item["id"]),
        " ".join(filter(None, names)) or email or str(item["id"]),
        email=email,
        active=not item.get("archived"),
    )
