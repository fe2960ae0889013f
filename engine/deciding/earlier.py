"""What earlier posts of the same filling-in left in the CRM, and how a later one goes on with it. Pure.

People are recognised as ever, by phone and e-mail; a record that an earlier post made stands in for
nobody found. The deal of an earlier post is this one's deal, whatever the module does with duplicates.
What we wrote and nobody changed since is brought up to date, even where the module only completes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from connectors.base import Fields, Json, Kind, Query, Record, Ref
from engine.deciding.deals import DealDecision, KnownDeal
from engine.deciding.matching import Found, LookUp, Match, People, title_of
from engine.deciding.parts import Policy
from engine.deciding.plan import Action, Candidate, Plan, Step
from engine.deciding.rows import Value
from engine.deciding.wanting import Intent, Wanted, WantedDeal

_RECORDS = (Kind.COMPANY, Kind.CONTACT, Kind.DEAL)
_WHY = "an earlier post of this filling-in led to it"


@dataclass(slots=True)
class Earlier:
    """``records`` are ids by kind, ``made`` those among them that did not exist before.

    ``written`` is what was sent to each, ``said`` the text of each note and task by its step's key.
    """

    records: dict[Kind, str] = field(default_factory=dict)
    made: set[Ref] = field(default_factory=set)
    written: dict[Ref, Fields] = field(default_factory=dict)
    said: dict[str, Json] = field(default_factory=dict)

    @classmethod
    def of(cls, runs: Iterable[tuple[Plan, Mapping[str, str]]]) -> Earlier:
        """From each run's plan and the records of its finished steps by key, the earliest run first."""
        earlier = cls()
        for plan, done in runs:
            for step in plan.steps:
                earlier._add(step, done)
        return earlier

    def _add(self, step: Step, done: Mapping[str, str]) -> None:
        id = done.get(step.key)
        if step.action is Action.LINK:
            return
        if step.kind not in _RECORDS:
            if id is not None:
                self.said[step.key] = step.fields.get("text")
        elif step.key == step.kind and (id or step.record_id):
            ref = Ref(step.kind, id or step.record_id or "")
            self.records[step.kind] = ref.id
            if id is not None:
                self.written[ref] = {**self.written.get(ref, {}), **step.fields}
                if step.action is Action.CREATE:
                    self.made.add(ref)

    def query(self, kind: Kind) -> LookUp | None:
        id = self.records.get(kind)
        return (kind, Query("id", id)) if id is not None else None

    def people_queries(self) -> list[LookUp]:
        """The look-ups of the people whom earlier posts made."""
        made = [(ref.kind, Query("id", ref.id)) for ref in self.made if ref.kind is not Kind.DEAL]
        return sorted(made, key=lambda one: one[0])

    def deal_queries(self) -> list[LookUp]:
        query = self.query(Kind.DEAL)
        return [query] if query else []

    def repeats(self, key: str, kind: Kind, text: Json) -> bool:
        """Whether this note was written, or a task in its place was set, for an earlier post."""
        return key in self.said and (kind is Kind.TASK or self.said[key] == text)


def apart_from_the_crm(intent: Intent, earlier: Earlier) -> Intent:
    """Formwire goes on with a deal it knows itself, even where the CRM's own control takes new ones in."""
    deal = intent.deal
    if deal is None or deal.duplicates.control != "crm" or Kind.DEAL not in earlier.records:
        return intent
    ours = deal.duplicates.model_copy(update={"control": "formwire", "found": "update"})
    return replace(intent, deal=replace(deal, duplicates=ours))


def with_earlier(people: People, earlier: Earlier, found: Found) -> People:
    """``people``, and those whom an earlier post made for whoever was not found."""
    return People(
        company=_match(people.company, Kind.COMPANY, earlier, found),
        contact=_match(people.contact, Kind.CONTACT, earlier, found),
    )


def _match(match: Match | None, kind: Kind, earlier: Earlier, found: Found) -> Match | None:
    if match is None or match.record is not None:
        return match
    record = _record(earlier, kind, found)
    if record is None or record.ref not in earlier.made:
        return match
    others = tuple(one for one in match.candidates if one.id != record.id)
    return Match(record, _WHY, candidates=(_taken(record), *others))


def earlier_deal(wanted: WantedDeal | None, earlier: Earlier, found: Found) -> DealDecision | None:
    """The deal of an earlier post to go on with; None when there is none, or none any more."""
    record = _record(earlier, Kind.DEAL, found)
    if wanted is None or record is None:
        return None
    return DealDecision(
        _WHY,
        known=(KnownDeal(record, _WHY),),
        keeps=record.ref not in earlier.made and wanted.duplicates.found == "keep",
        looked=True,
        candidates=(_taken(record),),
    )


def policies(wanted: Wanted, ref: Ref, earlier: Earlier) -> tuple[Value, ...]:
    """The values for a record, each with what may happen to what an earlier post wrote there."""
    return tuple(
        value._replace(policy=_policy(value, ref, earlier)) if ref in earlier.written else value
        for value in wanted.values
    )


def _policy(value: Value, ref: Ref, earlier: Earlier) -> Policy:
    """A record of our own is filled in; what we wrote ourselves changes unless a person changed it."""
    policy = value.policy
    if policy is Policy.LEAVE and ref in earlier.made:
        policy = Policy.COMPLETE
    if policy is Policy.COMPLETE and value.field.id in earlier.written[ref]:
        return Policy.UNTOUCHED
    return policy


def _record(earlier: Earlier, kind: Kind, found: Found) -> Record | None:
    query = earlier.query(kind)
    records = found.get(query, ()) if query else ()
    return records[0] if records else None


def _taken(record: Record) -> Candidate:
    return Candidate(record.kind, record.id, title_of(record.fields), True, _WHY)
