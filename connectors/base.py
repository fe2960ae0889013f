"""The contract every connector keeps.

Bulk first: each operation takes a sequence and answers one result per input, in order. A wave of
one is the ordinary case and costs no more than a single call would. Nothing is repeated inside a
connector, and the httpx client is handed in.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

import httpx

from connectors.errors import ConnectorError, OutcomeUnknownError, RejectedError, SettingsError

if TYPE_CHECKING:
    from connectors.catalog import Catalog
    from connectors.oauth import OAuth

Json: TypeAlias = Any
"""Plain JSON: None, bool, int, float, str, or lists and string-keyed mappings of them."""
Fields: TypeAlias = Mapping[str, Json]
"""Canonical field id (`catalog.Field.id`) to a value in the form `catalog.FieldType` gives."""


class Kind(StrEnum):
    """What a record can be."""

    CONTACT = "contact"
    COMPANY = "company"
    DEAL = "deal"
    TASK = "task"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Ref:
    """A record's address in its CRM account."""

    kind: Kind
    id: str


@dataclass(frozen=True, slots=True)
class Record:
    """A record as the CRM holds it.

    ``closed`` is true for a deal that is won or lost. ``links`` are the records it is linked
    with, as far as the CRM tells them without a further call.
    """

    kind: Kind
    id: str
    fields: Fields
    tags: tuple[str, ...] = ()
    links: tuple[Ref, ...] = ()
    created_at: datetime | None = None
    updated_at: datetime | None = None
    closed: bool = False

    @property
    def ref(self) -> Ref:
        return Ref(self.kind, self.id)


@dataclass(frozen=True, slots=True)
class Query:
    """One look-up: records whose ``field`` equals ``value``.

    ``field`` is a catalog field id; or ``id``; or, for deals, ``contact`` or ``company``: the
    deals linked with the record of that kind whose id is ``value``. With ``last_digits`` a phone
    is also found where there is no telephone number but a text that ends in the same ten digits.
    """

    field: str
    value: str
    last_digits: bool = False


@dataclass(frozen=True, slots=True)
class Draft:
    """A record to be created.

    ``links``: for a deal its contact and company; for a task or note the one record it is about.
    ``marker`` is unique for the step that creates it; a connector that can, stores it with the
    record, so that `Connector.find_created` recognises it.
    Tasks have the fields ``text``, ``type`` (task type id), ``due`` (ISO 8601 with offset) and
    ``responsible``; notes have ``text``.
    """

    fields: Fields
    tags: tuple[str, ...] = ()
    links: tuple[Ref, ...] = ()
    marker: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """New values for a record. Fields not named stay; values of ``many`` fields and tags are added.

    A value of None clears the field.
    """

    id: str
    fields: Fields = field(default_factory=dict)
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Link:
    """Two records to be linked; it is no error when they are linked already."""

    source: Ref
    target: Ref


class Status(StrEnum):
    """What became of one write."""

    DONE = "done"
    REFUSED = "refused"  # the CRM says no to this record; repeating it is pointless
    NOT_APPLIED = "not applied"  # surely not done; may be repeated
    UNKNOWN = "unknown"  # perhaps done; look before repeating


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of one write. ``id`` is set when done; ``error`` when not."""

    status: Status
    id: str | None = None
    error: ConnectorError | None = None

    @classmethod
    def done(cls, id: str) -> Outcome:
        return cls(Status.DONE, id=id)

    @classmethod
    def failed(cls, error: ConnectorError) -> Outcome:
        """The outcome that ``error`` of a write means."""
        if isinstance(error, RejectedError):
            return cls(Status.REFUSED, error=error)
        if isinstance(error, OutcomeUnknownError):
            return cls(Status.UNKNOWN, error=error)
        return cls(Status.NOT_APPLIED, error=error)


class Effect(StrEnum):
    """How surely a creation whose answer was lost can be told from others afterwards."""

    KEYED = "A"  # the CRM itself keeps one record per key of ours
    MARKED = "B"  # our key, or what the record is linked with, finds it
    UNMARKED = "C"  # nothing does for sure: it is never created again without a person


BundleOutcome: TypeAlias = Mapping[Kind, Outcome]
"""The result of one bundle: an outcome for each of its parts."""


@dataclass(frozen=True, slots=True)
class Enquiry:
    """Where a deal comes from, for a CRM that sorts incoming leads and merges them by its own rules."""

    form_key: str
    form_name: str
    sent_at: datetime
    page_url: str = ""
    referrer: str = ""
    ip: str = ""


@dataclass(frozen=True, slots=True)
class Bundle:
    """A new deal with its new people, in one call.

    The connector links all of them with one another; the ``links`` of the drafts are empty. With
    an ``enquiry`` it comes as an incoming lead, and the CRM's own duplicate control may answer with
    the ids of records that were there; only connectors whose catalog ``merges`` get such bundles.
    """

    deal: Draft
    contact: Draft | None = None
    company: Draft | None = None
    enquiry: Enquiry | None = None

    @property
    def parts(self) -> dict[Kind, Draft]:
        """The drafts by kind, without those that are absent."""
        drafts = {Kind.DEAL: self.deal, Kind.CONTACT: self.contact, Kind.COMPANY: self.company}
        return {kind: draft for kind, draft in drafts.items() if draft is not None}

    def failed(self, error: ConnectorError) -> BundleOutcome:
        """The outcome when ``error`` befell all parts."""
        return dict.fromkeys(self.parts, Outcome.failed(error))

    def refused(self, at_fault: Kind, error: RejectedError) -> BundleOutcome:
        """The outcome when the CRM refuses one part, and so creates none of them.

        Only the part at fault gets ``error``, which may name one of its fields.
        """
        others = self.failed(RejectedError("refused because of another record"))
        return {**others, at_fault: Outcome.failed(error)}


@dataclass(frozen=True, slots=True)
class Account:
    """Who we are in the CRM, for a person to recognise."""

    id: str
    label: str
    user: str | None = None


class Connector(Protocol):
    """One authorised CRM account.

    Reads (``check``, ``catalog``, ``find``, ``find_created``) raise ConnectorError when they could
    not look. Writes (``create``, ``update``, ``link``, ``create_bundles``) never raise it: every
    item has its own outcome, and one bad item never fails its neighbours.
    """

    spec: ConnectorSpec

    def check(self) -> Account:
        """Say whose account this is. Reads only."""

    def catalog(self) -> Catalog:
        """Read everything a module may refer to."""

    def find(self, kind: Kind, queries: Sequence[Query]) -> list[list[Record]]:
        """Return the records that match each query exactly, newest change first.

        E-mail addresses are compared without regard to case, phones (given in E.164) as numbers,
        however they are written in the CRM; by their last digits only if the query says so. Our own earlier writes are seen, or the spec declares
        the gap. An empty list means: looked, none there. Deleted records are never returned.
        """

    def find_created(
        self, kind: Kind, drafts: Sequence[Draft], since: datetime
    ) -> list[list[Record]]:
        """Return, for each draft, the records that its creation at or after ``since`` may have made.

        By marker where the CRM keeps one, else by identity, parent and equal text. A deal that its
        bundle was merged into is recognised by marker, however old it is; the bundle's people are
        then those it is linked with.
        """

    def effect(self, kind: Kind, draft: Draft) -> Effect:
        """Say how surely `find_created` would recognise the draft's creation, or its absence."""

    def create(self, kind: Kind, drafts: Sequence[Draft]) -> list[Outcome]:
        """Create records."""

    def update(self, kind: Kind, changes: Sequence[Change]) -> list[Outcome]:
        """Change records. No two changes of one call have the same id."""

    def link(self, links: Sequence[Link]) -> list[Outcome]:
        """Link records. A done outcome's id is the target's."""

    def create_bundles(self, bundles: Sequence[Bundle]) -> list[BundleOutcome]:
        """Create deals with their people at once. Called only when the spec has bundles."""

    def record_url(self, ref: Ref) -> str | None:
        """Where a person sees the record; None when it has no page of its own."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One thing a person enters to connect an account.

    ``address``: it says which server gets the secrets. ``long``: a text of several lines.
    ``seldom``: most people leave it empty.
    """

    key: str
    label: str
    help: str = ""
    secret: bool = False
    required: bool = True
    address: bool = False
    long: bool = False
    seldom: bool = False


@dataclass(frozen=True, slots=True)
class Rate:
    """At most ``calls`` per ``seconds``, in any window of that length."""

    calls: int
    seconds: float


def _anything(settings: Mapping[str, str]) -> None:
    """Any settings may be right."""


@dataclass(frozen=True, slots=True)
class ConnectorSpec:
    """All that the product must know about a CRM without calling it.

    ``find_bulk``: queries one HTTP call can answer (1 means a call per query; queries by ``id``,
    and those for people's deals, always go together). ``write_bulk``: records per write call.
    ``bundle_bulk``: bundles per call, 0 when the CRM has none. ``settle_s``: how long a lost write
    may take to show up in a look-up. ``merge_help``: where a person switches the CRM's own duplicate
    control on; empty when it has none. ``oauth``: how a person grants access at the CRM itself.
    ``reads``: the CRM can be asked what it holds. One that cannot answers every look-up with "none
    there" and keeps one record per marker by itself. ``check``: raises SettingsError, led by the
    setting's key, for settings that cannot be right. ``gaps``: case of the conformance suite → why
    this CRM cannot do it.
    """

    key: str
    label: str
    docs_url: str
    settings: tuple[Setting, ...] = ()
    rates: tuple[Rate, ...] = ()
    parallel: int = 4
    find_bulk: int = 1
    write_bulk: int = 50
    bundle_bulk: int = 0
    settle_s: float = 45.0
    merge_help: str = ""
    oauth: OAuth | None = None
    reads: bool = True
    check: Callable[[Mapping[str, str]], object] = _anything
    gaps: Mapping[str, str] = field(default_factory=dict)

    @property
    def secrets(self) -> frozenset[str]:
        """Keys of the settings that must never be shown."""
        return frozenset(setting.key for setting in self.settings if setting.secret)

    @property
    def addresses(self) -> frozenset[str]:
        """Keys of the settings that say which server gets the secrets."""
        return frozenset(setting.key for setting in self.settings if setting.address)

    def rates_for(self, settings: Mapping[str, str]) -> tuple[Rate, ...]:
        """The limits of one account: ``calls_per_s`` of its settings, else the CRM's usual ones.

        Raises SettingsError.
        """
        entered = settings.get("calls_per_s", "").strip()
        if not entered:
            return self.rates
        if not re.fullmatch(r"[1-9][0-9]{0,3}", entered):
            raise SettingsError("calls_per_s: must be a whole number from 1 to 9999")
        return (Rate(int(entered), 1.0),)


Open: TypeAlias = Callable[[Mapping[str, str], httpx.Client, "Catalog | None"], Connector]
"""Settings, a client and the catalog as last read, if any, to a connector. Raises SettingsError."""
