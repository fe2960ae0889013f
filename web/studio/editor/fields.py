"""The forms of a module's tabs. Names are those of the document, its parts joined by two lines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from flask_babel import LazyString, get_locale
from flask_babel import lazy_gettext as _
from wtforms import (
    BooleanField,
    FieldList,
    Form,
    FormField,
    HiddenField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)


class Choices:
    """Values with their words, which are looked up once for each language: every row has them all."""

    def __init__(self, *choices: tuple[str, LazyString]) -> None:
        self._choices = choices
        self._told: dict[str, tuple[tuple[str, str], ...]] = {}

    def __iter__(self) -> Iterator[tuple[str, str]]:
        language = get_locale().language
        if language not in self._told:
            self._told[language] = tuple((value, str(words)) for value, words in self._choices)
        return iter(self._told[language])


CONVERSIONS = Choices(
    ("", _("no conversion")),
    ("trim", _("trim: no blanks around")),
    ("upper", _("capitals")),
    ("lower", _("small letters")),
    ("title", _("a capital for each word")),
    ("sentence", _("a capital for the first word")),
    ("digits", _("digits only")),
    ("first_name", _("first name of a full name")),
    ("last_name", _("last name of a full name")),
    ("truncate", _("at most so many characters")),
    ("phone", _("phone number")),
    ("number", _("number")),
    ("money", _("amount of money")),
    ("date", _("date, as the form writes it")),
    ("yes_no", _("yes or no")),
    ("link", _("link to a file")),
    ("each", _("take apart")),
    ("pick", _("pick one of several")),
    ("join", _("join several")),
)
ON_MATCH = Choices(
    ("complete", _("fill only what is empty")),
    ("overwrite", _("overwrite")),
    ("leave", _("leave as it is")),
)
WRITE = Choices(
    ("", _("as set above")),
    ("complete", _("only if empty")),
    ("overwrite", _("overwrite")),
    ("append", _("append")),
    ("leave", _("never in a found record")),
    ("untouched", _("not over a person’s change")),
    ("forward", _("only forward in the list")),
)
UNKNOWN = Choices(
    ("skip", _("leave it out")),
    ("note", _("put it into the note")),
    ("keep", _("pass it on as it is")),
    ("value", _("write this instead:")),
)
WHEN = Choices(
    ("always", _("always")),
    ("created", _("only if the record is new")),
    ("found", _("only if it was there")),
)


class Picker(StringField):
    """One of ``choices``. What else was sent is kept: the document refuses it, and says so."""

    def __init__(
        self, label: LazyString, *, choices: Iterable[tuple[str, LazyString | str]], **options: Any
    ) -> None:
        super().__init__(label, **options)
        self.choices = choices


class ConversionForm(Form):
    """One conversion with its setting, such as ``date`` and ``DD.MM.YYYY``."""

    name = Picker(_("Conversion"), choices=CONVERSIONS)
    setting = StringField(_("Setting"))


class MapForm(Form):
    """One line of an option map."""

    answer = StringField(_("The form sends"))
    option = StringField(_("The CRM gets"))


class RowForm(Form):
    """One CRM field. ``was`` is what the document called it when the page was shown; ``hid``: the
    page kept it out of sight."""

    was = HiddenField()
    hid = HiddenField()
    field = StringField(_("CRM field"))
    source = StringField(_("Comes from"))
    text = TextAreaField(_("Text"))
    convert = FieldList(FormField(ConversionForm))
    map = FieldList(FormField(MapForm))
    unknown = Picker(_("What cannot be read"), choices=UNKNOWN)
    instead = StringField(_("Instead"))
    write = Picker(_("In a record that exists"), choices=WRITE)
    empty = Picker(
        _("An empty answer"),
        choices=Choices(("keep", _("changes nothing")), ("erase", _("clears the field"))),
    )


class PartForm(Form):
    """What the tabs of contact, company and deal have in common. ``gone`` are rows that were removed."""

    there = BooleanField(_("Make one"))
    rows = FieldList(FormField(RowForm))
    gone = FieldList(HiddenField())
    on_match = Picker(_("A record that exists"), choices=ON_MATCH)
    rest = BooleanField(_("Put the rest into the note"))


class PersonForm(PartForm):
    """The tab of a contact or a company."""

    match = SelectMultipleField(_("Recognised by"), validate_choice=False)
    match_on = Picker(
        _("Of these"),
        choices=Choices(("any", _("one is enough")), ("all", _("all must be the same"))),
    )
    phones = Picker(
        _("Phones are the same"),
        choices=Choices(
            ("exact", _("with all their digits")),
            ("last_digits", _("with the same last ten digits")),
        ),
    )
    several = Picker(
        _("Several found"),
        choices=Choices(
            ("newest", _("take the newest")),
            ("oldest", _("take the oldest")),
            ("all", _("write to all")),
            ("hold", _("hold for a person")),
        ),
    )


class ContactForm(PersonForm):
    """The tab of the contact."""

    messenger__type = StringField(_("Messenger"))
    messenger__value = StringField(_("Address there"))


class CompanyForm(PersonForm):
    """The tab of the company."""

    extra_phones = TextAreaField(_("Further phones"))


def typed_in(form: Form) -> dict[str, Any]:
    """What was sent, with line breaks as documents have them; None for settings that were not."""
    return {name: _plain(value) for name, value in form.data.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\r\n", "\n").replace("\0", "")  # no database keeps a zero
    if isinstance(value, list):
        return [_plain(one) for one in value]
    if isinstance(value, dict):
        return {name: "" if one is None else _plain(one) for name, one in value.items()}
    return value
