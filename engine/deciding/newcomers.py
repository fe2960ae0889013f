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
    newcomers = [_Asks.of(one.key, [one.label or one.key]) for one in new]
    gone = [
        _Asks.of(field.key, [field.label, field.key, *_asked(names, sent)])
        for field in fields
        for names in [(field.key, *field.aliases)]
        if not any(name in latest for name in names)
    ]
    found: dict[str, str] = {}
    for alike in _LIKENESSES:
        open_ones = [one for one in newcomers if one.name not in found]
        rest = [other for other in gone if other.name not in found.values()]
        pairs = [(one.name, other.name) for one in open_ones for other in rest if alike(one, other)]
        times = Counter(end for pair in pairs for end in enumerate(pair))
        found |= {one: other for one, other in pairs if times[0, one] == times[1, other] == 1}
    return found


@dataclass(frozen=True, slots=True)
class _Asks:
    """What is asked under a name, folded, and what that means."""

    name: str
    questions: Set[str]
    meanings: Set[str]

    @classmethod
    def of(cls, name: str, questions: Sequence[str]) -> _Asks:
        """Senders that know no keys use the question for the name."""
        folded = frozenset(filter(None, map(fold, questions)))
        return cls(name, folded, {what for one in folded if (what := meaning_of(Source(one)))})


def _alike(one: _Asks, other: _Asks) -> bool:
    return any(
        fuzz.token_sort_ratio(mine, theirs, score_cutoff=LIKE_ENOUGH)
        for mine in one.questions
        for theirs in other.questions
    )


_LIKENESSES: tuple[Callable[[_Asks, _Asks], bool], ...] = (
    lambda one, other: not one.questions.isdisjoint(other.questions),
    lambda one, other: not one.meanings.isdisjoint(other.meanings),
    _alike,
)
"""The same question, one of the same meaning, one that is worded much the same: the surest first."""


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
