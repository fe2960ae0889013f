"""The few ways in which senders lay out their answers.

A sender's own name for an answer is taken where people chose it or know it; ids that nobody can read
give way to the question, unless it is asked twice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from engine.deciding.bodies import Object, Tree
from engine.deciding.senders.sender import Asked, Layout
from engine.deciding.senders.trees import at, many, objects_at, pairs_at, text_at


def nothing(_: Tree) -> Iterable[Asked]:
    """There are no answers in it."""
    return ()


def flat(tree: Tree) -> Iterator[Asked]:
    """Every member is an answer."""
    for name, value in pairs_at(tree):
        yield Asked(name, value)


def members(*paths: str) -> Layout:
    """The members of the objects at ``paths`` are the answers."""

    def layout(tree: Tree) -> Iterator[Asked]:
        for path in paths:
            yield from flat(at(tree, path))

    return layout


def listed(path: str, *, name: str, value: str, label: str = "") -> Layout:
    """A list of objects, one for each answer, with its parts at these paths in them."""

    def layout(tree: Tree) -> Iterator[Asked]:
        for item in objects_at(tree, path):
            yield Asked(text_at(item, name), at(item, value), text_at(item, label) if label else "")

    return layout


def titled(path: str, *, key: str, title: str, value: str = "value") -> Layout:
    """The same, of answers that have ids: they are named by their question.

    The objects may also be members of an object, by their ids.
    """

    def layout(tree: Tree) -> list[Asked]:
        found = at(tree, path) if path else tree
        items: Sequence[tuple[str, Tree]] = (
            found.pairs if isinstance(found, Object) else [("", item) for item in objects_at(found)]
        )
        return by_question(
            Asked(text_at(item, key) or name, at(item, value), text_at(item, title))
            for name, item in items
            if isinstance(item, Object)
        )

    return layout


def by_question(answers: Iterable[Asked]) -> list[Asked]:
    """The answers under their questions; those of a question that is asked twice under their keys."""
    found = list(answers)
    times = Counter(one.label for one in found)
    return [
        Asked(one.label, one.value)
        if one.label.strip() and (times[one.label] == 1 or not one.name)
        else one
        for one in found
    ]


def together(*layouts: Layout) -> Layout:
    """The answers of all ``layouts``."""

    def layout(tree: Tree) -> Iterator[Asked]:
        for one in layouts:
            yield from one(tree)

    return layout


def picked(*paths: str) -> Layout:
    """Single answers from the places where they stand, named by the last keys of their paths."""

    def layout(tree: Tree) -> Iterator[Asked]:
        for path in paths:
            if (value := at(tree, path)) not in (None, ""):
                yield Asked(path.rpartition("/")[2], value)

    return layout


def taken_apart(text: str, separator: str) -> Tree:
    """Choices that came as one text."""
    return many([part for part in (piece.strip() for piece in text.split(separator)) if part])
