"""Finding one's way in a document. A path is keys and positions, joined by slashes."""

from __future__ import annotations

from engine.deciding.bodies import Many, Object, Tree, parse_json


def opened(tree: Tree) -> Tree:
    """``tree``, or the document that it is the JSON text of."""
    if isinstance(tree, str) and tree.lstrip()[:1] in ("{", "["):
        try:
            return parse_json(tree)
        except ValueError:  # a text that only begins so, or too deep: then it is no document
            return tree
    return tree


def at(tree: Tree, path: str) -> Tree:
    """What is at ``path``, None when nothing is."""
    for step in path.split("/"):
        match tree:
            case Object(pairs=pairs):
                tree = next((value for name, value in pairs if name == step), None)
            case [*items]:
                tree = items[int(step)] if step.isdecimal() and int(step) < len(items) else None
            case _:
                return None
    return tree


def has(tree: Tree, path: str) -> bool:
    """Whether there is a place ``path``, be it empty."""
    parent, _, last = path.rpartition("/")
    match at(tree, parent) if parent else tree:
        case Object(pairs=pairs):
            return any(name == last for name, _ in pairs)
        case [*items]:
            return last.isdecimal() and int(last) < len(items)
    return False


def text_at(tree: Tree, path: str) -> str:
    """The text at ``path``, or the only one of a list; else an empty one."""
    match at(tree, path):
        case str(text) | [str(text)]:
            return text
    return ""


def pairs_at(tree: Tree, path: str = "") -> tuple[tuple[str, Tree], ...]:
    found = at(tree, path) if path else tree
    return found.pairs if isinstance(found, Object) else ()


def objects_at(tree: Tree, path: str = "") -> list[Object]:
    """The objects of the list at ``path``."""
    found = at(tree, path) if path else tree
    return [item for item in found if isinstance(item, Object)] if isinstance(found, list) else []


def texts_of(tree: Tree) -> list[str]:
    """The texts of a list, or the one text."""
    match tree:
        case [*items]:
            return [item for item in items if isinstance(item, str)]
        case str(text) if text:
            return [text]
    return []


def many(texts: list[str]) -> Tree:
    """Several choices, of which there may be one; none are no answer."""
    return Many(texts) if texts else ""


def joined(tree: Tree) -> str:
    """All texts in ``tree``, in order: rich text without its marks."""
    match tree:
        case str(text):
            return text
        case [*items]:
            return "".join(map(joined, items))
        case Object(pairs=pairs):
            return "".join(joined(value) for _, value in pairs)
    return ""
