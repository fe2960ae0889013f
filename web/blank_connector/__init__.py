"""A connector of which everything but the work is there: its files, laid out in the source.

The templates beside this file have ``${name}``, ``${cls}``, ``${const}`` and ``${label}``.
"""

from __future__ import annotations

import keyword
import re
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from string import Template

from connectors.registry import CONNECTORS

REGISTRY = "connectors/registry.py"
FILES: Mapping[str, str] = {
    "connectors/{name}/__init__.py": "package",
    "connectors/{name}/spec.py": "spec",
    "connectors/{name}/connector.py": "connector",
    "connectors/{name}/simulator/__init__.py": "simulator",
    "connectors/{name}/simulator/account.py": "account",
    "connectors/{name}/simulator/api.py": "api",
    "connectors/{name}/simulator/dialect.py": "dialect",
    "connectors/{name}/simulator/showcase.py": "showcase",
    "tests/conformance/test_{name}.py": "conformance",
    "tests/connectors/{name}/__init__.py": "",
    "tests/connectors/{name}/ledger.py": "ledger",
    "docs/connectors/{name}.md": "page",
}
"""Place in the source to the template's name; without one the file is empty."""

_PLACES = (REGISTRY, "tests/conformance", "tests/connectors", "docs/connectors")
_NAME = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*")
_LONGEST_NAME = 20
_LABEL = re.compile(r"\w(?:[\w .+-]{0,28}\w)?")
_IMPORT = r"from (?:connectors|tests)[.\w]* import (?:\([^)]*\)|[^\n(]*)\n"
_ROW_GOES_BEFORE = "\n}\n"


class LayoutError(Exception):
    """A connector cannot be laid out; nothing was written. The message names the remedy."""


def lay_out(root: Path, name: str, label: str = "") -> list[str]:
    """Write the files of the connector ``name`` into the source at ``root``, and its row.

    Returns the paths of the new files. Raises LayoutError.
    """
    label = label or " ".join(part.capitalize() for part in name.split("_"))
    _check(root, name, label)
    words = {
        "name": name,
        "cls": "".join(part.capitalize() for part in name.split("_")),
        "const": name.upper(),
        "label": label,
    }
    texts = {path.format(name=name): _text(template, words) for path, template in FILES.items()}
    registry = _with_row((root / REGISTRY).read_text(encoding="utf-8"), words)
    for path, text in texts.items():
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("x", encoding="utf-8") as new:
            new.write(text)
    (root / REGISTRY).write_text(registry, encoding="utf-8")
    return list(texts)


def _check(root: Path, name: str, label: str) -> None:
    missing = [place for place in _PLACES if not (root / place).exists()]
    if missing:
        raise LayoutError(
            f"{root} is no checkout of Formwire's source (there is no {missing[0]}): "
            "go to its topmost folder and try again"
        )
    if not _NAME.fullmatch(name) or keyword.iskeyword(name) or len(name) > _LONGEST_NAME:
        raise LayoutError(
            f"{name!r} is no name for a connector: small letters, digits and single underscores, "
            f"beginning with a letter, at most {_LONGEST_NAME}, such as acme_crm"
        )
    if not _LABEL.fullmatch(label):
        raise LayoutError(
            f"{label!r} is no label: at most 30 letters, digits, blanks, dots, hyphens and pluses"
        )
    paths = [path.format(name=name) for path in FILES]
    there = [f"connectors/{name}", f"connectors/{name}.py", *paths]
    taken = [path for path in there if (root / path).exists()]
    if taken or name in CONNECTORS:
        raise LayoutError(f"{name} is taken (by {(taken or [REGISTRY])[0]}): choose another name")


def _text(template: str, words: Mapping[str, str]) -> str:
    if not template:
        return ""
    text = files(__name__).joinpath(f"{template}.txt").read_text(encoding="utf-8")
    return _with_imports_in_order(Template(text).substitute(words))


def _with_row(registry: str, words: Mapping[str, str]) -> str:
    """The table of connectors with one more row, the last, and what it imports."""
    name, const, connector = words["name"], words["const"], f"{words['cls']}Connector"
    imports = re.search(_IMPORT, registry)
    table = registry.find("CONNECTORS: Mapping")
    end = registry.find(_ROW_GOES_BEFORE, table)
    if imports is None or -1 in (table, end):
        raise LayoutError(f"{REGISTRY} is not as expected: add the row to its table by hand")
    return _with_imports_in_order(
        registry[: imports.start()]
        + f"from connectors.{name}.connector import {connector}\n"
        + f"from connectors.{name}.spec import {const}\n"
        + registry[imports.start() : end]
        + f"\n    {const}.key: ({const}, {connector}),"
        + registry[end:]
    )


def _with_imports_in_order(text: str) -> str:
    """The order depends on the name: each block of our own imports is sorted as the linter wants it."""

    def in_order(block: re.Match[str]) -> str:
        return "".join(sorted(re.findall(_IMPORT, block[0]), key=_by_module))

    return re.sub(rf"(?m)^(?:{_IMPORT})+", in_order, text)


def _by_module(statement: str) -> list[tuple[str, int]]:
    """A key that puts a9 before a10."""
    module = statement.split()[1]
    return [(word, int(digits or 0)) for word, digits in re.findall(r"(\D+)(\d*)", module)]
