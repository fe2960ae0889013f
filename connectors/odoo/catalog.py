"""Odoo's models, teams, stages, users and activity types, as our Catalog."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from connectors.base import Kind
from connectors.catalog import Catalog, Field, FieldType, Option, Pipeline, Stage, User
from connectors.errors import RejectedError
from connectors.odoo.api import ARCHIVED_TOO, Api, Context, Item
from connectors.odoo.errors import NoRight
from connectors.odoo.values import BY_ID, BY_NAME, HTML, moment

PARTNER, LEAD, ACTIVITY, MESSAGE = "res.partner", "crm.lead", "mail.activity", "mail.message"

MODELS: Mapping[Kind, str] = {
    Kind.CONTACT: PARTNER,
    Kind.COMPANY: PARTNER,
    Kind.DEAL: LEAD,
    Kind.TASK: ACTIVITY,
    Kind.NOTE: MESSAGE,
}

FIELD_TYPES: Mapping[str, FieldType] = {
    "char": FieldType.TEXT,
    "text": FieldType.LONG_TEXT,
    "html": FieldType.LONG_TEXT,
    "integer": FieldType.NUMBER,
    "float": FieldType.NUMBER,
    "monetary": FieldType.MONEY,
    "boolean": FieldType.YES_NO,
    "date": FieldType.DATE,
    "datetime": FieldType.DATETIME,
    "selection": FieldType.CHOICE,
    "many2one": FieldType.CHOICE,
    "many2many": FieldType.CHOICES,
}

SPECIAL: Mapping[str, FieldType] = {
    "phone": FieldType.PHONE,
    "email_from": FieldType.EMAIL,
    "website": FieldType.URL,
}
"""Text fields that are more than text."""

UTM: Mapping[str, str] = {
    "utm.source": "UTM_SOURCE",
    "utm.medium": "UTM_MEDIUM",
    "utm.campaign": "UTM_CAMPAIGN",
}
"""References that are written by name, and made when there is none of that name."""

LISTS = frozenset(
    "res.country res.partner.title res.partner.industry res.lang res.company crm.lost.reason "
    "crm.recurring.plan res.currency".split()
)
"""Models whose records are the options of a field; those of custom fields come besides."""

MOST_OPTIONS = 500
PHONE_FIELDS = ("phone", "mobile", "phone_sanitized", "phone_mobile_search")

_TECHNICAL = ("message_", "activity_", "my_activity_", "website_message_", "signup_", "rating_")
_APART: Mapping[str, frozenset[str]] = {
    PARTNER: frozenset(
        "name phone mobile email user_id is_company company_type type parent_id category_id "
        "child_ids active color".split()
    ),
    LEAD: frozenset(
        "name user_id team_id stage_id expected_revenue partner_id tag_ids active color".split()
    ),
}
"""Fields that have a place of their own, or none in a form."""

_NAME = Field("name", "Name", FieldType.TEXT)
_RESPONSIBLE = Field("responsible", "Salesperson", FieldType.USER, code=f"user_id{BY_ID}")
_EMAIL = Field("email", "Email", FieldType.EMAIL, many=True)


def read_catalog(api: Api) -> Catalog:
    """Build the catalog from what the database tells of itself. Raises ConnectorError."""
    user = api.user_context()
    context: Context = {"lang": user["lang"]} if user.get("lang") else {}
    partner, lead = api.fields(PARTNER, context), api.fields(LEAD, context)
    users = _read_users(api)
    currency = _currency(api, users)
    lists = _Lists(api, context)
    return Catalog(
        fields={
            **dict.fromkeys((Kind.CONTACT, Kind.COMPANY), _people_fields(partner, lists, currency)),
            Kind.DEAL: _deal_fields(lead, lists, currency),
        },
        pipelines=tuple(_pipelines(api, context)),
        users=tuple(map(_user, users)),
        task_types=tuple(
            Option(str(item["id"]), str(item["name"]))
            for item in api.records("mail.activity.type", [], ["name"], context=context)
        ),
        currency=currency,
        time_zone=_zone(user.get("tz")),
        access_ends=_end_of_key(api),
    )


def _zone(name: object) -> str | None:
    """The zone's name, None when the user has none or this host does not know it."""
    try:
        return ZoneInfo(name).key if isinstance(name, str) and name else None
    except (ZoneInfoNotFoundError, ValueError):
        return None


def _read_users(api: Api) -> list[Item]:
    """Those who work with the database; guests of its portal do not."""
    fields = ["name", "login", "email", "active", "company_id"]
    return api.records("res.users", [["share", "=", False]], fields, context=ARCHIVED_TOO)


def _end_of_key(api: Api) -> datetime | None:
    """When the first of our user's API keys ends; which of them is ours, Odoo does not tell.

    Before version 18 keys did not end, and had no such field.
    """
    mine = [["user_id", "=", api.user_id()]]
    try:
        keys = api.records("res.users.apikeys", mine, ["expiration_date"])
    except RejectedError:
        return None
    ends = [moment(key["expiration_date"]) for key in keys if key.get("expiration_date")]
    return min((end for end in ends if end > datetime.now(UTC)), default=None)


def _user(item: Item) -> User:
    return User(
        str(item["id"]),
        str(item["name"]),
        email=item.get("email") or item.get("login") or None,
        active=bool(item.get("active", True)),
    )


def _currency(api: Api, users: Iterable[Item]) -> str | None:
    """That of our user's company, since amounts are kept in it."""
    uid = api.user_id()
    company = next((user.get("company_id") for user in users if user["id"] == uid), None)
    if not company:
        return None
    found = api.records("res.company", [["id", "=", company[0]]], ["currency_id"])
    return str(found[0]["currency_id"][1]) if found and found[0].get("currency_id") else None


def _pipelines(api: Api, context: Context) -> Iterator[Pipeline]:
    teams = api.records("crm.team", [], ["name"], order="sequence, id", context=context)
    known = api.fields("crm.stage", context)
    of_team = next((name for name in ("team_ids", "team_id") if name in known), None)
    fields = ["name", "is_won", *([of_team] if of_team else [])]
    stages = api.records("crm.stage", [], fields, order="sequence, id", context=context)
    for place, team in enumerate(teams):
        own = [one for one in stages if team["id"] in (ids := _team_ids(one, of_team)) or not ids]
        yield Pipeline(str(team["id"]), str(team["name"]), tuple(map(_stage, own)), main=not place)


def _team_ids(stage: Item, of_team: str | None) -> Sequence[int]:
    """The teams whose pipeline has the stage; none when all have."""
    value = stage.get(of_team) if of_team else None
    if not value:
        return []
    return [value[0]] if of_team == "team_id" else value


def _stage(item: Item) -> Stage:
    return Stage(str(item["id"]), str(item["name"]), closed=bool(item.get("is_won")))


class _Lists:
    """The options of references, each model's read once."""

    def __init__(self, api: Api, context: Context) -> None:
        self._api, self._context = api, context
        self._read: dict[str, tuple[Option, ...] | None] = {}

    def options(self, model: str) -> tuple[Option, ...] | None:
        """None when the user may not read them, or they are too many for anybody to choose from."""
        if model not in self._read:
            try:
                items = self._api.records(model, [], ["display_name"], context=self._context)
            except NoRight:
                items = [{}] * (MOST_OPTIONS + 1)
            self._read[model] = (
                tuple(Option(str(item["id"]), str(item["display_name"])) for item in items)
                if len(items) <= MOST_OPTIONS
                else None
            )
        return self._read[model]


def _people_fields(
    known: Mapping[str, Item], lists: _Lists, currency: str | None
) -> tuple[Field, ...]:
    # Odoo 19 has one number for each contact, earlier ones a second; the oldest have no way to
    # search for a number however it is written.
    code = ",".join(name for name in PHONE_FIELDS if name in known)
    phone = Field("phone", "Phone", FieldType.PHONE, code=code, many=True)
    return (_NAME, phone, _EMAIL, _RESPONSIBLE, *_fields(PARTNER, known, lists, currency))


def _deal_fields(
    known: Mapping[str, Item], lists: _Lists, currency: str | None
) -> tuple[Field, ...]:
    return (
        _NAME,
        Field(
            "budget",
            "Expected revenue",
            FieldType.MONEY,
            code="expected_revenue",
            decimals=2,
            currency=currency,
        ),
        _RESPONSIBLE,
        Field("pipeline", "Sales team", FieldType.PIPELINE, code=f"team_id{BY_ID}"),
        Field("stage", "Stage", FieldType.STAGE, code=f"stage_id{BY_ID}"),
        *_fields(LEAD, known, lists, currency),
    )


def _fields(
    model: str, known: Mapping[str, Item], lists: _Lists, currency: str | None
) -> Iterable[Field]:
    for name, item in known.items():
        hidden = name in _APART[model] or name.startswith(_TECHNICAL)
        if hidden or item.get("readonly") or item.get("store") is False:
            continue
        field = _field(name, item, lists, currency)
        if field is not None:
            yield field


def _field(name: str, item: Item, lists: _Lists, currency: str | None) -> Field | None:
    """Our field for one of Odoo's; None for kinds that no form fills."""
    label, kind = str(item.get("string") or name), str(item["type"])
    type = FIELD_TYPES.get(kind)
    if type is None:
        return None
    if kind in ("many2one", "many2many"):
        return _reference(name, label, kind, str(item.get("relation")), lists)
    if kind == "selection":
        options = tuple(Option(str(key), str(text)) for key, text in item.get("selection") or [])
        return Field(name, label, type, options=options)
    return Field(
        name,
        label,
        SPECIAL.get(name, type),
        code=f"{name}{HTML}" if kind == "html" else None,
        decimals=0 if kind == "integer" else None,
        currency=currency if kind == "monetary" else None,
    )


def _reference(name: str, label: str, kind: str, model: str, lists: _Lists) -> Field | None:
    code = f"{name}{BY_ID}"
    if model in UTM and kind == "many2one":
        own = f"{BY_NAME}{name}"  # of an account's own field, which is none of the usual three
        return Field(name, label, FieldType.TEXT, code=own if name[:2] == "x_" else UTM[model])
    if model == "res.users":
        return Field(name, label, FieldType.USER, code=code) if kind == "many2one" else None
    if model not in LISTS and not name.startswith("x_"):
        return None
    options = lists.options(model) if model not in (PARTNER, LEAD) else None
    if options is None:
        return None
    return Field(name, label, FIELD_TYPES[kind], code=code, options=options)
