"""Sentences of the engine are recognised, whatever stands in them, and said in another language."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import write_po
from flask import Flask
from flask_babel import force_locale

from rules.builder import sentence
from web import language, sentences
from web.sentences import RULE, STORED, row_words, say, speech_of, translated

MEANINGS = {
    (STORED, "the CRM refused %(named)s: %(error)s"): "CRM відмовила, %(named)s: %(error)s",
    (STORED, "the CRM asks to wait: %(error)s"): "CRM просить зачекати: %(error)s",
    (STORED, "%(place)s: too many calls"): "%(place)s: забагато викликів",
    (STORED, "the CRM has no %(kind)s field %(field)s"): "у CRM немає поля %(field)s (%(kind)s)",
    (STORED, "matched by %(by)s"): "знайдено за: %(by)s",
    (STORED, "is missing; add it"): "бракує; додайте",
    (STORED, "%(name)s is not known here; %(hint)s"): "%(name)s тут невідоме; %(hint)s",
    (STORED, "did you mean %(near)s?"): "може, %(near)s?",
    (STORED, "100%% of %(count)s"): "100%% з %(count)s",
    (STORED, "%(root)s needs a name, such as %(root)s.%(value)s"): "%(root)s: %(root)s.%(value)s",
    (RULE, "%(operand)s equals %(value)s"): "%(operand)s дорівнює %(value)s",
    (RULE, "%(one)s and %(other)s"): "%(one)s і %(other)s",
    (RULE, "the weekday"): "день тижня",
    (RULE, "Monday"): "понеділок",
    (None, "contact"): "контакт",
    (None, "phone"): "телефон",
}


@pytest.fixture
def ukrainian(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    catalog = Catalog(locale="uk")
    for (context, text), meaning in MEANINGS.items():
        catalog.add(text, meaning, context=context)
    file = tmp_path / "uk" / "LC_MESSAGES" / "messages.po"
    file.parent.mkdir(parents=True)
    with file.open("wb") as target:
        write_po(target, catalog)
    monkeypatch.setattr(language, "CATALOGS", tmp_path)
    _forget()
    yield app
    _forget()


def _forget() -> None:
    language.catalog.cache_clear()
    sentences._phrasebook.cache_clear()


@pytest.mark.parametrize(
    ("english", "said"),
    [
        ("is missing; add it", "бракує; додайте"),
        ("the CRM asks to wait: POST /x: too many calls", "CRM просить зачекати: POST /x: забагато викликів"),
        ("the CRM has no contact field City", "у CRM немає поля City (контакт)"),
        ("matched by phone +380, contact of ours", "знайдено за: телефон +380, contact of ours"),
        ("nmae is not known here; did you mean 'name'?", "nmae тут невідоме; може, 'name'?"),
        ("POST /x: too many calls; is missing; add it", "POST /x: забагато викликів; is missing; add it"),
        ("Ada: GET /y: too many calls", "Ada: GET /y: забагато викликів"),
        ("contact City: is missing; add it", "контакт, City: бракує; додайте"),
        ("100% of 7", "100% з 7"),
        ("user needs a name, such as user.email", "user: user.email"),
        ("the CRM refused %(s): 50% off", "CRM відмовила, %(s): 50% off"),
        ("The server melted", "The server melted"),
        ("contact", "contact"),
        ("x" * 5_000, "x" * 5_000),
        ("", ""),
    ],
)  # fmt: skip
def test_a_sentence_is_recognised_by_its_template(
    ukrainian: Flask, english: str, said: str
) -> None:
    with ukrainian.test_request_context(), force_locale("uk"):
        assert translated(english) == said


def test_a_rule_is_put_into_the_words_of_a_language(ukrainian: Flask) -> None:
    rule = {
        "and": [{"==": [{"var": "field.city"}, "Kyiv"]}, {"==": [{"var": "time.weekday"}, "1"]}]
    }
    with ukrainian.test_request_context(), force_locale("uk"):
        assert sentence(rule, say) == 'city дорівнює "Kyiv" і день тижня дорівнює понеділок'
    assert sentence(rule) == 'city equals "Kyiv" and the weekday equals Monday'


def test_a_condition_of_a_stored_trace_is_said_anew(ukrainian: Flask) -> None:
    with ukrainian.test_request_context(), force_locale("uk"):
        assert row_words('city equals "Kyiv"') == 'city дорівнює "Kyiv"'
        assert row_words("the weekday equals Monday") == "день тижня дорівнює понеділок"
        assert row_words('{"some": []}') == '{"some": []}'


def test_english_stays_as_it_is(app: Flask) -> None:
    with app.test_request_context():
        assert translated("is missing; add it") == "is missing; add it"


def test_a_sentence_is_said_where_nobody_asks_for_a_page(ukrainian: Flask) -> None:
    """As in the schedule's process, which sends mail."""
    told = "the CRM refused contact Ada: the CRM has no contact field X"
    speech = speech_of("uk")
    assert speech.language == "uk"
    assert speech.told(told) == "CRM відмовила, contact Ada: у CRM немає поля X (контакт)"
    for code in ("en", "", "xx", "../../etc"):
        assert speech_of(code).language == "en"
        assert speech_of(code).told(told) == told
