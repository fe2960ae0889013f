"""Odoo's records in our form, and ours as rows of an import: tables and pure functions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, time, tzinfo
from zoneinfo import ZoneInfo

from connectors.base import Draft, Fields, Json, Kind, Record, Ref
from connectors.catalog import Catalog, Field
from connectors.errors import RejectedError
from connectors.odoo.api import Item
from connectors.odoo.catalog import LEAD, PARTNER
from connectors.odoo.values import (
    BY_ID,
    BY_NAME,
    cell,
    column_of,
    from_odoo,
    html_of,
    instant,
    is_html,
    moment,
    name_of,
    text_of,
)

Row = dict[str, str]
"""Import column to cell."""

TAGS: Mapping[Kind, str] = {
    Kind.CONTACT: "category_id",
    Kind.COMPANY: "category_id",
    Kind.DEAL: "tag_ids",
}
PEOPLE = (Kind.CONTACT, Kind.COMPANY)
MODULE = "__formwire__"
"""The module of our external ids, as Odoo calls what stands before the dot."""

SUBJECTS: Mapping[Kind, tuple[str, str]] = {
    Kind.CONTACT: (PARTNER, "base.model_res_partner"),
    Kind.COMPANY: (PARTNER, "base.model_res_partner"),
    Kind.DEAL: (LEAD, "crm.model_crm_lead"),
}
"""What tasks and notes can be about: model, and the external id of its description.

Only administrators may read ir.model, while a reference by external id needs no right.
"""

OPPORTUNITY = "opportunity"


def zone_of(catalog: Catalog) -> tzinfo:
    return ZoneInfo(catalog.time_zone) if catalog.time_zone else UTC


def field_called(kind: Kind, id: str, catalog: Catalog) -> Field | None:
    """The field with this very id; labels are for people."""
    return next((field for field in catalog.fields.get(kind, ()) if field.id == id), None)


def phone_places(catalog: Catalog, kind: Kind) -> tuple[str, ...]:
    """Odoo's fields for numbers of one contact."""
    return tuple(name for name in phone_fields(catalog, kind) if name in ("phone", "mobile"))


def phone_fields(catalog: Catalog, kind: Kind) -> tuple[str, ...]:
    """Those places, and the fields by which Odoo finds numbers, as far as it has them."""
    field = field_called(kind, "phone", catalog)
    return tuple(((field and field.code) or "phone").split(","))


def external_id(kind: Kind, marker: str) -> str:
    """The external id of what the step ``marker`` creates. Odoo takes no spaces in it."""
    name = re.sub(r"[^\w-]", "_", marker, flags=re.ASCII)
    return f"{MODULE}.{kind}_{name}"


# --- Odoo to us ------------------------------------------------------------------------------


def asked_fields(kind: Kind, catalog: Catalog) -> list[str]:
    """What to read of a contact, company or deal."""
    fixed = ["create_date", "write_date", TAGS[kind]]
    if kind is Kind.DEAL:
        fixed += ["partner_id", "active"]
    else:
        fixed += ["email", "is_company", "type", "parent_id", "child_ids"]
        fixed += phone_places(catalog, kind)
    own = [name_of(field) for field in catalog.fields[kind] if not field.many]
    return list(dict.fromkeys([*fixed, *own]))


def values_of(kind: Kind, item: Item, catalog: Catalog) -> dict[str, Json]:
    """The fields of one value that are filled in."""
    zone = zone_of(catalog)
    values = {
        field.id: from_odoo(field, item.get(name_of(field)), zone)
        for field in catalog.fields[kind]
        if not field.many
    }
    return {id: value for id, value in values.items() if value is not None}


def deal_record(
    item: Item, catalog: Catalog, tags: Mapping[int, str], links: tuple[Ref, ...]
) -> Record:
    """A deal; ``links`` are its customer and the customer's company."""
    fields = values_of(Kind.DEAL, item, catalog)
    stages = (stage for pipeline in catalog.pipelines for stage in pipeline.stages)
    won = any(stage.closed and stage.id == fields.get("stage") for stage in stages)
    # A lost deal is archived in the stage where it was lost.
    return _record(Kind.DEAL, item, fields, tags, links, closed=won or not item.get("active", True))


def person_record(
    kind: Kind,
    item: Item,
    catalog: Catalog,
    tags: Mapping[int, str],
    phones: Iterable[str],
    emails: Iterable[str],
) -> Record:
    """A contact or company, with the numbers and addresses of all its entries."""
    fields = values_of(kind, item, catalog)
    fields |= {id: there for id, there in (("phone", [*phones]), ("email", [*emails])) if there}
    parent = item.get("parent_id")
    links = (Ref(Kind.COMPANY, str(parent[0])),) if parent and kind is Kind.CONTACT else ()
    return _record(kind, item, fields, tags, links)


def _record(
    kind: Kind,
    item: Item,
    fields: Fields,
    tags: Mapping[int, str],
    links: tuple[Ref, ...],
    *,
    closed: bool = False,
) -> Record:
    return Record(
        kind,
        str(item["id"]),
        fields,
        tags=tuple(tags[id] for id in item.get(TAGS[kind]) or () if id in tags),
        links=links,
        created_at=moment_in(item, "create_date"),
        updated_at=moment_in(item, "write_date"),
        closed=closed,
    )


def moment_in(item: Item, name: str) -> datetime | None:
    value = item.get(name)
    return moment(value) if isinstance(value, str) else None


# --- us to Odoo ------------------------------------------------------------------------------


def new_row(kind: Kind, draft: Draft, catalog: Catalog) -> Row:
    """A contact, company or deal to be created, without phones and e-mails. Raises RejectedError."""
    given = {id: value for id, value in draft.fields.items() if value not in (None, [])}
    row = {"id": external_id(kind, draft.marker)} if draft.marker else {}
    row |= changed_row(kind, given, catalog)
    if draft.tags:
        row[TAGS[kind]] = tags_cell(draft.tags)
    if kind is Kind.DEAL:
        customer = customer_of(draft)
        return {
            "type": OPPORTUNITY,
            **row,
            **({f"partner_id{BY_ID}": customer} if customer else {}),
        }
    row["is_company"] = "1" if kind is Kind.COMPANY else "0"
    if "name" not in row:
        row["name"] = _name_instead(given)
    return row


def _name_instead(given: Fields) -> str:
    """Odoo wants a name of everybody."""
    for id in ("email", "phone"):
        if given.get(id):
            return str(given[id][0])
    return ""


def customer_of(draft: Draft) -> str | None:
    """Whom a deal is linked with: its contact, else its company."""
    ids = {link.kind: link.id for link in reversed(draft.links)}
    return ids.get(Kind.CONTACT) or ids.get(Kind.COMPANY)


def changed_row(kind: Kind, fields: Fields, catalog: Catalog, current: Item | None = None) -> Row:
    """Fields of one value as cells. Raises RejectedError, which names the field.

    A formatted text that is only added to keeps the formats it has in ``current``.
    """
    row, zone = {}, zone_of(catalog)
    for id, value in fields.items():
        field = _writable(kind, id, catalog)
        if field.many:
            continue
        with fitting(id):
            row[column_of(field)] = _kept_formats(field, value, current) or cell(field, value, zone)
    return row


def _writable(kind: Kind, id: str, catalog: Catalog) -> Field:
    field = field_called(kind, id, catalog)
    if field is None:
        raise RejectedError("the CRM has no such field", field=id)
    return field


def _kept_formats(field: Field, value: Json, current: Item | None) -> str | None:
    formatted = str((current or {}).get(field.id) or "")
    if not is_html(field) or not formatted or not isinstance(value, str):
        return None
    before = text_of(formatted)
    added = value.removeprefix(before) if before else ""
    return f"{formatted}{html_of(added.strip())}" if added and added != value else None


def tags_cell(tags: Iterable[str]) -> str:
    """Names of tags as an import takes them, which parts them at commas."""
    return ",".join(dict.fromkeys(tag.replace(",", ";").strip() for tag in tags))


def created_by_name(kind: Kind, row: Row, catalog: Catalog) -> dict[str, bool]:
    """Which cells name records that are to be made when there are none of that name."""
    named = {TAGS[kind]} | {
        field.id for field in catalog.fields[kind] if (field.code or "").startswith(BY_NAME)
    }
    return dict.fromkeys(sorted(named & row.keys()), True)


def task_row(draft: Draft, catalog: Catalog) -> Row:
    """An activity about the record it is linked with. Raises RejectedError.

    Odoo's activities are due on a day; the hour goes into the text.
    """
    _, id, described = subject_of(draft)
    text, fields = str(draft.fields.get("text", "")), draft.fields
    row = _marked(Kind.TASK, draft)
    row |= {"res_model_id/id": described, "res_id": id, "summary": first_line(text)}
    rest = text if len(text.splitlines()) > 1 else ""
    if fields.get("due"):
        with fitting("due"):
            due = instant(fields["due"], zone_of(catalog)).astimezone(zone_of(catalog))
        row["date_deadline"] = due.date().isoformat()
        hour = f"{due:%H:%M} ({catalog.time_zone or 'UTC'})" if due.time() != time() else ""
        rest = "\n".join(filter(None, (rest, hour)))
    for id, column in (("type", "activity_type_id"), ("responsible", "user_id")):
        if fields.get(id):
            with fitting(id):
                row[f"{column}{BY_ID}"] = str(int(fields[id]))
    return {**row, "note": html_of(rest)} if rest else row


def note_row(draft: Draft) -> Row:
    """An internal note in the history of the record it is linked with. Raises RejectedError."""
    model, id, _ = subject_of(draft)
    return {
        **_marked(Kind.NOTE, draft),
        "model": model,
        "res_id": id,
        "message_type": "comment",
        "subtype_id/id": "mail.mt_note",
        "body": html_of(str(draft.fields.get("text", ""))),
    }


def subject_of(draft: Draft) -> tuple[str, str, str]:
    """Model and id of the record that a task or note is about, and its model's external id.

    Raises RejectedError.
    """
    if not draft.links or draft.links[0].kind not in SUBJECTS:
        raise RejectedError("a task or note needs the record it is about")
    model, described = SUBJECTS[draft.links[0].kind]
    return model, draft.links[0].id, described


def first_line(text: str) -> str:
    return (text.strip().splitlines() or [""])[0]


def _marked(kind: Kind, draft: Draft) -> Row:
    return {"id": external_id(kind, draft.marker)} if draft.marker else {}


@contextmanager
def fitting(id: str) -> Iterator[None]:
    try:
        yield
    except (ValueError, TypeError, ArithmeticError) as error:
        raise RejectedError("the value does not fit the field", field=id) from error


# --- what Odoo says is wrong -----------------------------------------------------------------

_TASK_FIELDS = {"activity_type_id": "type", "user_id": "responsible", "date_deadline": "due"}
LINKS = frozenset({".id", "id", "partner_id", "parent_id", "res_id"})
"""Odoo's fields whose value is a record that we were told to write to or to link with."""


def blamed_field(kind: Kind, name: str | None, catalog: Catalog) -> str | None:
    """Which of our fields Odoo means by ``name``."""
    if kind in (Kind.TASK, Kind.NOTE):
        return _TASK_FIELDS.get(name or "", "text" if name in ("summary", "body") else None)
    return next((field.id for field in catalog.fields[kind] if name_of(field) == name), None)
