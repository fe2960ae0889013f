"""Who sent a document, and where the answers are in it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from engine.deciding.bodies import Object, Tree
from engine.deciding.senders.general import described, unwrapped
from engine.deciding.senders.layouts import nothing
from engine.deciding.senders.sender import Asked, Layout, Mark, Post, Sender
from engine.deciding.senders.table import SENDERS
from engine.deciding.senders.trees import at, has, opened, pairs_at, text_at


@dataclass(frozen=True, slots=True)
class Laid:
    """A document taken apart. ``around`` are context and technical values by name."""

    asked: Sequence[Asked]
    around: Iterable[tuple[str, Tree]] = ()
    visitor: Mapping[str, str] = field(default_factory=dict)
    sender: str = ""
    id: str = ""
    finished: bool = True
    test: bool = False
    problem: str = ""
    secret: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class _Candidate:
    sender: Sender
    post: Post
    mark: Mark


def _candidates() -> Iterator[_Candidate]:
    for sender in SENDERS:
        for post in sender.posts:
            for mark in post.marks:
                yield _Candidate(sender, post, mark)


_CANDIDATES = tuple(_candidates())
_BY_KEY: dict[str, list[int]] = {}
_BY_HEADER: dict[str, list[int]] = {}
for _rank, _one in enumerate(_CANDIDATES):
    if _one.mark.keys:
        _BY_KEY.setdefault(_one.mark.keys[0].partition("/")[0], []).append(_rank)
    else:
        _BY_HEADER.setdefault(next(iter(_one.mark.headers)).lower(), []).append(_rank)


def laid_out(tree: Tree, headers: Mapping[str, str], *, is_form: bool) -> Laid:
    """``tree`` as its sender lays it out, or by the general rules.

    ``headers`` are those of the request, ``is_form`` says that it was no JSON.
    """
    match tree:
        case [Object() as only] if described(only) is None:
            tree = only
    sent = {name.lower(): value for name, value in headers.items()}
    there = _with_texts_opened(tree)
    found = _recognised(there, sent)
    if found is not None and found.post.layout is not None:
        laid = _laid_out_by(found.sender, found.post, found.post.layout, there, sent)
        if laid is not None:
            return laid
        found = None
    fields, around = unwrapped(tree, is_form=is_form)
    return Laid([Asked("", fields)], around.pairs, sender=found.sender.key if found else "")


_JSON_TEXTS = frozenset({"rawRequest", "data.json", "hs_context", "FieldStructure"})
"""Names under which senders put documents as texts."""


def _with_texts_opened(tree: Tree) -> Tree:
    if not isinstance(tree, Object) or not any(name in _JSON_TEXTS for name, _ in tree.pairs):
        return tree
    return Object(
        tuple((name, opened(value) if name in _JSON_TEXTS else value) for name, value in tree.pairs)
    )


_TOKEN = re.compile(rb"\s*eyJ[\w-]+\.[\w-]+\.[\w-]*\s*")


def unread(raw: bytes) -> Laid | None:
    """A body in a format that we do not read, of a sender that we know."""
    if _TOKEN.fullmatch(raw) is None:
        return None
    problem = "It is a signed token, as apps of Wix send. Let an automation of Wix send an HTTP request instead."
    return Laid([], sender="wix", problem=problem)


def _recognised(tree: Tree, headers: Mapping[str, str]) -> _Candidate | None:
    """The first of the table that the document bears a mark of."""
    ranks = {rank for name in headers for rank in _BY_HEADER.get(name, ())}
    match tree:
        case Object(pairs=pairs):
            ranks |= {rank for name, _ in pairs for rank in _BY_KEY.get(name, ())}
        case [_, *_]:
            ranks |= {*_BY_KEY.get("0", ())}
    candidates = (_CANDIDATES[rank] for rank in sorted(ranks))
    return next((one for one in candidates if _bears(one.mark, tree, headers)), None)


def _bears(mark: Mark, tree: Tree, headers: Mapping[str, str]) -> bool:
    return (
        all(has(tree, path) for path in mark.keys)
        and all(re.fullmatch(want, text_at(tree, path)) for path, want in mark.values.items())
        and all(
            re.fullmatch(want, headers.get(name.lower(), ""), re.DOTALL)
            for name, want in mark.headers.items()
        )
        and (not mark.alone or len(pairs_at(tree)) == len(mark.keys))
    )


def _laid_out_by(
    sender: Sender, post: Post, layout: Layout, tree: Tree, headers: Mapping[str, str]
) -> Laid | None:
    """None when there are no answers where the sender puts them, and nothing else tells it."""
    if post.problem:
        return Laid([], sender=sender.key, problem=post.problem)
    asked = [*layout(_without({*post.technical, *post.left_out, sender.secret}, tree))]
    ids = [text_at(tree, path) for path in post.id]
    ids += [headers.get(post.id_header.lower(), "")] if post.id_header else []
    id = " ".join(ids) if all(ids) else ""
    if not asked and not id and layout is not nothing:
        return None
    around = [(name, at(tree, path)) for path, name in post.context.items()]
    around += [
        (path.rpartition("/")[2], at(tree, path)) for path in post.technical if has(tree, path)
    ]
    return Laid(
        asked,
        around,
        {name: text for name, path in post.visitor.items() if (text := text_at(tree, path))},
        sender.key,
        id,
        post.finished is None or _matches(tree, *post.finished),
        post.test is not None and _matches(tree, *post.test),
        secret=text_at(tree, sender.secret) if sender.secret else "",
    )


def _without(names: set[str], tree: Tree) -> Tree:
    if not isinstance(tree, Object):
        return tree
    return Object(tuple(pair for pair in tree.pairs if pair[0] not in names))


def _matches(tree: Tree, path: str, expression: str) -> bool:
    return re.fullmatch(expression, text_at(tree, path)) is not None
