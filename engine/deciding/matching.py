"""Which records of the CRM a submission's contact and company already are."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from connectors.base import Json, Kind, Query, Record
from connectors.phones import LAST_DIGITS, same_number
from engine.deciding.plan import Candidate, LookedUp
from engine.deciding.wanting import Intent, Wanted

LONGEST_NAME = 400
LookUp = tuple[Kind, Query]
Found = Mapping[LookUp, Sequence[Record]]
"""What each look-up brought; every look-up asked for has an entry."""


@dataclass(slots=True)
class Match:
    """The record that a wanted one already is, or None, and why.

    ``others`` are to be changed likewise. ``hold``: a person must choose.
    """

    record: Record | None
    why: str
    others: tuple[Record, ...] = ()
    candidates: tuple[Candidate, ...] = ()
    hold: str | None = None


@dataclass(slots=True)
class People:
    """Contact and company of one submission as far as the CRM has them; None when not wanted."""

    company: Match | None
    contact: Match | None

    def found(self) -> list[Record]:
        """Every record there is, the contact's first."""
        matches = [match for match in (self.contact, self.company) if match is not None]
        return [one for match in matches if match.record for one in (match.record, *match.others)]


def key_name(kind: Kind, field: str, value: str) -> str:
    """One identity of one kind as text, such as ``contact:email=ada@example.org``.

    A long one, such as a company's name that is a novel, is shortened and stays unlike any other.
    """
    name = f"{kind}:{field}={value.casefold()}"
    if len(name) <= LONGEST_NAME:
        return name
    digest = hashlib.blake2b(name.encode(errors="replace"), digest_size=16).hexdigest()
    return f"{name[: LONGEST_NAME - len(digest) - 1]}…{digest}"


def people_queries(intent: Intent) -> list[LookUp]:
    """The look-ups that tell whether contact and company exist."""
    if intent.deal is not None and intent.deal.duplicates.control == "crm":
        return []
    return [
        (wanted.kind, key)
        for wanted in (intent.company, intent.contact)
        if wanted is not None
        for key in wanted.keys
    ]


def match_people(intent: Intent, found: Found) -> People:
    return People(
        company=_match(intent.company, found) if intent.company else None,
        contact=_match(intent.contact, found) if intent.contact else None,
    )


def looked_up(look_ups: Iterable[LookUp], found: Found) -> tuple[LookedUp, ...]:
    """The look-ups made, for the plan."""
    return tuple(
        LookedUp(kind, query.field, query.value, tuple([one.id for one in found[kind, query]]))
        for kind, query in look_ups
    )


def newest(records: Sequence[Record]) -> Record:
    if len(records) == 1:
        return records[0]
    return max(records, key=lambda record: (record.updated_at or _LONG_AGO, record.id))


def title_of(fields: Mapping[str, Json]) -> str:
    """What people call a record with these fields."""
    if fields.get("name"):
        return str(fields["name"])
    names = (fields.get("first_name"), fields.get("last_name"))
    return " ".join(str(name) for name in names if name)


@dataclass(slots=True)
class _Bearer:
    """A record, and which of the wanted keys it bears: just so, or by the last digits of a phone."""

    record: Record
    exactly: tuple[Query, ...]
    loosely: tuple[Query, ...]

    @property
    def rank(self) -> tuple[int, int]:
        return len(self.exactly), len(self.loosely)

    @property
    def fields(self) -> set[str]:
        return {key.field for key in (*self.exactly, *self.loosely)}

    def words(self, word: Callable[[Query], str]) -> str:
        """The keys, such as ``email, the last 10 digits of phone``."""
        exactly = sorted({*map(word, self.exactly)})
        if not self.loosely:
            return ", ".join(exactly)
        loosely = sorted({*map(word, self.loosely)})
        return ", ".join([*exactly, *[f"the last {LAST_DIGITS} digits of {by}" for by in loosely]])


def _match(wanted: Wanted, found: Found) -> Match:
    bearers = _bearers(wanted, found)
    if not bearers:
        return Match(None, f"nobody has {_looked(wanted)}" if wanted.keys else "new record")
    eligible = bearers
    if wanted.match_all:
        fields = {key.field for key in wanted.keys}
        eligible = [one for one in bearers if one.fields == fields]
    if any(one.exactly for one in eligible):
        eligible = [one for one in eligible if one.exactly]
    best = max((one.rank for one in eligible), default=(0, 0))
    leading = [one.record for one in eligible if one.rank == best]
    chosen = _choose(wanted, leading) if leading else None
    taken = [chosen, *(one.record for one in eligible if wanted.several == "all")]
    candidates = tuple(
        Candidate(
            wanted.kind,
            one.record.id,
            title_of(one.record.fields),
            one.record in taken,
            _why(wanted, one, chosen, taken, best),
        )
        for one in bearers
    )
    if chosen is None:
        return Match(None, f"nobody has all of {_looked(wanted)}", candidates=candidates)
    if wanted.several == "hold" and len(leading) > 1:
        ids = ", ".join(sorted(record.id for record in leading))
        # By which fields, not by which values: the reason becomes a notice, which others are sent.
        by = ", ".join(
            sorted({field for one in eligible if one.record in leading for field in one.fields})
        )
        hold = f"several {wanted.kind} records match by {by}: {ids}"
        return Match(None, "", candidates=candidates, hold=hold)
    by = next(one for one in bearers if one.record is chosen).words(_whole)
    several = len(bearers) > 1
    why = f"matched by {by}, {_which(wanted)} of {len(bearers)}" if several else f"matched by {by}"
    others = tuple(one for one in taken if one is not None and one is not chosen)
    return Match(chosen, why, others, candidates)


def _bearers(wanted: Wanted, found: Found) -> list[_Bearer]:
    """Every record found, and by which of the wanted keys."""
    records: dict[str, Record] = {}
    exactly: dict[str, list[Query]] = {}
    loosely: dict[str, list[Query]] = {}
    for key in wanted.keys:
        for record in found.get((wanted.kind, key), ()):
            records[record.id] = record
            alike = key.last_digits and not _has_number(record, key)
            (loosely if alike else exactly).setdefault(record.id, []).append(key)
    return [
        _Bearer(record, tuple(exactly.get(id, ())), tuple(loosely.get(id, ())))
        for id, record in records.items()
    ]


def _has_number(record: Record, key: Query) -> bool:
    value = record.fields.get(key.field)
    there = value if isinstance(value, list) else [value]
    return any(same_number(key.value, str(one)) for one in there if one is not None)


def _why(
    wanted: Wanted,
    one: _Bearer,
    chosen: Record | None,
    taken: Sequence[Record | None],
    best: tuple[int, int],
) -> str:
    by = one.words(_field)
    if one.record is chosen:
        return f"matches by {by}"
    if one.record in taken:
        return f"matches by {by}; all are changed"
    if wanted.match_all and one.fields != {key.field for key in wanted.keys}:
        return f"matches only by {by}"
    if one.rank < best:
        return f"matches by {by}; another matches by more"
    return f"matches by {by}; {_which(wanted)} is taken"


def _looked(wanted: Wanted) -> str:
    """What was looked for, such as ``email ada@example.org, phone +380671234567``."""
    return ", ".join(map(_whole, wanted.keys))


def _whole(key: Query) -> str:
    return f"{key.field} {key.value}"


def _field(key: Query) -> str:
    return key.field


def _choose(wanted: Wanted, records: Sequence[Record]) -> Record:
    if wanted.several == "oldest":
        return min(records, key=lambda record: (record.created_at or _LONG_AGO, record.id))
    return newest(records)


def _which(wanted: Wanted) -> str:
    return "the oldest" if wanted.several == "oldest" else "the newest"


_LONG_AGO = datetime.min.replace(tzinfo=UTC)
