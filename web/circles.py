"""Templates whose pages leave no circles behind.

A macro keeps the context that it was imported with, and the context the macro: so everything that a page
showed would stay until the garbage collector comes by, and some later page would wait for that.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Flask, g
from jinja2 import Template
from jinja2.runtime import Context


class _OpenTemplate(Template):
    """Remembers the contexts that it is drawn with; one that all pages share is none of them."""

    def new_context(
        self,
        vars: dict[str, Any] | None = None,
        shared: bool = False,
        locals: Mapping[str, Any] | None = None,
    ) -> Context:
        context = super().new_context(vars, shared, locals)
        if vars is not None and g:
            g.setdefault("drawn_with", []).append(context)
        return context


def init_app(app: Flask) -> None:
    app.jinja_env.template_class = _OpenTemplate
    app.teardown_request(_open)


def _open(_error: BaseException | None) -> None:
    for context in g.pop("drawn_with", ()):
        context.vars.clear()
