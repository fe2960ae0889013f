"""Documents of forms and modules as drains use them: read once, since revisions never change."""

from __future__ import annotations

import json
from functools import lru_cache

from engine.deciding.form import FormConfig
from engine.deciding.module import ModuleConfig
from engine.storage.models import Form, Revision


def module_config(revision: Revision) -> ModuleConfig:
    return _module(json.dumps(revision.document))


def form_config(form: Form) -> FormConfig:
    return _form(json.dumps(form.config))


@lru_cache(maxsize=512)
def _module(document: str) -> ModuleConfig:
    return ModuleConfig.model_validate_json(document)


@lru_cache(maxsize=512)
def _form(document: str) -> FormConfig:
    return FormConfig.model_validate_json(document)
