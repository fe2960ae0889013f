"""Writing to Kommo: arrays, all or nothing, in which the one bad record is found and set apart."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeAlias, TypeVar

from connectors.base import Change, Draft, Json, Kind, Link, Outcome, Ref
from connectors.catalog import Catalog
from connectors.errors import (
    ConnectorError,
    NotFoundError,
    OutcomeUnknownError,
    RejectedError,
    UnavailableError,
)
from connectors.kommo.api import Api, InvalidError, Item, written
from connectors.kommo.mapping import (
    adds_to_present,
    blamed_field,
    changed_entity,
    new_entity,
    new_note,
    new_task,
    parent_of,
    path_of,
)
from connectors.kommo.spec import KOMMO

T = TypeVar("T")
Bodies: TypeAlias = Mapping[int, dict[str, Json]]
"""Position of an input in the call to what is sent for it."""

# Records that can be linked, in the order in which Kommo lets one be linked to the next.
LINKED_FROM = (Kind.DEAL, Kind.CONTACT, Kind.COMPANY)


def create(api: Api, catalog: Catalog, kind: Kind, drafts: Sequence[Draft]) -> list[Outcome]:
    """Create records; notes need a call for each kind of record they are about."""
    outcomes: dict[int, Outcome] = {}
    by_path: dict[str, dict[int, dict[str, Json]]] = {}
    for at, draft in enumerate(drafts):
        try:
            by_path.setdefault(_path(kind, draft), {})[at] = _new(kind, draft, catalog)
        except RejectedError as error:
            outcomes[at] = Outcome.failed(error)
    for path, bodies in by_path.items():
        outcomes |= _send(api, "POST", path, kind, bodies)
    return [outcomes[at] for at in range(len(drafts))]


def _path(kind: Kind, draft: Draft) -> str:
    return f"{path_of(parent_of(draft).kind)}/notes" if kind is Kind.NOTE else path_of(kind)


def _new(kind: Kind, draft: Draft, catalog: Catalog) -> dict[str, Json]:
    if kind is Kind.NOTE:
        return new_note(draft)
    return new_task(draft) if kind is Kind.TASK else new_entity(kind, draft, catalog)


def update(api: Api, catalog: Catalog, kind: Kind, changes: Sequence[Change]) -> list[Outcome]:
    """Change records; what a field of several values holds is read first and kept."""
    if kind not in LINKED_FROM:
        refusal = RejectedError(f"Formwire does not change a {kind} in the CRM")
        return [Outcome.failed(refusal) for _ in changes]
    current, failure = _present(api, catalog, kind, changes)
    outcomes: dict[int, Outcome] = {}
    bodies: dict[int, dict[str, Json]] = {}
    for at, change in enumerate(changes):
        needed = adds_to_present(kind, change.fields, catalog)
        if needed and change.id not in current:
            outcomes[at] = Outcome.failed(failure or NotFoundError(f"the CRM has no such {kind}"))
            continue
        try:
            body = changed_entity(kind, change.fields, catalog, current.get(change.id))
        except RejectedError as error:
            outcomes[at] = Outcome.failed(error)
            continue
        if change.tags:
            body["tags_to_add"] = [{"name": tag} for tag in change.tags]
        if body:
            bodies[at] = {"id": int(change.id), **body}
        else:
            outcomes[at] = Outcome.done(change.id)
    outcomes |= _send(api, "PATCH", path_of(kind), kind, bodies)
    return [outcomes[at] for at in range(len(changes))]


def _present(
    api: Api, catalog: Catalog, kind: Kind, changes: Sequence[Change]
) -> tuple[Mapping[str, Item], ConnectorError | None]:
    """The entities as they are, for the changes that add to them; or why they could not be read."""
    ids = [change.id for change in changes if adds_to_present(kind, change.fields, catalog)]
    try:
        return api.items_by_id(path_of(kind), ids), None
    except ConnectorError as error:
        return {}, error


def _send(api: Api, method: str, path: str, kind: Kind, bodies: Bodies) -> dict[int, Outcome]:
    name = path.rsplit("/", 1)[-1]

    def send(some: Bodies) -> Mapping[int, Outcome]:
        items = written(api.write(method, path, numbered(some)), name)
        return _outcomes(some, items)

    return in_bulk(bodies, send, lambda at, error: failed_write(kind, at, bodies[at], error))


def _outcomes(bodies: Bodies, items: Iterable[Item]) -> dict[int, Outcome]:
    """What became of each body; answers are told apart by request_id, else by the record's id."""
    ids = {str(item.get("request_id", "")): str(item["id"]) for item in items}
    known = {str(item["id"]) for item in items}
    outcomes = {}
    for at, body in bodies.items():
        changed = str(body.get("id", ""))
        id = changed if changed in known else ids.get(str(at))
        outcomes[at] = Outcome.done(id) if id else Outcome.failed(unanswered())
    return outcomes


def numbered(bodies: Bodies) -> list[dict[str, Json]]:
    """The array to send. Kommo repeats each element's request_id in its answer."""
    return [{**body, "request_id": str(at)} for at, body in bodies.items()]


def unanswered() -> OutcomeUnknownError:
    return OutcomeUnknownError("the answer says nothing about this record")


def failed_write(kind: Kind, at: int, body: Json, error: ConnectorError) -> Outcome:
    """The outcome of the body at position ``at``; a refusal names our field."""
    return Outcome.failed(told(kind, at, body, error)[1])


def told(kind: Kind, at: int, body: Json, error: ConnectorError) -> tuple[Kind, ConnectorError]:
    """What Kommo has against the body at position ``at``, and which part of it."""
    if not isinstance(error, InvalidError):
        return kind, error
    paths = [problem.path for problem in error.problems if problem.request_id == str(at)]
    if any(path.split(".")[-1] in ("id", "entity_id") for path in paths):
        return kind, NotFoundError("the CRM has no record with this id")
    blamed = [blamed_field(kind, body, path) for path in paths]
    part, field = next((one for one in blamed if one[1]), (kind, None))
    return part, RejectedError(str(error), field=field)


def in_bulk(
    bodies: Bodies,
    send: Callable[[Bodies], Mapping[int, T]],
    failed: Callable[[int, ConnectorError], T],
    size: int = KOMMO.write_bulk,
) -> dict[int, T]:
    """Send bodies in arrays of ``size``; a refused array is sent again without those at fault.

    Kommo applies nothing of an array that it refuses, so this repeats no write. After any other
    failure nothing more is sent.
    """
    results: dict[int, T] = {}
    waiting = deque(_parts(bodies, size))
    stopped: ConnectorError | None = None
    while waiting:
        some = waiting.popleft()
        if stopped:
            results |= {at: failed(at, stopped) for at in some}
            continue
        try:
            results |= send(some)
        except RejectedError as error:
            at_fault = _at_fault(error, some)
            results |= {at: failed(at, error) for at in at_fault}
            rest = {at: body for at, body in some.items() if at not in at_fault}
            waiting.extendleft(reversed(_parts(rest, size if at_fault else 1)))
        except ConnectorError as error:
            results |= {at: failed(at, error) for at in some}
            stopped = _for_the_rest(error)
    return results


def _parts(bodies: Bodies, size: int) -> list[Bodies]:
    items = list(bodies.items())
    return [dict(items[at : at + size]) for at in range(0, len(items), size)]


def _at_fault(error: RejectedError, bodies: Bodies) -> set[int]:
    """The bodies that Kommo names, or the only one; none when it names nobody."""
    if len(bodies) == 1:
        return set(bodies)
    problems = error.problems if isinstance(error, InvalidError) else ()
    named = {problem.request_id for problem in problems}
    return {at for at in bodies if str(at) in named}


def _for_the_rest(error: ConnectorError) -> ConnectorError:
    if isinstance(error, OutcomeUnknownError):
        return UnavailableError("not sent, because an earlier call of the same operation failed")
    return error


# --- links -----------------------------------------------------------------------------------


def link(api: Api, links: Sequence[Link]) -> list[Outcome]:
    """Link records: one call for each record that others are linked to."""
    outcomes: dict[int, Outcome] = {}
    by_source: dict[Ref, dict[int, dict[str, Json]]] = {}
    for at, one in enumerate(links):
        if not {one.source.kind, one.target.kind} <= set(LINKED_FROM):
            outcomes[at] = Outcome.failed(RejectedError("the CRM links only people and deals"))
            continue
        source, target = sorted(
            (one.source, one.target), key=lambda ref: LINKED_FROM.index(ref.kind)
        )
        body = {"to_entity_id": int(target.id), "to_entity_type": path_of(target.kind)}
        by_source.setdefault(source, {})[at] = body
    for source, bodies in by_source.items():
        outcomes |= _link_to(api, source, bodies, links)
    return [outcomes[at] for at in range(len(links))]


def _link_to(api: Api, source: Ref, bodies: Bodies, links: Sequence[Link]) -> dict[int, Outcome]:
    path = f"{path_of(source.kind)}/{source.id}"

    def send(some: Bodies) -> Mapping[int, Outcome]:
        try:
            api.write("POST", f"{path}/link", list(some.values()))
        except OutcomeUnknownError as error:
            return _looked_up(api, path, some, links, error)
        return {at: Outcome.done(links[at].target.id) for at in some}

    return in_bulk(bodies, send, lambda at, error: Outcome.failed(error))


def _looked_up(
    api: Api, path: str, bodies: Bodies, links: Sequence[Link], error: OutcomeUnknownError
) -> dict[int, Outcome]:
    """The outcomes of a lost link call, from the links that are there.

    Linking what is linked already was seen to end in status 500 (github.com/E0DUAR/kommo-mcp,
    known issues).
    """
    try:
        there = {
            (item["to_entity_id"], item.get("to_entity_type"))
            for item in api.items(f"{path}/links", "links")
        }
    except ConnectorError:
        there = set()
    return {
        at: Outcome.done(links[at].target.id)
        if (body["to_entity_id"], body["to_entity_type"]) in there
        else Outcome.failed(error)
        for at, body in bodies.items()
    }
