"""The catalogs hold every string of the code; those of languages that people can choose say all of it."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from babel.messages.catalog import Catalog, Message

from tests.translations.catalogs import KEYWORDS, TARGETS, stored, template
from web.language import CATALOGS, LANGUAGES

_MARKED = re.compile(r"import n?p?(?:lazy_)?n?p?gettext as (\w+)")
_PLACEHOLDER = re.compile(r"%\(\w+\)[sd]")
CHOOSABLE = [language for language in LANGUAGES if language != "en"]


@pytest.fixture(scope="module")
def wanted() -> Catalog:
    return template()


def test_strings_are_marked_by_names_that_are_looked_for() -> None:
    files = [*CATALOGS.parent.rglob("*.py")]
    names = {name for file in files for name in _MARKED.findall(file.read_text("utf-8"))}
    assert names <= KEYWORDS.keys(), "a string marked otherwise is in no catalog"


@pytest.mark.parametrize("language", TARGETS)
def test_a_catalog_holds_just_the_strings_of_the_code(wanted: Catalog, language: str) -> None:
    there, asked = set(map(_key, _entries(stored(language)))), set(map(_key, _entries(wanted)))
    asked -= {_key(one) for one in _waiting(wanted, language)} - there
    assert there == asked, "run make translations, and translate what is new"


@pytest.mark.parametrize("language", TARGETS)
def test_what_is_translated_keeps_its_values_and_forms(language: str) -> None:
    catalog = stored(language)
    for message in _entries(catalog):
        assert not message.fuzzy, message.id
        texts = [text for text in _texts(message.string) if text]
        if message.pluralizable and texts:
            assert len(texts) == catalog.num_plurals, message.id
        for text in texts:
            assert _values(text) in [_values(one) for one in _texts(message.id)], message.id
            if message.context in ("engine", "rule") or _values(text):
                assert "%" not in _PLACEHOLDER.sub("", text).replace("%%", ""), message.id


@pytest.mark.parametrize("language", CHOOSABLE)
def test_a_language_that_people_can_choose_is_complete(wanted: Catalog, language: str) -> None:
    waiting = {_key(one) for one in _waiting(wanted, language)}
    left = [message.id for message in _untranslated(language) if _key(message) not in waiting]
    assert left == []


def test_only_whole_connectors_wait_for_their_translation(wanted: Catalog) -> None:
    """Theirs are shown in English meanwhile: who writes a connector need not speak every language."""
    both = Catalog()
    both.add("It has no marker", locations=[("connectors/acme/spec.py", 3)], context="engine")
    both.add("It has none either", locations=[("connectors/acme/api.py", 3)], context="engine")
    for message in _entries(wanted):
        both.add(message.id, locations=message.locations, context=message.context)
    new = {"It has no marker", "It has none either"}
    assert {one.id for one in _waiting(both, "uk")} - {
        one.id for one in _waiting(wanted, "uk")
    } == new
    both.add("It is new", locations=[("connectors/kommo/spec.py", 3)], context="engine")
    assert "It is new" not in {one.id for one in _waiting(both, "uk")}


def _waiting(wanted: Catalog, language: str) -> list[Message]:
    """What only connectors say of which nothing is translated yet."""
    known = {_key(one) for one in _entries(stored(language)) if all(_texts(one.string))}
    said_by = [(message, _connectors(message)) for message in _entries(wanted)]
    own = [(message, *folders) for message, folders in said_by if len(folders) == 1]
    new = {folder for _, folder in own} - {folder for one, folder in own if _key(one) in known}
    return [message for message, folders in said_by if folders - {""} and folders <= new - {""}]


def _connectors(message: Message) -> set[str]:
    """The connectors' folders that say it; empty text for any other place."""
    return {re.sub(r"^(?:connectors/(\w+)/)?.*", r"\1", file) for file, _ in message.locations}


def _untranslated(language: str) -> list[Message]:
    return [one for one in _entries(stored(language)) if not all(_texts(one.string))]


def _entries(catalog: Catalog) -> Iterator[Message]:
    return (message for message in catalog if message.id)


def _key(message: Message) -> tuple[str | None, tuple[str, ...]]:
    return message.context, _texts(message.id)


def _texts(string: str | list[str] | tuple[str, ...] | None) -> tuple[str, ...]:
    return (string or "",) if isinstance(string, str | None) else tuple(string)


def _values(text: str) -> list[str]:
    return sorted(set(_PLACEHOLDER.findall(text)))
