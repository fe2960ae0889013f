"""The catalogs hold every string of the code; those of languages that people can choose say all of it."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from babel.messages.catalog import Catalog, Message

from tests.translations.catalogs import TARGETS, stored, template
from web.language import LANGUAGES

_PLACEHOLDER = re.compile(r"%\(\w+\)[sd]")
CHOOSABLE = [language for language in LANGUAGES if language != "en"]


@pytest.fixture(scope="module")
def wanted() -> Catalog:
    return template()


@pytest.mark.parametrize("language", TARGETS)
def test_a_catalog_holds_just_the_strings_of_the_code(wanted: Catalog, language: str) -> None:
    there, asked = set(map(_key, _entries(stored(language)))), set(map(_key, _entries(wanted)))
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
def test_a_language_that_people_can_choose_is_complete(language: str) -> None:
    left = [message.id for message in _entries(stored(language)) if not all(_texts(message.string))]
    assert left == []


def _entries(catalog: Catalog) -> Iterator[Message]:
    return (message for message in catalog if message.id)


def _key(message: Message) -> tuple[str | None, tuple[str, ...]]:
    return message.context, _texts(message.id)


def _texts(string: str | list[str] | tuple[str, ...] | None) -> tuple[str, ...]:
    return (string or "",) if isinstance(string, str | None) else tuple(string)


def _values(text: str) -> list[str]:
    return sorted(set(_PLACEHOLDER.findall(text)))
