"""Forms, connections and modules as YAML files: checked whole, applied whole, and written back."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import yaml
from sqlalchemy import select
from sqlalchemy.orm import Session

from connectors.errors import SettingsError
from connectors.registry import CONNECTORS, check_settings
from engine.deciding.advice import advice
from engine.deciding.connection import ConnectionConfig
from engine.deciding.documents import Document, DocumentMistakes, load, pointer
from engine.deciding.form import FormConfig
from engine.deciding.module import ModuleConfig, load_module
from engine.delivery.configs import form_config
from engine.storage.connections import save_connection, settings_of, spec_for
from engine.storage.forms import form_by_key, live_revision, save_form, save_module
from engine.storage.models import Connection, Form, Module
from engine.storage.secrets import Vault
from engine.storage.seen_fields import seen_fields
from rules.checking import Issue
from web.yaml_text import Mistake, TextMistakes, placed, read, write

_REFERENCE = re.compile(r"(\$+)\{([A-Z_][A-Z0-9_]*)\}")
"""``${NAME}``. With more than one dollar it stands for itself, with one dollar less."""


@dataclass(frozen=True, slots=True)
class Read:
    """One document of a file, the line it starts at, and its text."""

    config: Document
    line: int
    text: str = ""


def read_documents(text: str, environ: Mapping[str, str] = os.environ) -> list[Read]:
    """All documents of a file, secrets taken from ``environ``. Raises TextMistakes with every mistake."""
    documents, mistakes = [], []
    for line, part in _parts(text):
        try:
            config = read(part, lambda document: _load(document, environ), {})
            documents.append(Read(config, line, part))
        except TextMistakes as error:
            mistakes += [_moved(mistake, line - 1) for mistake in error.mistakes]
    if mistakes:
        raise TextMistakes(mistakes)
    return documents


def advised(document: Read, form: FormConfig, seen: Collection[str] = ()) -> list[Mistake]:
    """What a module of a file says and its writer hardly meant, with lines of the file."""
    if not isinstance(document.config, ModuleConfig):
        return []
    told = placed(document.text, advice(document.config, form, seen))
    return [_moved(mistake, document.line - 1) for mistake in told]


def advised_by_form(session: Session, document: Read) -> list[Mistake]:
    """`advised` by the form that is stored, and by what it was seen to send."""
    if not isinstance(document.config, ModuleConfig):
        return []
    form = form_by_key(session, document.config.form)
    if form is None:
        return []
    return advised(document, form_config(form), seen_fields(session, form.id).keys())


def apply(
    session: Session, vault: Vault, documents: Sequence[Read], *, author: str = ""
) -> list[str]:
    """Create or change what ``documents`` describe, and say what each one is.

    A module may name forms and connections that stand later in the same files or are there already.
    Raises NoSuchThing when one is nowhere.
    """
    told = []
    for shape, save in (
        (ConnectionConfig, lambda config: _save_connection(session, vault, config)),
        (FormConfig, lambda config: save_form(session, config)),
        (ModuleConfig, lambda config: save_module(session, config, author=author)),
    ):
        for document in documents:
            if isinstance(document.config, shape):
                save(document.config)
                told.append(_name(document.config))
    return told


def export(session: Session, vault: Vault) -> str:
    """Everything as one file that `apply` reads; each secret is a ``${NAME}`` to be put in place."""
    documents: list[Mapping[str, Any]] = []
    for connection in session.scalars(select(Connection).order_by(Connection.key)):
        documents.append(_connection_document(connection, vault))
    for form in session.scalars(select(Form).order_by(Form.key)):
        documents.append(form.config)
    for module in session.scalars(select(Module).order_by(Module.id)):
        documents.append(live_revision(session, module.id).document)
    return "---\n".join(write(document) for document in documents)


def _load(document: Any, environ: Mapping[str, str]) -> Document:
    """A module has a ``module``, a connection a ``connector``; anything else is read as a form."""
    if isinstance(document, dict) and "module" in document:
        return load_module(document)
    if isinstance(document, dict) and "connector" in document:
        return _load_connection(document, environ)
    return load(FormConfig, document)


def _load_connection(document: dict[str, Any], environ: Mapping[str, str]) -> ConnectionConfig:
    config = load(ConnectionConfig, document)
    issues = [
        Issue(pointer("settings", key), f"the environment has no {name}; set it")
        for key, value in config.settings.items()
        for dollars, name in _REFERENCE.findall(value)
        if dollars == "$" and name not in environ
    ]
    if config.connector not in CONNECTORS:
        known = ", ".join(sorted(CONNECTORS))
        issues.append(Issue("/connector", f"there is no {config.connector!r}; there are: {known}"))
    elif not issues:
        settings = {key: _put_in(value, environ) for key, value in config.settings.items()}
        config = config.model_copy(update={"settings": settings})
        issues += _setting_issues(config)
    if issues:
        raise DocumentMistakes(issues)
    return config


def _put_in(value: str, environ: Mapping[str, str]) -> str:
    """``value`` with what its references name."""
    return _REFERENCE.sub(
        lambda found: environ[found[2]] if found[1] == "$" else found[0].removeprefix("$"), value
    )


def _written(value: str) -> str:
    """``value`` so that `_put_in` leads back to it."""
    return _REFERENCE.sub(lambda found: f"${found[0]}", value)


def _setting_issues(config: ConnectionConfig) -> Iterator[Issue]:
    try:
        check_settings(CONNECTORS[config.connector][0], config.settings)
    except SettingsError as error:
        yield Issue("/settings", str(error))


def _save_connection(session: Session, vault: Vault, config: ConnectionConfig) -> None:
    save_connection(
        session,
        vault,
        key=config.connection,
        name=config.name or config.connection,
        connector=config.connector,
        settings=config.settings,
    )


def _connection_document(connection: Connection, vault: Vault) -> dict[str, Any]:
    secrets = spec_for(connection).secrets
    return {
        "connection": connection.key,
        "connector": connection.connector,
        "name": connection.name,
        "settings": {
            key: f"${{{secret_name(connection.key, key)}}}" if key in secrets else _written(value)
            for key, value in settings_of(connection, vault).items()
        },
    }


def secret_name(connection_key: str, setting_key: str) -> str:
    """The variable of the environment that stands for a secret in a file."""
    name = f"{connection_key}_{setting_key}".upper().replace("-", "_")
    return f"_{name}" if name[0].isdigit() else name


def _name(config: Document) -> str:
    match config:
        case ConnectionConfig():
            return f"connection {config.connection}"
        case ModuleConfig():
            return f"module {config.form}/{config.module}"
        case FormConfig():
            return f"form {config.form}"
    raise TypeError(f"{type(config).__name__} is no document of a file")


def _parts(text: str) -> Iterator[tuple[int, str]]:
    """Each document's first line and text."""
    starts: list[int] = []
    try:
        for token in yaml.scan(text, Loader=yaml.SafeLoader):
            if isinstance(token, yaml.DocumentStartToken):
                starts.append(token.end_mark.index)
    except yaml.YAMLError:
        pass  # where it breaks, `read` says so
    bounds = [0, *starts, len(text)]
    for start, end in pairwise(bounds):
        part = text[start:end]
        if end in starts:
            part = part.removesuffix("---")
        if any(line.strip() and not line.lstrip().startswith("#") for line in part.splitlines()):
            yield text.count("\n", 0, start) + 1, part


def _moved(mistake: Mistake, lines: int) -> Mistake:
    return replace(mistake, line=None if mistake.line is None else mistake.line + lines)
