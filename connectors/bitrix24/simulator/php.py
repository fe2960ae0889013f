"""How Bitrix24 reads queries and writes answers: as PHP does."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote_plus

_REFERENCE = re.compile(r"\$(result|next|total|time|error)(\S*)", re.IGNORECASE)
_STEP = re.compile(r"\[([^\]]*)\]")


def parsed(query: str) -> dict[str, Any]:
    """``a[b][]=1`` is ``{"a": {"b": ["1"]}}``: maps whose keys are 0, 1, … become lists."""
    tree: dict[str, Any] = {}
    for pair in filter(None, query.split("&")):
        name, _, value = pair.partition("=")
        _put(tree, unquote_plus(name), unquote_plus(value))
    return {key: _listed(value) for key, value in tree.items()}


def _put(tree: dict[str, Any], name: str, value: str) -> None:
    first, bracket, _ = name.partition("[")
    steps = _STEP.findall(name[len(first) :]) if bracket else []
    # PHP cannot name a variable otherwise; only the outermost name suffers.
    path = [re.sub(r"[ .]", "_", first), *steps]
    for step in path[:-1]:
        inner = tree.setdefault(step or str(len(tree)), {})
        if not isinstance(inner, dict):
            return
        tree = inner
    tree[path[-1] or str(len(tree))] = value


def _listed(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    inner = {key: _listed(one) for key, one in value.items()}
    return list(inner.values()) if list(inner) == [str(at) for at in range(len(inner))] else inner


def written(value: Any) -> Any:
    """An empty map is an empty list, and so is a map whose keys are 0, 1, …"""
    if isinstance(value, Mapping):
        keys = [str(at) for at in range(len(value))]
        if [str(key) for key in value] == keys:
            return [written(one) for one in value.values()]
        return {str(key): written(one) for key, one in value.items()}
    return [written(one) for one in value] if isinstance(value, list | tuple) else value


def members(value: Any) -> dict[str, Any]:
    """A map that may have come as a list."""
    if isinstance(value, list):
        return {str(at): one for at, one in enumerate(value)}
    return dict(value) if isinstance(value, dict) else {}


def resolved(params: Any, results: Mapping[str, Any]) -> Any:
    """``params`` with every reference to what a batch has answered so far replaced.

    A reference may stand anywhere in a text, in capitals too; one that leads nowhere gives what it
    last passed (the module rest, CRestUtil::processBatchElement).
    """
    if isinstance(params, dict):
        return {key: resolved(one, results) for key, one in params.items()}
    if isinstance(params, list):
        return [resolved(one, results) for one in params]
    if not isinstance(params, str):
        return params
    whole = _REFERENCE.fullmatch(params)
    if whole and _STEP.search(whole[2]):
        return _followed(whole, results)
    return _REFERENCE.sub(
        lambda found: _text(_followed(found, results)) if _STEP.search(found[2]) else found[0],
        params,
    )


def _followed(found: re.Match[str], results: Mapping[str, Any]) -> Any:
    value: Any = results[found[1].lower()]
    for step in _STEP.findall(found[2]):
        inner = members(value)
        if step not in inner:
            return value
        value = inner[step]
    return value


def _text(value: Any) -> str:
    return "Array" if isinstance(value, dict | list) else "" if value is None else str(value)
