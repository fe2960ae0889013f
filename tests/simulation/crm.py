"""The CRM of the simulation: a MemoryCrm behind a real httpx client and an unreliable wire.

Requests pass the engine's own metered transport, guard included, and answers the connectors' own
classification of errors; only what lies beyond the wire is invented.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import count
from typing import Any, TypeVar

import httpx

from connectors.base import (
    Account,
    Bundle,
    BundleOutcome,
    Change,
    ConnectorSpec,
    Draft,
    Effect,
    Kind,
    Link,
    Outcome,
    Query,
    Rate,
    Record,
    Ref,
)
from connectors.catalog import Catalog
from connectors.errors import ConnectorError
from connectors.http import call
from connectors.memory import MemoryConnector, MemoryCrm
from tests.simulation.stage import Stage

T = TypeVar("T")
R = TypeVar("R")

_INDEXED = ("name", "phone", "email")  # of people; they are stored as they are looked for
LATE_S = 15.0
"""The longest that the CRM goes on applying a write after we stopped waiting for its answer."""
LAG_S = 30.0
"""The longest that its searches do not see a new record."""
READ_TIMEOUT_S = 20.0


class Fate(StrEnum):
    """What befalls a request."""

    FINE = "fine"
    NO_CONNECTION = "no connection"
    LOST = "lost before it was applied"
    REPLY_LOST = "applied, the answer lost"
    LATE = "applied after we gave up"
    GARBAGE = "applied, the answer torn"
    TOO_MANY = "429"
    AWAY = "503"
    AWAY_AFTER = "applied, then 500"
    NO_ENTRY = "401"


@dataclass
class Weather:
    """What befalls the next requests, by ``script`` and then by ``odds``; what is left of 1 is FINE."""

    odds: Mapping[Fate, float] = field(default_factory=dict)
    script: list[Fate] = field(default_factory=list)

    def draw(self, number: float) -> Fate:
        if self.script:
            return self.script.pop(0)
        for fate, share in self.odds.items():
            number -= share
            if number < 0:
                return fate
        return Fate.FINE


class CrmModel(MemoryCrm):
    """A MemoryCrm that counts what each step's key has created.

    ``requests`` are those on their way, and what each does when it is applied. ``limit`` is what the
    CRM bears, ``arrived`` when each request came, ``refused`` how many were too many.
    """

    def __init__(self, stage: Stage, search_lag_s: float, catalog: Catalog) -> None:
        super().__init__(catalog, now=lambda: stage.now, search_lag_s=search_lag_s)
        self.created: Counter[str] = Counter()
        self.limit: Rate | None = None
        self.arrived: list[float] = []
        self.refused = 0
        self._bearers: dict[tuple[Kind, str, str], dict[Ref, None]] = {}
        self.numbers = count(1)
        self.requests: dict[str, Callable[[], None]] = {}

    def bears_another(self, at_s: float) -> bool:
        """Note a request that came, and say whether it is within the limit."""
        limit, times = self.limit, self.arrived
        if limit and len(times) >= limit.calls and at_s - times[-limit.calls] < limit.seconds:
            self.refused += 1
            return False
        times.append(at_s)
        return True

    def look_for(self, kind: Kind, query: Query) -> list[Record]:
        """The records that can match ``query``: all, or those that bear its very value."""
        if query.field not in _INDEXED:
            return self.records(kind)
        refs = self._bearers.get((kind, query.field, query.value.casefold()), {})
        return [self._records[ref] for ref in refs]

    def _put(self, record: Record) -> None:
        super()._put(record)
        for name in _INDEXED:
            value = record.fields.get(name, ())
            for one in (value,) if isinstance(value, str) else value:
                self._bearers.setdefault((record.kind, name, one.casefold()), {})[record.ref] = None

    def add(self, kind: Kind, fields: Any, *, marker: str = "", **more: Any) -> Record:
        record = super().add(kind, fields, marker=marker, **more)
        self.created[marker] += 1
        return record


class Wire(httpx.BaseTransport):
    """Carries requests to the CRM. ``may_die`` is asked where its caller may be killed."""

    def __init__(
        self, stage: Stage, crm: CrmModel, weather: Weather, may_die: Callable[[str], None]
    ) -> None:
        self._stage = stage
        self._crm = crm
        self._weather = weather
        self._may_die = may_die

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        apply = self._crm.requests.pop(request.headers["X-Request"])
        stage, chance = self._stage, self._stage.chance
        self._may_die("before it sends")
        fate = self._weather.draw(chance.random())
        if not self._crm.bears_another(stage.at_s):
            fate = Fate.TOO_MANY
        stage.tell(f"{request.method} {request.url.path}: {fate}")
        stage.sleep(chance.uniform(0.02, 0.4))
        match fate:
            case Fate.NO_CONNECTION:
                raise httpx.ConnectError("no connection", request=request)
            case Fate.LOST:
                stage.sleep(chance.choice((0.0, READ_TIMEOUT_S)))
                raise httpx.ReadError("reset", request=request)
            case Fate.TOO_MANY:
                wish = chance.choice(({}, {"Retry-After": str(chance.randint(1, 30))}))
                return httpx.Response(429, headers=wish)
            case Fate.AWAY:
                return httpx.Response(503)
            case Fate.NO_ENTRY:
                return httpx.Response(401)
            case Fate.LATE:
                given_up = chance.uniform(0.0, READ_TIMEOUT_S)
                stage.after(given_up + chance.uniform(0.0, LATE_S), apply)
                stage.sleep(given_up)
                raise httpx.ReadTimeout("too late", request=request)
        apply()
        self._may_die("before it is answered")
        match fate:
            case Fate.REPLY_LOST:
                stage.sleep(chance.choice((0.0, READ_TIMEOUT_S)))
                raise httpx.ReadTimeout("no answer", request=request)
            case Fate.AWAY_AFTER:
                return httpx.Response(500)
            case Fate.GARBAGE:
                return httpx.Response(200, content=b"{")
        stage.sleep(chance.uniform(0.0, 0.4))
        return httpx.Response(200, content=b"{}")


class WiredConnector:
    """The contract: each operation is one request, applied when and if the wire says so."""

    def __init__(self, crm: CrmModel, spec: ConnectorSpec, http: httpx.Client) -> None:
        self.spec = spec
        self._crm = crm
        self._inner = MemoryConnector(crm, spec)
        self._http = http

    def check(self) -> Account:
        return self._read("check", self._inner.check)

    def catalog(self) -> Catalog:
        return self._read("catalog", self._inner.catalog)

    def find(self, kind: Kind, queries: Sequence[Query]) -> list[list[Record]]:
        def found() -> list[list[Record]]:
            return [self._found(kind, query) for query in queries]

        return self._read(f"find/{kind}", found)

    def _found(self, kind: Kind, query: Query) -> list[Record]:
        few = self._crm.look_for(kind, query)
        return self._inner.matching(query, few)

    def find_created(self, kind: Kind, drafts: Sequence[Draft], since: Any) -> list[list[Record]]:
        return self._read(
            f"find_created/{kind}", lambda: self._inner.find_created(kind, drafts, since)
        )

    def create(self, kind: Kind, drafts: Sequence[Draft]) -> list[Outcome]:
        made = lambda: self._inner.create(kind, drafts)  # noqa: E731
        return self._write(f"create/{kind}", drafts, made, lambda _, error: Outcome.failed(error))

    def update(self, kind: Kind, changes: Sequence[Change]) -> list[Outcome]:
        made = lambda: self._inner.update(kind, changes)  # noqa: E731
        return self._write(f"update/{kind}", changes, made, lambda _, error: Outcome.failed(error))

    def link(self, links: Sequence[Link]) -> list[Outcome]:
        made = lambda: self._inner.link(links)  # noqa: E731
        return self._write("link", links, made, lambda _, error: Outcome.failed(error))

    def create_bundles(self, bundles: Sequence[Bundle]) -> list[BundleOutcome]:
        made = lambda: self._inner.create_bundles(bundles)  # noqa: E731
        return self._write("bundle", bundles, made, Bundle.failed)

    def effect(self, kind: Kind, draft: Draft) -> Effect:
        return self._inner.effect(kind, draft)

    def record_url(self, ref: Ref) -> str | None:
        return self._inner.record_url(ref)

    def _read(self, name: str, look: Callable[[], T]) -> T:
        return self._over_the_wire(f"/{name}", look, writes=False)

    def _write(
        self,
        name: str,
        items: Sequence[T],
        apply: Callable[[], list[R]],
        failed: Callable[[T, ConnectorError], R],
    ) -> list[R]:
        try:
            return self._over_the_wire(f"/{name}", apply, writes=True)
        except ConnectorError as error:
            return [failed(item, error) for item in items]

    def _over_the_wire(self, path: str, apply: Callable[[], T], *, writes: bool) -> T:
        answers: list[T] = []
        number = str(next(self._crm.numbers))
        self._crm.requests[number] = lambda: answers.append(apply())
        call(
            self._http,
            "POST" if writes else "GET",
            f"https://crm.test{path}",
            writes=writes,
            headers={"X-Request": number},
        )
        return answers[0]
