"""Writing to Pipedrive: one record in one call, so that no record can fail another."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeVar

from connectors.base import Change, Draft, Json, Kind, Outcome, Ref
from connectors.errors import (
    ConnectorError,
    NotFoundError,
    OutcomeUnknownError,
    RejectedError,
    UnavailableError,
)
from connectors.pipedrive.activities import NOTES_PATH, new_activity, new_note
from connectors.pipedrive.api import Api, InvalidError, Item
from connectors.pipedrive.catalog import FIELD_PATHS, LABELS
from connectors.pipedrive.mapping import (
    PEOPLE,
    adds_to_present,
    blamed_field,
    changed_entity,
    label_ids,
    new_entity,
    number_of,
    path_of,
)
from connectors.pipedrive.scene import Scene

T = TypeVar("T")


def one_by_one(inputs: Sequence[T], send: Callable[[T], str]) -> list[Outcome]:
    """Write in turn; ``send`` returns an id. After anything but a refusal nothing more is sent."""
    outcomes: list[Outcome] = []
    stopped: ConnectorError | None = None
    for one in inputs:
        if stopped:
            outcomes.append(Outcome.failed(stopped))
            continue
        try:
            outcomes.append(Outcome.done(send(one)))
        except ConnectorError as error:
            outcomes.append(Outcome.failed(error))
            if not isinstance(error, RejectedError):
                stopped = _for_the_rest(error)
    return outcomes


def _for_the_rest(error: ConnectorError) -> ConnectorError:
    if isinstance(error, OutcomeUnknownError):
        return UnavailableError("not sent, because an earlier call of the same operation failed")
    return error


# --- create ----------------------------------------------------------------------------------


def create(scene: Scene, kind: Kind, drafts: Sequence[Draft]) -> list[Outcome]:
    """Create records with a call each, and one more where a label is new."""

    def send(draft: Draft) -> str:
        path, body = _new(scene, kind, draft)
        return _written(scene, "POST", path, kind, body, draft.links)

    return one_by_one(drafts, send)


def _new(scene: Scene, kind: Kind, draft: Draft) -> tuple[str, dict[str, Json]]:
    if kind is Kind.NOTE:
        return NOTES_PATH, new_note(draft)
    if kind is Kind.TASK:
        return path_of(kind), new_activity(draft, marked=scene.marked)
    body = new_entity(kind, draft.fields, scene.catalog)
    if kind is Kind.DEAL:
        body |= {PEOPLE[link.kind]: number_of(link) for link in draft.links if link.kind in PEOPLE}
        if scene.marked and draft.marker:
            custom = body.get("custom_fields", {})
            body["custom_fields"] = {**custom, scene.marker_field: draft.marker}
    if draft.tags:
        body[LABELS] = scene.labels[kind].ids(draft.tags)
    return path_of(kind), body


def _written(
    scene: Scene,
    method: str,
    path: str,
    kind: Kind,
    body: Mapping[str, Json],
    about: Iterable[Ref],
) -> str:
    """Send one record and return its id. Raises ConnectorError, with our name of a field at fault."""
    try:
        return str(scene.api.write(method, path, body)["id"])
    except RejectedError as error:
        raise _explained(scene.api, kind, body, about, error) from error


def _explained(
    api: Api, kind: Kind, body: Mapping[str, Json], about: Iterable[Ref], error: RejectedError
) -> RejectedError:
    """What the refusal of a record means.

    How Pipedrive says that a record it is to be linked with is gone is not documented, so we look.
    """
    named = error.named if isinstance(error, InvalidError) else frozenset[str]()
    if field := blamed_field(kind, body, named):
        return RejectedError(str(error), field=field)
    for ref in about:
        try:
            if api.one(path_of(ref.kind), ref.id) is None:
                return NotFoundError(f"the CRM has no such {ref.kind}")
        except ConnectorError:
            return error  # refused all the same, though we cannot tell why
    return error


# --- update ----------------------------------------------------------------------------------


def update(scene: Scene, kind: Kind, changes: Sequence[Change]) -> list[Outcome]:
    """Change records; what a list or the labels of a record hold is read first and kept."""
    if kind not in FIELD_PATHS:
        refusal = RejectedError(f"Formwire does not change a {kind} in the CRM")
        return [Outcome.failed(refusal) for _ in changes]
    present, failure = _present(scene, kind, changes)

    def send(change: Change) -> str:
        if _reads_first(scene, kind, change) and change.id not in present:
            raise failure or NotFoundError(f"the CRM has no such {kind}")
        current = present.get(change.id, {})
        body = _changed(scene, kind, change, current)
        if not body:
            return change.id
        number_of(Ref(kind, change.id))
        return _written(scene, "PATCH", f"{path_of(kind)}/{change.id}", kind, body, ())

    return one_by_one(changes, send)


def _reads_first(scene: Scene, kind: Kind, change: Change) -> bool:
    return bool(change.tags) or adds_to_present(kind, change.fields, scene.catalog)


def _present(
    scene: Scene, kind: Kind, changes: Sequence[Change]
) -> tuple[Mapping[str, Item], ConnectorError | None]:
    """The records as they are, for the changes that add to them; or why they could not be read."""
    ids = [change.id for change in changes if _reads_first(scene, kind, change)]
    numbers = [id for id in ids if id.isascii() and id.isdigit()]
    try:
        return scene.api.by_id(path_of(kind), numbers) if numbers else {}, None
    except ConnectorError as error:
        return {}, error


def _changed(scene: Scene, kind: Kind, change: Change, current: Item) -> dict[str, Json]:
    """What of the record is to become something else."""
    body = changed_entity(kind, change.fields, scene.catalog, current)
    if change.tags:
        present = label_ids(current)
        wanted = scene.labels[kind].ids(change.tags)
        body[LABELS] = [*present, *(id for id in wanted if id not in present)]
    for key in (LABELS, "emails", "phones", "im"):
        if key in body and key in current and body[key] == (current[key] or []):
            del body[key]
    return body
