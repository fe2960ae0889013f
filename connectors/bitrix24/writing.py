"""Writing to Bitrix24: a command for each record, each with its own answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeVar

from connectors.base import Change, Draft, Json, Kind, Link, Outcome, Ref
from connectors.bitrix24.api import Command, InvalidError, Item, Reply
from connectors.bitrix24.finding import read
from connectors.bitrix24.mapping import (
    Portal,
    blamed_field,
    changed_fields,
    needs_present,
    new_comment,
    new_fields,
    new_todo,
    number,
    parent_of,
)
from connectors.errors import (
    ConnectorError,
    NotFoundError,
    OutcomeUnknownError,
    RejectedError,
)

T = TypeVar("T")

# Records that can be linked, in the order in which one gets the other.
LINKED_FROM = (Kind.DEAL, Kind.CONTACT, Kind.COMPANY)


def create(portal: Portal, kind: Kind, drafts: Sequence[Draft], known: set[Ref]) -> list[Outcome]:
    """Create records. Those they are linked with must be there: ``known`` were seen a moment ago."""
    lost = _absent(portal, [link for draft in drafts for link in _needed(kind, draft)], known)

    def command(draft: Draft) -> Command:
        for link in _needed(kind, draft):
            if error := lost.get(link):
                raise error
        if kind is Kind.TASK:
            return Command("crm.activity.todo.add", new_todo(portal, draft))
        if kind is Kind.NOTE:
            return Command("crm.timeline.comment.add", new_comment(portal, draft))
        type_id = portal.entity(kind).type_id
        fields = new_fields(portal, kind, draft)
        return Command("crm.item.add", {"entityTypeId": type_id, "fields": fields})

    def outcome(draft: Draft, one: Command, reply: Reply) -> Outcome:
        return _written(portal, kind, one, reply)

    return _each(portal, drafts, command, outcome)


def _needed(kind: Kind, draft: Draft) -> Iterable[Ref]:
    """The records without which ``draft`` must not be created, and which Bitrix24 may not miss."""
    if kind is Kind.TASK:
        return ()  # crm.activity.todo.add looks itself
    return (parent_of(draft),) if kind is Kind.NOTE and draft.links else draft.links


def _absent(portal: Portal, refs: Sequence[Ref], known: set[Ref]) -> Mapping[Ref, ConnectorError]:
    """Why each of these records cannot be linked: it is gone, or nobody could look."""
    wanted = {ref for ref in refs if ref not in known and ref.kind in portal.entities}
    lost: dict[Ref, ConnectorError] = {}
    for kind in LINKED_FROM:
        ids = [ref.id for ref in wanted if ref.kind is kind]
        if not ids:
            continue
        try:
            there = read(portal, kind, ids)
        except ConnectorError as error:
            lost |= {Ref(kind, id): error for id in ids}
            continue
        known |= {Ref(kind, id) for id in there}
        gone = NotFoundError(f"the CRM has no such {kind}")
        lost |= {Ref(kind, id): gone for id in ids if id not in there}
    return lost


def update(portal: Portal, kind: Kind, changes: Sequence[Change]) -> list[Outcome]:
    """Change records; those to which something is added are read first."""
    if kind not in portal.entities:
        refusal = RejectedError(f"Formwire does not change a {kind} in the CRM")
        return [Outcome.failed(refusal) for _ in changes]
    current, failure = _present(portal, kind, changes)

    def command(change: Change) -> Command | Outcome:
        needed = needs_present(portal, kind, change.fields, change.tags)
        if needed and change.id not in current:
            raise failure or NotFoundError(f"the CRM has no such {kind}")
        present = current.get(change.id, {})
        fields = changed_fields(portal, kind, change.fields, change.tags, present)
        type_id, id = portal.entity(kind).type_id, number(change.id)
        wanted = {"entityTypeId": type_id, "id": id, "fields": fields}
        return Command("crm.item.update", wanted) if fields else Outcome.done(change.id)

    def outcome(change: Change, one: Command, reply: Reply) -> Outcome:
        return _written(portal, kind, one, reply)

    return _each(portal, changes, command, outcome)


def _present(
    portal: Portal, kind: Kind, changes: Sequence[Change]
) -> tuple[Mapping[str, Item], ConnectorError | None]:
    """The records as they are, for the changes that add to them; or why they could not be read."""
    ids = [one.id for one in changes if needs_present(portal, kind, one.fields, one.tags)]
    try:
        return read(portal, kind, ids), None
    except ConnectorError as error:
        return {}, error


def link(portal: Portal, links: Sequence[Link], known: set[Ref]) -> list[Outcome]:
    """Link records: a command for each pair."""
    lost = _absent(portal, [ref for one in links for ref in (one.source, one.target)], known)

    def command(one: Link) -> Command:
        for ref in (one.source, one.target):
            if error := lost.get(ref):
                raise error
        return _linking(portal, one)

    def outcome(one: Link, _: Command, reply: Reply) -> Outcome:
        # False says that they are linked already.
        failed = isinstance(reply, ConnectorError)
        return Outcome.failed(reply) if failed else Outcome.done(one.target.id)

    return _each(portal, links, command, outcome)


def _linking(portal: Portal, one: Link) -> Command:
    kinds = {one.source.kind, one.target.kind}
    if len(kinds) < 2 or not kinds <= set(LINKED_FROM):
        raise RejectedError("the CRM links only people and deals")
    first, second = sorted((one.source, one.target), key=lambda ref: LINKED_FROM.index(ref.kind))
    entity = portal.entity(first.kind)
    if first.kind is Kind.DEAL and second.kind is Kind.COMPANY:
        fields: dict[str, Json] = {"companyId": number(second.id)}
        wanted = {"entityTypeId": entity.type_id, "id": number(first.id), "fields": fields}
        return Command("crm.item.update", wanted)
    other = portal.entity(second.kind).name
    fields = {f"{other.upper()}_ID": number(second.id)}
    return Command(f"crm.{entity.name}.{other}.add", {"id": number(first.id), "fields": fields})


def _each(
    portal: Portal,
    inputs: Sequence[T],
    command: Callable[[T], Command | Outcome],
    outcome: Callable[[T, Command, Reply], Outcome],
) -> list[Outcome]:
    """Carry out a command for each input, but for those that need none or cannot be written."""
    commands: dict[int, Command] = {}
    outcomes: dict[int, Outcome] = {}
    for at, one in enumerate(inputs):
        try:
            wanted = command(one)
        except ConnectorError as error:
            wanted = Outcome.failed(error)
        if isinstance(wanted, Command):
            commands[at] = wanted
        else:
            outcomes[at] = wanted
    replies = portal.api.write(list(commands.values()))
    for (at, sent), reply in zip(commands.items(), replies, strict=True):
        outcomes[at] = outcome(inputs[at], sent, reply)
    return [outcomes[at] for at in range(len(inputs))]


def _written(portal: Portal, kind: Kind, sent: Command, reply: Reply) -> Outcome:
    """What became of one record."""
    if isinstance(reply, InvalidError) and kind in portal.entities:
        field = blamed_field(portal, kind, sent.params["fields"], reply.description)
        return Outcome.failed(RejectedError(str(reply), field=field))
    if isinstance(reply, ConnectorError):
        return Outcome.failed(reply)
    id = _id_in(reply)
    return Outcome.done(id) if id else Outcome.failed(_unanswered())


def _id_in(reply: Json) -> str | None:
    """The id in {"item": {"id": 1}}, {"id": 1} or 1."""
    if isinstance(reply, dict):
        item = reply.get("item", reply)
        reply = item.get("id") if isinstance(item, dict) else None
    is_id = isinstance(reply, int) and not isinstance(reply, bool) and reply > 0
    return str(reply) if is_id else None


def _unanswered() -> OutcomeUnknownError:
    return OutcomeUnknownError("the answer does not name the record")
