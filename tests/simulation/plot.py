"""What a seed's story is made of: who posts, how bad the weather is, how often workers break."""

from __future__ import annotations

import random
from dataclasses import dataclass
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
class Plot:
    """One seed's story before it is played. ``posts`` are (second, person, firm).

    ``partial``: who posts again may leave the phone or the e-mail out. Then nobody can tell from
    two submissions that they are one person's, so which of their values stays is left open.
    """

    posts: tuple[tuple[float, Person, str], ...]
    search_lag_s: float
    bundles: bool
    partial: bool
    trouble: Trouble
    odds: dict[Fate, float]

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
