"""What an earlier attempt may have created, told by its external id, else by what it says."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from connectors.base import Draft, Effect, Kind, Query, Record
from connectors.catalog import Catalog
from connectors.odoo.api import ARCHIVED_TOO, Api, Domain, Item
from connectors.odoo.catalog import MODELS
from connectors.odoo.finding import by_ids, find, read_records
from connectors.odoo.mapping import (
    TAGS,
    customer_of,
    external_id,
    first_line,
    moment_in,
    subject_of,
    task_row,
)
from connectors.odoo.values import MOMENT, text_of
from connectors.phones import same_number

# Odoo's clock decides a record's create_date, ours says since when; they may differ that much.
CLOCK_SLACK = timedelta(minutes=2)


def effect(kind: Kind, draft: Draft) -> Effect:
    """How surely `find_created` recognises the draft.

    An external id is unique in the database and comes into being with its record. That of a task
    goes with it when somebody marks it done, which older versions do by deleting it.
    """
    if draft.marker:
        return Effect.MARKED if kind is Kind.TASK else Effect.KEYED
    match kind:
        case Kind.TASK:
            told = False
        case Kind.DEAL:
            told = bool(draft.links)
        case Kind.NOTE:
            told = True
        case _:
            told = any(draft.fields.get(id) for id in ("email", "phone", "name"))
    return Effect.MARKED if told else Effect.UNMARKED


def find_created(
    api: Api, catalog: Catalog, kind: Kind, drafts: Sequence[Draft], since: datetime
) -> list[list[Record]]:
    """Return what creating each draft at or after ``since`` may have made."""
    earliest = since - CLOCK_SLACK
    keyed = _by_key(api, catalog, kind, [one for one in drafts if one.marker], earliest)
    return [
        keyed[draft.marker] if draft.marker else _by_content(api, catalog, kind, draft, earliest)
        for draft in drafts
    ]


def _by_key(
    api: Api, catalog: Catalog, kind: Kind, drafts: Sequence[Draft], earliest: datetime
) -> dict[str, list[Record]]:
    """The records with the drafts' external ids.

    Only administrators may search for external ids, but everybody may ask for those of records:
    so for those of all that our user has created since then.
    """
    if not drafts:
        return {}
    domain: Domain = [
        ["create_uid", "=", api.user_id()],
        ["create_date", ">=", earliest.astimezone(UTC).strftime(MOMENT)],
    ]
    made = api.records(MODELS[kind], domain, ["create_date"], context=ARCHIVED_TOO)
    names = api.external_ids(MODELS[kind], [item["id"] for item in made])
    ids = {draft.marker: names.get(external_id(kind, draft.marker)) for draft in drafts}
    items = {item["id"]: item for item in made}
    records = _records(api, catalog, kind, [items[id] for id in ids.values() if id])
    found = {marker: records.get(str(id)) for marker, id in ids.items()}
    return {
        draft.marker: [record]
        if (record := found[draft.marker]) and _is_whole(record, draft)
        else []
        for draft in drafts
    }


def _records(api: Api, catalog: Catalog, kind: Kind, items: Sequence[Item]) -> Mapping[str, Record]:
    if kind in TAGS:
        return by_ids(api, catalog, kind, [str(item["id"]) for item in items])
    return {str(item["id"]): _plain(kind, item) for item in items}


def _plain(kind: Kind, item: Item) -> Record:
    return Record(kind, str(item["id"]), {}, created_at=moment_in(item, "create_date"))


def _is_whole(record: Record, draft: Draft) -> bool:
    """Whether all phones and e-mails are there: further ones are written by a second call."""
    phones, emails = record.fields.get("phone") or (), record.fields.get("email") or ()
    known = {email.casefold() for email in emails}
    return all(
        any(same_number(phone, there) for there in phones)
        for phone in draft.fields.get("phone") or ()
    ) and all(email.casefold() in known for email in draft.fields.get("email") or ())


# --- drafts without a marker -----------------------------------------------------------------


def _by_content(
    api: Api, catalog: Catalog, kind: Kind, draft: Draft, earliest: datetime
) -> list[Record]:
    match kind:
        case Kind.TASK:
            found = _tasks(api, catalog, draft)
        case Kind.NOTE:
            found = _notes(api, draft)
        case Kind.DEAL:
            found = _deals(api, catalog, draft)
        case _:
            found = _people(api, catalog, kind, draft)
    return [one for one in found if one.created_at is None or one.created_at >= earliest]


def _people(api: Api, catalog: Catalog, kind: Kind, draft: Draft) -> list[Record]:
    for id in ("email", "phone"):
        if draft.fields.get(id):
            return find(api, catalog, kind, [Query(id, draft.fields[id][0])])[0]
    return find(api, catalog, kind, [Query("name", str(draft.fields.get("name") or ""))])[0]


def _deals(api: Api, catalog: Catalog, draft: Draft) -> list[Record]:
    customer, name = customer_of(draft), draft.fields.get("name")
    domain: Domain = [["partner_id", "=", int(customer)]] if customer else []
    if name:
        domain = [*domain, ["name", "=", name]]
    return read_records(api, catalog, Kind.DEAL, domain) if domain else []


def _tasks(api: Api, catalog: Catalog, draft: Draft) -> list[Record]:
    row = task_row(draft, catalog)
    fields = ["summary", "date_deadline", "create_date"]
    items = _about(api, Kind.TASK, "res_model", draft, fields)
    due = row.get("date_deadline")
    return [
        _plain(Kind.TASK, item)
        for item in items
        if (item.get("summary") or "") == first_line(row["summary"])
        and due in (None, item.get("date_deadline"))
    ]


def _notes(api: Api, draft: Draft) -> list[Record]:
    text = str(draft.fields.get("text", "")).strip()
    items = _about(api, Kind.NOTE, "model", draft, ["body", "create_date"])
    return [
        _plain(Kind.NOTE, item)
        for item in items
        if text_of(str(item.get("body") or "")) == "\n".join(text.splitlines())
    ]


def _about(
    api: Api, kind: Kind, model_field: str, draft: Draft, fields: Iterable[str]
) -> list[Item]:
    model, id, _ = subject_of(draft)
    domain: Domain = [[model_field, "=", model], ["res_id", "=", int(id)]]
    return api.records(MODELS[kind], domain, list(fields), context=ARCHIVED_TOO)
