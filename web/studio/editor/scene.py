"""What stands around a tab: the draft's document, the account's catalog, the form's fields, a submission."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from flask import request

from connectors.base import Kind
from connectors.catalog import Catalog, Field, FieldType
from engine.deciding.form import FormConfig
from engine.deciding.macros import ALL_FIELDS, references
from engine.deciding.names import under_all_names
from engine.delivery.configs import form_config
from engine.storage.connections import stored_catalog
from engine.storage.models import Module
from engine.storage.seen_fields import Recent, SeenField
from web.studio.editor.results import Trial
from web.studio.fields_seen import fields_seen, submissions_seen
from web.studio.module_pages import document_in
from web.studio.planning import CHOICES, chosen_of

_WITH_KEYS_OF_THEIR_OWN: Mapping[Kind, frozenset[str]] = {
    Kind.CONTACT: frozenset({"responsible"}),
    Kind.COMPANY: frozenset({"responsible"}),
    Kind.DEAL: frozenset({"name", "budget", "pipeline", "stage", "responsible"}),
}
_NEVER_MAPPED = (FieldType.OPAQUE, FieldType.MESSENGER)


@dataclass(frozen=True, slots=True)
class FormInput:
    """One of the form's fields, declared or seen. ``answer`` is the chosen submission's.

    ``type`` is the declared one, ``options`` what the field declares, ``answers`` also what came.
    """

    name: str
    label: str
    answer: str
    answers: tuple[str, ...]
    type: str | None = None
    options: tuple[str, ...] = ()


@dataclass(frozen=True)
class Scene:
    """``catalog`` is None while the account was never read, ``sample`` while nothing came."""

    module: Module
    document: Mapping[str, Any]
    catalog: Catalog | None
    form: FormConfig
    seen: Mapping[str, SeenField]
    samples: Sequence[Recent]
    sample: Recent | None

    @cached_property
    def inputs(self) -> list[FormInput]:
        """The form's fields: those it declares, then what else it was seen to send."""
        declared = {field.key: field for field in self.form.fields}
        answers = (self._answers() or {}).get("field", {})
        others = [name for name in self.seen if name not in self.form.aliases]
        inputs = []
        for name in dict.fromkeys([*declared, *others]):
            field, seen = declared.get(name), self.seen.get(name)
            options = field.options if field else ()
            known = dict.fromkeys([*options, *(seen.answers if seen else ())])
            label = (field.label if field else "") or (seen.label if seen else "") or name
            kind = field.type if field else None
            answer = _text(answers.get(name))
            inputs.append(FormInput(name, label, answer, tuple(known), kind, options))
        return inputs

    def input(self, name: str) -> FormInput | None:
        return next((one for one in self.inputs if one.name == name), None)

    def fields(self, kind: Kind) -> list[Field]:
        """The CRM's fields that rows of ``kind`` may write."""
        own = _WITH_KEYS_OF_THEIR_OWN[kind]
        return [
            field
            for field in (self.catalog.fields.get(kind, ()) if self.catalog else ())
            if not field.read_only and field.type not in _NEVER_MAPPED and field.id not in own
        ]

    def name_of(self, kind: Kind, field: Field) -> str:
        """What a document calls ``field``: a word everybody knows, else its label if only it has that."""
        assert self.catalog is not None
        found = self.catalog.field(kind, field.label)
        if not field.id.isdigit() or found is None or found.id != field.id:
            return field.id
        return field.label

    def trial(self, kind: Kind) -> Trial | None:
        """What rows are tried with; None while the account was never read."""
        if self.catalog is None:
            return None
        return Trial(kind, self._answers(), self.catalog, self.form, [i.name for i in self.inputs])

    def unused(self, document: Mapping[str, Any]) -> list[FormInput]:
        """The form's fields that no text of ``document`` names."""
        used = {name for text in _texts(document) for name in references(text)}
        used |= {
            f"field.{key}" for alias, key in self.form.aliases.items() if f"field.{alias}" in used
        }
        return [one for one in self.inputs if f"field.{one.name}" not in used]

    def notes_all(self, document: Mapping[str, Any]) -> bool:
        """Whether some text has all answers, or a part puts the rest into its note."""
        parts = [document.get(kind) or {} for kind in ("contact", "company", "deal")]
        return any(part.get("rest") == "note" for part in parts) or any(
            ALL_FIELDS in references(text) for text in _texts(document)
        )

    def _answers(self) -> dict[str, Any] | None:
        if self.sample is None:
            return None
        name = self.document.get("name") or self.module.key
        answers = under_all_names(self.sample.answers, self.form)
        return {**answers, "module": {"key": self.module.key, "name": name}}


def scene_of(module: Module, *, tried: bool = True) -> Scene:
    """The draft's scene, else the live revision's.

    Where something is ``tried``, with the latest submissions and the one that the request asks for.
    """
    samples = submissions_seen(module.form_id)[:CHOICES] if tried else ()
    return Scene(
        module=module,
        document=document_in(module, "draft" if module.draft else "live"),
        catalog=stored_catalog(module.connection),
        form=form_config(module.form),
        seen=fields_seen(module.form_id),
        samples=samples,
        sample=chosen_of(samples, request.values.get("with", "")),
    )


def _texts(document: Any) -> Iterator[str]:
    """Every text in the document that has macros."""
    if isinstance(document, str):
        if "{{" in document:
            yield document
    elif isinstance(document, Mapping):
        for value in document.values():
            yield from _texts(value)
    elif isinstance(document, list | tuple):
        for value in document:
            yield from _texts(value)


def _text(answer: Any) -> str:
    return ", ".join(map(str, answer)) if isinstance(answer, list) else str(answer or "")
