"""Text that people edit: every mistake at once, each with its place and line."""

from __future__ import annotations

import pytest

from engine.deciding.documents import load
from engine.deciding.form import FormConfig
from tests.builders import module_config, module_document
from web.yaml_text import MOST_CHARACTERS, TextMistakes, read, write


def mistakes(text: str, **fixed: str) -> list[tuple[str, int | None]]:
    """Place and line of each mistake of a form's text."""
    with pytest.raises(TextMistakes) as told:
        read(text, lambda document: load(FormConfig, document), fixed)
    return [(mistake.path, mistake.line) for mistake in told.value.mistakes]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", [("", None)]),
        ("just words", [("", None)]),
        ("- a\n- b", [("", None)]),
        ("form: a\nname: [", [("", 2)]),
        ("form: a\nname: x\n\tzone: UTC", [("", 3)]),
        ("form: a\nname: x\ncolour: red", [("/colour", 3)]),
        (
            "form: A B\nzone: Mars\nper_minute: 0",
            [("/form", 1), ("/name", None), ("/per_minute", 3), ("/zone", 2)],
        ),
        ("form: a\nname: x\nfields:\n- key: k\n  type: colour", [("/fields/0/type", 5)]),
        ("form: a\nname: x\nfields:\n- label: k", [("/fields/0/key", 4)]),
        ("form: a\nname: x\nname: y", [("/name", 3)]),
        ("form: a\nname: x\nfields:\n- {key: k, key: l}", [("/fields/0/key", 4)]),
        ("form: a\nname: 2026-13-45", [("", None)]),
        ("form: !!python/object:os.system a", [("", 1)]),
        ("form: a\nname: x\x00", [("", None)]),
    ],
)
def test_every_mistake_has_its_place_and_line(text: str, expected: list[tuple[str, int | None]]):
    assert sorted(mistakes(text), key=lambda m: m[0]) == expected


@pytest.mark.parametrize(
    "text",
    [
        "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]",
        "[" * 10_000,
        "a: " * 1 + "{a: " * 5_000,
        "x" * (MOST_CHARACTERS + 1),
    ],
    ids=["aliases", "deep list", "deep mapping", "long"],
)
def test_a_text_that_would_be_expensive_is_refused_at_once(text: str):
    assert len(mistakes(text)) == 1


def test_what_a_page_may_not_change_is_a_mistake():
    assert mistakes("form: b\nname: x", form="a") == [("/form", 1)]


def test_a_written_module_reads_the_same_and_looks_as_people_write_it():
    config = module_config()
    text = write(config.model_dump(mode="json", exclude_defaults=True))
    assert "phone: '{{ field.phone }}'" in text
    assert read(text, type(config).model_validate, {"module": "sales"}) == config
    assert module_document()["module"] == "sales"


def test_a_text_of_several_lines_is_written_as_a_block():
    text = write({"deal": {"note": "Asked on {{ page.url }}\n\n{{ all_fields }}\n"}})
    assert text == "deal:\n  note: |\n    Asked on {{ page.url }}\n\n    {{ all_fields }}\n"
