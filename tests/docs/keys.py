"""The tables of keys in the guide, made of the documents' JSON Schema.

    python -m tests.docs.keys

writes them anew between their marks, such as ``<!-- keys: Task -->`` and ``<!-- end -->``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from engine.deciding.form import FormConfig
from engine.deciding.module import ModuleConfig

GUIDE = Path(__file__).parents[2] / "docs" / "guide"
PAGES = (GUIDE / "module.md", GUIDE / "spam-and-files.md", GUIDE / "forms.md")
OF_FORMS = ("WorkingCalendar", "SpamChecks", "Uploads", "FormField", "HostedPage")
MARKED = re.compile(r"<!-- keys: (\w+)(?: besides (\w+))? -->\n.*?<!-- end -->", re.DOTALL)

Schema = Mapping[str, Any]


def schemas() -> dict[str, Schema]:
    """Each shape of the module's document by name, and some of the form's."""
    whole = ModuleConfig.model_json_schema()
    of_form = FormConfig.model_json_schema()["$defs"]
    return {
        "ModuleConfig": whole,
        **whole["$defs"],
        **{name: of_form[name] for name in OF_FORMS},
    }


def with_tables(page: str) -> str:
    """``page`` with every marked table as the code has it."""
    known = schemas()

    def table(mark: re.Match[str]) -> str:
        name, besides = mark[1], mark[2]
        shared = known[besides]["properties"] if besides else {}
        lines = "\n".join(_lines(known[name], shared))
        return f"{mark[0].splitlines()[0]}\n{lines}\n<!-- end -->"

    return MARKED.sub(table, page)


def _lines(schema: Schema, shared: Mapping[str, Any]) -> Iterator[str]:
    yield "| key | takes | if left out |"
    yield "|---|---|---|"
    required = schema.get("required", ())
    for key, value in schema["properties"].items():
        if shared.get(key) != value:
            default = "must be there" if key in required else _default(value)
            yield f"| `{key}` | {_takes(value)} | {default} |"


def _default(schema: Schema) -> str:
    default = schema.get("default")
    if default in (None, "", [], {}):
        return ""
    if isinstance(default, Mapping):
        told = [(key, one) for key, one in default.items() if one and isinstance(one, str | int)]
        return ", ".join(f"`{key}: {_written(one)}`" for key, one in told)
    return f"`{_written(default)}`"


def _written(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _takes(schema: Schema | bool) -> str:
    if isinstance(schema, bool):
        return "a rule"
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        options = schemas()[name].get("enum")
        return _options(options) if options else _named(name)
    if "enum" in schema or "const" in schema:
        return _options(schema.get("enum") or [schema["const"]])
    if "anyOf" in schema:
        return " or ".join(_takes(one) for one in schema["anyOf"] if one.get("type") != "null")
    match schema.get("type"):
        case "array":
            return f"a list: {_takes(schema['items'])}"
        case "object":
            return f"names, each with {_takes(schema['additionalProperties'])}"
        case "integer":
            low, high = schema.get("minimum"), schema.get("maximum")
            return "a whole number" + (f", {low:,} to {high:,}" if high is not None else "")
        case "number":
            return f"a number, {schema['minimum']:,} to {schema['maximum']:,}"
        case "boolean":
            return "`true` or `false`"
        case "string":
            return "a text"
    return "a rule"


def _options(options: list[str]) -> str:
    return ", ".join(f"`{option}`" for option in options)


def _named(name: str) -> str:
    """A shape, linked with its section; conversions have a page of their own."""
    if name in ("Conversion", "Unknown"):
        return f"[{name.lower()}](mapping.md)"
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name.removesuffix("Part")).lower()
    return f"[{words}](#{words.replace(' ', '-')})"


if __name__ == "__main__":
    for page in PAGES:
        page.write_text(with_tables(page.read_text(encoding="utf-8")), encoding="utf-8")
