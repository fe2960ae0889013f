"""Find the sentences that Formwire makes for people below `web`, which knows no gettext.

Each f-string becomes a template that names its values: ``f"{crm} has no {ref.kind}"`` is
``%(crm)s has no %(kind)s``. Choices between fixed words inside one become templates of their own.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from itertools import product
from typing import IO, Any

from web.sentences import RULE, STORED

_WORD = re.compile(r"(?!the\b|to\b|by\b|of\b|only\b)[^\W\d_]{2,}", re.IGNORECASE)
_NO_SENTENCE = re.compile(r"\(\?[:P]|\[\w+\]|\w \| \w|, $|^Bearer |[а-яіїєґ]|^no acepto$")
_HELD = re.compile(r"^%\(\w+\)s.*%\(\w+\)s$", re.DOTALL)
"""A template that begins and ends with a value: it needs more words of its own to be recognised by."""
_SILENT_CALLS = {"compile", "split", "Field", "getLogger", "RuntimeError", "AssertionError", "text"}
_LABELS = {"label", "help", "steps"}
"""Arguments of a connector's literal that people read, however short they are."""

Found = tuple[int, str, Any, list[str]]


def extract(fileobj: IO[bytes], keywords: Any, comment_tags: Any, options: Any) -> Iterator[Found]:
    """For `babel.messages.extract`: line, function, (context, message), comments."""
    visitor = _Sentences()
    visitor.visit(ast.parse(fileobj.read()))
    for line, context, text in sorted(set(visitor.found)):
        yield line, "pgettext", (context, text), []


class _Sentences(ast.NodeVisitor):
    def __init__(self) -> None:
        self.found: list[tuple[int, str, str]] = []

    def visit_Expr(self, node: ast.Expr) -> None:
        if not isinstance(node.value, ast.Constant):  # docstrings are for developers
            self.visit(node.value)

    def visit_Call(self, node: ast.Call) -> None:
        name = _name_of(node.func)
        if name in _SILENT_CALLS or _is_log(node.func):
            return
        if name in ("phrase", "say") and isinstance(node.args[0], ast.Constant):
            self._add(node, RULE, node.args[0].value)
            for value in node.keywords:
                self.visit(value)
            return
        for keyword in node.keywords:
            if keyword.arg in _LABELS and isinstance(keyword.value, ast.Constant):
                self._add(node, STORED, str(keyword.value.value))
        self.generic_visit(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if node.value is not None:  # the annotation is no text
            self.visit(node.value)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        for part in node.body:
            self.visit(part)

    def visit_Constant(self, node: ast.Constant) -> None:
        if isinstance(node.value, str) and "%(" in node.value:
            self._add(node, RULE, node.value)
        elif isinstance(node.value, str):
            text = node.value.removesuffix(": ")
            self._add_sentence(node, text.replace("%", "%%"), text)

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        for template in _templates(node):
            literal = re.sub(r"%\(\w+\)s", "", template)
            self._add_sentence(node, template, literal, fewest=2 if _HELD.match(template) else 1)
        for part in node.values:
            if isinstance(part, ast.FormattedValue) and not _choice(part.value):
                self.visit(part.value)

    def _add_sentence(self, node: ast.AST, text: str, literal: str, fewest: int = 2) -> None:
        is_sentence = len(_WORD.findall(literal)) >= fewest and " " in text.strip()
        if is_sentence and not _NO_SENTENCE.search(text):
            self._add(node, STORED, text)

    def _add(self, node: ast.AST, context: str, text: str) -> None:
        self.found.append((getattr(node, "lineno", 0), context, text))


def _templates(node: ast.JoinedStr) -> Iterator[str]:
    """The templates of an f-string: one for each way through the choices inside it."""
    parts: list[list[ast.expr]] = [
        _choice(part.value) or [part] if isinstance(part, ast.FormattedValue) else [part]
        for part in node.values
    ]
    for way in product(*parts):
        names: dict[str, str] = {}
        yield "".join(_written(part, names) for part in way)


def _choice(node: ast.expr) -> list[ast.expr] | None:
    """Both ways of a choice between texts."""
    if not isinstance(node, ast.IfExp):
        return None
    ways = [[way] if _is_text(way) else _choice(way) or [] for way in (node.body, node.orelse)]
    return [*ways[0], *ways[1]] if all(ways) else None


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.JoinedStr) or (
        isinstance(node, ast.Constant) and isinstance(node.value, str)
    )


def _written(node: ast.expr, names: dict[str, str]) -> str:
    """``names`` has the expression of each placeholder so far."""
    match node:
        case ast.Constant(value=str(text)):
            return text.replace("%", "%%")
        case ast.JoinedStr(values=values):
            return "".join(_written(value, names) for value in values)
        case ast.FormattedValue(value=value):
            code, name = ast.unparse(value), _name_of(value) or "value"
            number = 2
            base = name
            while names.setdefault(name, code) != code:
                name, number = f"{base}{number}", number + 1
            return f"%({name})s"
    raise TypeError(f"line {node.lineno}: {ast.unparse(node)} cannot stand in a sentence")


def _name_of(node: ast.expr) -> str:
    """What a translator reads for a value."""
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name.strip("_").lower()
        case ast.Call(func=ast.Attribute(attr="join"), args=[inner]):
            return _name_of(inner)
        case ast.Call(
            func=ast.Name(id="len" | "str" | "next" | "iter" | "map" | "sorted"), args=[*_, inner]
        ):
            return _name_of(inner)
        case ast.Call(
            func=ast.Attribute(attr="strip" | "total_seconds" | "upper" | "items", value=inner)
        ):
            return _name_of(inner)
        case ast.Call(func=func):
            return _name_of(func)
        case ast.BoolOp(values=[first, *_]):
            return _name_of(first)
        case ast.IfExp(body=body):
            return _name_of(body)
        case ast.Subscript(value=inner, slice=ast.Constant(value=str(name))):
            return re.sub(r"\W", "_", name)
        case ast.Subscript(value=inner) | ast.Starred(value=inner):
            return _name_of(inner)
        case ast.BinOp(left=left, right=right):
            return _name_of(left) or _name_of(right)
        case ast.GeneratorExp(elt=inner) | ast.ListComp(elt=inner):
            return _name_of(inner)
    return ""


def _is_log(node: ast.expr) -> bool:
    return isinstance(node, ast.Attribute) and _name_of(node.value) in ("log", "logger", "logging")
