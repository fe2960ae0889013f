"""The sentences of mails, besides what notices say. Each is said in its reader's language."""

from __future__ import annotations

TEST_SUBJECT = "a test message"
TEST = "This is a test: notices of Formwire come here."
END = "Sent by Formwire, at most once in 15 minutes. Administrators switch it off under"
CHANNELS = "Notices → Channels"

INVITATION_SUBJECT = "Your invitation to Formwire"
CHOOSE = "Choose your name and password here:"


def several(count: int, message: str) -> str:
    return f"{count} notices, the latest: {message}"


def more(count: int) -> str:
    return f"And {count} more"


def times(count: int, first: str, last: str) -> str:
    return f"{count} times, from {first} to {last}"


def invites(author: str) -> str:
    return f"{author} invites you to Formwire."


def works_once(days: int) -> str:
    return f"The link works once, for {days} days. If you do not know who sent it, leave it alone."
