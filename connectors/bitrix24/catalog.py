"""Bitrix24's fields, pipelines, stages, dictionaries and users, as our Catalog."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from connectors.base import Kind
from connectors.bitrix24.api import Api, Command, Item
from connectors.bitrix24.spec import Entities, has_leads
from connectors.catalog import Catalog, Field, FieldType, Option, Pipeline, Stage, User
from connectors.errors import SettingsError, UnavailableError

# apidocs.bitrix24.com, Custom fields: types. What is missing holds files or rows of other lists.
FIELD_TYPES: Mapping[str, FieldType] = {
    "string": FieldType.TEXT,
    "text": FieldType.LONG_TEXT,
    "address": FieldType.LONG_TEXT,
    "url": FieldType.URL,
    "integer": FieldType.NUMBER,
    "double": FieldType.NUMBER,
    "money": FieldType.MONEY,
    "char": FieldType.YES_NO,
    "boolean": FieldType.YES_NO,
    "date": FieldType.DATE,
    "datetime": FieldType.DATETIME,
    "enumeration": FieldType.CHOICE,
    "crm_status": FieldType.CHOICE,
    "user": FieldType.USER,
    "employee": FieldType.USER,
    "crm": FieldType.TEXT,
}

OWN_KEYS: Mapping[Kind, Mapping[str, str]] = {
    Kind.CONTACT: {
        "first_name": "name",
        "last_name": "lastName",
        "responsible": "assignedById",
    },
    Kind.COMPANY: {"name": "title", "responsible": "assignedById"},
    Kind.DEAL: {
        "name": "title",
        "budget": "opportunity",
        "responsible": "assignedById",
        "pipeline": "categoryId",
        "stage": "stageId",
        "first_name": "name",  # a lead names a person of its own
        "last_name": "lastName",
    },
}
"""Our field id to Bitrix24's, where they differ."""

MULTIFIELDS: Mapping[str, tuple[str, str, FieldType]] = {
    "phone": ("PHONE", "Phone", FieldType.PHONE),
    "email": ("EMAIL", "E-mail", FieldType.EMAIL),
    "messenger": ("IM", "Messenger", FieldType.MESSENGER),
    "web": ("WEB", "Website", FieldType.URL),
}
"""Our field id to Bitrix24's type of multifield, its label and our type."""

# apidocs.bitrix24.com, crm_multifield: what an address in a messenger can be of.
MESSENGERS: Mapping[str, str] = {
    "TELEGRAM": "Telegram",
    "VIBER": "Viber",
    "FACEBOOK": "Facebook",
    "INSTAGRAM": "Instagram",
    "SKYPE": "Skype",
    "VK": "VK",
    "ICQ": "ICQ",
    "MSN": "MSN",
    "JABBER": "Jabber",
    "OTHER": "Other",
}

_SEPARATE = frozenset(
    "fm contactId contactIds contacts companyId companyIds leadId quoteId dealId mycompanyId "
    "originatorId originId originVersion currencyId categoryId webformId isManualOpportunity "
    "previousStageId stageSemanticId closed hasPhone hasEmail hasImol".split()
)
"""Fields that are written in other ways, or by nobody."""

LEADS = Pipeline("0", "Leads", (), main=True)
TODO = Option("todo", "To-do")
"""The one type that crm.activity.todo.add makes."""

_SUCCESS, _FAILURE = "S", "F"
_CENTS = 2


def read_catalog(api: Api, entities: Entities) -> Catalog:
    """Read everything a module may refer to: three calls, and one for every 50 users more."""
    kinds = (Kind.CONTACT, Kind.COMPANY, Kind.DEAL)
    with_leads = has_leads(entities)
    descriptions = [
        *(Command("crm.item.fields", {"entityTypeId": entities[kind].type_id}) for kind in kinds),
        Command("crm.currency.base.get", {}),
        Command("crm.settings.mode.get", {}),
    ]
    *fields, currency, mode = api.read(descriptions)
    described = {kind: _described(answer) for kind, answer in zip(kinds, fields, strict=True)}
    if with_leads:
        require_leads(mode)
    categories, users = api.lists(
        [
            Command("crm.category.list", {"entityTypeId": 2}),
            Command("user.get", {"FILTER": {"ACTIVE": "true"}}),
        ]
    )
    pipelines = [LEADS] if with_leads else [_pipeline(one) for one in categories]
    statuses = _statuses(api, described, [stages_of(one, with_leads) for one in pipelines])
    base = currency if isinstance(currency, str) else None
    return Catalog(
        fields={
            kind: tuple(_fields(kind, described[kind], statuses, base, with_leads))
            for kind in kinds
        },
        pipelines=tuple(
            Pipeline(
                one.id,
                one.label,
                tuple(_stage(row) for row in statuses[stages_of(one, with_leads)]),
                main=one.main,
            )
            for one in pipelines
        ),
        users=tuple(_user(row) for row in users),
        task_types=(TODO,),
        currency=base,
    )


def require_leads(mode: object) -> None:
    """Raise SettingsError unless leads stay leads: 2 is the mode that makes deals of them."""
    if str(mode) != "1":
        raise SettingsError(
            "deals_as: this portal works without leads and turns each into a deal; leave it empty"
        )


def stages_of(pipeline: Pipeline, with_leads: bool) -> str:
    """The dictionary that holds a pipeline's stages."""
    if with_leads:
        return "STATUS"
    return "DEAL_STAGE" if pipeline.id == "0" else f"DEAL_STAGE_{pipeline.id}"


def _described(answer: Any) -> Mapping[str, Item]:
    fields = answer.get("fields") if isinstance(answer, dict) else None
    if not isinstance(fields, dict):
        raise UnavailableError("the answer describes no fields")
    return {key: item for key, item in fields.items() if isinstance(item, dict)}


def _statuses(
    api: Api, described: Mapping[Kind, Mapping[str, Item]], stages: Sequence[str]
) -> dict[str, list[Item]]:
    """The rows of every dictionary that a field or a pipeline needs, in order."""
    needed = [
        str(item["statusType"])
        for fields in described.values()
        for key, item in fields.items()
        if item.get("statusType") and key not in _SEPARATE and key != "stageId"
    ]
    names = list(dict.fromkeys([*stages, *needed]))
    rows = api.lists(
        [
            Command("crm.status.list", {"filter": {"ENTITY_ID": name}, "order": {"SORT": "ASC"}})
            for name in names
        ]
    )
    return {
        name: sorted(some, key=lambda row: int(row.get("SORT") or 0))
        for name, some in zip(names, rows, strict=True)
    }


def _pipeline(row: Item) -> Pipeline:
    return Pipeline(str(row["id"]), str(row["name"]), (), main=row.get("isDefault") == "Y")


def _stage(row: Item) -> Stage:
    semantics = row.get("SEMANTICS") or (row.get("EXTRA") or {}).get("SEMANTICS")
    closed = semantics in (_SUCCESS, _FAILURE, "success", "failure", "apology")
    return Stage(str(row["STATUS_ID"]), str(row["NAME"]), closed=closed)


def _user(row: Item) -> User:
    names = (str(row.get(key) or "") for key in ("NAME", "LAST_NAME"))
    id = str(row["ID"])
    label = " ".join(filter(None, names)) or str(row.get("EMAIL") or id)
    return User(id, label, email=row.get("EMAIL") or None, active=row.get("ACTIVE") is not False)


# --- fields ----------------------------------------------------------------------------------


def _fields(
    kind: Kind,
    described: Mapping[str, Item],
    statuses: Mapping[str, Sequence[Item]],
    currency: str | None,
    with_leads: bool,
) -> Iterator[Field]:
    if kind is Kind.CONTACT:
        yield Field("name", "Name", FieldType.TEXT)
    if kind is not Kind.DEAL:
        yield from _multifields()
    elif with_leads:
        yield Field("pipeline", LEADS.label, FieldType.PIPELINE)
    ours = {theirs: own for own, theirs in OWN_KEYS[kind].items()}
    for key, item in described.items():
        id = ours.get(key, key)
        field = _field(id, key, item, statuses, currency)
        if field is not None:
            yield field


def _multifields() -> Iterator[Field]:
    for id, (code, label, type) in MULTIFIELDS.items():
        options = (Option(*one) for one in MESSENGERS.items()) if id == "messenger" else ()
        yield Field(id, label, type, code=code, many=True, options=tuple(options))


_OWN_TYPES: Mapping[str, FieldType] = {
    "pipeline": FieldType.PIPELINE,
    "stage": FieldType.STAGE,
    "budget": FieldType.MONEY,
}


def _field(
    id: str,
    key: str,
    item: Item,
    statuses: Mapping[str, Sequence[Item]],
    currency: str | None,
) -> Field | None:
    """One field; None for those that are no data of the record's own."""
    custom = bool(item.get("isDynamic"))
    type = _OWN_TYPES.get(id) or FIELD_TYPES.get(str(item.get("type")), FieldType.OPAQUE)
    usable = type is not FieldType.OPAQUE and not item.get("isReadOnly")
    if id not in _OWN_TYPES and not custom and (key in _SEPARATE or not usable):
        return None
    many = bool(item.get("isMultiple"))
    if type is FieldType.CHOICE and many:
        type, many = FieldType.CHOICES, False
    settings = item.get("settings") if isinstance(item.get("settings"), dict) else {}
    assert isinstance(settings, dict)
    if type is FieldType.TEXT and _count(settings.get("ROWS")) > 1:
        type = FieldType.LONG_TEXT
    return Field(
        id,
        str(item.get("title") or key),
        type,
        code=str(item.get("upperName") or key),
        many=many,
        # Bitrix24 fills in its own: it calls "opened" required, which nobody has to send.
        required=custom and bool(item.get("isRequired")),
        read_only=not usable,
        options=tuple(_options(type, item, statuses)),
        decimals=_decimals(type, item, settings),
        currency=currency if type is FieldType.MONEY else None,
    )


def _options(
    type: FieldType, item: Item, statuses: Mapping[str, Sequence[Item]]
) -> Iterable[Option]:
    if type not in (FieldType.CHOICE, FieldType.CHOICES):
        return ()
    rows = statuses.get(str(item.get("statusType")), ())
    listed = item.get("items") or ()
    return (
        *(Option(str(row["STATUS_ID"]), str(row["NAME"])) for row in rows),
        *(Option(str(row["ID"]), str(row["VALUE"])) for row in listed),
    )


def _decimals(type: FieldType, item: Item, settings: Mapping[str, object]) -> int | None:
    if type is FieldType.MONEY:
        return _CENTS
    if item.get("type") == "integer":
        return 0
    if type is FieldType.NUMBER and "PRECISION" in settings:
        return _count(settings["PRECISION"])
    return None


def _count(value: object) -> int:
    text = str(value)
    return int(text) if text.isdecimal() else 0
