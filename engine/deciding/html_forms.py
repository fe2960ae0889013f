"""The forms of a page, read from its HTML as a browser would send them.

Names, types and options follow the HTML standard's chapter on forms; pages of people who do not are
read as far as browsers do.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice

from bs4 import BeautifulSoup
from bs4.element import NavigableString, Tag
from bs4.exceptions import ParserRejectedMarkup

from engine.deciding.bodies import LimitExceeded, flat_name
from engine.deciding.context import is_context
from engine.deciding.field_finding import (
    MAX_CHARACTERS,
    MAX_FIELDS,
    MAX_LABEL,
    MAX_OPTIONS,
    FoundForm,
    NothingFound,
)
from engine.deciding.form import FieldType, FormField
from engine.deciding.reading import MAX_NAME
from engine.deciding.technical import is_technical

_MOST_TAGS = 20_000
_MOST_CONTROLS = 1_000
_MOST_PARTS = 400
"""Of a label, that are looked at."""
_MOST_FORMS = 50
_FARTHEST = 2_000
"""Elements between an input and its form: pages without end tags nest deep."""

_TYPES: dict[str, FieldType] = {
    "email": "email",
    "tel": "tel",
    "url": "url",
    "number": "number",
    "range": "number",
    "date": "date",
    "checkbox": "checkbox",
    "radio": "radio",
    "file": "file",
    "hidden": "hidden",
}
_BUTTONS = ("submit", "button", "reset", "image")
_NOT_SHOWN = ("select", "textarea", "optgroup", "button", "script", "style", "template")


def forms_in_html(html: str) -> list[FoundForm]:
    """Every form of a page, or of a piece of one, that has a field. Raises NothingFound.

    Inputs outside any form, which a page's script may send, come last as a form of their own.
    """
    page = _Page(_parsed(html))
    drafts: dict[int, _Draft] = {}
    for control in islice(page.controls(), _MOST_CONTROLS):
        owner = page.owner(control)
        place = id(owner) if owner else 0
        if place not in drafts:
            if len(drafts) == _MOST_FORMS:
                break
            drafts[place] = _Draft(_title(owner))
        drafts[place].add(control, page.label(control), page.group_label(control))
    ordered = sorted(drafts.items(), key=lambda item: item[0] == 0)  # those outside come last
    found = [draft.form(number) for number, (_, draft) in enumerate(ordered, start=1)]
    notes = [note for form in found for note in form.notes]
    if forms := [form for form in found if form.fields]:
        return forms
    raise NothingFound(
        "\n".join(
            [
                (
                    "There is no input with a name in it. Paste the page's source from <form to </form>;"
                    " forms that a script draws later are not in the source."
                ),
                *notes,
            ]
        )
    )


def _parsed(html: str) -> BeautifulSoup:
    if len(html) > MAX_CHARACTERS:
        raise NothingFound(
            f"That is more than {MAX_CHARACTERS // 1000} kB; paste only the form, from <form to </form>."
        )
    if "<" not in html:
        raise NothingFound("That is neither HTML nor JSON; paste the form, from <form to </form>.")
    html = re.sub(r"<\?[^>]*>", "", html)  # XML's and PHP's instructions are none of a form
    if html.count("<") > _MOST_TAGS:
        raise NothingFound(
            "The page has too many tags; paste only the form, from <form to </form>."
        )
    try:
        # Browsers let the first of two equal attributes count.
        return BeautifulSoup(
            html,
            "html.parser",
            multi_valued_attributes=None,
            on_duplicate_attribute="ignore",
        )
    except ParserRejectedMarkup as error:
        raise NothingFound("That is no HTML that can be read; paste it again.") from error


class _Page:
    """A parsed page, with the few things that are looked up by id."""

    def __init__(self, soup: BeautifulSoup) -> None:
        self._soup = soup
        self._forms = {_of(form, "id"): form for form in reversed(soup.find_all("form"))}
        labels = islice(soup.find_all("label"), _MOST_CONTROLS)
        self._legends: dict[int, str] = {}
        self._labels = {_of(label, "for"): label for label in labels if label.has_attr("for")}

    def controls(self) -> Iterator[Tag]:
        for tag in self._soup.find_all(["input", "select", "textarea"]):
            # Some parsers take what is written inside a text box for tags.
            if _around(tag, "textarea", "template") is None:
                yield tag

    def owner(self, control: Tag) -> Tag | None:
        named = self._forms.get(_of(control, "form")) if control.has_attr("form") else None
        return named or _around(control, "form")

    def label(self, control: Tag) -> str:
        """What a person reads beside the control, as far as the page tells."""
        own = self._labels.get(_of(control, "id")) if control.has_attr("id") else None
        for tag in (own, _around(control, "label")):
            if tag is not None and (text := _text(tag)):
                return text
        for name in ("aria-label", "placeholder", "title"):
            if text := _plain(_of(control, name)):
                return text
        return ""

    def group_label(self, control: Tag) -> str:
        """What stands above several ticks or circles."""
        group = _around(control, "fieldset")
        if group is None:
            return ""
        if id(group) not in self._legends:
            legend = group.find("legend", recursive=False)
            self._legends[id(group)] = _text(legend) if legend else ""
        return self._legends[id(group)]


@dataclass(slots=True)
class _Draft:
    """A form while its controls are read, by the names under which they arrive."""

    title: str
    fields: dict[str, FormField] = field(default_factory=dict)
    left_out: dict[str, list[str]] = field(default_factory=dict)
    twice: list[str] = field(default_factory=list)

    def add(self, control: Tag, label: str, group: str) -> None:
        kind = _of(control, "type").strip().lower() if control.name == "input" else ""
        if kind in _BUTTONS:
            return
        sent_as, reason = _of(control, "name"), _no_answer(control, kind)
        if reason:
            self.left_out.setdefault(reason, []).append(sent_as or label or control.name)
            return
        try:
            name = flat_name(sent_as)
        except LimitExceeded:
            self.left_out.setdefault("has too many brackets", []).append(sent_as[:MAX_LABEL])
            return
        found = _field(control, kind, name, label, group, many=sent_as.endswith("[]"))
        known = self.fields.get(name)
        self.fields[name] = found if known is None else self._together(known, found)

    def _together(self, known: FormField, found: FormField) -> FormField:
        """Two controls of one name as one field."""
        if known.type == "hidden":  # stands before a tick box, for when that is not ticked
            return found
        if found.type == "hidden":
            return known
        if known.type in ("checkbox", "checkboxes", "radio") and found.type in (
            *("checkbox", "checkboxes"),
            "radio",
        ):
            options = dict.fromkeys((*known.options, *found.options))
            type: FieldType = "radio" if known.type == "radio" else "checkboxes"
            return known.model_copy(
                update={
                    "type": type,
                    "options": tuple(options)[:MAX_OPTIONS],
                    "required": known.required or found.required,
                }
            )
        self.twice.append(known.key)
        return known

    def form(self, number: int) -> FoundForm:
        notes = [
            f"Left out, because it {reason}: {', '.join(dict.fromkeys(names))}."
            for reason, names in self.left_out.items()
        ]
        if self.twice:
            names = ", ".join(dict.fromkeys(self.twice))
            notes.append(f"More than one input is called so, and its answer is a list: {names}.")
        fields = [*self.fields.values()]
        if len(fields) > MAX_FIELDS:
            notes.append(f"Only the first {MAX_FIELDS} of {len(fields)} fields are taken.")
        title = self.title or f"Form {number}"
        return FoundForm(title, tuple(fields[:MAX_FIELDS]), tuple(notes))


def _no_answer(control: Tag, kind: str) -> str:
    """Why no answer ever comes from the control, as a phrase; "" when one may."""
    name = _of(control, "name")
    if not name.strip():
        return "has no name, so that browsers do not send it"
    if len(name) > MAX_NAME:
        return "has too long a name"
    if kind == "password":
        return "is a password"
    if is_technical(name):
        return "serves the page or the sender"
    if is_context(name):
        return "tells of the visit, and is known without being a field"
    return "is switched off" if control.has_attr("disabled") else ""


def _field(control: Tag, kind: str, name: str, label: str, group: str, *, many: bool) -> FormField:
    type, sample = _TYPES.get(kind, "text"), ""
    options: tuple[str, ...] = ()
    if control.name == "textarea":
        type = "textarea"
    elif control.name == "select":
        options = tuple(_options(control))
        type = "checkboxes" if many or control.has_attr("multiple") else "select"
    elif type in ("checkbox", "radio"):
        # A box without a value sends "on", which tells no more than our own "yes".
        options = (_of(control, "value")[:1000],) if control.has_attr("value") else ()
        type = "checkboxes" if many and type == "checkbox" else type
        label = group if group and type != "checkbox" else label
    elif type == "hidden":
        sample = _of(control, "value")[:1000]
    required = control.has_attr("required") or _of(control, "aria-required") == "true"
    return FormField(
        key=name, label=label, type=type, required=required, options=options, sample=sample
    )


def _options(select: Tag) -> Iterator[str]:
    """The values that may arrive; the first, empty one stands for none."""
    for option in islice(select.find_all("option"), MAX_OPTIONS):
        said = option.find(string=True, recursive=False)
        value = _of(option, "value") if option.has_attr("value") else _plain(str(said or ""))
        if value.strip():
            yield value[:1000]


def _title(form: Tag | None) -> str:
    if form is None:
        return "Inputs outside any form"
    names = (_of(form, name) for name in ("aria-label", "name", "id", "action"))
    heading = form.find(["h1", "h2", "h3"])
    said = [_text(heading) if heading else "", *map(_plain, names)]
    return next(filter(None, said), "")


def _around(tag: Tag, *names: str) -> Tag | None:
    """The nearest element around ``tag`` that is called so."""
    parents = islice(tag.parents, _FARTHEST)
    return next((parent for parent in parents if parent.name in names), None)


def _of(tag: Tag, name: str, otherwise: str = "") -> str:
    value = tag.get(name, otherwise)
    return value if isinstance(value, str) else otherwise


def _text(tag: Tag) -> str:
    """What a person reads in ``tag``, without the texts of controls in it."""
    texts = (
        text
        for text in islice(tag.descendants, _MOST_PARTS)
        if type(text) is NavigableString  # neither comments nor scripts
        and not any(parent.name in _NOT_SHOWN for parent in islice(text.parents, 3))
    )
    return _plain(" ".join(texts))


_MARK = re.compile(r"(?:\s*[*:])+$")


def _plain(text: str) -> str:
    """``text`` in one line, without the star that marks what is required."""
    return _MARK.sub("", " ".join(text.split()))[:MAX_LABEL].strip()
