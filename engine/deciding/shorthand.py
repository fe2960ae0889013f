"""Parts of documents that people may write shorter than they are."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from difflib import get_close_matches
from functools import cached_property
from typing import Any, ClassVar

from pydantic import SerializerFunctionWrapHandler, model_serializer, model_validator

from engine.deciding.documents import Document


class Setting(Document):
    """A part whose field named ``short`` may stand for the whole: ``date: DD.MM.YYYY``."""

    short: ClassVar[str]

    @model_validator(mode="before")
    @classmethod
    def _of_short_form(cls, written: Any) -> Any:
        return written if isinstance(written, dict | cls) else {cls.short: written}

    @model_serializer(mode="wrap")
    def _in_short_form(self, whole: SerializerFunctionWrapHandler) -> Any:
        written = whole(self)
        others = (name for name in type(self).model_fields if name != self.short)
        plain = all(getattr(self, name) == self._default(name) for name in others)
        return written[self.short] if plain and self.short in written else written

    def _default(self, name: str) -> Any:
        return type(self).model_fields[name].get_default(call_default_factory=True)


class OneOf(Document):
    """A part with exactly one key; one of ``bare`` may stand alone, as a word, for the setting there."""

    bare: ClassVar[Mapping[str, Any]]

    @model_validator(mode="before")
    @classmethod
    def _of_word(cls, written: Any) -> Any:
        if isinstance(written, cls):
            return written
        if not isinstance(written, str | dict):
            raise ValueError(f"is a word such as {next(iter(cls.bare))}, or a key with its setting")  # noqa: TRY004
        entries = {written: None} if isinstance(written, str) else written
        if len(entries) != 1:
            raise ValueError(f"takes one key, not {len(entries)}: {', '.join(map(str, entries))}")
        ((name, setting),) = entries.items()
        if name not in cls.model_fields:
            raise ValueError(cls._unknown(str(name)))
        if setting is None and name not in cls.bare:
            example = (cls.model_fields[name].examples or ["…"])[0]
            raise ValueError(f"{name} needs a setting, such as {name}: {example}")
        return {name: cls.bare[name] if setting is None else setting}

    @classmethod
    def _unknown(cls, name: str) -> str:
        near = get_close_matches(name, cls.model_fields, n=1)
        hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(cls.model_fields)}"
        return f"{name!r} is not known here; {hint}"

    @model_serializer(mode="wrap")
    def _as_word(self, whole: SerializerFunctionWrapHandler) -> Any:
        name, setting = self.chosen
        return name if self.bare.get(name) == setting else {name: whole(self)[name]}

    @cached_property
    def chosen(self) -> tuple[str, Any]:
        """The key and its setting."""
        settings = ((name, getattr(self, name)) for name in type(self).model_fields)
        return next((name, setting) for name, setting in settings if setting is not None)


def as_text(written: Any) -> Any:
    """The text that people mean by a bare number, date or truth value in a document."""
    if isinstance(written, bool):
        return "true" if written else "false"
    if isinstance(written, date):
        return written.isoformat()
    return str(written) if isinstance(written, int | float) else written
