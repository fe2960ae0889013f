"""What every app compiles anew, though it is the same each time, is compiled once in a run."""

from __future__ import annotations

from copy import copy
from operator import attrgetter
from types import CodeType
from typing import Any, ClassVar

import pytest
from flask import Flask
from jinja2.bccache import Bucket, BytecodeCache
from sqlalchemy import Engine
from sqlalchemy.dialects.sqlite.base import SQLiteDialect
from sqlalchemy.util import LRUCache
from werkzeug.routing import Map, Rule
from werkzeug.routing.rules import RuleFactory


def share(patch: pytest.MonkeyPatch) -> None:
    """Let all apps share their compiled templates and routes, and all databases their statements."""
    patch.setattr(Flask, "jinja_options", {"bytecode_cache": Templates()})
    patch.setattr(Flask, "url_map_class", Routes)
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


class Routes(Map):
    """Routes that are compiled when an app first uses them, unless an app before it had the same."""

    _compiled: ClassVar[dict[object, Map]] = {}

    def __init__(self, *, host_matching: bool = False) -> None:
        super().__init__(host_matching=host_matching)
        self._added: list[Rule] = []

    def add(self, rulefactory: RuleFactory) -> None:
        self._added += rulefactory.get_rules(self)
        self._remap = True

    def update(self) -> None:
        """Called by the map itself before each of its uses."""
        if self._remap:
            with self._remap_lock:
                shared = self._shared()
                self._matcher, self._rules_by_endpoint = shared._matcher, shared._rules_by_endpoint
                self._remap = False

    def _shared(self) -> Map:
        key = (self.host_matching, *self.converters.items(), *map(_words, self._added))
        if key not in self._compiled:
            compiled = self._compiled[key] = Map(host_matching=self.host_matching)
            compiled.converters = self.converters
            for rule in self._added:
                compiled.add(copy(rule))
            compiled.update()
        return self._compiled[key]


_SAID = attrgetter(
    *("rule", "endpoint", "provide_automatic_options", "strict_slashes", "merge_slashes"),
    *("subdomain", "host", "build_only", "alias", "redirect_to", "websocket"),
)


def _words(rule: Rule) -> tuple[object, ...]:
    """All that a route was made of."""
    methods, defaults = frozenset(rule.methods or ()), tuple((rule.defaults or {}).items())
    return *_SAID(rule), methods, defaults


def _kind(dialect: Any) -> tuple[type, object]:
    return type(dialect), getattr(dialect, "dbapi", None)
