"""How to read a document of nobody we know: what senders wrap answers in, and describe them by."""

from __future__ import annotations

import re
from collections.abc import Iterable

from engine.deciding.bodies import Object, Tree
from engine.deciding.context import is_context
from engine.deciding.senders.trees import opened
from engine.deciding.technical import is_technical

_NAME_KEYS = ("name", "title", "label", "question", "field_name", "field", "q", "key", "id")
_VALUE_KEYS = ("value", "answer", "field_value")
_VALUE_KEYS_OF_NAMED = (*_VALUE_KEYS, "values", "response", "a")
_WRAPPERS = (
    *("fields", "form_fields", "formFields", "form_data", "formData", "data", "payload"),
    *("submission", "response", "answers", "lead"),
)
_BESIDE = re.compile(
    r"_?id|uuid|guid|.+[_-]id|.+Id|event.*|.*type|trigger.*|action|object|form.*|site.*|webhook.*"
    r"|(created|submitted|submission|updated|completed|sent|received).*|.+_at|.+At|date|time(stamp)?"
    r"|version|status|success|source|meta|metadata|page.*|url|ip|user_?agent"
)
"""Names of what stands beside answers, none of which a visitor types."""


def unwrapped(tree: Tree, *, is_form: bool) -> tuple[Tree, Object]:
    """The answers, and what stands around them.

    An envelope is ``{"fields": …, "meta": {…}}``, or another usual wrapper with nothing beside it
    that might be an answer. A list of one object is that object. In the fields of a form a wrapper is
    JSON text; brackets in names stay parts of names there, as pages' HTML shows them.
    """
    match tree:
        case [Object() as only] if described(only) is None:
            return unwrapped(only, is_form=is_form)
        case Object(pairs=pairs):
            pass
        case _:
            return tree, Object()
    names = {name for name, _ in pairs}
    fields = next((value for name, value in pairs if name == "fields"), None)
    if isinstance(fields, Object | list) and fields not in (Object(), []):
        around = [pair for name, value in pairs for pair in _around(name, value)]
        return (_members(fields) if isinstance(fields, Object) else fields), Object(tuple(around))
    for wrapper in (wrapper for wrapper in _WRAPPERS if wrapper in names):
        if (inner := _inside(pairs, wrapper, is_form=is_form)) is not None:
            beside = tuple((name, value) for name, value in pairs if name != wrapper)
            answers, around_them = unwrapped(inner, is_form=False)
            if isinstance(answers, Object):
                answers = _members(answers)
            return answers, Object((*around_them.pairs, *beside))
    if is_form and len(pairs) == 1 and isinstance(text := pairs[0][1], str):
        inner = opened(text)
        return unwrapped(inner, is_form=False) if isinstance(inner, Object) else (tree, Object())
    return tree, Object()


def _around(name: str, value: Tree) -> Iterable[tuple[str, Tree]]:
    if name == "meta" and isinstance(value, Object):
        return _members(value).pairs
    return [(name, value)] if name != "fields" else []


def _inside(pairs: tuple[tuple[str, Tree], ...], wrapper: str, *, is_form: bool) -> Tree:
    """The document in ``wrapper``, if all that stands beside it are facts about the post."""
    found = [value for name, value in pairs if name == wrapper]
    if len(found) != 1 or (is_form and not isinstance(found[0], str)):
        return None
    inner = opened(found[0])
    if not isinstance(inner, Object | list) or inner in (Object(), []):
        return None
    if isinstance(inner, list) and not all(map(described, inner)):
        return None
    return inner if all(_stands_beside(name, value, wrapper) for name, value in pairs) else None


def _stands_beside(name: str, value: Tree, wrapper: str) -> bool:
    text = value if isinstance(value, str) else ""
    return (
        name == wrapper
        or is_context(name)
        or is_technical(name, text)
        or bool(_BESIDE.fullmatch(name))
    )


def _members(tree: Object) -> Object:
    """``{"id7": {"title": "City", "value": "Kyiv"}}`` becomes ``{"City": "Kyiv"}``."""
    return Object(
        tuple(described(value, otherwise=name) or (name, value) for name, value in tree.pairs)
    )


def described(item: Tree, otherwise: str = "") -> tuple[str, Tree] | None:
    """Name and value of an object that describes one answer; None when it does not."""
    if not isinstance(item, Object):
        return None
    members = dict(item.pairs)
    names = (members.get(key) for key in _NAME_KEYS)
    named = next((name for name in names if isinstance(name, str) and name.strip()), "")
    value_keys = _VALUE_KEYS_OF_NAMED if named else _VALUE_KEYS
    value_key = next((key for key in value_keys if key in members), None)
    name = named or otherwise
    return (name, members[value_key]) if value_key and name else None
