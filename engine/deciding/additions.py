"""Tags, tasks and notes of a record: compiled once for an account, made for each submission."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from connectors.base import Json, Kind
from connectors.catalog import Catalog
from engine.deciding.calendar import due
from engine.deciding.dates import read_moment
from engine.deciding.form import FormConfig
from engine.deciding.macros import compiled
from engine.deciding.module import ModuleConfig, macro_texts
from engine.deciding.names import told_once
from engine.deciding.parts import Part, Task, When
from engine.deciding.rows import Reader, texts_of
from engine.deciding.wanting import Addition


class CompiledAdditions:
    """What a part of a module adds to its record besides values."""

    def __init__(
        self, kind: Kind, part: Part, module: ModuleConfig, form: FormConfig, catalog: Catalog
    ) -> None:
        self._kind = kind
        self._tags = [(compiled(tag.tag), tag.when) for tag in part.tags]
        self._tasks = [CompiledTask(kind, task, form, catalog) for task in part.tasks]
        self._note = (compiled(part.note.text), part.note.when) if part.note else None
        self._mentioned = _mentioned(module, form) if part.rest else None

    def tags(self, reader: Reader) -> tuple[tuple[str, When], ...]:
        tags = {reader.text(text).strip(): when for text, when in self._tags}
        return tuple([(tag, when) for tag, when in tags.items() if tag])

    def tasks_and_notes(self, reader: Reader, received_at: datetime) -> tuple[Addition, ...]:
        """Come after all values, which may leave something to the notes."""
        additions = []
        for task in self._tasks:
            if addition := task.addition(reader, received_at):
                additions.append(addition)
        if self._note:
            source, when = self._note
            if text := reader.text(source).strip():
                additions.append(Addition(Kind.NOTE, {"text": text}, when))
        lines = [*reader.to_note.get(self._kind, ()), *self._rest(reader)]
        if lines:
            additions.append(Addition(Kind.NOTE, {"text": "\n".join(lines)}, When.ALWAYS))
        return tuple(additions)

    def _rest(self, reader: Reader) -> Iterator[str]:
        """The answers that no text of the module mentions, as lines; when the part asks for them."""
        if self._mentioned is None:
            return
        for name, answer in told_once(reader.answers).items():
            texts = texts_of(answer)
            if name not in self._mentioned and any(text.strip() for text in texts):
                yield f"{name}: {', '.join(texts)}"


def _mentioned(module: ModuleConfig, form: FormConfig) -> frozenset[str]:
    """The fields that the texts of ``module`` name, those with another name under their own, too."""
    texts = [compiled(source) for _, source in macro_texts(module)]
    names = {
        reference.removeprefix("field.")
        for text in texts
        for reference in text.references
        if reference.startswith("field.")
    }
    return frozenset(names | {key for alias, key in form.aliases.items() if alias in names})


class CompiledTask:
    """A task whose type and user are the account's ids.

    What the account lacks for it is told only when there is a task: one without a text is none.
    """

    def __init__(self, kind: Kind, task: Task, form: FormConfig, catalog: Catalog) -> None:
        self._task, self._kind, self._form = task, kind, form
        self._text = compiled(task.text)
        self._on = compiled(task.due.on) if task.due.on else None
        self._problems: list[str] = []
        self._warnings: list[str] = []
        self._ids = dict(self._named(catalog))

    def _named(self, catalog: Catalog) -> Iterator[tuple[str, str]]:
        """The fields that the task names, by id."""
        task = self._task
        if task.type is not None:
            if type := catalog.task_type(task.type):
                yield "type", type.id
            else:
                self._problems.append(f"there is no task type {task.type!r} in the CRM")
        if task.responsible is not None:
            user = catalog.user(task.responsible)
            if user is None:
                self._problems.append(
                    f"the {self._kind}'s task: there is no user {task.responsible!r} in the CRM"
                )
            elif user.active:
                yield "responsible", user.id
            else:
                self._warnings.append(f"{user.label} is deactivated in the CRM and gets no task")

    def addition(self, reader: Reader, received_at: datetime) -> Addition | None:
        """The task for one submission; ``received_at`` in the form's zone."""
        text = reader.text(self._text).strip()
        if not text:
            return None
        fields: dict[str, Json] = {
            "text": text,
            "due": self._due(reader, received_at),
            **self._ids,
        }
        reader.problems += self._problems
        reader.warnings += self._warnings
        return Addition(Kind.TASK, fields, self._task.when)

    def _due(self, reader: Reader, received_at: datetime) -> str:
        form, on = self._form, None
        if self._on is not None:
            written = reader.text(self._on)
            on = read_moment(written, region=form.region, zone=form.zone)
            if on is None and written.strip():
                reader.warnings.append(f"the {self._kind}'s task: its day cannot be read as a date")
        at = due(received_at, self._task.due, form.calendar, form.zone, on=on)
        return at.isoformat(timespec="seconds")
