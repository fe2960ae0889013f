"""The strings that Formwire shows people, and the catalogs that translate them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from babel import Locale
from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract
from babel.messages.pofile import read_po, write_po

from tests.translations import sentences
from web.language import CATALOGS

TARGETS = ("uk", "ru", "es")
_ROOT = Path(__file__).parents[2]
KEYWORDS = {
    **DEFAULT_KEYWORDS,
    "lazy_gettext": None,
    "lazy_pgettext": ((1, "c"), 2),
    "_l": None,
    "later": None,
}
_JINJA = {"silent": "false", "encoding": "utf-8"}
_UNSEEN = (
    "connectors/*/catalog.py",  # names of the CRM's own fields, by which modules call them
    "connectors/*/parts.py",
    "connectors/memory/*.py",
    "connectors/simulation/*.py",
    "connectors/*/simulator/*.py",
    "engine/mail_server.py",  # told to operators, in terminals and logs
    "engine/settings.py",
    "engine/totp.py",
    "engine/deciding/amounts.py",  # words that visitors write
    "engine/deciding/file_types.py",
    "engine/deciding/suggesting.py",
    "engine/deciding/rendering.py",
    "engine/delivery/messages.py",  # mails are put together of what is said elsewhere
    "engine/delivery/invitation_mail.py",
    "engine/delivery/proofs.py",
    "engine/delivery/redis_book.py",
    "engine/delivery/signing.py",
    "engine/delivery/worker.py",
    "engine/storage/base.py",
    "engine/storage/database.py",
    "engine/storage/days.py",
    "engine/storage/channels.py",
    "engine/storage/grants.py",
    "engine/storage/memories.py",
    "engine/storage/migrations/**/*.py",
    "engine/storage/model*.py",
    "engine/storage/turns.py",
    "engine/storage/second_step.py",
    "engine/storage/secrets.py",
    "engine/storage/sign_ins.py",
    "rules/dates.py",
    "rules/numbers.py",
)
"""Files below `web` whose texts no page shows."""
_ENGLISH = ("web/documents.py", "web/yaml_text.py")
"""Files of `web` that the command line uses too, which speaks English."""


def template() -> Catalog:
    """Every string that is to be translated, in the order of files."""
    found = Catalog()
    unseen = {file for pattern in _UNSEEN for file in _ROOT.glob(pattern)}
    for room in ("web", "engine", "connectors", "rules"):
        for file in sorted((_ROOT / room).rglob("*.py")):
            if file not in unseen:
                _add(found, file)
    for file in sorted((_ROOT / "web" / "templates").rglob("*.html")):
        _add(found, file)
    return found


def _add(found: Catalog, file: Path) -> None:
    place = file.relative_to(_ROOT)
    with file.open("rb") as source:
        for line, message, comments, context in _extracted(source, place):
            found.add(
                message,
                None,
                [(place.as_posix(), line)],
                auto_comments=comments,
                context=context,
            )


def _extracted(source: object, place: Path) -> Iterator[tuple[int, object, list[str], str | None]]:
    if place.parts[0] != "web" or place.as_posix() in _ENGLISH:
        return extract(sentences.extract, source)
    if place.suffix == ".html":
        return extract("jinja2.ext:babel_extract", source, KEYWORDS, options=_JINJA)
    return extract(
        "python", source, KEYWORDS, comment_tags=("Translators:",), strip_comment_tags=True
    )


def file_of(language: str) -> Path:
    return CATALOGS / language / "LC_MESSAGES" / "messages.po"


def stored(language: str) -> Catalog:
    file = file_of(language)
    if not file.exists():
        heading = (
            f"# Formwire in {Locale(language).english_name}. Words to keep to: docs/glossary.md"
        )
        return Catalog(locale=language, header_comment=heading, fuzzy=False)
    with file.open("rb") as source:
        return read_po(source, locale=language)


def update(language: str, wanted: Catalog) -> Catalog:
    """Bring the catalog of ``language`` up to date: new strings are empty, those of no use are gone."""
    catalog = stored(language)
    catalog.update(wanted, no_fuzzy_matching=True, update_creation_date=False)
    catalog.obsolete.clear()
    file = file_of(language)
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("wb") as target:
        write_po(target, catalog, width=100, include_lineno=False)
    return catalog
