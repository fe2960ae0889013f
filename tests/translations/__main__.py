"""Bring every catalog up to date with the code, and say what is left to translate."""

from __future__ import annotations

from tests.translations.catalogs import TARGETS, file_of, template, update


def main() -> None:
    wanted = template()
    for language in TARGETS:
        catalog = update(language, wanted)
        left = sum(1 for message in catalog if message.id and not any(_texts(message.string)))
        print(f"{file_of(language)}: {len(catalog)} strings, {left} to translate")


def _texts(string: object) -> tuple[object, ...]:
    return string if isinstance(string, tuple) else (string,)


if __name__ == "__main__":
    main()
