"""What a form was sent and does not declare, and which of its questions were changed at the sender.

A question that somebody rebuilds at a form builder arrives under a new key; one that is worded anew
keeps its key. Either is told, so that a person may say what it means; nothing is changed here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from engine.deciding.field_finding import NothingFound, Sent, as_label, fields_in_answers
from engine.deciding.form import FormField
from engine.deciding.suggesting import fold


@dataclass(frozen=True, slots=True)
class Newcomer:
    """An answer under a name that no field has.

    ``same_as`` is the key of the field whose question it seems to answer now, "" for a question of
    its own.
    """

    field: FormField
    same_as: str = ""


@dataclass(frozen=True, slots=True)
class Reworded:
    """A field with the key ``key``, whose question reads ``label`` now and ``was`` another."""

    key: str
    was: str
    label: str


@dataclass(frozen=True, slots=True)
class News:
    """Everything a person may want to decide about a form's fields."""

    newcomers: tuple[Newcomer, ...] = ()
    reworded: tuple[Reworded, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.newcomers or self.reworded)


def news(fields: Sequence[FormField], sent: Sequence[Sent]) -> News:
    """What ``sent`` tells of a form with these fields; the latest submission comes first."""
    names = {name for field in fields for name in (field.key, *field.aliases)}
    try:
        found = fields_in_answers(sent).fields
    except NothingFound:
        return News()
    new = [field for field in found if field.key not in names]
    asked = Counter(_question(field) for field in new)
    gone = _gone(fields, sent)
    return News(
        tuple(
            Newcomer(field, gone.get(question, "") if asked[question] == 1 else "")
            for field in new
            for question in [_question(field)]
        ),
        tuple(_reworded(fields, sent)),
    )


def _gone(fields: Sequence[FormField], sent: Sequence[Sent]) -> Mapping[str, str]:
    """The question of each field that the latest submission has under no name, to the field's key."""
    latest = sent[0].answers if sent else {}
    keys: dict[str, list[str]] = {}
    for field in fields:
        names = (field.key, *field.aliases)
        if any(name in latest for name in names):
            continue
        questions = {fold(field.label), *(fold(label) for label in _asked(names, sent))}
        for question in questions - {""}:
            keys.setdefault(question, []).append(field.key)
    return {question: found[0] for question, found in keys.items() if len(found) == 1}


def _question(field: FormField) -> str:
    """What it asks, folded; senders that know no keys use the question for the name."""
    return fold(field.label or field.key)


def _reworded(fields: Sequence[FormField], sent: Sequence[Sent]) -> list[Reworded]:
    """A label of a person's own making is no former question and stays as it is."""
    found = []
    for field in fields:
        now, *before = _asked((field.key, *field.aliases), sent) or [field.label]
        if now != field.label and (not field.label or field.label in before):
            found.append(Reworded(field.key, field.label, now))
    return found


def _asked(names: Sequence[str], sent: Sequence[Sent]) -> list[str]:
    """What was asked under ``names``, each text once, the latest first."""
    labels = (as_label(one.labels.get(name, "")) for one in sent for name in names)
    return list(dict.fromkeys(label for label in labels if label))
