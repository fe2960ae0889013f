"""What the guide and the examples show can be used as it stands."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from engine.deciding.documents import load
from engine.deciding.form import FormConfig
from engine.deciding.module import load_module
from engine.deciding.spam import CHECKS
from tests.docs.keys import MARKED, PAGES, schemas, with_tables
from web.documents import read_documents

DOCS = Path(__file__).parents[2] / "docs"
SMALLEST: Mapping[str, Any] = {
    "form": "demo",
    "module": "sales",
    "connection": "main",
    "contact": {"fields": {"email": "{{ field.email }}"}},
}
"""A module that a fragment completes."""

ON_OTHER_PAGES = {
    "Conversion": "mapping.md",
    "DateFormat": "mapping.md",
    "MoneyFormat": "mapping.md",
    "NumberFormat": "mapping.md",
    "PhoneFormat": "mapping.md",
    "Unknown": "mapping.md",
    "YesNoWords": "mapping.md",
}


def blocks(language: str) -> list[Any]:
    """Every block of ``language`` in the guide, named by its page and line."""
    found = []
    for page in sorted((DOCS / "guide").glob("*.md")):
        text = page.read_text(encoding="utf-8")
        for block in re.finditer(rf"^```{language}\n(.*?)^```", text, re.DOTALL | re.MULTILINE):
            line = text.count("\n", 0, block.start()) + 1
            found.append(pytest.param(block[1], id=f"{page.name}:{line}"))
    return found


@pytest.mark.parametrize("text", blocks("yaml"))
def test_every_piece_of_yaml_is_part_of_a_document_without_mistakes(text: str) -> None:
    for fragment in yaml.safe_load_all(text):
        if "form" in fragment and "module" not in fragment:
            load(FormConfig, fragment)
        else:
            load_module(together(SMALLEST, fragment))


@pytest.mark.parametrize("text", blocks("json"))
def test_every_piece_of_json_is_json(text: str) -> None:
    json.loads(text)


@pytest.mark.parametrize(
    "file", sorted((DOCS / "examples").rglob("*.yaml")), ids=lambda file: file.stem
)
def test_every_example_is_without_mistakes_and_explains_itself(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    assert read_documents(text, {"KOMMO_TOKEN": "a-token"})
    assert text.startswith("# ")


def test_every_picture_is_there_and_shown() -> None:
    pages = [*DOCS.rglob("*.md"), DOCS.parent / "README.md"]
    shown = {
        (page.parent / name).resolve()
        for page in pages
        for name in re.findall(r"!\[[^\]]+\]\(([^)]+)\)", page.read_text(encoding="utf-8"))
    }
    assert shown == set((DOCS / "images").iterdir())


TABLES = "".join(page.read_text(encoding="utf-8") for page in PAGES)


@pytest.mark.parametrize("file", PAGES, ids=lambda file: file.stem)
def test_the_tables_of_keys_are_up_to_date(file: Path) -> None:
    page = file.read_text(encoding="utf-8")
    assert page == with_tables(page), "make them anew: python -m tests.docs.keys"


def test_the_guide_tells_every_spam_check_with_its_points() -> None:
    told = re.findall(r"^\| ([a-z ]+) \| (\d+) \|", TABLES, re.MULTILINE)
    assert told == [(check.name, str(check.points)) for check in CHECKS]


def test_every_part_of_a_module_has_its_table() -> None:
    shown = {mark[1] for mark in MARKED.finditer(TABLES)}
    parts = {name for name, schema in schemas().items() if "properties" in schema}
    assert shown | set(ON_OTHER_PAGES) == parts


@pytest.mark.parametrize("part", sorted(MARKED.findall(TABLES)))
def test_every_key_stands_in_an_example(part: tuple[str, str]) -> None:
    shown = {key for block in blocks("yaml") for key in keys(block.values[0])}
    assert set(schemas()[part[0]]["properties"]) - shown == set()


def keys(text: str) -> set[str]:
    """Every key of a YAML text."""
    return {
        event.value
        for event in yaml.parse(text, Loader=yaml.SafeLoader)
        if isinstance(event, yaml.ScalarEvent)
    }


def together(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """Both, where mappings on both sides are put together too."""
    both = {**one, **other}
    for key in one.keys() & other.keys():
        if isinstance(one[key], Mapping) and isinstance(other[key], Mapping):
            both[key] = together(one[key], other[key])
    return both
