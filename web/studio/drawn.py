"""The small things that every page draws again and again, put together as text.

Templates have them from ``studio/_parts.html``. What is told is escaped here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any
from urllib.parse import quote

from flask import current_app, g, request, url_for
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_wtf.csrf import generate_csrf
from markupsafe import Markup, escape

from engine.storage.models import Form, SubmissionState
from engine.storage.seen_fields import Recent
from engine.storage.submissions_list import Listed, ListedRun
from web.studio.editor.choices import Mark
from web.studio.editor.fields import Choices
from web.studio.formats import ago, exact, moment, number, who
from web.studio.words import state_of


def icon(name: str) -> Markup:
    return _icon(request.script_root, name)


def state(name: str) -> Markup:
    """A state's icon and word, in its colour."""
    return _state(request.script_root, name, get_locale().language)


def counted(name: str, count: int) -> Markup:
    """How many are in a state."""
    before, after = _around_count(request.script_root, name, get_locale().language)
    return Markup(before + number(count) + after)  # noqa: S704


def label(name: str) -> str:
    """A state's word."""
    return _label(name, get_locale().language)


def time(instant: datetime, form: Form | None = None, relative: bool = False) -> Markup:
    """A time in the viewer's zone (see `moment`), or how long ago it is."""
    told = ago(instant) if relative else moment(instant, form)
    return Markup(  # noqa: S704
        f'<time datetime="{instant.isoformat()}" title="{exact(instant)}">{escape(told)}</time>'
    )


def link(endpoint: str, name: str) -> str:
    """The address of the page of ``name``, which is its last part; for rows of lists."""
    return _place(request.script_root, endpoint) + quote(name, safe="")


def token() -> Markup:
    """What a form is sent with, so that no other site can send it."""
    value = escape(g.get("csrf_token") or generate_csrf())  # Flask-WTF keeps it there
    return Markup(f'<input type="hidden" name="csrf_token" value="{value}">')  # noqa: S704


def options(choices: Iterable[Sequence[Any]], chosen: object = None) -> Markup:
    """The entries of a picker: each its value and its words; a third part tells that the CRM lacks it."""
    if isinstance(choices, Choices):
        return _same_options(choices, chosen, get_locale().language)
    return Markup("".join([_option(one, chosen) for one in choices]))  # noqa: S704


@lru_cache(maxsize=1024)
def _same_options(choices: Choices, chosen: object, _language: str) -> Markup:
    return options(tuple(choices), chosen)


def _option(one: Sequence[Any], chosen: object) -> str:
    value, words = one[0], escape(one[1])
    lost = f" – {escape(_('not in the CRM'))}" if len(one) > 2 and one[2] else ""
    selected = " selected" if value == chosen else ""
    return f'<option value="{escape(value)}"{selected}>{words}{lost}</option>'


def entry(
    value: str,
    name: str,
    mark: Mark,
    more: str = "",
    *,
    sample: str = "",
    key: str = "",
    chosen: bool = False,
) -> Markup:
    """An entry of a searchable picker: with scripts its parts are set apart, else it is one text."""
    told = f"{name} ({mark.label}: {more})" if more else f"{name} ({mark.label})"
    parts = {
        "name": name,
        "sign": mark.sign,
        "type": mark.label,
        "key": key if key != name else "",
        "more": more,
        "sample": sample,
    }
    apart = "".join([f' data-{part}="{escape(text)}"' for part, text in parts.items() if text])
    return Markup(  # noqa: S704
        f'<option value="{escape(value)}"{apart}{" selected" if chosen else ""}>'
        f"{escape(f'{told} · {sample}' if sample else told)}</option>"
    )


def samples(submissions: Iterable[Recent], chosen: str) -> Markup:
    """The entries of a picker of submissions; ``chosen`` is one's public id."""
    return options([(each.public_id, _sample(each)) for each in submissions], chosen)


def _sample(one: Recent) -> str:
    name = who(one.answers)
    return " · ".join([f"#{one.number}", *([name] if name else []), ago(one.received_at)])


def submission_lines(submissions: Sequence[Listed], *, with_form: bool) -> Markup:
    """A row of a table for each submission; a page has dozens, of many parts each."""
    return Markup("\n".join(_line(each, with_form=with_form) for each in submissions))  # noqa: S704


def _line(one: Listed, *, with_form: bool) -> str:
    name = who(one.answers)
    told = f"#{one.number} · {escape(name)}" if name else f"#{one.number}"
    form = f"<td>{_linked('studio.forms.show', one.form_key, one.form_name)}</td>"
    return (
        f'<tr><th scope="row"><a href="{link("studio.submissions.show", one.public_id)}">{told}</a>'
        f"{_hits(one.hits)}</th>{form if with_form else ''}"
        f"<td>{time(one.received_at, relative=True)}</td><td>{_standing(one)}</td></tr>"
    )


def _hits(count: int) -> str:
    if count < 2:
        return ""
    told = escape(_("sent %(count)s times", count=count))
    return f' <span class="text-secondary">{told}</span>'


def _standing(one: Listed) -> str:
    """Where it stands: its own state unless it is its runs', and theirs."""
    own: str = ""
    if one.state != SubmissionState.ACCEPTED:
        own = state(one.state)
    elif not one.runs:
        own = state("idle")
    return "\n".join([own, *(_run(run) for run in one.runs)])


def _run(run: ListedRun) -> str:
    address = link("studio.runs.show", run.public_id)
    return (
        f'<a class="run-state" href="{address}">{state(run.state)}'
        f" <span>{escape(run.module)}</span></a>"
    )


def _linked(endpoint: str, name: str, told: str) -> str:
    return f'<a href="{link(endpoint, name)}">{escape(told)}</a>'


# Kept by the root below which the site stands and by language: they are few, and drawn in hundreds.
@lru_cache(maxsize=1024)
def _icon(root: str, name: str) -> Markup:
    icons = escape(url_for("static", filename="vendor/icons.svg"))
    return Markup(  # noqa: S704
        '<svg class="icon" aria-hidden="true" focusable="false">'
        f'<use href="{icons}#{escape(name)}"></use></svg>'
    )


@lru_cache(maxsize=1024)
def _state(root: str, name: str, language: str) -> Markup:
    words = state_of(name)
    return Markup(  # noqa: S704
        f'<span class="state state-{words.tone}">{_icon(root, words.icon)}{escape(words.label)}</span>'
    )


@lru_cache(maxsize=1024)
def _around_count(root: str, name: str, language: str) -> tuple[str, str]:
    words = state_of(name)
    before = f'<span class="state state-{words.tone}">{_icon(root, words.icon)}'
    return before, f" {escape(words.label)}</span>"


@lru_cache(maxsize=1024)
def _place(root: str, endpoint: str) -> str:
    """What comes before the name. With the name left out there is no such page, hence the mark."""
    (argument,) = next(current_app.url_map.iter_rules(endpoint)).arguments
    left_out: dict[str, Any] = {argument: "_"}
    return url_for(endpoint, **left_out).removesuffix("_")


@lru_cache(maxsize=1024)
def _label(name: str, language: str) -> str:
    return str(state_of(name).label)
