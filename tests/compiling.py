"""What every app compiles anew, though it is the same each time, is compiled once in a run."""

from __future__ import annotations

from types import CodeType
from typing import Any

import pytest
from flask import Flask
from jinja2.bccache import Bucket, BytecodeCache
from sqlalchemy import Engine
from sqlalchemy.dialects.sqlite.base import SQLiteDialect
from sqlalchemy.util import LRUCache
from werkzeug.routing import Rule


def share(patch: pytest.MonkeyPatch) -> None:
    """Let all apps share their compiled templates and routes, and all databases their statements."""
    patch.setattr(Flask, "jinja_options", {"bytecode_cache": Templates()})
    patch.setattr(Rule, "_compile_builder", _remembering(Rule._compile_builder))
    statements: LRUCache[Any, Any] = LRUCache(5000)
    shared = property(lambda _: statements, lambda _, own: None)
    patch.setattr(Engine, "_compiled_cache", shared, raising=False)
    # Statements are kept by dialect, and each engine has one of its own of a few kinds.
    patch.setattr(SQLiteDialect, "__eq__", lambda ours, other: _kind(ours) == _kind(other))
    patch.setattr(SQLiteDialect, "__hash__", lambda ours: hash(_kind(ours)))


class Templates(BytecodeCache):
    """Compiled templates, by a key that tells one source from another."""

    def __init__(self) -> None:
        self._compiled: dict[tuple[str, str], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._compiled.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        assert bucket.code is not None
        self._compiled[bucket.key, bucket.checksum] = bucket.code


def _remembering(compile_builder: Any) -> Any:
    """The same for the functions with which a route makes addresses: they depend on its words alone."""
    compiled: dict[object, Any] = {}

    def remembered(rule: Rule, append_unknown: bool = True) -> Any:
        if rule.defaults:
            return compile_builder(rule, append_unknown)
        key = (rule.rule, *rule._trace, append_unknown)
        if key not in compiled:
            compiled[key] = compile_builder(rule, append_unknown)
        return compiled[key]

    return remembered


def _kind(dialect: Any) -> tuple[type, object]:
    return type(dialect), getattr(dialect, "dbapi", None)
