"""Rules of which the first true one chooses: how they read, and where one leaves nothing to the next.

Choices are a sequence of mappings: what is chosen, under a key of its own, ``when`` a rule is true.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from rules.builder import sentence
from rules.checking import check
from rules.grammar import Issue, canonical
from rules.reach import decided
from rules.references import ROOTS
from rules.shapes import FieldShape
from rules.wording import Say, in_english

Choices: TypeAlias = Sequence[Mapping[str, Any]]

WHEN = "when"


def sentence_of_choices(
    named: Sequence[tuple[str, Any]], otherwise: str, say: Say = in_english
) -> str:
    """``named`` are what is chosen and its rule, such as "Ada if …; else Grace if …; otherwise …."."""
    clauses = [
        say("%(choice)s if %(rule)s", choice=choice, rule=sentence(rule, say))
        if number == 0
        else say("else %(choice)s if %(rule)s", choice=choice, rule=sentence(rule, say))
        for number, (choice, rule) in enumerate(named)
    ]
    return "; ".join([*clauses, say("otherwise %(choice)s", choice=otherwise)]) + "."


def check_choices(
    choices: Choices,
    roots: Collection[str] | None = ROOTS,
    fields: Mapping[str, FieldShape] | None = None,
) -> list[Issue]:
    """Everything that is wrong with each rule, as `checking.check` finds it, and between them."""
    issues = [
        Issue(f"/{number}/{WHEN}{issue.path}", issue.message, issue.severity)
        for number, choice in enumerate(choices)
        for issue in check(choice[WHEN], roots, fields)
    ]
    if fields is None or any(issue.severity == "error" for issue in issues):
        return issues
    return [*issues, *_unreached(choices, fields)]


def _unreached(choices: Choices, fields: Mapping[str, FieldShape]) -> Iterator[Issue]:
    """Rules that never choose, because an earlier one always does before them."""
    told: dict[str, int] = {}
    always = 0
    for number, choice in enumerate(choices, start=1):
        path, rule = f"/{number - 1}/{WHEN}", choice[WHEN]
        earlier = told.setdefault(canonical(rule), number)
        if always:
            yield Issue(path, f"is never reached: rule {always} is always true", "warning")
        elif earlier != number:
            yield Issue(path, f"is never reached: rule {earlier} says the same", "warning")
        elif decided(rule, fields)[0]:
            always = number
