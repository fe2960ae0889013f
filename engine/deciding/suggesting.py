"""Which answer may belong into which CRM field, with the reason. Only ever suggested: a person decides.

Names are compared folded; words that mean the same in English, Ukrainian, Russian and Spanish count
as the same; what the form was really sent must fit the field's type.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from rapidfuzz import fuzz

from connectors.catalog import Field, FieldType
from engine.deciding.locale import Locale
from engine.deciding.values import convert

LIKE_ENOUGH = 86  # per cent; below it, short names of different things begin to meet
FITS_ENOUGH = 0.6
OPTIONS_ENOUGH = 2  # two different answers that are options are no accident


class Reason(StrEnum):
    """Why something is suggested, the strongest first."""

    SAME_NAME = "same name"
    SAME_MEANING = "same meaning"
    OPTIONS = "options"
    LIKE_NAME = "like name"


@dataclass(frozen=True, slots=True)
class Source:
    """One of the form's fields: how it is called, and answers that came."""

    name: str
    label: str = ""
    answers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Suggestion:
    """``sources`` are the form fields whose answers, one after another, make the field's value."""

    field: Field
    sources: tuple[str, ...]
    reason: Reason


def suggest(fields: Sequence[Field], sources: Sequence[Source], locale: Locale) -> list[Suggestion]:
    """At most one suggestion for each field and each source, in the order of ``fields``."""
    pairs = sorted(
        (pair for field in fields for source in sources if (pair := _pair(field, source, locale))),
        key=lambda pair: pair[0],
    )
    found: dict[str, Suggestion] = {}
    taken: set[str] = set()
    for _weakness, suggestion in pairs:
        (name,) = suggestion.sources
        if suggestion.field.id not in found and name not in taken:
            found[suggestion.field.id] = suggestion
            taken.add(name)
    for field in fields:
        halves = _halves_of_a_name(sources)
        if _meaning(field.id) == "name" and field.id not in found and halves:
            found[field.id] = Suggestion(field, halves, Reason.SAME_MEANING)
    return [found[field.id] for field in fields if field.id in found]


def fold(name: str) -> str:
    """``name`` as names are compared: words in small letters, without accents and signs."""
    apart = re.sub(r"(?<=[a-zа-яіїєґ])(?=[A-ZА-ЯІЇЄҐ])", " ", name)
    plain = "".join(c for c in unicodedata.normalize("NFKD", apart) if not unicodedata.combining(c))
    return " ".join(re.sub(r"[\W_]+", " ", plain.casefold()).split())


def _pair(
    field: Field, source: Source, locale: Locale
) -> tuple[tuple[int, float], Suggestion] | None:
    """How weak the suggestion is, and it; None when the two have nothing to do with each other."""
    reason, likeness = _reason(field, source)
    if reason is None or not _fits(field, source, locale):
        return None
    strength = list(Reason).index(reason)
    return (strength, -likeness), Suggestion(field, (source.name,), reason)


def _reason(field: Field, source: Source) -> tuple[Reason | None, float]:
    theirs = {fold(name) for name in (field.label, field.code or "", field.id) if name} - {""}
    ours = {fold(name) for name in (source.name, source.label)} - {""}
    if theirs & ours:
        return Reason.SAME_NAME, 100
    meanings = {meaning for name in theirs if (meaning := _MEANINGS.get(name))}
    if meanings & {_MEANINGS.get(name) for name in ours}:
        return Reason.SAME_MEANING, 100
    if _are_options(field, source):
        return Reason.OPTIONS, 100
    likeness = max((fuzz.token_sort_ratio(a, b) for a in theirs for b in ours), default=0)
    if likeness >= LIKE_ENOUGH:
        return Reason.LIKE_NAME, likeness
    return None, 0


def _are_options(field: Field, source: Source) -> bool:
    known = [answer for answer in source.answers if field.option(answer.strip())]
    return len(known) >= OPTIONS_ENOUGH and len(known) >= FITS_ENOUGH * len(source.answers)


def _fits(field: Field, source: Source, locale: Locale) -> bool:
    """Whether most of what came can be written there. A list's options can be mapped later."""
    if not source.answers or field.type in (FieldType.CHOICE, FieldType.CHOICES):
        return True
    read = sum(convert(answer, field, locale).problem is None for answer in source.answers)
    return read >= FITS_ENOUGH * len(source.answers)


def _halves_of_a_name(sources: Sequence[Source]) -> tuple[str, ...]:
    found = dict(_meanings_of(sources))
    halves = (found.get("first name"), found.get("last name"))
    return tuple(name for name in halves if name) if all(halves) else ()


def _meanings_of(sources: Sequence[Source]) -> Iterator[tuple[str, str]]:
    for source in sources:
        if meaning := _meaning(source.name) or _meaning(source.label):
            yield meaning, source.name


def _meaning(name: str) -> str | None:
    return _MEANINGS.get(fold(name))


_WORDS: Mapping[str, str] = {
    "name": "name, full name, fio, your name, fullname, contact name, імʼя, ім'я, піб, повне імʼя, "
    "ваше імʼя, имя, фио, полное имя, ваше имя, nombre, nombre completo, su nombre",
    "first name": "first name, firstname, given name, fname, first, имя без фамилии, nombre de pila",
    "last name": "last name, lastname, surname, family name, lname, прізвище, фамилия, apellido, apellidos",
    "phone": "phone, telephone, tel, mobile, phone number, mobile phone, your phone, телефон, тел, номер "
    "телефону, мобільний, номер телефона, мобильный, ваш телефон, teléfono, móvil, celular",
    "email": "email, e mail, mail, email address, your email, пошта, ел пошта, електронна пошта, почта, "
    "эл почта, электронная почта, correo, correo electrónico, емейл, имейл",
    "company": "company, company name, organisation, organization, firm, business, компанія, назва компанії, "
    "організація, фірма, компания, название компании, организация, фирма, empresa, compañía",
    "budget": "budget, amount, price, sum, cost, value, бюджет, сума, ціна, вартість, сумма, цена, "
    "стоимость, presupuesto, importe, precio",
    "position": "position, job, job title, role, post, посада, должность, cargo, puesto",
    "city": "city, town, місто, город, ciudad",
    "address": "address, street address, адреса, адрес, dirección",
    "site": "website, web site, site, web, url, сайт, вебсайт, веб сайт, sitio web, página web",
    "message": "message, comment, comments, question, text, note, notes, повідомлення, коментар, питання, "
    "сообщение, комментарий, вопрос, mensaje, comentario, comentarios, pregunta",
    "topic": "topic, subject, theme, service, тема, послуга, услуга, asunto, tema, servicio",
    "birthday": "birthday, birth date, date of birth, born, день народження, дата народження, "
    "день рождения, дата рождения, cumpleaños, fecha de nacimiento",
    "date": "date, wanted date, visit date, дата, fecha",
}
_MEANINGS: Mapping[str, str] = {
    fold(word): meaning for meaning, words in _WORDS.items() for word in words.split(",")
}
