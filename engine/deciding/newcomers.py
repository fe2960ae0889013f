"""What a form was sent and does not declare, and which of its questions were changed at the sender.

A question that somebody rebuilds at a form builder arrives under a new key; one that is worded anew
keeps its key. Either is told, so that a person may say what it means; nothing is changed here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass

from rapidfuzz import fuzz

from engine.deciding.field_finding import NothingFound, Sent, as_label, fields_in_answers
from engine.deciding.form import FormField
from engine.deciding.suggesting import LIKE_ENOUGH, Source, fold, meaning_of


@dataclass(frozen=True, slots=True)
class Newcomer:
    """An answer under a name that no field has.

    ``same_as`` is the key of the field whose question it seems to answer now, "" for a question of
    its own.
    """

    field: FormField
    same_as: str = ""

    @property
    def called(self) -> str:
        """What people call it."""
        return self.field.label or self.field.key


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
    same = _same(new, fields, sent)
    return News(
        tuple(Newcomer(field, same.get(field.key, "")) for field in new),
        tuple(_reworded(fields, sent)),
    )


def _same(
    new: Sequence[FormField], fields: Sequence[FormField], sent: Sequence[Sent]
) -> Mapping[str, str]:
    """Names of newcomers to the fields that they seem to be, where no other could be meant.

    Only a field that the latest submission has under no name can have become another.
    """
    latest = sent[0].answers if sent else {}
    gone = [
        (field, _questions(field, sent))
        for field in fields
        if not any(name in latest for name in (field.key, *field.aliases))
    ]
    found: dict[str, str] = {}
    for alike in _LIKENESSES:
        open_ones = [one for one in new if one.key not in found]
        rest = [(field, asked) for field, asked in gone if field.key not in found.values()]
        pairs = [
            (one.key, field.key)
            for one in open_ones
            for field, asked in rest
            if alike(fold(one.label or one.key), asked)
        ]
        times = Counter(end for pair in pairs for end in (("new", pair[0]), ("gone", pair[1])))
        found |= {name: key for name, key in pairs if times["new", name] == times["gone", key] == 1}
    return found


def _questions(field: FormField, sent: Sequence[Sent]) -> Set[str]:
    """What the field asked, folded; senders that know no keys use the question for the name."""
    asked = (field.label, field.key, *_asked((field.key, *field.aliases), sent))
    return {folded for one in asked if (folded := fold(one))}


def _same_question(question: str, asked: Set[str]) -> bool:
    return question in asked


def _same_meaning(question: str, asked: Set[str]) -> bool:
    meaning = meaning_of(Source(question))
    return meaning is not None and meaning in {meaning_of(Source(one)) for one in asked}


def _alike(question: str, asked: Set[str]) -> bool:
    return any(fuzz.token_sort_ratio(question, one) >= LIKE_ENOUGH for one in asked)


_LIKENESSES: tuple[Callable[[str, Set[str]], bool], ...] = (_same_question, _same_meaning, _alike)
"""The surest first."""


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
