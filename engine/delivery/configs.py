"""Documents of forms and modules as intake and drains use them.

Each is read once: what is kept is found by the very text, so that none is ever out of date.
"""

from __future__ import annotations

import json
from functools import lru_cache

from engine.deciding.form import FormConfig
from engine.deciding.module import ModuleConfig
from engine.storage.arrivals import StoredForm
from engine.storage.models import Revision


def module_config(revision: Revision) -> ModuleConfig:
    return module_of(json.dumps(revision.document))


def form_config(form: StoredForm) -> FormConfig:
    document = form.config
    return _form(document if isinstance(document, str) else json.dumps(document))


@lru_cache(maxsize=512)
def module_of(document: str) -> ModuleConfig:
    """The module that the text of a revision describes."""
    return ModuleConfig.model_validate_json(document)


@lru_cache(maxsize=512)
def _form(document: str) -> FormConfig:
    return FormConfig.model_validate_json(document)
