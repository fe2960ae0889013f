"""FormConfig: what a form's owner decides about it, as one document."""

from __future__ import annotations

from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

from engine.deciding.calendar import WorkingCalendar
from engine.deciding.documents import Document, Key
from engine.deciding.keeping import Keeping
from engine.deciding.locale import Region, Zone
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


class FormField(Document):
    """One input, for people: its label and kind on Formwire's own pages and in the studio."""

    key: Annotated[str, Field(min_length=1, max_length=1000)]
    label: str = ""
    type: Literal[
        "text", "email", "tel", "number", "date", "textarea", "checkbox", "select", "file"
    ] = "text"
    required: bool = False
    options: tuple[str, ...] = ()


class FormConfig(Document):
    """A form. ``origins`` are the sites whose scripts may post to it; none means any site may.

    ``redirect`` is where a visitor's browser goes after sending; ``redirects`` are the hosts that a
    form's own ``_next`` may name besides. ``calendar`` has the working hours that tasks go by.
    ``per_minute`` bounds submissions from one address; ``spam`` says which of them wait for a
    person, and ``uploads`` which files get a link. ``keep`` says for how long what came is
    kept.
    """

    form: Key
    name: Annotated[str, Field(min_length=1, max_length=200)]
    enabled: bool = True
    region: Region = "US"
    zone: Zone = "UTC"
    calendar: WorkingCalendar = WorkingCalendar()
    fields: tuple[FormField, ...] = ()
    origins: tuple[Origin, ...] = ()
    redirect: WebAddress | None = None
    redirects: tuple[str, ...] = ()
    per_minute: Annotated[int, Field(ge=1, le=100_000)] = 600
    spam: SpamChecks = SpamChecks()
    uploads: Uploads = Uploads()
    keep: Keeping = Keeping()
