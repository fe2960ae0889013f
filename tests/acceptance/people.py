"""Who fills in forms here, and what a CRM must hold afterwards."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import combinations, count
from typing import Any
from uuid import uuid4

import httpx

from bench.stack import SimulatedCrm
from connectors.base import Kind
from tests.acceptance.ledgers import ledger_of

PATIENCE_S = 30
_numbers = count(1)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody nobody else shares a phone, an e-mail, a first name or a company with."""

    number: int

    @property
    def first_name(self) -> str:
        return f"Ada{self.number:05}"

    @property
    def email(self) -> str:
        return f"ada{self.number:05}@example.org"

    @property
    def company(self) -> str:
        return f"Analytical {self.number:05}"

    @property
    def deal(self) -> str:
        return f"Demo request: {self.first_name}"

    @property
    def task(self) -> str:
        return f"Call {self.first_name}"

    def answers(self, **changes: str) -> dict[str, str]:
        return {
            "first_name": self.first_name,
            "email": self.email,
            "phone": f"+38067{self.number:07}",
            "company": self.company,
            "budget": "1 500,50",
        } | changes

    def same_in_other_writing(self) -> dict[str, str]:
        digits = f"{self.number:07}"
        return self.answers(
            email=f" {self.email.upper()}",
            phone=f"067 {digits[:3]}-{digits[3:5]}-{digits[5:]}",
            message="Once more",
        )


def new_people(size: int) -> list[Person]:
    """People whom no earlier test has seen."""
    return [Person(next(_numbers)) for _ in range(size)]


def post_all(url: str, bodies: Iterable[dict[str, str]], *, threads: int = 16) -> list[str]:
    """Post each body until it is accepted, as a patient website does, and return the ids."""
    with httpx.Client(timeout=10, trust_env=False) as http, ThreadPoolExecutor(threads) as pool:
        return list(pool.map(lambda body: _post(http, url, body), bodies))


def _post(http: httpx.Client, url: str, body: dict[str, str]) -> str:
    key = uuid4().hex  # the same for every try, so that all of them are one submission
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            response = http.post(url, data=body, headers={"Idempotency-Key": key})
            if response.status_code == 200:
                return str(response.json()["id"])
            assert response.status_code == 503, response.text
        except httpx.TransportError:
            pass  # the web process was killed: nobody knows whether it was accepted
        assert time.monotonic() < deadline, "nobody accepts submissions"
        time.sleep(0.05)


@dataclass(frozen=True, slots=True)
class Creation:
    """A record that was created; ``name`` and ``deal`` are those of `ledgers.Shelf`."""

    id: int
    name: str
    deal: int | None = None


class Truth:
    """What really happened to the CRM since this was made, whatever its clients were told."""

    def __init__(self, crm: SimulatedCrm) -> None:
        self.crm = crm.crm
        self._http = crm.http
        ledger = ledger_of(crm.crm)
        self.links_apart = ledger.links_apart
        self._shelves = ledger.shelves
        self._since = len(self._events(0))

    def entity(self, kind: Kind) -> str:
        """What the CRM calls a kind."""
        return self._shelves[kind].entity

    def created(self, kind: Kind) -> list[Creation]:
        """Every creation, whether or not anybody learned of it. E-mails are in small letters."""
        shelf, events = self._shelves[kind], self._events(self._since)
        deals = _linked_deals(events, shelf.entity, self._shelves[Kind.DEAL].entity)
        return [
            Creation(
                body["id"],
                shelf.name(body).casefold() if kind is Kind.CONTACT else shelf.name(body),
                shelf.deal(body) if shelf.deal else deals.get(body["id"]),
            )
            for body in (event["body"] for event in _of(events, "create", shelf.entity))
            if shelf.holds(body)
        ]

    def links(self) -> set[frozenset[tuple[str, int]]]:
        """Pairs of linked records, each as entity and id."""
        return {
            frozenset(
                [(event["entity"], event["id"]), (event["body"]["to"][0], event["body"]["to"][1])]
            )
            for event in self._events(self._since)
            if event["action"] == "link"
        }

    def _events(self, after: int) -> list[dict[str, Any]]:
        events: list[dict[str, Any]] = self._http.get("/truth", params={"after": after}).json()
        return events


def _of(events: Iterable[dict[str, Any]], action: str, entity: str) -> Iterator[dict[str, Any]]:
    return (one for one in events if (one["action"], one["entity"]) == (action, entity))


def _linked_deals(
    events: Iterable[dict[str, Any]], entity: str, deal_entity: str
) -> dict[int, int]:
    links = ((event["id"], event["body"]["to"]) for event in _of(events, "link", entity))
    return {id: int(to[1]) for id, to in links if to[0] == deal_entity}


def assert_each_has_one_of_each(truth: Truth, people: Sequence[Person], *, notes: int = 1) -> None:
    """One contact, company, deal and task for each of ``people`` and nobody else, well linked.

    ``notes``: how many each deal has.
    """
    made = {kind: truth.created(kind) for kind in Kind}
    names = {kind: Counter(one.name for one in made[kind]) for kind in Kind}
    deals = {one.name: one.id for one in made[Kind.DEAL]}
    assert names[Kind.CONTACT] == Counter(person.email for person in people)
    assert names[Kind.COMPANY] == Counter(person.company for person in people)
    assert names[Kind.DEAL] == Counter(person.deal for person in people)
    assert names[Kind.TASK] == Counter(person.task for person in people)
    assert Counter(note.deal for note in made[Kind.NOTE]) == Counter(
        dict.fromkeys(deals.values(), notes)
    )
    assert {task.name: task.deal for task in made[Kind.TASK]} == {
        person.task: deals[person.deal] for person in people
    }
    if truth.links_apart:
        assert set(_expected_links(truth, people)) <= truth.links()


def _expected_links(truth: Truth, people: Sequence[Person]) -> Iterator[frozenset[tuple[str, int]]]:
    """Contact, company and deal of each are linked with one another."""
    kinds = (Kind.CONTACT, Kind.COMPANY, Kind.DEAL)
    addresses = {
        kind: {one.name: (truth.entity(kind), one.id) for one in truth.created(kind)}
        for kind in kinds
    }
    for person in people:
        names = (person.email, person.company, person.deal)
        theirs = [addresses[kind][name] for kind, name in zip(kinds, names, strict=True)]
        yield from map(frozenset, combinations(theirs, 2))
