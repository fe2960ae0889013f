"""FormConfig: what a form's owner decides about it, as one document."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Literal, TypeAlias
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

from engine.deciding.calendar import WorkingCalendar
from engine.deciding.documents import Document, Key
from engine.deciding.keeping import Keeping
from engine.deciding.locale import Locale, Region, Zone
from engine.deciding.spam import SpamChecks
from engine.deciding.uploads import Uploads


def _web_address(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("must be a full address that starts with https:// or http://")
    return url


def _origin(origin: str) -> str:
    parts = urlsplit(_web_address(origin))
    if parts.path not in ("", "/") or parts.query or parts.fragment:
        raise ValueError("must be an origin such as https://example.org, without a path")
    return f"{parts.scheme}://{parts.netloc}".lower()


WebAddress = Annotated[str, AfterValidator(_web_address)]
Origin = Annotated[str, AfterValidator(_origin)]


FieldType: TypeAlias = Literal[
    "text",
    "email",
    "tel",
    "number",
    "date",
    "url",
    "textarea",
    "select",
    "radio",
    "checkbox",
    "checkboxes",
    "file",
    "hidden",
]
CHOSEN = ("select", "radio", "checkboxes")
"""Types whose answers are among the field's options."""

MOST_WAIT = 7 * 24 * 60
"""Minutes for which the rest of a filling-in may be waited for."""

FieldName = Annotated[str, Field(min_length=1, max_length=1000)]


class FormField(Document):
    """One input, for people: its label and kind on Formwire's own pages and in the studio.

    ``key`` is the name under which its answer arrives. ``aliases`` are further names of it, such as
    those it had before it was renamed: the answer may arrive under any, and rules and macros may
    use any. ``sample`` is an answer for code to try the form with. A checkbox sends its only
    option, or ``yes``.
    """

    key: FieldName
    label: str = ""
    type: FieldType = "text"
    required: bool = False
    options: tuple[str, ...] = ()
    aliases: tuple[FieldName, ...] = ()
    sample: Annotated[str, Field(max_length=1000)] = ""


def name_clashes(fields: Sequence[FormField]) -> Iterator[tuple[int, str]]:
    """Why no two fields may have these names: the later field's position, and a sentence."""
    whose: dict[str, int] = {field.key: number for number, field in reversed([*enumerate(fields)])}
    for number, field in enumerate(fields):
        if whose[field.key] != number:
            yield number, f"there is another field {field.key!r}; give each a name of its own"
    for number, field in enumerate(fields):
        for alias in field.aliases:
            if whose.setdefault(alias, number) != number or alias == field.key:
                other = fields[whose[alias]].key
                yield (
                    number,
                    f"its other name {alias!r} is a name of the field {other!r}; take it out",
                )


def _distinct(fields: tuple[FormField, ...]) -> tuple[FormField, ...]:
    if clashes := [f"field {number + 1}: {message}" for number, message in name_clashes(fields)]:
        raise ValueError("; ".join(clashes))
    return fields


class HostedPage(Document):
    """The form's own page at Formwire, for people without a website.

    ``intro`` stands above the form, ``button`` on its button, and ``thanks`` is what people read
    after sending when the form leads nowhere else.
    """

    enabled: bool = False
    intro: Annotated[str, Field(max_length=2000)] = ""
    button: Annotated[str, Field(max_length=100)] = ""
    thanks: Annotated[str, Field(max_length=2000)] = ""


class FormConfig(Document):
    """A form. ``origins`` are the sites whose scripts may post to it; none means any site may.

    ``redirect`` is where a visitor's browser goes after sending; ``redirects`` are the hosts that a
    form's own ``_next`` may name besides. ``calendar`` has the working hours that tasks go by.
    ``wait_for_final`` is for how many minutes after its latest post a filling-in waits whose
    sender says that more will come; 0 lets each part go on at once.
    ``per_minute`` bounds submissions from one address; ``spam`` says which of them wait for a
    person, and ``uploads`` which files get a link. ``keep`` says for how long what came is
    kept. ``page`` is the form's own page.

    ``signature`` says what becomes of posts without a good signature once the form has a secret of
    its sender, and ``tests`` of a sender's samples.
    """

    form: Key
    name: Annotated[str, Field(min_length=1, max_length=200)]
    enabled: bool = True
    region: Region = "US"
    zone: Zone = "UTC"
    calendar: WorkingCalendar = WorkingCalendar()
    fields: Annotated[tuple[FormField, ...], AfterValidator(_distinct)] = ()
    origins: tuple[Origin, ...] = ()
    redirect: WebAddress | None = None
    redirects: tuple[str, ...] = ()
    per_minute: Annotated[int, Field(ge=1, le=100_000)] = 600
    wait_for_final: Annotated[int, Field(ge=0, le=MOST_WAIT)] = 30
    signature: Literal["hold", "refuse"] = "hold"
    tests: Literal["hold", "accept"] = "hold"
    spam: SpamChecks = SpamChecks()
    uploads: Uploads = Uploads()
    keep: Keeping = Keeping()
    page: HostedPage = HostedPage()

    @property
    def locale(self) -> Locale:
        """How its visitors write phone numbers and times."""
        return Locale(self.region, self.zone)

    @property
    def names(self) -> frozenset[str]:
        """Every name under which an answer may arrive."""
        return frozenset(name for field in self.fields for name in (field.key, *field.aliases))

    @property
    def aliases(self) -> Mapping[str, str]:
        """Further name to the key of its field."""
        return {alias: field.key for field in self.fields for alias in field.aliases}
