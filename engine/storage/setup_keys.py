"""What people set up, for choosing: by its key, each with a name by which they tell it from others."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from engine.storage.models import Connection, Form, Module


def form_names(session: Session) -> Mapping[str, str]:
    return _told_apart(session.execute(_FORMS))


def module_names(session: Session) -> Mapping[str, str]:
    """Modules of different forms may share a key."""
    return _told_apart(session.execute(_MODULES))


def connection_names(session: Session) -> Mapping[str, str]:
    return _told_apart(session.execute(_CONNECTIONS))


_FORMS = select(Form.key, Form.name)
_MODULES = select(Module.key, Module.name).distinct()
_CONNECTIONS = select(Connection.key, Connection.name)


def _told_apart(rows: Iterable[Row[str, str]]) -> Mapping[str, str]:
    """The name of each key, in the order of names. Where it says not which is meant, the key is told."""
    names: defaultdict[str, set[str]] = defaultdict(set)
    for key, name in rows:
        names[key].add(name)
    single = {key: some.pop() if len(some) == 1 else key for key, some in names.items()}
    times = Counter(single.values())
    told = {
        key: name if times[name] == 1 or name == key else f"{name} ({key})"
        for key, name in single.items()
    }
    return dict(sorted(told.items(), key=lambda one: (one[1].casefold(), one[0])))
