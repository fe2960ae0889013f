"""What a list of submissions is narrowed down to: where they stand, and the filters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import request
from flask_babel import gettext as _

from engine.delivery.levers import Verb
from engine.storage.submissions import Standing, Wanted
from web.studio.filters import Filters, filters

_DECIDED: Mapping[Standing, Verb] = {
    Standing.HELD: Verb.APPROVE,
    Standing.WAITING: Verb.RETRY,
    Standing.FAILED: Verb.RETRY,
    Standing.SKIPPED: Verb.REPLAY,
    Standing.DELIVERED: Verb.REPLAY,
    Standing.DISCARDED: Verb.REPLAY,
}
"""What people mostly want to be done to many that stand so; runs are in states of the same names."""


@dataclass(frozen=True, slots=True)
class Sieve:
    """``state`` is what the address says of where they stand."""

    filters: Filters
    standing: Standing | None
    state: str

    @property
    def wanted(self) -> Wanted:
        """What is asked for, if there are no mistakes."""
        return Wanted(standing=self.standing, **({} if self.mistakes else self.filters.values))

    @property
    def mistakes(self) -> Mapping[str, str]:
        if self.state and self.standing is None:
            problem = _("There is no such state. Choose one of those above.")
            return {"state": problem, **self.filters.mistakes}
        return self.filters.mistakes

    @property
    def narrows(self) -> bool:
        """Whether there are filters, all of which are understood."""
        return bool(self.filters.said) and not self.mistakes

    @property
    def asked(self) -> dict[str, Any]:
        """What links to the same submissions say."""
        return {**self.filters.said, **({"state": self.state} if self.state else {})}

    def without(self, name: str) -> dict[str, Any]:
        return {one: text for one, text in self.asked.items() if one != name}

    @property
    def runs(self) -> dict[str, Any] | None:
        """What a link to their runs says, for deciding about many at once; None where there are none."""
        if self.mistakes or not self.asked or self.standing == Standing.IDLE:
            return None
        if self.standing is None:
            return dict(self.filters.said)
        return {**self.asked, "verb": _DECIDED[self.standing]}


def sieve_of_submissions() -> Sieve:
    return Sieve(filters(), wanted_standing(), request.args.get("state", "").strip())


def wanted_standing() -> Standing | None:
    """The state that the address asks for; none when it asks for nonsense."""
    state = request.args.get("state", "").strip()
    return Standing(state) if state in set(Standing) else None
