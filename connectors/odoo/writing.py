"""Writing to Odoo: rows of an import, all or nothing, in which the bad ones are found and set apart.

`load` creates records with our external ids and changes those with database ids, each many in one
call; unlike create and write it never makes a second record for one key.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from connectors.base import Change, Draft, Kind, Outcome, Status
from connectors.catalog import Catalog, FieldType
from connectors.errors import (
    ConnectorError,
    NotFoundError,
    OutcomeUnknownError,
    RejectedError,
    UnavailableError,
)
from connectors.odoo.api import Api, Context, LoadRefused
from connectors.odoo.catalog import MODELS
from connectors.odoo.mapping import (
    LINKS,
    PEOPLE,
    TAGS,
    Row,
    blamed_field,
    changed_row,
    created_by_name,
    field_called,
    new_row,
    note_row,
    phone_places,
    tags_cell,
    task_row,
)
from connectors.odoo.people import Additions, Person, additions, address_row, read_people
from connectors.odoo.spec import ODOO
from connectors.odoo.values import column_of, is_html

Rows = Mapping[int, Row]
"""Position of an input in the call to what is sent for it."""
Outcomes = dict[int, Outcome]

# Times come in UTC, archived records may be pointed at, and the user of the API key need not
# follow all that it creates.
CONTEXT: Context = {"tz": "UTC", "active_test": False, "mail_create_nosubscribe": True}


def create(api: Api, catalog: Catalog, kind: Kind, drafts: Sequence[Draft]) -> list[Outcome]:
    """Create records: one call, and another for people's further numbers and addresses."""
    outcomes: Outcomes = {}
    rows: dict[int, Row] = {}
    entries: dict[int, tuple[Row, ...]] = {}
    for at, draft in enumerate(drafts):
        try:
            rows[at] = _new(kind, draft, catalog)
        except RejectedError as error:
            outcomes[at] = Outcome.failed(error)
            continue
        if kind in PEOPLE:
            added = additions(draft.fields, phone_places(catalog, kind))
            rows[at] |= added.cells
            entries[at] = added.entries
    outcomes |= load(api, catalog, kind, rows)
    outcomes = and_then(outcomes, lambda done: _add_entries(api, catalog, kind, done, entries))
    return [outcomes[at] for at in range(len(drafts))]


def _new(kind: Kind, draft: Draft, catalog: Catalog) -> Row:
    if kind is Kind.NOTE:
        return note_row(draft)
    return task_row(draft, catalog) if kind is Kind.TASK else new_row(kind, draft, catalog)


def _add_entries(
    api: Api,
    catalog: Catalog,
    kind: Kind,
    done: Mapping[int, str],
    entries: Mapping[int, Sequence[Row]],
) -> Outcomes:
    """Write the further numbers and addresses of the people written so far."""
    wanted = [(at, entry) for at in done for entry in entries.get(at, ())]
    rows = {n: address_row(done[at], entry) for n, (at, entry) in enumerate(wanted)}
    written = load(api, catalog, kind, rows)
    outcomes = {at: Outcome.done(id) for at, id in done.items()}
    for n, (at, _) in enumerate(wanted):
        if written[n].status is not Status.DONE:
            outcomes[at] = written[n]
    return outcomes


def and_then(outcomes: Outcomes, go_on: Callable[[Mapping[int, str]], Outcomes]) -> Outcomes:
    """Do the next part of what was done so far; who fails in it is written in part."""
    done = {at: one.id for at, one in outcomes.items() if one.id is not None}
    return {**outcomes, **{at: _in_part(one) for at, one in go_on(done).items()}}


def _in_part(outcome: Outcome) -> Outcome:
    if outcome.status is Status.DONE:
        return outcome
    return Outcome.failed(OutcomeUnknownError(f"written in part: {outcome.error}"))


# --- changes ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Parts:
    """What one change becomes: a row that adds tags, one that replaces lists, and addresses."""

    main: Row
    lists: Row
    entries: tuple[Row, ...]


def update(api: Api, catalog: Catalog, kind: Kind, changes: Sequence[Change]) -> list[Outcome]:
    """Change records; what a field that is added to holds is read first."""
    if kind not in TAGS:
        refusal = RejectedError(f"Formwire does not change a {kind} in the CRM")
        return [Outcome.failed(refusal) for _ in changes]
    outcomes: Outcomes = {}
    parts: dict[int, _Parts] = {}
    current, failure = _present(api, catalog, kind, changes)
    for at, change in enumerate(changes):
        needed = _adds_to_present(kind, change, catalog)
        if not _is_id(change.id) or (needed and change.id not in current):
            gone = NotFoundError(f"the CRM has no such {kind}")
            outcomes[at] = Outcome.failed(failure or gone)
            continue
        try:
            parts[at] = _parts(kind, change, catalog, current.get(change.id))
        except RejectedError as error:
            outcomes[at] = Outcome.failed(error)
    outcomes |= _send_parts(api, catalog, kind, changes, parts)
    return [outcomes[at] for at in range(len(changes))]


def _is_id(id: str) -> bool:
    return id.isascii() and id.isdigit()


def _send_parts(
    api: Api,
    catalog: Catalog,
    kind: Kind,
    changes: Sequence[Change],
    parts: Mapping[int, _Parts],
) -> Outcomes:
    def of(rows: Rows) -> Rows:
        return {at: {".id": changes[at].id, **row} for at, row in rows.items() if row}

    main = of({at: part.main for at, part in parts.items()})
    lists = of({at: part.lists for at, part in parts.items() if not part.main})
    also = of({at: part.lists for at, part in parts.items() if part.main})
    outcomes = {at: Outcome.done(changes[at].id) for at in parts}
    outcomes |= load(api, catalog, kind, {**main, **lists})
    outcomes = and_then(
        outcomes,
        lambda done: load(api, catalog, kind, {at: row for at, row in also.items() if at in done}),
    )
    entries = {at: part.entries for at, part in parts.items()}
    first = {at for at in parts if not (parts[at].main or parts[at].lists)}

    def add(done: Mapping[int, str]) -> Outcomes:
        return _add_entries(api, catalog, kind, done, entries)

    alone = {at: one.id for at, one in outcomes.items() if at in first and one.id}
    together = and_then({at: one for at, one in outcomes.items() if at not in first}, add)
    return {**outcomes, **add(alone), **together}


def _adds_to_present(kind: Kind, change: Change, catalog: Catalog) -> bool:
    """Whether any field is written together with what it holds already."""
    known = [field_called(kind, id, catalog) for id in change.fields]
    return any(field is not None and (field.many or is_html(field)) for field in known)


def _present(
    api: Api, catalog: Catalog, kind: Kind, changes: Sequence[Change]
) -> tuple[Mapping[str, Person], ConnectorError | None]:
    """The records as they are, for the changes that add to them; or why they could not be read."""
    ids = [
        int(change.id)
        for change in changes
        if _adds_to_present(kind, change, catalog) and _is_id(change.id)
    ]
    if not ids:
        return {}, None
    try:
        if kind in PEOPLE:
            found = read_people(api, catalog, kind, [["id", "in", ids]])
        else:
            wanted = [field.id for field in catalog.fields[kind] if is_html(field)]
            items = api.records(MODELS[kind], [["id", "in", ids]], wanted, context=CONTEXT)
            found = [Person(item, (), ()) for item in items]
    except ConnectorError as error:
        return {}, error
    return {str(person.item["id"]): person for person in found}, None


def _parts(kind: Kind, change: Change, catalog: Catalog, person: Person | None) -> _Parts:
    row = changed_row(kind, change.fields, catalog, person.item if person else None)
    added = Additions({}, ())
    if kind in PEOPLE:
        added = additions(change.fields, phone_places(catalog, kind), person)
    row |= added.cells
    if not change.tags:
        return _Parts(row, {}, added.entries)
    replaced = {
        column_of(field)
        for field in catalog.fields[kind]
        if field.type is FieldType.CHOICES and column_of(field) in row
    }
    lists = {column: value for column, value in row.items() if column in replaced}
    main = {column: value for column, value in row.items() if column not in replaced}
    return _Parts({**main, TAGS[kind]: tags_cell(change.tags)}, lists, added.entries)


# --- rows ------------------------------------------------------------------------------------


def load(api: Api, catalog: Catalog, kind: Kind, rows: Rows) -> Outcomes:
    """Write rows, those with the same columns together: an empty cell would empty its field."""
    model = MODELS[kind]
    by_columns: dict[tuple[str, ...], dict[int, Row]] = {}
    for at, row in rows.items():
        by_columns.setdefault(tuple(sorted(row)), {})[at] = row
    waiting = deque(
        (columns, part) for columns, some in by_columns.items() for part in _chunks(some)
    )
    outcomes: Outcomes = {}
    stopped: ConnectorError | None = None
    while waiting:
        columns, some = waiting.popleft()
        if stopped:
            outcomes |= {at: Outcome.failed(stopped) for at in some}
            continue
        try:
            outcomes |= _loaded(api, catalog, kind, model, columns, some)
        except RejectedError as error:
            refused, rest = _sorted_out(kind, catalog, some, error)
            outcomes |= refused
            waiting.extendleft((columns, part) for part in reversed(rest))
        except ConnectorError as error:
            outcomes |= {at: Outcome.failed(error) for at in some}
            stopped = _for_the_rest(error)
    return outcomes


def _loaded(
    api: Api, catalog: Catalog, kind: Kind, model: str, columns: Sequence[str], rows: Rows
) -> Outcomes:
    context = dict(CONTEXT)
    if kind in TAGS:
        by_name = created_by_name(kind, dict.fromkeys(columns, ""), catalog)
        if by_name:
            context["name_create_enabled_fields"] = by_name
        if ".id" in columns and TAGS[kind] in columns:
            context["update_many2many"] = True  # adds tags, and takes none away
    cells = [[row[column] for column in columns] for row in rows.values()]
    ids = api.load(model, columns, cells, context)
    return {at: Outcome.done(str(id)) for at, id in zip(rows, ids, strict=True)}


def _chunks(rows: Rows, size: int = ODOO.write_bulk) -> list[Rows]:
    items = list(rows.items())
    return [dict(items[at : at + size]) for at in range(0, len(items), size)]


def _sorted_out(
    kind: Kind, catalog: Catalog, rows: Rows, error: RejectedError
) -> tuple[Outcomes, list[Rows]]:
    """Who is refused for sure, and what to send again: Odoo has saved nothing.

    A row is at fault when Odoo names one of its fields, or when it is alone. Odoo blames the first
    row of a batch for what it then finds in another, so whoever is only suspected goes alone.
    """
    positions = list(rows)
    problems = error.problems if isinstance(error, LoadRefused) else ()
    named = [one for one in problems if 0 <= one.row < len(positions)]
    at_fault: dict[int, str | None] = {positions[one.row]: one.field for one in named if one.field}
    if len(rows) == 1:
        at_fault = {positions[0]: next(iter(at_fault.values()), None)}
    refused = {
        at: Outcome.failed(_refusal(kind, catalog, field, error)) for at, field in at_fault.items()
    }
    rest = {at: row for at, row in rows.items() if at not in at_fault}
    suspects = {positions[one.row] for one in named} & rest.keys()
    if not (at_fault or suspects):
        return refused, _chunks(rest, (len(rest) + 1) // 2)
    others = {at: row for at, row in rest.items() if at not in suspects}
    return refused, [*({at: rest[at]} for at in sorted(suspects)), *_chunks(others)]


def _refusal(kind: Kind, catalog: Catalog, name: str | None, error: RejectedError) -> RejectedError:
    if name in LINKS:
        return NotFoundError("the CRM has no record with this id")
    if isinstance(error, NotFoundError):
        return error
    return RejectedError(str(error), field=blamed_field(kind, name or error.field, catalog))


def _for_the_rest(error: ConnectorError) -> ConnectorError:
    if isinstance(error, OutcomeUnknownError):
        return UnavailableError("not sent, because an earlier call of the same operation failed")
    return error


def change_links(
    api: Api, catalog: Catalog, column: str, kind: Kind, targets: Iterable[tuple[str, str]]
) -> dict[str, Outcome]:
    """Let records refer to others by ``column``: record id to what became of it."""
    pairs = list(targets)
    rows = {at: {".id": id, column: target} for at, (id, target) in enumerate(pairs)}
    outcomes = load(api, catalog, kind, rows)
    return {id: outcomes[at] for at, (id, _) in enumerate(pairs)}
