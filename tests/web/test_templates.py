"""What visitors of other languages read can be translated."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from jinja2 import Environment
from jinja2.nodes import Output, TemplateData

import web

TEMPLATES = Path(web.__file__).with_name("templates")
SAME_EVERYWHERE = {"Formwire", "wide"}
"""The product's name, and a class of the style sheet."""


@pytest.mark.parametrize(
    "path", sorted(TEMPLATES.glob("public/*.html")), ids=lambda path: path.stem
)
def test_a_public_page_has_no_word_outside_its_translations(path: Path) -> None:
    outputs = Environment(autoescape=True).parse(path.read_text()).find_all(Output)
    parts = [node for output in outputs for node in output.nodes if isinstance(node, TemplateData)]
    text = re.sub(r"<[^<>]*>|^[^<>]*>|<[^<>]*$", " ", "0".join(part.data for part in parts))
    assert set(re.findall(r"[^\W\d_]{2,}", text)) <= SAME_EVERYWHERE
