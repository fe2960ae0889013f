"""What a seed's story is made of: who posts, how bad the weather is, how often workers break."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from typing import Any

from engine.deciding.form import FormConfig
from tests.simulation.crm import LAG_S, Fate

FORM = FormConfig(form="demo", name="Demo", region="UA", zone="Europe/Kyiv")
MODULE: dict[str, Any] = {
    "form": "demo",
    "module": "sales",
    "connection": "memory",
    "contact": {
        "fields": {
            "name": "{{ field.name }}",
            "phone": "{{ field.phone }}",
            "email": "{{ field.email }}",
            "Position": {"value": "{{ field.number }}", "write": "overwrite"},
        },
    },
    "company": {"match": ["name"], "fields": {"name": "{{ field.company }}"}},
    "deal": {
        "pipeline": "Sales",
        "stage": "New request",
        "name": "{{ field.number }}",
        "note": "Asked {{ field.number }}",
        "tasks": [{"type": "Call", "text": "Call {{ field.name }}", "due": {"hours": 2}}],
    },
}


@dataclass(frozen=True)
class Trouble:
    """How likely a worker is killed, or stopped for a while, at a seam; and how often ``most``."""

    kill: float = 0.0
    stop: float = 0.0
    most: int = 2


@dataclass(frozen=True)
class Person:
    """Somebody who fills the form in."""

    number: int

    @property
    def phone(self) -> str:
        return f"+3806712{self.number:05d}"

    @property
    def email(self) -> str:
        return f"p{self.number}@example.org"

    def answers(self, number: int, firm: str, chance: random.Random) -> dict[str, str]:
        """Submission ``number``, each time in another writing."""
        n = f"{self.number:05d}"
        return {
            "number": str(number),
            "name": f"Person {self.number}",
            "phone": chance.choice((self.phone, f"067 12{n}", f"(067) 12-{n[:2]}-{n[2:]}")),
            "email": chance.choice((self.email, self.email.upper())),
            "company": firm,
        }


@dataclass(frozen=True)
class Telling:
    """One post of a filling-in. It does not hold the answers ``without``; later posts do."""

    at_s: float
    number: int
    finished: bool = True
    without: tuple[str, ...] = ()


@dataclass(frozen=True)
class Filling:
    """A filling-in that its sender tells in several posts under one id; the last one has every answer."""

    id: str
    person: Person
    firm: str
    tellings: tuple[Telling, ...]

    @classmethod
    def draw(cls, number: int, person: Person, firm: str, chance: random.Random) -> Filling:
        """Whole ones that were edited; parts and then the whole; or parts without an announced end."""
        parts = chance.sample([("phone", "email"), ("email",)], chance.randint(0, 2))
        shapes = [(False, without) for without in sorted(parts, key=len, reverse=True)]
        wholes = chance.randint(0 if shapes else 2, 2)
        shapes += [(True, ())] * wholes if wholes else [(False, ())]
        first = chance.uniform(0, 60)
        span = chance.choice((2.0, 60.0, 200.0))
        instants = sorted(first + chance.uniform(0, span) for _ in shapes)
        tellings = tuple(
            Telling(at_s, 100 * number + at, finished, without)
            for at, (at_s, (finished, without)) in enumerate(zip(instants, shapes, strict=True))
        )
        return cls(f"r7k2m9p4x1c8v5b3n{number}", person, firm, tellings)

    def document(self, telling: Telling, chance: random.Random) -> dict[str, Any]:
        """The post as Formbricks writes it."""
        answers = self.person.answers(telling.number, self.firm, chance)
        said = {name: text for name, text in answers.items() if name not in telling.without}
        event = "responseFinished" if telling.finished else "responseUpdated"
        return {"webhookId": "w1", "event": event, "data": {"id": self.id, "data": said}}


@dataclass(frozen=True)
class Plot:
    """One seed's story before it is played. ``posts`` are (second, person, firm).

    ``partial``: who posts again may leave the phone or the e-mail out. Then nobody can tell from
    two submissions that they are one person's, so which of their values stays is left open.
    ``wait_for_final`` is how many minutes parts of ``fillings`` wait for the rest.
    """

    posts: tuple[tuple[float, Person, str], ...]
    search_lag_s: float
    bundles: bool
    partial: bool
    trouble: Trouble
    odds: dict[Fate, float]
    fillings: tuple[Filling, ...] = ()
    wait_for_final: int = 30

    @classmethod
    def draw(cls, seed: int, *, harsh: bool = False) -> Plot:
        chance = random.Random(f"plot {seed}")
        people = [Person(number) for number in range(chance.randint(1, 2))]
        firms = [f"Firm {number}" for number in range(chance.randint(1, 2))]
        instants = [chance.uniform(0, 60) for _ in range(chance.randint(1, 3))]
        posts = sorted(
            (chance.choice(instants), index, chance.choice(people), chance.choice(firms))
            for index in range(chance.randint(2, 4))
        )
        bad = chance.choice((0.0, 0.02, 0.06))
        return cls(
            posts=tuple((at_s, person, firm) for at_s, _, person, firm in posts),
            search_lag_s=chance.choice((0.0, 5.0, LAG_S)),
            bundles=chance.random() < 0.5,
            partial=chance.random() < 0.3,
            trouble=Trouble(
                kill=chance.choice((0.0, 0.01, 0.03)),
                stop=chance.choice((0.0, 0.01, 0.04)),
                most=99 if harsh else 2,
            ),
            odds={fate: bad * chance.random() for fate in Fate if fate is not Fate.FINE},
        )

    def with_fillings(self, seed: int) -> Plot:
        """The same with people whose filling-ins come in several posts, among others that come in one."""
        chance = random.Random(f"fillings {seed}")
        who = [(person, firm) for _, person, firm in self.posts]
        told = range(1, chance.randint(1, 2) + 1)
        return replace(
            self,
            posts=self.posts[: chance.randint(0, 2)],
            partial=False,
            fillings=tuple(Filling.draw(number, *chance.choice(who), chance) for number in told),
            wait_for_final=chance.choice((0, 1, 30)),
        )
