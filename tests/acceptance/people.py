"""Who fills in forms here, and what a CRM must hold afterwards."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import count
from typing import Any
from uuid import uuid4

import httpx

from bench.stack import SimulatedCrm

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


class Truth:
    """What really happened to the CRM since this was made, whatever its clients were told."""

    def __init__(self, crm: SimulatedCrm) -> None:
        self._crm = crm
        self._since = len(self._events(0))

    def created(self, entity: str) -> list[dict[str, Any]]:
        """Every creation, whether or not anybody learned of it."""
        return [
            event["body"]
            for event in self._events(self._since)
            if event["action"] == "create" and event["entity"] == entity
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
        events: list[dict[str, Any]] = self._crm.http.get("/truth", params={"after": after}).json()
        return events


def assert_each_has_one_of_each(truth: Truth, people: Sequence[Person], *, notes: int = 1) -> None:
    """One contact, company, deal and task for each of ``people`` and nobody else, well linked.

    ``notes``: how many each deal has.
    """
    contacts = {field(contact, "EMAIL"): contact["id"] for contact in truth.created("contacts")}
    companies = {company["name"]: company["id"] for company in truth.created("companies")}
    deals = {deal["name"]: deal["id"] for deal in truth.created("leads")}
    expected = {
        "contacts": Counter(person.email for person in people),
        "companies": Counter(person.company for person in people),
        "deals": Counter(f"Demo request: {person.first_name}" for person in people),
        "tasks": Counter(f"Call {person.first_name}" for person in people),
    }
    assert {
        "contacts": Counter(field(contact, "EMAIL") for contact in truth.created("contacts")),
        "companies": Counter(company["name"] for company in truth.created("companies")),
        "deals": Counter(deal["name"] for deal in truth.created("leads")),
        "tasks": Counter(task["text"] for task in truth.created("tasks")),
    } == expected
    assert Counter(note["entity_id"] for note in truth.created("notes")) == Counter(
        dict.fromkeys(deals.values(), notes)
    )
    assert {task["text"]: task["entity_id"] for task in truth.created("tasks")} == {
        f"Call {person.first_name}": deals[f"Demo request: {person.first_name}"]
        for person in people
    }
    assert set(_expected_links(people, contacts, companies, deals)) <= truth.links()


def _expected_links(
    people: Sequence[Person],
    contacts: dict[str, int],
    companies: dict[str, int],
    deals: dict[str, int],
) -> Iterator[frozenset[tuple[str, int]]]:
    for person in people:
        contact = ("contacts", contacts[person.email])
        company = ("companies", companies[person.company])
        deal = ("leads", deals[f"Demo request: {person.first_name}"])
        yield frozenset([deal, contact])
        yield frozenset([deal, company])
        yield frozenset([contact, company])


def field(record: dict[str, Any], code: str) -> str:
    """The first value of the custom field with this code, in small letters."""
    (values,) = [
        one["values"] for one in record["custom_fields_values"] if one["field_code"] == code
    ]
    return str(values[0]["value"]).casefold()
