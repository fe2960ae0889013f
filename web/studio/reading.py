"""What a module's text says: when it runs, and what its writer hardly meant."""

from __future__ import annotations

from dataclasses import dataclass

from engine.deciding.advice import advice
from engine.deciding.module import load_module
from engine.delivery.configs import form_config
from engine.storage.models import Module
from rules.sets import sentence_of_set
from web.sentences import say
from web.studio.fields_seen import fields_seen
from web.yaml_text import Mistake, TextMistakes, placed, read


@dataclass(frozen=True, slots=True)
class Reading:
    """``sentence`` tells the module's rules in words."""

    sentence: str
    warnings: list[Mistake]


def reading_of(module: Module, text: str) -> Reading | None:
    """None for a text that is no module."""
    try:
        config = read(text, load_module, {})
    except TextMistakes:
        return None
    seen = fields_seen(module.form_id).keys()
    told = advice(config, form_config(module.form), seen)
    return Reading(sentence_of_set(config.active.rules, say), placed(text, told))
