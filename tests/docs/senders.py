"""The page of those who send submissions, made of their table.

    python -m tests.docs.senders > docs/senders.md

writes it anew.
"""

from __future__ import annotations

from collections.abc import Iterator

from engine.deciding.senders import SENDERS, Post, Sender
from engine.deciding.senders.layouts import nothing
from tests.docs.connectors import table

INTRODUCTION = """\
# Who can send to a form

Give the sender your form's address, `https://…/f/<key>`, as the address of its webhook, and send a test. On the submission's page you
see who sent it, what was asked and what was answered; map these answers like those of your own page. Nothing else is to be set up.

- Answers have the sender's own names where people chose them, else the text of the question. Several choices are a list.
- Page, campaign and the visitor's address are facts about the visit (`page`, `utm`, `visitor`), whatever the sender calls them.
- Where a sender has an **id**, its repeats are one submission however late they come. Without one, the same answers from the same
  sender are one submission for half a minute.
- Where it **signs** or puts a **secret** into the body, the form can demand it.
- A **ping** only asks whether somebody is there: it is answered, and is no submission.
- A sender that is not here works too: its document is read by general rules.

*documented* is what the vendor says, *recorded* what was seen of real posts or in its source code, *unverified* what we did not see: try it first.

This page is made by `python -m tests.docs.senders > docs/senders.md`.
"""


def page() -> str:
    """The whole page, by name."""
    senders = sorted(SENDERS, key=lambda sender: sender.name.casefold())
    return "\n".join(_lines(senders)) + "\n"


def _lines(senders: list[Sender]) -> Iterator[str]:
    yield INTRODUCTION
    titles = [
        "sender",
        "known by",
        "id",
        "signature or secret",
        "ping",
        "wants as answer",
        "source",
    ]
    yield from table(titles, map(_row, senders))
    yield "\n## What a sender cannot do"
    for sender in senders:
        if gaps := [*sender.gaps, *(post.problem for post in sender.posts if post.problem)]:
            yield f"\n### {sender.name}\n"
            yield from (f"- {gap}" for gap in gaps)


def _row(sender: Sender) -> Iterator[str]:
    yield sender.name
    submissions = [post for post in sender.posts if post.layout is not nothing or post.problem]
    marks = dict.fromkeys(map(_known_by, submissions))
    yield "; or ".join(marks) or "nothing of its own: general rules"
    ids = dict.fromkeys(_id(post) for post in sender.posts if post.id or post.id_header)
    yield ", or ".join(ids) or "—"
    yield _proof(sender)
    yield ", ".join(sender.pings) or "—"
    yield f"200 and `{sender.answer}`" if sender.answer else "200"
    yield sender.proof


def _known_by(post: Post) -> str:
    """By the first of the marks."""
    mark = post.marks[0]
    keys = [_known(path, mark.values.get(path, "")) for path in mark.keys]
    headers = [f"header {_known(name, want)}" for name, want in mark.headers.items()]
    return ", ".join([*keys, *headers])


def _known(name: str, want: str) -> str:
    """``name``, with its value where that is one text or begins with one."""
    value = want.removesuffix(".*").removesuffix(".+")
    plain = value and "\\" not in value
    return (
        f"{_code(name)} = {_code(value + ('…' if value != want else ''))}" if plain else _code(name)
    )


def _id(post: Post) -> str:
    return " and ".join([*map(_code, post.id), *([_header(post)] if post.id_header else [])])


def _header(post: Post) -> str:
    return f"header {_code(post.id_header)}"


def _proof(sender: Sender) -> str:
    """What shows that it is the sender."""
    signed = [f"header {_code(sender.signature.headers[0])}"] if sender.signature else []
    return ", ".join([*signed, *([_code(sender.secret)] if sender.secret else [])]) or "—"


def _code(text: str) -> str:
    return f"`{text.replace('|', chr(92) + '|')}`"


if __name__ == "__main__":
    print(page(), end="")
