"""Who becomes responsible for new records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from connectors.base import Kind
from connectors.catalog import Catalog, User
from engine.deciding.form import FormConfig
from engine.deciding.macros import render
from engine.deciding.parts import Responsible
from rules.evaluation import evaluate


@dataclass(slots=True)
class Assignment:
    """The way the responsible person is found, in user ids.

    One of: ``user`` is known already; ``turn`` gives each run to the next one; ``like`` takes the
    person of a found record. ``otherwise`` stands in.
    """

    why: str
    user: str | None = None
    turn: tuple[str, ...] = ()
    like: Kind | None = None
    otherwise: str | None = None
    problems: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(slots=True)
class Assigned:
    """The person, or None for whoever the CRM takes. ``takes_turn``: the next run gets the next one."""

    user: str | None
    why: str
    takes_turn: bool = False


def assign(
    responsible: Responsible, answers: Mapping[str, Any], catalog: Catalog, form: FormConfig
) -> Assignment:
    """Resolve names and answers. Raises rules.evaluation.RuleError and MacroError."""
    users = _Users(catalog)
    for name in responsible.names():
        users.known(name)
    otherwise = users.active(responsible.otherwise)
    assignment = _way(responsible, answers, users, form)
    if otherwise is None and not users.problems and not users.warnings:
        return assignment
    return replace(
        assignment,
        otherwise=otherwise,
        problems=tuple(dict.fromkeys(users.problems)),
        warnings=tuple(dict.fromkeys([*users.warnings, *assignment.warnings])),
    )


def settle(
    assignment: Assignment | None, turn: int, responsible_of: Mapping[Kind, str]
) -> Assigned:
    """Name the person. ``turn`` counts runs so far; ``responsible_of`` are those of found records."""
    if assignment is None:
        return Assigned(None, "")
    if assignment.turn:
        user = assignment.turn[turn % len(assignment.turn)]
        return Assigned(user, assignment.why, takes_turn=True)
    if assignment.like is not None and assignment.like in responsible_of:
        return Assigned(responsible_of[assignment.like], assignment.why)
    if assignment.user is not None:
        return Assigned(assignment.user, assignment.why)
    return Assigned(assignment.otherwise, "nobody else was found")


def _way(
    responsible: Responsible, answers: Mapping[str, Any], users: _Users, form: FormConfig
) -> Assignment:
    if responsible.in_turn:
        turn = [user for name in responsible.in_turn if (user := users.active(name))]
        return Assignment("in turn", turn=tuple(turn))
    if responsible.weighted:
        weights = {
            user: weight
            for name, weight in responsible.weighted.items()
            if (user := users.active(name))
        }
        return Assignment("in turn, by weight", turn=_spread(weights))
    if responsible.from_field is not None:
        return _from_field(responsible, answers, users, form)
    if responsible.like is not None:
        return Assignment(
            "the company's" if responsible.like == "company" else "the contact's",
            like=Kind(responsible.like),
        )
    for number, choice in enumerate(responsible.rules, start=1):
        if evaluate(choice.when, answers).value:
            return Assignment(f"rule {number} is true", user=users.active(choice.user))
    return Assignment("always the same person", user=users.active(responsible.user))


def _from_field(
    responsible: Responsible, answers: Mapping[str, Any], users: _Users, form: FormConfig
) -> Assignment:
    assert responsible.from_field is not None
    answer = render(responsible.from_field, answers, form.locale).text
    folded = {key.strip().casefold(): name for key, name in responsible.map.items()}
    name = folded.get(answer.strip().casefold(), "" if folded else answer.strip())
    user = users.find(name) if name else None
    if user is None or not user.active:
        warning = f"nobody in the CRM is responsible for {answer.strip() or 'an empty answer'!r}"
        return Assignment("from the form", warnings=(warning,))
    return Assignment("from the form", user=user.id)


def _spread(weights: Mapping[str, int]) -> tuple[str, ...]:
    """Each user as often as their weight says, spread evenly (smooth weighted round robin)."""
    total = sum(weights.values())
    credit = dict.fromkeys(weights, 0)
    turn: list[str] = []
    for _ in range(total):
        for user, weight in weights.items():
            credit[user] += weight
        chosen = max(credit, key=credit.__getitem__)
        credit[chosen] -= total
        turn.append(chosen)
    return tuple(turn)


class _Users:
    """Looks users up; unknown ones are problems, deactivated ones warnings."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self.problems: list[str] = []
        self.warnings: list[str] = []

    def find(self, name: str) -> User | None:
        return self._catalog.user(name)

    def known(self, name: str) -> None:
        if self.find(name) is None:
            self.problems.append(f"responsible: there is no user {name!r} in the CRM")

    def active(self, name: str | None) -> str | None:
        """The user's id; None for a deactivated one, who is left out."""
        user = self.find(name) if name is not None else None
        if user is None:
            return None
        if not user.active:
            self.warnings.append(f"{user.label} is deactivated in the CRM and is passed over")
            return None
        return user.id
