"""Websites that post all the time, and remember what was acknowledged."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from random import Random
from uuid import uuid4

import httpx

from bench.stack import http
from tests.acceptance.people import Person

TWICE = 0.2
"""The share of people who post twice at the same moment, written differently."""


@dataclass(frozen=True, slots=True)
class Ack:
    """A submission that Formwire said it has. ``body`` is what was posted, byte for byte."""

    id: str
    person: Person
    body: bytes


@dataclass(slots=True)
class Websites:
    """Posts ``people`` from several threads, each until it is accepted or its visitor goes away.

    A visitor who never got an answer is in ``unknown``: it may have been accepted or not.
    """

    url: str
    people: list[Person]
    seed: int
    pause_s: float
    acks: list[Ack] = field(default_factory=list)
    unknown: list[Person] = field(default_factory=list)
    refused: int = 0
    over: threading.Event = field(default_factory=threading.Event)  # nobody new comes
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def run(self, threads: int = 8) -> None:
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(self._visit, self.people))

    def _visit(self, person: Person) -> None:
        if self.over.is_set():
            return
        random = Random(f"{self.seed}:{person.number}")
        bodies = [person.answers()]
        if random.random() < TWICE:
            bodies.append(person.same_in_other_writing())
        with ThreadPoolExecutor(len(bodies)) as pool:
            list(pool.map(lambda body: self._post(person, body), bodies))
        time.sleep(random.uniform(0, 2 * self.pause_s))

    def _post(self, person: Person, answers: dict[str, str]) -> None:
        body = str(httpx.QueryParams(answers)).encode()
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Idempotency-Key": uuid4().hex,
        }
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            try:
                answer = http().post(self.url, content=body, headers=headers)
            except httpx.TransportError:
                time.sleep(0.1)
                continue
            if answer.status_code == 200:
                with self._lock:
                    self.acks.append(Ack(answer.json()["id"], person, body))
                return
            assert answer.status_code == 503, f"{answer.status_code}: {answer.text}"
            self.refused += 1
            time.sleep(0.2)
        with self._lock:
            self.unknown.append(person)
