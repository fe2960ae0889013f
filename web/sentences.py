"""What the rooms below `web` say, in the language of the person at the browser.

They speak English and know no gettext: their sentences stand in the database, in plans, in the answers
of the API and in logs. So a sentence is recognised here, at the border, by the template that it was
made from, and said anew. The templates stand in the catalogs, under a context of their own; see
``docs/decisions/languages.md``. What is not recognised is shown as it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

import re2
from babel.support import Translations
from flask import Flask
from flask_babel import get_locale

from engine.delivery.speech import ENGLISH, Speech
from web.language import LANGUAGES, catalog, later

STORED, RULE = "engine", "rule"
"""Contexts of the catalogs: sentences to be recognised, and what rules are put into words with."""

_MOST = 4_000  # characters of a text in which sentences are looked for
_MOST_PARTS = 30
_DEEPEST = 6
_HOLE = re.compile(r"%\((\w+)\)s")
_SEPARATORS = ("\n", "; ", ". ", ": ", ", ")
_KINDS: Mapping[str, str] = {
    "contact": later("contact"),
    "company": later("company"),
    "deal": later("deal"),
    "task": later("task"),
    "note": later("note"),
}
_FIELDS: Mapping[str, str] = {
    "name": later("name"),
    "phone": later("phone"),
    "email": later("e-mail"),
    "messenger": later("messenger"),
    "telegram": later("Telegram"),
}
_STATES: Mapping[str, str] = {
    "received": later("received"),
    "queued": later("queued"),
    "running": later("running"),
    "waiting": later("waiting"),
    "held": later("held"),
    "skipped": later("skipped"),
    "failed": later("failed"),
    "delivered": later("delivered"),
    "discarded": later("discarded"),
}
_ACTIONS: Mapping[str, str] = {
    "create": later("create"),
    "update": later("update"),
    "move": later("move"),
    "link": later("link"),
    "bundle": later("bundle"),
}
_PURPOSES: Mapping[str, str] = {
    "catalog": later("catalog"),
    "connect": later("connect"),
    "look": later("look"),
    "look for a lost write": later("look for a lost write"),
    "look for an adopted record": later("look for an adopted record"),
    "preview": later("preview"),
    "renew access": later("renew access"),
    "test": later("test"),
}
"""What calls are for."""
_WORDS: Mapping[str, Mapping[str, str]] = {
    "kind": _KINDS,
    "state": _STATES,
    "wanted": _STATES,
    "by": _FIELDS,
    "looked": _FIELDS,
    "word": {"true": later("true"), "false": later("false")},
    "action": _ACTIONS,
}
"""What single words mean, by the name of the value that they begin."""


def init_app(app: Flask) -> None:
    app.jinja_env.filters.update(deed_words=deed_words, row_words=row_words, translated=translated)


def translated(text: Any) -> str:
    """A sentence of the engine, of a connector or of a rule's check."""
    return _said(str(text), _language())


def speech_of(language: str) -> Speech:
    """How people who read ``language`` are written to, wherever it is done; English if it is not spoken."""
    return Speech(language, partial(_said, language=language)) if language in LANGUAGES else ENGLISH


def _said(sentence: str, language: str) -> str:
    book = _phrasebook(language, STORED) if len(sentence) <= _MOST else None
    return book.said(sentence) if book else sentence


def _language() -> str:
    locale = get_locale()
    return locale.language if locale else ""


def say(template: str, **values: str) -> str:
    """What `rules.builder` and `rules.sets` put rules into words with."""
    words: str = catalog(_language()).upgettext(RULE, template)
    return words % values


def row_words(text: str) -> str:
    """One condition of a rule, as a stored trace tells it."""
    book = _phrasebook(_language(), RULE)
    if book is None or len(text) > _MOST:
        return text
    for template in book.templates:
        if "operand" in template.pattern.groupindex and template.landmark in text:
            found = template.pattern.fullmatch(text)
            if found:
                values = found.groupdict().items()
                return template.meaning % {name: book.whole.get(one, one) for name, one in values}
    return text


def deed_words(text: str) -> str:
    """What a call or a step does, such as ``create deal``."""
    return _deed_words(text, _language())


def _deed_words(text: str, language: str) -> str:
    act, _blank, kind = text.partition(" ")
    if act in _ACTIONS and kind in _KINDS:
        words = {"act": _word(_ACTIONS[act], language), "kind": _word(_KINDS[kind], language)}
        return _word(later("%(act)s %(kind)s"), language) % words
    return _word(_PURPOSES[text], language) if text in _PURPOSES else text


def _word(word: str, language: str) -> str:
    return str(catalog(language).gettext(word))


@dataclass(frozen=True, slots=True)
class _Template:
    """``landmark`` stands in every text of this pattern."""

    pattern: Any  # of RE2, whose time grows with the text only: it holds what visitors wrote
    landmark: str
    meaning: str


@dataclass(frozen=True, slots=True)
class _Phrasebook:
    """Whole sentences, and templates: those with the most words of their own come first."""

    language: str
    whole: Mapping[str, str]
    templates: tuple[_Template, ...]

    def said(self, text: str) -> str:
        return self._known(text, _DEEPEST) or text

    def _known(self, text: str, depth: int) -> str | None:
        """``text`` in the book's language; None when nothing of it is recognised."""
        if not depth or " " not in text:
            return None
        if text in self.whole:
            return self.whole[text]
        if (said := self._in_parts(text, depth - 1, all)) is not None:
            return said
        for template in self.templates:
            if template.landmark in text and (found := template.pattern.fullmatch(text)):
                values = found.groupdict().items()
                return template.meaning % {
                    name: self._value(name, value, depth - 1) for name, value in values
                }
        return self._in_parts(text, depth - 1, any)

    def _value(self, name: str, value: str, depth: int) -> str:
        if name == "what":
            return _deed_words(value, self.language)
        if (said := self._known(value, depth)) is not None:
            return said
        words = _WORDS.get(name.rstrip("0123456789"))
        if not words:
            return value
        items = [item.partition(" ") for item in value.split(", ")]
        return ", ".join(
            f"{self._word(words[word]) if word in words else word}{blank}{rest}"
            for word, blank, rest in items
        )

    def _word(self, word: str) -> str:
        return _word(word, self.language)

    def _in_parts(
        self, text: str, depth: int, enough: Callable[[Iterable[bool]], bool]
    ) -> str | None:
        """Sentences that stand side by side, when ``enough`` of them are recognised."""
        for separator in _SEPARATORS:
            parts = text.split(separator)
            if not 1 < len(parts) <= _MOST_PARTS:
                continue
            known = [self._known(part, depth) for part in parts]
            if enough(one is not None for one in known):
                known[0] = known[0] or self._subject(parts[0])
                pairs = zip(known, parts, strict=True)
                return separator.join(one or part for one, part in pairs)
        return None

    def _subject(self, text: str) -> str | None:
        """What a warning is about, such as ``deal Budget``."""
        kind, _blank, label = text.partition(" ")
        return f"{self._word(_KINDS[kind])}, {label}" if label and kind in _KINDS else None


@cache
def _phrasebook(language: str, context: str) -> _Phrasebook | None:
    """The sentences of one context of a catalog; None for the language they are made in."""
    book = catalog(language)
    if not isinstance(book, Translations):
        return None
    lead = f"{context}\x04"
    pairs = {
        key.removeprefix(lead): meaning
        for key, meaning in book._catalog.items()  # gettext has no other way to list a catalog
        if isinstance(key, str) and key.startswith(lead)
    }
    templates = [text for text in pairs if _HOLE.search(text)]
    return _Phrasebook(
        language,
        {text % (): meaning % () for text, meaning in pairs.items() if text not in templates},
        tuple(
            _template(text, pairs[text]) for text in sorted(templates, key=_own_words, reverse=True)
        ),
    )


def _own_words(template: str) -> int:
    return len(_HOLE.sub("", template))


def _template(text: str, meaning: str) -> _Template:
    """The pattern of what ``text % values`` can come to."""
    literals_and_names = _HOLE.split(text)
    literals = [literal.replace("%%", "%") for literal in literals_and_names[::2]]
    names: set[str] = set()
    pattern = "(?s)" + re2.escape(literals[0])
    for name, literal in zip(literals_and_names[1::2], literals[1:], strict=True):
        pattern += ("(?:.*?)" if name in names else f"(?P<{name}>.*?)") + re2.escape(literal)
        names.add(name)
    return _Template(re2.compile(pattern), max(literals, key=len), meaning)
