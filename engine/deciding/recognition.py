"""By what a run's people are recognised, known before anybody asked the account."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.deciding.form import FormConfig
from engine.deciding.identity import identities
from engine.deciding.macros import value_of
from engine.deciding.module import ModuleConfig
from engine.deciding.parts import PersonPart


def run_identities(
    module: ModuleConfig, answers: Mapping[str, Any], form: FormConfig
) -> tuple[str, ...]:
    """The normalised phones and e-mails a run's person and company are recognised by.

    Known without the account's catalog, so that intake can order runs of one person.
    """
    texts: dict[str, list[str]] = {"phone": [], "email": []}
    for kind, part in module.parts():
        if not isinstance(part, PersonPart):
            continue
        for name in part.match:
            row = module.row(kind, name)
            if row is not None and name.casefold() in texts:
                for source in row.sources:
                    value = value_of(source, answers)
                    texts[name.casefold()] += [value] if isinstance(value, str) else value
    return identities(texts["phone"], texts["email"], form.region)
