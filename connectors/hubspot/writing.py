"""Writing to HubSpot: upserts by our own key where there is one, creations with links where needed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from connectors.base import Change, Draft, Json, Kind, Outcome
from connectors.catalog import Catalog
from connectors.errors import ConnectorError, NotFoundError, RejectedError
from connectors.hubspot import activities
from connectors.hubspot.api import Api, Item, is_id, objects
from connectors.hubspot.bulk import Rows, answered, failed_write, in_bulk, traced, unanswered
from connectors.hubspot.catalog import ADDITIONAL, KINDS, MANY, places
from connectors.hubspot.linking import born_with
from connectors.hubspot.mapping import (
    Own,
    adds_to_present,
    asked_for,
    changed_properties,
    missing,
    new_properties,
)
from connectors.hubspot.problems import Problem, RefusedError
from connectors.hubspot.values import listed


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes the records of one kind."""

    api: Api
    catalog: Catalog
    kind: Kind
    own: Own

    # --- create ---

    def create(self, drafts: Sequence[Draft]) -> list[Outcome]:
        """Create records, each with its links in the same call."""
        outcomes: dict[int, Outcome] = {}
        by_action: dict[str, Rows] = {"upsert": {}, "create": {}}
        for at, draft in enumerate(drafts):
            try:
                action, row = self._new(draft)
            except RejectedError as error:
                outcomes[at] = Outcome.failed(error)
                continue
            by_action[action][at] = row
        for action, rows in by_action.items():
            for some in _apart(rows):
                outcomes |= self._created(action, some, drafts)
        return [outcomes[at] for at in range(len(drafts))]

    def _new(self, draft: Draft) -> tuple[str, dict[str, Json]]:
        """How a record is created, and what is sent for it. Raises RejectedError.

        An upsert by our own key comes out the same when it is repeated. It takes no associations
        (CRM objects guide, Upsert), so what is linked is created; there the key, which HubSpot
        keeps unique, makes a repetition a conflict.
        """
        marker = self.own.marker if self.kind in KINDS and draft.marker else None
        key = {marker: draft.marker} if marker else {}
        if self.kind not in KINDS:
            links = [activities.parent_of(draft)]
            new = activities.new_task if self.kind is Kind.TASK else activities.new_note
            return "create", {
                "properties": new(draft),
                "associations": born_with(self.kind, links),
            }
        properties = {
            **new_properties(self.kind, draft.fields, draft.tags, self.catalog, self.own),
            **key,
        }
        if marker and not draft.links:
            return "upsert", {"id": draft.marker, "idProperty": marker, "properties": properties}
        links = list(draft.links)
        return "create", {"properties": properties, "associations": born_with(self.kind, links)}

    def _created(self, action: str, rows: Rows, drafts: Sequence[Draft]) -> dict[int, Outcome]:
        outcomes = self._sent(action, rows)
        for at, outcome in outcomes.items():
            error = outcome.error
            if isinstance(error, RefusedError) and error.problem.conflict:
                outcomes[at] = self._in_the_way(error, drafts[at], rows[at]["properties"])
        return self._explained(outcomes)

    def _in_the_way(
        self, error: RefusedError, draft: Draft, properties: Mapping[str, str]
    ) -> Outcome:
        """What becomes of a creation that another record is in the way of.

        It is our own, if an earlier answer was lost; or it has the contact's e-mail address, which
        HubSpot lets only one contact have.
        """
        try:
            there = self._there(error.problem, properties)
        except ConnectorError as unread:
            return Outcome.failed(unread)
        if there is None:
            return Outcome.failed(error)
        present = there["properties"]
        marker = self.own.marker
        if marker and properties.get(marker) and present.get(marker) == properties[marker]:
            return Outcome.done(there["id"])
        theirs = [present.get("email") or "", *listed(present.get(ADDITIONAL))]
        email = properties.get("email", "").lower()
        if self.kind is Kind.CONTACT and email and email in (one.lower() for one in theirs):
            return self._completed(there, draft, properties)
        return Outcome.failed(error)

    def _there(self, problem: Problem, properties: Mapping[str, str]) -> Item | None:
        keys = [
            (None, problem.existing),
            (self.own.marker, properties.get(self.own.marker or "")),
            ("email", properties.get("email", "").lower() if self.kind is Kind.CONTACT else ""),
        ]
        wanted = asked_for(self.kind, self.catalog, self.own)
        for key, value in keys:
            if value and (found := self.api.by_key(self.kind, [value], wanted, key)):
                return found[0]
        return None

    def _completed(self, there: Item, draft: Draft, properties: Mapping[str, str]) -> Outcome:
        """Give a contact that was there what it lacks; nothing of it is overwritten."""
        present = there["properties"]
        added = {id: draft.fields[id] for id in MANY if draft.fields.get(id)}
        apart = {name for id in added for name in places(self.kind, id, self.catalog)}
        apart.add(self.own.tags or "")
        lacking = {
            name: value for name, value in missing(properties, present).items() if name not in apart
        }
        try:
            more = changed_properties(self.kind, added, draft.tags, self.catalog, self.own, present)
        except RejectedError as error:
            return Outcome.failed(error)
        if not lacking and not more:
            return Outcome.done(there["id"])
        return self._sent("update", {0: {"id": there["id"], "properties": {**lacking, **more}}})[0]

    # --- update ---

    def update(self, changes: Sequence[Change]) -> list[Outcome]:
        """Change records; what is added to is read first and kept."""
        if self.kind not in KINDS:
            refused = RejectedError(f"Formwire does not change a {self.kind} in the CRM")
            return [Outcome.failed(refused) for _ in changes]
        present, failure = self._present(changes)
        outcomes: dict[int, Outcome] = {}
        rows: Rows = {}
        for at, change in enumerate(changes):
            adds = adds_to_present(change.fields, change.tags)
            if not is_id(change.id) or (adds and change.id not in present):
                gone = NotFoundError("the CRM has no record with this id")
                outcomes[at] = Outcome.failed(failure or gone)
                continue
            try:
                properties = changed_properties(
                    self.kind,
                    change.fields,
                    change.tags,
                    self.catalog,
                    self.own,
                    present.get(change.id, {}),
                )
            except RejectedError as error:
                outcomes[at] = Outcome.failed(error)
                continue
            if properties:
                rows[at] = {"id": change.id, "properties": properties}
            else:
                outcomes[at] = Outcome.done(change.id)
        outcomes |= self._explained(self._sent("update", rows))
        return [outcomes[at] for at in range(len(changes))]

    def _present(
        self, changes: Sequence[Change]
    ) -> tuple[Mapping[str, Mapping[str, str | None]], ConnectorError | None]:
        """The properties as they are, for the changes that add to them; or why they are not known."""
        ids = [one.id for one in changes if adds_to_present(one.fields, one.tags) and is_id(one.id)]
        try:
            wanted = asked_for(self.kind, self.catalog, self.own)
            items = self.api.by_key(self.kind, ids, wanted)
        except ConnectorError as error:
            return {}, error
        return {item["id"]: item["properties"] for item in items}, None

    # --- both ---

    def _sent(self, action: str, rows: Rows) -> dict[int, Outcome]:
        path = objects(self.kind, f"/batch/{action}")

        def send(some: Rows) -> Mapping[int, Outcome]:
            batch = self.api.write(path, traced(some))
            return {at: _outcome(said) for at, said in answered(some, batch).items()}

        return in_bulk(rows, send, lambda at, error: Outcome.failed(error))

    def _explained(self, outcomes: Mapping[int, Outcome]) -> dict[int, Outcome]:
        return {
            at: failed_write(self.kind, one.error, self.catalog) if one.error else one
            for at, one in outcomes.items()
        }


def _outcome(said: str | Problem | None) -> Outcome:
    if said is None:
        return Outcome.failed(unanswered())
    return Outcome.failed(RefusedError(said)) if isinstance(said, Problem) else Outcome.done(said)


def _apart(rows: Rows) -> list[Rows]:
    """The rows in parts in which no e-mail address is twice: the second would find the first."""
    parts: list[Rows] = []
    taken: list[set[str]] = []
    for at, row in rows.items():
        email = str(row["properties"].get("email", "")).lower()
        place = next((n for n, emails in enumerate(taken) if email not in emails), len(parts))
        if place == len(parts):
            parts.append({})
            taken.append(set())
        parts[place][at] = row
        if email:
            taken[place].add(email)
    return parts
