"""Commands that move forms, connections and modules in and out as files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

import click

from engine.deciding.form import FormConfig
from engine.deciding.module import ModuleConfig
from engine.storage.audit import add_entry
from engine.storage.forms import NoSuchThing
from web.cli.start import opened, operator, refuse
from web.documents import Read, advised, advised_by_form, export, read_documents
from web.documents import apply as apply_documents
from web.yaml_text import Mistake, TextMistakes

_FILES = click.argument(
    "files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)


@click.command()
@_FILES
def check(files: tuple[Path, ...]) -> None:
    """List every mistake in FILES, each with its line and place, and warnings.

    Warnings compare a module with the fields of its form, if that stands in FILES, too.
    """
    documents = _read(files)
    forms = {
        read.config.form: read.config
        for _, read in documents
        if isinstance(read.config, FormConfig)
    }
    warnings = 0
    for file, read in documents:
        if isinstance(read.config, ModuleConfig) and read.config.form in forms:
            warnings += _warn(file, advised(read, forms[read.config.form]))
    told = f", {warnings} warnings" if warnings else ""
    click.echo(f"{len(documents)} documents, no mistakes{told}")


@click.command()
@_FILES
def apply(files: tuple[Path, ...]) -> None:
    """Create or change the forms, connections and modules in FILES, all or none."""
    documents = _read(files)
    instance = opened()
    try:
        with instance.database.write() as session:
            reads = [read for _, read in documents]
            told = apply_documents(session, instance.vault, reads, author="formwire apply")
            for line in told:
                noun, _, target = line.partition(" ")
                add_entry(session, operator(), "apply", noun, target)
    except NoSuchThing as error:
        refuse(f"nothing was changed: {error}")
    for line in told:
        click.echo(line)
    with instance.database.read() as session:
        for file, read in documents:
            _warn(file, advised_by_form(session, read))


@click.command(name="export")
def export_() -> None:
    """Write everything as a file that apply reads, secrets as ${NAMES}."""
    instance = opened()
    with instance.database.read() as session:
        click.echo(export(session, instance.vault), nl=False)


def _warn(file: Path, warnings: Sequence[Mistake]) -> int:
    """Tell the warnings about a document of ``file``, and how many they are."""
    for one in warnings:
        click.echo(f"{file}:{one.line or 1}: {one.path or '/'}: warning: {one.message}", err=True)
    return len(warnings)


def _read(files: tuple[Path, ...]) -> list[tuple[Path, Read]]:
    documents: list[tuple[Path, Read]] = []
    mistakes: list[str] = []
    for file in files:
        try:
            text = file.read_text(encoding="utf-8")
            documents += [(file, read) for read in read_documents(text)]
        except TextMistakes as error:
            mistakes += [
                f"{file}:{mistake.line or 1}: {mistake.path or '/'}: {mistake.message}"
                for mistake in error.mistakes
            ]
        except UnicodeDecodeError:
            mistakes.append(f"{file}:1: /: is not UTF-8 text; save it as UTF-8")
    if mistakes:
        _give_up(mistakes)
    return documents


def _give_up(mistakes: list[str]) -> NoReturn:
    for mistake in mistakes:
        click.echo(mistake, err=True)
    refuse(f"{len(mistakes)} mistakes, nothing was changed")
