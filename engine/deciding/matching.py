"""Which records of the CRM a submission's contact and company already are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from connectors.base import Json, Kind, Query, Record
from engine.deciding.plan import Candidate, LookedUp
from engine.deciding.wanting import Intent, Wanted

LookUp = tuple[Kind, Query]
Found = Mapping[LookUp, Sequence[Record]]
"""What each look-up brought; every look-up asked for has an entry."""


@dataclass(frozen=True, slots=True)
class Match:
    """The record that a wanted one already is, or None, and why.

    ``others`` are to be changed likewise. ``hold``: a person must choose.
    """

    record: Record | None
    why: str
    others: tuple[Record, ...] = ()
    candidates: tuple[Candidate, ...] = ()
    hold: str | None = None


@dataclass(frozen=True, slots=True)
class People:
    """Contact and company of one submission as far as the CRM has them; None when not wanted."""

    company: Match | None
    contact: Match | None

    def found(self) -> list[Record]:
        """Every record there is, the contact's first."""
        matches = [match for match in (self.contact, self.company) if match is not None]
        return [one for match in matches if match.record for one in (match.record, *match.others)]


def key_name(kind: Kind, field: str, value: str) -> str:
    """One identity of one kind as text, such as ``contact:email=ada@example.org``."""
    return f"{kind}:{field}={value.casefold()}"


def people_queries(intent: Intent) -> list[LookUp]:
    """The look-ups that tell whether contact and company exist."""
    if intent.deal is not None and intent.deal.duplicates.control == "crm":
        return []
    return [
        (wanted.kind, Query(field, value))
        for wanted in (intent.company, intent.contact)
        if wanted is not None
        for field, value in wanted.keys
    ]


def match_people(intent: Intent, found: Found) -> People:
    return People(
        company=_match(intent.company, found) if intent.company else None,
        contact=_match(intent.contact, found) if intent.contact else None,
    )


def looked_up(look_ups: Iterable[LookUp], found: Found) -> tuple[LookedUp, ...]:
    """The look-ups made, for the plan."""
    return tuple(
        LookedUp(kind, query.field, query.value, tuple(record.id for record in found[kind, query]))
        for kind, query in look_ups
    )


def newest(records: Iterable[Record]) -> Record:
    return max(records, key=lambda record: (record.updated_at or _LONG_AGO, record.id))


def title_of(fields: Mapping[str, Json]) -> str:
    """What people call a record with these fields."""
    if fields.get("name"):
        return str(fields["name"])
    names = (fields.get("first_name"), fields.get("last_name"))
    return " ".join(str(name) for name in names if name)


def _match(wanted: Wanted, found: Found) -> Match:
    records, keys_of = _bearers(wanted, found)
    looked = ", ".join(f"{field} {value}" for field, value in wanted.keys)
    if not records:
        return Match(None, f"nobody has {looked}" if looked else "new record")
    fields = {field for field, _ in wanted.keys}
    partial = set()
    if wanted.match_all:
        partial = {id for id in records if {field for field, _ in keys_of[id]} != fields}
    eligible = [record for id, record in records.items() if id not in partial]
    best = max((len(keys_of[record.id]) for record in eligible), default=0)
    leading = [record for record in eligible if len(keys_of[record.id]) == best]
    chosen = _choose(wanted, leading) if leading else None
    others = tuple(one for one in eligible if one is not chosen and wanted.several == "all")
    candidates = tuple(
        _candidate(wanted, record, keys_of[id], chosen, others, partial, best)
        for id, record in records.items()
    )
    if chosen is None:
        return Match(None, f"nobody has all of {looked}", candidates=candidates)
    if wanted.several == "hold" and len(leading) > 1:
        ids = ", ".join(sorted(record.id for record in leading))
        # By which fields, not by which values: the reason becomes a notice, which others are sent.
        by = ", ".join(sorted({field for record in leading for field, _ in keys_of[record.id]}))
        hold = f"several {wanted.kind} records match by {by}: {ids}"
        return Match(None, "", candidates=candidates, hold=hold)
    by = ", ".join(f"{field} {value}" for field, value in sorted(keys_of[chosen.id]))
    which = f", {_which(wanted)} of {len(records)}" if len(records) > 1 else ""
    return Match(chosen, f"matched by {by}{which}", others, candidates)


def _bearers(
    wanted: Wanted, found: Found
) -> tuple[dict[str, Record], dict[str, set[tuple[str, str]]]]:
    """Every record found, and by which of the wanted keys."""
    records: dict[str, Record] = {}
    keys_of: dict[str, set[tuple[str, str]]] = {}
    for field, value in wanted.keys:
        for record in found.get((wanted.kind, Query(field, value)), ()):
            records[record.id] = record
            keys_of.setdefault(record.id, set()).add((field, value))
    return records, keys_of


def _choose(wanted: Wanted, records: Sequence[Record]) -> Record:
    if wanted.several == "oldest":
        return min(records, key=lambda record: (record.created_at or _LONG_AGO, record.id))
    return newest(records)


def _candidate(
    wanted: Wanted,
    record: Record,
    keys: set[tuple[str, str]],
    chosen: Record | None,
    others: Sequence[Record],
    partial: set[str],
    best: int,
) -> Candidate:
    by = ", ".join(sorted(field for field, _ in keys))
    if record is chosen:
        why = f"matches by {by}"
    elif record in others:
        why = f"matches by {by}; all are changed"
    elif record.id in partial:
        why = f"matches only by {by}"
    elif len(keys) < best:
        why = f"matches by {by}; another matches by more"
    else:
        why = f"matches by {by}; {_which(wanted)} is taken"
    return Candidate(
        wanted.kind,
        record.id,
        title_of(record.fields),
        record is chosen or record in others,
        why,
    )


def _which(wanted: Wanted) -> str:
    return "the oldest" if wanted.several == "oldest" else "the newest"


_LONG_AGO = datetime.min.replace(tzinfo=UTC)
