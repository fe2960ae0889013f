"""Which fields a form has, read from what a person has of it: HTML, a JSON sample, or its submissions.

Names are those under which answers arrive: as `engine.deciding.reading` would read them.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from engine.deciding.bodies import LimitExceeded
from engine.deciding.form import FieldType, FormField
from engine.deciding.reading import MAX_NAME, Answer, read_body

MAX_CHARACTERS = 1_000_000
MAX_FIELDS = 200
MAX_OPTIONS = 300
MAX_LABEL = 200
ALIKE = 2
"""So many submissions with the same choice show that it is one of the form's."""


class NothingFound(ValueError):
    """There is no field in it; the message says why and what to do, for a person."""


@dataclass(frozen=True, slots=True)
class FoundForm:
    """One form with its fields, in order. ``notes`` tell what was left out, and why."""

    title: str
    fields: tuple[FormField, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sent:
    """What one submission answered, by name, and what it was asked where that is another text."""

    answers: Mapping[str, Answer] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)


def fields_in_json(text: str) -> FoundForm:
    """The fields of one submission as a website or webhook sends it. Raises NothingFound."""
    if len(text) > MAX_CHARACTERS:
        raise NothingFound("The sample is too long; paste one submission only.")
    try:
        reading = read_body(text.encode(errors="replace"), "application/json")
    except LimitExceeded as error:
        raise NothingFound(str(error)) from error
    if reading.problem is not None:
        raise NothingFound(reading.problem)
    labels = reading.labels
    fields = [
        _field_of(name, [answer], labels.get(name, "")) for name, answer in reading.answers.items()
    ]
    fields += [
        FormField(key=file.name, label=as_label(labels.get(file.name, "")), type="file")
        for file in reading.files
    ]
    notes = []
    if left_out := [*reading.technical, *(name for name in _named_context(reading.context))]:
        notes.append(f"Left out, since they are no answers: {', '.join(left_out)}.")
    return _checked("The sample", fields, notes)


def fields_in_answers(submissions: Sequence[Sent]) -> FoundForm:
    """The fields of submissions by their answers, the latest first. Raises NothingFound.

    Nothing that anybody wrote is among what is returned; of several choices at once those are, as
    options, that more than one submission has.
    """
    values: dict[str, list[Answer]] = {}
    labels: dict[str, str] = {}
    for sent in submissions:
        for name, answer in sent.answers.items():
            values.setdefault(name, []).append(answer)
        for name, label in sent.labels.items():
            labels.setdefault(name, label)
    fields = [_without_answers(name, given, labels.get(name, "")) for name, given in values.items()]
    return _checked("The latest submissions", fields, [])


def _without_answers(name: str, given: Sequence[Answer], label: str) -> FormField:
    found = _field_of(name, given, label)
    chosen = Counter(text for answer in given for text in {*_listed(answer)})
    options = tuple(option for option in found.options if chosen[option] >= ALIKE)
    return found.model_copy(update={"options": options, "sample": ""})


def _checked(title: str, fields: Iterable[FormField], notes: list[str]) -> FoundForm:
    """A form with each name once. Raises NothingFound."""
    named: dict[str, FormField] = {}
    for each in fields:
        named.setdefault(each.key, each)
    if not named:
        raise NothingFound("\n".join(["There is no field in it.", *notes]))
    if len(named) > MAX_FIELDS:
        notes.append(f"Only the first {MAX_FIELDS} of {len(named)} fields are taken.")
    return FoundForm(title[:MAX_LABEL], tuple([*named.values()][:MAX_FIELDS]), tuple(notes))


def _named_context(context: Mapping[str, Mapping[str, str]]) -> list[str]:
    return [f"{root}.{member}" for root, members in context.items() for member in members]


_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,190}\.[^@\s.]{2,}")
_PHONE = re.compile(r"(?:\+|\(|0)[\d\s().-]{6,25}")
_NUMBER = re.compile(r"-?\d{1,15}(?:[.,]\d{1,6})?")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_YES = frozenset({"true", "false", "yes", "no", "on", "off"})
_PHONE_NAME = re.compile(r"phone|mobile|telefon|телефон|(?:^|[_\s-])tel(?:$|[_\s-])", re.IGNORECASE)
_LONG = 120


def _field_of(name: str, given: Sequence[Answer], label: str = "") -> FormField:
    """The field that such answers come from; ``label`` is what was asked."""
    texts = [text.strip() for answer in given for text in _listed(answer) if text.strip()]
    type = _type_of(f"{name} {label}", texts)
    options: tuple[str, ...] = ()
    if any(isinstance(answer, list) for answer in given):
        type, options = "checkboxes", tuple(dict.fromkeys(texts))[:MAX_OPTIONS]
    sample = texts[0][:MAX_LABEL] if texts and not options else ""
    return FormField(
        key=name[:MAX_NAME], label=as_label(label), type=type, options=options, sample=sample
    )


def as_label(question: str) -> str:
    """A question as a field's label: one line, of bearable length."""
    return " ".join(question.split())[:MAX_LABEL]


def _listed(answer: Answer) -> list[str]:
    return answer if isinstance(answer, list) else [answer]


def _type_of(called: str, texts: Sequence[str]) -> FieldType:
    if not texts:
        return "text"
    if all(text.lower() in _YES for text in texts):
        return "checkbox"
    if _PHONE_NAME.search(called) and all(any(c.isdigit() for c in text) for text in texts):
        return "tel"
    for type, pattern in _PATTERNS:
        if all(pattern.fullmatch(text) for text in texts):
            return type
    return "textarea" if any("\n" in text or len(text) > _LONG for text in texts) else "text"


_PATTERNS: tuple[tuple[FieldType, re.Pattern[str]], ...] = (
    ("email", _EMAIL),
    ("date", _DATE),
    ("tel", _PHONE),
    ("number", _NUMBER),
    ("url", re.compile(r"https?://\S+", re.IGNORECASE)),
)


def looks_like_json(text: str) -> bool:
    """Whether a person who pasted ``text`` means it as JSON."""
    begin = text.lstrip("\ufeff \t\r\n")[:1]
    if begin not in ("{", "["):
        return False
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return "<" not in text
    return True
