"""Which answer may belong into which CRM field, with the reason. Only ever suggested: a person decides.

Names are compared folded; words that mean the same in English, Ukrainian, Russian and Spanish count
as the same; of a question, the words that only ask are left out; what the form was really sent must
fit the field's type.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from rapidfuzz import fuzz

from connectors.base import Kind
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
    """One of the form's fields: how it is called, what it asks, and answers that came."""

    name: str
    label: str = ""
    answers: tuple[str, ...] = ()


Ways: TypeAlias = tuple[tuple[tuple[str, ...], bool], ...]
"""What a source is called: texts folded, the whole one first; the way that is its question is marked."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """``sources`` are the form fields whose answers, one after another, make the field's value.

    ``asked``: it is their questions that tell, not their names.
    """

    field: Field
    sources: tuple[str, ...]
    reason: Reason
    asked: bool = False


def suggest(
    fields: Sequence[Field],
    sources: Sequence[Source],
    locale: Locale,
    kind: Kind = Kind.CONTACT,
) -> list[Suggestion]:
    """At most one suggestion for each field and each source, in the order of ``fields``.

    ``kind`` is whose fields they are: a company's name is not the visitor's.
    """
    called = [(source, _ways(source)) for source in sources]
    pairs = sorted(
        (
            pair
            for field in fields
            for names in [_names_of(field, kind)]
            for source, ways in called
            if (pair := _pair(field, names, source, ways, locale))
        ),
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
        is_name = kind != Kind.COMPANY and field.id not in found and _meaning(field.id) == "name"
        if is_name and (whole := _whole_of_halves(field, called)):
            found[field.id] = whole
    return [found[field.id] for field in fields if field.id in found]


def meaning_of(source: Source) -> str | None:
    """A word for what the source says, such as ``email``; None when neither name nor question tells."""
    return next(filter(None, (_meaning_in(words) for words, _asked in _ways(source))), None)


def fold(name: str) -> str:
    """``name`` as names are compared: words in small letters, without accents and signs."""
    apart = re.sub(r"(?<=[a-zа-яіїєґ])(?=[A-ZА-ЯІЇЄҐ])", " ", name)
    plain = "".join(c for c in unicodedata.normalize("NFKD", apart) if not unicodedata.combining(c))
    return " ".join(re.sub(r"[\W_]+", " ", plain.casefold()).split())


def _names_of(field: Field, kind: Kind) -> frozenset[str]:
    """What a CRM calls the field, folded. Everybody's company has its name under ``name``."""
    names = {fold(name) for name in (field.label, field.code or "", field.id)} - {""}
    if kind == Kind.COMPANY and field.id == "name":
        names = names - {"name"} | {"company", "company name"}
    return frozenset(names)


def _pair(
    field: Field, names: frozenset[str], source: Source, ways: Ways, locale: Locale
) -> tuple[tuple[int, float], Suggestion] | None:
    """How weak the suggestion is, and it; None when the two have nothing to do with each other."""
    reason, likeness, asked = _reason(field, names, source, ways)
    if reason is None or not _fits(field, source, locale):
        return None
    strength = list(Reason).index(reason)
    return (strength, -likeness), Suggestion(field, (source.name,), reason, asked)


def _reason(
    field: Field, theirs: frozenset[str], source: Source, ways: Ways
) -> tuple[Reason | None, float, bool]:
    """Why the two belong together, how alike they are, and whether it is the question that tells."""
    meanings = {meaning for one in theirs if (meaning := _MEANINGS.get(one))}
    for words, asked in ways:
        if words[0] in theirs:
            return Reason.SAME_NAME, 100, asked
    for words, asked in ways:
        if theirs.intersection(words) or meanings & {_MEANINGS.get(one) for one in words}:
            return Reason.SAME_MEANING, 100, asked
    if _are_options(field, source):
        return Reason.OPTIONS, 100, False
    likeness, asked = max(
        (
            (fuzz.token_sort_ratio(one, ours), asked)
            for one in theirs
            for words, asked in ways
            for ours in words
        ),
        default=(0, False),
    )
    return (Reason.LIKE_NAME, likeness, asked) if likeness >= LIKE_ENOUGH else (None, 0, False)


def _ways(source: Source) -> Ways:
    """What the source is called and what it asks.

    A question that means something else than the name has the last word: builders call inputs
    ``name`` that ask for a company's, and visitors read the question only.
    """
    name, question = _said(_inner(source.name)), _said(source.label)
    meant, asked = _meaning_in(name), _meaning_in(question)
    both = [(question, True)] if meant and asked and meant != asked else [(name, False)]
    if question and question != name and both[0][0] != question:
        both.append((question, True))
    return tuple(way for way in both if way[0])


def _said(text: str) -> tuple[str, ...]:
    """``text`` folded, and once more without the words that only ask for it."""
    words = fold(text).split()
    telling = [word for word in words if word not in _ASKING]
    return tuple(filter(None, dict.fromkeys([" ".join(words), " ".join(telling)])))


def _meaning_in(said: tuple[str, ...]) -> str | None:
    return next(filter(None, map(_MEANINGS.get, said)), None)


def _inner(name: str) -> str:
    """``name`` without what it stands in, where that is the visitor: ``contact.email``."""
    *around, own = name.split(".")
    return own if own and all(fold(one) in _VISITOR for one in around) else name


def _are_options(field: Field, source: Source) -> bool:
    known = [answer for answer in source.answers if field.option(answer.strip())]
    return len(known) >= OPTIONS_ENOUGH and len(known) >= FITS_ENOUGH * len(source.answers)


def _fits(field: Field, source: Source, locale: Locale) -> bool:
    """Whether most of what came can be written there. A list's options can be mapped later."""
    if not source.answers or field.type in (FieldType.CHOICE, FieldType.CHOICES):
        return True
    read = sum(convert(answer, field, locale).problem is None for answer in source.answers)
    return read >= FITS_ENOUGH * len(source.answers)


def _whole_of_halves(field: Field, called: Sequence[tuple[Source, Ways]]) -> Suggestion | None:
    """A whole name out of the first and the last one."""
    found: dict[str, tuple[str, bool]] = {}
    for source, ways in called:
        for words, asked in ways:
            if meaning := _meaning_in(words):
                found.setdefault(meaning, (source.name, asked))
    halves = [found.get(half) for half in ("first name", "last name")]
    names = [half for half in halves if half]
    if len(names) < len(halves):
        return None
    asked = any(asked for _name, asked in names)
    return Suggestion(field, tuple(name for name, _asked in names), Reason.SAME_MEANING, asked)


def _meaning(name: str) -> str | None:
    return _MEANINGS.get(fold(name))


_VISITOR = frozenset(
    "answers contact contacts customer client data fields form lead names person sender visitor".split()
)
"""Under these names senders put what the visitor said of themselves; ``host.email`` is another's."""

_ASKING = frozenset(
    fold(word)
    for word in """
    a an and are at be best by can could do enter fill for have here how i in into is it kindly leave like
    may my need of or our please provide reach s share should specify tell that the this to type us
    we what when where which who will with work would write you your
    будь ласка вам вас ваш ваша ваше ваши ваші вашу вашої вашого ви введіть вкажіть до за з який яка яке
    яку які як напишіть називається залиште нам
    вы введите вам ваша вашей вашего к как какая какое какой какую напишите называется оставьте
    пожалуйста с укажите
    como cual cuál de del el en es escriba escribe favor indica indique introduce introduzca la las
    los por qué se su sus te tu tus usted
    """.split()
)
"""Words of a question that do not say what it asks for."""

_WORDS: Mapping[str, str] = {
    "name": "name, full name, fio, your name, fullname, contact name, імʼя, ім'я, піб, повне імʼя, "
    "ваше імʼя, имя, фио, полное имя, ваше имя, nombre, nombre completo, su nombre, звати, звертатися, "
    "зовут, обращаться, llama, llamas",
    "first name": "first name, firstname, given name, fname, first, имя без фамилии, nombre de pila",
    "last name": "last name, lastname, surname, family name, lname, прізвище, фамилия, apellido, apellidos",
    "phone": "phone, telephone, tel, mobile, phone number, mobile phone, your phone, телефон, тел, номер "
    "телефону, мобільний, номер телефона, мобильный, ваш телефон, teléfono, móvil, celular, mobile number, "
    "mobile phone number, contact number, contact phone, мобільний телефон, контактний телефон, мобильный "
    "телефон, контактный телефон, número teléfono",
    "email": "email, e mail, mail, email address, e mail address, your email, пошта, ел пошта, електронна пошта, почта, "
    "эл почта, электронная почта, correo, correo electrónico, емейл, имейл, work email, business email, "
    "contact email, електронна адреса, адреса електронної пошти, адрес электронной почты",
    "company": "company, company name, organisation, organization, firm, business, компанія, назва компанії, "
    "організація, фірма, компания, название компании, организация, фирма, empresa, compañía, name company, "
    "name organization, назва організації, название организации, nombre empresa",
    "budget": "budget, amount, price, sum, cost, value, бюджет, сума, ціна, вартість, сумма, цена, "
    "стоимость, presupuesto, importe, precio",
    "position": "position, job, job title, role, post, посада, должность, cargo, puesto",
    "city": "city, town, місто, город, ciudad",
    "address": "address, street address, адреса, адрес, dirección",
    "site": "website, web site, site, web, url, сайт, вебсайт, веб сайт, sitio web, página web",
    "message": "message, comment, comments, question, text, note, notes, повідомлення, коментар, питання, "
    "сообщение, комментарий, вопрос, mensaje, comentario, comentarios, pregunta, help, допомогти, помочь, "
    "ayudar",
    "topic": "topic, subject, theme, service, тема, послуга, услуга, asunto, tema, servicio",
    "birthday": "birthday, birth date, date of birth, born, день народження, дата народження, "
    "день рождения, дата рождения, cumpleaños, fecha de nacimiento",
    "date": "date, wanted date, visit date, дата, fecha",
}
_MEANINGS: Mapping[str, str] = {
    fold(word): meaning for meaning, words in _WORDS.items() for word in words.split(",")
}
