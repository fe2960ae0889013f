"""Answers under every name of their fields, so that a renamed field breaks no module."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.deciding.answers import Answers
from engine.deciding.form import FormConfig

REPEATED = "repeated"
"""The root of names that stand for an answer which another name has already."""


def under_all_names(answers: Answers, form: FormConfig) -> Answers:
    """``answers`` with those of renamed fields under old and new names alike.

    An answer counts for its field under whatever name it came; one that came under the field's own
    key wins. What was sent stays under the name it was sent by.
    """
    sent, keys = answers.get("field", {}), form.aliases
    if not keys:
        return answers
    named: dict[str, Any] = {}
    for name, value in sent.items():
        key = keys.get(name, name)
        if key == name or key not in sent:
            named.setdefault(key, value)
        if name in keys and sent.get(key, named.get(key)) != value:
            named[name] = value  # both came, and say different things
    repeated: dict[str, str] = {}
    for alias, key in keys.items():
        if key in named and alias not in named:
            named[alias] = named[key]
            repeated[alias] = key
    return {**answers, "field": named, REPEATED: repeated}


def told_once(answers: Answers) -> Mapping[str, Any]:
    """Each answer by name, those of renamed fields under their own key only."""
    repeated = answers.get(REPEATED, {})
    return {name: value for name, value in answers.get("field", {}).items() if name not in repeated}
